package io.github.pandawater;

import java.util.Map;

/** An existing link that does not hold any more. Cannot be changed. */
public final class BrokenLink {
    private final long pandaId;
    private final String ownId;
    private final String reason;

    /**
     * Makes one, as tests of applications do.
     *
     * @param pandaId the platform's user
     * @param ownId the application's user
     * @param reason {@code "gone"} or {@code "contradicts"}
     */
    public BrokenLink(long pandaId, String ownId, String reason) {
        this.pandaId = pandaId;
        this.ownId = ownId;
        this.reason = reason;
    }

    static BrokenLink of(Map<?, ?> json) {
        return new BrokenLink((Long) json.get("pandaId"), (String) json.get("ownId"), (String) json.get("reason"));
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
     * Tells why it does not hold.
     *
     * @return {@code "gone"}, where a side is no longer there; {@code "contradicts"}, where the job numbers differ now
     */
    public String reason() {
        return reason;
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
     * The same as {@link #reason()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public String getReason() {
        return reason;
    }

    @Override
    public String toString() {
        return "BrokenLink{pandaId=" + pandaId + ", ownId=" + ownId + ", reason=" + reason + "}";
    }
}
