package io.github.pandawater;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A user of the application's own, to be linked with one of the platform's. Cannot be changed, and compares by
 * value; {@code toString} shows nothing but the id.
 *
 * <p>Access document 2024, section 三 step 2; 2022, step 2.
 */
public final class OwnUser {
    private final String id;
    private final String userName;
    private final String phone;
    private final String jobNumber;

    /**
     * Makes one.
     *
     * @param id what the application knows the user by
     * @param userName the name, or null
     * @param phone the phone number, or null
     * @param jobNumber the job number, or null
     */
    public OwnUser(String id, String userName, String phone, String jobNumber) {
        this.id = id;
        this.userName = userName;
        this.phone = phone;
        this.jobNumber = jobNumber;
    }

    /**
     * Makes one who is known by a number. That is the same as its digits.
     *
     * @param id what the application knows the user by
     * @param userName the name, or null
     * @param phone the phone number, or null
     * @param jobNumber the job number, or null
     */
    public OwnUser(long id, String userName, String phone, String jobNumber) {
        this(Long.toString(id), userName, phone, jobNumber);
    }

    /**
     * Gives what the application knows the user by.
     *
     * @return the id; a number as its digits
     */
    public String id() {
        return id;
    }

    /**
     * Gives the name.
     *
     * @return the name, or null
     */
    public String userName() {
        return userName;
    }

    /**
     * Gives the phone number.
     *
     * @return the number, or null
     */
    public String phone() {
        return phone;
    }

    /**
     * Gives the job number.
     *
     * @return the number, or null
     */
    public String jobNumber() {
        return jobNumber;
    }

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
    public String getId() {
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

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof OwnUser)) {
            return false;
        }
        OwnUser that = (OwnUser) other;
        return Objects.equals(id, that.id)
                && Objects.equals(userName, that.userName)
                && Objects.equals(phone, that.phone)
                && Objects.equals(jobNumber, that.jobNumber);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, userName, phone, jobNumber);
    }

    @Override
    public String toString() {
        return "OwnUser{id=" + id + "}";
    }
}
