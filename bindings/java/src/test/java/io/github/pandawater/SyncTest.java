package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** All users against an earlier state. */
class SyncTest extends PlatformTest {
    /** A platform of each test's own, whose users it may change. */
    private Simulator platform;

    private PandaClient own;

    @BeforeEach
    void startOwnPlatform() {
        platform = new Simulator("--users", "40");
        own = platform.client().retries(0).build();
    }

    @AfterEach
    void stopOwnPlatform() {
        own.close();
        platform.close();
    }

    @Test
    void theFirstTimeAddsEverybody() {
        Changes changes = own.sync(null);
        assertEquals("Changes{count=40, added=40, updated=0, removed=0, unchanged=0}", changes.toString());
        assertThrows(UnsupportedOperationException.class, () -> changes.added().clear());
    }

    @Test
    void whoCameChangedAndLeft() {
        String state = own.sync(null, SyncOptions.defaults().pageSize(7).prefetch(2)).state();
        assertEquals(40, own.sync(state).unchanged());
        Object number = platform.control("POST", "/users", "{\"userName\":\"新用户\"}").get("id");
        platform.control("POST", "/users", "{\"userName\":\"再一个\"}");
        platform.control("DELETE", "/users/7", null);
        Changes changes = own.sync(state);
        assertEquals(41, changes.count());
        assertTrue(changes.added().stream().anyMatch(user -> number.equals(user.id())));
        assertEquals(Collections.singletonList(7L), changes.removed());
        assertEquals(39, changes.unchanged());
        assertEquals(41, own.sync(changes.state()).unchanged());
    }

    @Test
    void whoChanged() {
        String state;
        try (Simulator before = new Simulator("--users", "2", "--seed", "1");
                PandaClient client = before.client().build()) {
            state = client.sync(null).state();
            // A state of another platform.
            assertThrows(PandaArgumentException.class, () -> own.sync(state));
            before.fail("GetUsers", "{\"answer\":{\"status\":200,\"body\":\"{\\\"code\\\":0,\\\"msg\\\":\\\"OK\\\","
                    + "\\\"data\\\":{\\\"count\\\":2,\\\"data\\\":[{\\\"id\\\":1,\\\"userName\\\":\\\"陈涛二\\\"},"
                    + "{\\\"id\\\":2,\\\"userName\\\":\\\"李娜\\\"}]}}\"}}");
            Changes changes = client.sync(state);
            assertEquals("陈涛二,李娜", changes.updated().stream().map(User::userName).collect(Collectors.joining(",")));
        }
    }

    @Test
    void guard() {
        String state = own.sync(null).state();
        for (int id = 1; id <= 20; id++) {
            platform.control("DELETE", "/users/" + id, null);
        }
        PandaGuardException error = assertThrows(PandaGuardException.class, () -> own.sync(state));
        assertEquals(-10031, error.code());
        assertFalse(error.retryable());
        assertEquals(20, own.sync(state, SyncOptions.defaults().maxRemovedPercent(50)).removed().size());
    }

    @Test
    void badArguments() {
        assertThrows(PandaArgumentException.class, () -> own.sync("nonsense"));
        assertThrows(PandaArgumentException.class, () -> own.sync("\ud800"));
        SyncOptions options = SyncOptions.defaults();
        assertThrows(PandaArgumentException.class, () -> own.sync(null, options.maxRemovedPercent(101)));
        assertThrows(PandaArgumentException.class, () -> own.sync(null, options.pageSize(0)));
        assertThrows(PandaArgumentException.class, () -> own.sync(null, options.prefetch(0)));
        own.close();
        assertThrows(PandaHandleException.class, () -> own.sync(null));
    }
}
