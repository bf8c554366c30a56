package io.github.pandawater;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A user of the platform and one of the application's own who are one person, or may be. Cannot be changed, and
 * compares by value.
 */
public final class Link {
    private final long pandaId;
    private final String ownId;
    private final String by;
    private final boolean namesDiffer;

    /**
     * Makes one that the application has stored, or that an administrator has confirmed.
     *
     * @param pandaId the platform's user
     * @param ownId the application's user
     */
    public Link(long pandaId, String ownId) {
        this(pandaId, ownId, "existing");
    }

    /**
     * Makes one with a user of the application who is known by a number.
     *
     * @param pandaId the platform's user
     * @param ownId the application's user
     */
    public Link(long pandaId, long ownId) {
        this(pandaId, Long.toString(ownId));
    }

    Link(long pandaId, String ownId, String by) {
        this(pandaId, ownId, by, false);
    }

    /**
     * Makes any, as tests of applications do.
     *
     * @param pandaId the platform's user
     * @param ownId the application's user
     * @param by what speaks for it
     * @param namesDiffer whether both have a name and the names differ
     */
    public Link(long pandaId, String ownId, String by, boolean namesDiffer) {
        this.pandaId = pandaId;
        this.ownId = ownId;
        this.by = by;
        this.namesDiffer = namesDiffer;
    }

    static Link of(Map<?, ?> json) {
        return new Link(
                (Long) json.get("pandaId"),
                (String) json.get("ownId"),
                (String) json.get("by"),
                Boolean.TRUE.equals(json.get("namesDiffer")));
    }

    /**
     * Gives the platform's user.
     *
     * @return the id
     */
    public long pandaId() {
        return pandaId;
    }

    /**
     * Gives the application's user.
     *
     * @return the id
     */
    public String ownId() {
        return ownId;
    }

    /**
     * Tells what speaks for it.
     *
     * @return the rule, {@code "jobNumber"}, {@code "phone"} or {@code "userName"}; {@code "existing"} where they were
     *     linked before
     */
    public String by() {
        return by;
    }

    /**
     * Tells whether both have a name and the names differ. Only a suggestion by job number or phone is such a one.
     *
     * @return whether they differ
     */
    public boolean namesDiffer() {
        return namesDiffer;
    }

    Map<String, Object> toJson() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("pandaId", pandaId);
        values.put("ownId", ownId);
        return values;
    }

    /**
     * The same as {@link #pandaId()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public long getPandaId() {
        return pandaId;
    }

    /**
     * The same as {@link #ownId()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public String getOwnId() {
        return ownId;
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
     * The same as {@link #namesDiffer()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public boolean isNamesDiffer() {
        return namesDiffer;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Link)) {
            return false;
        }
        Link that = (Link) other;
        return pandaId == that.pandaId
                && Objects.equals(ownId, that.ownId)
                && Objects.equals(by, that.by)
                && namesDiffer == that.namesDiffer;
    }

    @Override
    public int hashCode() {
        return Objects.hash(pandaId, ownId, by, namesDiffer);
    }

    @Override
    public String toString() {
        return "Link{pandaId=" + pandaId + ", ownId=" + ownId + ", by=" + by + (namesDiffer ? ", namesDiffer" : "") + "}";
    }
}
