package io.github.pandawater;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Where the native library inside the package may be written to, in the order of trying. */
final class Folders {
    /** The system property that directs this, and JNA's own files with it. */
    static final String PROPERTY = "panda.water.dir";

    private static final String VARIABLE = "PANDA_WATER_DIR";

    private Folders() {}

    /** The folder that was set, or null. */
    static String set() {
        String property = System.getProperty(PROPERTY);
        return isGiven(property) ? property : System.getenv(VARIABLE);
    }

    /** The folders: the one that was set alone, else the user's cache, then those for temporary files. */
    static List<Path> inOrder() {
        return inOrder(set(), System.getenv());
    }

    private static List<Path> inOrder(String set, Map<String, String> environment) {
        if (isGiven(set)) {
            return Collections.singletonList(Paths.get(set).toAbsolutePath());
        }
        String home = System.getProperty("user.home");
        List<Path> folders = new ArrayList<>();
        switch (Platform.CURRENT) {
            case WINDOWS:
                add(folders, environment.get("LOCALAPPDATA"));
                break;
            case MAC:
                add(folders, home, "Library", "Caches");
                break;
            default:
                add(folders, environment.get("XDG_CACHE_HOME"));
                add(folders, home, ".cache");
        }
        add(folders, System.getProperty("java.io.tmpdir"));
        if (Platform.CURRENT != Platform.WINDOWS) {
            add(folders, "/var/tmp");
        }
        return folders;
    }

    // An account without a home has "?" or nothing there, which would mean a folder in the working directory.
    private static void add(List<Path> folders, String base, String... more) {
        if (!isGiven(base)) {
            return;
        }
        try {
            Path folder = Paths.get(base, more);
            if (folder.isAbsolute() && !folders.contains(folder)) {
                folders.add(folder);
            }
        } catch (InvalidPathException e) {
            // As good as not set: "?" is no path on Windows.
        }
    }

    private static boolean isGiven(String text) {
        return text != null && !text.isEmpty();
    }
}
