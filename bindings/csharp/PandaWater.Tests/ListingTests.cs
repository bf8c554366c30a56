using System.Linq;
using NUnit.Framework;

namespace PandaWater.Tests
{
    [TestFixture]
    public class ListingTests : PlatformTests
    {
        [Test]
        public void Every_user_once()
        {
            var ids = Client.Users().Select(user => user.Id).ToList();
            Assert.That(ids.Count, Is.EqualTo(3661));
            Assert.That(ids.Distinct().Count(), Is.EqualTo(3661));
            Assert.That(Cursors(), Is.EqualTo(0));
        }

        [Test]
        public void Nothing_is_asked_before_the_first_step()
        {
            var users = Client.Users();
            using (users.GetEnumerator())
            {
                Assert.That(Simulator.Requests("GetUsers"), Is.EqualTo(0));
            }
        }

        [Test]
        public void Leaving_early_closes_the_cursor()
        {
            foreach (var user in Client.Users(pageSize: 10, prefetch: 1))
            {
                Assert.That(user.Id, Is.EqualTo(1));
                Assert.That(Cursors(), Is.EqualTo(1));
                break;
            }
            Assert.That(Cursors(), Is.EqualTo(0));
            Assert.That(Client.Users(pageSize: 10).Take(3).Count(), Is.EqualTo(3));
            Assert.That(Cursors(), Is.EqualTo(0));
            Assert.That(Simulator.Requests("GetUsers"), Is.LessThan(10));
        }

        [Test]
        public void A_forgotten_listing_is_closed_by_the_garbage_collector()
        {
            // On a thread that has ended, so that no stack holds it any more; looked at when the test is over.
            var thread = new System.Threading.Thread(() => Client.Users(pageSize: 10).GetEnumerator().MoveNext());
            thread.Start();
            thread.Join();
        }

        [Test]
        public void Count_is_known_with_the_first_page()
        {
            using (var users = Client.Users(pageSize: 100).GetEnumerator())
            {
                Assert.That(users.Count, Is.Null);
                Assert.That(users.MoveNext(), Is.True);
                Assert.That(users.Count, Is.EqualTo(3661));
            }
        }

        [Test]
        public void A_listing_can_be_enumerated_again_and_filtered()
        {
            var name = Client.GetUsers(1, 1).Users[0].UserName;
            var users = Client.Users(keyword: name);
            Assert.That(users.Any(), Is.True);
            Assert.That(users.All(user => user.UserName.Contains(name)), Is.True);
        }

        [Test]
        public void A_failed_step_can_be_made_again()
        {
            var options = Simulator.Account;
            options.Retries = 0;
            using (var client = new PandaClient(options))
            using (var users = client.Users(pageSize: 1000, prefetch: 1).GetEnumerator())
            {
                for (var user = 0; user < 1000; user++)
                {
                    users.MoveNext();
                }
                Simulator.Fail("{\"endpoint\":\"GetUsers\",\"fault\":{\"status\":{\"status\":503}}}");
                Assert.That(Thrown.By<PandaHttpException>(() => users.MoveNext()).Retryable, Is.True);
                Simulator.Heal();
                var rest = 0;
                while (users.MoveNext())
                {
                    rest++;
                }
                Assert.That(rest, Is.EqualTo(2661));
            }
        }

        [Test]
        public void A_listing_outlives_its_client()
        {
            using (var users = Client.Users(pageSize: 1000).GetEnumerator())
            {
                users.MoveNext();
                Client.Dispose();
                var count = 1;
                while (users.MoveNext())
                {
                    count++;
                }
                Assert.That(count, Is.EqualTo(3661));
            }
        }

        [Test]
        public void Disposing_ends_it()
        {
            var users = Client.Users(pageSize: 10).GetEnumerator();
            users.MoveNext();
            users.Dispose();
            users.Dispose();
            Assert.That(users.MoveNext(), Is.False);
            Assert.That(users.Current, Is.Null);
        }

        [Test]
        public void Bad_settings()
        {
            Thrown.By<PandaArgumentException>(() => Client.Users(pageSize: 0).ToList());
            Thrown.By<PandaArgumentException>(() => Client.Users(prefetch: 17).ToList());
            Client.Dispose();
            Thrown.By<PandaHandleException>(() => Client.Users().ToList());
        }

        private static long Cursors()
        {
            return Panda.ProcessStats().Cursors;
        }
    }
}
