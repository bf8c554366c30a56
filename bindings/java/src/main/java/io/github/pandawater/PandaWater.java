package io.github.pandawater;

import com.sun.jna.Pointer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.StreamSupport;

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
     * @return the ticket, the URL without it, and the place on your own site to redirect the browser to
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
     * PandaWater.ticketFromUrl("http://oa.example/oa?a=1&user=3F2C", "user").localTarget();
     * // "/oa?a=1"
     * }</pre>
     *
     * @param url a whole URL, a path with its query, or a query
     * @param param the name of the ticket's parameter; null means {@code ticket}
     * @return the ticket, the URL without it, and the place on your own site to redirect the browser to
     * @throws PandaTicketException the URL holds no ticket, several, or an unusable one
     * @throws PandaArgumentException the URL is null, or it or the name is no text
     * @throws PandaLibraryException the native library cannot be loaded
     */
    public static TicketUrl ticketFromUrl(String url, String param) {
        return TicketUrl.of(LibraryLoader.load(null), url, param);
    }

    /**
     * Matches the platform's users with the application's own by all rules, with none linked before.
     *
     * @param pandaUsers all users of the platform
     * @param ownUsers all users of the application's own
     * @return who is who, and what an administrator has to decide
     * @throws PandaException as in {@link #linkUsers(Iterable, Iterable, Iterable, Iterable, String)}
     */
    public static LinkOutcome linkUsers(Iterable<User> pandaUsers, Iterable<OwnUser> ownUsers) {
        return linkUsers(pandaUsers, ownUsers, null, null, null);
    }

    /**
     * Matches the platform's users with the application's own by all rules.
     *
     * @param pandaUsers all users of the platform
     * @param ownUsers all users of the application's own
     * @param existing who is linked already; null for nobody
     * @return who is who, and what an administrator has to decide
     * @throws PandaException as in {@link #linkUsers(Iterable, Iterable, Iterable, Iterable, String)}
     */
    public static LinkOutcome linkUsers(
            Iterable<User> pandaUsers, Iterable<OwnUser> ownUsers, Iterable<Link> existing) {
        return linkUsers(pandaUsers, ownUsers, existing, null, null);
    }

    /**
     * Matches the platform's users with the application's own by chosen rules.
     *
     * @param pandaUsers all users of the platform
     * @param ownUsers all users of the application's own
     * @param existing who is linked already; null for nobody
     * @param rules what to match by; null for {@code jobNumber}, {@code phone} and {@code userName}, in this order
     * @return who is who, and what an administrator has to decide
     * @throws PandaException as in {@link #linkUsers(Iterable, Iterable, Iterable, Iterable, String)}
     */
    public static LinkOutcome linkUsers(
            Iterable<User> pandaUsers, Iterable<OwnUser> ownUsers, Iterable<Link> existing, Iterable<String> rules) {
        return linkUsers(pandaUsers, ownUsers, existing, rules, null);
    }

    /**
     * Matches the platform's users with the application's own. It asks nobody, save where {@code pandaUsers} does.
     *
     * <p>A rule links two users only where each is the only one of all users on its side with that value. Nobody is
     * linked against their name: where both have one and they differ, the pair is a suggestion that says so. A name
     * alone gives a suggestion too. What identifies nobody, such as {@code 无}, {@code N/A} or zeros, matches nobody.
     *
     * <p>Access document 2024, section 三 step 2; 2022, step 2.
     *
     * <pre>{@code
     * try (UserListing users = client.users()) {
     *     store(PandaWater.linkUsers(users, ownUsers, storedLinks).links());
     * }
     * }</pre>
     *
     * @param pandaUsers all users of the platform
     * @param ownUsers all users of the application's own
     * @param existing who is linked already; null for nobody
     * @param rules what to match by; null for {@code jobNumber}, {@code phone} and {@code userName}, in this order
     * @param names {@code "compare"}, or {@code "ignore"} to link by job number and phone whatever the names are; null
     *     for {@code "compare"}
     * @return who is who, and what an administrator has to decide
     * @throws PandaArgumentException users are null, or an element of what is passed is; an id comes twice, a rule or {@code names} is none, or a value
     *     is no text
     * @throws PandaLibraryException the native library cannot be loaded
     * @throws PandaException what {@code pandaUsers} throws
     */
    public static LinkOutcome linkUsers(
            Iterable<User> pandaUsers,
            Iterable<OwnUser> ownUsers,
            Iterable<Link> existing,
            Iterable<String> rules,
            String names) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("pandaUsers", each("pandaUsers", Arguments.given("pandaUsers", pandaUsers), User::toJson));
        request.put("ownUsers", each("ownUsers", Arguments.given("ownUsers", ownUsers), OwnUser::toJson));
        request.put("rules", each("rules", rules, rule -> rule));
        request.put("existing", each("existing", existing, Link::toJson));
        request.put("names", names);
        byte[] argument = Json.argument(request);
        NativeFunctions library = LibraryLoader.load(null);
        return Reply.take(library, library.panda_link_users(argument), LinkOutcome::read);
    }

    // One by one as they are written, rather than all at once.
    private static <T> Iterable<Object> each(String name, Iterable<T> elements, Function<T, Object> json) {
        return elements == null
                ? null
                : () -> StreamSupport.stream(elements.spliterator(), false)
                        .map(element -> json.apply(Arguments.element(name, element)))
                        .iterator();
    }

    /**
     * Tells what this process holds in the native library, for tests for leaks.
     *
     * @return how many clients, listings and texts there are
     * @throws PandaLibraryException the native library cannot be loaded
     */
    public static ProcessStats processStats() {
        NativeFunctions library = LibraryLoader.load(null);
        Unclosed.closeAll();
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
        Arguments.given("upTo", upTo);
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
     * @throws PandaArgumentException the logger or the level is null
     * @throws PandaLibraryException the native library cannot be loaded
     */
    public static void logTo(Logger logger, Level upTo) {
        setLog(Arguments.given("logger", logger)::log, upTo);
    }

    /**
     * Has the library's log lines given to the application's log: SLF4J where it is on the class path, else
     * {@code java.util.logging}; the logger is named {@code io.github.pandawater}.
     *
     * <pre>{@code
     * PandaWater.logTo(Level.WARNING);
     * }</pre>
     *
     * @param upTo as in {@link #setLog}; SLF4J's levels are {@code error}, {@code warn}, {@code info} and {@code debug}
     * @throws PandaArgumentException the level is null
     * @throws PandaLibraryException the native library cannot be loaded
     */
    public static void logTo(Level upTo) {
        setLog(Logging.LOG, upTo);
    }
}
