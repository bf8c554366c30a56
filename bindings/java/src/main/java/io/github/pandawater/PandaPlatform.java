package io.github.pandawater;

import java.util.Map;
import java.util.stream.Stream;

/**
 * One Panda Smart Water platform (熊猫智慧水务), as {@link PandaClient} asks it. Applications that declare this type can put
 * something else in its place in their tests.
 *
 * <p>What it gives can be made by hand: {@code new User(…)}, {@code new UserPage(…)}, {@code UserListing.of(…)} and so on,
 * and every exception. Later versions may have more methods: do not implement it other than by mocking.
 *
 * <p>Every method but {@link #close()}, {@link #closeNow()} and {@link #isClosed()} throws {@link PandaHandleException}
 * once the client is closed, and {@link PandaArgumentException} where it needs a value and is given null; the message
 * names the argument.
 */
public interface PandaPlatform extends AutoCloseable {
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
    Token getToken();

    /**
     * Gives the page of users that the platform gives by itself.
     *
     * @return the users and how many there are in all
     * @throws PandaException as in {@link #getUsers(PageQuery)}
     */
    UserPage getUsers();

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
    UserPage getUsers(PageQuery query);

    /**
     * Lists all users in pages of the default size.
     *
     * @return the users; each loop over them asks the platform anew
     */
    UserListing users();

    /**
     * Lists all users, every one once, in pages that are fetched when they are needed.
     *
     * <p>Access document 2024, section 三 step 1 and interface ①; 2022, step 1.
     *
     * <pre>{@code
     * try (UserListing users = client.users(ListQuery.defaults().pageSize(1000))) {
     *     for (User user : users) {
     *         ownUsers.link(user.id(), user.jobNumber());
     *     }
     * }
     * }</pre>
     *
     * @param query how to list them
     * @return the users; each loop over them asks the platform anew, and throws what can go wrong
     * @throws PandaArgumentException the keyword is no text
     */
    UserListing users(ListQuery query);

    /**
     * Streams all users in pages of the default size.
     *
     * @return a stream, to be closed where it is not read to its end
     */
    Stream<User> usersStream();

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
    Stream<User> usersStream(ListQuery query);

    /**
     * Compares all users with an earlier state in pages of the default size, see {@link #sync(String, SyncOptions)}.
     *
     * @param previousState the state of the last sync; null for the first
     * @return the changes, and the state for the next time
     * @throws PandaException as in {@link #sync(String, SyncOptions)}
     */
    Changes sync(String previousState);

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
    Changes sync(String previousState, SyncOptions options);

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
    User getUserByTicket(String ticket);

    /**
     * Takes the ticket from a sign-in URL whose parameter has the name that was configured.
     *
     * <p>Access document 2024, section 三 steps 3 and 4; 2022, steps 3 to 5.
     *
     * <p>Redirect to {@link TicketUrl#localTarget()} and to nothing else that the URL holds: {@code //another.example/oa} is a
     * path that browsers read as another site.
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
    TicketUrl ticketFromUrl(String url);

    /**
     * Takes the ticket from a sign-in URL.
     *
     * @param url a whole URL, a path with its query, or a query
     * @param param the name of the ticket's parameter
     * @return the ticket, the URL without it, and the place on your own site to redirect the browser to
     * @throws PandaTicketException the URL holds no ticket, several, or an unusable one
     * @throws PandaArgumentException the URL is null, or it or the name is no text
     */
    TicketUrl ticketFromUrl(String url, String param);

    /**
     * Tells who is signing in by a URL whose parameter has the name that was configured: the ticket is taken from it
     * and looked up.
     *
     * @param url a whole URL, a path with its query, or a query
     * @return who is signing in
     * @throws PandaTicketException the URL holds no usable ticket, or the platform does not accept it
     * @throws PandaException the platform cannot be reached, refused, or its answer cannot be read
     */
    User userFromUrl(String url);

    /**
     * Tells who is signing in by a URL: the ticket is taken from it and looked up.
     *
     * <p>Access document 2024, section 三 steps 3 to 5 and interface ②; 2022, steps 3 to 6.
     *
     * <pre>{@code
     * String url = request.getRequestURI() + "?" + request.getQueryString();
     * User user = client.userFromUrl(url, "user");
     * signIn(user.id());
     * response.sendRedirect(client.ticketFromUrl(url, "user").localTarget());
     * }</pre>
     *
     * @param url a whole URL, a path with its query, or a query
     * @param param the name of the ticket's parameter
     * @return who is signing in
     * @throws PandaTicketException the URL holds no usable ticket, or the platform does not accept it
     * @throws PandaException the platform cannot be reached, refused, or its answer cannot be read
     */
    User userFromUrl(String url, String param);

    /**
     * Closes the connections that no call is using, such as before a long pause. By themselves, those that rested for
     * 60 seconds are closed by the client's next call: between calls, nothing runs.
     *
     * <pre>{@code
     * client.trim();
     * }</pre>
     *
     * @return how many connections were closed
     */
    int trim();

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
    Map<String, Object> stats();

    /**
     * Tells whether the client has been closed.
     *
     * @return whether it has
     */
    boolean isClosed();

    /** Closes the client. Calls and listings under way go on. From any thread; closing twice is harmless. */
    @Override
    void close();

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
    void closeNow();
}
