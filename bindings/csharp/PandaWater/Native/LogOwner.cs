using System;
using System.Diagnostics;

namespace PandaWater.Native
{
    /// <summary>Which application domain has set the log callback, of which a process has only one.</summary>
    /// <remarks>When IIS restarts an application, the new domain starts before the old one is unloaded: the old one
    /// must not silence the new one's log. The environment is the one thing that all domains of a process
    /// share.</remarks>
    internal static class LogOwner
    {
        private const string Variable = "PANDAWATER_LOG_OWNER";

        private static readonly string ThisDomain = Process.GetCurrentProcess().Id + ":" + AppDomain.CurrentDomain.Id;

        internal static bool IsThisDomain
        {
            get { return Environment.GetEnvironmentVariable(Variable) == ThisDomain; }
        }

        internal static void Claim()
        {
            Environment.SetEnvironmentVariable(Variable, ThisDomain);
        }
    }
}
