package io.github.pandawater;

import com.sun.jna.Callback;
import com.sun.jna.CallbackReference;
import com.sun.jna.Native;
import java.io.Closeable;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;

/** JNA, which calls the native library: how it is started, rid of a callback, and how its errors are told. */
final class Jna {
    private static final String FOLDER_PROPERTY = "jna.tmpdir";

    private static final String FOLDER_REMEDY = "set the system property " + Folders.PROPERTY
            + " to a folder that this account may write to and run programs from";

    private static final String ACCESS_REMEDY = "this virtual machine refuses native access: start it with"
            + " --enable-native-access=ALL-UNNAMED, or --enable-native-access=com.sun.jna where JNA is a module";

    /** Why it could not be started. A second try would only say that there was a first one. */
    private static String failure;

    private static String remedy;

    private Jna() {}

    /**
     * Starts JNA, if it has not been started yet. It has a native library of its own, which it writes to a folder.
     *
     * @throws PandaLibraryException it cannot be started
     */
    static synchronized void start() {
        Path folder = Folders.set();
        if (folder != null && System.getProperty(FOLDER_PROPERTY) == null) {
            System.setProperty(FOLDER_PROPERTY, folder.toString());
        }
        if (failure == null) {
            try {
                Native.getNativeSize(int.class);
                return;
            } catch (Error e) {
                // Of any class: JNA throws a plain Error where another version's native library was loaded.
                Throwable refusal = refusal(e);
                failure = oneLine(refusal == null ? e : refusal);
                remedy = refusal == null ? FOLDER_REMEDY : ACCESS_REMEDY;
            }
        }
        throw new PandaLibraryException(
                "JNA, which calls the native library, cannot be started (" + failure + "); " + remedy,
                Collections.singletonMap("JNA", failure));
    }

    // By its name, since Java 8 has no such class.
    private static Throwable refusal(Throwable error) {
        Throwable cause = error;
        while (cause != null && !cause.getClass().getName().equals("java.lang.IllegalCallerException")) {
            cause = cause.getCause();
        }
        return cause;
    }

    /**
     * Frees a callback that nothing calls any more.
     *
     * <p>JNA itself does so only when it has to do with callbacks again after the garbage collector took this one, and
     * its thread goes on until then. It offers no other way, hence the reflection; where that is refused, or JNA is of
     * another make, its own way is left.
     */
    static void release(Callback callback) {
        try {
            Object reference;
            synchronized (ofCallbacks("pointerCallbackMap")) {
                reference = ((Map<?, ?>) ofCallbacks("callbackMap")).remove(callback);
            }
            if (reference instanceof Closeable) {
                ((Closeable) reference).close();
            }
        } catch (ReflectiveOperationException | RuntimeException | IOException e) {
            // It stays with JNA.
        }
    }

    private static Object ofCallbacks(String name) throws ReflectiveOperationException {
        Field field = CallbackReference.class.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(null);
    }

    /** What an error of JNA says, without the repetitions. */
    static String oneLine(Throwable error) {
        Throwable[] attempts = error.getSuppressed();
        Throwable first = attempts.length > 0 ? attempts[0] : error;
        String message = first.getMessage() == null ? first.toString() : first.getMessage();
        return message.trim().replaceAll("\\s*\\R\\s*", " ");
    }
}
