package io.github.pandawater;

/** An HTTP status outside 2xx; see {@link #httpStatus()}. Retryable for 408, 429 and 5xx. Its kind is {@code http}. */
public class PandaHttpException extends PandaException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one by hand, as tests of applications do.
     *
     * @param message what went wrong; without a password, a token or a ticket
     */
    public PandaHttpException(String message) {
        this(Failure.byHand(ErrorKind.HTTP, message));
    }

    PandaHttpException(Failure failure) {
        super(failure);
    }
}
