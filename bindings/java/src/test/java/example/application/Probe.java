package example.application;

import io.github.pandawater.LinkOutcome;
import io.github.pandawater.OwnUser;
import io.github.pandawater.PandaClient;
import io.github.pandawater.PandaException;
import io.github.pandawater.PandaWater;
import io.github.pandawater.User;
import io.github.pandawater.UserListing;
import java.util.Collections;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;

/** An application, run by the tests of the jar: uses each part of the package that reads or writes JSON. */
public final class Probe {
    private Probe() {}

    /**
     * Prints what it has found, or why it has not.
     *
     * @param arguments a ticket
     */
    public static void main(String[] arguments) {
        AtomicInteger lines = new AtomicInteger();
        try (PandaClient client = PandaClient.fromEnv();
                UserListing users = client.users()) {
            PandaWater.setLog((level, line) -> lines.incrementAndGet(), Level.FINE);
            int count = 0;
            for (User user : users) {
                count += user.id() > 0 ? 1 : 0;
            }
            User user = client.userFromUrl("/oa?ticket=" + arguments[0]);
            LinkOutcome outcome = PandaWater.linkUsers(
                    Collections.singletonList(user),
                    Collections.singletonList(new OwnUser("own", user.userName(), user.phone(), user.jobNumber())));
            System.out.println("found " + count + " users, " + user.id() + " signs in, "
                    + outcome.links().size() + " linked, token " + !client.getToken().token().isEmpty()
                    + ", logs " + (lines.get() > 0) + ", Java " + System.getProperty("java.specification.version"));
        } catch (PandaException e) {
            System.out.println("failed " + e.getMessage());
        }
    }
}
