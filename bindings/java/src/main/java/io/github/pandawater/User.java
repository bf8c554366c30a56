package io.github.pandawater;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A user of the platform. Cannot be changed, compares by value, and can be kept in a session (it is serializable).
 *
 * <p>Identify users by {@link #id()}: names are not unique. {@code toString} shows nothing but that, so that no log holds
 * names and phones by the way.
 *
 * <p>Access document 2024, interface ① and interface ②; 2022, "获取熊猫智慧水务用户" and "通过票据获取对应的用户".
 *
 * <pre>{@code
 * User user = client.getUserByTicket(ticket);
 * System.out.println(user.id() + " " + user.userName());
 * }</pre>
 */
public final class User implements Serializable {
    private static final long serialVersionUID = 1L;

    /** The number. */
    private final long id;
    /** The name, or null. */
    private final String userName;
    /** The phone number, or null. */
    private final String phone;
    /** The job number, or null. */
    private final String jobNumber;
    /** The picture, or null. */
    private final String userImage;
    /** The further fields: JSON values, all of which are serializable. */
    @SuppressWarnings("serial")
    private final Map<String, Object> extra;

    /**
     * Makes a user, as tests of applications do.
     *
     * @param id the user's number, from 1 to 2^53-1
     * @param userName the name
     * @param phone the phone number, or null
     * @param jobNumber the job number, or null
     * @param userImage the picture, or null
     * @param extra further fields by name, copied; null for none
     */
    public User(
            long id,
            String userName,
            String phone,
            String jobNumber,
            String userImage,
            Map<String, ?> extra) {
        this.id = id;
        this.userName = userName;
        this.phone = phone;
        this.jobNumber = jobNumber;
        this.userImage = userImage;
        this.extra = extra == null || extra.isEmpty()
                ? Collections.emptyMap()
                : Collections.unmodifiableMap(new LinkedHashMap<>(extra));
    }

    /**
     * Gives the user's number on the platform. This is what identifies a user.
     *
     * @return the number, from 1 to 2^53-1
     */
    public long id() {
        return id;
    }

    /**
     * Gives the name. Several users may have the same one.
     *
     * @return the name, or null where the platform gives none
     */
    public String userName() {
        return userName;
    }

    /**
     * Gives the phone number.
     *
     * @return the number, or null where there is none or the platform does not say
     */
    public String phone() {
        return phone;
    }

    /**
     * Gives the job number. Listings of the 2024 edition have it.
     *
     * @return the number, or null where there is none or the platform does not say
     */
    public String jobNumber() {
        return jobNumber;
    }

    /**
     * Gives the user's picture. Ticket look-ups of the 2024 edition have it.
     *
     * @return the picture as the platform sent it, or null where there is none or the platform does not say
     */
    public String userImage() {
        return userImage;
    }

    /**
     * Gives every further field that the platform sent, under its own name.
     *
     * @return {@code String}, {@code Boolean}, {@code Long}, {@code BigInteger}, {@code BigDecimal}, {@code List},
     *     {@code Map} or null by name; cannot be changed
     */
    public Map<String, Object> extra() {
        return extra;
    }

    /** What decides whom this user is linked with. */
    Map<String, Object> toJson() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("id", id);
        values.put("userName", userName);
        values.put("phone", phone);
        values.put("jobNumber", jobNumber);
        return values;
    }

    /**
     * The same as {@link #id()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public long getId() {
        return id;
    }

    /**
     * The same as {@link #userName()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public String getUserName() {
        return userName;
    }

    /**
     * The same as {@link #phone()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public String getPhone() {
        return phone;
    }

    /**
     * The same as {@link #jobNumber()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public String getJobNumber() {
        return jobNumber;
    }

    /**
     * The same as {@link #userImage()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public String getUserImage() {
        return userImage;
    }

    /**
     * The same as {@link #extra()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public Map<String, Object> getExtra() {
        return extra;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof User)) {
            return false;
        }
        User that = (User) other;
        return id == that.id
                && Objects.equals(userName, that.userName)
                && Objects.equals(phone, that.phone)
                && Objects.equals(jobNumber, that.jobNumber)
                && Objects.equals(userImage, that.userImage)
                && extra.equals(that.extra);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, userName, phone, jobNumber);
    }

    @Override
    public String toString() {
        return "User{id=" + id + "}";
    }
}
