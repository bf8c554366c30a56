package io.github.pandawater;

import java.util.Collections;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One pass over all users, which are fetched page by page when they are needed. Made by {@link UserListing}.
 *
 * <p>When {@link #hasNext()} or {@link #next()} fails, it can be called again and goes on at the same place, save
 * after {@link PandaInconsistentException}, which needs a new listing.
 *
 * <p>What the pass holds in the library is given back when its last page has come, and by {@link #close()}. Where it is
 * left before and forgotten, the package's next call after the garbage collector found it does so, and a warning is
 * logged once. It outlives its client. Threads: one thread at a time may iterate; {@link #close()} may be called from any.
 */
public final class UserIterator implements Iterator<User>, AutoCloseable {
    private final UserListing listing;
    private final Pages pages;
    private final Unclosed unclosed;
    private final AtomicBoolean closed = new AtomicBoolean();
    private Iterator<User> inHand = Collections.emptyIterator();
    private boolean done;
    private volatile Long count;

    UserIterator(Pages pages, UserListing listing) {
        this.listing = listing;
        this.pages = pages;
        this.unclosed = new Unclosed(this, pages);
    }

    /**
     * Tells how many users there are in all.
     *
     * @return the number; null before the first page, or where the platform does not say
     */
    public Long count() {
        return count;
    }

    /**
     * Tells whether there is another user, and fetches the next page if that takes it.
     *
     * @return whether there is one
     * @throws PandaException the next page could not be fetched; {@link PandaHandleException} where the pass was
     *     closed before its end, so that nobody takes a part of the users for all of them
     */
    @Override
    public boolean hasNext() {
        while (!inHand.hasNext()) {
            if (done) {
                return false;
            }
            fetch();
        }
        return true;
    }

    /**
     * Gives the next user.
     *
     * @return the user
     * @throws NoSuchElementException there is none
     * @throws PandaException as in {@link #hasNext()}
     */
    @Override
    public User next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return inHand.next();
    }

    private void fetch() {
        UserJson.Page page = nextPage();
        count = page.count;
        inHand = page.users.iterator();
        done = page.done;
        if (done) {
            close();
        }
    }

    private UserJson.Page nextPage() {
        try {
            return pages.next();
        } catch (PandaInconsistentException e) {
            // This pass cannot go on, so nothing has to be kept for it.
            close();
            throw e;
        }
    }

    /** Ends the pass. A page that is being fetched still comes. Closing twice is harmless. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            unclosed.forget();
            pages.close();
            listing.forget(this);
        }
    }
}
