using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq.Expressions;
using System.Net;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Newtonsoft.Json;
using PandaWater;

// The .NET side of the benchmarks: what a program would do without this library, and its wrapper, in the same loop.
//
//     mono Peers.exe ENGINE SCENARIO PORT THREADS CALLS WARM_UP
//
// ENGINE is webrequest (HttpWebRequest and Newtonsoft.Json), httpclient (HttpClient and System.Text.Json, on CoreCLR
// only) or panda; panda-N fetches N pages at once. SCENARIO is `ticket`, `page` (1,000 users) or `all` (every user of
// the server, in pages of 500): CALLS calls in each thread, after WARM_UP that do not count. Prints a line of JSON:
// microseconds per call.
//
// CoreCLR compiles in steps, and on one core waits a second before each: there, let the warm-up take five.
internal static class Peers
{
    private const string Secret = "0123456789abcdef0123456789abcdef";
    private const string TicketPath = "GetUserByTicket?ticket=" + Secret;
    private const string UserName = "陈涛";
    private const int PageSize = 1000;
    private const int ListPageSize = 500;

    private static int Main(string[] arguments)
    {
        if (arguments.Length != 6)
        {
            Console.Error.WriteLine("usage: Peers ENGINE SCENARIO PORT THREADS CALLS WARM_UP");
            return 2;
        }
        EndOnFailure(() =>
        {
            int threads = int.Parse(arguments[3]), calls = int.Parse(arguments[4]), warmUp = int.Parse(arguments[5]);
            var call = Call(arguments[0], arguments[1], "http://127.0.0.1:" + arguments[2] + "/panda", threads);
            Console.WriteLine(Measure(call, threads, calls, warmUp));
        });
        return 0;
    }

    private static Action Call(string engine, string scenario, string baseUrl, int threads)
    {
        if (engine.StartsWith("panda", StringComparison.Ordinal))
        {
            var dash = engine.IndexOf('-');
            var prefetch = dash < 0 ? (int?)null : int.Parse(engine.Substring(dash + 1));
            return OfPanda(scenario, new PandaClient(baseUrl, "xiaomi", "abcdefg"), prefetch);
        }
        var operations = baseUrl + "/PandaOMS/OMS/";
        switch (engine)
        {
            case "webrequest":
                ServicePointManager.DefaultConnectionLimit = threads;
                ServicePointManager.UseNagleAlgorithm = false;
                ServicePointManager.Expect100Continue = false;
                return OfHttp(scenario, operations, new WebRequestHttp());
            case "httpclient":
                return OfHttp(scenario, operations, new HttpClientHttp());
            default:
                throw Failure("no such engine: " + engine);
        }
    }

    private static Action OfPanda(string scenario, PandaClient client, int? prefetch)
    {
        switch (scenario)
        {
            case "ticket":
                return () =>
                {
                    var user = client.GetUserByTicket(Secret);
                    CheckUser(user.Id, user.UserName, user.Phone);
                };
            case "page":
                return () =>
                {
                    var page = client.GetUsers(1, PageSize);
                    CheckPage(page.Users.Count, page.Count, page.Users.Count == 0 ? 0 : page.Users[0].Id);
                };
            case "all":
                return () =>
                {
                    var users = new List<User>();
                    using (var listing = client.Users(ListPageSize, null, prefetch).GetEnumerator())
                    {
                        while (listing.MoveNext())
                        {
                            users.Add(listing.Current);
                        }
                        CheckAll(users.Count, listing.Count);
                    }
                };
            default:
                throw Failure("no such scenario: " + scenario);
        }
    }

    private static Action OfHttp(string scenario, string operations, IHttp http)
    {
        string ticketUrl = operations + TicketPath, pageUrl = PageUrl(operations, 1, PageSize);
        switch (scenario)
        {
            case "ticket":
                return () =>
                {
                    var user = Get<PlainUser>(http, ticketUrl);
                    CheckUser(user.Id, user.UserName, user.Phone);
                };
            case "page":
                return () =>
                {
                    var page = Get<PlainPage>(http, pageUrl);
                    CheckPage(page.Data.Count, page.Count, page.Data.Count == 0 ? 0 : page.Data[0].Id);
                };
            case "all":
                return () =>
                {
                    var users = new List<PlainUser>();
                    PlainPage page;
                    var pageIndex = 1;
                    do
                    {
                        page = Get<PlainPage>(http, PageUrl(operations, pageIndex++, ListPageSize));
                        users.AddRange(page.Data);
                    }
                    while (users.Count < page.Count && page.Data.Count > 0);
                    CheckAll(users.Count, page.Count);
                };
            default:
                throw Failure("no such scenario: " + scenario);
        }
    }

    private static string PageUrl(string operations, int pageIndex, int pageSize)
    {
        return operations + "GetUsers?pageIndex=" + pageIndex + "&pageSize=" + pageSize;
    }

    private static T Get<T>(IHttp http, string url)
    {
        var answer = http.Get<T>(url);
        if (answer.Code != 0)
        {
            throw Failure(answer.Msg);
        }
        return answer.Data;
    }

    private static void CheckUser(long id, string userName, string phone)
    {
        if (id != 1 || userName != UserName || phone != "1822199904")
        {
            throw Failure("another user");
        }
    }

    private static void CheckPage(int users, long? count, long firstId)
    {
        if (firstId != 1 || users != Math.Min(PageSize, count ?? 0))
        {
            throw Failure("another page");
        }
    }

