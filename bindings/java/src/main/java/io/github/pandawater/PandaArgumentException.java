package io.github.pandawater;

/** A bad argument: {@code null}, out of range, or text that cannot be passed on. Its kind is {@code argument}. */
public class PandaArgumentException extends PandaException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one by hand, as tests of applications do.
     *
     * @param message what went wrong; without a password, a token or a ticket
     */
    public PandaArgumentException(String message) {
        this(Failure.byHand(ErrorKind.ARGUMENT, message));
    }

    PandaArgumentException(Failure failure) {
        super(failure);
    }
}
