using System;
using System.Collections.Generic;
using Newtonsoft.Json.Linq;

namespace PandaWater
{
    /// <summary>The exception that a failure envelope of the library stands for.</summary>
    internal static class ExceptionByKind
    {
        private static readonly Dictionary<string, Func<string, PandaException>> Makers =
            new Dictionary<string, Func<string, PandaException>>
        {
            { "argument", message => new PandaArgumentException(message) },
            { "config", message => new PandaConfigException(message) },
            { "handle", message => new PandaHandleException(message) },
            { "connect", message => new PandaConnectException(message) },
            { "timeout", message => new PandaTimeoutException(message) },
            { "tls", message => new PandaTlsException(message) },
            { "http", message => new PandaHttpException(message) },
            { "response", message => new PandaResponseException(message) },
            { "auth", message => new PandaAuthException(message) },
            { "ticket", message => new PandaTicketException(message) },
            { "inconsistent", message => new PandaInconsistentException(message) },
            { "guard", message => new PandaGuardException(message) },
            { "store", message => new PandaStoreException(message) },
            { "rejected", message => new PandaRejectedException(message) },
            { "internal", message => new PandaInternalException(message) },
        };

        internal static PandaException FromEnvelope(JObject envelope)
        {
            var details = envelope["error"];
            var kind = (string)details["kind"];
            var exception = Make(kind, (string)envelope["msg"]);
            exception.Kind = kind;
            exception.Code = (int)envelope["code"];
            exception.Retryable = (bool)details["retryable"];
            exception.HttpStatus = (int?)details["httpStatus"];
            exception.Endpoint = (string)details["endpoint"];
            exception.PlatformCode = JsonText.Of(details["platformCode"]);
            exception.Attempts = (int)details["attempts"];
            return exception;
        }

        // A newer library may know further kinds.
        private static PandaException Make(string kind, string message)
        {
            return Makers.TryGetValue(kind, out var maker) ? maker(message) : new PandaException(message);
        }
    }
}
