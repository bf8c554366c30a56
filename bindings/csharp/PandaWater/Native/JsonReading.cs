using System;
using System.Collections.Generic;
using Newtonsoft.Json;

namespace PandaWater.Native
{
    /// <summary>Goes through JSON value by value: a tree of a page of users takes longer than all else of a
    /// call.</summary>
    internal static class JsonReading
    {
        /// <summary>The names of the object that the reader is at, each with the reader at its value. A value that is
        /// not read is skipped.</summary>
        internal static IEnumerable<string> Fields(this JsonReader json)
        {
            Require(json.TokenType == JsonToken.StartObject);
            while (Next(json) != JsonToken.EndObject)
            {
                var name = (string)json.Value;
                Next(json);
                yield return name;
                json.Skip();
            }
        }

        /// <summary>What is read of each value of the array that the reader is at.</summary>
        internal static IEnumerable<T> Items<T>(this JsonReader json, Func<JsonReader, T> read)
        {
            Require(json.TokenType == JsonToken.StartArray);
            while (Next(json) != JsonToken.EndArray)
            {
                yield return read(json);
            }
        }

        private static JsonToken Next(JsonReader json)
        {
            Require(json.Read());
            return json.TokenType;
        }

        private static void Require(bool valid)
        {
            if (!valid)
            {
                throw new PandaInternalException("the native library's answer cannot be read");
            }
        }
    }
}
