using Newtonsoft.Json;
using PandaWater.Native;

namespace PandaWater
{
    /// <summary>What a process holds in the native library at a moment, for tests for leaks.</summary>
    public sealed class ProcessStats
    {
        private ProcessStats(JsonReader json)
        {
            foreach (var name in json.Fields())
            {
                switch (name)
                {
                    case "clients":
                        Clients = (long)json.Value;
                        break;
                    case "cursors":
                        Cursors = (long)json.Value;
                        break;
                    case "strings":
                        Strings = (long)json.Value;
                        break;
                }
            }
        }

        /// <summary>How many clients are open.</summary>
        public long Clients { get; }

        /// <summary>How many listings are under way.</summary>
        public long Cursors { get; }

        /// <summary>How many texts the library returned that were not given back yet; this package gives each back at
        /// once.</summary>
        public long Strings { get; }

        /// <summary>The numbers, for a test's message.</summary>
        /// <returns>For example <c>clients=1, cursors=0, strings=0</c>.</returns>
        public override string ToString()
        {
            return "clients=" + Clients + ", cursors=" + Cursors + ", strings=" + Strings;
        }

        internal static ProcessStats FromJson(JsonReader json)
        {
            return new ProcessStats(json);
        }
    }
}
