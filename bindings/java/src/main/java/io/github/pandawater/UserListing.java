package io.github.pandawater;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * All users, every one once. Made by {@link PandaClient#users()}.
 *
 * <p>Each pass asks the platform anew, page by page, and holds no more than a page in memory. A pass that is read
 * to its end needs no closing; close the listing, or the stream, where a loop may be left early, by an exception too:
 *
 * <pre>{@code
 * try (UserListing users = client.users()) {
 *     for (User user : users) {
 *         if (user.jobNumber() == null) {
 *             break;
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>Threads: any number of passes may go on in any threads. Access document 2024, section 三 step 1 and
 * interface ①; 2022, step 1.
 */
public final class UserListing implements Iterable<User>, AutoCloseable {
    private final Supplier<Pages> begin;
    /** Weakly, so that a pass that was left and forgotten is found, however long this listing lives. */
    private final Set<UserIterator> open = Collections.newSetFromMap(new WeakHashMap<>());
    private boolean closed;

    UserListing(Supplier<Pages> begin) {
        this.begin = begin;
    }

    /**
     * Makes a listing of given users, as tests of applications do.
     *
     * <pre>{@code
     * when(platform.users()).thenReturn(UserListing.of(Arrays.asList(chen, li)));
     * }</pre>
     *
     * @param users the users; copied
     * @return a listing that gives them in one page
     * @throws PandaArgumentException the users are null, or one of them is
     */
    public static UserListing of(Collection<User> users) {
        UserJson.Page page = new UserJson.Page();
        page.users = Models.copy("users", users);
        page.count = (long) page.users.size();
        page.done = true;
        return new UserListing(() -> new Pages() {
            private boolean ended;

            @Override
            public synchronized UserJson.Page next() {
                if (ended) {
                    throw PandaHandleException.closed("listing");
                }
                return page;
            }

            @Override
            public synchronized void close() {
                ended = true;
            }
        });
    }

    /**
     * Begins a pass over all users. The first {@code hasNext()} asks the platform.
     *
     * @return the pass
     * @throws PandaArgumentException the query is out of range
     * @throws PandaHandleException the client or this listing is closed
     */
    @Override
    public synchronized UserIterator iterator() {
        if (closed) {
            throw PandaHandleException.closed("listing");
        }
        Unclosed.closeAll();
        UserIterator iterator = new UserIterator(begin.get(), this);
        open.add(iterator);
        return iterator;
    }

    /**
     * Gives the users as a stream, which begins a pass when it is first used. Closing the stream closes this listing.
     *
     * @return a sequential stream
     */
    public Stream<User> stream() {
        // The characteristics are those of the spliterator that an Iterable makes of its iterator.
        return StreamSupport.stream(this::spliterator, 0, false).onClose(this::close);
    }

    synchronized void forget(UserIterator iterator) {
        open.remove(iterator);
    }

    /** Ends all passes. From any thread; closing twice is harmless. */
    @Override
    public synchronized void close() {
        closed = true;
        new ArrayList<>(open).forEach(UserIterator::close);
    }
}
