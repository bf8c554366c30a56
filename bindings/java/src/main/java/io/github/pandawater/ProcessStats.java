package io.github.pandawater;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.Map;

/** What a process holds in the native library at a moment, for tests for leaks. Cannot be changed. */
public final class ProcessStats {
    private final long clients;
    private final long cursors;
    private final long strings;

    /**
     * Makes some, as tests of applications do.
     *
     * @param clients how many clients are open
     * @param cursors how many listings are open
     * @param strings how many texts were not given back yet
     */
    public ProcessStats(long clients, long cursors, long strings) {
        this.clients = clients;
        this.cursors = cursors;
        this.strings = strings;
    }

    static ProcessStats read(JsonParser parser) throws IOException {
        Map<String, Object> data = Json.object(parser);
        return new ProcessStats((Long) data.get("clients"), (Long) data.get("cursors"), (Long) data.get("strings"));
    }

    /**
     * Tells how many clients are open.
     *
     * @return their number
     */
    public long clients() {
        return clients;
    }

    /**
     * Tells how many listings are open.
     *
     * @return their number
     */
    public long cursors() {
        return cursors;
    }

    /**
     * Tells how many texts the library returned that were not given back yet.
     *
     * @return their number; this package gives each back at once
     */
    public long strings() {
        return strings;
    }

    /**
     * The same as {@link #clients()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public long getClients() {
        return clients;
    }

    /**
     * The same as {@link #cursors()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public long getCursors() {
        return cursors;
    }

    /**
     * The same as {@link #strings()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public long getStrings() {
        return strings;
    }

    @Override
    public String toString() {
        return "ProcessStats{clients=" + clients + ", cursors=" + cursors + ", strings=" + strings + "}";
    }
}
