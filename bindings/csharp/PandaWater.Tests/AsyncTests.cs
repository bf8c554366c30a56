using System;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace PandaWater.Tests
{
    [TestFixture]
    public class AsyncTests : PlatformTests
    {
        [Test]
        public async Task Every_call_as_a_task()
        {
            Assert.That((await Client.GetTokenAsync()).Value, Is.Not.Empty);
            Assert.That((await Client.GetUsersAsync(1, 3)).Users.Count, Is.EqualTo(3));
            var ticket = Simulator.Ticket(5);
            Assert.That((await Client.GetUserByTicketAsync(ticket)).Id, Is.EqualTo(5));
            Assert.That((await Client.UserFromUrlAsync("/oa?user=" + ticket, "user")).Id, Is.EqualTo(5));
        }

        [Test]
        public void Failures_come_as_they_are()
        {
            Thrown.By<PandaTicketException>(Client.GetUserByTicketAsync("no-such-ticket"));
            Thrown.By<PandaArgumentException>(Client.GetUsersAsync(pageIndex: 0));
        }

        [Test]
        public void Cancelling_ends_the_call()
        {
            Simulator.Fail("{\"endpoint\":\"GetUsers\",\"fault\":{\"stall\":\"beforeHead\"}}");
            using (var client = Patient())
            using (var cancellation = new CancellationTokenSource(200))
            {
                var call = client.GetUsersAsync(cancellationToken: cancellation.Token);
                var error = Thrown.By<OperationCanceledException>(call);
                Assert.That(error.CancellationToken, Is.EqualTo(cancellation.Token));
                Assert.That(call.IsCanceled, Is.True);
                AssertCancelled(client, 1);
            }
        }

        [Test]
        public void Cancelling_ends_no_other_call()
        {
            Client.GetToken();
            Simulator.Fail("{\"endpoint\":\"GetUsers\",\"fault\":{\"latency\":{\"ms\":1500}}}");
            using (var cancellation = new CancellationTokenSource(200))
            {
                var other = Client.GetUsersAsync(1, 3, cancellationToken: new CancellationTokenSource().Token);
                var blocking = Task.Factory.StartNew(() => Client.GetUsers(1, 3), TaskCreationOptions.LongRunning);
                Thrown.By<OperationCanceledException>(Client.GetUsersAsync(cancellationToken: cancellation.Token));
                Assert.That(other.Result.Users.Count, Is.EqualTo(3));
                Assert.That(blocking.Result.Users.Count, Is.EqualTo(3));
            }
        }

        [Test]
        public void Cancelled_before_it_began()
        {
            var call = Client.GetTokenAsync(new CancellationToken(true));
            Assert.That(call.IsCanceled, Is.True);
            Assert.That(Simulator.Requests("GenerateToken"), Is.EqualTo(0));
        }

        [Test]
        public async Task Listing_without_blocking()
        {
            var count = 0;
            var users = Client.Users(pageSize: 1000).GetAsyncEnumerator();
            while (await users.MoveNextAsync())
            {
                count++;
            }
            await users.DisposeAsync();
            Assert.That(count, Is.EqualTo(3661));
        }

        [Test]
        public void A_cancelled_step_loses_no_user()
        {
            Client.GetToken();
            Simulator.Fail("{\"endpoint\":\"GetUsers\",\"times\":1,\"fault\":{\"latency\":{\"ms\":600}}}");
            using (var cancellation = new CancellationTokenSource(100))
            using (var users = Client.Users(pageSize: 1000, prefetch: 1).GetAsyncEnumerator(cancellation.Token))
            {
                Thrown.By<OperationCanceledException>(users.MoveNextAsync());
                Assert.That(users.MoveNext(), Is.True);
                Assert.That(users.Current.Id, Is.EqualTo(1));
            }
        }

        [Test]
        public void A_step_that_the_platform_does_not_answer_is_ended_and_made_again()
        {
            using (var client = Patient())
            using (var cancellation = new CancellationTokenSource(200))
            {
                client.GetToken();
                Simulator.Fail("{\"endpoint\":\"GetUsers\",\"times\":1,\"fault\":{\"stall\":\"beforeHead\"}}");
                using (var users = client.Users(prefetch: 1).GetAsyncEnumerator(cancellation.Token))
                {
                    Thrown.By<OperationCanceledException>(users.MoveNextAsync());
                    Assert.That(users.MoveNext(), Is.True);
                    Assert.That(users.Current.Id, Is.EqualTo(1));
                    AssertCancelled(client, 1);
                }
            }
        }

        // Its calls last, unless they are ended.
        private static PandaClient Patient()
        {
            var options = Simulator.Account;
            options.TimeoutMs = 600000;
            options.DeadlineMs = 600000;
            return new PandaClient(options);
        }

        private static void AssertCancelled(PandaClient client, int expected)
        {
            Func<int> count = () => (int?)client.Stats()["endpoints"]["GetUsers"]["failures"]["cancelled"] ?? 0;
            SpinWait.SpinUntil(() => count() == expected, 30000);
            Assert.That(count(), Is.EqualTo(expected));
        }
    }
}
