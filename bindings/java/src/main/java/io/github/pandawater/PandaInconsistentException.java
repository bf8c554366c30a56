package io.github.pandawater;

/**
 * The user list kept changing while it was read, or its numbers do not fit together. Start a new listing. Its kind is
 * {@code inconsistent}.
 */
public class PandaInconsistentException extends PandaException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one by hand, as tests of applications do.
     *
     * @param message what went wrong; without a password, a token or a ticket
     */
    public PandaInconsistentException(String message) {
        this(Failure.byHand(ErrorKind.INCONSISTENT, message));
    }

    PandaInconsistentException(Failure failure) {
        super(failure);
    }
}
