using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Linq;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using PandaWater.Native;

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
        private static readonly IReadOnlyDictionary<string, JToken> NothingExtra = ReadOnly(null);

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
            : this(extra == null ? null : Copy(extra), id, userName, phone, jobNumber, userImage)
        {
        }

        // Takes the further fields over.
        private User(
            Dictionary<string, JToken> extra,
            long id,
            string userName,
            string phone,
            string jobNumber,
            string userImage)
        {
            Id = id;
            UserName = userName;
            Phone = phone;
            JobNumber = jobNumber;
            UserImage = userImage;
            Extra = extra == null ? NothingExtra : ReadOnly(extra);
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

        internal static User FromJson(JsonReader json)
        {
            long id = 0;
            string userName = null, phone = null, jobNumber = null, userImage = null;
            Dictionary<string, JToken> extra = null;
            foreach (var name in json.Fields())
            {
                switch (name)
                {
                    case "id":
                        id = (long)json.Value;
                        break;
                    case "userName":
                        userName = (string)json.Value;
                        break;
                    case "phone":
                        phone = (string)json.Value;
                        break;
                    case "jobNumber":
                        jobNumber = (string)json.Value;
                        break;
                    case "userImage":
                        userImage = (string)json.Value;
                        break;
                    default:
                        extra = extra ?? new Dictionary<string, JToken>();
                        extra[name] = JToken.ReadFrom(json);
                        break;
                }
            }
            return new User(extra, id, userName, phone, jobNumber, userImage);
        }

        /// <summary>A user of whom there are only the values, in order, and then the further fields or null.</summary>
        internal static User FromRow(JsonReader json)
        {
            json.Read();
            var id = (long)json.Value;
            var userName = json.ReadAsString();
            var phone = json.ReadAsString();
            var jobNumber = json.ReadAsString();
            var userImage = json.ReadAsString();
            json.Read();
            var extra = json.TokenType == JsonToken.Null ? null : ExtraFromJson(json);
            while (json.Read() && json.TokenType != JsonToken.EndArray)
            {
                json.Skip();
            }
            return new User(extra, id, userName, phone, jobNumber, userImage);
        }

        private static Dictionary<string, JToken> ExtraFromJson(JsonReader json)
        {
            var extra = new Dictionary<string, JToken>();
            foreach (var name in json.Fields())
            {
                extra[name] = JToken.ReadFrom(json);
            }
            return extra;
        }

        // The values too: JSON can be changed.
        private static Dictionary<string, JToken> Copy(IEnumerable<KeyValuePair<string, JToken>> fields)
        {
            var copy = new Dictionary<string, JToken>();
            foreach (var field in fields)
            {
                copy.Add(field.Key, field.Value.DeepClone());
            }
            return copy;
        }

        private static IReadOnlyDictionary<string, JToken> ReadOnly(IDictionary<string, JToken> fields)
        {
            return new ReadOnlyDictionary<string, JToken>(fields ?? new Dictionary<string, JToken>());
        }
    }
}
