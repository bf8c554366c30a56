package io.github.pandawater;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How to compare all users with an earlier state. What is not set has the library's default. Cannot be changed: each
 * method gives other options.
 *
 * <pre>{@code
 * Changes changes = client.sync(state, SyncOptions.defaults().maxRemovedPercent(50));
 * }</pre>
 */
public final class SyncOptions {
    private static final SyncOptions DEFAULTS = new SyncOptions(null, null, null);

    private final Integer pageSize;
    private final Integer prefetch;
    private final Integer maxRemovedPercent;

    private SyncOptions(Integer pageSize, Integer prefetch, Integer maxRemovedPercent) {
        this.pageSize = pageSize;
        this.prefetch = prefetch;
        this.maxRemovedPercent = maxRemovedPercent;
    }

    /**
     * Gives the options that leave everything to the library.
     *
     * @return options without settings
     */
    public static SyncOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how many users to ask for at once.
     *
     * @param pageSize 1 to 10000; default 500
     * @return the options with this setting
     */
    public SyncOptions pageSize(int pageSize) {
        return new SyncOptions(pageSize, prefetch, maxRemovedPercent);
    }

    /**
     * Sets how many pages are fetched at once.
     *
     * @param prefetch 1 to 16; default 4
     * @return the options with this setting
     */
    public SyncOptions prefetch(int prefetch) {
        return new SyncOptions(pageSize, prefetch, maxRemovedPercent);
    }

    /**
     * Sets how many of the state's users may be removed. Up to 5 users always may.
     *
     * @param maxRemovedPercent percent, 0 to 100; default 20
     * @return the options with this setting
     */
    public SyncOptions maxRemovedPercent(int maxRemovedPercent) {
        return new SyncOptions(pageSize, prefetch, maxRemovedPercent);
    }

    byte[] toArgument(String previousState) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("state", previousState);
        values.put("pageSize", pageSize);
        values.put("prefetch", prefetch);
        values.put("maxRemovedPercent", maxRemovedPercent);
        return Json.argument(values);
    }
}
