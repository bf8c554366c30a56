using System;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace PandaWater.Tests
{
    /// <summary>What tests that ask the platform share: a simulator, a client, and a look at what is left
    /// behind.</summary>
    public abstract class PlatformTests
    {
        private JObject before;

        internal static Simulator Simulator
        {
            get { return Simulator.Running; }
        }

        protected PandaClient Client { get; private set; }

        [SetUp]
        public void OpenClient()
        {
            before = Held();
            Client = new PandaClient(Simulator.Account);
        }

        [TearDown]
        public void NothingIsLeft()
        {
            Client.Dispose();
            Simulator.Reset();
            Assert.That(Held().ToString(), Is.EqualTo(before.ToString()));
        }

        private static JObject Held()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return Panda.ProcessStats();
        }
    }
}
