package io.github.pandawater;

/** The platform refused the user name and password, or did not accept a fresh token. Its kind is {@code auth}. */
public class PandaAuthException extends PandaException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one by hand, as tests of applications do.
     *
     * @param message what went wrong; without a password, a token or a ticket
     */
    public PandaAuthException(String message) {
        this(Failure.byHand(ErrorKind.AUTH, message));
    }

    PandaAuthException(Failure failure) {
        super(failure);
    }
}
