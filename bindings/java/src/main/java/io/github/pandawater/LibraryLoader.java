package io.github.pandawater;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.logging.Level;
import java.util.stream.Collectors;

/**
 * Finds the native library, in the order that all of panda-water's wrappers share: a path given in code, the file
 * that {@code PANDA_WATER_LIBRARY} names, the copy in this package, the system's search path.
 */
final class LibraryLoader {
    private static final String VARIABLE = "PANDA_WATER_LIBRARY";

    /** What was loaded, by the path given in code. */
    private static final Map<Path, NativeFunctions> LOADED = new HashMap<>();

    /** What was loaded first: used where no path is given. */
    private static volatile NativeFunctions first;

    private final Path inCode;
    private final String inEnvironment;
    private final Map<String, String> tried = new LinkedHashMap<>();
    /** Those of them that somebody has set. */
    private final Set<String> given = new HashSet<>();
    private NativeFunctions library;

    private LibraryLoader(Path inCode) {
        this.inCode = inCode;
        this.inEnvironment = System.getenv(VARIABLE);
    }

    /**
     * Gives the library, loaded at most once for each path.
     *
     * @param inCode the path given in code; null for the library that was loaded first, if there is one
     * @throws PandaLibraryException none loads, or the first that loads speaks another version of the interface
     */
    static NativeFunctions load(Path inCode) {
        NativeFunctions known = first;
        return inCode == null && known != null ? known : loadOnce(inCode);
    }

    private static synchronized NativeFunctions loadOnce(Path inCode) {
        if (inCode == null && first != null) {
            return first;
        }
        Path path = inCode == null ? null : inCode.toAbsolutePath().normalize();
        NativeFunctions library = LOADED.get(path);
        if (library == null) {
            library = new LibraryLoader(path).search();
            LOADED.put(path, library);
            first = first == null ? library : first;
        }
        return library;
    }

    private NativeFunctions search() {
        Jna.start();
        boolean found = inCode != null && loadsGiven(inCode, "the path given in code")
                || inEnvironment != null && !inEnvironment.isEmpty() && loadsFromEnvironment()
                || loadsFromPackage()
                || loadsFromSystem();
        if (!found) {
            throw failure();
        }
        String passedOver = tried.entrySet().stream()
                .filter(attempt -> given.contains(attempt.getKey()))
                .map(LibraryLoader::listed)
                .collect(Collectors.joining("; "));
        if (!passedOver.isEmpty()) {
            Logging.LOG.log(Level.WARNING, "panda-water uses " + library.path + "; tried " + passedOver);
        }
        return library;
    }

    private boolean loadsFromEnvironment() {
        try {
            // The system's loader would look for a bare file name elsewhere than in the current directory.
            return loadsGiven(Paths.get(inEnvironment).toAbsolutePath().normalize(), VARIABLE);
        } catch (InvalidPathException e) {
            given.add(inEnvironment);
            return failed(inEnvironment, VARIABLE, Folders.notAPath(e));
        }
    }

    private boolean loadsGiven(Path file, String origin) {
        given.add(file.toString());
        return loads(file, origin);
    }

    private boolean loads(Path file, String origin) {
        // JNA would go on with names like this one, and list the class path in its error.
        if (!Files.isRegularFile(file)) {
            return failed(file.toString(), origin, "no such file");
        }
        return loads(file.toString(), origin);
    }

    private boolean loads(String path, String origin) {
        try {
            library = NativeFunctions.load(path);
            return true;
        } catch (UnsatisfiedLinkError e) {
            return failed(path, origin, Jna.oneLine(e));
        } catch (NativeFunctions.AbiVersionException e) {
            failed(path, origin, e.getMessage());
            // Two versions have been mixed up: going on to the next file would hide it.
            throw failure();
        }
    }

    private boolean loadsFromPackage() {
        BundledLibrary bundled;
        try {
            bundled = BundledLibrary.read();
        } catch (IOException e) {
            return failed(BundledLibrary.resource(), "the copy in the package", e.getMessage());
        }
        Folders.noPaths().forEach((path, reason) -> {
            given.add(path);
            tried.putIfAbsent(path, reason);
        });
        for (Path folder : Folders.inOrder()) {
            String origin = "the copy in the package, put into " + folder;
            Path file = bundled.in(folder);
            try {
                bundled.writeTo(folder);
            } catch (IOException | SecurityException e) {
                failed(file.toString(), origin, e.toString());
                continue;
            }
            if (loads(file, origin)) {
                return true;
            }
        }
        return false;
    }

    private boolean loadsFromSystem() {
        String origin = "the system's search path";
        switch (Platform.CURRENT) {
            case WINDOWS:
                return loadsFromPath(origin);
            case MAC:
                return loads(Platform.MAC.fileName, origin);
            default:
                // The name that a system's package manager installs, then the plain one.
                return loads(Platform.LINUX.fileName + ".1", origin) || loads(Platform.LINUX.fileName, origin);
        }
    }

    // By hand, since a bare name would also be taken from the current directory.
    private boolean loadsFromPath(String origin) {
        String path = System.getenv("PATH");
        for (String folder : path == null ? new String[0] : path.split(File.pathSeparator)) {
            File file = new File(folder, Platform.CURRENT.fileName);
            if (file.isAbsolute() && file.isFile() && loads(file.toString(), origin)) {
                return true;
            }
        }
        return failed(Platform.CURRENT.fileName, origin, "not in any folder of PATH");
    }

    private boolean failed(String path, String origin, String reason) {
        tried.putIfAbsent(path, origin + ": " + reason);
        return false;
    }

    private PandaLibraryException failure() {
        String attempts = tried.entrySet().stream().map(LibraryLoader::listed).collect(Collectors.joining("; "));
        return new PandaLibraryException(
                "no usable native library; tried " + attempts + "; set the environment variable " + VARIABLE
                        + " to the library's file, or the system property " + Folders.PROPERTY
                        + " to a folder that this account may write to and run programs from",
                tried);
    }

    private static String listed(Map.Entry<String, String> attempt) {
        return attempt.getKey() + " (" + attempt.getValue() + ")";
    }
}
