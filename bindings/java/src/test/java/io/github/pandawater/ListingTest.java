package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Listings: lazy, closed in time, and never taken for whole where they are not. */
class ListingTest extends PlatformTest {
    private static final ListQuery SMALL_PAGES = ListQuery.defaults().pageSize(100).prefetch(1);

    @Test
    void pagesAreFetchedWhenTheyAreNeeded() {
        try (UserListing users = client.users(SMALL_PAGES);
                UserIterator iterator = users.iterator()) {
            assertEquals(0, simulator.requests("getUsers"));
            assertNull(iterator.count());
            iterator.next();
            assertEquals(3661L, iterator.count());
            assertTrue(simulator.requests("getUsers") < 4);
        }
    }

    @Test
    void eachLoopIsAPassOfItsOwn() {
        UserListing users = client.users();
        for (int pass = 0; pass < 2; pass++) {
            long count = 0;
            for (User user : users) {
                assertTrue(user.id() > 0);
                count++;
            }
            assertEquals(3661, count);
        }
    }

    @Test
    void aLoopThatIsLeftEarly() {
        try (UserListing users = client.users(SMALL_PAGES)) {
            for (User user : users) {
                assertTrue(user.id() > 0);
                break;
            }
            assertEquals(1, PandaWater.processStats().cursors());
        }
        assertEquals(0, PandaWater.processStats().cursors());
    }

    @Test
    void aStreamThatIsClosed() {
        try (Stream<User> users = client.usersStream(SMALL_PAGES)) {
            assertTrue(users.findFirst().isPresent());
            assertEquals(1, PandaWater.processStats().cursors());
        }
        assertEquals(0, PandaWater.processStats().cursors());
    }

    @Test
    void listingsThatAreForgottenAreClosedWithOneWarning(@TempDir Path folder) throws Exception {
        String output = new OtherJvm(folder)
                .option("user.home", folder)
                .with("PANDA_WATER_BASE_URL", simulator.baseUrl)
                .with("PANDA_WATER_USERNAME", simulator.username)
                .with("PANDA_WATER_PASSWORD", simulator.password)
                .run(System.getProperty("java.class.path"), UnclosedProbe.class.getName());
        assertTrue(output.contains("open 4"), output);
        assertTrue(output.contains("left 0"), output);
        assertEquals(2, output.split("a listing was left before its end", -1).length, output);
    }

    @Test
    void aListingThatIsNotUsedHoldsNothing() {
        client.users();
        client.usersStream();
        assertEquals(0, PandaWater.processStats().cursors());
    }

    @Test
    void aClosedPassIsNoWholeList() {
        UserIterator iterator = client.users(SMALL_PAGES).iterator();
        iterator.next();
        iterator.close();
        iterator.close();
        assertThrows(PandaHandleException.class, () -> iterator.forEachRemaining(user -> {}));
    }

    @Test
    void aClosedListing() {
        UserListing users = client.users();
        users.close();
        users.close();
        assertThrows(PandaHandleException.class, users::iterator);
    }

    @Test
    void theEnd() {
        UserIterator iterator = client.users(ListQuery.defaults().keyword("nobody is called so")).iterator();
        assertFalse(iterator.hasNext());
        assertFalse(iterator.hasNext());
        assertThrows(NoSuchElementException.class, iterator::next);
        assertEquals(0, PandaWater.processStats().cursors());
    }

    @Test
    void goesOnAfterAFailure() {
        try (PandaClient impatient = simulator.client().retries(0).build();
                UserIterator iterator = impatient.users(SMALL_PAGES).iterator()) {
            int count = 0;
            for (; count < 250; count++) {
                iterator.next();
            }
            simulator.fail("GetUsers", "{\"status\":{\"status\":503}}", 1);
            int failures = 0;
            while (true) {
                try {
                    if (!iterator.hasNext()) {
                        break;
                    }
                    iterator.next();
                    count++;
                } catch (PandaHttpException e) {
                    failures++;
                }
            }
            assertEquals(3661, count);
            assertEquals(1, failures);
        }
    }

    @Test
    void outlivesItsClient() {
        UserIterator iterator = client.users(SMALL_PAGES).iterator();
        iterator.next();
        client.close();
        long[] more = new long[1];
        iterator.forEachRemaining(user -> more[0]++);
        assertEquals(3660, more[0]);
    }

    @Test
    void badQueries() {
        assertThrows(PandaArgumentException.class, () -> client.users(ListQuery.defaults().pageSize(0)).iterator());
        assertThrows(PandaArgumentException.class, () -> client.users(ListQuery.defaults().prefetch(17)).iterator());
        assertThrows(PandaArgumentException.class, () -> client.users(ListQuery.defaults().keyword("\ud800")));
    }
}
