package io.github.pandawater;

import java.io.Serializable;
import java.util.Map;

/** What the library says about a call that failed. */
final class Failure implements Serializable {
    private static final long serialVersionUID = 1L;

    final String message;
    final int code;
    final String kind;
    final boolean retryable;
    final String endpoint;
    final Integer httpStatus;
    /** A {@code Long}, a {@code String} or null; all of them can be serialized. */
    final Serializable platformCode;
    final int attempts;

    private Failure(
            String message,
            int code,
            String kind,
            boolean retryable,
            String endpoint,
            Integer httpStatus,
            Serializable platformCode,
            int attempts) {
        this.message = message;
        this.code = code;
        this.kind = kind;
        this.retryable = retryable;
        this.endpoint = endpoint;
        this.httpStatus = httpStatus;
        this.platformCode = platformCode;
        this.attempts = attempts;
    }

    /** A failure that did not come from the library. */
    static Failure byHand(ErrorKind kind, String message) {
        return byHand(kind.word, kind.code, kind.retryable, message);
    }

    /** A failure that did not come from the library, of a kind that the library does not have. */
    static Failure byHand(String kind, int code, boolean retryable, String message) {
        return new Failure(message, code, kind, retryable, null, null, null, 0);
    }

    /** The failure that an envelope tells of. */
    static Failure of(int code, String message, Map<String, Object> error) {
        // What other languages call a cursor is a listing here.
        message = message.replace("this cursor", "this listing");
        Number httpStatus = (Number) error.get("httpStatus");
        return new Failure(
                message,
                code,
                (String) error.get("kind"),
                (Boolean) error.get("retryable"),
                (String) error.get("endpoint"),
                httpStatus == null ? null : httpStatus.intValue(),
                (Serializable) error.get("platformCode"),
                ((Number) error.get("attempts")).intValue());
    }
}
