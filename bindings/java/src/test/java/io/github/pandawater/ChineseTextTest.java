package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.Charset;
import org.junit.jupiter.api.Test;

/** Text in both directions, also where the platform's charset is GBK (the build runs this once more so). */
class ChineseTextTest extends PlatformTest {
    private static final String NAME = "陈涛·𠮷😀é";

    @Test
    void charsetOfThisRun() {
        String asked = System.getProperty("file.encoding");
        assertEquals(Charset.forName(asked), Charset.defaultCharset());
    }

    @Test
    void names() {
        try (Simulator platform = new Simulator("--users", "0");
                PandaClient own = platform.client().build()) {
            platform.control("POST", "/users", "{\"userName\":\"" + NAME + "\"}");
            assertEquals(NAME, own.users().iterator().next().userName());
            assertEquals(NAME, own.getUsers(PageQuery.defaults().keyword("陈涛·𠮷")).users().get(0).userName());
            assertTrue(own.getUsers(PageQuery.defaults().keyword("李")).users().isEmpty());
        }
    }

    @Test
    void answersInGbk() {
        simulator.behave("{\"encoding\":\"gbk\"}");
        String name = client.getUserByTicket(simulator.ticket(1)).userName();
        simulator.behave("{\"encoding\":\"utf8\"}");
        assertEquals(name, client.getUserByTicket(simulator.ticket(1)).userName());
        assertTrue(name.codePoints().allMatch(Character::isIdeographic), name);
    }

    @Test
    void tickets() {
        assertEquals(NAME, PandaWater.ticketFromUrl("/oa?票=" + NAME, "票").ticket());
        simulator.control("POST", "/tickets", "{\"userId\":5,\"ticket\":\"票据" + NAME + "\"}");
        assertEquals(5, client.getUserByTicket("票据" + NAME).id());
    }

    @Test
    void messages() {
        String answer = "{\"answer\":{\"status\":200,\"body\":\"{\\\"code\\\":7,\\\"msg\\\":\\\"" + NAME + "\\\"}\"}}";
        simulator.fail("GetUsers", answer);
        PandaException error = assertThrows(PandaException.class, client::getUsers);
        assertTrue(error.getMessage().contains(NAME), error.getMessage());
    }

    @Test
    void configuration() {
        try (PandaClient strange = simulator.client().username("小米").password("密码").build()) {
            assertThrows(PandaAuthException.class, strange::getToken);
        }
    }
}
