using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Session;
using PandaWater;

// The sign-in route of an ASP.NET Core application, such as http://oa.example/signin?ticket=…
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie();
// One for the application. Its settings are in the environment: PANDA_WATER_BASE_URL and so on.
builder.Services.AddSingleton(_ => new PandaClient(PandaOptions.FromEnvironment()));

var app = builder.Build();
app.UseAuthentication();
app.MapGet("/", (HttpContext context) => "Hello " + context.User.FindFirstValue(ClaimTypes.NameIdentifier));
app.MapGet("/signin", async (HttpContext context, PandaClient panda) =>
{
    // The address of this answer held the ticket.
    context.Response.Headers.CacheControl = "no-store";
    context.Response.Headers["Referrer-Policy"] = "no-referrer";
    if (context.User.Identity is { IsAuthenticated: true } && !context.Request.Query.ContainsKey("ticket"))
    {
        // Where the redirect below leads to: signed in, and the ticket is gone from the address.
        return Results.LocalRedirect("~/");
    }
    try
    {
        TicketUrl url = panda.TicketFromUrl(context.Request.GetEncodedPathAndQuery());
        User user = await panda.GetUserByTicketAsync(url.Ticket, context.RequestAborted);
        await StartSession(context, OwnUsers.LinkedWith(user.Id));
        return Results.LocalRedirect(url.LocalTarget);
    }
    catch (PandaTicketException)
    {
        return Page(403, "此登录链接已失效，请从熊猫智慧水务重新进入。This sign-in link is no longer valid.");
    }
    catch (PandaException error)
    {
        app.Logger.LogWarning("panda-water: {Message}", error.Message);
        return Page(503, "暂时无法登录，请稍后再试。Signing in is not possible now, please try again later.");
    }
});
app.Run();

// Under a new id: whoever knew the old one, or planted it, has nothing from it.
static Task StartSession(HttpContext context, string ownUser)
{
    context.Response.Cookies.Delete(SessionDefaults.CookieName);
    var identity = new ClaimsIdentity(CookieAuthenticationDefaults.AuthenticationScheme);
    identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, ownUser));
    return context.SignInAsync(new ClaimsPrincipal(identity));
}

static IResult Page(int status, string text) => Results.Text(text, "text/plain", Encoding.UTF8, status);

// Stands for the application's own table of users and the platform's users linked with them.
internal static class OwnUsers
{
    public static string LinkedWith(long pandaUser) => "oa-" + pandaUser;
}
