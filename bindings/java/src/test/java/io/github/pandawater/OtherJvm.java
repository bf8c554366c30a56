package io.github.pandawater;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A further virtual machine with this package, and surroundings of the test's choice. */
final class OtherJvm {
    private final Path folder;
    private final Path home;
    private final List<String> options = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();

    /** Makes one with a working folder. */
    OtherJvm(Path folder) {
        this(folder, Paths.get(System.getProperty("java.home")));
    }

    /** Makes one of another Java, which is installed there. */
    OtherJvm(Path folder, Path home) {
        this.folder = folder;
        this.home = home;
        options.add("-Dfile.encoding=" + System.getProperty("file.encoding"));
        without("PANDA_WATER_LIBRARY").without("PANDA_WATER_DIR").without("XDG_CACHE_HOME");
    }

    OtherJvm option(String name, Object value) {
        options.add("-D" + name + "=" + value);
        return this;
    }

    OtherJvm argument(String argument) {
        options.add(argument);
        return this;
    }

    OtherJvm with(String variable, Object value) {
        environment.put(variable, value.toString());
        return this;
    }

    OtherJvm without(String variable) {
        environment.put(variable, null);
        return this;
    }

    /** Runs a class, and gives what it prints, its standard error included. */
    String run(String classPath, String mainClass, String... arguments) throws IOException, InterruptedException {
        return run(Arrays.asList("-cp", classPath, mainClass), arguments);
    }

    /** Runs a module's class, such as {@code module/package.Class}. */
    String runModule(String mainClass, String... arguments) throws IOException, InterruptedException {
        return run(Arrays.asList("-m", mainClass), arguments);
    }

    private String run(List<String> main, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(home.resolve("bin").resolve("java").toString());
        command.addAll(options);
        command.addAll(main);
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true);
        environment.forEach((variable, value) -> {
            if (value == null) {
                builder.environment().remove(variable);
            } else {
                builder.environment().put(variable, value);
            }
        });
        Process process = builder.start();
        String output = new String(Simulator.readAll(process.getInputStream()), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
