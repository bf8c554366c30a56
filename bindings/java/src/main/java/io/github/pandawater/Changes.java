package io.github.pandawater;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/**
 * Who came, changed or left since an earlier state, see {@link PandaClient#sync(String)}. Cannot be changed;
 * {@code toString} gives numbers only.
 *
 * <p>Access document 2024, section 三 step 1; 2022, step 1.
 */
public final class Changes {
    private long count;
    private List<User> added = Collections.emptyList();
    private List<User> updated = Collections.emptyList();
    private List<Long> removed = Collections.emptyList();
    private long unchanged;
    private String state;

    private Changes() {}

    /**
     * Makes some, as tests of applications do.
     *
     * @param count how many users there are now
     * @param added who is not in the earlier state; copied
     * @param updated whose name, phone or job number has changed; copied
     * @param removed the ids of those who are gone; copied
     * @param unchanged how many users are as they were
     * @param state what to pass to the next sync
     * @throws PandaArgumentException a list is null or holds null
     */
    public Changes(
            long count,
            Collection<User> added,
            Collection<User> updated,
            Collection<Long> removed,
            long unchanged,
            String state) {
        this.count = count;
        this.added = Models.copy("added", added);
        this.updated = Models.copy("updated", updated);
        this.removed = Models.copy("removed", removed);
        this.unchanged = unchanged;
        this.state = state;
    }

    static Changes read(JsonParser parser) throws IOException {
        Changes changes = new Changes();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            switch (name) {
                case "count":
                    changes.count = parser.getLongValue();
                    break;
                case "added":
                    changes.added = UserJson.users(parser);
                    break;
                case "updated":
                    changes.updated = UserJson.users(parser);
                    break;
                case "removed":
                    changes.removed = numbers(parser);
                    break;
                case "unchanged":
                    changes.unchanged = parser.getLongValue();
                    break;
                case "state":
                    changes.state = parser.getText();
                    break;
                default:
                    parser.skipChildren();
            }
        }
        return changes;
    }

    private static List<Long> numbers(JsonParser parser) throws IOException {
        List<Long> numbers = new ArrayList<>();
        while (parser.nextToken().isNumeric()) {
            numbers.add(parser.getLongValue());
        }
        return Collections.unmodifiableList(numbers);
    }

    /**
     * Tells how many users there are now.
     *
     * @return their number
     */
    public long count() {
        return count;
    }

    /**
     * Gives who is not in the earlier state.
     *
     * @return the users; cannot be changed
     */
    public List<User> added() {
        return added;
    }

    /**
     * Gives whose name, phone or job number has changed.
     *
     * @return the users as they are now; cannot be changed
     */
    public List<User> updated() {
        return updated;
    }

    /**
     * Gives who is gone.
     *
     * @return the users' ids, ascending; cannot be changed
     */
    public List<Long> removed() {
        return removed;
    }

    /**
     * Tells how many users are as they were.
     *
     * @return their number
     */
    public long unchanged() {
        return unchanged;
    }

    /**
     * Gives what to pass to the next sync. It holds no personal data in clear.
     *
     * @return the state, ASCII text
     */
    public String state() {
        return state;
    }

    /**
     * The same as {@link #count()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public long getCount() {
        return count;
    }

    /**
     * The same as {@link #added()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public List<User> getAdded() {
        return added;
    }

    /**
     * The same as {@link #updated()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public List<User> getUpdated() {
        return updated;
    }

    /**
     * The same as {@link #removed()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public List<Long> getRemoved() {
        return removed;
    }

    /**
     * The same as {@link #unchanged()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public long getUnchanged() {
        return unchanged;
    }

    /**
     * The same as {@link #state()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public String getState() {
        return state;
    }

    @Override
    public String toString() {
        return "Changes{count=" + count + ", added=" + added.size() + ", updated=" + updated.size() + ", removed="
                + removed.size() + ", unchanged=" + unchanged + "}";
    }
}
