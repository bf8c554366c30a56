package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Many threads in one client. */
class ConcurrencyTest extends PlatformTest {
    @Test
    void sixtyFourThreadsCauseOneLogin() throws Exception {
        simulator.fail("GenerateToken", "{\"latency\":{\"ms\":100}}");
        String ticket = simulator.ticket(1);
        CyclicBarrier start = new CyclicBarrier(64);
        List<Long> ids = inThreads(64, () -> {
            start.await();
            return client.getUserByTicket(ticket).id();
        });
        ids.forEach(id -> assertEquals(1L, id));
        assertEquals(1, simulator.requests("generateToken"));
        assertEquals(64, simulator.requests("getUserByTicket"));
    }

    @Test
    void closingWhileInUse() throws Exception {
        client.getToken();
        simulator.fail("GetUsers", "{\"latency\":{\"ms\":300}}");
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<UserPage>> calls = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                calls.add(threads.submit(() -> client.getUsers()));
            }
            while (simulator.requests("getUsers") < 8) {
                Thread.sleep(5);
            }
            client.close();
            for (Future<UserPage> call : calls) {
                assertFalse(call.get().users().isEmpty());
            }
        } finally {
            threads.shutdown();
        }
        assertThrows(PandaHandleException.class, client::getUsers);
    }

    @Test
    void closingFromManyThreads() throws Exception {
        inThreads(16, () -> {
            client.close();
            return null;
        });
        assertTrue(client.isClosed());
    }

    @Test
    void closingAListingWhileItIsRead() throws Exception {
        client.getToken();
        simulator.fail("GetUsers", "{\"latency\":{\"ms\":200}}");
        UserIterator users = client.users(ListQuery.defaults().pageSize(100).prefetch(1)).iterator();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<?> reading =
                    thread.submit(() -> assertThrows(PandaHandleException.class, () -> users.forEachRemaining(u -> {})));
            while (simulator.requests("getUsers") == 0) {
                Thread.sleep(5);
            }
            users.close();
            reading.get();
        } finally {
            thread.shutdown();
        }
    }

    private static <T> List<T> inThreads(int number, Callable<T> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(number);
        try {
            List<Future<T>> calls = new ArrayList<>();
            for (int i = 0; i < number; i++) {
                calls.add(threads.submit(work));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> call : calls) {
                results.add(call.get());
            }
            return results;
        } finally {
            threads.shutdown();
        }
    }
}
