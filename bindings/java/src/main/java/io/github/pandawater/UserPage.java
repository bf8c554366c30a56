package io.github.pandawater;

import java.util.Collection;
import java.util.List;

/**
 * One page of the platform's users. Cannot be changed; {@code toString} shows the users' ids.
 *
 * <p>Access document 2024, interface ①; 2022, "获取熊猫智慧水务用户".
 */
public final class UserPage {
    private final Long count;
    private final List<User> users;

    UserPage(UserJson.Page page) {
        this.count = page.count;
        this.users = page.users;
    }

    /**
     * Makes a page, as tests of applications do.
     *
     * @param count how many users there are in all, or null
     * @param users the users of the page; copied
     * @throws PandaArgumentException the users are null, or one of them is
     */
    public UserPage(Long count, Collection<User> users) {
        this.count = count;
        this.users = Models.copy("users", users);
    }

    /**
     * Tells how many users there are in all.
     *
     * @return the number, or null where the platform does not say
     */
    public Long count() {
        return count;
    }

    /**
     * Gives the users of this page.
     *
     * @return the users, in the platform's order; cannot be changed
     */
    public List<User> users() {
        return users;
    }

    /**
     * The same as {@link #count()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public Long getCount() {
        return count;
    }

    /**
     * The same as {@link #users()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public List<User> getUsers() {
        return users;
    }

    @Override
    public String toString() {
        return "UserPage{count=" + count + ", users=" + users + "}";
    }
}
