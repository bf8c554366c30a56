package io.github.pandawater;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Users and pages of users, read field by field: listings hold a hundred thousand of them. */
final class UserJson {
    private UserJson() {}

    /** A page as the library gives it, in a listing or alone. */
    static final class Page {
        Long count;
        List<User> users = Collections.emptyList();
        /** Whether the listing ends with this page. */
        boolean done;
    }

    static Page page(JsonParser parser) throws IOException {
        Page page = new Page();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonToken token = parser.nextToken();
            switch (name) {
                case "count":
                    page.count = token == JsonToken.VALUE_NULL ? null : (Long) parser.getLongValue();
                    break;
                case "data":
                    page.users = rows(parser);
                    break;
                case "done":
                    page.done = token == JsonToken.VALUE_TRUE;
                    break;
                default:
                    parser.skipChildren();
            }
        }
        return page;
    }

    private static List<User> rows(JsonParser parser) throws IOException {
        List<User> users = new ArrayList<>();
        while (parser.nextToken() == JsonToken.START_ARRAY) {
            users.add(row(parser));
        }
        return Collections.unmodifiableList(users);
    }

    /** A user as pages have it: the values in their order, without their names. */
    private static User row(JsonParser parser) throws IOException {
        long id = parser.nextLongValue(0);
        String userName = parser.nextTextValue();
        String phone = parser.nextTextValue();
        String jobNumber = parser.nextTextValue();
        String userImage = parser.nextTextValue();
        boolean hasExtra = parser.nextToken() == JsonToken.START_OBJECT;
        Map<String, Object> extra = hasExtra ? Json.object(parser) : Collections.emptyMap();
        if (parser.nextToken() != JsonToken.END_ARRAY) {
            throw new IOException();
        }
        return new User(id, userName, phone, jobNumber, userImage, extra);
    }

    static List<User> users(JsonParser parser) throws IOException {
        List<User> users = new ArrayList<>();
        while (parser.nextToken() == JsonToken.START_OBJECT) {
            users.add(user(parser));
        }
        return Collections.unmodifiableList(users);
    }

    static User user(JsonParser parser) throws IOException {
        long id = 0;
        String userName = null;
        String phone = null;
        String jobNumber = null;
        String userImage = null;
        Map<String, Object> extra = Collections.emptyMap();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            switch (name) {
                case "id":
                    id = parser.getLongValue();
                    break;
                case "userName":
                    userName = parser.getValueAsString();
                    break;
                case "phone":
                    phone = parser.getValueAsString();
                    break;
                case "jobNumber":
                    jobNumber = parser.getValueAsString();
                    break;
                case "userImage":
                    userImage = parser.getValueAsString();
                    break;
                default:
                    if (extra.isEmpty()) {
                        extra = new LinkedHashMap<>();
                    }
                    extra.put(name, Json.value(parser));
            }
        }
        return new User(id, userName, phone, jobNumber, userImage, extra);
    }
}
