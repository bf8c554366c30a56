package io.github.pandawater;

import java.util.Locale;
import java.util.function.Function;

/** The kinds of failure that the library tells apart, each with the exception that stands for it. */
enum ErrorKind {
    ARGUMENT(-10001, false, PandaArgumentException::new),
    CONFIG(-10002, false, PandaConfigException::new),
    HANDLE(-10003, false, PandaHandleException::new),
    CONNECT(-10010, true, PandaConnectException::new),
    TIMEOUT(-10011, true, PandaTimeoutException::new),
    CANCELLED(-10015, false, PandaCancelledException::new),
    TLS(-10012, false, PandaTlsException::new),
    HTTP(-10013, false, PandaHttpException::new),
    RESPONSE(-10014, false, PandaResponseException::new),
    AUTH(-10020, false, PandaAuthException::new),
    TICKET(-10021, false, PandaTicketException::new),
    INCONSISTENT(-10030, true, PandaInconsistentException::new),
    GUARD(-10031, false, PandaGuardException::new),
    STORE(-10040, false, PandaStoreException::new),
    REJECTED(-10050, false, PandaRejectedException::new),
    INTERNAL(-10099, false, PandaInternalException::new);

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

    /** The exception that a failure is thrown as: the base class where a later library has a kind of its own. */
    static PandaException exception(Failure failure) {
        for (ErrorKind kind : values()) {
            if (kind.word.equals(failure.kind)) {
                return kind.exception.apply(failure);
            }
        }
        return new PandaException(failure);
    }
}
