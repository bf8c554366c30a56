using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace PandaWater
{
    /// <summary>The settings of a client as the environment's variables.</summary>
    internal sealed class EnvironmentSettings
    {
        private readonly Dictionary<string, Setting> settings;
        private readonly string prefix;

        internal EnvironmentSettings(string prefix)
        {
            this.prefix = prefix;
            settings = Setting.All.ToDictionary(setting => prefix + setting.UpperSnakeName);
        }

        internal PandaOptions Read()
        {
            var options = new PandaOptions();
            foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            {
                var name = (string)variable.Key;
                var text = (string)variable.Value;
                // PANDA_WATER_DIR is where the Java wrapper unpacks the library: a machine may run both.
                if (name.StartsWith(prefix, StringComparison.Ordinal) && name != prefix + "DIR")
                {
                    Apply(options, name, text);
                }
            }
            return options;
        }

        private void Apply(PandaOptions options, string name, string text)
        {
            if (!settings.TryGetValue(name, out var setting))
            {
                var all = string.Join(", ", settings.Keys.OrderBy(key => key, StringComparer.Ordinal));
                throw new PandaConfigException("no such setting: " + name + "; there are " + all);
            }
            if (!string.IsNullOrEmpty(text))
            {
                setting.Write(options, Parsed(setting.Type, name, text));
            }
        }

        private static object Parsed(Type type, string name, string text)
        {
            if (type == typeof(string))
            {
                return text;
            }
            if (type == typeof(IDictionary<string, string>))
            {
                return ParsedHeaders(name, text);
            }
            var number = ParsedNumber(name, text);
            return type == typeof(long?) ? (object)number : checked((int)Math.Min(number, int.MaxValue));
        }

        private static long ParsedNumber(string name, string text)
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                throw new PandaConfigException(name + " is not a whole number written in digits");
            }
            return number;
        }

        // Neither this nor the exception behind it shows the text: headers may hold secrets.
        private static IDictionary<string, string> ParsedHeaders(string name, string text)
        {
            try
            {
                var headers = JObject.Parse(text);
                if (headers.Properties().All(header => header.Value.Type == JTokenType.String))
                {
                    return headers.Properties().ToDictionary(header => header.Name, header => (string)header.Value);
                }
            }
            catch (JsonException)
            {
                // Told below, without what the parser says about the text.
            }
            throw new PandaConfigException(name + " is not a JSON object of strings such as {\"X-Name\": \"value\"}");
        }
    }
}
