package io.github.pandawater;

import java.util.logging.Level;

/** Takes the library's log lines, see {@link PandaWater#setLog}. */
@FunctionalInterface
public interface PandaLog {
    /**
     * Takes a line. It may be called on any thread that has a call under way, several at once too, and must
     * neither call this package nor wait for a thread that does. What it throws is dropped.
     *
     * @param level {@code SEVERE}, {@code WARNING}, {@code INFO} or {@code FINE}
     * @param message the line; never holds a password, a token or a ticket
     */
    void log(Level level, String message);
}
