package io.github.pandawater;

/** No usable ticket in the URL, or a ticket that the platform does not accept: nobody is signed in. Its kind is {@code ticket}. */
public class PandaTicketException extends PandaException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one by hand, as tests of applications do.
     *
     * @param message what went wrong; without a password, a token or a ticket
     */
    public PandaTicketException(String message) {
        this(Failure.byHand(ErrorKind.TICKET, message));
    }

    PandaTicketException(Failure failure) {
        super(failure);
    }
}
