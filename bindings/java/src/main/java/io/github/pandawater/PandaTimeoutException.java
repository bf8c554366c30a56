package io.github.pandawater;

/** A time limit ran out. Its kind is {@code timeout}. */
public class PandaTimeoutException extends PandaException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one by hand, as tests of applications do.
     *
     * @param message what went wrong; without a password, a token or a ticket
     */
    public PandaTimeoutException(String message) {
        this(Failure.byHand(ErrorKind.TIMEOUT, message));
    }

    PandaTimeoutException(Failure failure) {
        super(failure);
    }
}
