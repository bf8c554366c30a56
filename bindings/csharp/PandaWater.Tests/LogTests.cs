using System;
using System.Collections.Concurrent;
using System.Linq;
using NUnit.Framework;

namespace PandaWater.Tests
{
    [TestFixture]
    public class LogTests : PlatformTests
    {
        private readonly ConcurrentQueue<string> lines = new ConcurrentQueue<string>();

        [TearDown]
        public void Silence()
        {
            Panda.SetLog(null);
            string line;
            while (lines.TryDequeue(out line))
            {
            }
        }

        [Test]
        public void Lines_arrive_and_hold_no_secret()
        {
            Panda.SetLog((level, line) => lines.Enqueue(level + " " + line), PandaLogLevel.Debug);
            GC.Collect();
            var ticket = Simulator.Ticket(1, "hush-ticket");
            Client.GetUserByTicket(ticket);
            var token = Client.GetToken().Value;
            Assert.That(lines, Is.Not.Empty);
            var text = string.Join("\n", lines.ToArray());
            Assert.That(text.Contains(ticket), Is.False);
            Assert.That(text.Contains(token), Is.False);
            Assert.That(text.Contains(Simulator.Password), Is.False);
        }

        [Test]
        public void Only_up_to_the_level()
        {
            Panda.SetLog((level, line) => lines.Enqueue(level.ToString()), PandaLogLevel.Warning);
            Client.GetUsers();
            Assert.That(lines.Any(level => level == "Info" || level == "Debug"), Is.False);
        }

        [Test]
        public void Silence_is_silence()
        {
            Panda.SetLog((level, line) => lines.Enqueue(line), PandaLogLevel.Debug);
            Panda.SetLog(null);
            Client.GetUsers();
            Assert.That(lines, Is.Empty);
        }

        [Test]
        public void An_exception_in_the_function_does_no_harm()
        {
            Panda.SetLog((level, line) => { throw new InvalidOperationException(line); }, PandaLogLevel.Debug);
            Assert.That(Client.GetUsers(1, 1).Users.Count, Is.EqualTo(1));
        }

        [Test]
        public void No_such_level()
        {
            Thrown.By<PandaArgumentException>(() => Panda.SetLog(null, (PandaLogLevel)0));
            Thrown.By<PandaArgumentException>(() => Panda.SetLog(null, (PandaLogLevel)5));
        }
    }
}
