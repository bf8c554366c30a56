using System;
using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json.Linq;

namespace PandaWater
{
    /// <summary>The exception that a failure envelope of the library stands for.</summary>
    internal static class ExceptionByKind
    {
        private static readonly Dictionary<string, Func<string, PandaException>> Makers =
            new Func<string, PandaException>[]
        {
            message => new PandaArgumentException(message),
            message => new PandaConfigException(message),
            message => new PandaHandleException(message),
            message => new PandaConnectException(message),
            message => new PandaTimeoutException(message),
            message => new PandaTlsException(message),
            message => new PandaHttpException(message),
            message => new PandaResponseException(message),
            message => new PandaCancelledException(message),
            message => new PandaAuthException(message),
            message => new PandaTicketException(message),
            message => new PandaInconsistentException(message),
            message => new PandaGuardException(message),
            message => new PandaStoreException(message),
            message => new PandaRejectedException(message),
            message => new PandaInternalException(message)
        }.ToDictionary(maker => maker(null).Kind);

        internal static PandaException FromEnvelope(JObject envelope)
        {
            var details = envelope["error"];
            var kind = (string)details["kind"];
            var exception = Make(kind, Setting.InOwnWords((string)envelope["msg"]));
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
