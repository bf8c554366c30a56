package io.github.pandawater;

import com.sun.jna.Native;
import java.lang.reflect.Field;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.stream.Stream;

/** What {@link RedeployTest} deploys: an application that uses this package in a class loader of its own. */
public final class DeployedApplication implements Callable<String>, AutoCloseable {
    private final PandaClient client;
    private final boolean logs;

    /** Opens a client, and has the log come here if that is wanted. */
    public DeployedApplication(String baseUrl, String username, String password, boolean logs) {
        this.logs = logs;
        if (logs) {
            PandaWater.setLog((level, message) -> {}, Level.FINE);
        }
        client = PandaClient.builder().baseUrl(baseUrl).username(username).password(password).build();
    }

    /** Uses the client, and tells how many users there are and which JNA is used. */
    @Override
    public String call() throws ReflectiveOperationException {
        // By reflection: the compiler would write its own JNA's version here.
        Field version = Native.class.getField("VERSION");
        version.setAccessible(true);
        try (Stream<User> users = client.usersStream()) {
            return users.count() + " users by JNA " + version.get(null);
        }
    }

    /** Does what an application does when it is undeployed. */
    @Override
    public void close() {
        if (logs) {
            PandaWater.setLog(null, Level.OFF);
        }
        client.closeNow();
    }
}
