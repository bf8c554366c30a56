package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonFactory;
import com.sun.jna.Native;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several applications with this package in one virtual machine, as in a servlet container. */
class RedeployTest extends PlatformTest {
    private static final String BY_THIS_JNA = "3661 users by JNA " + Native.VERSION;
    private static final String BY_OTHER_JNA = "3661 users by JNA 5.6.0";

    private static final ClassLoader JDK = ClassLoader.getSystemClassLoader().getParent();
    private static final URL THIS_JNA = jarOf(Native.class);

    private static URL jarOf(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }

    private static URL otherJna() throws Exception {
        return Paths.get(System.getProperty("panda.test.otherJna")).toUri().toURL();
    }

    /** An application with a class loader of its own. */
    private static final class Deployment implements AutoCloseable {
        private final URLClassLoader loader;
        private final Object application;

        /** Deploys one with its own JNA, or with the container's where that is null. */
        Deployment(ClassLoader container, URL jna, boolean logs) throws Exception {
            List<URL> jars = new ArrayList<>();
            jars.add(jarOf(PandaClient.class));
            jars.add(jarOf(DeployedApplication.class));
            jars.add(jarOf(JsonFactory.class));
            if (jna != null) {
                jars.add(jna);
            }
            loader = new URLClassLoader(jars.toArray(new URL[0]), container);
            application = loader.loadClass(DeployedApplication.class.getName())
                    .getConstructor(String.class, String.class, String.class, boolean.class)
                    .newInstance(simulator.baseUrl, simulator.username, simulator.password, logs);
        }

        Object use() throws Exception {
            return ((Callable<?>) application).call();
        }

        @Override
        public void close() throws Exception {
            ((AutoCloseable) application).close();
            loader.close();
        }
    }

    @Test
    void redeployed() throws Exception {
        try (Deployment first = new Deployment(JDK, THIS_JNA, true)) {
            assertEquals(BY_THIS_JNA, first.use());
            try (Deployment second = new Deployment(JDK, THIS_JNA, true)) {
                assertEquals(BY_THIS_JNA, second.use());
                first.close();
                assertEquals(BY_THIS_JNA, second.use());
            }
        }
        assertEquals(3661, client.usersStream().count());
    }

    @Test
    void applicationsWithDifferentVersionsOfJna() throws Exception {
        try (Deployment old = new Deployment(JDK, otherJna(), true);
                Deployment current = new Deployment(JDK, THIS_JNA, true)) {
            assertEquals(BY_OTHER_JNA, old.use());
            assertEquals(BY_THIS_JNA, current.use());
            old.close();
            assertEquals(BY_THIS_JNA, current.use());
        }
    }

    @Test
    void theContainersJna() throws Exception {
        try (URLClassLoader container = new URLClassLoader(new URL[] {otherJna()}, JDK)) {
            for (int deployment = 0; deployment < 3; deployment++) {
                try (Deployment application = new Deployment(container, null, true)) {
                    assertEquals(BY_OTHER_JNA, application.use());
                }
            }
        }
    }

    @Test
    void jnasLibraryInAFixedPlaceForAll(@TempDir Path folder) throws Exception {
        // A container may name one for its own JNA; the virtual machine lets one class loader have it.
        String library = System.mapLibraryName("jnidispatch");
        String resource = "/com/sun/jna/" + com.sun.jna.Platform.RESOURCE_PREFIX + "/" + library;
        try (InputStream content = Native.class.getResourceAsStream(resource)) {
            Files.copy(content, folder.resolve(library));
        }
        System.setProperty("jna.boot.library.path", folder.toString());
        try {
            redeployed();
        } finally {
            System.clearProperty("jna.boot.library.path");
        }
    }

    @Test
    void handlesAreTheProcesssOwn() throws Exception {
        try (Deployment application = new Deployment(JDK, THIS_JNA, false)) {
            assertEquals(BY_THIS_JNA, application.use());
            assertEquals(2, PandaWater.processStats().clients());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCallUnderWayEndsWithItsApplication(boolean containersJna) throws Exception {
        simulator.fail("GetUsers", "{\"latency\":{\"ms\":60000}}");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (URLClassLoader container = new URLClassLoader(new URL[] {THIS_JNA}, JDK)) {
            Future<Object> call;
            try (Deployment application =
                    containersJna ? new Deployment(container, null, false) : new Deployment(JDK, THIS_JNA, false)) {
                call = thread.submit(application::use);
                while (simulator.requests("getUsers") == 0) {
                    Thread.sleep(5);
                }
            }
            ExecutionException failure =
                    assertThrows(ExecutionException.class, () -> call.get(10, TimeUnit.SECONDS));
            String name = failure.getCause().getClass().getName();
            assertEquals(PandaCancelledException.class.getName(), name, failure.toString());
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void undeployedApplicationsAreLetGo() throws Exception {
        try (URLClassLoader container = new URLClassLoader(new URL[] {THIS_JNA}, JDK)) {
            WeakReference<ClassLoader> withTheContainersJna = deployOnce(container, null);
            WeakReference<ClassLoader> withItsOwn = deployOnce(JDK, THIS_JNA);
            // Which takes a while: JNA's thread ends 30 seconds after nothing is left to it.
            for (int i = 0; i < 600 && (withTheContainersJna.get() != null || withItsOwn.get() != null); i++) {
                System.gc();
                Thread.sleep(100);
            }
            assertNull(withTheContainersJna.get());
            assertNull(withItsOwn.get());
        }
    }

    // A method of its own, so that no variable holds on to the application.
    private static WeakReference<ClassLoader> deployOnce(ClassLoader container, URL jna) throws Exception {
        // With a call that waits, so that the library asks whether to end it.
        simulator.fail("GetUsers", "{\"latency\":{\"ms\":200}}", 1);
        // Without a log: JNA never lets go of that one's class.
        try (Deployment application = new Deployment(container, jna, false)) {
            assertEquals(BY_THIS_JNA, application.use());
            return new WeakReference<>(application.loader);
        }
    }
}
