package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Null where a value is needed: an argument error that names it, whatever the method. */
class NullsTest extends PlatformTest {
    private static void assertNames(String message, Executable call) {
        assertEquals(message, assertThrows(PandaArgumentException.class, call).getMessage());
    }

    @Test
    void ofClients() {
        assertNames("query is null", () -> client.getUsers(null));
        assertNames("query is null", () -> client.users(null));
        assertNames("query is null", () -> client.usersStream(null));
        assertNames("options is null", () -> client.sync(null, null));
        assertNames("ticket is null", () -> client.getUserByTicket(null));
        assertNames("url is null", () -> client.ticketFromUrl(null));
        assertNames("url is null", () -> client.userFromUrl(null));
        assertNames("url is null", () -> client.userFromUrl(null, null));
    }

    @Test
    void ofTheProcess() {
        assertNames("url is null", () -> PandaWater.ticketFromUrl(null));
        assertNames("logger is null", () -> PandaWater.logTo(null, Level.INFO));
        assertNames("upTo is null", () -> PandaWater.logTo(null));
        assertNames("upTo is null", () -> PandaWater.setLog((level, line) -> {}, null));
    }

    @Test
    void ofLinking() {
        List<User> users = Collections.singletonList(null);
        List<OwnUser> ownUsers = Collections.singletonList(null);
        List<Link> links = Collections.singletonList(null);
        List<String> rules = Collections.singletonList(null);
        assertNames("pandaUsers is null", () -> PandaWater.linkUsers(null, Collections.emptyList()));
        assertNames("ownUsers is null", () -> PandaWater.linkUsers(Collections.emptyList(), null));
        assertNames("pandaUsers holds null", () -> PandaWater.linkUsers(users, Collections.emptyList()));
        assertNames("ownUsers holds null", () -> PandaWater.linkUsers(Collections.emptyList(), ownUsers));
        assertNames(
                "existing holds null",
                () -> PandaWater.linkUsers(Collections.emptyList(), Collections.emptyList(), links));
        assertNames(
                "rules holds null",
                () -> PandaWater.linkUsers(Collections.emptyList(), Collections.emptyList(), null, rules));
    }

    @Test
    void ofSettings() {
        PandaClientBuilder builder = PandaClient.builder();
        assertNames("prefix is null", () -> builder.fromEnv(null, Collections.emptyMap()));
        assertNames("environment is null", () -> builder.fromEnv("PANDA_WATER_", null));
        Map<String, String> headers = Collections.singletonMap("X-From", null);
        assertNames("headers holds null", () -> builder.headers(headers));
    }

    @Test
    void ofModels() {
        assertNames("users is null", () -> new UserPage(1L, null));
        assertNames("users holds null", () -> UserListing.of(Collections.singletonList(null)));
    }

    @Test
    void otherNullsMeanTheDefault() {
        assertEquals("T", client.ticketFromUrl("?ticket=T", null).ticket());
        try (PandaClient defaults = simulator.client().proxy(null).headers(null).deadline(null).library(null).build()) {
            assertTrue(defaults.sync(null).count() > 0);
        }
    }
}
