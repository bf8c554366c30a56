namespace PandaWater
{
    // One class for each kind of failure that the library tells apart. Each can be made by hand, for tests of
    // applications; what the library throws carries its details as well.

    /// <summary>A bad argument: out of range, or text that the library cannot be given.</summary>
    public sealed class PandaArgumentException : PandaException
    {
        /// <summary>Makes an exception of the kind <c>argument</c>.</summary>
        /// <param name="message">What went wrong.</param>
        public PandaArgumentException(string message)
            : base(message, "argument", -10001, false)
        {
        }
    }

    /// <summary>A bad configuration, or one that the call needs more of.</summary>
    public sealed class PandaConfigException : PandaException
    {
        /// <summary>Makes an exception of the kind <c>config</c>.</summary>
        /// <param name="message">What went wrong.</param>
        public PandaConfigException(string message)
            : base(message, "config", -10002, false)
        {
        }
    }

    /// <summary>The client has been disposed.</summary>
    public sealed class PandaHandleException : PandaException
    {
        /// <summary>Makes an exception of the kind <c>handle</c>.</summary>
        /// <param name="message">What went wrong.</param>
        public PandaHandleException(string message)
            : base(message, "handle", -10003, false)
        {
        }
    }

    /// <summary>The platform cannot be reached: name look-up, refused, reset or unreachable.</summary>
    public sealed class PandaConnectException : PandaException
    {
        /// <summary>Makes an exception of the kind <c>connect</c>.</summary>
        /// <param name="message">What went wrong.</param>
        public PandaConnectException(string message)
            : base(message, "connect", -10010, true)
        {
        }
    }

    /// <summary>A time limit ran out.</summary>
    public sealed class PandaTimeoutException : PandaException
    {
        /// <summary>Makes an exception of the kind <c>timeout</c>.</summary>
        /// <param name="message">What went wrong.</param>
        public PandaTimeoutException(string message)
            : base(message, "timeout", -10011, true)
        {
        }
    }

    /// <summary>The platform's certificate is not trusted, or the TLS handshake failed.</summary>
    public sealed class PandaTlsException : PandaException
    {
        /// <summary>Makes an exception of the kind <c>tls</c>.</summary>
        /// <param name="message">What went wrong.</param>
        public PandaTlsException(string message)
            : base(message, "tls", -10012, false)
        {
        }
    }

    /// <summary>An HTTP status outside 2xx; see <see cref="PandaException.HttpStatus"/>. Retryable for 408, 429 and
    /// 5xx.</summary>
    public sealed class PandaHttpException : PandaException
    {
        /// <summary>Makes an exception of the kind <c>http</c>.</summary>
        /// <param name="message">What went wrong.</param>
        public PandaHttpException(string message)
            : base(message, "http", -10013, false)
        {
        }
    }

    /// <summary>An answer that is not what the interface promises, or is too large.</summary>
    public sealed class PandaResponseException : PandaException
    {
        /// <summary>Makes an exception of the kind <c>response</c>.</summary>
        /// <param name="message">What went wrong.</param>
        public PandaResponseException(string message)
            : base(message, "response", -10014, false)
        {
        }
    }

    /// <summary>The call was ended, since the application domain is unloaded or the process exits. Who cancels a call by
    /// its token gets an <see cref="System.OperationCanceledException"/> instead.</summary>
    public sealed class PandaCancelledException : PandaException
    {
        /// <summary>Makes an exception of the kind <c>cancelled</c>.</summary>
        /// <param name="message">What went wrong.</param>
        public PandaCancelledException(string message)
            : base(message, "cancelled", -10015, false)
        {
        }
    }

    /// <summary>The platform refused the user name and password, or did not accept a fresh token.</summary>
    public sealed class PandaAuthException : PandaException
    {
        /// <summary>Makes an exception of the kind <c>auth</c>.</summary>
        /// <param name="message">What went wrong.</param>
        public PandaAuthException(string message)
            : base(message, "auth", -10020, false)
        {
        }
    }

    /// <summary>No usable ticket in the URL, or one that the platform does not accept: nobody is signed in.</summary>
    public sealed class PandaTicketException : PandaException
    {
        /// <summary>Makes an exception of the kind <c>ticket</c>.</summary>
        /// <param name="message">What went wrong.</param>
        public PandaTicketException(string message)
            : base(message, "ticket", -10021, false)
        {
        }
    }

    /// <summary>The user list kept changing while it was read, or its numbers do not fit together. Start a new listing.</summary>
    public sealed class PandaInconsistentException : PandaException
    {
        /// <summary>Makes an exception of the kind <c>inconsistent</c>.</summary>
        /// <param name="message">What went wrong.</param>
        public PandaInconsistentException(string message)
            : base(message, "inconsistent", -10030, true)
        {
        }
    }

    /// <summary>A synchronisation would remove suspiciously many users.</summary>
    public sealed class PandaGuardException : PandaException
    {
        /// <summary>Makes an exception of the kind <c>guard</c>.</summary>
        /// <param name="message">What went wrong.</param>
        public PandaGuardException(string message)
            : base(message, "guard", -10031, false)
        {
        }
    }

    /// <summary>The file or address of the shared token store is unusable.</summary>
    public sealed class PandaStoreException : PandaException
    {
        /// <summary>Makes an exception of the kind <c>store</c>.</summary>
        /// <param name="message">What went wrong.</param>
        public PandaStoreException(string message)
            : base(message, "store", -10040, false)
        {
        }
    }

    /// <summary>The platform refused for a reason of its own; see <see cref="PandaException.Code"/>.</summary>
    public sealed class PandaRejectedException : PandaException
    {
        /// <summary>Makes an exception of the kind <c>rejected</c>.</summary>
        /// <param name="message">What went wrong.</param>
        public PandaRejectedException(string message)
            : base(message, "rejected", -10050, false)
        {
        }
    }

    /// <summary>A fault of the library itself. Please report it.</summary>
    public sealed class PandaInternalException : PandaException
    {
        /// <summary>Makes an exception of the kind <c>internal</c>.</summary>
        /// <param name="message">What went wrong.</param>
        public PandaInternalException(string message)
            : base(message, "internal", -10099, false)
        {
        }
    }
}
