package example.javaxservlet;

import io.github.pandawater.PandaClient;
import io.github.pandawater.PandaException;
import io.github.pandawater.PandaTicketException;
import io.github.pandawater.TicketUrl;
import java.io.IOException;
import java.util.function.LongFunction;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.servlet.Filter;
import javax.servlet.FilterChain;
import javax.servlet.FilterConfig;
import javax.servlet.ServletException;
import javax.servlet.ServletRequest;
import javax.servlet.ServletResponse;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import javax.servlet.http.HttpSession;

/**
 * Signs in who comes from the platform with a ticket. Registered for the route that the platform opens:
 *
 * <pre>{@code
 * context.addFilter("panda sign-in", new SignInFilter(client, "ticket", ownUsers::linkedWith))
 *         .addMappingForUrlPatterns(null, false, "/oa");
 * }</pre>
 */
public final class SignInFilter implements Filter {
    private static final Logger LOGGER = Logger.getLogger(SignInFilter.class.getName());

    private final PandaClient client;
    private final String ticketParam;
    private final LongFunction<String> ownUsers;

    /** Takes a client, which its owner closes; the ticket's parameter; and who of us a platform user is, or null. */
    public SignInFilter(PandaClient client, String ticketParam, LongFunction<String> ownUsers) {
        this.client = client;
        this.ticketParam = ticketParam;
        this.ownUsers = ownUsers;
    }

    @Override
    public void doFilter(ServletRequest anyRequest, ServletResponse anyResponse, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest request = (HttpServletRequest) anyRequest;
        HttpServletResponse response = (HttpServletResponse) anyResponse;
        if (!request.getMethod().equals("GET") || request.getParameter(ticketParam) == null) {
            chain.doFilter(request, response);
            return;
        }
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("Referrer-Policy", "no-referrer");
        try {
            TicketUrl url = client.ticketFromUrl(request.getRequestURI() + "?" + request.getQueryString(), ticketParam);
            String ownUser = ownUsers.apply(client.getUserByTicket(url.ticket()).id());
            if (ownUser == null) {
                answer(response, HttpServletResponse.SC_FORBIDDEN, "您的账号尚未关联。Your account is not linked yet.");
                return;
            }
            startSession(request).setAttribute("user", ownUser);
            response.setStatus(HttpServletResponse.SC_SEE_OTHER);
            response.setHeader("Location", url.localTarget());
        } catch (PandaTicketException e) {
            answer(response, HttpServletResponse.SC_FORBIDDEN, "登录链接已失效。This sign-in link is no longer valid.");
        } catch (PandaException e) {
            LOGGER.log(Level.WARNING, "sign-in failed", e);
            answer(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE, "请稍后再试。Please try again later.");
        }
    }

    // Nothing of an earlier session, and an id that nobody knew before: else somebody could have set a trap.
    private static HttpSession startSession(HttpServletRequest request) {
        HttpSession earlier = request.getSession(false);
        if (earlier != null) {
            earlier.invalidate();
        }
        HttpSession session = request.getSession(true);
        request.changeSessionId();
        return session;
    }

    private static void answer(HttpServletResponse response, int status, String text) throws IOException {
        response.setStatus(status);
        response.setContentType("text/plain;charset=UTF-8");
        response.getWriter().println(text);
    }

    // Servlet containers before 4.0 want these two.
    @Override
    public void init(FilterConfig configuration) {}

    @Override
    public void destroy() {}
}
