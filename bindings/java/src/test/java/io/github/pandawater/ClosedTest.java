package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What closed clients and listings answer. */
class ClosedTest extends PlatformTest {
    private static final Set<String> WORK_ON = new HashSet<>(Arrays.asList("close", "closeNow", "isClosed"));

    static Stream<Method> methods() {
        return Stream.of(PandaPlatform.class.getMethods()).filter(method -> !WORK_ON.contains(method.getName()));
    }

    private static Object argument(Class<?> type) {
        if (type == PageQuery.class) {
            return PageQuery.defaults();
        }
        if (type == ListQuery.class) {
            return ListQuery.defaults();
        }
        return type == SyncOptions.class ? SyncOptions.defaults() : "/oa?ticket=x";
    }

    @ParameterizedTest
    @MethodSource("methods")
    void everyMethodSaysThatTheClientIsClosed(Method method) {
        client.close();
        Object[] arguments = Stream.of(method.getParameterTypes()).map(ClosedTest::argument).toArray();
        Throwable thrown =
                assertThrows(InvocationTargetException.class, () -> method.invoke(client, arguments)).getCause();
        assertEquals(PandaHandleException.class, thrown.getClass());
        assertEquals("this client is closed", thrown.getMessage());
    }

    @Test
    void aListingOfAClientThatWasClosedMeanwhile() {
        UserListing users = client.users();
        client.close();
        assertEquals("this client is closed", assertThrows(PandaHandleException.class, users::iterator).getMessage());
    }

    @Test
    void closedListingsSayIt() {
        UserListing users = client.users(ListQuery.defaults().pageSize(100).prefetch(1));
        UserIterator iterator = users.iterator();
        iterator.next();
        users.close();
        PandaHandleException error =
                assertThrows(PandaHandleException.class, () -> iterator.forEachRemaining(user -> {}));
        assertEquals("this listing is closed", error.getMessage());
        assertEquals("this listing is closed", assertThrows(PandaHandleException.class, users::iterator).getMessage());
        UserListing made = UserListing.of(Arrays.asList(new User(1, null, null, null, null, null)));
        Iterator<User> pass = made.iterator();
        made.close();
        assertThrows(PandaHandleException.class, pass::hasNext);
        assertTrue(error.kind().equals("handle"));
    }
}
