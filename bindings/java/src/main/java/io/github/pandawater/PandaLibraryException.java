package io.github.pandawater;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The native library could not be loaded, or is one that this package does not work with. Its kind is
 * {@code library}, its code -1. The message lists every path that was tried and why it failed.
 */
public class PandaLibraryException extends PandaException {
    private static final long serialVersionUID = 1L;

    // Not one of the library's codes: there is no library that could have given one.
    private static final int CODE = -1;

    /** The paths with their reasons; a LinkedHashMap, so that it can be serialized. */
    private final LinkedHashMap<String, String> tried;

    PandaLibraryException(String message, Map<String, String> tried) {
        super(Failure.byHand("library", CODE, false, message));
        this.tried = new LinkedHashMap<>(tried);
    }

    /**
     * Lists what was tried.
     *
     * @return every path in the order of trying, each with the reason why it failed; cannot be changed
     */
    public Map<String, String> tried() {
        return Collections.unmodifiableMap(tried);
    }
}
