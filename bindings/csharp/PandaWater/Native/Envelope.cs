using System;
using System.IO;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace PandaWater.Native
{
    /// <summary>The JSON that every reply of the library is wrapped in.</summary>
    internal static class Envelope
    {
        /// <summary>What is read of a success's data.</summary>
        /// <exception cref="PandaException">The envelope is a failure.</exception>
        internal static T Open<T>(string reply, Func<JsonReader, T> read)
        {
            using (var json = Reader(reply))
            {
                var succeeded = false;
                // The code comes before the data.
                foreach (var name in json.Fields())
                {
                    if (name == "code")
                    {
                        succeeded = (long)json.Value == 0;
                    }
                    else if (succeeded && name == "data")
                    {
                        return read(json);
                    }
                }
            }
            using (var json = Reader(reply))
            {
                throw ExceptionByKind.FromEnvelope(JObject.Load(json));
            }
        }

        // At the first value.
        private static JsonReader Reader(string text)
        {
            // Dates stay the texts that the platform sent, and the library has limited the depth already.
            var json = new JsonTextReader(new StringReader(text))
            {
                DateParseHandling = DateParseHandling.None,
                MaxDepth = null
            };
            json.Read();
            return json;
        }
    }
}
