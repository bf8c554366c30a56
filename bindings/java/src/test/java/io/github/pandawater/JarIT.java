package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import example.application.Probe;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The jar as applications use it: beside other versions of what it needs, on each Java, and as a module. */
class JarIT extends PlatformTest {
    private static final String JAR = System.getProperty("panda.test.jar");
    private static final String JACKSON = System.getProperty("panda.test.jackson");
    private static final String JNA = System.getProperty("panda.test.jna");

    @TempDir
    Path folder;

    private static String other(String name) {
        return Paths.get(System.getProperty("panda.test.otherJars"), name + ".jar").toString();
    }

    /** The homes that PANDA_TEST_JDKS lists, and the one that runs this. */
    static List<Path> jdks() {
        List<Path> jdks = new ArrayList<>(Collections.singletonList(Paths.get(System.getProperty("java.home"))));
        String further = System.getenv().getOrDefault("PANDA_TEST_JDKS", "");
        Stream.of(further.split(File.pathSeparator)).filter(home -> !home.isEmpty()).map(Paths::get).forEach(jdks::add);
        return jdks;
    }

    private static int feature(Path jdk) throws IOException {
        String release = new String(Files.readAllBytes(jdk.resolve("release")), StandardCharsets.UTF_8);
        return Integer.parseInt(release.replaceAll("(?s).*JAVA_VERSION=\"(?:1\\.)?(\\d+).*", "$1"));
    }

    private OtherJvm jvm(Path home) {
        return new OtherJvm(folder, home)
                .option("user.home", folder)
                .with("PANDA_WATER_BASE_URL", simulator.baseUrl)
                .with("PANDA_WATER_USERNAME", simulator.username)
                .with("PANDA_WATER_PASSWORD", simulator.password)
                .with("PANDA_WATER_HEADERS", "{\"X-From\":\"oa\"}");
    }

    private OtherJvm jvm() {
        return jvm(jdks().get(0));
    }

    /** Runs the application with the jar and others on the class path, which come first. */
    private String run(OtherJvm jvm, String... others) throws Exception {
        Path application = folder.resolve("application");
        copy(Probe.class, application);
        List<String> classPath = new ArrayList<>(Arrays.asList(others));
        classPath.add(JAR);
        classPath.add(application.toString());
        return jvm.run(String.join(File.pathSeparator, classPath), Probe.class.getName(), simulator.ticket(1));
    }

    private static void copy(Class<?> type, Path folder) throws IOException {
        String name = type.getName().replace('.', '/') + ".class";
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        try (java.io.InputStream content = type.getResourceAsStream("/" + name)) {
            Files.write(file, Simulator.readAll(content));
        }
    }

