package io.github.pandawater;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How to list all users. What is not set has the library's default. Cannot be changed: each method gives another
 * query.
 *
 * <p>Access document 2024, section 三 step 1 and interface ①; 2022, step 1.
 *
 * <pre>{@code
 * try (UserListing users = client.users(ListQuery.defaults().keyword("陈"))) {
 *     for (User user : users) { ... }
 * }
 * }</pre>
 */
public final class ListQuery {
    private static final ListQuery DEFAULTS = new ListQuery(null, null, null);

    private final Integer pageSize;
    private final Integer prefetch;
    private final String keyword;

    private ListQuery(Integer pageSize, Integer prefetch, String keyword) {
        this.pageSize = pageSize;
        this.prefetch = prefetch;
        this.keyword = keyword;
    }

    /**
     * Gives the query for all users in pages of the default size.
     *
     * @return a query without settings
     */
    public static ListQuery defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how many users to ask for at once.
     *
     * @param pageSize 1 to 10000; default 500. A platform that gives fewer is followed
     * @return the query with this setting
     */
    public ListQuery pageSize(int pageSize) {
        return new ListQuery(pageSize, prefetch, keyword);
    }

    /**
     * Sets how many pages are fetched at once.
     *
     * @param prefetch 1 to 16; default 4
     * @return the query with this setting
     */
    public ListQuery prefetch(int prefetch) {
        return new ListQuery(pageSize, prefetch, keyword);
    }

    /**
     * Sets what to search for.
     *
     * @param keyword the text, or null for all users
     * @return the query with this setting
     */
    public ListQuery keyword(String keyword) {
        return new ListQuery(pageSize, prefetch, keyword);
    }

    byte[] toArgument() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("pageSize", pageSize);
        values.put("prefetch", prefetch);
        values.put("keyword", keyword);
        // What UserJson.page reads.
        values.put("rows", true);
        return Json.argument(values);
    }
}
