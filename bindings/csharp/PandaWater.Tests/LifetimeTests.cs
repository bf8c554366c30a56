using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace PandaWater.Tests
{
    [TestFixture]
    public class LifetimeTests : PlatformTests
    {
        [Test]
        public void Many_threads_cause_one_login()
        {
            const int Threads = 64;
            var start = new Barrier(Threads);
            var tokens = new string[Threads];
            var threads = Enumerable.Range(0, Threads)
                .Select(index => new Thread(() =>
                {
                    start.SignalAndWait();
                    tokens[index] = Client.GetToken().Value;
                }))
                .ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
            Assert.That(tokens.Distinct().Count(), Is.EqualTo(1));
            Assert.That(tokens[0], Is.Not.Empty);
            Assert.That(Simulator.Requests("GenerateToken"), Is.EqualTo(1));
        }

        [Test]
        public void Disposing_twice_and_from_many_threads()
        {
            Parallel.For(0, 64, index => Client.Dispose());
            Client.Dispose();
            Assert.That(Client.IsDisposed, Is.True);
            Assert.That(Thrown.By<PandaHandleException>(() => Client.GetUsers()).Code, Is.EqualTo(-10003));
            Assert.That(Thrown.By<PandaHandleException>(() => Client.Stats()).Kind, Is.EqualTo("handle"));
        }

        [Test]
        public void A_call_under_way_ends_normally()
        {
            Client.GetToken();
            Simulator.Fail("{\"endpoint\":\"GetUsers\",\"fault\":{\"latency\":{\"ms\":500}}}");
            var call = Task.Factory.StartNew(() => Client.GetUsers(1, 3), TaskCreationOptions.LongRunning);
            SpinWait.SpinUntil(() => Simulator.Requests("GetUsers") == 1, 5000);
            Client.Dispose();
            Assert.That(call.Result.Users.Count, Is.EqualTo(3));
        }

        [Test]
        public void A_forgotten_client_is_closed_by_the_garbage_collector()
        {
            var thread = new Thread(() => new PandaClient(Simulator.Account).GetToken());
            thread.Start();
            thread.Join();
        }
    }
}
