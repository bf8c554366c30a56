package io.github.pandawater;

/** The platform's certificate is not trusted, or the TLS handshake failed. Its kind is {@code tls}. */
public class PandaTlsException extends PandaException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one by hand, as tests of applications do.
     *
     * @param message what went wrong; without a password, a token or a ticket
     */
    public PandaTlsException(String message) {
        this(Failure.byHand(ErrorKind.TLS, message));
    }

    PandaTlsException(Failure failure) {
        super(failure);
    }
}
