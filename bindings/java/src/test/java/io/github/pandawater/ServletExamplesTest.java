package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.EnumSet;
import java.util.function.LongFunction;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.server.handler.ContextHandlerCollection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sign-in filters of the examples, in a real web server. */
class ServletExamplesTest extends PlatformTest {
    private static final LongFunction<String> OWN_USERS = id -> id == 3 ? null : "own-" + id;

    private static final Logger LOGGER = Logger.getLogger("example");

    // Held, since java.util.logging forgets loggers, and with them their levels.
    private static final Logger JETTY = Logger.getLogger("org.eclipse.jetty");

    static {
        JETTY.setLevel(Level.WARNING);
    }

    private final Server server = new Server(0);

    @BeforeEach
    void startServer() throws Exception {
        server.setHandler(new ContextHandlerCollection(javaxContext(), jakartaContext()));
        server.start();
    }

    @AfterEach
    void stopServer() throws Exception {
        server.stop();
    }

    private ContextHandler javaxContext() {
        org.eclipse.jetty.ee8.servlet.ServletContextHandler context =
                new org.eclipse.jetty.ee8.servlet.ServletContextHandler(
                        org.eclipse.jetty.ee8.servlet.ServletContextHandler.SESSIONS);
        context.setContextPath("/javax");
        context.addServlet(new org.eclipse.jetty.ee8.servlet.ServletHolder(new JavaxPage()), "/*");
        context.addFilter(
                new org.eclipse.jetty.ee8.servlet.FilterHolder(
                        new example.javaxservlet.SignInFilter(client, "ticket", OWN_USERS)),
                "/*",
                EnumSet.of(javax.servlet.DispatcherType.REQUEST));
        return context.getCoreContextHandler();
    }

    private ContextHandler jakartaContext() {
        org.eclipse.jetty.ee10.servlet.ServletContextHandler context =
                new org.eclipse.jetty.ee10.servlet.ServletContextHandler(
                        org.eclipse.jetty.ee10.servlet.ServletContextHandler.SESSIONS);
        context.setContextPath("/jakarta");
        context.addServlet(new org.eclipse.jetty.ee10.servlet.ServletHolder(new JakartaPage()), "/*");
        context.addFilter(
                new org.eclipse.jetty.ee10.servlet.FilterHolder(
                        new example.jakartaservlet.SignInFilter(client, "ticket", OWN_USERS)),
                "/*",
                EnumSet.of(jakarta.servlet.DispatcherType.REQUEST));
        return context;
    }

