using System;
using System.Collections.Generic;

namespace PandaWater.Native
{
    /// <summary>Where the library's log lines go.</summary>
    internal static class Log
    {
        private static readonly object Setting = new object();

        // The library calls what was set last, so that has to be kept from the garbage collector.
        private static readonly Dictionary<PandaLibrary, LogCallback> Kept =
            new Dictionary<PandaLibrary, LogCallback>();

        internal static void Set(PandaLibrary library, Action<PandaLogLevel, string> log, PandaLogLevel level)
        {
            var callback = log == null ? null : Entry(log);
            lock (Setting)
            {
                library.SetLog(callback, (int)level);
                LogOwner.Claim();
                if (Kept.Count == 0)
                {
                    AppDomain.CurrentDomain.DomainUnload += Silence;
                    AppDomain.CurrentDomain.ProcessExit += Silence;
                }
                Kept[library] = callback;
            }
        }

        // The library outlives the application domain, whose code cannot be called any more then.
        private static void Silence(object sender, EventArgs arguments)
        {
            lock (Setting)
            {
                if (!LogOwner.IsThisDomain)
                {
                    return;
                }
                foreach (var library in Kept.Keys)
                {
                    library.SetLog(null, (int)PandaLogLevel.Error);
                }
            }
        }

        private static LogCallback Entry(Action<PandaLogLevel, string> log)
        {
            return (level, message, user) =>
            {
                try
                {
                    log((PandaLogLevel)level, Utf8Text.FromNative(message));
                }
                catch (Exception)
                {
                    // It must not get into the library, whose frames it cannot cross, and there is no caller to tell.
                }
            };
        }
    }
}
