package io.github.pandawater;

import java.util.logging.Level;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The application's log: SLF4J where it is on the class path, else {@code java.util.logging}. */
final class Logging {
    private static final String NAME = "io.github.pandawater";

    /** What takes this package's own lines. */
    static final PandaLog LOG = find();

    private Logging() {}

    private static PandaLog find() {
        try {
            return new Slf4j();
        } catch (LinkageError e) {
            return java.util.logging.Logger.getLogger(NAME)::log;
        }
    }

    /** A class of its own, which is loaded only by the attempt to use it. */
    private static final class Slf4j implements PandaLog {
        private final Logger logger = LoggerFactory.getLogger(NAME);

        @Override
        public void log(Level level, String message) {
            if (level.intValue() >= Level.SEVERE.intValue()) {
                logger.error(message);
            } else if (level.intValue() >= Level.WARNING.intValue()) {
                logger.warn(message);
            } else if (level.intValue() >= Level.INFO.intValue()) {
                logger.info(message);
            } else {
                logger.debug(message);
            }
        }
    }
}
