using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json.Linq;

namespace PandaWater
{
    /// <summary>What <see cref="Panda.LinkUsers"/> found. Every user is in exactly one place.</summary>
    /// <remarks>Access document 2024, section 三 step 2; 2022, step 2.</remarks>
    public sealed class LinkOutcome
    {
        private LinkOutcome(JToken json)
        {
            Links = json["links"].Select(Link.FromJson).ToList().AsReadOnly();
            Suggestions = json["suggestions"].Select(Link.FromJson).ToList().AsReadOnly();
            Conflicts = json["conflicts"].Select(LinkConflict.FromJson).ToList().AsReadOnly();
            Broken = json["broken"].Select(BrokenLink.FromJson).ToList().AsReadOnly();
            UnlinkedPanda = json["unlinkedPanda"].Select(id => (long)id).ToList().AsReadOnly();
            UnlinkedOwn = json["unlinkedOwn"].Select(id => (string)id).ToList().AsReadOnly();
        }

        /// <summary>Who is who; pass them as <c>existing</c> the next time.</summary>
        public IReadOnlyList<Link> Links { get; }

        /// <summary>Who may be who, for an administrator to confirm: by name alone, or by job number or phone while the
        /// names differ. Pass those that are confirmed as <c>existing</c> from then on.</summary>
        public IReadOnlyList<Link> Suggestions { get; }

        /// <summary>What contradicts itself, for an administrator to decide.</summary>
        public IReadOnlyList<LinkConflict> Conflicts { get; }

        /// <summary>Links of <c>existing</c> that do not hold any more.</summary>
        public IReadOnlyList<BrokenLink> Broken { get; }

        /// <summary>The platform's users of whom nothing is known.</summary>
        public IReadOnlyList<long> UnlinkedPanda { get; }

        /// <summary>The application's users of whom nothing is known.</summary>
        public IReadOnlyList<string> UnlinkedOwn { get; }

        internal static LinkOutcome FromJson(JToken json)
        {
            return new LinkOutcome(json);
        }
    }
}
