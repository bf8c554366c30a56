package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls that are ended before they are done. */
@Timeout(2 * CancellingTest.LONG_MS / 1000)
class CancellingTest extends PlatformTest {
    /** No call here would end by itself before. */
    static final int LONG_MS = 60_000;
    /** A slow machine's way of saying "at once". */
    private static final int SOON_MS = 10_000;

    private final BlockingQueue<Throwable> thrown = new LinkedBlockingQueue<>();
    private final BlockingQueue<Boolean> stillInterrupted = new LinkedBlockingQueue<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private PandaClient patient;

    @BeforeEach
    void openPatientClient() {
        patient = simulator.client().timeoutMs(LONG_MS).deadlineMs(LONG_MS).build();
    }

    @AfterEach
    void closePatientClient() {
        threads.shutdownNow();
        patient.close();
    }

    /** What can wait. */
    private enum Waiting {
        TOKEN("GenerateToken", "generateToken", PandaClient::getToken),
        PAGE("GetUsers", "getUsers", PandaClient::getUsers),
        LISTING("GetUsers", "getUsers", Waiting::list),
        SYNC("GetUsers", "getUsers", client -> client.sync(null)),
        TICKET("GetUserByTicket", "getUserByTicket", client -> client.getUserByTicket("any")),
        SIGN_IN("GetUserByTicket", "getUserByTicket", client -> client.userFromUrl("/oa?ticket=any"));

        private final String endpoint;
        private final String counter;
        private final Consumer<PandaClient> call;

        Waiting(String endpoint, String counter, Consumer<PandaClient> call) {
            this.endpoint = endpoint;
            this.counter = counter;
            this.call = call;
        }

        private static void list(PandaClient client) {
            try (UserListing users = client.users()) {
                users.iterator().hasNext();
            }
        }
    }

    /** Makes a call, and tells how it ended. */
    private void make(Runnable call) {
        try {
            call.run();
        } catch (PandaException e) {
            stillInterrupted.add(Thread.currentThread().isInterrupted());
            thrown.add(e);
        }
    }

    private void stall(Waiting waiting) {
        simulator.fail(waiting.endpoint, "{\"latency\":{\"ms\":" + LONG_MS + "}}");
    }

    private void waitFor(Waiting waiting, int requests) throws InterruptedException {
        while (simulator.requests(waiting.counter) < requests) {
            Thread.sleep(5);
        }
    }

    /** Begins a call that would last long. */
    private Future<?> begin(Waiting waiting) throws InterruptedException {
        stall(waiting);
        Future<?> call = threads.submit(() -> make(() -> waiting.call.accept(patient)));
        waitFor(waiting, 1);
        return call;
    }

    private void assertCancelled(boolean interrupted) throws InterruptedException {
        Throwable error = thrown.poll(SOON_MS, TimeUnit.MILLISECONDS);
        assertSame(PandaCancelledException.class, error == null ? null : error.getClass(), String.valueOf(error));
        assertEquals(-10015, ((PandaException) error).code());
        assertFalse(((PandaException) error).retryable());
        assertEquals(interrupted, stillInterrupted.take());
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptedThreadsCallEnds(Waiting waiting) throws Exception {
        Future<?> call = begin(waiting);
        // Were the callback not held, it would be freed here.
        System.gc();
        assertTrue(call.cancel(true));
        assertCancelled(true);
    }

    @Test
    void anExecutorThatIsShutDownEndsItsCalls() throws Exception {
        begin(Waiting.PAGE);
        begin(Waiting.TICKET);
        threads.shutdownNow();
        assertTrue(threads.awaitTermination(SOON_MS, TimeUnit.MILLISECONDS));
        assertCancelled(true);
        assertCancelled(true);
    }

    @Test
    void aWaitForAnotherAttemptEnds() throws Exception {
        simulator.fail("GetUsers", "{\"status\":{\"status\":503,\"retryAfter\":\"50\"}}");
        Future<?> call = threads.submit(() -> make(() -> patient.getUsers()));
        waitFor(Waiting.PAGE, 1);
        call.cancel(true);
        assertCancelled(true);
    }

    @Test
    void otherThreadsCallsGoOn() throws Exception {
        patient.getToken();
        simulator.fail("GetUsers", "{\"latency\":{\"ms\":5000}}");
        Future<UserPage> other = threads.submit(() -> patient.getUsers());
        Future<?> call = threads.submit(() -> make(() -> patient.getUsers()));
        waitFor(Waiting.PAGE, 2);
        call.cancel(true);
        assertCancelled(true);
        assertFalse(other.get().users().isEmpty());
    }

    @Test
    void aCallThatDoesNotWaitIsMadeByAnInterruptedThread() {
        Thread.currentThread().interrupt();
        try {
            assertFalse(client.stats().isEmpty());
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void aListingGoesOnAfterItsThreadWasInterrupted() throws Exception {
        patient.getToken();
        simulator.fail("GetUsers", "{\"latency\":{\"ms\":" + LONG_MS + "}}", 1);
        UserIterator users = patient.users().iterator();
        Future<?> call = threads.submit(() -> make(users::hasNext));
        waitFor(Waiting.LISTING, 1);
        call.cancel(true);
        assertCancelled(true);
        int number = 0;
        for (; users.hasNext(); users.next()) {
            number++;
        }
        assertEquals(3661, number);
    }

    @ParameterizedTest
    @EnumSource
    void closingNowEndsCallsUnderWay(Waiting waiting) throws Exception {
        begin(waiting);
        patient.closeNow();
        assertCancelled(false);
        assertTrue(patient.isClosed());
        assertThrows(PandaHandleException.class, patient::getUsers);
    }

    @Test
    void closingNowEndsWhatWasClosedBefore() throws Exception {
        begin(Waiting.SYNC);
        patient.close();
        patient.closeNow();
        assertCancelled(false);
    }

    @ParameterizedTest
    @EnumSource
    void aClosedClientsCallsCanBeInterrupted(Waiting waiting) throws Exception {
        Future<?> call = begin(waiting);
        patient.close();
        System.gc();
        call.cancel(true);
        assertCancelled(true);
    }

    @Test
    void aListingThatOutlivesItsClientCanBeInterrupted() throws Exception {
        patient.getToken();
        UserListing listing = patient.users(ListQuery.defaults().pageSize(100).prefetch(1));
        UserIterator users = listing.iterator();
        assertTrue(users.hasNext());
        patient.close();
        System.gc();
        stall(Waiting.LISTING);
        Future<?> call = threads.submit(() -> make(() -> users.forEachRemaining(user -> {})));
        waitFor(Waiting.LISTING, 2);
        call.cancel(true);
        assertCancelled(true);
        listing.close();
    }

    @Test
    void manyClientsMayComeAndGoWhileOthersWait() throws Exception {
        Future<?> call = begin(Waiting.PAGE);
        for (int i = 0; i < 500; i++) {
            simulator.client().build().close();
        }
        System.gc();
        call.cancel(true);
        assertCancelled(true);
    }

    @Test
    void aVirtualThreadsCallEnds() throws Exception {
        Method start = Arrays.stream(Thread.class.getMethods())
                .filter(method -> method.getName().equals("startVirtualThread"))
                .findFirst()
                .orElse(null);
        assumeTrue(start != null, "Java 21 and later");
        stall(Waiting.PAGE);
        Thread thread = (Thread) start.invoke(null, (Runnable) () -> make(() -> patient.getUsers()));
        waitFor(Waiting.PAGE, 1);
        thread.interrupt();
        assertCancelled(true);
    }
}
