using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Newtonsoft.Json.Linq;

namespace PandaWater
{
    /// <summary>One property of <see cref="PandaOptions"/>, and what it is called elsewhere.</summary>
    internal sealed class Setting
    {
        /// <summary>Every property.</summary>
        internal static readonly IReadOnlyList<Setting> All = typeof(PandaOptions)
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(property => new Setting(property))
            .ToList();

        /// <summary>Those that the library knows too: its own path is not one of them.</summary>
        internal static readonly IReadOnlyList<Setting> OfTheLibrary =
            All.Where(setting => setting.property.Name != nameof(PandaOptions.Library)).ToList();

        private static readonly Dictionary<string, string> Names =
            OfTheLibrary.ToDictionary(setting => setting.Key, setting => setting.property.Name);

        private readonly PropertyInfo property;

        private Setting(PropertyInfo property)
        {
            this.property = property;
        }

        internal Type Type
        {
            get { return property.PropertyType; }
        }

        /// <summary>The library's key, such as <c>timeoutMs</c>.</summary>
        internal string Key
        {
            get { return char.ToLowerInvariant(property.Name[0]) + property.Name.Substring(1); }
        }

        /// <summary>What the environment's variable ends with, such as <c>TIMEOUT_MS</c>.</summary>
        internal string UpperSnakeName
        {
            get
            {
                var name = new StringBuilder();
                foreach (var letter in property.Name)
                {
                    if (char.IsUpper(letter) && name.Length > 0)
                    {
                        name.Append('_');
                    }
                    name.Append(char.ToUpperInvariant(letter));
                }
                return name.ToString();
            }
        }

        /// <summary>A message of the library, with the settings named as the properties are.</summary>
        internal static string InOwnWords(string message)
        {
            return Regex.Replace(
                message,
                "(?<=`)\\w+(?=`)",
                found => Names.TryGetValue(found.Value, out var name) ? name : found.Value);
        }

        /// <summary>The setting's value as JSON; null where there is none.</summary>
        internal JToken Read(PandaOptions options)
        {
            var value = property.GetValue(options, null);
            if (value == null)
            {
                return null;
            }
            var entries = value as IDictionary<string, string>;
            return entries == null
                ? (JToken)new JValue(value)
                : new JObject(entries.Select(entry => new JProperty(entry.Key, entry.Value)));
        }

        internal void Write(PandaOptions options, object value)
        {
            property.SetValue(options, value, null);
        }
    }
}
