package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Values that do not change. */
class ModelsTest {
    private static User read(String user) {
        String envelope = "{\"code\":0,\"msg\":\"OK\",\"data\":" + user + "}";
        return Reply.read(envelope.getBytes(StandardCharsets.UTF_8), UserJson::user);
    }

    @Test
    void everyField() {
        User user = read("{\"id\":9007199254740991,\"userName\":\"陈涛\",\"phone\":null,\"jobNumber\":\"007\","
                + "\"userImage\":\"a.png\"}");
        assertEquals(9007199254740991L, user.id());
        assertEquals("陈涛", user.userName());
        assertNull(user.phone());
        assertEquals("007", user.jobNumber());
        assertEquals("a.png", user.userImage());
        assertTrue(user.extra().isEmpty());
        assertEquals("User{id=9007199254740991}", user.toString());
    }

    @Test
    void furtherFieldsOfEveryType() {
        User user = read("{\"id\":1,\"a\":[1,\"x\",{\"b\":null}],\"c\":1.10,\"d\":true,\"e\":123456789012345678901234567890,"
                + "\"f\":-5,\"g\":1e999999999}");
        Map<String, Object> extra = user.extra();
        assertEquals(Arrays.asList(1L, "x", Collections.singletonMap("b", null)), extra.get("a"));
        assertEquals(new BigDecimal("1.10"), extra.get("c"));
        assertEquals(true, extra.get("d"));
        assertEquals(new BigInteger("123456789012345678901234567890"), extra.get("e"));
        assertEquals(-5L, extra.get("f"));
        assertEquals(new BigDecimal("1e999999999"), extra.get("g"));
    }

    @Test
    void hugeNumberStaysText() {
        String digits = String.join("", Collections.nCopies(200_000, "7"));
        assertEquals(digits, read("{\"id\":1,\"x\":" + digits + "}").extra().get("x"));
    }

    @Test
    void cannotBeChanged() {
        Map<String, Object> fields = new HashMap<>(Collections.singletonMap("a", 1));
        User user = new User(1, "陈涛", null, null, null, fields);
        fields.clear();
        assertEquals(1, user.extra().get("a"));
        assertThrows(UnsupportedOperationException.class, () -> user.extra().put("b", 2));
        assertSame(Collections.emptyMap(), new User(1, null, null, null, null, null).extra());
    }

    @Test
    void comparesByValue() {
        User user = read("{\"id\":1,\"userName\":\"陈涛\",\"x\":[1]}");
        assertEquals(user, read("{\"x\":[1],\"userName\":\"陈涛\",\"id\":1}"));
        assertEquals(user.hashCode(), read("{\"x\":[1],\"userName\":\"陈涛\",\"id\":1}").hashCode());
        assertNotEquals(user, read("{\"id\":1,\"userName\":\"陈涛\",\"x\":[2]}"));
        assertNotEquals(user, read("{\"id\":2,\"userName\":\"陈涛\",\"x\":[1]}"));
        assertNotEquals(user, new Object());
    }

    @Test
    void canBeKeptInASession() throws Exception {
        User user = read("{\"id\":1,\"userName\":\"陈涛\",\"x\":[1.5,{\"y\":true}]}");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new ObjectOutputStream(bytes).writeObject(user);
        Object again = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
        assertEquals(user, again);
    }
}
