package io.github.pandawater;

import com.fasterxml.jackson.core.JsonParser;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The simulator of the platform, started and directed by the tests. */
final class Simulator implements AutoCloseable {
    private static final String PROGRAM = program();

    final String baseUrl;
    final String username;
    final String password;

    private final Process process;
    private final String controlUrl;

    Simulator(String... options) {
        // It ends with the pipe to its standard input, whatever happens to the tests.
        List<String> command = new ArrayList<>(Arrays.asList(PROGRAM, "--exit-with-stdin"));
        command.addAll(Arrays.asList(options));
        try {
            process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            BufferedReader output =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            Map<String, Object> started = parse(output.readLine().getBytes(StandardCharsets.UTF_8));
            baseUrl = (String) started.get("baseUrl");
            username = (String) started.get("username");
            password = (String) started.get("password");
            controlUrl = (String) started.get("controlUrl");
        } catch (IOException e) {
            throw new IllegalStateException("the simulator does not start: " + PROGRAM, e);
        }
    }

    private static String program() {
        Map<String, String> environment = System.getenv();
        Path built = Paths.get("../..", "").resolve(environment.getOrDefault("CARGO_TARGET_DIR", "target"));
        return environment.getOrDefault("PANDA_SIMULATOR", built.resolve("debug/panda-simulator").toString());
    }

    /** A builder with all that a client of this platform has to know. */
    PandaClientBuilder client() {
        return PandaClient.builder().baseUrl(baseUrl).username(username).password(password);
    }

    /** A new ticket. */
    String ticket(long userId) {
        return (String) control("POST", "/tickets", "{\"userId\":" + userId + "}").get("ticket");
    }

    /** Changes fields of a user. By hand, since Java 8 has no client that knows the method PATCH. */
    void change(long userId, String fields) {
        URI url = URI.create(controlUrl + "/users/" + userId);
        byte[] body = fields.getBytes(StandardCharsets.UTF_8);
        String head = "PATCH " + url.getPath() + " HTTP/1.1\r\nHost: " + url.getAuthority()
                + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length
                + "\r\nConnection: close\r\n\r\n";
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
            String answer = new String(readAll(socket.getInputStream()), StandardCharsets.UTF_8);
            if (!answer.startsWith("HTTP/1.1 2")) {
                throw new IllegalStateException(answer);
            }
        } catch (IOException e) {
            throw new IllegalStateException("PATCH " + url, e);
        }
    }

    /** Changes settings until the next reset. */
    void behave(String settings) {
        control("PUT", "/behaviour", settings);
    }

    /** Lets requests go wrong until the next reset; the fault as JSON. */
    void fail(String endpoint, String fault) {
        control("POST", "/faults", "{\"endpoint\":\"" + endpoint + "\",\"fault\":" + fault + "}");
    }

    /** As above, so many times. */
    void fail(String endpoint, String fault, int times) {
        String text = "{\"endpoint\":\"" + endpoint + "\",\"times\":" + times + ",\"fault\":" + fault + "}";
        control("POST", "/faults", text);
    }

    /** How many requests an endpoint has had since the last reset. */
    long requests(String endpoint) {
        return (Long) ((Map<?, ?>) control("GET", "/counters", null).get(endpoint)).get("requests");
    }

    /** Back to the state of the start; tickets and tokens live on. */
    void reset() {
        control("DELETE", "/faults", null);
        control("DELETE", "/behaviour", null);
        control("POST", "/counters/reset", null);
    }

    /** Asks a control endpoint. */
    Map<String, Object> control(String method, String path, String body) {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create(controlUrl + path).toURL().openConnection();
            connection.setRequestMethod(method);
            connection.setRequestProperty("Content-Type", "application/json");
            if (body != null) {
                connection.setDoOutput(true);
                try (OutputStream output = connection.getOutputStream()) {
                    output.write(body.getBytes(StandardCharsets.UTF_8));
                }
            }
            try (InputStream input = connection.getInputStream()) {
                byte[] answer = readAll(input);
                return answer.length == 0 ? null : parse(answer);
            }
        } catch (IOException e) {
            throw new IllegalStateException(method + " " + path, e);
        }
    }

    static byte[] readAll(InputStream input) throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        for (int length = input.read(buffer); length >= 0; length = input.read(buffer)) {
            content.write(buffer, 0, length);
        }
        return content.toByteArray();
    }

    private static Map<String, Object> parse(byte[] text) throws IOException {
        try (JsonParser parser = Json.parser(text)) {
            parser.nextToken();
            return Json.object(parser);
        }
    }

    @Override
    public void close() {
        process.destroy();
    }
}
