using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Linq;
using Newtonsoft.Json.Linq;

namespace PandaWater
{
    /// <summary>A user of the platform. It cannot be changed, and compares by value.</summary>
    /// <remarks>Identify users by <see cref="Id"/>: names are not unique.
    /// <para>Access document 2024, interfaces ① and ②; 2022, 获取熊猫智慧水务用户 and 通过票据获取对应的用户.</para></remarks>
    /// <example><code>
    /// User user = client.GetUserByTicket(ticket);
    /// Console.WriteLine("{0} {1} {2}", user.Id, user.UserName, user.Phone ?? "no phone");
    /// </code></example>
    public sealed class User : IEquatable<User>
    {
        private static readonly IReadOnlyDictionary<string, JToken> NothingExtra = Copy(null);

        /// <summary>Makes a user, as tests of applications do.</summary>
        /// <param name="id">The number on the platform, from 1 to 2^53-1.</param>
        /// <param name="userName">The name.</param>
        /// <param name="phone">The phone number, or null.</param>
        /// <param name="jobNumber">The job number, or null.</param>
        /// <param name="userImage">The picture, or null.</param>
        /// <param name="extra">Further fields, or null for none; they are copied.</param>
        public User(
            long id,
            string userName,
            string phone = null,
            string jobNumber = null,
            string userImage = null,
            IEnumerable<KeyValuePair<string, JToken>> extra = null)
        {
            Id = id;
            UserName = userName;
            Phone = phone;
            JobNumber = jobNumber;
            UserImage = userImage;
            Extra = extra == null ? NothingExtra : Copy(extra);
        }

        /// <summary>The user's number on the platform, from 1 to 2^53-1. This is what identifies a user.</summary>
        public long Id { get; }

        /// <summary>The name; null where the platform has none. Several users may have the same one.</summary>
        public string UserName { get; }

        /// <summary>The phone number; null where there is none or the platform does not say.</summary>
        public string Phone { get; }

        /// <summary>The job number, or null. Listings of the 2024 edition give it.</summary>
        public string JobNumber { get; }

        /// <summary>The user's picture, or null. Ticket look-ups of the 2024 edition give it.</summary>
        public string UserImage { get; }

        /// <summary>Every further field that the platform sent, under its own name.</summary>
        public IReadOnlyDictionary<string, JToken> Extra { get; }

        /// <summary>Whether two users are the same in every field.</summary>
        /// <param name="other">The other user, or null.</param>
        /// <returns>True if all fields are equal.</returns>
        public bool Equals(User other)
        {
            return other != null
                && Id == other.Id
                && UserName == other.UserName
                && Phone == other.Phone
                && JobNumber == other.JobNumber
                && UserImage == other.UserImage
                && Extra.Count == other.Extra.Count
                && Extra.All(field => other.Extra.TryGetValue(field.Key, out var value)
                    && JToken.DeepEquals(field.Value, value));
        }

        /// <inheritdoc/>
        public override bool Equals(object other)
        {
            return Equals(other as User);
        }

        /// <inheritdoc/>
        public override int GetHashCode()
        {
            return Id.GetHashCode();
        }

        /// <summary>The number and the name, for logs.</summary>
        /// <returns>For example <c>1 陈涛</c>.</returns>
        public override string ToString()
        {
            return Id.ToString(CultureInfo.InvariantCulture) + " " + UserName;
        }

        internal static User FromJson(JToken json)
        {
            long id = 0;
            string userName = null, phone = null, jobNumber = null, userImage = null;
            Dictionary<string, JToken> extra = null;
            foreach (var field in (JObject)json)
            {
                switch (field.Key)
                {
                    case "id":
                        id = (long)field.Value;
                        break;
                    case "userName":
                        userName = (string)field.Value;
                        break;
                    case "phone":
                        phone = (string)field.Value;
                        break;
                    case "jobNumber":
                        jobNumber = (string)field.Value;
                        break;
                    case "userImage":
                        userImage = (string)field.Value;
                        break;
                    default:
                        extra = extra ?? new Dictionary<string, JToken>();
                        extra.Add(field.Key, field.Value);
                        break;
                }
            }
            return new User(id, userName, phone, jobNumber, userImage, extra);
        }

        // Deep copies: a field that stayed part of the answer would keep all of it in memory.
        private static IReadOnlyDictionary<string, JToken> Copy(IEnumerable<KeyValuePair<string, JToken>> fields)
        {
            var copy = new Dictionary<string, JToken>();
            foreach (var field in fields ?? Enumerable.Empty<KeyValuePair<string, JToken>>())
            {
                copy.Add(field.Key, field.Value.DeepClone());
            }
            return new ReadOnlyDictionary<string, JToken>(copy);
        }
    }
}
