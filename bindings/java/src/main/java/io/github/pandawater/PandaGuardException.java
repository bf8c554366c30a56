package io.github.pandawater;

/** A synchronisation would remove suspiciously many users. Its kind is {@code guard}. */
public class PandaGuardException extends PandaException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one by hand, as tests of applications do.
     *
     * @param message what went wrong; without a password, a token or a ticket
     */
    public PandaGuardException(String message) {
        this(Failure.byHand(ErrorKind.GUARD, message));
    }

    PandaGuardException(Failure failure) {
        super(failure);
    }
}
