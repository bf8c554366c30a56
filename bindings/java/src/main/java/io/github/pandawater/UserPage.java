package io.github.pandawater;

import java.util.List;

/**
 * One page of the platform's users. Cannot be changed.
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

    @Override
    public String toString() {
        return "UserPage{count=" + count + ", users=" + users + "}";
    }
}
