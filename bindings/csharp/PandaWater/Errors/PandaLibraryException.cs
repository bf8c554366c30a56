using System;
using System.Collections.Generic;
using System.Linq;

namespace PandaWater
{
    /// <summary>The native library could not be loaded, or is one that this package does not work with. The message
    /// lists every path tried and why it failed.</summary>
    /// <remarks>Its <see cref="PandaException.Kind"/> is <c>library</c> and its <see cref="PandaException.Code"/> -1:
    /// there is no library that could have given one.</remarks>
    public sealed class PandaLibraryException : PandaException
    {
        /// <summary>Makes an exception from what was tried.</summary>
        /// <param name="tried">Every path tried, in order, each with the reason why it failed.</param>
        public PandaLibraryException(IEnumerable<KeyValuePair<string, string>> tried)
            : this(tried.ToList().AsReadOnly())
        {
        }

        private PandaLibraryException(IReadOnlyList<KeyValuePair<string, string>> tried)
            : base(Described(tried), "library", -1, false)
        {
            Tried = tried;
        }

        /// <summary>Every path tried, in order, each with the reason why it failed.</summary>
        public IReadOnlyList<KeyValuePair<string, string>> Tried { get; }

        private static string Described(IEnumerable<KeyValuePair<string, string>> tried)
        {
            return "No usable native library of panda-water. Tried:"
                + string.Concat(tried.Select(path => Environment.NewLine + "  " + path.Key + " (" + path.Value + ")"));
        }
    }
}
