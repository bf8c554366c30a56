package io.github.pandawater;

/** The platform cannot be reached: name look-up, refused, reset or unreachable. Its kind is {@code connect}. */
public class PandaConnectException extends PandaException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one by hand, as tests of applications do.
     *
     * @param message what went wrong; without a password, a token or a ticket
     */
    public PandaConnectException(String message) {
        this(Failure.byHand(ErrorKind.CONNECT, message));
    }

    PandaConnectException(Failure failure) {
        super(failure);
    }
}
