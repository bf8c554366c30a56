package io.github.pandawater;

/** An answer that is not what the interface promises, or is too large. Retryable if it was cut short. Its kind is {@code response}. */
public class PandaResponseException extends PandaException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one by hand, as tests of applications do.
     *
     * @param message what went wrong; without a password, a token or a ticket
     */
    public PandaResponseException(String message) {
        this(Failure.byHand(ErrorKind.RESPONSE, message));
    }

    PandaResponseException(Failure failure) {
        super(failure);
    }
}
