package io.github.pandawater;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which page of users to ask for. What is not set is not sent, and left to the platform. Cannot be changed: each
 * method gives another query.
 *
 * <p>Access document 2024, interface ①; 2022, "获取熊猫智慧水务用户".
 *
 * <pre>{@code
 * UserPage page = client.getUsers(PageQuery.defaults().pageIndex(2).pageSize(100));
 * }</pre>
 */
public final class PageQuery {
    private static final PageQuery DEFAULTS = new PageQuery(null, null, null);

    private final Integer pageIndex;
    private final Integer pageSize;
    private final String keyword;

    private PageQuery(Integer pageIndex, Integer pageSize, String keyword) {
        this.pageIndex = pageIndex;
        this.pageSize = pageSize;
        this.keyword = keyword;
    }

    /**
     * Gives the query that leaves everything to the platform.
     *
     * @return a query without settings
     */
    public static PageQuery defaults() {
        return DEFAULTS;
    }

    /**
     * Sets the page's number.
     *
     * @param pageIndex 1 and up
     * @return the query with this setting
     */
    public PageQuery pageIndex(int pageIndex) {
        return new PageQuery(pageIndex, pageSize, keyword);
    }

    /**
     * Sets how many users a page holds at most.
     *
     * @param pageSize 1 to 10000; the platform may give fewer
     * @return the query with this setting
     */
    public PageQuery pageSize(int pageSize) {
        return new PageQuery(pageIndex, pageSize, keyword);
    }

    /**
     * Sets what to search for.
     *
     * @param keyword the text, or null for all users
     * @return the query with this setting
     */
    public PageQuery keyword(String keyword) {
        return new PageQuery(pageIndex, pageSize, keyword);
    }

    byte[] toArgument() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("pageIndex", pageIndex);
        values.put("pageSize", pageSize);
        values.put("keyword", keyword);
        // What UserJson.page reads.
        values.put("rows", true);
        return Json.argument(values);
    }
}
