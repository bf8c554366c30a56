using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json.Linq;

namespace PandaWater
{
    /// <summary>Who came, changed or left since an earlier state.</summary>
    /// <remarks>Access document 2024, section 三 step 1; 2022, step 1.</remarks>
    public sealed class Changes
    {
        private Changes(JToken json)
        {
            Count = (long)json["count"];
            Added = json["added"].Select(User.FromJson).ToList().AsReadOnly();
            Updated = json["updated"].Select(User.FromJson).ToList().AsReadOnly();
            Removed = json["removed"].Select(id => (long)id).ToList().AsReadOnly();
            Unchanged = (long)json["unchanged"];
            State = (string)json["state"];
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

        internal static Changes FromJson(JToken json)
        {
            return new Changes(json);
        }
    }
}
