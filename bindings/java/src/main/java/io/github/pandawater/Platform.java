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
    static final Platform CURRENT = of(System.getProperty("os.name"));

    /** The library's file name. */
    final String fileName;

    private final String system;

    Platform(String system, String fileName) {
        this.system = system;
        this.fileName = fileName;
    }

    /** The platform that a virtual machine names so. */
    static Platform of(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.startsWith("windows")) {
            return WINDOWS;
        }
        return lower.startsWith("mac") ? MAC : LINUX;
    }

    /** The folder of this platform inside the package, such as {@code linux-x86_64}. */
    String folder() {
        return folder(System.getProperty("os.arch"), this == LINUX ? filesInUse() : "");
    }

    /**
     * The same of another virtual machine.
     *
     * @param architecture what it says of its processor
     * @param filesInUse the paths of what its process has loaded, on Linux
     */
    String folder(String architecture, String filesInUse) {
        String folder = system + "-" + architecture(architecture);
        // What a process has been started with, rather than what is installed: musl may stand beside glibc.
        return filesInUse.contains("/ld-musl-") ? folder + "-musl" : folder;
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

    private static String filesInUse() {
        try {
            return new String(Files.readAllBytes(Paths.get("/proc/self/maps")), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
