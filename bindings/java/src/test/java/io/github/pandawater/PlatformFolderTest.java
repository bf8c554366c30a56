package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Which of the package's native libraries a virtual machine gets, by what it says of itself. */
class PlatformFolderTest {
    private static final String GLIBC = "7f3a r-xp 00000000 08:01 42 /usr/lib64/ld-2.17.so\n";
    private static final String MUSL = "7f3a r-xp 00000000 08:01 42 /lib/ld-musl-x86_64.so.1\n";

    private static void assertGets(String file, String name, String architecture, String filesInUse) {
        Platform platform = Platform.of(name);
        assertEquals(file, platform.folder(architecture, filesInUse) + "/" + platform.fileName);
    }

    @Test
    void linux() {
        assertGets("linux-x86_64/libpanda_water.so", "Linux", "amd64", GLIBC);
        assertGets("linux-aarch64/libpanda_water.so", "Linux", "aarch64", GLIBC);
        assertGets("linux-x86/libpanda_water.so", "Linux", "i386", GLIBC);
        assertGets("linux-loongarch64/libpanda_water.so", "Linux", "loongarch64", GLIBC);
    }

    @Test
    void muslIsToldApart() {
        assertGets("linux-x86_64-musl/libpanda_water.so", "Linux", "amd64", MUSL);
        assertGets("linux-aarch64-musl/libpanda_water.so", "Linux", "aarch64", MUSL.replace("x86_64", "aarch64"));
    }

    @Test
    void muslBesideGlibcIsNoMusl() {
        assertGets("linux-x86_64/libpanda_water.so", "Linux", "amd64", GLIBC + "7f3b r--p 0 08:01 43 /opt/musl/libc.so\n");
    }

    @Test
    void withoutProc() {
        assertGets("linux-x86_64/libpanda_water.so", "Linux", "amd64", "");
    }

    @Test
    void windows() {
        assertGets("windows-x86_64/panda_water.dll", "Windows Server 2008 R2", "amd64", "");
        assertGets("windows-x86/panda_water.dll", "Windows 7", "x86", "");
    }

    @Test
    void mac() {
        assertGets("macos-aarch64/libpanda_water.dylib", "Mac OS X", "aarch64", "");
    }
}
