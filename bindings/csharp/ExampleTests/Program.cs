using System;
using System.Collections.Generic;
using System.IO;
using System.Web;
using System.Web.Hosting;
using PandaWater.Tests;

namespace PandaWater.ExampleTests
{
    /// <summary>Runs the ASP.NET example in a real ASP.NET application on Mono, against the simulator.</summary>
    internal static class Program
    {
        private static int Main(string[] arguments)
        {
            var simulator = Simulator.Running;
            Environment.SetEnvironmentVariable("PANDA_WATER_BASE_URL", simulator.BaseUrl);
            Environment.SetEnvironmentVariable("PANDA_WATER_USERNAME", simulator.Username);
            Environment.SetEnvironmentVariable("PANDA_WATER_PASSWORD", simulator.Password);
            var site = (Site)ApplicationHost.CreateApplicationHost(typeof(Site), "/", arguments[0]);

            var ticket = simulator.Ticket(7, "T+/=1");
            var query = "a=1&ticket=" + Uri.EscapeDataString(ticket);
            var signedIn = site.Get("/signin", query, "ASP.NET_SessionId=planted00000000000000000");
            Check(signedIn, "302");
            Check(signedIn, "Location: /signin?a=1\n");
            Check(signedIn, "Set-Cookie: .OA=");
            Check(signedIn, "Set-Cookie: ASP.NET_SessionId=");
            Check(signedIn, "no-store");
            Check(signedIn, "Referrer-Policy: no-referrer");
            CheckNot(signedIn, "planted");
            CheckNot(signedIn, ticket);

            var arrived = site.Get("/signin", "a=1", CookieOf(signedIn));
            Check(arrived, "302");
            Check(arrived, "Location: /\n");

            foreach (var evil in new[] { "//evil.example/signin", "/\\evil.example/signin", "/..//evil.example/signin" })
            {
                Check(site.Get(evil, query, ""), "Location: /\n");
            }

            foreach (var bad in new[] { "ticket=no-such-ticket", "ticket=a&ticket=b", "" })
            {
                var refused = site.Get("/signin", bad, "");
                Check(refused, "403");
                Check(refused, "此登录链接已失效");
                CheckNot(refused, "Set-Cookie");
                CheckNot(refused, "Exception");
            }

            simulator.Fail("{\"fault\":{\"status\":{\"status\":404}}}");
            Check(site.Get("/signin", "ticket=x", ""), "503");
            Console.WriteLine("the sign-in example works on ASP.NET (Mono)");
            return 0;
        }

        private static string CookieOf(string answer)
        {
            var start = answer.IndexOf(".OA=", StringComparison.Ordinal);
            return answer.Substring(start, answer.IndexOf(';', start) - start);
        }

        private static void Check(string answer, string part)
        {
            if (!answer.Contains(part))
            {
                throw new InvalidOperationException("expected " + part + " in:\n" + answer);
            }
        }

        private static void CheckNot(string answer, string part)
        {
            if (answer.Contains(part))
            {
                throw new InvalidOperationException("did not expect " + part + " in:\n" + answer);
            }
        }
    }

    /// <summary>The application, in a domain of its own.</summary>
    public sealed class Site : MarshalByRefObject
    {
        /// <summary>The whole answer to a request, as text.</summary>
        public string Get(string path, string query, string cookie)
        {
            var answer = new StringWriter { NewLine = "\n" };
            var request = new Request(path, query, cookie, answer);
            HttpRuntime.ProcessRequest(request);
            return request.Head + answer;
        }

        public override object InitializeLifetimeService()
        {
            return null;
        }

        private sealed class Request : SimpleWorkerRequest
        {
            private readonly string path;
            private readonly string cookie;
            private readonly List<string> head = new List<string>();

            internal Request(string path, string query, string cookie, TextWriter answer)
                // The raw address may hold more than the route that a server makes of it.
                : base(path.Substring(path.LastIndexOf('/') + 1), query, answer)
            {
                this.path = path;
                this.cookie = cookie;
            }

            internal string Head
            {
                get { return string.Join("\n", head.ToArray()) + "\n\n"; }
            }

            public override string GetRawUrl()
            {
                return path + (GetQueryString().Length == 0 ? "" : "?" + GetQueryString());
            }

            public override string GetKnownRequestHeader(int index)
            {
                return index == HeaderCookie && cookie.Length > 0 ? cookie : base.GetKnownRequestHeader(index);
            }

            public override void SendStatus(int statusCode, string statusDescription)
            {
                head.Add(statusCode + " " + statusDescription);
            }

            public override void SendKnownResponseHeader(int index, string value)
            {
                head.Add(GetKnownResponseHeaderName(index) + ": " + value);
            }

            public override void SendUnknownResponseHeader(string name, string value)
            {
                head.Add(name + ": " + value);
            }
        }
    }
}
