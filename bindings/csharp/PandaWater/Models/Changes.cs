using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json;
using PandaWater.Native;

namespace PandaWater
{
    /// <summary>Who came, changed or left since an earlier state.</summary>
    /// <remarks>Access document 2024, section 三 step 1; 2022, step 1.</remarks>
    public sealed class Changes
    {
        private Changes(JsonReader json)
        {
            foreach (var name in json.Fields())
            {
                switch (name)
                {
                    case "count":
                        Count = (long)json.Value;
                        break;
                    case "added":
                        Added = json.Items(User.FromJson).ToList().AsReadOnly();
                        break;
                    case "updated":
                        Updated = json.Items(User.FromJson).ToList().AsReadOnly();
                        break;
                    case "removed":
                        Removed = json.Items(id => (long)id.Value).ToList().AsReadOnly();
                        break;
                    case "unchanged":
                        Unchanged = (long)json.Value;
                        break;
                    case "state":
                        State = (string)json.Value;
                        break;
                }
            }
        }

        /// <summary>How many users there are now.</summary>
        public long Count { get; }

        /// <summary>Who is not in the earlier state.</summary>
        public IReadOnlyList<User> Added { get; }

        /// <summary>Whose name, phone or job number has changed, as they are now.</summary>
        public IReadOnlyList<User> Updated { get; }

        /// <summary>The ids of those who are gone.</summary>
        public IReadOnlyList<long> Removed { get; }

        /// <summary>How many users are as they were.</summary>
        public long Unchanged { get; }

        /// <summary>What to pass to the next <see cref="PandaClient.Sync"/>.</summary>
        public string State { get; }

        internal static Changes FromJson(JsonReader json)
        {
            return new Changes(json);
        }
    }
}
