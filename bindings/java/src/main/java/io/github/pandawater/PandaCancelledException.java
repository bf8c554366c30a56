package io.github.pandawater;

/**
 * A call was ended before it was done: its thread was interrupted, or its client closed by
 * {@link PandaClient#closeNow()}. Its kind is {@code cancelled}.
 *
 * <p>An interrupted thread stays interrupted: {@link Thread#isInterrupted()} still tells so. What the call had sent
 * may have reached the platform.
 */
public class PandaCancelledException extends PandaException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one by hand, as tests of applications do.
     *
     * @param message what went wrong; without a password, a token or a ticket
     */
    public PandaCancelledException(String message) {
        this(Failure.byHand(ErrorKind.CANCELLED, message));
    }

    PandaCancelledException(Failure failure) {
        super(failure);
    }
}
