using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json;

namespace PandaWater
{
    /// <summary>One page of the platform's users.</summary>
    /// <remarks>Access document 2024, interface ①; 2022, 获取熊猫智慧水务用户.</remarks>
    public sealed class UserPage
    {
        /// <summary>Makes a page, as tests of applications do.</summary>
        /// <param name="count">How many users there are in all, or null.</param>
        /// <param name="users">The users of the page.</param>
        public UserPage(long? count, IEnumerable<User> users)
            : this(count, users.ToList())
        {
        }

        private UserPage(long? count, List<User> users)
        {
            Count = count;
            Users = users.AsReadOnly();
        }

        /// <summary>How many users there are in all; null where the platform does not say.</summary>
        public long? Count { get; }

        /// <summary>The users of this page.</summary>
        public IReadOnlyList<User> Users { get; }

        internal static UserPage FromJson(JsonReader json)
        {
            var step = UserStep.FromJson(json);
            return new UserPage(step.Count, step.Users);
        }
    }
}
