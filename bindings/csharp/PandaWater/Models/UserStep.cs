using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json;
using PandaWater.Native;

namespace PandaWater
{
    /// <summary>Users as the library gives them, a page at a time.</summary>
    internal sealed class UserStep
    {
        private UserStep(long? count, List<User> users, bool isLast)
        {
            Count = count;
            Users = users;
            IsLast = isLast;
        }

        /// <summary>How many users there are in all; null where the platform does not say.</summary>
        internal long? Count { get; }

        internal List<User> Users { get; }

        /// <summary>Whether a listing ends with it. A single page does not say.</summary>
        internal bool IsLast { get; }

        internal static UserStep FromJson(JsonReader json)
        {
            long? count = null;
            List<User> users = null;
            var isLast = false;
            foreach (var name in json.Fields())
            {
                switch (name)
                {
                    case "count":
                        count = (long?)json.Value;
                        break;
                    case "data":
                        users = json.Items(User.FromRow).ToList();
                        break;
                    case "done":
                        isLast = (bool)json.Value;
                        break;
                }
            }
            return new UserStep(count, users, isLast);
        }
    }
}
