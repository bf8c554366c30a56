package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** Tests against a simulated platform. After each, nothing may be left in the library. */
abstract class PlatformTest {
    static Simulator simulator;

    PandaClient client;

    @BeforeAll
    static void startPlatform() {
        simulator = new Simulator();
    }

    @AfterAll
    static void stopPlatform() {
        simulator.close();
    }

    @BeforeEach
    void openClient() {
        client = simulator.client().build();
    }

    @AfterEach
    void nothingIsLeft() {
        client.close();
        simulator.reset();
        assertEquals("ProcessStats{clients=0, cursors=0, strings=0}", PandaWater.processStats().toString());
    }
}
