package io.github.pandawater;

/** A bad configuration, or one that the call needs more of. Its kind is {@code config}. */
public class PandaConfigException extends PandaException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one by hand, as tests of applications do.
     *
     * @param message what went wrong; without a password, a token or a ticket
     */
    public PandaConfigException(String message) {
        this(Failure.byHand(ErrorKind.CONFIG, message));
    }

    PandaConfigException(Failure failure) {
        super(failure);
    }
}
