import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import io.github.pandawater.ListQuery;
import io.github.pandawater.PageQuery;
import io.github.pandawater.PandaClient;
import io.github.pandawater.UserIterator;
import io.github.pandawater.UserListing;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * The Java side of the benchmarks: HttpURLConnection, java.net.http and OkHttp, each with Jackson, and this project's
 * wrapper, in the same loop.
 *
 * <pre>
 * (cd bindings/java && mvn --batch-mode --quiet package -DskipTests)         # the wrapper, if it is not built
 * mvn --batch-mode --quiet -f benches/java/pom.xml package
 * PANDA_WATER_LIBRARY=$PWD/target/release/libpanda_water.so java \
 *     -cp 'build/benches/java/classes:build/benches/java/lib/*:bindings/java/target/classes' \
 *     Peers ENGINE SCENARIO PORT THREADS CALLS WARM_UP
 * </pre>
 *
 * <p>ENGINE is urlconnection, httpclient, okhttp or panda; panda-4 is panda with a prefetch of 4. SCENARIO is
 * {@code ticket}, {@code page} or {@code all}: CALLS calls in each thread, after WARM_UP that do not count. Prints a
 * line of JSON: microseconds per call.
 */
public final class Peers {
    private static final String TICKET = "0123456789abcdef0123456789abcdef";
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private static final int PAGE_SIZE = 1000;
    private static final int LISTING_PAGE_SIZE = 500;
    private static final int TIMEOUT_MS = 30_000;

    /** A user as a program of its own would declare it: public fields are the quickest that Jackson fills. */
    public static final class User {
        public long id;
        public String userName;
        public String phone;
        public String jobNumber;
        public String userImage;
    }

    public static final class UserAnswer {
        public int code;
        public String msg;
        public User data;
    }

    public static final class Page {
        public long count;
        public List<User> data;
    }

    public static final class PageAnswer {
        public int code;
        public String msg;
        public Page data;
    }

    private static final ObjectMapper MAPPER =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    private static final ObjectReader USER_ANSWER = MAPPER.readerFor(UserAnswer.class);
    private static final ObjectReader PAGE_ANSWER = MAPPER.readerFor(PageAnswer.class);

    /** What is measured. */
    private interface Call {
        void run() throws Exception;
    }

    /** A way of making a request: its answer, read by the reader. */
    private interface Http {
        Object get(String url, ObjectReader reader) throws Exception;
    }

    private final String base;
    private final int threads;

    private Peers(int port, int threads) {
        this.base = "http://127.0.0.1:" + port + "/panda";
        this.threads = threads;
    }

    private static void check(boolean right, String what) {
        if (!right) {
            throw new IllegalStateException("a wrong answer: " + what);
        }
    }

    private static void checkUser(long id, String userName, String phone) {
        check(id == 1 && "陈涛".equals(userName) && "1822199904".equals(phone), id + " " + userName + " " + phone);
    }

    private Http urlConnection() {
        return (url, reader) -> {
            HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection();
            connection.setConnectTimeout(TIMEOUT_MS);
            connection.setReadTimeout(TIMEOUT_MS);
            connection.setRequestProperty("panda-token", TOKEN);
            check(connection.getResponseCode() == 200, "status " + connection.getResponseCode());
            // Closing the stream, not the connection, keeps the connection alive.
            try (InputStream body = connection.getInputStream()) {
                return reader.readValue(body);
            }
        };
    }

