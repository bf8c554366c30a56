using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json.Linq;

namespace PandaWater
{
    /// <summary>Users whom a rule would link and something else forbids: an administrator has to decide.</summary>
    public sealed class LinkConflict
    {
        private LinkConflict(JToken json)
        {
            By = (string)json["by"];
            PandaIds = json["pandaIds"].Select(id => (long)id).ToList().AsReadOnly();
            OwnIds = json["ownIds"].Select(id => (string)id).ToList().AsReadOnly();
        }

        /// <summary>The rule: <c>jobNumber</c>, <c>phone</c> or <c>userName</c>.</summary>
        public string By { get; }

        /// <summary>The platform's users in it.</summary>
        public IReadOnlyList<long> PandaIds { get; }

        /// <summary>The application's users in it.</summary>
        public IReadOnlyList<string> OwnIds { get; }

        internal static LinkConflict FromJson(JToken json)
        {
            return new LinkConflict(json);
        }
    }
}
