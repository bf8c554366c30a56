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
