package io.github.pandawater;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A user of the application's own, to be linked with one of the platform's. Cannot be changed.
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
     * Gives what the application knows the user by.
     *
     * @return the id
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

    @Override
    public String toString() {
        return "OwnUser{id=" + id + ", userName=" + userName + ", phone=" + phone + ", jobNumber=" + jobNumber + "}";
    }
}
