package io.github.pandawater;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where the native library inside the package may be written to, in the order of trying. */
final class Folders {
    /** The system property that directs this, and JNA's own files with it. */
    static final String PROPERTY = "panda.water.dir";

    private static final String VARIABLE = "PANDA_WATER_DIR";

    private Folders() {}

    /** The folder that was set; null where there is none, or what was set is no path. */
    static Path set() {
        for (String text : settings().values()) {
            try {
                return Paths.get(text).toAbsolutePath();
            } catch (InvalidPathException e) {
                // Told by noPaths().
            }
        }
        return null;
    }

    /** What was set and is no path, each with why not: a file system's charset may lack its letters. */
    static Map<String, String> noPaths() {
        Map<String, String> noPaths = new LinkedHashMap<>();
        settings().forEach((name, text) -> {
            try {
                Paths.get(text);
            } catch (InvalidPathException e) {
                noPaths.put(text, name + ": " + notAPath(e));
            }
        });
        return noPaths;
    }

    /** Why a text is no path; it may be what the virtual machine made of letters that it cannot read. */
    static String notAPath(InvalidPathException e) {
        return "not a path on this system (" + e.getReason() + ")";
    }

    // In the order of trying.
    private static Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put(PROPERTY, System.getProperty(PROPERTY));
        settings.put(VARIABLE, System.getenv(VARIABLE));
        settings.values().removeIf(text -> !isGiven(text));
        return settings;
    }

    /** The folders: the one that was set alone, else the user's cache, then those for temporary files. */
    static List<Path> inOrder() {
        return inOrder(set(), System.getenv());
    }

    private static List<Path> inOrder(Path set, Map<String, String> environment) {
        if (set != null) {
            return Collections.singletonList(set);
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
