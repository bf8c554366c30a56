package io.github.pandawater;

import java.util.concurrent.atomic.AtomicBoolean;

/** A listing in the native library. It outlives its client. */
final class Cursor implements Pages {
    private final NativeFunctions library;
    private final Calls calls;
    private final int handle;
    private final AtomicBoolean closed = new AtomicBoolean();

    Cursor(NativeFunctions library, int client, Calls calls, byte[] query) {
        this.library = library;
        this.calls = calls;
        calls.hold();
        int opened = 0;
        try {
            long[] error = new long[1];
            opened = Reply.takeHandle(library, library.panda_users_open(client, query, error), error);
        } catch (PandaHandleException e) {
            throw PandaHandleException.closed("client");
        } finally {
            if (opened == 0) {
                calls.letGo();
            }
        }
        this.handle = opened;
    }

    @Override
    public UserJson.Page next() {
        return calls.make("listing", () -> library.panda_users_next(handle), UserJson::page);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            library.panda_users_close(handle);
            calls.letGo();
        }
    }
}
