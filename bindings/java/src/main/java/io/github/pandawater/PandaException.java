package io.github.pandawater;

/**
 * A call that failed. Every exception of this package derives from it.
 *
 * <p>Catch a subclass to react to one kind of failure, this class to react to any. What may pass has already been
 * tried again before it is thrown. The message is written for people; it never holds a password, a token or a
 * ticket. Instances do not change and can be serialized.
 *
 * <pre>{@code
 * try {
 *     user = client.getUserByTicket(ticket);
 * } catch (PandaTicketException e) {
 *     show("This sign-in link is no longer valid.");
 * } catch (PandaException e) {
 *     show(e.retryable() ? "Please try again later." : "Please tell the administrator.");
 * }
 * }</pre>
 */
public class PandaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What the library says about it. */
    private final Failure failure;

    PandaException(Failure failure) {
        super(failure.message);
        this.failure = failure;
    }

    /**
     * Tells what went wrong, as a number.
     *
     * @return the platform's own code where it refused, else one between -10099 and -10001
     */
    public int code() {
        return failure.code;
    }

    /**
     * Tells what happened, in one word.
     *
     * @return {@code "timeout"}, {@code "auth"}, {@code "ticket"} and so on
     */
    public String kind() {
        return failure.kind;
    }

    /**
     * Tells what happened, to switch by.
     *
     * @return the kind
     */
    public ErrorKind errorKind() {
        return ErrorKind.of(failure.kind);
    }

    /**
     * Tells whether the same call may succeed later without a change by anybody.
     *
     * @return whether to try again later
     */
    public boolean retryable() {
        return failure.retryable;
    }

    /**
     * Tells which interface of the platform was asked.
     *
     * @return {@code "GenerateToken"}, {@code "GetUsers"} or {@code "GetUserByTicket"}; null if none was
     */
    public String endpoint() {
        return failure.endpoint;
    }

    /**
     * Tells the HTTP status of the last answer.
     *
     * @return the status, or null where the failure does not lie there
     */
    public Integer httpStatus() {
        return failure.httpStatus;
    }

    /**
     * Tells the platform's {@code code} as it was sent.
     *
     * @return a {@code Long} or a {@code String}; null unless the platform refused
     */
    public Object platformCode() {
        return failure.platformCode;
    }

    /**
     * Tells how many HTTP requests the call made to that interface.
     *
     * @return the number of requests, 0 if none was made
     */
    public int attempts() {
        return failure.attempts;
    }
}
