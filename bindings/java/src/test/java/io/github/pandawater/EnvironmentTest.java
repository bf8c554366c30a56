package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Configuration by the environment. */
class EnvironmentTest extends PlatformTest {
    private static Map<String, String> variables() {
        Map<String, String> variables = new HashMap<>();
        variables.put("PANDA_WATER_BASE_URL", simulator.baseUrl);
        variables.put("PANDA_WATER_USERNAME", simulator.username);
        variables.put("PANDA_WATER_PASSWORD", simulator.password);
        return variables;
    }

    private static PandaClientBuilder from(Map<String, String> variables) {
        return PandaClient.builder().fromEnv("PANDA_WATER_", variables);
    }

    @Test
    void aWholeConfiguration() {
        Map<String, String> variables = variables();
        variables.put("PANDA_WATER_TIMEOUT_MS", "5000");
        variables.put("PANDA_WATER_TICKET_PARAM", "user");
        variables.put("PANDA_WATER_HEADERS", "{\"X-From\":\"oa\"}");
        variables.put("PANDA_WATER_PROXY", "");
        variables.put("PANDA_WATER_LIBRARY", "of the loader");
        variables.put("PANDA_WATER_DIR", "of the loader");
        variables.put("PATH", "something else");
        try (PandaClient configured = from(variables).build()) {
            assertEquals(1, configured.userFromUrl("?user=" + simulator.ticket(1)).id());
        }
    }

    @Test
    void namesThatTheLibraryUses() {
        assertEquals("host", Setting.HOST.key);
        assertEquals("loginCooldownMs", Setting.LOGIN_COOLDOWN_MS.key);
    }

    @Test
    void laterSettingsReplaceIt() {
        PandaClientBuilder builder = from(variables()).retries(101);
        assertThrows(PandaConfigException.class, builder::build);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PANDA_WATER_", "PANDA_WATER_SIMULATOR_"})
    void serviceLinksOfKubernetesArePassedOver(String service) {
        Map<String, String> variables = variables();
        variables.put(service + "SERVICE_HOST", "10.0.0.11");
        variables.put(service + "SERVICE_PORT", "80");
        variables.put(service + "SERVICE_PORT_HTTP", "80");
        variables.put(service + "PORT", "tcp://10.0.0.11:80");
        variables.put(service + "PORT_80_TCP", "tcp://10.0.0.11:80");
        variables.put(service + "PORT_80_TCP_PROTO", "tcp");
        variables.put(service + "PORT_80_TCP_PORT", "80");
        variables.put(service + "PORT_80_TCP_ADDR", "10.0.0.11");
        variables.put(service + "PORT_53_UDP", "udp://10.0.0.11:53");
        try (PandaClient configured = from(variables).build()) {
            assertEquals(25, configured.getUsers().users().size());
        }
    }

    @ParameterizedTest
    @CsvSource({"SERVICE_HOSTS,h", "PORTS,tcp://h:1", "PORT_80,80", "PORT,tcp:80", "HTTP_PORT,80"})
    void whatLooksLikeAServiceLinkIsTold(String name, String text) {
        Map<String, String> variables = variables();
        variables.put("PANDA_WATER_" + name, text);
        PandaConfigException error = assertThrows(PandaConfigException.class, () -> from(variables));
        assertTrue(error.getMessage().contains("PANDA_WATER_" + name), error.getMessage());
    }

    @Test
    void misspelt() {
        Map<String, String> variables = variables();
        variables.put("PANDA_WATER_TIMEOUT", "5000");
        PandaConfigException error = assertThrows(PandaConfigException.class, () -> from(variables));
        assertTrue(error.getMessage().contains("PANDA_WATER_TIMEOUT;"), error.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"hush", "{\"a\":1}", "[\"hush\"]", "{\"hush\":\"x\"} hush", "{\"a\":\"hush"})
    void headersThatCannotBeRead(String headers) {
        Map<String, String> variables = Collections.singletonMap("PANDA_WATER_HEADERS", headers);
        PandaConfigException error = assertThrows(PandaConfigException.class, () -> from(variables));
        assertTrue(error.getMessage().contains("PANDA_WATER_HEADERS"));
        assertFalse(error.getMessage().contains("hush"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ten", "1.5", "99999999999999999999"})
    void numbersThatCannotBeRead(String number) {
        Map<String, String> variables = Collections.singletonMap("PANDA_WATER_RETRIES", number);
        PandaConfigException error = assertThrows(PandaConfigException.class, () -> from(variables));
        assertTrue(error.getMessage().contains("PANDA_WATER_RETRIES"));
    }

    @Test
    void theEnvironmentOfThisProcess() {
        // Which has no address of a platform.
        PandaConfigException error = assertThrows(PandaConfigException.class, PandaClient::fromEnv);
        assertTrue(error.getMessage().contains("baseUrl"), error.getMessage());
    }
}
