package io.github.pandawater;

import com.fasterxml.jackson.core.JsonParser;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.util.Map;

/**
 * A sign-in URL, taken apart. Cannot be changed; {@code toString} leaves the ticket out.
 *
 * <p>Access document 2024, section 三 steps 3 and 4; 2022, steps 3 to 5.
 */
public final class TicketUrl {
    private final String ticket;
    private final String urlWithoutTicket;

    private TicketUrl(String ticket, String urlWithoutTicket) {
        this.ticket = ticket;
        this.urlWithoutTicket = urlWithoutTicket;
    }

    static TicketUrl read(JsonParser parser) throws IOException {
        Map<String, Object> data = Json.object(parser);
        return new TicketUrl((String) data.get("ticket"), (String) data.get("urlWithoutTicket"));
    }

    /** Takes the ticket from a URL; a null parameter name means {@code ticket}. */
    static TicketUrl of(NativeFunctions library, String url, String param) {
        byte[] name = param == null ? null : Utf8.argument("param", param);
        Pointer reply = library.panda_ticket_from_url(Utf8.argument("url", url), name);
        return Reply.take(library, reply, TicketUrl::read);
    }

    /**
     * Gives the ticket, decoded. It is a secret.
     *
     * @return the ticket
     */
    public String ticket() {
        return ticket;
    }

    /**
     * Gives the URL without the ticket and otherwise unchanged, to redirect the browser to.
     *
     * @return the URL
     */
    public String urlWithoutTicket() {
        return urlWithoutTicket;
    }

    @Override
    public String toString() {
        return "TicketUrl{urlWithoutTicket=" + urlWithoutTicket + "}";
    }
}
