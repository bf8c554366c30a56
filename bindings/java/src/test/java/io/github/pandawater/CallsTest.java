package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every call, as it is meant to be used. */
class CallsTest extends PlatformTest {
    @Test
    void version() {
        assertEquals(PackageVersion.TEXT, PandaWater.version());
    }

    @Test
    void token() {
        Token token = client.getToken();
        assertFalse(token.token().isEmpty());
        assertNotNull(token.expirationTime());
        assertTrue(token.expiresAt().isAfter(OffsetDateTime.now()));
        assertEquals(token.token(), client.getToken().token());
        assertEquals(1, simulator.requests("generateToken"));
        assertFalse(token.toString().contains(token.token()));
    }

    @Test
    void page() {
        UserPage page = client.getUsers(PageQuery.defaults().pageIndex(2).pageSize(10));
        assertEquals(3661L, page.count());
        assertEquals(10, page.users().size());
        assertEquals(10, new HashSet<>(page.users()).size());
        assertThrows(UnsupportedOperationException.class, () -> page.users().clear());
    }

    @Test
    void pageOfThePlatformsSize() {
        assertFalse(client.getUsers().users().isEmpty());
    }

    @Test
    void allUsers() {
        Set<Long> ids = new HashSet<>();
        for (User user : client.users()) {
            assertTrue(ids.add(user.id()));
        }
        assertEquals(3661, ids.size());
    }

    @Test
    void allUsersAsStream() {
        try (Stream<User> users = client.usersStream(ListQuery.defaults().pageSize(1000).prefetch(2))) {
            assertEquals(3661, users.mapToLong(User::id).distinct().count());
        }
        assertEquals(3661, client.usersStream().count());
    }

    @Test
    void userByTicket() {
        User user = client.getUserByTicket(simulator.ticket(1));
        assertEquals(1, user.id());
        assertFalse(user.userName().isEmpty());
    }

    @Test
    void userFromUrl() {
        String ticket = simulator.ticket(7);
        assertEquals(7, client.userFromUrl("http://oa.example/oa?a=1&ticket=" + ticket).id());
        assertEquals(7, client.userFromUrl("/#/oa?user=" + ticket, "user").id());
        try (PandaClient other = simulator.client().ticketParam("user").build()) {
            assertEquals(7, other.userFromUrl("?user=" + ticket).id());
            assertEquals("/oa", other.ticketFromUrl("/oa?user=x").urlWithoutTicket());
        }
    }

    @Test
    void ticketFromUrl() {
        TicketUrl url = PandaWater.ticketFromUrl("/oa?x=%B2%E2&ticket=T%2B/+=");
        assertEquals("T+/+=", url.ticket());
        assertEquals("/oa?x=%B2%E2", url.urlWithoutTicket());
        assertEquals("/oa?x=%B2%E2", url.localTarget());
        assertEquals("/", PandaWater.ticketFromUrl("//evil.example/..//doc?ticket=a").localTarget());
        assertFalse(url.toString().contains(url.ticket()));
        assertEquals("a b", PandaWater.ticketFromUrl("http://h/p?z=1#/oa?a=1&user=a%20b", "user").ticket());
    }

    @Test
    void trimClosesWhatRests() {
        assertEquals(0, client.trim());
        client.getUsers();
        assertEquals(1, client.trim());
        assertEquals(0, client.trim());
        client.getUsers();
        client.close();
        assertEquals(0, client.trim());
    }

    @Test
    void stats() {
        client.getUsers();
        client.getUsers();
        Map<?, ?> endpoints = (Map<?, ?>) client.stats().get("endpoints");
        assertEquals(2L, ((Map<?, ?>) endpoints.get("GetUsers")).get("calls"));
        assertEquals(1L, client.stats().get("tokenFetches"));
    }

    @Test
    void furtherFields() {
        simulator.behave("{\"extraFields\":true}");
        User user = client.getUserByTicket(simulator.ticket(1));
        assertFalse(user.extra().isEmpty());
        assertThrows(UnsupportedOperationException.class, () -> user.extra().clear());
    }

    @Test
    void editionOf2022() {
        try (Simulator platform = new Simulator("--edition", "2022");
                PandaClient old = PandaClient.builder().baseUrl(platform.baseUrl).build()) {
            assertEquals(3661, old.usersStream().count());
            User user = old.getUserByTicket(platform.ticket(1));
            assertEquals(1, user.id());
            assertNull(user.jobNumber());
        }
    }

    @Test
    void everyStringIsGivenBack() {
        String ticket = simulator.ticket(1);
        for (int i = 0; i < 100; i++) {
            client.getUserByTicket(ticket);
            assertThrows(PandaTicketException.class, () -> client.getUserByTicket("unknown"));
            assertThrows(PandaConfigException.class, () -> PandaClient.builder().build());
        }
        assertEquals(0, PandaWater.processStats().strings());
        assertEquals(1, PandaWater.processStats().clients());
    }

    @Test
    void closing() {
        assertEquals("PandaClient{open}", client.toString());
        client.close();
        client.close();
        assertTrue(client.isClosed());
        assertEquals("PandaClient{closed}", client.toString());
        assertThrows(PandaHandleException.class, client::getToken);
        assertThrows(PandaHandleException.class, client::getUsers);
        assertThrows(PandaHandleException.class, client::stats);
        assertThrows(PandaHandleException.class, () -> client.getUserByTicket("x"));
        assertThrows(PandaHandleException.class, () -> client.users().iterator());
    }
}
