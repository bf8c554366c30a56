using System.IO;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace PandaWater.Native
{
    /// <summary>The JSON that every reply of the library is wrapped in.</summary>
    internal static class Envelope
    {
        /// <summary>The data of a success.</summary>
        /// <exception cref="PandaException">The envelope is a failure.</exception>
        internal static JToken Open(string reply)
        {
            var envelope = Parse(reply);
            if ((int)envelope["code"] == 0)
            {
                return envelope["data"];
            }
            throw ExceptionByKind.FromEnvelope(envelope);
        }

        private static JObject Parse(string reply)
        {
            // Dates stay the texts that the platform sent, and the library has limited the depth already.
            using (var reader = new JsonTextReader(new StringReader(reply))
            {
                DateParseHandling = DateParseHandling.None,
                MaxDepth = null
            })
            {
                return JObject.Load(reader);
            }
        }
    }
}
