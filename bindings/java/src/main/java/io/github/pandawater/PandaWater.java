package io.github.pandawater;

import com.sun.jna.Pointer;
import java.util.Objects;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What concerns no client but the whole process. Every method may be called from any thread. It uses the native
 * library that was loaded first, and loads it if no client has done so yet; where that fails it throws
 * {@link PandaLibraryException}.
 */
public final class PandaWater {
    private PandaWater() {}

    /**
     * Gives the native library's version.
     *
     * @return the version, such as {@code "0.1.0"}
     * @throws PandaLibraryException the native library cannot be loaded
     */
    public static String version() {
        Pointer version = LibraryLoader.load(null).panda_version();
        return version.getString(0, "UTF-8");
    }

    /**
     * Takes the ticket from a sign-in URL whose parameter is named {@code ticket}.
     *
     * @param url a whole URL, a path with its query, or a query
     * @return the ticket, and the URL without it
     * @throws PandaTicketException the URL holds no ticket, several, or an unusable one
     * @throws PandaArgumentException the URL is null or no text
     * @throws PandaLibraryException the native library cannot be loaded
     */
    public static TicketUrl ticketFromUrl(String url) {
        return ticketFromUrl(url, null);
    }

    /**
     * Takes the ticket from a sign-in URL, without asking the platform.
     *
     * <p>The ticket may be in the query, or in a query inside the fragment ({@code /#/oa?user=…}). It is
     * {@code %XX}-decoded; {@code +} stays {@code +}.
     *
     * <p>Access document 2024, section 三 steps 3 and 4; 2022, steps 3 to 5.
     *
     * <pre>{@code
     * PandaWater.ticketFromUrl("http://oa.example/oa?a=1&user=3F2C", "user").urlWithoutTicket();
     * // "http://oa.example/oa?a=1"
     * }</pre>
     *
     * @param url a whole URL, a path with its query, or a query
     * @param param the name of the ticket's parameter; null means {@code ticket}
     * @return the ticket, and the URL without it
     * @throws PandaTicketException the URL holds no ticket, several, or an unusable one
     * @throws PandaArgumentException the URL is null, or it or the name is no text
     * @throws PandaLibraryException the native library cannot be loaded
     */
    public static TicketUrl ticketFromUrl(String url, String param) {
        return TicketUrl.of(LibraryLoader.load(null), url, param);
    }

    /**
     * Tells what this process holds in the native library, for tests for leaks.
     *
     * @return how many clients, listings and texts there are
     * @throws PandaLibraryException the native library cannot be loaded
     */
    public static ProcessStats processStats() {
        NativeFunctions library = LibraryLoader.load(null);
        return Reply.take(library, library.panda_process_stats(), ProcessStats::read);
    }

    /**
     * Has the library's log lines given to a callback, or to none any more. There is one callback in a process.
     *
     * <p>When this returns, the callback set before is not running and will not run. The callback is held until
     * then: a web application calls {@code setLog(null, Level.OFF)} when it is undeployed. JNA keeps the class loader
     * of an application that has set a log even so, until the virtual machine ends.
     *
     * <pre>{@code
     * PandaWater.setLog((level, message) -> System.err.println(level + " " + message), Level.FINE);
     * }</pre>
     *
     * @param log takes the lines; null for silence
     * @param upTo how much: {@code SEVERE}, {@code WARNING} too, {@code INFO} too, or {@code FINE} for all;
     *     {@code OFF} for silence
     * @throws PandaArgumentException the level is null
     * @throws PandaLibraryException the native library cannot be loaded
     */
    public static void setLog(PandaLog log, Level upTo) {
        if (upTo == null) {
            throw new PandaArgumentException("upTo is null");
        }
        LogSink.set(LibraryLoader.load(null), log, upTo);
    }

    /**
     * Has the library's log lines given to a logger of {@code java.util.logging}, whose own level holds besides.
     *
     * <pre>{@code
     * PandaWater.logTo(Logger.getLogger("panda-water"), Level.INFO);
     * }</pre>
     *
     * @param logger the logger
     * @param upTo as in {@link #setLog}
     * @throws PandaArgumentException the level is null
     * @throws PandaLibraryException the native library cannot be loaded
     */
    public static void logTo(Logger logger, Level upTo) {
        Objects.requireNonNull(logger, "logger");
        setLog(logger::log, upTo);
    }
}
