using System;
using NUnit.Framework;

namespace PandaWater.Tests
{
    [TestFixture]
    public class ErrorsTests : PlatformTests
    {
        private const string LoneSurrogate = "a\ud800b";

        [Test]
        public void Argument_out_of_range()
        {
            var error = Thrown.By<PandaArgumentException>(() => Client.GetUsers(pageIndex: 0));
            Assert.That(error.Code, Is.EqualTo(-10001));
            Assert.That(error.Kind, Is.EqualTo("argument"));
            Assert.That(error.Retryable, Is.False);
            Assert.That(error.Message, Contains.Substring("pageIndex"));
        }

        [Test]
        public void Text_that_the_library_cannot_be_given()
        {
            Thrown.By<PandaArgumentException>(() => Client.GetUserByTicket(null));
            Thrown.By<PandaArgumentException>(() => Client.GetUserByTicket(""));
            Thrown.By<PandaArgumentException>(() => Client.GetUserByTicket("a\0b"));
            Thrown.By<PandaArgumentException>(() => Client.GetUserByTicket(LoneSurrogate));
            Thrown.By<PandaArgumentException>(() => Client.GetUsers(keyword: LoneSurrogate));
            Thrown.By<PandaArgumentException>(() => Client.Users(keyword: LoneSurrogate));
            Thrown.By<PandaArgumentException>(() => Client.TicketFromUrl("/oa?ticket=a\0"));
            Thrown.By<PandaArgumentException>(() => Client.TicketFromUrl("/oa?ticket=a", LoneSurrogate));
            Thrown.By<PandaArgumentException>(() => Client.UserFromUrl(null));
            Thrown.By<PandaArgumentException>(() => new PandaClient((PandaOptions)null));
            var error = Thrown.By<PandaArgumentException>(() => new PandaClient("http://h", "u", LoneSurrogate));
            Assert.That(error.Message, Contains.Substring("password"));
        }

        [TestCase(null, null, "`BaseUrl` is missing (or `Host`, `Port` and `ProjectName`)")]
        [TestCase("ftp://h", null, "`BaseUrl`")]
        [TestCase("http://h", "only-a-name", "`Password` is missing beside `Username`")]
        public void Bad_configuration_is_named(string baseUrl, string username, string key)
        {
            var error = Thrown.By<PandaConfigException>(() => new PandaClient(baseUrl, username));
            Assert.That(error.Message, Contains.Substring(key));
        }

        [Test]
        public void What_is_no_setting_keeps_its_name()
        {
            var error = Thrown.By<PandaTicketException>(() => Client.TicketFromUrl("/oa", "userName"));
            Assert.That(error.Message, Contains.Substring("`userName`"));
            Assert.That(error.Message, Contains.Substring("set by `TicketParam`, or the argument `param`"));
        }

        [Test]
        public void Refused_login()
        {
            using (var client = new PandaClient(Simulator.BaseUrl, Simulator.Username, "wrong"))
            {
                var error = Thrown.By<PandaAuthException>(() => client.GetToken());
                Assert.That(error.Endpoint, Is.EqualTo("GenerateToken"));
            }
        }

        [Test]
        public void Unknown_ticket()
        {
            var error = Thrown.By<PandaTicketException>(() => Client.GetUserByTicket("no-such-ticket"));
            Assert.That(error.Endpoint, Is.EqualTo("GetUserByTicket"));
            Assert.That(error.Retryable, Is.False);
        }

        [Test]
        public void Url_without_a_ticket()
        {
            Assert.That(Thrown.By<PandaTicketException>(() => Panda.TicketFromUrl("/oa")).Code, Is.EqualTo(-10021));
        }

        [Test]
        public void Nobody_listens()
        {
            using (var client = new PandaClient(new PandaOptions { BaseUrl = "http://127.0.0.1:1", Retries = 1 }))
            {
                var error = Thrown.By<PandaConnectException>(() => client.GetUsers());
                Assert.That(error.Retryable, Is.True);
                Assert.That(error.Attempts, Is.EqualTo(2));
            }
        }

        [Test]
        public void Platform_too_slow()
        {
            Simulator.Fail("{\"endpoint\":\"GetUsers\",\"fault\":{\"stall\":\"beforeHead\"}}");
            var options = Simulator.Account;
            options.DeadlineMs = 300;
            using (var client = new PandaClient(options))
            {
                Assert.That(Thrown.By<PandaTimeoutException>(() => client.GetUsers()).Retryable, Is.True);
            }
        }

        [Test]
        public void Http_status()
        {
            Simulator.Fail("{\"endpoint\":\"GetUsers\",\"fault\":{\"status\":{\"status\":404}}}");
            var error = Thrown.By<PandaHttpException>(() => Client.GetUsers());
            Assert.That(error.HttpStatus, Is.EqualTo(404));
            Assert.That(error.Retryable, Is.False);
        }

        [Test]
        public void Error_page()
        {
            Simulator.Fail("{\"endpoint\":\"GetUsers\",\"fault\":{\"status\":{\"status\":200}}}");
            Thrown.By<PandaResponseException>(() => Client.GetUsers());
        }

        [Test]
        public void Refusal_of_the_platform()
        {
            Simulator.Fail("{\"endpoint\":\"GetUsers\",\"fault\":{\"answer\":{\"body\":"
                + "\"{\\\"code\\\":4711,\\\"msg\\\":\\\"出错了\\\",\\\"data\\\":null}\"}}}");
            var error = Thrown.By<PandaRejectedException>(() => Client.GetUsers());
            Assert.That(error.Code, Is.EqualTo(4711));
            Assert.That(error.PlatformCode, Is.EqualTo("4711"));
            Assert.That(error.Message, Contains.Substring("出错了"));
        }

        [Test]
        public void Server_without_tls()
        {
            using (var client = new PandaClient(Simulator.BaseUrl.Replace("http:", "https:")))
            {
                var error = Thrown.By<PandaTlsException>(() => client.GetUsers());
                Assert.That(error.Retryable, Is.False);
            }
        }

        [Test]
        public void Secrets_are_hidden()
        {
            var token = Client.GetToken();
            Assert.That(token.ToString().Contains(token.Value), Is.False);
            Assert.That(Panda.TicketFromUrl("/oa?ticket=hush").ToString(), Is.EqualTo("/oa"));
            Assert.That(new PandaOptions { Password = "hush" }.ToString().Contains("hush"), Is.False);
            foreach (var call in new Action[]
            {
                () => Client.GetUserByTicket("hush"),
                () => Client.GetUserByTicket("hush\0"),
                () => Client.GetUserByTicket("hush\ud800"),
                () => Panda.TicketFromUrl("/oa?ticket=hush&ticket=hush2"),
                () => new PandaClient("http://h", "u", "hush\ud800"),
                () => new PandaClient("http://u:hush@h"),
                () => new PandaClient(Simulator.BaseUrl, Simulator.Username, "hush").GetToken()
            })
            {
                Assert.That(TextOfFailure(call).Contains("hush"), Is.False);
            }
        }

        private static string TextOfFailure(Action call)
        {
            try
            {
                call();
            }
            catch (PandaException error)
            {
                return error.ToString();
            }
            throw new AssertionException("the call did not fail");
        }
    }
}