    private static void assertWorks(String output) {
        assertTrue(output.contains("found 3661 users, 1 signs in, 1 linked, token true, logs true"), output);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2.9.10", "2.13.5", "newest"})
    void besideAnyJackson(String version) throws Exception {
        String jackson = "jackson-core-" + (version.equals("newest") ? JACKSON : version);
        assertWorks(run(jvm(), other(jackson), other("jna-" + JNA)));
    }

    @ParameterizedTest
    @CsvSource({"5.6.0,2.9.10", "5.6.0,", "newest,"})
    void withAnyJna(String jna, String jackson) throws Exception {
        String jar = other("jna-" + (jna.equals("newest") ? JNA : jna));
        assertWorks(jackson == null ? run(jvm(), jar) : run(jvm(), jar, other("jackson-core-" + jackson)));
    }

    @ParameterizedTest
    @MethodSource("jdks")
    void onEachJava(Path home) throws Exception {
        String output = run(jvm(home), other("jna-" + JNA));
        assertWorks(output);
        assertTrue(output.contains("Java " + feature(home)), output);
    }

    @Test
    void itsOwnLinesGoToSlf4jWhereThatIs() throws Exception {
        OtherJvm jvm = jvm().with("PANDA_WATER_LIBRARY", "/nowhere.so");
        String without = run(jvm, other("jna-" + JNA));
        assertWorks(without);
        assertTrue(without.contains("WARNING: panda-water uses "), without);
        String with = run(jvm, other("jna-" + JNA), other("slf4j-api-2.0.17"));
        assertWorks(with);
        assertTrue(with.contains("No SLF4J providers were found"), with);
        assertFalse(with.contains("WARNING: panda-water uses "), with);
    }

    @Test
    void holdsNothingUnderOthersNames() throws Exception {
        try (JarFile jar = new JarFile(JAR)) {
            List<String> foreign = jar.stream()
                    .map(entry -> entry.getName())
                    .filter(name -> !name.endsWith("/"))
                    .filter(name -> !name.startsWith("io/github/pandawater/") && !name.startsWith("META-INF/"))
                    .collect(Collectors.toList());
            assertEquals(Collections.emptyList(), foreign);
            assertEquals(null, jar.getEntry("META-INF/services/com.fasterxml.jackson.core.JsonFactory"));
            assertFalse(jar.getEntry("META-INF/NOTICE") == null);
        }
    }

    @ParameterizedTest
    @MethodSource("jdks")
    void refusedNativeAccessIsTold(Path home) throws Exception {
        assumeTrue(feature(home) >= 24);
        OtherJvm jvm = jvm(home).argument("--illegal-native-access=deny");
        String output = run(jvm, other("jna-" + JNA));
        assertTrue(output.contains("failed JNA, which calls the native library, cannot be started"), output);
        assertTrue(output.contains("--enable-native-access=ALL-UNNAMED"), output);
        assertFalse(output.contains("panda.water.dir"), output);
        assertWorks(run(jvm.argument("--enable-native-access=ALL-UNNAMED"), other("jna-" + JNA)));
    }

    private Path tool(String name) {
        return jdks().get(0).resolve("bin").resolve(name);
    }

    private static String execute(Object... command) throws Exception {
        Process process = new ProcessBuilder(
                        Stream.of(command).map(Object::toString).collect(Collectors.toList()))
                .redirectErrorStream(true)
                .start();
        String output = new String(Simulator.readAll(process.getInputStream()), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    /** The application as a module. */
    private Path module(String modulePath) throws Exception {
        Path source = Files.createDirectories(folder.resolve("source"));
        Files.write(
                source.resolve("module-info.java"),
                "module example.application { requires io.github.pandawater; }".getBytes(StandardCharsets.UTF_8));
        Path module = folder.resolve("module");
        Path probe = Paths.get("src/test/java/example/application/Probe.java").toAbsolutePath();
        Path moduleInfo = source.resolve("module-info.java");
        execute(tool("javac"), "-d", module, "-encoding", "UTF-8", "-p", modulePath, moduleInfo, probe);
        return module;
    }

    @ParameterizedTest
    @ValueSource(strings = {"jna", "jna-jpms"})
    void asAModule(String jna) throws Exception {
        String modulePath = JAR + File.pathSeparator + other(jna + "-" + JNA);
        Path module = module(modulePath);
        OtherJvm jvm = jvm().argument("--module-path").argument(module + File.pathSeparator + modulePath);
        assertWorks(jvm.runModule("example.application/" + Probe.class.getName(), simulator.ticket(1)));
    }

    @Test
    void inARuntimeImage() throws Exception {
        String modulePath = JAR + File.pathSeparator + other("jna-jpms-" + JNA);
        modulePath = module(modulePath) + File.pathSeparator + modulePath;
        Path image = folder.resolve("image");
        execute(tool("jlink"), "-p", modulePath, "--add-modules", "example.application", "--output", image);
        assertWorks(jvm(image).runModule("example.application/" + Probe.class.getName(), simulator.ticket(1)));
    }

    @Test
    void namesItsModule() throws Exception {
        String modulePath = JAR + File.pathSeparator + other("jna-" + JNA);
        String described = execute(tool("java"), "-p", modulePath, "--describe-module", "io.github.pandawater");
        assertTrue(described.startsWith("io.github.pandawater@" + PackageVersion.TEXT), described);
        assertTrue(described.contains("exports io.github.pandawater\n"), described);
        assertFalse(described.split("\n")[0].contains("automatic"), described);
    }
}
