package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where browsers are sent after a sign-in: this site, whatever the link says. */
class LocalTargetTest {
    /** The site that a browser takes a Location for: it drops tabs and line ends, and reads a backslash as a slash. */
    private static boolean staysHere(String location) {
        String read = location.replaceAll("[\t\r\n]", "").replace('\\', '/').replaceAll("^[\\x00-\\x20]+", "");
        return read.startsWith("/") && !read.startsWith("//");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "//evil.example/..//doc?ticket=T",
        "//evil.example/%2e%2e//doc?ticket=T",
        "///evil.example/doc?ticket=T",
        "/\\evil.example/doc?ticket=T",
        "\\\\evil.example/doc?ticket=T",
        "\\/evil.example/doc?ticket=T",
        "/%2f/evil.example/doc?ticket=T",
        "/%2f%2fevil.example/doc?ticket=T",
        "/%5cevil.example/doc?ticket=T",
        "/\t/evil.example/doc?ticket=T",
        "/\n/evil.example/doc?ticket=T",
        "\t//evil.example/doc?ticket=T",
        " //evil.example/doc?ticket=T",
        "/.//evil.example/doc?ticket=T",
        "/a/..//evil.example/doc?ticket=T",
        "http:evil.example/doc?ticket=T",
        "http:/evil.example/doc?ticket=T",
        "http:////evil.example/doc?ticket=T",
        "http://oa.example//evil.example/doc?ticket=T",
        "http://oa.example/\\evil.example/doc?ticket=T",
        "http://oa.example@evil.example//evil.example?ticket=T",
        "http://user:secret@oa.example//evil.example?ticket=T",
        "javascript:alert(1)//?ticket=T",
        "data:text/html,x?ticket=T",
        "//evil.example?ticket=T",
        "?ticket=T#//evil.example",
    })
    void neverAnotherSite(String url) {
        TicketUrl parts;
        try {
            parts = PandaWater.ticketFromUrl(url);
        } catch (PandaTicketException e) {
            // Nobody is sent anywhere.
            return;
        }
        assertEquals("T", parts.ticket());
        assertTrue(staysHere(parts.localTarget()), parts.localTarget());
        assertFalse(parts.localTarget().matches("(?s).*[\\\\\\x00-\\x1f].*"), parts.localTarget());
    }

    @Test
    void thePlaceOnThisSite() {
        assertEquals("/oa?a=1#top", PandaWater.ticketFromUrl("http://h/oa?a=1&ticket=T#top").localTarget());
    }

    /** The samples of the documentation and the READMEs. */
    private static List<String> samples() throws IOException {
        try (Stream<Path> files = Stream.concat(
                Files.walk(Paths.get("src/main/java")),
                Stream.concat(Files.walk(Paths.get("examples")), Stream.of(Paths.get("README.md"), Paths.get("README.zh-CN.md"))))) {
            return files.filter(Files::isRegularFile)
                    .map(LocalTargetTest::read)
                    .collect(Collectors.toList());
        }
    }

    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void noSampleRedirectsElsewhere() throws IOException {
        Pattern redirect = Pattern.compile("(?:sendRedirect\\(|setHeader\\(\"Location\", )(.*)\\);");
        int found = 0;
        for (String text : samples()) {
            Matcher matcher = redirect.matcher(text);
            for (; matcher.find(); found++) {
                assertTrue(matcher.group(1).contains("localTarget()"), matcher.group());
            }
        }
        assertEquals(4, found);
    }

    @Test
    void everySampleClosesItsListings() throws IOException {
        for (String text : samples()) {
            Matcher loop = Pattern.compile("for \\(User \\w+ : \\w+\\.users\\(.*").matcher(text);
            assertFalse(loop.find(), () -> loop.group());
        }
    }
}
