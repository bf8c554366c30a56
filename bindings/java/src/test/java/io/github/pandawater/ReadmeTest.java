package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The README's ten lines, in an empty project. */
class ReadmeTest extends PlatformTest {
    @TempDir
    Path project;

    private static String read(String file) throws IOException {
        return new String(Files.readAllBytes(Paths.get(file)), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "README.zh-CN.md"})
    void showsTheExample(String readme) throws IOException {
        Matcher block = Pattern.compile("(?s)```java\n(.*?)```").matcher(read(readme));
        assertTrue(block.find());
        assertEquals(read("examples/TenLines.java"), block.group(1));
    }

    private String run(String ticket) throws Exception {
        String source = read("examples/TenLines.java")
                .replace("http://10.0.0.8:8080/water", simulator.baseUrl)
                .replace("3F2C", ticket);
        Path file = Files.write(project.resolve("TenLines.java"), source.getBytes(StandardCharsets.UTF_8));
        String classPath = System.getProperty("java.class.path");
        String[] options = {"-cp", classPath, "-d", project.toString(), "-encoding", "UTF-8", file.toString()};
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, options));
        // Where the console's charset is not UTF-8, names would come out in that.
        return new OtherJvm(project)
                .option("stdout.encoding", "UTF-8")
                .option("sun.stdout.encoding", "UTF-8")
                .run(project + File.pathSeparator + classPath, "TenLines");
    }

    @Test
    void aSignIn() throws Exception {
        String ticket = simulator.ticket(1);
        String name = client.getUserByTicket(ticket).userName();
        String output = run(ticket);
        assertTrue(output.contains("3661 "), output);
        assertTrue(output.contains("1 " + name + " "), output);
        assertTrue(output.endsWith(name + " is signing in" + System.lineSeparator()), output);
    }

    @Test
    void anOldLink() throws Exception {
        assertTrue(run("long-gone").endsWith("This sign-in link is no longer valid." + System.lineSeparator()));
    }
}
