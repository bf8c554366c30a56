package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Which native library is used, in each kind of surroundings. */
@EnabledOnOs(OS.LINUX)
class LoaderTest {
    @TempDir
    Path folder;

    /** A file of the library outside the package. */
    private Path library;

    /** What no folder can be made in, whoever runs the tests. */
    private Path unwritable;

    @BeforeEach
    void prepare() throws IOException {
        library = folder.resolve("given.so");
        try (InputStream bundled = getClass().getResourceAsStream(BundledLibrary.resource())) {
            Files.copy(bundled, library);
        }
        unwritable = Files.createFile(folder.resolve("a-file"));
    }

    private OtherJvm jvm() {
        return new OtherJvm(folder).option("user.home", folder.resolve("home"));
    }

    private static String load(OtherJvm jvm) throws Exception {
        return jvm.run(System.getProperty("java.class.path"), LoaderProbe.class.getName());
    }

    // By Base64, since the charset of a command line is the platform's.
    private static String load(OtherJvm jvm, Path inCode) throws Exception {
        String encoded = Base64.getEncoder().encodeToString(inCode.toString().getBytes(StandardCharsets.UTF_8));
        return jvm.run(System.getProperty("java.class.path"), LoaderProbe.class.getName(), encoded);
    }

    private static List<Path> extracted(Path below) throws IOException {
        try (Stream<Path> files = Files.walk(below)) {
            return files.filter(file -> file.toString().contains("panda-water") && Files.isRegularFile(file))
                    .collect(Collectors.toList());
        }
    }

    private static void assertUses(String output, Object path) {
        assertTrue(output.contains("loaded " + PackageVersion.TEXT), output);
        assertTrue(output.contains("mapped " + path), output);
    }

    @Test
    void thePathInCodeComesFirst() throws Exception {
        assertUses(load(jvm().with("PANDA_WATER_LIBRARY", "/nowhere.so"), library), library);
    }

    @Test
    void theEnvironmentComesNext() throws Exception {
        String output = load(jvm().with("PANDA_WATER_LIBRARY", library));
        assertUses(output, library);
        assertFalse(output.contains("WARNING: panda-water"), output);
    }

    @Test
    void passingOverAGivenPathIsSaid() throws Exception {
        String output = load(jvm().with("PANDA_WATER_LIBRARY", library), folder.resolve("missing.so"));
        assertUses(output, library);
        assertTrue(output.contains("missing.so (the path given in code: no such file)"), output);
    }

