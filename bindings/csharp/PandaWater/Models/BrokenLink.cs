using Newtonsoft.Json.Linq;

namespace PandaWater
{
    /// <summary>An existing link that does not hold any more.</summary>
    public sealed class BrokenLink
    {
        private BrokenLink(JToken json)
        {
            PandaId = (long)json["pandaId"];
            OwnId = (string)json["ownId"];
            Reason = (string)json["reason"];
        }

        /// <summary>The platform's user.</summary>
        public long PandaId { get; }

        /// <summary>The application's user.</summary>
        public string OwnId { get; }

        /// <summary><c>gone</c>, where a side is no longer there; <c>contradicts</c>, where the job numbers differ
        /// now.</summary>
        public string Reason { get; }

        internal static BrokenLink FromJson(JToken json)
        {
            return new BrokenLink(json);
        }
    }
}