    private Http httpClient() {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofMillis(TIMEOUT_MS))
                .build();
        Duration timeout = Duration.ofMillis(TIMEOUT_MS);
        return (url, reader) -> {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                    .timeout(timeout)
                    .header("panda-token", TOKEN)
                    .build();
            HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
            check(response.statusCode() == 200, "status " + response.statusCode());
            return reader.readValue(response.body());
        };
    }

    private Http okHttp() {
        OkHttpClient client = new OkHttpClient.Builder()
                .connectionPool(new ConnectionPool(threads, 5, TimeUnit.MINUTES))
                .connectTimeout(Duration.ofMillis(TIMEOUT_MS))
                .readTimeout(Duration.ofMillis(TIMEOUT_MS))
                .writeTimeout(Duration.ofMillis(TIMEOUT_MS))
                .build();
        return (url, reader) -> {
            Request request = new Request.Builder().url(url).header("panda-token", TOKEN).build();
            try (Response response = client.newCall(request).execute()) {
                check(response.code() == 200, "status " + response.code());
                return reader.readValue(response.body().byteStream());
            }
        };
    }

    private Page page(Http http, int index, int size) throws Exception {
        String url = base + "/PandaOMS/OMS/GetUsers?pageIndex=" + index + "&pageSize=" + size;
        PageAnswer answer = (PageAnswer) http.get(url, PAGE_ANSWER);
        check(answer.code == 0, answer.msg);
        return answer.data;
    }

    private Call call(Http http, String scenario) {
        switch (scenario) {
            case "ticket":
                String url = base + "/PandaOMS/OMS/GetUserByTicket?ticket=";
                return () -> {
                    UserAnswer answer = (UserAnswer) http.get(url + TICKET, USER_ANSWER);
                    check(answer.code == 0, answer.msg);
                    checkUser(answer.data.id, answer.data.userName, answer.data.phone);
                };
            case "page":
                return () -> {
                    Page page = page(http, 1, PAGE_SIZE);
                    check(page.data.size() == Math.min(PAGE_SIZE, page.count), page.data.size() + " users");
                };
            case "all":
                return () -> {
                    List<User> users = new ArrayList<>();
                    Page page;
                    int index = 0;
                    do {
                        page = page(http, ++index, LISTING_PAGE_SIZE);
                        users.addAll(page.data);
                    } while (users.size() < page.count && !page.data.isEmpty());
                    check(users.size() == page.count, users.size() + " of " + page.count + " users");
                };
            default:
                throw new IllegalArgumentException("no such scenario: " + scenario);
        }
    }

    private Call panda(String engine, String scenario) {
        PandaClient client = PandaClient.builder().baseUrl(base).username("xiaomi").password("abcdefg").build();
        switch (scenario) {
            case "ticket":
                return () -> {
                    io.github.pandawater.User user = client.getUserByTicket(TICKET);
                    checkUser(user.id(), user.userName(), user.phone());
                };
            case "page":
                return () -> {
                    io.github.pandawater.UserPage page =
                            client.getUsers(PageQuery.defaults().pageIndex(1).pageSize(PAGE_SIZE));
                    check(page.users().size() == Math.min(PAGE_SIZE, page.count()), page.users().size() + " users");
                };
            case "all":
                ListQuery pages = ListQuery.defaults().pageSize(LISTING_PAGE_SIZE);
                ListQuery query =
                        engine.equals("panda") ? pages : pages.prefetch(Integer.parseInt(engine.substring(6)));
                return () -> {
                    List<io.github.pandawater.User> users = new ArrayList<>();
                    try (UserListing listing = client.users(query)) {
                        UserIterator each = listing.iterator();
                        each.forEachRemaining(users::add);
                        check(users.size() == each.count(), users.size() + " of " + each.count() + " users");
                    }
                };
            default:
                throw new IllegalArgumentException("no such scenario: " + scenario);
        }
    }

    private Call open(String engine, String scenario) {
        switch (engine) {
            case "urlconnection":
                return call(urlConnection(), scenario);
            case "httpclient":
                return call(httpClient(), scenario);
            case "okhttp":
                return call(okHttp(), scenario);
            default:
                if (engine.matches("panda(-\\d+)?")) {
                    return panda(engine, scenario);
                }
                throw new IllegalArgumentException("no such engine: " + engine);
        }
    }

    private static long cpuTime() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static void fail(String engine, Throwable error) {
        System.err.println(engine + ": " + error);
        // Not exit, which would wait for hooks: the other threads are still in their calls.
        Runtime.getRuntime().halt(1);
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 6) {
            System.err.println("usage: Peers ENGINE SCENARIO PORT THREADS CALLS WARM_UP");
            System.exit(2);
        }
        String engine = arguments[0];
        int threads = Integer.parseInt(arguments[3]);
        int calls = Integer.parseInt(arguments[4]);
        int warmUp = Integer.parseInt(arguments[5]);
        // HttpURLConnection keeps five idle connections by default, and reads the setting once.
        System.setProperty("http.maxConnections", Integer.toString(Math.max(5, threads)));

        Call call = new Peers(Integer.parseInt(arguments[2]), threads).open(engine, arguments[1]);
        long[][] latencies = new long[threads][calls];
        CyclicBarrier barrier = new CyclicBarrier(threads + 1);
        for (long[] own : latencies) {
            Thread thread = new Thread(() -> {
                try {
                    for (int i = 0; i < warmUp; i++) {
                        call.run();
                    }
                    barrier.await();
                    barrier.await(); // the clocks are read in between
                    long before = System.nanoTime();
                    for (int i = 0; i < calls; i++) {
                        call.run();
                        long after = System.nanoTime();
                        own[i] = after - before;
                        before = after;
                    }
                    barrier.await();
                } catch (Throwable error) {
                    fail(engine, error);
                }
            });
            // An engine's threads may outlive the work anyway, so the end is by exit.
            thread.setDaemon(true);
            thread.start();
        }
        barrier.await();
        long wall = System.nanoTime();
        long cpu = cpuTime();
        barrier.await();
        barrier.await();
        wall = System.nanoTime() - wall;
        cpu = cpuTime() - cpu;

        long[] all = Arrays.stream(latencies).flatMapToLong(Arrays::stream).sorted().toArray();
        System.out.printf(Locale.ROOT, "{\"wall\":%.3f,\"cpu\":%.3f,\"p50\":%.3f,\"p99\":%.3f}%n",
                wall / 1e3 / all.length, cpu / 1e3 / all.length,
                all[all.length / 2] / 1e3, all[all.length * 99 / 100] / 1e3);
        System.exit(0);
    }
}
