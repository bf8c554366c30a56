using System;

namespace PandaWater
{
    /// <summary>A call that failed. Every exception of this package derives from it, one class for each
    /// <see cref="Kind"/>.</summary>
    /// <remarks>The message is written for people. It never holds a password, a token or a ticket. What may pass has
    /// already been tried again, <see cref="PandaOptions.Retries"/> times, before it is thrown.</remarks>
    /// <example><code>
    /// try
    /// {
    ///     user = client.GetUserByTicket(ticket);
    /// }
    /// catch (PandaTicketException)
    /// {
    ///     Show("This sign-in link is no longer valid.");
    /// }
    /// catch (PandaException error)
    /// {
    ///     Show(error.Retryable ? "Please try again later." : "Please tell the administrator.");
    /// }
    /// </code></example>
    public class PandaException : Exception
    {
        /// <summary>Makes an exception of no particular kind, as a newer library may answer.</summary>
        /// <param name="message">What went wrong.</param>
        public PandaException(string message)
            : this(message, "internal", -10099, false)
        {
        }

        /// <summary>Makes an exception of a kind.</summary>
        /// <param name="message">What went wrong.</param>
        /// <param name="kind">The kind, in one word.</param>
        /// <param name="code">The code that stands for the kind.</param>
        /// <param name="retryable">Whether the same call may succeed later.</param>
        protected PandaException(string message, string kind, int code, bool retryable)
            : base(message)
        {
            Kind = kind;
            Code = code;
            Retryable = retryable;
        }

        /// <summary>The platform's own number where it refused, else one from -10099 to -10001.</summary>
        public int Code { get; internal set; }

        /// <summary>What happened, in one word: <c>timeout</c>, <c>auth</c>, <c>ticket</c>…</summary>
        public string Kind { get; internal set; }

        /// <summary>Whether the same call may succeed later without a change by anybody.</summary>
        public bool Retryable { get; internal set; }

        /// <summary>The HTTP status of the last answer, if the failure lies there, else null.</summary>
        public int? HttpStatus { get; internal set; }

        /// <summary><c>GenerateToken</c>, <c>GetUsers</c> or <c>GetUserByTicket</c>; null if none was asked.</summary>
        public string Endpoint { get; internal set; }

        /// <summary>The platform's <c>code</c> as it was sent, if it refused, else null.</summary>
        public string PlatformCode { get; internal set; }

        /// <summary>How many HTTP requests the call made to that endpoint.</summary>
        public int Attempts { get; internal set; }
    }
}
