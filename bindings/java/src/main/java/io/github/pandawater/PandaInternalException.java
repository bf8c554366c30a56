package io.github.pandawater;

/** A fault of the library itself. Please report it. Its kind is {@code internal}. */
public class PandaInternalException extends PandaException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one by hand, as tests of applications do.
     *
     * @param message what went wrong; without a password, a token or a ticket
     */
    public PandaInternalException(String message) {
        this(Failure.byHand(ErrorKind.INTERNAL, message));
    }

    PandaInternalException(Failure failure) {
        super(failure);
    }
}
