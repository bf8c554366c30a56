package io.github.pandawater;

import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
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
 * {@link PandaHandleException} once the client is closed; calls under way end normally.
 *
 * <pre>{@code
 * try (PandaClient client = PandaClient.builder()
 *         .baseUrl("http://10.0.0.8:8080/water").username("xiaomi").password(password).build()) {
 *     for (User user : client.users()) {
 *         System.out.println(user.id() + " " + user.userName());
 *     }
 * }
 * }</pre>
 */
public final class PandaClient implements AutoCloseable {
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

    /**
     * Gives the token, from the cache while it is good.
     *
     * <p>No other method needs it: they send it by themselves. It is for calls to other interfaces of the platform.
     *
     * <p>Access document 2024, section 二 "获取授权 token".
     *
     * <pre>{@code
     * connection.setRequestProperty("panda-token", client.getToken().token());
     * }</pre>
     *
     * @return the token and when it expires
     * @throws PandaConfigException the client has no user name and password
     * @throws PandaAuthException the platform refused them
     * @throws PandaException the platform cannot be reached, or its answer not be read
     */
    public Token getToken() {
        return calls.make(() -> library.panda_get_token(handle), Token::read);
    }

    /**
     * Gives the page of users that the platform gives by itself.
     *
     * @return the users and how many there are in all
     * @throws PandaException as in {@link #getUsers(PageQuery)}
     */
    public UserPage getUsers() {
        return getUsers(PageQuery.defaults());
    }

    /**
     * Gives one page of the platform's users. {@link #users()} gives all of them.
     *
     * <p>Access document 2024, interface ①; 2022, "获取熊猫智慧水务用户".
     *
     * <pre>{@code
     * UserPage page = client.getUsers(PageQuery.defaults().pageIndex(1).pageSize(100));
     * System.out.println(page.users().size() + " of " + page.count());
     * }</pre>
     *
     * @param query which page
     * @return the users and how many there are in all
     * @throws PandaArgumentException the query is out of range
     * @throws PandaException the platform cannot be reached, refused, or its answer cannot be read
     */
    public UserPage getUsers(PageQuery query) {
        byte[] argument = query.toArgument();
        return new UserPage(calls.make(() -> library.panda_get_users(handle, argument), UserJson::page));
    }

    /**
     * Lists all users in pages of the default size.
     *
     * @return the users; each loop over them asks the platform anew
     */
    public UserListing users() {
        return users(ListQuery.defaults());
    }

    /**
     * Lists all users, every one once, in pages that are fetched when they are needed.
     *
     * <p>Access document 2024, section 三 step 1 and interface ①; 2022, step 1.
     *
     * <pre>{@code
     * for (User user : client.users(ListQuery.defaults().pageSize(1000))) {
     *     ownUsers.link(user.id(), user.jobNumber());
     * }
     * }</pre>
     *
     * @param query how to list them
     * @return the users; each loop over them asks the platform anew, and throws what can go wrong
     * @throws PandaArgumentException the keyword is no text
     */
    public UserListing users(ListQuery query) {
        return new UserListing(library, handle, calls, query);
    }

    /**
     * Streams all users in pages of the default size.
     *
     * @return a stream, to be closed where it is not read to its end
     */
    public Stream<User> usersStream() {
        return users().stream();
    }

    /**
     * Streams all users, every one once, in pages that are fetched when they are needed.
     *
     * <pre>{@code
     * try (Stream<User> users = client.usersStream(ListQuery.defaults().keyword("陈"))) {
     *     return users.filter(user -> user.phone() != null).findFirst();
     * }
     * }</pre>
     *
     * @param query how to list them
     * @return a stream, to be closed where it is not read to its end; its use throws what can go wrong
     * @throws PandaArgumentException the keyword is no text
     */
    public Stream<User> usersStream(ListQuery query) {
        return users(query).stream();
    }

    /**
     * Compares all users with an earlier state in pages of the default size, see {@link #sync(String, SyncOptions)}.
     *
     * @param previousState the state of the last sync; null for the first
     * @return the changes, and the state for the next time
     * @throws PandaException as in {@link #sync(String, SyncOptions)}
     */
    public Changes sync(String previousState) {
        return sync(previousState, SyncOptions.defaults());
    }

    /**
     * Compares all users with an earlier state: who came, changed or left.
     *
     * <p>Store {@link Changes#state()} in one transaction with the changes that you apply: the library keeps nothing,
     * so a crash in between loses nothing. A user counts as removed only if two complete listings in a row lack
     * them. The deadline of the client holds for each page.
     *
     * <p>Access document 2024, section 三 step 1 and interface ①; 2022, step 1.
     *
     * <pre>{@code
     * Changes changes = client.sync(loadState());
     * inOneTransaction(() -> {
     *     apply(changes);
     *     storeState(changes.state());
     * });
     * }</pre>
     *
     * @param previousState the state of the last sync; null for the first: then everybody is added
     * @param options how to do it
     * @return the changes, and the state for the next time
     * @throws PandaGuardException more users would be removed than allowed, or the platform lists nobody: a half
     *     answer must not lock people out. Nothing has changed
     * @throws PandaArgumentException the state is damaged or of another platform, or an option is out of range
     * @throws PandaInconsistentException the list kept changing while it was read
     * @throws PandaException the platform cannot be reached, refused, or its answer cannot be read
     */
    public Changes sync(String previousState, SyncOptions options) {
        byte[] argument = options.toArgument(previousState);
        return calls.make(() -> library.panda_sync_users(handle, argument), Changes::read);
    }

