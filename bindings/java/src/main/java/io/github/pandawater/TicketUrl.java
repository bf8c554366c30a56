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
    private final String localTarget;

    /**
     * Makes one, as tests of applications do.
     *
     * @param ticket the ticket, decoded
     * @param urlWithoutTicket the URL without it
     * @param localTarget the place on your own site
     */
    public TicketUrl(String ticket, String urlWithoutTicket, String localTarget) {
        this.ticket = ticket;
        this.urlWithoutTicket = urlWithoutTicket;
        this.localTarget = localTarget;
    }

    static TicketUrl read(JsonParser parser) throws IOException {
        Map<String, Object> data = Json.object(parser);
        return new TicketUrl(
                (String) data.get("ticket"), (String) data.get("urlWithoutTicket"), (String) data.get("localTarget"));
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
     * Gives the URL without the ticket and otherwise unchanged. It may lead to another site.
     *
     * @return the URL
     */
    public String urlWithoutTicket() {
        return urlWithoutTicket;
    }

    /**
     * Gives the URL's path, query and fragment as a place on your own site, to redirect the browser to once the user is
     * signed in: {@code /} where a browser would go to another site.
     *
     * @return a path with one slash at its beginning, perhaps with a query and a fragment
     */
    public String localTarget() {
        return localTarget;
    }

    @Override
    public String toString() {
        return "TicketUrl{urlWithoutTicket=" + urlWithoutTicket + "}";
    }
}
