using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Text;
using Newtonsoft.Json.Linq;

namespace PandaWater.Tests
{
    /// <summary>The simulator of the platform, started and directed by the tests.</summary>
    internal sealed class Simulator
    {
        private static readonly Lazy<Simulator> Shared = new Lazy<Simulator>(() => new Simulator());

        // Kept from the garbage collector, which would close the pipe that it lives by.
        private readonly Process process;
        private readonly string controlUrl;

        private Simulator()
        {
            // It ends with the pipe to its standard input, whatever happens to the tests.
            process = Process.Start(new ProcessStartInfo(Program(), "--exit-with-stdin")
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true
            });
            var started = JObject.Parse(process.StandardOutput.ReadLine());
            BaseUrl = (string)started["baseUrl"];
            Username = (string)started["username"];
            Password = (string)started["password"];
            controlUrl = (string)started["controlUrl"];
        }

        /// <summary>The one that all tests share.</summary>
        internal static Simulator Running
        {
            get { return Shared.Value; }
        }

        internal string BaseUrl { get; }

        internal string Username { get; }

        internal string Password { get; }

        internal PandaOptions Account
        {
            get { return new PandaOptions { BaseUrl = BaseUrl, Username = Username, Password = Password }; }
        }

        /// <summary>A new ticket.</summary>
        internal string Ticket(long userId = 1, string text = null)
        {
            var request = new JObject { { "userId", userId } };
            if (text != null)
            {
                request.Add("ticket", text);
            }
            return (string)Control("POST", "/tickets", request)["ticket"];
        }

        internal void AddUser(string user)
        {
            Control("POST", "/users", JObject.Parse(user));
        }

        internal void ChangeUser(long id, string fields)
        {
            Control("PATCH", "/users/" + id, JObject.Parse(fields));
        }

        internal void RemoveUser(long id)
        {
            Control("DELETE", "/users/" + id, null);
        }

        /// <summary>Changes settings until the next <see cref="Reset"/>.</summary>
        internal void Behave(string settings)
        {
            Control("PUT", "/behaviour", JObject.Parse(settings));
        }

        /// <summary>Lets requests go wrong until the next <see cref="Heal"/>.</summary>
        internal void Fail(string fault)
        {
            Control("POST", "/faults", JObject.Parse(fault));
        }

        internal void Heal()
        {
            Control("DELETE", "/faults", null);
        }

        /// <summary>How many requests an endpoint has had since the last <see cref="Reset"/>.</summary>
        internal int Requests(string endpoint)
        {
            var name = char.ToLowerInvariant(endpoint[0]) + endpoint.Substring(1);
            return (int)Control("GET", "/counters", null)[name]["requests"];
        }

        /// <summary>Back to the state of the start; tickets and tokens live on.</summary>
        internal void Reset()
        {
            Heal();
            Control("DELETE", "/behaviour", null);
            Control("POST", "/counters/reset", null);
        }

        private JToken Control(string method, string path, JToken body)
        {
            var request = (HttpWebRequest)WebRequest.Create(controlUrl + path);
            request.Method = method;
            request.Proxy = null;
            request.ContentType = "application/json";
            if (body != null)
            {
                var bytes = Encoding.UTF8.GetBytes(body.ToString());
                using (var stream = request.GetRequestStream())
                {
                    stream.Write(bytes, 0, bytes.Length);
                }
            }
            else if (method == "POST")
            {
                request.ContentLength = 0;
            }
            using (var answer = request.GetResponse())
            using (var reader = new StreamReader(answer.GetResponseStream(), Encoding.UTF8))
            {
                return JToken.Parse(reader.ReadToEnd());
            }
        }

        private static string Program()
        {
            return Environment.GetEnvironmentVariable("PANDA_SIMULATOR")
                ?? Project.Find(Path.Combine(
                    Environment.GetEnvironmentVariable("CARGO_TARGET_DIR") ?? "target", "debug", "panda-simulator"));
        }
    }
}
