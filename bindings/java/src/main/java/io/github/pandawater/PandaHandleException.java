package io.github.pandawater;

/** The client or the listing has been closed. Its kind is {@code handle}. */
public class PandaHandleException extends PandaException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one by hand, as tests of applications do.
     *
     * @param message what went wrong; without a password, a token or a ticket
     */
    public PandaHandleException(String message) {
        this(Failure.byHand(ErrorKind.HANDLE, message));
    }

    PandaHandleException(Failure failure) {
        super(failure);
    }

    /** What a closed client or listing throws, whether this package finds it closed or the library does. */
    static PandaHandleException closed(String what) {
        return new PandaHandleException("this " + what + " is closed");
    }
}
