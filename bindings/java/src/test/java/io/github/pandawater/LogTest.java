package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Callback;
import com.sun.jna.Native;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The library's log lines. */
class LogTest extends PlatformTest {
    private final List<String> lines = new CopyOnWriteArrayList<>();

    @AfterEach
    void silence() {
        PandaWater.setLog(null, Level.OFF);
    }

    private void makeSomeLines() {
        simulator.fail("GetUsers", "{\"status\":{\"status\":503}}", 1);
        client.getUsers();
    }

    @Test
    void linesOfEveryLevel() {
        PandaWater.setLog((level, message) -> lines.add(level + " " + message), Level.ALL);
        makeSomeLines();
        // Were the callback not held, it would be freed here.
        System.gc();
        makeSomeLines();
        assertFalse(lines.isEmpty());
        assertTrue(lines.stream().noneMatch(line -> line.contains(client.getToken().token())), lines.toString());
    }

    @Test
    void noMoreThanAsked() {
        PandaWater.setLog((level, message) -> lines.add(level.getName()), Level.SEVERE);
        makeSomeLines();
        assertTrue(lines.stream().allMatch("SEVERE"::equals), lines.toString());
    }

    @Test
    void silenced() {
        PandaWater.setLog((level, message) -> lines.add(message), Level.ALL);
        PandaWater.setLog(null, Level.ALL);
        makeSomeLines();
        PandaWater.setLog((level, message) -> lines.add(message), Level.ALL);
        PandaWater.setLog((level, message) -> lines.add(message), Level.OFF);
        makeSomeLines();
        assertEquals("[]", lines.toString());
    }

    @Test
    void whatACallbackThrowsIsDropped() {
        PandaWater.setLog(
                (level, message) -> {
                    lines.add(message);
                    throw new IllegalStateException("from a callback");
                },
                Level.ALL);
        makeSomeLines();
        assertFalse(lines.isEmpty());
    }

    /** Throws what no method here declares, as other languages' lambdas may. */
    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void throwAny(Throwable any) throws T {
        throw (T) any;
    }

    @Test
    void whateverACallbackThrowsIsDropped() {
        List<Throwable> escaped = new CopyOnWriteArrayList<>();
        Callback.UncaughtExceptionHandler before = Native.getCallbackExceptionHandler();
        Native.setCallbackExceptionHandler((callback, error) -> escaped.add(error));
        try {
            for (Throwable any : new Throwable[] {new IOException(), new Throwable(), new StackOverflowError()}) {
                PandaWater.setLog(
                        (level, message) -> {
                            lines.add(message);
                            LogTest.<RuntimeException>throwAny(any);
                        },
                        Level.ALL);
                makeSomeLines();
            }
        } finally {
            Native.setCallbackExceptionHandler(before);
        }
        assertFalse(lines.isEmpty());
        assertEquals("[]", escaped.toString());
    }

    @Test
    void toTheApplicationsLog() {
        // SLF4J's, which the tests' class path leads on to java.util.logging.
        Logger logger = Logger.getLogger("io.github.pandawater");
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                lines.add(line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
        try {
            PandaWater.logTo(Level.FINE);
            makeSomeLines();
        } finally {
            logger.removeHandler(handler);
            logger.setUseParentHandlers(true);
        }
        assertFalse(lines.isEmpty());
    }

    @Test
    void toALogger() {
        Logger logger = Logger.getAnonymousLogger();
        logger.setUseParentHandlers(false);
        logger.setLevel(Level.ALL);
        logger.addHandler(new Handler() {
            @Override
            public void publish(LogRecord line) {
                lines.add(line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        });
        PandaWater.logTo(logger, Level.FINE);
        makeSomeLines();
        assertFalse(lines.isEmpty());
    }
}