    @Test
    void theCopyInThePackageGoesToTheUsersCache() throws Exception {
        Path home = folder.resolve("home");
        assertUses(load(jvm()), home.resolve(".cache"));
        List<Path> files = extracted(home);
        assertEquals(1, files.size(), files.toString());
        Path file = files.get(0);
        assertEquals(PackageVersion.TEXT, file.getParent().getFileName().toString());
        assertTrue(file.getFileName().toString().matches("libpanda_water-[0-9a-f]{64}\\.so"), file.toString());
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())));
    }

    @Test
    void aFileThatIsThereIsUsedAgain() throws Exception {
        load(jvm());
        Path file = extracted(folder.resolve("home")).get(0);
        Object before = Files.getAttribute(file, "unix:ino");
        assertUses(load(jvm()), file);
        assertEquals(before, Files.getAttribute(file, "unix:ino"));
    }

    @Test
    void aFileThatWasExchangedIsNotUsed() throws Exception {
        load(jvm());
        Path file = extracted(folder.resolve("home")).get(0);
        byte[] good = Files.readAllBytes(file);
        Files.write(file, new byte[good.length]);
        assertUses(load(jvm()), file);
        assertEquals(good.length, Files.size(file));
        Files.delete(file);
        Files.createSymbolicLink(file, library);
        assertUses(load(jvm()), file);
        assertFalse(Files.isSymbolicLink(file));
    }

    @Test
    void aFolderThatOthersCanWriteToIsNotUsed() throws Exception {
        load(jvm());
        Path version = extracted(folder.resolve("home")).get(0).getParent();
        Files.setPosixFilePermissions(version, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        assertUses(load(jvm().option("java.io.tmpdir", temporary)), temporary);
    }

    @Test
    void withoutAHome() throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        for (Object home : new Object[] {"?", "", unwritable, unwritable.resolve("below")}) {
            assertUses(load(jvm().option("user.home", home).option("java.io.tmpdir", temporary)), temporary);
        }
    }

    @Test
    void oneSettingDirectsBoth() throws Exception {
        Path chosen = folder.resolve("选定");
        OtherJvm jvm = jvm().option("user.home", unwritable).option("java.io.tmpdir", unwritable);
        String output = load(jvm.with("PANDA_WATER_DIR", chosen));
        assertUses(output, chosen.resolve("panda-water-"));
        assertTrue(output.contains("mapped " + chosen.resolve("jna")), output);
        Path other = folder.resolve("other");
        assertUses(load(jvm.option("panda.water.dir", other)), other.resolve("panda-water-"));
    }

    @Test
    void aSettingThatIsNoPathIsPassedOverAndTold() throws Exception {
        // As in a container without a locale: its charset has no Chinese letters.
        OtherJvm jvm = jvm().with("LC_ALL", "C").option("sun.jnu.encoding", "ANSI_X3.4-1968");
        Path home = folder.resolve("home");
        Path chinese = folder.resolve("熊猫水务");
        for (String variable : new String[] {"PANDA_WATER_LIBRARY", "PANDA_WATER_DIR"}) {
            String output = load(jvm.with(variable, chinese));
            assertUses(output, home.resolve(".cache"));
            assertTrue(output.contains(variable + ": not a path on this system ("), output);
            jvm.without(variable);
        }
        String output = load(jvm.option("panda.water.dir", chinese));
        assertUses(output, home.resolve(".cache"));
    }

    @Test
    void whereNothingElseLoadsTheErrorListsWhatIsNoPath() throws Exception {
        OtherJvm jvm = jvm().with("LC_ALL", "C").option("sun.jnu.encoding", "ANSI_X3.4-1968");
        Path own = Files.createDirectory(folder.resolve("own"));
        String output = load(jvm.with("PANDA_WATER_LIBRARY", folder.resolve("库.so"))
                .option("panda.water.dir", unwritable)
                .option("jna.tmpdir", own));
        assertTrue(output.contains("failed no usable native library"), output);
        assertTrue(output.contains(" | PANDA_WATER_LIBRARY: not a path on this system ("), output);
        assertTrue(output.contains("put into " + unwritable), output);
    }

    @Test
    void jnasOwnSettingStays() throws Exception {
        Path chosen = folder.resolve("chosen");
        Path own = Files.createDirectory(folder.resolve("own"));
        String output = load(jvm().option("panda.water.dir", chosen).option("jna.tmpdir", own));
        assertUses(output, chosen.resolve("panda-water-"));
        assertTrue(output.contains("mapped " + own.resolve("jna")), output);
    }

    @Test
    void noFolderAtAll() throws Exception {
        String output = load(jvm().option("user.home", unwritable).option("java.io.tmpdir", unwritable));
        assertTrue(output.contains("failed JNA, which calls the native library, cannot be started"), output);
        assertTrue(output.contains("panda.water.dir"), output);
    }

    @Test
    void readOnlyFolderThatWasSet() throws Exception {
        Path own = Files.createDirectory(folder.resolve("own"));
        String output = load(jvm().option("panda.water.dir", unwritable).option("jna.tmpdir", own));
        assertTrue(output.contains("failed no usable native library"), output);
        assertTrue(output.contains("tried " + unwritable), output);
        assertTrue(output.contains("tried libpanda_water.so.1 | the system's search path: "), output);
        assertTrue(output.contains("set the environment variable PANDA_WATER_LIBRARY"), output);
        assertTrue(output.contains("panda.water.dir"), output);
    }

    @Test
    void theErrorListsEveryPath() throws Exception {
        Path own = Files.createDirectory(folder.resolve("own"));
        Path noLibrary = Files.write(folder.resolve("text.so"), "no library".getBytes(StandardCharsets.US_ASCII));
        OtherJvm jvm = jvm().option("panda.water.dir", unwritable).option("jna.tmpdir", own);
        String output = load(jvm.with("PANDA_WATER_LIBRARY", noLibrary), folder.resolve("missing.so"));
        List<String> tried = Stream.of(output.split("\n"))
                .filter(line -> line.startsWith("tried "))
                .collect(Collectors.toList());
        assertEquals(5, tried.size(), output);
        assertTrue(tried.get(0).startsWith("tried " + folder.resolve("missing.so") + " | the path given in code: "));
        assertTrue(tried.get(1).startsWith("tried " + noLibrary + " | PANDA_WATER_LIBRARY: "), output);
        assertTrue(tried.get(2).contains("the copy in the package, put into " + unwritable), output);
        assertTrue(tried.get(3).startsWith("tried libpanda_water.so.1 | "), output);
        assertTrue(tried.get(4).startsWith("tried libpanda_water.so | "), output);
    }

    @Test
    void theSystemsSearchPathComesLast() throws Exception {
        Path system = Files.createDirectory(folder.resolve("system"));
        Files.copy(library, system.resolve("libpanda_water.so.1"));
        Path own = Files.createDirectory(folder.resolve("own"));
        OtherJvm jvm = jvm().option("panda.water.dir", unwritable).option("jna.tmpdir", own);
        assertUses(load(jvm.with("LD_LIBRARY_PATH", system)), system);
    }

    @Test
    void aLibraryWithoutTheFunctions() throws Exception {
        Path libjvm = Paths.get(System.getProperty("java.home"), "lib", "server", "libjvm.so");
        String output = load(jvm(), libjvm);
        assertUses(output, folder.resolve("home"));
        assertTrue(output.contains("panda_abi_version"), output);
    }

    @Test
    void chinesePaths() throws Exception {
        Path chinese = Files.createDirectory(folder.resolve("熊猫水务"));
        Path file = Files.copy(library, chinese.resolve("库.so"));
        assertUses(load(jvm(), file), file);
    }

    @Test
    void severalLibrariesAtOnce() {
        PandaWater.version();
        try (PandaClient client = PandaClient.builder().baseUrl("http://h").library(library).build()) {
            // The one that was loaded first has no client.
            assertEquals(0, PandaWater.processStats().clients());
            assertEquals(library, Paths.get(LibraryLoader.load(library).path));
        }
    }
}
