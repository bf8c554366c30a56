package io.github.pandawater;

/** Run by {@link ListingTest} in a virtual machine of its own: forgets listings, and waits for them to be closed. */
final class UnclosedProbe {
    private UnclosedProbe() {}

    public static void main(String[] arguments) throws InterruptedException {
        try (PandaClient client = PandaClient.fromEnv();
                UserListing held = client.users()) {
            for (int forgotten = 0; forgotten < 3; forgotten++) {
                client.users(ListQuery.defaults().pageSize(100)).iterator().next();
            }
            // Of a listing that lives on.
            held.iterator().next();
            System.out.println("open " + PandaWater.processStats().cursors());
            for (int tries = 0; tries < 600 && PandaWater.processStats().cursors() > 0; tries++) {
                System.gc();
                Thread.sleep(50);
            }
            System.out.println("left " + PandaWater.processStats().cursors());
        }
    }
}
