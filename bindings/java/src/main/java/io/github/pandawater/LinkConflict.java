package io.github.pandawater;

import java.util.List;
import java.util.Map;

/**
 * Users whom a rule would link and something else forbids: an administrator has to decide. Cannot be changed.
 */
public final class LinkConflict {
    private final String by;
    private final List<Long> pandaIds;
    private final List<String> ownIds;

    private LinkConflict(String by, List<Long> pandaIds, List<String> ownIds) {
        this.by = by;
        this.pandaIds = pandaIds;
        this.ownIds = ownIds;
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

    @Override
    public String toString() {
        return "LinkConflict{by=" + by + ", pandaIds=" + pandaIds + ", ownIds=" + ownIds + "}";
    }
}