    private static void CheckAll(int users, long? count)
    {
        if (users != count)
        {
            throw Failure(users + " users of " + count);
        }
    }

    private static string Measure(Action call, int threads, int calls, int warmUp)
    {
        var latencies = new long[threads * calls];
        var barrier = new Barrier(threads + 1);
        for (var thread = 0; thread < threads; thread++)
        {
            var own = thread * calls;
            new Thread(() => EndOnFailure(() => Run(call, calls, warmUp, barrier, latencies, own))).Start();
        }
        barrier.SignalAndWait();
        var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        barrier.SignalAndWait(); // the clocks are read in between
        barrier.SignalAndWait();
        clock.Stop();
        process.Refresh();
        cpu = process.TotalProcessorTime - cpu;
        Array.Sort(latencies);
        return string.Format(
            CultureInfo.InvariantCulture,
            "{{\"wall\":{0:F3},\"cpu\":{1:F3},\"p50\":{2:F3},\"p99\":{3:F3}",
            clock.Elapsed.TotalMilliseconds * 1e3 / latencies.Length,
            cpu.TotalMilliseconds * 1e3 / latencies.Length,
            latencies[latencies.Length / 2] * 1e6 / Stopwatch.Frequency,
            latencies[(int)(latencies.Length * 99L / 100)] * 1e6 / Stopwatch.Frequency) + "}";
    }

    private static void Run(Action call, int calls, int warmUp, Barrier barrier, long[] latencies, int own)
    {
        for (var i = 0; i < warmUp; i++)
        {
            call();
        }
        barrier.SignalAndWait();
        barrier.SignalAndWait();
        var before = Stopwatch.GetTimestamp();
        for (var i = 0; i < calls; i++)
        {
            call();
            var after = Stopwatch.GetTimestamp();
            latencies[own + i] = after - before;
            before = after;
        }
        barrier.SignalAndWait();
    }

    // The other threads would wait for this one for ever.
    private static void EndOnFailure(Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure)
        {
            Failure(failure.ToString());
        }
    }

    private static Exception Failure(string what)
    {
        Console.Error.WriteLine(what);
        Environment.Exit(1);
        return new InvalidOperationException(what);
    }

    private interface IHttp
    {
        PlainAnswer<T> Get<T>(string url);
    }

    private sealed class WebRequestHttp : IHttp
    {
        private readonly JsonSerializer serializer = new JsonSerializer();

        public PlainAnswer<T> Get<T>(string url)
        {
            var request = (HttpWebRequest)WebRequest.Create(url);
            request.KeepAlive = true;
            request.Proxy = null;
            request.Headers["panda-token"] = Secret;
            using (var response = request.GetResponse())
            using (var reader = new StreamReader(response.GetResponseStream(), Encoding.UTF8))
            {
                return serializer.Deserialize<PlainAnswer<T>>(new JsonTextReader(reader));
            }
        }
    }

    // Both found by reflection, once: mcs cannot compile against CoreCLR's assemblies, and Debian's Mono lacks these.
    // Debian's Newtonsoft.Json cannot make typed objects on CoreCLR.
    private sealed class HttpClientHttp : IHttp
    {
        private readonly Func<string, Task<Stream>> getStream;

        internal HttpClientHttp()
        {
            var type = Type.GetType("System.Net.Http.HttpClient, System.Net.Http", true);
            var client = Activator.CreateInstance(type);
            var headers = type.GetProperty("DefaultRequestHeaders").GetValue(client, null);
            headers.GetType().GetMethod("Add", new[] { typeof(string), typeof(string) })
                .Invoke(headers, new object[] { "panda-token", Secret });
            getStream = (Func<string, Task<Stream>>)Delegate.CreateDelegate(
                typeof(Func<string, Task<Stream>>), client, type.GetMethod("GetStreamAsync", new[] { typeof(string) }));
        }

        public PlainAnswer<T> Get<T>(string url)
        {
            using (var stream = getStream(url).GetAwaiter().GetResult())
            {
                return TextJson<PlainAnswer<T>>.Read(stream);
            }
        }
    }

    private static class TextJson<T>
    {
        internal static readonly Func<Stream, T> Read = Reader();

        private static Func<Stream, T> Reader()
        {
            const string Json = "System.Text.Json.JsonSerializer";
            var optionsType = Type.GetType(Json + "Options, System.Text.Json", true);
            var web = Enum.ToObject(Type.GetType(Json + "Defaults, System.Text.Json", true), 1);
            var stream = Expression.Parameter(typeof(Stream));
            var call = Expression.Call(
                Type.GetType(Json + ", System.Text.Json", true),
                "Deserialize",
                new[] { typeof(T) },
                stream,
                Expression.Constant(Activator.CreateInstance(optionsType, web)));
            return Expression.Lambda<Func<Stream, T>>(call, stream).Compile();
        }
    }

    private sealed class PlainAnswer<T>
    {
        [JsonProperty("code")]
        public int Code { get; set; }

        [JsonProperty("msg")]
        public string Msg { get; set; }

        [JsonProperty("data")]
        public T Data { get; set; }
    }

    private sealed class PlainPage
    {
        [JsonProperty("count")]
        public int Count { get; set; }

        [JsonProperty("data")]
        public List<PlainUser> Data { get; set; }
    }

    private sealed class PlainUser
    {
        [JsonProperty("id")]
        public long Id { get; set; }

        [JsonProperty("userName")]
        public string UserName { get; set; }

        [JsonProperty("phone")]
        public string Phone { get; set; }
    }
}
