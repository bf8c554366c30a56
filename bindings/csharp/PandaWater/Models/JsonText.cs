using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace PandaWater
{
    /// <summary>Values that the platform sends now as a text, now as a number.</summary>
    internal static class JsonText
    {
        /// <summary>A text as it is, null for null, and anything else as its JSON.</summary>
        internal static string Of(JToken value)
        {
            switch (value.Type)
            {
                case JTokenType.Null:
                    return null;
                case JTokenType.String:
                    return (string)value;
                default:
                    return value.ToString(Formatting.None);
            }
        }
    }
}
