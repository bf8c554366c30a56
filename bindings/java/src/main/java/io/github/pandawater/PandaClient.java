package io.github.pandawater;

import com.sun.jna.Pointer;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A client of one Panda Smart Water platform (熊猫智慧水务). Made by {@link #builder()}.
 *
 * <p>Opening it makes no connection. The token is fetched when it is first needed, shared by all calls, and renewed
 * in time; failures that may pass are tried again. A call ends by the deadline that was configured (30 s by default),
 * whatever the platform does. Close the client when it is not needed any more: nothing else closes it.
 *
 * <p>Threads: one client serves any number of threads at once. A call works on the thread that makes it, and a
 * virtual thread keeps its carrier meanwhile.
 *
 * <p>Interrupting the thread ends a call that waits: within a fifth of a second it throws
 * {@link PandaCancelledException}, and the thread stays interrupted. {@link java.util.concurrent.Future#cancel
 * Future.cancel(true)} and {@link java.util.concurrent.ExecutorService#shutdownNow()} interrupt;
 * {@link java.util.concurrent.CompletableFuture#cancel} does not. The same goes for listings.
 *
 * <p>Every method but {@link #close()}, {@link #closeNow()} and {@link #isClosed()} throws
 * {@link PandaHandleException} once the client is closed; calls under way end normally. Tests put another
 * {@link PandaPlatform} in its place.
 *
 * <pre>{@code
 * try (PandaClient client = PandaClient.builder()
 *         .baseUrl("http://10.0.0.8:8080/water").username("xiaomi").password(password).build();
 *         UserListing users = client.users()) {
 *     for (User user : users) {
 *         System.out.println(user.id() + " " + user.userName());
 *     }
 * }
 * }</pre>
 */
public final class PandaClient implements PandaPlatform {
    private final NativeFunctions library;
    private final int handle;
    private final Calls calls;
    private final String ticketParam;
    private final AtomicBoolean closed = new AtomicBoolean();

    PandaClient(NativeFunctions library, byte[] configuration, String ticketParam) {
        this.library = library;
        long[] error = new long[1];
        this.handle = Reply.takeHandle(library, library.panda_client_open(configuration, error), error);
        this.calls = new Calls(library, handle);
        this.ticketParam = ticketParam;
    }

    /**
     * Begins the configuration of a client.
     *
     * @return a builder without settings
     */
    public static PandaClientBuilder builder() {
        return new PandaClientBuilder();
    }

    /**
     * Opens a client with the settings that the environment holds, see {@link PandaClientBuilder#fromEnv()}.
     *
     * @return the client
     * @throws PandaConfigException a variable cannot be read, or is none of the settings; the message names it
     * @throws PandaLibraryException the native library cannot be loaded
     */
    public static PandaClient fromEnv() {
        return builder().fromEnv().build();
    }

    @Override
    public Token getToken() {
        return ask(() -> library.panda_get_token(handle), Token::read);
    }

    @Override
    public UserPage getUsers() {
        return getUsers(PageQuery.defaults());
    }

    @Override
    public UserPage getUsers(PageQuery query) {
        byte[] argument = Arguments.given("query", query).toArgument();
        return new UserPage(ask(() -> library.panda_get_users(handle, argument), UserJson::page));
    }

    @Override
    public UserListing users() {
        return users(ListQuery.defaults());
    }

    @Override
    public UserListing users(ListQuery query) {
        mustBeOpen();
        byte[] argument = Arguments.given("query", query).toArgument();
        return new UserListing(() -> new Cursor(library, handle, calls, argument));
    }

    @Override
    public Stream<User> usersStream() {
        return users().stream();
    }

    @Override
    public Stream<User> usersStream(ListQuery query) {
        return users(query).stream();
    }

    @Override
    public Changes sync(String previousState) {
        return sync(previousState, SyncOptions.defaults());
    }

    @Override
    public Changes sync(String previousState, SyncOptions options) {
        byte[] argument = Arguments.given("options", options).toArgument(previousState);
        return ask(() -> library.panda_sync_users(handle, argument), Changes::read);
    }

    @Override
    public User getUserByTicket(String ticket) {
        byte[] argument = Utf8.argument("ticket", ticket);
        return ask(() -> library.panda_get_user_by_ticket(handle, argument), UserJson::user);
    }

    @Override
    public TicketUrl ticketFromUrl(String url) {
        return ticketFromUrl(url, ticketParam);
    }

    @Override
    public TicketUrl ticketFromUrl(String url, String param) {
        mustBeOpen();
        return TicketUrl.of(library, url, param);
    }

    @Override
    public User userFromUrl(String url) {
        return userFromUrl(url, ticketParam);
    }

    @Override
    public User userFromUrl(String url, String param) {
        return getUserByTicket(ticketFromUrl(url, param).ticket());
    }

    @Override
    public int trim() {
        mustBeOpen();
        return library.panda_client_trim(handle);
    }

    @Override
    public Map<String, Object> stats() {
        return ask(() -> library.panda_client_stats(handle), Json::object);
    }

    @Override
    public boolean isClosed() {
        return closed.get();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            library.panda_client_close(handle);
            calls.letGo();
        }
    }

    @Override
    public void closeNow() {
        calls.end();
        close();
    }

    private <T> T ask(Supplier<Pointer> call, DataReader<T> reader) {
        mustBeOpen();
        return calls.make("client", call, reader);
    }

    private void mustBeOpen() {
        if (isClosed()) {
            throw PandaHandleException.closed("client");
        }
    }

    @Override
    public String toString() {
        return "PandaClient{" + (isClosed() ? "closed" : "open") + "}";
    }
}