    /**
     * Gives the user who holds a ticket. The platform prolongs the ticket's life by this.
     *
     * <p>Access document 2024, interface ②; 2022, "通过票据获取对应的用户".
     *
     * <pre>{@code
     * session.setAttribute("user", ownUsers.linkedWith(client.getUserByTicket(ticket).id()));
     * }</pre>
     *
     * @param ticket the ticket, decoded, as {@link #ticketFromUrl(String)} gives it
     * @return who is signing in
     * @throws PandaTicketException the platform does not accept the ticket: nobody is signed in
     * @throws PandaArgumentException the ticket is null, empty or no text
     * @throws PandaException the platform cannot be reached, refused, or its answer cannot be read
     */
    public User getUserByTicket(String ticket) {
        byte[] argument = Utf8.argument("ticket", ticket);
        return calls.make(() -> library.panda_get_user_by_ticket(handle, argument), UserJson::user);
    }

    /**
     * Takes the ticket from a sign-in URL whose parameter has the name that was configured.
     *
     * <p>Access document 2024, section 三 steps 3 and 4; 2022, steps 3 to 5.
     *
     * <pre>{@code
     * TicketUrl parts = client.ticketFromUrl(request.getRequestURI() + "?" + request.getQueryString());
     * User user = client.getUserByTicket(parts.ticket());
     * response.sendRedirect(parts.localTarget());
     * }</pre>
     *
     * @param url a whole URL, a path with its query, or a query
     * @return the ticket, the URL without it, and the place on your own site to redirect the browser to
     * @throws PandaTicketException the URL holds no ticket, several, or an unusable one
     * @throws PandaArgumentException the URL is null or no text
     */
    public TicketUrl ticketFromUrl(String url) {
        return ticketFromUrl(url, ticketParam);
    }

    /**
     * Takes the ticket from a sign-in URL. Works on a closed client too.
     *
     * @param url a whole URL, a path with its query, or a query
     * @param param the name of the ticket's parameter
     * @return the ticket, the URL without it, and the place on your own site to redirect the browser to
     * @throws PandaTicketException the URL holds no ticket, several, or an unusable one
     * @throws PandaArgumentException the URL is null, or it or the name is no text
     */
    public TicketUrl ticketFromUrl(String url, String param) {
        return TicketUrl.of(library, url, param);
    }

    /**
     * Tells who is signing in by a URL whose parameter has the name that was configured: the ticket is taken from it
     * and looked up.
     *
     * @param url a whole URL, a path with its query, or a query
     * @return who is signing in
     * @throws PandaTicketException the URL holds no usable ticket, or the platform does not accept it
     * @throws PandaException the platform cannot be reached, refused, or its answer cannot be read
     */
    public User userFromUrl(String url) {
        return userFromUrl(url, ticketParam);
    }

    /**
     * Tells who is signing in by a URL: the ticket is taken from it and looked up.
     *
     * <p>Access document 2024, section 三 steps 3 to 5 and interface ②; 2022, steps 3 to 6.
     *
     * <pre>{@code
     * User user = client.userFromUrl("http://oa.example/oa?user=3F2C", "user");
     * }</pre>
     *
     * @param url a whole URL, a path with its query, or a query
     * @param param the name of the ticket's parameter
     * @return who is signing in
     * @throws PandaTicketException the URL holds no usable ticket, or the platform does not accept it
     * @throws PandaException the platform cannot be reached, refused, or its answer cannot be read
     */
    public User userFromUrl(String url, String param) {
        return getUserByTicket(ticketFromUrl(url, param).ticket());
    }

    /**
     * Closes the connections that no call is using, such as before a long pause. By themselves, those that rested for
     * 60 seconds are closed by the client's next call: between calls, nothing runs.
     *
     * <pre>{@code
     * client.trim();
     * }</pre>
     *
     * @return how many connections were closed; 0 for a closed client
     */
    public int trim() {
        return library.panda_client_trim(handle);
    }

    /**
     * Tells what the client has done so far: for each interface calls, failures by kind, HTTP requests, retries and
     * bytes.
     *
     * <pre>{@code
     * System.out.println(client.stats());
     * }</pre>
     *
     * @return the counters, by the names that the library gives them; cannot be changed
     */
    public Map<String, Object> stats() {
        return Reply.take(library, library.panda_client_stats(handle), Json::object);
    }

    /**
     * Tells whether the client has been closed.
     *
     * @return whether it has
     */
    public boolean isClosed() {
        return closed.get();
    }

    /** Closes the client. Calls and listings under way go on. From any thread; closing twice is harmless. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            library.panda_client_close(handle);
            calls.letGo();
        }
    }

    /**
     * Closes the client and ends what is under way: calls and listings that wait throw
     * {@link PandaCancelledException} within a fifth of a second. For a server that stops, or an application that is
     * undeployed, while nobody interrupts the threads. From any thread, and after {@link #close()} too.
     *
     * <pre>{@code
     * public void contextDestroyed(ServletContextEvent event) {
     *     client.closeNow();
     * }
     * }</pre>
     */
    public void closeNow() {
        calls.end();
        close();
    }

    @Override
    public String toString() {
        return "PandaClient{" + (isClosed() ? "closed" : "open") + "}";
    }
}