    /** The application's page: who is signed in, and what else the session holds. */
    private static final class JavaxPage extends javax.servlet.http.HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void service(
                javax.servlet.http.HttpServletRequest request, javax.servlet.http.HttpServletResponse response)
                throws IOException {
            Object user = request.getSession().getAttribute("user");
            Object earlier = request.getSession().getAttribute("earlier");
            request.getSession().setAttribute("earlier", "kept");
            response.getWriter().print(user + " " + earlier);
        }
    }

    private static final class JakartaPage extends jakarta.servlet.http.HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void service(
                jakarta.servlet.http.HttpServletRequest request, jakarta.servlet.http.HttpServletResponse response)
                throws IOException {
            Object user = request.getSession().getAttribute("user");
            Object earlier = request.getSession().getAttribute("earlier");
            request.getSession().setAttribute("earlier", "kept");
            response.getWriter().print(user + " " + earlier);
        }
    }

    private int port() {
        return ((ServerConnector) server.getConnectors()[0]).getLocalPort();
    }

    /** An answer of the application. */
    private static final class Answer {
        final int status;
        final String location;
        final String session;
        final String headers;
        final String body;

        Answer(HttpURLConnection connection) throws IOException {
            status = connection.getResponseCode();
            location = connection.getHeaderField("Location");
            headers = connection.getHeaderFields().toString();
            String cookie = connection.getHeaderField("Set-Cookie");
            session = cookie == null ? null : cookie.substring(0, cookie.indexOf(';'));
            try (InputStream stream = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                body = stream == null ? "" : new String(Simulator.readAll(stream), StandardCharsets.UTF_8);
            }
        }
    }

    private Answer ask(String method, String path, String session) throws IOException {
        URI address = URI.create("http://127.0.0.1:" + port() + path);
        HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
        connection.setInstanceFollowRedirects(false);
        connection.setRequestMethod(method);
        if (session != null) {
            connection.setRequestProperty("Cookie", session);
        }
        return new Answer(connection);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/javax", "/jakarta"})
    void signsIn(String application) throws IOException {
        Answer before = ask("GET", application + "/oa", null);
        assertEquals("null null", before.body);
        assertEquals("null kept", ask("GET", application + "/oa", before.session).body);

        String path = application + "/oa?page=%E9%A6%96&ticket=" + simulator.ticket(1);
        Answer signIn = ask("GET", path, before.session);
        assertEquals(303, signIn.status);
        assertEquals(application + "/oa?page=%E9%A6%96", signIn.location);
        assertTrue(signIn.headers.contains("Cache-Control=[no-store]"), signIn.headers);
        assertTrue(signIn.headers.contains("Referrer-Policy=[no-referrer]"), signIn.headers);
        assertNotEquals(before.session, signIn.session);

        assertEquals("own-1 null", ask("GET", signIn.location, signIn.session).body);
        assertEquals("null null", ask("GET", application + "/oa", before.session).body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/javax", "/jakarta"})
    void refusesATicket(String application) throws IOException {
        String good = simulator.ticket(1);
        String twice = application + "/oa?ticket=" + good + "&ticket=other";
        for (String path : new String[] {application + "/oa?ticket=hush", application + "/oa?ticket=", twice}) {
            Answer answer = ask("GET", path, null);
            assertEquals(403, answer.status);
            assertEquals("登录链接已失效。This sign-in link is no longer valid.", answer.body.trim());
            assertNull(answer.session);
            assertNull(answer.location);
            assertTrue(answer.headers.contains("no-store"), answer.headers);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/javax", "/jakarta"})
    void whoIsNotLinked(String application) throws IOException {
        Answer answer = ask("GET", application + "/oa?ticket=" + simulator.ticket(3), null);
        assertEquals(403, answer.status);
        assertTrue(answer.body.contains("not linked"));
        assertNull(answer.session);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/javax", "/jakarta"})
    void thePlatformIsDown(String application) throws IOException {
        // Which is logged, as it should be; just not here.
        LOGGER.setLevel(Level.OFF);
        simulator.fail("GetUserByTicket", "{\"answer\":{\"status\":400,\"body\":\"detail\"}}");
        Answer answer = ask("GET", application + "/oa?ticket=" + simulator.ticket(1), null);
        assertEquals(503, answer.status);
        assertFalse(answer.body.contains("detail"));
        assertNull(answer.session);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/javax", "/jakarta"})
    void otherRequestsGoTheirWay(String application) throws IOException {
        assertEquals("null null", ask("GET", application + "/oa?page=1", null).body);
        assertEquals("null null", ask("POST", application + "/oa?ticket=" + simulator.ticket(1), null).body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/javax", "/jakarta"})
    void staysOnThisSite(String application) throws IOException {
        String ticket = simulator.ticket(1);
        for (String path : new String[] {"//evil.example/..", "/\\evil.example/..", "///evil.example/.."}) {
            String request = "GET " + path + application + "/oa?ticket=" + ticket
                    + " HTTP/1.1\r\nHost: oa.example\r\nConnection: close\r\n\r\n";
            try (Socket socket = new Socket("127.0.0.1", port())) {
                OutputStream output = socket.getOutputStream();
                output.write(request.getBytes(StandardCharsets.US_ASCII));
                output.flush();
                String answer = new String(Simulator.readAll(socket.getInputStream()), StandardCharsets.UTF_8);
                assertFalse(answer.matches("(?s).*Location: ?([/\\\\]{2}|https?:).*"), answer);
                if (answer.startsWith("HTTP/1.1 303")) {
                    assertTrue(answer.matches("(?s).*Location: ?/\r\n.*"), answer);
                }
            }
        }
    }

    @Test
    void bothAreTheSame() throws IOException {
        Path examples = Paths.get("examples", "example");
        String javax = read(examples.resolve("javaxservlet").resolve("SignInFilter.java"));
        String jakarta = read(examples.resolve("jakartaservlet").resolve("SignInFilter.java"));
        String common = body(javax).replaceFirst("(?s)\n    // Servlet containers before.*", "}\n");
        assertEquals(common, body(jakarta));
    }

    private static String body(String source) {
        return source.substring(source.indexOf("/**"));
    }

    private static String read(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
