using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace PandaWater
{
    /// <summary>The settings of a client as the environment's variables.</summary>
    internal sealed class EnvironmentSettings
    {
        // What Kubernetes tells every container of a service whose name begins like the settings, such as panda-water.
        private static readonly Regex ServiceLink = new Regex(
            @"^([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)\z");

        private static readonly Regex ServiceAddressName = new Regex(@"^([A-Z0-9_]+_)?PORT\z");
        private static readonly Regex ServiceAddress = new Regex("^(tcp|udp|sctp)://");

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
                if (name.StartsWith(prefix, StringComparison.Ordinal) && name != prefix + "DIR"
                    && !IsServiceLink(name.Substring(prefix.Length), text))
                {
                    Apply(options, name, text);
                }
            }
            return options;
        }

        private static bool IsServiceLink(string name, string text)
        {
            return ServiceLink.IsMatch(name) || (ServiceAddressName.IsMatch(name) && ServiceAddress.IsMatch(text));
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
