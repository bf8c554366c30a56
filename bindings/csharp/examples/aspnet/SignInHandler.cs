using System;
using System.Web;
using System.Web.Security;
using System.Web.SessionState;
using PandaWater;

/// <summary>The sign-in route of an ASP.NET application, such as http://oa.example/signin?ticket=…; see
/// Web.config.</summary>
public sealed class SignInHandler : IHttpHandler
{
    // One for the application. Its settings are in the environment: PANDA_WATER_BASE_URL and so on.
    private static readonly Lazy<PandaClient> Panda =
        new Lazy<PandaClient>(() => new PandaClient(PandaOptions.FromEnvironment()));

    public bool IsReusable
    {
        get { return true; }
    }

    public void ProcessRequest(HttpContext context)
    {
        if (context.Request.IsAuthenticated && context.Request.QueryString["ticket"] == null)
        {
            // Where SignIn redirects to: signed in, and the ticket is gone from the address.
            context.Response.Redirect("~/", false);
            return;
        }
        try
        {
            SignIn(context);
        }
        catch (PandaTicketException)
        {
            Show(context, 403, "此登录链接已失效，请从熊猫智慧水务重新进入。This sign-in link is no longer valid.");
        }
        catch (PandaException error)
        {
            context.Trace.Warn("panda-water", error.Message);
            Show(context, 503, "暂时无法登录，请稍后再试。Signing in is not possible now, please try again later.");
        }
        // The address of this answer held the ticket.
        context.Response.Cache.SetCacheability(HttpCacheability.NoCache);
        context.Response.Cache.SetNoStore();
        context.Response.AppendHeader("Referrer-Policy", "no-referrer");
    }

    private static void SignIn(HttpContext context)
    {
        TicketUrl url = Panda.Value.TicketFromUrl(context.Request.RawUrl);
        User user = Panda.Value.GetUserByTicket(url.Ticket);
        StartSession(context, OwnUsers.LinkedWith(user.Id));
        context.Response.Redirect(url.LocalTarget, false);
    }

    // Under a new id: whoever knew the old one, or planted it, has nothing from it.
    private static void StartSession(HttpContext context, string ownUser)
    {
        bool reissued, redirected, added;
        var ids = new SessionIDManager();
        ids.Initialize();
        ids.InitializeRequest(context, false, out reissued);
        ids.RemoveSessionID(context);
        ids.SaveSessionID(context, ids.CreateSessionID(context), out redirected, out added);
        FormsAuthentication.SetAuthCookie(ownUser, false);
    }

    private static void Show(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.TrySkipIisCustomErrors = true;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Write(text);
    }
}
