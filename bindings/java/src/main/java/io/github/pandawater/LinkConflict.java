package io.github.pandawater;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Users whom a rule would link and something else forbids: an administrator has to decide. Cannot be changed.
 */
public final class LinkConflict {
    private final String by;
    private final List<Long> pandaIds;
    private final List<String> ownIds;

    /**
     * Makes one, as tests of applications do.
     *
     * @param by the rule
     * @param pandaIds the platform's users in it; copied
     * @param ownIds the application's users in it; copied
     * @throws PandaArgumentException a list is null or holds null
     */
    public LinkConflict(String by, Collection<Long> pandaIds, Collection<String> ownIds) {
        this.by = by;
        this.pandaIds = Models.copy("pandaIds", pandaIds);
        this.ownIds = Models.copy("ownIds", ownIds);
    }

    static LinkConflict of(Map<?, ?> json) {
        return new LinkConflict(
                (String) json.get("by"),
                LinkOutcome.each(json.get("pandaIds"), Long.class::cast),
                LinkOutcome.each(json.get("ownIds"), String.class::cast));
    }

    /**
     * Gives the rule.
     *
     * @return {@code "jobNumber"}, {@code "phone"} or {@code "userName"}
     */
    public String by() {
        return by;
    }

    /**
     * Gives the platform's users in it.
     *
     * @return their ids; cannot be changed
     */
    public List<Long> pandaIds() {
        return pandaIds;
    }

    /**
     * Gives the application's users in it.
     *
     * @return their ids; cannot be changed
     */
    public List<String> ownIds() {
        return ownIds;
    }

    /**
     * The same as {@link #by()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public String getBy() {
        return by;
    }

    /**
     * The same as {@link #pandaIds()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public List<Long> getPandaIds() {
        return pandaIds;
    }

    /**
     * The same as {@link #ownIds()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public List<String> getOwnIds() {
        return ownIds;
    }

    @Override
    public String toString() {
        return "LinkConflict{by=" + by + ", pandaIds=" + pandaIds + ", ownIds=" + ownIds + "}";
    }
}
