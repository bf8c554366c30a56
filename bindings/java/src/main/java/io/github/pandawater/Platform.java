package io.github.pandawater;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Locale;

/** The operating system and processor that this virtual machine runs on, as the native library's files name them. */
enum Platform {
    LINUX("linux", "libpanda_water.so"),
    MAC("macos", "libpanda_water.dylib"),
    WINDOWS("windows", "panda_water.dll");

    /** The platform of this virtual machine. */
    static final Platform CURRENT = current(System.getProperty("os.name"));

    /** The library's file name. */
    final String fileName;

    private final String system;

    Platform(String system, String fileName) {
        this.system = system;
        this.fileName = fileName;
    }

    private static Platform current(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.startsWith("windows")) {
            return WINDOWS;
        }
        return lower.startsWith("mac") ? MAC : LINUX;
    }

    /** The folder of this platform inside the package, such as {@code linux-x86_64}. */
    String folder() {
        String folder = system + "-" + architecture(System.getProperty("os.arch"));
        return this == LINUX && usesMusl() ? folder + "-musl" : folder;
    }

    private static String architecture(String name) {
        switch (name) {
            case "amd64":
            case "x86_64":
                return "x86_64";
            case "x86":
            case "i386":
            case "i586":
            case "i686":
                return "x86";
            default:
                return name;
        }
    }

    // What this process has been started with, rather than what is installed: musl may stand beside glibc.
    private static boolean usesMusl() {
        try {
            String maps = new String(Files.readAllBytes(Paths.get("/proc/self/maps")), StandardCharsets.ISO_8859_1);
            return maps.contains("/ld-musl-");
        } catch (IOException e) {
            return false;
        }
    }
}
