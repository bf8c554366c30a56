using System;
using System.Linq;
using NUnit.Framework;

namespace PandaWater.Tests
{
    [TestFixture]
    public class CallsTests : PlatformTests
    {
        [Test]
        public void Token_comes_with_its_end()
        {
            var token = Client.GetToken();
            Assert.That(token.Value, Is.Not.Empty);
            Assert.That(token.ExpirationTime, Is.Not.Empty);
            Assert.That(token.ExpiresAt.Value, Is.GreaterThan(DateTimeOffset.Now));
            Assert.That(token.ExpiresAt.Value.Offset, Is.EqualTo(TimeSpan.FromHours(8)));
        }

        [Test]
        public void Token_is_fetched_once()
        {
            Assert.That(Client.GetToken().Value, Is.EqualTo(Client.GetToken().Value));
            Assert.That(Simulator.Requests("GenerateToken"), Is.EqualTo(1));
        }

        [Test]
        public void Expiration_time_may_be_a_number()
        {
            Simulator.Behave("{\"expirationFormat\":\"unixSeconds\"}");
            using (var client = new PandaClient(Simulator.Account))
            {
                Assert.That(client.GetToken().ExpirationTime.All(char.IsDigit), Is.True);
            }
        }

        [Test]
        public void Page_of_users()
        {
            var page = Client.GetUsers(pageIndex: 2, pageSize: 3);
            Assert.That(page.Count, Is.EqualTo(3661));
            Assert.That(page.Users.Select(user => user.Id).ToArray(), Is.EqualTo(new long[] { 4, 5, 6 }));
            Assert.That(page.Users[0].UserName, Is.Not.Empty);
        }

        [Test]
        public void Page_without_settings()
        {
            Assert.That(Client.GetUsers().Users.Count, Is.GreaterThan(0));
        }

        [Test]
        public void User_by_ticket()
        {
            var user = Client.GetUserByTicket(Simulator.Ticket(7));
            Assert.That(user.Id, Is.EqualTo(7));
            Assert.That(user.UserName, Is.EqualTo(Client.GetUsers(1, 10).Users[6].UserName));
        }

        [Test]
        public void User_from_url()
        {
            var ticket = Simulator.Ticket(3, "a+b/=&?#% 中");
            var url = "http://oa.example/oa?x=1&ticket=" + Uri.EscapeDataString(ticket);
            Assert.That(Client.UserFromUrl(url).Id, Is.EqualTo(3));
        }

        [Test]
        public void Ticket_parameter_of_the_client()
        {
            var options = Simulator.Account;
            options.TicketParam = "user";
            using (var client = new PandaClient(options))
            {
                Assert.That(client.TicketFromUrl("/oa?user=a").Ticket, Is.EqualTo("a"));
                Assert.That(client.TicketFromUrl("/oa?user=a&t=b", "t").Ticket, Is.EqualTo("b"));
            }
        }

        [TestCase("http://h/oa?a=1&user=abc&b=2", "user", "abc", "http://h/oa?a=1&b=2", "/oa?a=1&b=2")]
        [TestCase("http://h/oa?user=abc", "user", "abc", "http://h/oa", "/oa")]
        [TestCase("/oa?x=%B2%E2&ticket=T%2B/+=", null, "T+/+=", "/oa?x=%B2%E2", "/oa?x=%B2%E2")]
        [TestCase("?ticket=abc&k=v", null, "abc", "?k=v", "/?k=v")]
        [TestCase("http://h/p?z=1#/oa?a=1&user=a%20b", "user", "a b", "http://h/p?z=1#/oa?a=1", "/p?z=1#/oa?a=1")]
        [TestCase("http://h/oa?user=a&user=a", "user", "a", "http://h/oa", "/oa")]
        [TestCase("//evil.example/..//doc?ticket=a", null, "a", "//evil.example/..//doc", "/")]
        public void Ticket_from_url(string url, string param, string ticket, string rest, string target)
        {
            var parts = Panda.TicketFromUrl(url, param);
            Assert.That(parts.Ticket, Is.EqualTo(ticket));
            Assert.That(parts.UrlWithoutTicket, Is.EqualTo(rest));
            Assert.That(parts.LocalTarget, Is.EqualTo(target));
        }

        [Test]
        public void Trim_closes_what_rests()
        {
            Client.GetUsers();
            Assert.That(Client.Trim(), Is.EqualTo(1));
            Assert.That(Client.Trim(), Is.EqualTo(0));
            Client.GetUsers();
            Client.Dispose();
            Assert.That(Client.Trim(), Is.EqualTo(0));
        }

        [Test]
        public void Stats_count_calls()
        {
            Client.GetUsers();
            var stats = Client.Stats();
            Assert.That((int)stats["tokenFetches"], Is.EqualTo(1));
            Assert.That((int)stats["endpoints"]["GetUsers"]["calls"], Is.EqualTo(1));
        }

        [Test]
        public void Version_is_the_assembly_s()
        {
            Assert.That(Panda.Version(), Is.EqualTo(typeof(Panda).Assembly.GetName().Version.ToString(3)));
        }

        [Test]
        public void Edition_without_an_account()
        {
            using (var client = new PandaClient(Simulator.BaseUrl))
            {
                Assert.That(Thrown.By<PandaConfigException>(() => client.GetToken()).Code, Is.EqualTo(-10002));
            }
        }
    }
}
