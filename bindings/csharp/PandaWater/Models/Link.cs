using System.Globalization;
using Newtonsoft.Json.Linq;

namespace PandaWater
{
    /// <summary>A user of the platform and one of the application's own who are one person, or may be.</summary>
    public sealed class Link
    {
        /// <summary>Makes a link, as one that is stored or was confirmed.</summary>
        /// <param name="pandaId">The platform's user.</param>
        /// <param name="ownId">The application's user.</param>
        /// <param name="by">What speaks for it, or null.</param>
        public Link(long pandaId, string ownId, string by = null)
        {
            PandaId = pandaId;
            OwnId = ownId;
            By = by;
        }

        /// <summary>Makes a link with a user who is known by a number.</summary>
        /// <param name="pandaId">The platform's user.</param>
        /// <param name="ownId">The application's user.</param>
        /// <param name="by">What speaks for it, or null.</param>
        public Link(long pandaId, long ownId, string by = null)
            : this(pandaId, ownId.ToString(CultureInfo.InvariantCulture), by)
        {
        }

        private Link(JToken json)
            : this((long)json["pandaId"], (string)json["ownId"], (string)json["by"])
        {
            NamesDiffer = (bool?)json["namesDiffer"] ?? false;
        }

        /// <summary>The platform's user.</summary>
        public long PandaId { get; }

        /// <summary>The application's user.</summary>
        public string OwnId { get; }

        /// <summary>What speaks for it: <c>jobNumber</c>, <c>phone</c>, <c>userName</c>, or <c>existing</c> if it was
        /// there before.</summary>
        public string By { get; }

        /// <summary>Whether both have a name and the names differ; only of a suggestion by job number or
        /// phone.</summary>
        public bool NamesDiffer { get; }

        internal static Link FromJson(JToken json)
        {
            return new Link(json);
        }
    }
}
