using System.Linq;
using System.Threading.Tasks;
using NUnit.Framework;

namespace PandaWater.Tests
{
    [TestFixture]
    public class SyncTests : PlatformTests
    {
        [Test]
        public void First_sync_adds_everybody_and_the_next_finds_nothing()
        {
            var first = Client.Sync(null);
            Assert.That(first.Added.Count, Is.EqualTo(3661));
            Assert.That(first.Count, Is.EqualTo(3661));
            var second = Client.Sync(first.State, pageSize: 1000);
            Assert.That(second.Added.Count + second.Updated.Count + second.Removed.Count, Is.EqualTo(0));
            Assert.That(second.Unchanged, Is.EqualTo(3661));
        }

        [Test]
        public async Task As_a_task()
        {
            Assert.That((await Client.SyncAsync(null)).Added[0].Id, Is.EqualTo(1));
        }

        [Test]
        public void An_empty_list_locks_nobody_out()
        {
            var state = Client.Sync(null).State;
            Simulator.Fail("{\"endpoint\":\"GetUsers\",\"fault\":{\"answer\":{\"body\":"
                + "\"{\\\"code\\\":0,\\\"msg\\\":\\\"OK\\\",\\\"data\\\":{\\\"count\\\":0,\\\"data\\\":[]}}\"}}}");
            Assert.That(Thrown.By<PandaGuardException>(() => Client.Sync(state)).Code, Is.EqualTo(-10031));
        }

        [Test]
        public void A_damaged_state()
        {
            Thrown.By<PandaArgumentException>(() => Client.Sync("no state"));
        }

        [Test]
        public void Links_suggestions_conflicts_and_what_is_left()
        {
            var outcome = Panda.LinkUsers(
                new[]
                {
                    new User(1, "陈涛", jobNumber: "A7"),
                    new User(2, "李娜"),
                    new User(3, "王伟", phone: "138", jobNumber: "B1"),
                    new User(4, "赵敏")
                },
                new[]
                {
                    new OwnUser("chentao", jobNumber: "a7"),
                    new OwnUser("lina", "李娜"),
                    new OwnUser("wangwei", "王伟", "138", "B2"),
                    new OwnUser("7")
                },
                existing: new[] { new Link(99, "lost") });
            Assert.That(outcome.Links.Single().OwnId, Is.EqualTo("chentao"));
            Assert.That(outcome.Links.Single().PandaId, Is.EqualTo(1));
            Assert.That(outcome.Links.Single().By, Is.EqualTo("jobNumber"));
            Assert.That(outcome.Suggestions.Single().OwnId, Is.EqualTo("lina"));
            Assert.That(outcome.Conflicts.Single().PandaIds.Single(), Is.EqualTo(3));
            Assert.That(outcome.Conflicts.Single().OwnIds.Single(), Is.EqualTo("wangwei"));
            Assert.That(outcome.Broken.Single().Reason, Is.EqualTo("gone"));
            Assert.That(outcome.UnlinkedPanda.Single(), Is.EqualTo(4));
            Assert.That(outcome.UnlinkedOwn.Single(), Is.EqualTo("7"));
        }

        [Test]
        public void Nobody_is_linked_against_their_name()
        {
            var pandaUsers = new[] { new User(1, "陈涛", jobNumber: "1001"), new User(2, "李娜", jobNumber: "无") };
            var ownUsers = new[]
            {
                new OwnUser("5", "李四", jobNumber: "1001"), new OwnUser("6", "赵敏", jobNumber: "无")
            };
            var outcome = Panda.LinkUsers(pandaUsers, ownUsers);
            Assert.That(outcome.Links, Is.Empty);
            Assert.That(outcome.Suggestions.Single().OwnId, Is.EqualTo("5"));
            Assert.That(outcome.Suggestions.Single().By, Is.EqualTo("jobNumber"));
            Assert.That(outcome.Suggestions.Single().NamesDiffer, Is.True);
            Assert.That(Panda.LinkUsers(pandaUsers, ownUsers, names: "compare").Links, Is.Empty);
            var ignored = Panda.LinkUsers(pandaUsers, ownUsers, names: "ignore");
            Assert.That(ignored.Links.Single().OwnId, Is.EqualTo("5"));
            Assert.That(ignored.Links.Single().NamesDiffer, Is.False);
            // What identifies nobody matches nobody, whatever the names.
            Assert.That(ignored.UnlinkedOwn.Single(), Is.EqualTo("6"));
            var confirmed = Panda.LinkUsers(pandaUsers, ownUsers, existing: outcome.Suggestions);
            Assert.That(confirmed.Links.Single().By, Is.EqualTo("existing"));
            Thrown.By<PandaArgumentException>(() => Panda.LinkUsers(pandaUsers, ownUsers, names: "both"));
        }

        [Test]
        public void Own_ids_may_be_numbers()
        {
            var pandaUsers = new[] { new User(1, "陈涛", jobNumber: "A7"), new User(2, "李娜") };
            var ownUsers = new[] { new OwnUser(5, "陈涛", jobNumber: "A7"), new OwnUser(6L, "李娜") };
            var outcome = Panda.LinkUsers(pandaUsers, ownUsers, existing: new[] { new Link(2, 6) });
            Assert.That(outcome.Links.Select(link => link.OwnId), Is.EqualTo(new[] { "6", "5" }).Or.EqualTo(new[] { "5", "6" }));
        }

        [Test]
        public void A_null_among_users_is_an_argument_error()
        {
            var users = new User[] { null };
            Assert.That(
                Thrown.By<PandaArgumentException>(() => Panda.LinkUsers(users, new OwnUser[0])).Message,
                Is.EqualTo("pandaUsers holds null"));
            Thrown.By<PandaArgumentException>(() => Panda.LinkUsers(new User[0], new OwnUser[] { null }));
            Thrown.By<PandaArgumentException>(
                () => Panda.LinkUsers(new User[0], new OwnUser[0], existing: new Link[] { null }));
            Thrown.By<PandaArgumentException>(
                () => Panda.LinkUsers(new User[0], new OwnUser[0], new string[] { null }));
        }

        [Test]
        public void Bad_links()
        {
            Thrown.By<PandaArgumentException>(() => Panda.LinkUsers(null, new OwnUser[0]));
            var twice = new[] { new OwnUser("1"), new OwnUser("1") };
            Thrown.By<PandaArgumentException>(() => Panda.LinkUsers(new User[0], twice));
            Thrown.By<PandaArgumentException>(() => Panda.LinkUsers(new User[0], new OwnUser[0], new[] { "birthday" }));
        }
    }
}
