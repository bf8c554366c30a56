// .NET has no second application domain; .NET Framework and Mono have.
#if !NETCOREAPP
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Newtonsoft.Json;
using NUnit.Framework;

namespace PandaWater.Tests
{
    /// <summary>Application domains as IIS makes them: with a bin folder, shadow copies, and restarts.</summary>
    [TestFixture]
    public class DomainTests : PlatformTests
    {
        private string site;

        [SetUp]
        public void MakeSite()
        {
            // The same assembly also runs on .NET.
            if (typeof(object).Assembly.GetName().Name != "mscorlib")
            {
                Assert.Ignore("this runtime has one application domain only");
            }
            site = Path.Combine(Path.GetTempPath(), "site-" + Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(Path.Combine(site, "bin"));
            var types = new[] { typeof(Panda), typeof(DomainTests), typeof(Assert), typeof(JsonConvert) };
            foreach (var file in types.Select(type => type.Assembly.Location))
            {
                File.Copy(file, Path.Combine(site, "bin", Path.GetFileName(file)));
            }
        }

        [TearDown]
        public void RemoveSite()
        {
            if (site != null)
            {
                Directory.Delete(site, true);
            }
        }

        [Test]
        public void Restarts_with_shadow_copies_and_the_native_file_in_the_bin_folder()
        {
            var native = Path.Combine(site, "bin", IntPtr.Size == 8 ? "x64" : "x86");
            Directory.CreateDirectory(native);
            var copy = Project.NativeLibrary();
            File.Copy(copy, Path.Combine(native, Path.GetFileName(copy)));
            for (var restart = 0; restart < 3; restart++)
            {
                InSite(guest => Assert.That(SignIn(guest), Is.EqualTo(9)));
            }
        }

        [Test]
        public void What_a_domain_leaves_open_goes_with_it()
        {
            InSite(guest => guest.LeaveOpen(Simulator.BaseUrl, Project.NativeLibrary()));
            Assert.That(Panda.ProcessStats().Clients, Is.EqualTo(1));
            Assert.That(Panda.ProcessStats().Cursors, Is.EqualTo(0));
        }

        [Test]
        public void A_domain_that_is_unloaded_does_not_wait_for_the_platform()
        {
            Simulator.Fail("{\"endpoint\":\"GetUsers\",\"fault\":{\"stall\":\"beforeHead\"}}");
            InSite(guest =>
            {
                guest.BeginToWait(Simulator.BaseUrl, Simulator.Username, Simulator.Password, Project.NativeLibrary());
                SpinWait.SpinUntil(() => Simulator.Requests("GetUsers") == 1, 10000);
            });
            Assert.That(Panda.ProcessStats().Clients, Is.EqualTo(1));
        }

        [Test]
        public void A_domain_s_log_ends_with_it()
        {
            InSite(guest => guest.SetLog(Project.NativeLibrary()));
            Client.GetUsers(1, 1);
        }

        [Test]
        public void The_log_of_a_newer_domain_stays()
        {
            var lines = new List<string>();
            InSite(guest =>
            {
                guest.SetLog(Project.NativeLibrary());
                Panda.SetLog((level, line) => lines.Add(line), PandaLogLevel.Debug);
            });
            Client.GetUsers(1, 1);
            Panda.SetLog(null);
            Assert.That(lines, Is.Not.Empty);
        }

        private static long SignIn(Guest guest)
        {
            return guest.SignIn(Simulator.BaseUrl, Simulator.Username, Simulator.Password, Simulator.Ticket(9));
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private void InSite(Action<Guest> visit)
        {
            var setup = new AppDomainSetup
            {
                ApplicationBase = site,
                PrivateBinPath = "bin",
                ShadowCopyFiles = "true"
            };
            var domain = AppDomain.CreateDomain("site", null, setup);
            try
            {
                visit((Guest)domain.CreateInstanceAndUnwrap(typeof(Guest).Assembly.FullName, typeof(Guest).FullName));
            }
            finally
            {
                AppDomain.Unload(domain);
            }
        }

        /// <summary>What runs inside the other domain.</summary>
        public sealed class Guest : MarshalByRefObject
        {
            public long SignIn(string baseUrl, string username, string password, string ticket)
            {
                using (var client = new PandaClient(baseUrl, username, password))
                {
                    return client.GetUserByTicket(ticket).Id;
                }
            }

            public void LeaveOpen(string baseUrl, string library)
            {
                var client = new PandaClient(new PandaOptions { BaseUrl = baseUrl, Library = library });
                client.Users().GetEnumerator();
            }

            public void BeginToWait(string baseUrl, string username, string password, string library)
            {
                var client = new PandaClient(new PandaOptions
                {
                    BaseUrl = baseUrl,
                    Username = username,
                    Password = password,
                    TimeoutMs = 600000,
                    DeadlineMs = 600000,
                    Library = library
                });
                client.GetUsersAsync(cancellationToken: new CancellationTokenSource().Token);
            }

            public void SetLog(string library)
            {
                Panda.SetLog((level, line) => { }, PandaLogLevel.Debug, library);
            }
        }
    }
}
#endif
