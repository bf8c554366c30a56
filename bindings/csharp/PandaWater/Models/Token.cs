using System;
using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using PandaWater.Native;

namespace PandaWater
{
    /// <summary>What the platform knows the third party by.</summary>
    /// <remarks>Access document 2024, section 二 身份验证说明.</remarks>
    public sealed class Token
    {
        /// <summary>Makes a token, as tests of applications do.</summary>
        /// <param name="value">The value of the <c>panda-token</c> header.</param>
        /// <param name="expirationTime">When it expires, as the platform sent it, or null.</param>
        /// <param name="expiresAt">The same as a time, or null.</param>
        public Token(string value, string expirationTime = null, DateTimeOffset? expiresAt = null)
        {
            Value = value;
            ExpirationTime = expirationTime;
            ExpiresAt = expiresAt;
        }

        /// <summary>The value of the <c>panda-token</c> header. It is a secret: <see cref="ToString"/> leaves it
        /// out.</summary>
        public string Value { get; }

        /// <summary>When it expires, exactly as the platform sent it (a number as its digits), or null.</summary>
        public string ExpirationTime { get; }

        /// <summary>The same as a time with an offset; null where it cannot be read.</summary>
        public DateTimeOffset? ExpiresAt { get; }

        /// <summary>When the token expires, without the token.</summary>
        /// <returns>For example <c>Token until 2024-05-01T12:00:00+08:00</c>.</returns>
        public override string ToString()
        {
            return "Token until " + (ExpiresAt.HasValue
                ? ExpiresAt.Value.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)
                : "an unknown time");
        }

        internal static Token FromJson(JsonReader json)
        {
            string value = null, expirationTime = null, expiresAt = null;
            foreach (var name in json.Fields())
            {
                switch (name)
                {
                    case "token":
                        value = (string)json.Value;
                        break;
                    case "expirationTime":
                        expirationTime = JsonText.Of(JToken.ReadFrom(json));
                        break;
                    case "expiresAt":
                        expiresAt = (string)json.Value;
                        break;
                }
            }
            return new Token(value, expirationTime, ParseTime(expiresAt));
        }

        private static DateTimeOffset? ParseTime(string rfc3339)
        {
            return rfc3339 == null
                ? (DateTimeOffset?)null
                : DateTimeOffset.Parse(rfc3339, CultureInfo.InvariantCulture, DateTimeStyles.None);
        }
    }
}
