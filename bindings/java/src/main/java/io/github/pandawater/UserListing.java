package io.github.pandawater;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
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
    private final NativeFunctions library;
    private final int client;
    private final Calls calls;
    private final byte[] query;
    private final Set<UserIterator> open = new HashSet<>();
    private boolean closed;

    UserListing(NativeFunctions library, int client, Calls calls, ListQuery query) {
        this.library = library;
        this.client = client;
        this.calls = calls;
        this.query = query.toArgument();
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
            throw new PandaHandleException("the listing is closed");
        }
        UserIterator iterator = new UserIterator(library, client, calls, query, this);
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
