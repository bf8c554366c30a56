package io.github.pandawater;

/** The file or address of the shared token store is unusable. Its kind is {@code store}. */
public class PandaStoreException extends PandaException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one by hand, as tests of applications do.
     *
     * @param message what went wrong; without a password, a token or a ticket
     */
    public PandaStoreException(String message) {
        this(Failure.byHand(ErrorKind.STORE, message));
    }

    PandaStoreException(Failure failure) {
        super(failure);
    }
}
