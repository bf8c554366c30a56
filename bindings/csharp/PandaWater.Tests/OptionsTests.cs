using System;
using System.Collections.Generic;
using NUnit.Framework;

namespace PandaWater.Tests
{
    [TestFixture]
    public class OptionsTests : PlatformTests
    {
        private const string Prefix = "PANDA_WATER_TEST_";

        [TearDown]
        public void ForgetVariables()
        {
            foreach (string name in new List<object>(Keys()))
            {
                if (name.StartsWith(Prefix, StringComparison.Ordinal))
                {
                    Environment.SetEnvironmentVariable(name, null);
                }
            }
        }

        [Test]
        public void All_settings_are_taken()
        {
            var address = new Uri(Simulator.BaseUrl);
            var options = new PandaOptions
            {
                Host = address.Host,
                Port = address.Port,
                ProjectName = address.AbsolutePath.Trim('/'),
                Username = Simulator.Username,
                Password = Simulator.Password,
                TimeoutMs = 5000,
                ConnectTimeoutMs = 1000,
                DeadlineMs = 9000,
                Retries = 0,
                LoginCooldownMs = 0,
                TicketParam = "user",
                TimeZone = "+08:00",
                TokenStore = "memory",
                UserAgent = "tests",
                Headers = new Dictionary<string, string> { { "X-Test", "是" } },
                MaxResponseBytes = 1 << 20
            };
            using (var client = new PandaClient(options))
            {
                Assert.That(client.GetUsers(1, 1).Users.Count, Is.EqualTo(1));
            }
        }

        [TestCase("TimeoutMs")]
        [TestCase("ConnectTimeoutMs")]
        [TestCase("DeadlineMs")]
        [TestCase("Retries")]
        [TestCase("LoginCooldownMs")]
        [TestCase("MaxResponseBytes")]
        public void A_number_out_of_range_is_named(string name)
        {
            var options = Simulator.Account;
            var property = typeof(PandaOptions).GetProperty(name);
            property.SetValue(options, property.PropertyType == typeof(long?) ? (object)-1L : -1, null);
            var error = Thrown.By<PandaConfigException>(() => new PandaClient(options));
            Assert.That(error.Message, Contains.Substring("`" + name + "`"));
        }

        [Test]
        public void From_the_environment()
        {
            Set("BASE_URL", Simulator.BaseUrl);
            Set("USERNAME", Simulator.Username);
            Set("PASSWORD", Simulator.Password);
            Set("TIMEOUT_MS", "5000");
            Set("MAX_RESPONSE_BYTES", "100000");
            Set("HEADERS", "{\"X-Test\":\"1\"}");
            Set("PROXY", "");
            var options = PandaOptions.FromEnvironment(Prefix);
            Assert.That(options.TimeoutMs, Is.EqualTo(5000));
            Assert.That(options.MaxResponseBytes, Is.EqualTo(100000));
            Assert.That(options.Headers["X-Test"], Is.EqualTo("1"));
            Assert.That(options.Proxy, Is.Null);
            using (var client = new PandaClient(options))
            {
                Assert.That(client.GetToken().Value, Is.Not.Empty);
            }
        }

        [TestCase("TIMEOUT_MS", "soon")]
        [TestCase("TIMEOUT_MS", "-1")]
        [TestCase("HEADERS", "hush")]
        [TestCase("HEADERS", "[\"hush\"]")]
        [TestCase("TIMOUT_MS", "hush")]
        public void A_variable_that_cannot_be_read_is_named(string name, string text)
        {
            Set(name, text);
            var error = Thrown.By<PandaConfigException>(() => PandaOptions.FromEnvironment(Prefix));
            Assert.That(error.Message, Contains.Substring(Prefix + name));
            Assert.That(error.ToString().Contains("hush"), Is.False);
        }

        [TestCase("")]
        [TestCase("SIMULATOR_")]
        public void Service_links_of_Kubernetes_are_passed_over(string service)
        {
            Set(service + "SERVICE_HOST", "10.0.0.11");
            Set(service + "SERVICE_PORT", "80");
            Set(service + "SERVICE_PORT_HTTP", "80");
            Set(service + "PORT", "tcp://10.0.0.11:80");
            Set(service + "PORT_80_TCP", "tcp://10.0.0.11:80");
            Set(service + "PORT_80_TCP_PROTO", "tcp");
            Set(service + "PORT_80_TCP_PORT", "80");
            Set(service + "PORT_80_TCP_ADDR", "10.0.0.11");
            Set(service + "PORT_53_UDP", "udp://10.0.0.11:53");
            Set("BASE_URL", "http://h");
            var options = PandaOptions.FromEnvironment(Prefix);
            Assert.That(options.BaseUrl, Is.EqualTo("http://h"));
            Assert.That(options.Port, Is.Null);
        }

        [TestCase("SERVICE_HOSTS", "h")]
        [TestCase("PORTS", "tcp://h:1")]
        [TestCase("PORT_80", "80")]
        [TestCase("PORT", "tcp:80")]
        public void What_looks_like_a_service_link_is_told(string name, string text)
        {
            Set(name, text);
            var error = Thrown.By<PandaConfigException>(() => PandaOptions.FromEnvironment(Prefix));
            Assert.That(error.Message, Contains.Substring(Prefix + name));
        }

        private static void Set(string name, string text)
        {
            Environment.SetEnvironmentVariable(Prefix + name, text);
        }

        private static IEnumerable<object> Keys()
        {
            foreach (var name in Environment.GetEnvironmentVariables().Keys)
            {
                yield return name;
            }
        }
    }
}
