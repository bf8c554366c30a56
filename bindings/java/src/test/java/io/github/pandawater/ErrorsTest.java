package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each kind of failure is an exception of its own, and none shows a secret. */
class ErrorsTest extends PlatformTest {
    private static final String SECRET = "hush-hush-42";

    private static PandaException fromEnvelope(String kind, int code) {
        String envelope = "{\"code\":" + code + ",\"msg\":\"出错了\",\"data\":null,\"error\":{\"kind\":\"" + kind
                + "\",\"retryable\":true,\"endpoint\":\"GetUsers\",\"httpStatus\":502,\"platformCode\":\"E7\","
                + "\"attempts\":3}}";
        byte[] bytes = envelope.getBytes(StandardCharsets.UTF_8);
        return assertThrows(PandaException.class, () -> Reply.read(bytes, Json::value));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"LIBRARY", "OTHER"})
    void everyKindHasAClass(ErrorKind kind) throws Exception {
        PandaException error = fromEnvelope(kind.word, kind.code);
        String name = "Panda" + kind.name().charAt(0) + kind.word.substring(1) + "Exception";
        assertEquals(name, error.getClass().getSimpleName());
        PandaException byHand = error.getClass().getConstructor(String.class).newInstance("by hand");
        assertEquals("by hand", byHand.getMessage());
        assertEquals(kind.word, byHand.kind());
        assertEquals(kind.code, byHand.code());
    }

    @Test
    void allThatAnErrorTells() throws Exception {
        PandaException error = copied(fromEnvelope("rejected", 7));
        assertEquals("出错了", error.getMessage());
        assertEquals(7, error.code());
        assertEquals("rejected", error.kind());
        assertTrue(error.retryable());
        assertEquals("GetUsers", error.endpoint());
        assertEquals(502, error.httpStatus());
        assertEquals("E7", error.platformCode());
        assertEquals(3, error.attempts());
    }

    private static PandaException copied(PandaException error) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new ObjectOutputStream(bytes).writeObject(error);
        return (PandaException) new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
    }

    @Test
    void kindOfALaterLibrary() {
        PandaException error = fromEnvelope("novel", -10060);
        assertSame(PandaException.class, error.getClass());
        assertEquals("novel", error.kind());
    }

    @Test
    void replyThatCannotBeRead() {
        byte[] reply = ("{\"code\":0,\"data\":{\"token\":\"" + SECRET).getBytes(StandardCharsets.UTF_8);
        assertTellsNothing(assertThrows(PandaInternalException.class, () -> Reply.read(reply, Json::value)));
    }

    @Test
    void arguments() {
        PageQuery query = PageQuery.defaults();
        assertArgument(() -> client.getUsers(query.pageIndex(0)));
        assertArgument(() -> client.getUsers(query.pageSize(10001)));
        assertArgument(() -> client.getUsers(query.keyword("\ud800")));
        assertArgument(() -> client.getUsers(query.keyword("a\0b")));
        assertArgument(() -> client.getUserByTicket(null));
        assertArgument(() -> client.getUserByTicket(""));
        assertArgument(() -> client.getUserByTicket(SECRET + "\0"));
        assertArgument(() -> client.getUserByTicket(SECRET + "\udc00"));
        assertArgument(() -> client.getUserByTicket("\ud800" + SECRET));
        assertArgument(() -> client.userFromUrl(null));
        assertArgument(() -> PandaWater.ticketFromUrl("/oa?ticket=" + SECRET + "\0"));
        assertArgument(() -> PandaWater.ticketFromUrl("/oa?ticket=" + SECRET, "\ud800"));
        assertArgument(() -> PandaWater.ticketFromUrl("/oa?ticket=" + SECRET, ""));
        assertArgument(() -> PandaWater.setLog(null, null));
        assertArgument(() -> simulator.client().password(SECRET + "\ud800").build());
        assertArgument(() -> simulator.client().headers(Collections.singletonMap("x", SECRET + "\0")).build());
    }

    private static void assertArgument(Executable call) {
        PandaArgumentException error = assertThrows(PandaArgumentException.class, call);
        assertEquals(-10001, error.code());
        assertFalse(error.retryable());
        assertTellsNothing(error);
    }

    @Test
    void configurations() {
        assertConfig("baseUrl", PandaClient.builder());
        assertConfig("baseUrl", PandaClient.builder().baseUrl("ftp://h"));
        assertConfig("password", PandaClient.builder().baseUrl("http://h").username("u"));
        assertConfig("timeoutMs", simulator.client().timeoutMs(0));
        assertConfig("connectTimeoutMs", simulator.client().connectTimeoutMs(0));
        assertConfig("deadlineMs", simulator.client().deadlineMs(3_600_001));
        assertConfig("retries", simulator.client().retries(101));
        assertConfig("loginCooldownMs", simulator.client().loginCooldownMs(-1));
        assertConfig("timeZone", simulator.client().timeZone("Mars"));
        assertConfig("proxy", simulator.client().proxy("nonsense"));
        assertConfig("caFile", simulator.client().caFile("/does/not/exist.pem"));
        assertConfig("maxResponseBytes", simulator.client().maxResponseBytes(1));
        assertConfig("panda-token", simulator.client().headers(Collections.singletonMap("panda-token", SECRET)));
    }

    private static void assertConfig(String key, PandaClientBuilder builder) {
        PandaConfigException error = assertThrows(PandaConfigException.class, builder::build);
        assertEquals(-10002, error.code());
        assertTrue(error.getMessage().contains(key), error.getMessage());
        assertTellsNothing(error);
    }

    @Test
    void everySettingIsTaken() {
        simulator.client().timeoutMs(1000).connectTimeoutMs(1000).deadlineMs(2000).retries(1).loginCooldownMs(0)
                .ticketParam("user").timeZone("+08:00").tokenStore("memory").userAgent("oa/1").maxResponseBytes(1 << 20)
                .headers(Collections.singletonMap("X-From", "oa")).proxy(null).caFile(null).build().close();
        PandaClient.builder().host("127.0.0.1").port(80).projectName("panda").build().close();
    }

    @Test
    void tokenWithoutAnAccount() {
        try (PandaClient nobody = PandaClient.builder().baseUrl(simulator.baseUrl).build()) {
            assertThrows(PandaConfigException.class, nobody::getToken);
        }
    }

    @Test
    void connect() {
        try (PandaClient alone = PandaClient.builder().baseUrl("http://127.0.0.1:9").retries(0).build()) {
            PandaConnectException error = assertThrows(PandaConnectException.class, alone::getUsers);
            assertTrue(error.retryable());
            assertEquals(1, error.attempts());
            assertEquals("GetUsers", error.endpoint());
            assertNull(error.httpStatus());
        }
    }

    @Test
    void timeout() {
        simulator.fail("GetUsers", "{\"stall\":\"beforeHead\"}");
        try (PandaClient hurried = simulator.client().deadlineMs(300).build()) {
            assertTrue(assertThrows(PandaTimeoutException.class, hurried::getUsers).retryable());
        }
    }

    @Test
    void tls() {
        try (Simulator platform = new Simulator("--tls");
                PandaClient trusting = platform.client().build()) {
            assertFalse(assertThrows(PandaTlsException.class, trusting::getUsers).retryable());
        }
    }

    @Test
    void http() {
        simulator.fail("GetUsers", "{\"status\":{\"status\":502}}");
        try (PandaClient impatient = simulator.client().retries(0).build()) {
            PandaHttpException error = assertThrows(PandaHttpException.class, impatient::getUsers);
            assertEquals(502, error.httpStatus());
            assertTrue(error.retryable());
        }
    }

    @Test
    void response() {
        simulator.fail("GetUsers", "{\"answer\":{\"status\":200,\"body\":\"<html>\"}}");
        assertThrows(PandaResponseException.class, client::getUsers);
    }

    @Test
    void auth() {
        try (PandaClient stranger = simulator.client().password(SECRET).build()) {
            assertTellsNothing(assertThrows(PandaAuthException.class, stranger::getToken));
        }
    }

    @Test
    void rejected() {
        simulator.fail("GetUsers", "{\"answer\":{\"status\":200,\"body\":\"{\\\"code\\\":7,\\\"msg\\\":\\\"不行\\\"}\"}}");
        PandaRejectedException error = assertThrows(PandaRejectedException.class, client::getUsers);
        assertEquals(7, error.code());
        assertEquals(7L, error.platformCode());
        assertTrue(error.getMessage().contains("不行"), error.getMessage());
    }

    @Test
    void inconsistent() {
        ListQuery smallPages = ListQuery.defaults().pageSize(100).prefetch(1);
        try (Simulator platform = new Simulator("--behaviour", "{\"moving\":{\"action\":\"insertFront\",\"every\":1}}");
                PandaClient unlucky = platform.client().build()) {
            assertThrows(PandaInconsistentException.class, () -> unlucky.usersStream(smallPages).count());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/oa", "/oa?ticket=", "/oa?ticket=a&ticket=b", "/oa?ticket=%00", "/oa?ticket=%FF"})
    void ticketInAUrl(String url) {
        assertEquals(-10021, assertThrows(PandaTicketException.class, () -> client.userFromUrl(url)).code());
    }

    @Test
    void unknownTicket() {
        assertTellsNothing(assertThrows(PandaTicketException.class, () -> client.getUserByTicket(SECRET)));
        assertTellsNothing(assertThrows(PandaTicketException.class, () -> client.userFromUrl("?ticket=" + SECRET)));
    }

    private static void assertTellsNothing(Throwable error) {
        StringWriter trace = new StringWriter();
        error.printStackTrace(new PrintWriter(trace));
        assertFalse(trace.toString().contains(SECRET), trace.toString());
    }
}
