package io.github.pandawater;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;

/**
 * Closes listings that the garbage collector took before anybody had closed them. It does so with the package's next
 * call: a thread of its own would keep an undeployed application's class loader alive.
 */
final class Unclosed extends PhantomReference<UserIterator> {
    private static final ReferenceQueue<UserIterator> COLLECTED = new ReferenceQueue<>();

    /** Those that are open, since a reference that is itself collected tells of nothing. */
    private static final Set<Unclosed> OPEN = ConcurrentHashMap.newKeySet();

    private static final AtomicBoolean TOLD = new AtomicBoolean();

    private final Pages pages;

    /** For a pass that was begun and the pages behind it, which must not refer to it. */
    Unclosed(UserIterator iterator, Pages pages) {
        super(iterator, COLLECTED);
        this.pages = pages;
        OPEN.add(this);
    }

    /** The pass has been closed. */
    void forget() {
        OPEN.remove(this);
    }

    /** Closes those that were collected so far. */
    static void closeAll() {
        for (Reference<?> reference = COLLECTED.poll(); reference != null; reference = COLLECTED.poll()) {
            Unclosed unclosed = (Unclosed) reference;
            if (OPEN.remove(unclosed)) {
                unclosed.pages.close();
                if (TOLD.compareAndSet(false, true)) {
                    Logging.LOG.log(
                            Level.WARNING,
                            "panda-water: a listing was left before its end and not closed; the garbage collector found"
                                    + " it. Close listings and streams, as by try (UserListing users = client.users())."
                                    + " This is said once");
                }
            }
        }
    }
}
