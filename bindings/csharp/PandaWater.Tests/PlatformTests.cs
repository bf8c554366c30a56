using System;
using NUnit.Framework;

namespace PandaWater.Tests
{
    /// <summary>What tests that ask the platform share: a simulator, a client, and a look at what is left
    /// behind.</summary>
    public abstract class PlatformTests
    {
        private ProcessStats before;

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

        private static ProcessStats Held()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return Panda.ProcessStats();
        }
    }
}
