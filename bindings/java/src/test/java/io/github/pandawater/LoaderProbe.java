package io.github.pandawater;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Base64;

/** Run by {@link LoaderTest} in a virtual machine of its own: loads the library, and tells which or why not. */
final class LoaderProbe {
    private LoaderProbe() {}

    public static void main(String[] arguments) throws IOException {
        PrintStream output = new PrintStream(System.out, true, "UTF-8");
        try {
            PandaClientBuilder builder = PandaClient.builder().baseUrl("http://127.0.0.1:9");
            if (arguments.length > 0) {
                byte[] path = Base64.getDecoder().decode(arguments[0]);
                builder.library(Paths.get(new String(path, StandardCharsets.UTF_8)));
            }
            builder.build().close();
            output.println("loaded " + PandaWater.version());
            Files.lines(Paths.get("/proc/self/maps"))
                    .filter(line -> line.contains(".so") || line.contains("jna"))
                    .map(line -> "mapped " + line.substring(line.indexOf('/')))
                    .distinct()
                    .forEach(output::println);
        } catch (PandaLibraryException e) {
            output.println("failed " + e.getMessage());
            e.tried().forEach((path, reason) -> output.println("tried " + path + " | " + reason));
        }
    }
}
