package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.beans.BeanInfo;
import java.beans.Introspector;
import java.beans.PropertyDescriptor;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What applications' own code and their frameworks expect of a package. */
class TasteTest extends PlatformTest {
    private static final User CHEN = new User(1, "陈涛", "13800000001", "A7", null, null);

    private static TreeSet<String> properties(Class<?> type) throws Exception {
        BeanInfo bean = Introspector.getBeanInfo(type, Object.class);
        TreeSet<String> names = new TreeSet<>();
        for (PropertyDescriptor property : bean.getPropertyDescriptors()) {
            assertNull(property.getWriteMethod(), property.getName());
            names.add(property.getName());
        }
        return names;
    }

    private static TreeSet<String> set(String... names) {
        return new TreeSet<>(Arrays.asList(names));
    }

    @Test
    void modelsAreReadableAsBeans() throws Exception {
        assertEquals(set("id", "userName", "phone", "jobNumber", "userImage", "extra"), properties(User.class));
        assertEquals(set("count", "users"), properties(UserPage.class));
        assertEquals(set("id", "userName", "phone", "jobNumber"), properties(OwnUser.class));
        assertEquals(set("pandaId", "ownId", "by", "namesDiffer"), properties(Link.class));
        assertEquals(set("count", "added", "updated", "removed", "unchanged", "state"), properties(Changes.class));
        assertEquals("陈涛", User.class.getMethod("getUserName").invoke(CHEN));
    }

    @Test
    void secretsAreNoProperties() throws Exception {
        assertEquals(set(), properties(Token.class));
        assertEquals(set(), properties(TicketUrl.class));
    }

    @Test
    void thePlatformCanBeMocked() {
        PandaPlatform mock = (PandaPlatform) Proxy.newProxyInstance(
                PandaPlatform.class.getClassLoader(), new Class<?>[] {PandaPlatform.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "users":
                            return UserListing.of(Arrays.asList(CHEN, CHEN));
                        case "getUsers":
                            return new UserPage(1L, Collections.singletonList(CHEN));
                        case "sync":
                            return new Changes(
                                    1, Collections.singletonList(CHEN), Collections.emptyList(), Arrays.asList(2L), 0, "s");
                        case "ticketFromUrl":
                            return new TicketUrl("T", "/oa", "/oa");
                        default:
                            throw new PandaTicketException("mocked");
                    }
                });
        List<User> seen = new ArrayList<>();
        try (UserListing users = mock.users()) {
            users.forEach(seen::add);
            UserIterator pass = users.iterator();
            pass.next();
            assertEquals(2L, pass.count());
        }
        try (Stream<User> users = mock.users().stream()) {
            assertEquals(2, users.count());
        }
        assertEquals(Arrays.asList(CHEN, CHEN), seen);
        assertEquals(CHEN, mock.getUsers().users().get(0));
        assertEquals(Collections.singletonList(2L), mock.sync(null).removed());
        assertEquals("T", mock.ticketFromUrl("x").ticket());
        assertThrows(PandaTicketException.class, () -> mock.getUserByTicket("T"));
        PandaPlatform real = client;
        assertTrue(real.getUsers().users().size() > 0);
    }

    @Test
    void outcomesCanBeMade() {
        LinkOutcome outcome = new LinkOutcome(
                Collections.singletonList(new Link(1, "a", "phone", false)),
                Collections.emptyList(),
                Collections.singletonList(new LinkConflict("phone", Arrays.asList(1L), Arrays.asList("a"))),
                Collections.singletonList(new BrokenLink(1, "a", "gone")),
                Collections.singletonList(3L),
                Collections.singletonList("b"));
        assertEquals("phone", outcome.links().get(0).by());
        assertThrows(UnsupportedOperationException.class, () -> outcome.getLinks().clear());
        assertEquals("t", new Token("t", null, null).token());
    }

    @Test
    void ownUsersCompareByValueAndMayHaveNumbers() {
        OwnUser user = new OwnUser(5, "陈涛", null, "A7");
        assertEquals(new OwnUser("5", "陈涛", null, "A7"), user);
        assertEquals(new OwnUser("5", "陈涛", null, "A7").hashCode(), user.hashCode());
        assertNotEquals(new OwnUser("5", "陈涛", "1", "A7"), user);
        LinkOutcome outcome = PandaWater.linkUsers(
                Arrays.asList(CHEN, new User(2, "李娜", null, null, null, null)),
                Arrays.asList(user, new OwnUser(6, "李娜", null, null)),
                Collections.singletonList(new Link(2, 6)));
        assertEquals(2, outcome.links().size());
        assertTrue(outcome.links().contains(new Link(2, "6")), outcome.toString());
    }

    @Test
    void textsOfUsersShowIdsAlone() {
        for (Object shown : new Object[] {
            CHEN, new UserPage(1L, Collections.singletonList(CHEN)), new OwnUser(1, "陈涛", "13800000001", "A7")
        }) {
            assertTrue(shown.toString().contains("1"), shown.toString());
            assertTrue(Stream.of("陈涛", "13800000001", "A7").noneMatch(shown.toString()::contains), shown.toString());
        }
    }

    @Test
    void durationsAreMilliseconds() {
        simulator.client()
                .timeout(Duration.ofNanos(1))
                .connectTimeout(Duration.ofSeconds(1))
                .deadline(Duration.ofMinutes(1))
                .loginCooldown(Duration.ZERO)
                .build()
                .close();
        PandaClientBuilder tooLong = simulator.client().deadline(Duration.ofHours(2));
        PandaConfigException error = assertThrows(PandaConfigException.class, tooLong::build);
        assertTrue(error.getMessage().contains("`deadlineMs`"), error.getMessage());
        assertThrows(PandaConfigException.class, () -> simulator.client().timeout(Duration.ofSeconds(-1)).build());
        assertThrows(
                PandaArgumentException.class, () -> simulator.client().timeout(Duration.ofSeconds(Long.MAX_VALUE)));
    }

    @Test
    void kindsAreAnEnumToo() {
        PandaException error = assertThrows(PandaException.class, () -> client.getUserByTicket("long-gone"));
        assertEquals(ErrorKind.TICKET, error.errorKind());
        assertEquals(ErrorKind.LIBRARY, new PandaLibraryException("x", Collections.emptyMap()).errorKind());
        assertEquals(ErrorKind.OTHER, ErrorKind.of("of a later library"));
    }
}
