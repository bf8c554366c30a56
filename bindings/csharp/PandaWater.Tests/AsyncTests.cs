using System;
using System.Diagnostics;
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
        public void Cancelling_stops_the_waiting_and_the_call_ends_by_its_deadline()
        {
            Simulator.Fail("{\"endpoint\":\"GetUsers\",\"fault\":{\"stall\":\"beforeHead\"}}");
            var options = Simulator.Account;
            options.DeadlineMs = 1500;
            using (var client = new PandaClient(options))
            using (var cancellation = new CancellationTokenSource(200))
            {
                var watch = Stopwatch.StartNew();
                var call = client.GetUsersAsync(cancellationToken: cancellation.Token);
                var error = Thrown.By<OperationCanceledException>(call);
                Assert.That(error.CancellationToken, Is.EqualTo(cancellation.Token));
                Assert.That(call.IsCanceled, Is.True);
                Assert.That(watch.ElapsedMilliseconds, Is.LessThan(1400));
                Assert.That(TimeoutsOf(client), Is.EqualTo(0));
                SpinWait.SpinUntil(() => TimeoutsOf(client) == 1, 10000);
                Assert.That(TimeoutsOf(client), Is.EqualTo(1));
                Assert.That(watch.ElapsedMilliseconds, Is.LessThan(5000));
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

        private static int TimeoutsOf(PandaClient client)
        {
            return (int?)client.Stats()["endpoints"]["GetUsers"]["failures"]["timeout"] ?? 0;
        }
    }
}
