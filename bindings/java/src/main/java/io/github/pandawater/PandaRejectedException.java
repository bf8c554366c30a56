package io.github.pandawater;

/** The platform refused for a reason of its own; see {@link #code()} and {@link #platformCode()}. Its kind is {@code rejected}. */
public class PandaRejectedException extends PandaException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one by hand, as tests of applications do.
     *
     * @param message what went wrong; without a password, a token or a ticket
     */
    public PandaRejectedException(String message) {
        this(Failure.byHand(ErrorKind.REJECTED, message));
    }

    PandaRejectedException(Failure failure) {
        super(failure);
    }
}
