package io.github.pandawater;

import com.sun.jna.Pointer;
import java.util.logging.Level;

/**
 * A log callback while the library has it.
 *
 * <p>It is a shutdown hook as well, for two reasons. The library must not call into a virtual machine that is going
 * away. And the library calls what was set last until it is told otherwise: were only this package's class loader
 * to hold the callback, as in a web application that was undeployed, the garbage collector would free what
 * the library still calls.
 */
final class LogSink extends Thread implements NativeFunctions.LogCallback {
    private static final int ERROR = 1;
    private static final int WARNING = 2;
    private static final int INFO = 3;
    private static final int DEBUG = 4;

    private static LogSink current;

    private final NativeFunctions library;
    private final PandaLog log;

    private LogSink(NativeFunctions library, PandaLog log) {
        super("panda-water log end");
        this.library = library;
        this.log = log;
    }

    /** Sets the callback of the process, or silence with null. */
    static synchronized void set(NativeFunctions library, PandaLog log, Level upTo) {
        LogSink next = log == null || upTo == Level.OFF ? null : new LogSink(library, log);
        try {
            if (next != null) {
                Runtime.getRuntime().addShutdownHook(next);
            }
            library.panda_set_log(next, number(upTo));
            // Only now may the one before it go: the library promises not to call it any more.
            if (current != null) {
                Runtime.getRuntime().removeShutdownHook(current);
            }
            current = next;
        } catch (IllegalStateException e) {
            // The virtual machine is going away, and the log with it.
        }
    }

    private static int number(Level upTo) {
        if (upTo.intValue() >= Level.SEVERE.intValue()) {
            return ERROR;
        }
        if (upTo.intValue() >= Level.WARNING.intValue()) {
            return WARNING;
        }
        return upTo.intValue() >= Level.INFO.intValue() ? INFO : DEBUG;
    }

    private static Level level(int number) {
        switch (number) {
            case ERROR:
                return Level.SEVERE;
            case WARNING:
                return Level.WARNING;
            case INFO:
                return Level.INFO;
            default:
                return Level.FINE;
        }
    }

    /** Called by the library. */
    @Override
    public void invoke(int level, Pointer message, Pointer user) {
        try {
            log.log(level(level), message.getString(0, "UTF-8"));
        } catch (Throwable e) {
            // Of any class, checked ones too, which other languages throw: no caller in Java could be told, and the
            // library's call must go on.
        }
    }

    /** Called when the virtual machine goes away. */
    @Override
    public void run() {
        library.panda_set_log(null, ERROR);
    }
}
