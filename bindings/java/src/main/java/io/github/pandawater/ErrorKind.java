package io.github.pandawater;

import java.util.Locale;
import java.util.function.Function;

/**
 * The kinds of failure, see {@link PandaException#errorKind()}. Later versions may have more.
 *
 * <pre>{@code
 * switch (e.errorKind()) {
 *     case TICKET:
 *         return "This sign-in link is no longer valid.";
 *     default:
 *         return "Please try again later.";
 * }
 * }</pre>
 */
public enum ErrorKind {
    /** A bad argument. */
    ARGUMENT(-10001, false, PandaArgumentException::new),
    /** A bad configuration, or one that the call needs more of. */
    CONFIG(-10002, false, PandaConfigException::new),
    /** The client or the listing is closed. */
    HANDLE(-10003, false, PandaHandleException::new),
    /** The platform cannot be connected to. */
    CONNECT(-10010, true, PandaConnectException::new),
    /** A time limit ran out. */
    TIMEOUT(-10011, true, PandaTimeoutException::new),
    /** The thread was interrupted, or the client closed by {@code closeNow()}. */
    CANCELLED(-10015, false, PandaCancelledException::new),
    /** The certificate or the handshake. */
    TLS(-10012, false, PandaTlsException::new),
    /** An HTTP status outside 2xx. */
    HTTP(-10013, false, PandaHttpException::new),
    /** An answer that is not what the interface promises. */
    RESPONSE(-10014, false, PandaResponseException::new),
    /** The platform refused user name and password, or a fresh token. */
    AUTH(-10020, false, PandaAuthException::new),
    /** No usable ticket, or one that the platform does not accept. */
    TICKET(-10021, false, PandaTicketException::new),
    /** The user list kept changing while it was read. */
    INCONSISTENT(-10030, true, PandaInconsistentException::new),
    /** A sync would remove too many users. */
    GUARD(-10031, false, PandaGuardException::new),
    /** The shared token store is unusable. */
    STORE(-10040, false, PandaStoreException::new),
    /** The platform refused for another reason. */
    REJECTED(-10050, false, PandaRejectedException::new),
    /** A fault of the library. */
    INTERNAL(-10099, false, PandaInternalException::new),
    /** The native library cannot be loaded. */
    LIBRARY(-1, false, failure -> new PandaException(failure)),
    /** A kind that a later native library has; its name is {@link PandaException#kind()}. */
    OTHER(0, false, failure -> new PandaException(failure));

    /** The library's own word for it. */
    final String word;
    /** The code that such a failure has unless the platform gave one. */
    final int code;
    /** Whether such a failure may pass by itself, unless the library says otherwise. */
    final boolean retryable;

    private final Function<Failure, PandaException> exception;

    ErrorKind(int code, boolean retryable, Function<Failure, PandaException> exception) {
        word = name().toLowerCase(Locale.ROOT);
        this.code = code;
        this.retryable = retryable;
        this.exception = exception;
    }

    /** The kind that the library calls so: {@link #OTHER} where a later library has one of its own. */
    static ErrorKind of(String word) {
        for (ErrorKind kind : values()) {
            if (kind.word.equals(word)) {
                return kind;
            }
        }
        return OTHER;
    }

    /** The exception that a failure is thrown as. */
    static PandaException exception(Failure failure) {
        return of(failure.kind).exception.apply(failure);
    }
}
