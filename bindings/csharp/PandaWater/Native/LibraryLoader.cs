using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;

namespace PandaWater.Native
{
    /// <summary>Finds the native library and loads it.</summary>
    internal static class LibraryLoader
    {
        private static readonly object Loading = new object();
        private static readonly Dictionary<string, PandaLibrary> Loaded = new Dictionary<string, PandaLibrary>();

        /// <summary>The first candidate that loads; looked for once for each path asked for.</summary>
        /// <param name="inCode">A path that comes before all others, or null.</param>
        /// <exception cref="PandaLibraryException">None loads, or the first that does speaks another version of the
        /// interface.</exception>
        internal static PandaLibrary Load(string inCode)
        {
            var inEnvironment = Environment.GetEnvironmentVariable(Candidates.Variable);
            var askedFor = inCode + "\n" + inEnvironment;
            lock (Loading)
            {
                if (!Loaded.TryGetValue(askedFor, out var library))
                {
                    library = FirstThatLoads(Candidates.InOrder(inCode, inEnvironment));
                    Loaded.Add(askedFor, library);
                }
                return library;
            }
        }

        private static PandaLibrary FirstThatLoads(IEnumerable<Candidate> candidates)
        {
            var failures = new List<KeyValuePair<Candidate, string>>();
            foreach (var candidate in candidates)
            {
                try
                {
                    var library = new PandaLibrary(candidate.Path);
                    WarnOfPassedOver(failures, candidate);
                    return library;
                }
                catch (LoadFailure failure)
                {
                    failures.Add(new KeyValuePair<Candidate, string>(candidate, failure.Message));
                    if (failure is AbiMismatch)
                    {
                        // Two versions have been mixed up: going on to the next file would hide it.
                        break;
                    }
                }
            }
            throw new PandaLibraryException(failures.Select(Described));
        }

        private static void WarnOfPassedOver(IEnumerable<KeyValuePair<Candidate, string>> failures, Candidate used)
        {
            foreach (var failure in failures.Where(failure => failure.Key.IsAskedFor).Select(Described))
            {
                Trace.TraceWarning(
                    "PandaWater uses {0}, since {1} does not load: {2}", used.Path, failure.Key, failure.Value);
            }
        }

        private static KeyValuePair<string, string> Described(KeyValuePair<Candidate, string> failure)
        {
            return new KeyValuePair<string, string>(failure.Key.Path, failure.Key.Origin + ": " + failure.Value);
        }
    }
}
