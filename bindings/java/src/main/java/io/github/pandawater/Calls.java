package io.github.pandawater;

import com.sun.jna.Callback;
import com.sun.jna.Pointer;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * A client's calls, each of which ends when its thread is interrupted: while it waits, the library asks this, on that
 * thread.
 *
 * <p>JNA must not keep an undeployed application's class loader alive by the callback. It never lets go of a
 * callback's class: so that one is a proxy's, of JNA's and the JDK's own types. And a thread of JNA's goes on as long
 * as there are callbacks: so this one is given back with the last of all that the library may ask it for, which are the
 * client and, beyond the client's end, calls under way and listings.
 */
final class Calls implements InvocationHandler {
    // A C function may leave its argument alone, so a method without parameters serves.
    private static final Class<?>[] CALLBACK_TYPES = {Callback.class, IntSupplier.class};

    private static final String CANCELLED = "{\"code\":-10015,\"msg\":\"\",\"data\":null,\"error\":{"
            + "\"kind\":\"cancelled\",\"retryable\":false,\"endpoint\":null,\"httpStatus\":null,"
            + "\"platformCode\":null,\"attempts\":0}}";

    static {
        // A call may outlive its application, whose class loader then has no more classes to read its end with.
        try {
            Reply.read(CANCELLED.getBytes(StandardCharsets.UTF_8), Json::value);
        } catch (PandaCancelledException e) {
            // As it would be thrown.
        }
    }

    private final NativeFunctions library;
    private final AtomicReference<Callback> callback;
    /** The client itself, its calls under way, and its listings. */
    private final AtomicInteger holders = new AtomicInteger(1);
    private volatile boolean ended;

    /** For a client that was opened, and holds this. */
    Calls(NativeFunctions library, int client) {
        this.library = library;
        Object asked = Proxy.newProxyInstance(Callback.class.getClassLoader(), CALLBACK_TYPES, this);
        callback = new AtomicReference<>((Callback) asked);
        library.panda_client_set_check(client, callback.get());
    }

    /**
     * Makes a call that may wait.
     *
     * @param what is asked: a client or a listing
     * @return what its reply holds
     * @throws PandaException the reply is a failure
     */
    <T> T make(String what, Supplier<Pointer> call, DataReader<T> reader) {
        Unclosed.closeAll();
        hold();
        try {
            return Reply.take(library, call.get(), reader);
        } catch (PandaHandleException e) {
            throw PandaHandleException.closed(what);
        } finally {
            letGo();
        }
    }

    /** Says that the library may ask until {@link #letGo()}. */
    void hold() {
        holders.incrementAndGet();
    }

    void letGo() {
        if (holders.decrementAndGet() == 0) {
            Callback unused = callback.getAndSet(null);
            if (unused != null) {
                Jna.release(unused);
            }
        }
    }

    /** Ends those under way, and all that would have to wait. */
    void end() {
        ended = true;
    }

    /** The callback's methods: what the library asks, and what JNA does with its keys. */
    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) {
        switch (method.getName()) {
            case "equals":
                return proxy == arguments[0];
            case "hashCode":
                return System.identityHashCode(proxy);
            case "toString":
                return "panda-water's check";
            default:
                return ended || Thread.currentThread().isInterrupted() ? 1 : 0;
        }
    }
}
