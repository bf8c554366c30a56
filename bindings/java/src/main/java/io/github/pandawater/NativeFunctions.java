package io.github.pandawater;

import com.sun.jna.Callback;
import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/**
 * A loaded native library: its functions, under their own names.
 *
 * <p>Texts go in as UTF-8 ending with NUL, see {@link Utf8}: JNA's own conversion of strings would use the
 * platform's charset. They come out as pointers, which {@link Reply} copies and gives back.
 *
 * <p>JNA's mappings to classes and interfaces would save a microsecond a call. But a JNA that a container shares
 * among applications never lets go of a class it has mapped, nor of the application behind it.
 */
final class NativeFunctions {
    /** The version of the library's interface that this package speaks. */
    static final int ABI_VERSION = 1;

    /** The path or name that the library was loaded by. */
    final String path;

    private final Function stringFree;
    private final Function version;
    private final Function clientOpen;
    private final Function clientClose;
    private final Function getToken;
    private final Function getUsers;
    private final Function usersOpen;
    private final Function usersNext;
    private final Function usersClose;
    private final Function getUserByTicket;
    private final Function ticketFromUrl;
    private final Function syncUsers;
    private final Function linkUsers;
    private final Function clientTrim;
    private final Function clientSetCheck;
    private final Function clientStats;
    private final Function processStats;
    private final Function setLog;

    /** What the library calls with a log line. */
    interface LogCallback extends Callback {
        void invoke(int level, Pointer message, Pointer user);
    }

    /** The library speaks another version of the interface. */
    static final class AbiVersionException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private AbiVersionException(int version) {
            super("its ABI version is " + version + ", this package works with " + ABI_VERSION);
        }
    }

    private NativeFunctions(String path, NativeLibrary library) {
        this.path = path;
        int abiVersion = library.getFunction("panda_abi_version").invokeInt(new Object[0]);
        if (abiVersion != ABI_VERSION) {
            throw new AbiVersionException(abiVersion);
        }
        stringFree = library.getFunction("panda_string_free");
        version = library.getFunction("panda_version");
        clientOpen = library.getFunction("panda_client_open");
        clientClose = library.getFunction("panda_client_close");
        getToken = library.getFunction("panda_get_token");
        getUsers = library.getFunction("panda_get_users");
        usersOpen = library.getFunction("panda_users_open");
        usersNext = library.getFunction("panda_users_next");
        usersClose = library.getFunction("panda_users_close");
        getUserByTicket = library.getFunction("panda_get_user_by_ticket");
        ticketFromUrl = library.getFunction("panda_ticket_from_url");
        syncUsers = library.getFunction("panda_sync_users");
        linkUsers = library.getFunction("panda_link_users");
        clientTrim = library.getFunction("panda_client_trim");
        clientSetCheck = library.getFunction("panda_client_set_check");
        clientStats = library.getFunction("panda_client_stats");
        processStats = library.getFunction("panda_process_stats");
        setLog = library.getFunction("panda_set_log");
    }

    /**
     * Loads a library. JNA has to be started.
     *
     * @param path a path, or a name to be found on the system's search path
     * @throws UnsatisfiedLinkError it cannot be loaded, or lacks a function
     * @throws AbiVersionException it speaks another version of the interface
     */
    @SuppressWarnings("deprecation")
    static NativeFunctions load(String path) {
        NativeLibrary library = NativeLibrary.getInstance(path);
        try {
            return new NativeFunctions(path, library);
        } finally {
            // The library stays mapped, as it promises. JNA would hold on to it by a thread of its own, which kept
            // an undeployed application's class loader alive. This method's newer name is unknown to old versions.
            library.dispose();
        }
    }

    void panda_string_free(Pointer text) {
        stringFree.invokeVoid(new Object[] {text});
    }

    Pointer panda_version() {
        return version.invokePointer(new Object[0]);
    }

    /**
     * Opens a client.
     *
     * <p>The out-parameter is an array of one long that the library writes a pointer to. Four-byte pointers fill its
     * lower half, every such platform being little-endian. JNA's own types for this hold native memory, which the
     * garbage collector would have to free.
     */
    int panda_client_open(byte[] configuration, long[] error) {
        return clientOpen.invokeInt(new Object[] {configuration, error});
    }

    int panda_client_close(int client) {
        return clientClose.invokeInt(new Object[] {client});
    }

    Pointer panda_get_token(int client) {
        return getToken.invokePointer(new Object[] {client});
    }

    Pointer panda_get_users(int client, byte[] query) {
        return getUsers.invokePointer(new Object[] {client, query});
    }

    int panda_users_open(int client, byte[] query, long[] error) {
        return usersOpen.invokeInt(new Object[] {client, query, error});
    }

    Pointer panda_users_next(int users) {
        return usersNext.invokePointer(new Object[] {users});
    }

    int panda_users_close(int users) {
        return usersClose.invokeInt(new Object[] {users});
    }

    Pointer panda_get_user_by_ticket(int client, byte[] ticket) {
        return getUserByTicket.invokePointer(new Object[] {client, ticket});
    }

    Pointer panda_ticket_from_url(byte[] url, byte[] param) {
        return ticketFromUrl.invokePointer(new Object[] {url, param});
    }

    Pointer panda_sync_users(int client, byte[] options) {
        return syncUsers.invokePointer(new Object[] {client, options});
    }

    Pointer panda_link_users(byte[] request) {
        return linkUsers.invokePointer(new Object[] {request});
    }

    int panda_client_trim(int client) {
        return clientTrim.invokeInt(new Object[] {client});
    }

    /** The callback has to be held for as long as the library may call it. */
    int panda_client_set_check(int client, Callback check) {
        return clientSetCheck.invokeInt(new Object[] {client, check, null});
    }

    Pointer panda_client_stats(int client) {
        return clientStats.invokePointer(new Object[] {client});
    }

    Pointer panda_process_stats() {
        return processStats.invokePointer(new Object[0]);
    }

    void panda_set_log(LogCallback log, int level) {
        setLog.invokeVoid(new Object[] {log, level, null});
    }
}
