using System;
using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace PandaWater.Native
{
    /// <summary>The JSON that is passed to the library.</summary>
    internal static class Request
    {
        internal static string Configuration(PandaOptions options)
        {
            var settings = new JObject();
            foreach (var setting in Setting.OfTheLibrary)
            {
                var value = setting.Read(options);
                if (value != null)
                {
                    settings.Add(setting.Key, value);
                }
            }
            return Written(settings);
        }

        internal static string Page(int? pageIndex, int? pageSize, string keyword)
        {
            return Query(
                new JProperty("pageIndex", pageIndex),
                new JProperty("pageSize", pageSize),
                new JProperty("keyword", keyword),
                Rows());
        }

        internal static string Listing(int? pageSize, string keyword, int? prefetch)
        {
            return Query(
                new JProperty("pageSize", pageSize),
                new JProperty("keyword", keyword),
                new JProperty("prefetch", prefetch),
                Rows());
        }

        internal static string Sync(string previousState, int? pageSize, int? prefetch, int? maxRemovedPercent)
        {
            return Query(
                new JProperty("state", previousState),
                new JProperty("pageSize", pageSize),
                new JProperty("prefetch", prefetch),
                new JProperty("maxRemovedPercent", maxRemovedPercent));
        }

        internal static string Linking(
            IEnumerable<User> pandaUsers,
            IEnumerable<OwnUser> ownUsers,
            IEnumerable<string> rules,
            IEnumerable<Link> existing,
            string names)
        {
            var request = new JObject
            {
                { "pandaUsers", Each("pandaUsers", pandaUsers,
                    user => Person(user.Id, user.UserName, user.Phone, user.JobNumber)) },
                { "ownUsers", Each("ownUsers", ownUsers,
                    user => Person(user.Id, user.UserName, user.Phone, user.JobNumber)) }
            };
            if (rules != null)
            {
                request.Add("rules", Each("rules", rules, rule => rule));
            }
            if (existing != null)
            {
                request.Add("existing", Each("existing", existing,
                    link => new JObject { { "pandaId", link.PandaId }, { "ownId", link.OwnId } }));
            }
            if (names != null)
            {
                request.Add("names", names);
            }
            return Written(request);
        }

        private static JArray Each<T>(string name, IEnumerable<T> elements, Func<T, JToken> json)
            where T : class
        {
            return new JArray(elements.Select(element =>
            {
                if (element == null)
                {
                    throw new PandaArgumentException(name + " holds null");
                }
                return json(element);
            }));
        }

        // Users without the names of their fields: half as much to read. See User.FromRow.
        private static JProperty Rows()
        {
            return new JProperty("rows", true);
        }

        private static JObject Person(JToken id, string userName, string phone, string jobNumber)
        {
            return new JObject
            {
                { "id", id },
                { "userName", userName },
                { "phone", phone },
                { "jobNumber", jobNumber }
            };
        }

        // A setting that is not given must not be there: the library would refuse a null.
        private static string Query(params JProperty[] settings)
        {
            return Written(new JObject(settings.Where(setting => setting.Value.Type != JTokenType.Null)));
        }

        private static string Written(JObject settings)
        {
            foreach (var setting in settings)
            {
                if (setting.Value.Type == JTokenType.String)
                {
                    Utf8Text.RequireUnicode(setting.Key, (string)setting.Value);
                }
            }
            return settings.ToString(Formatting.None);
        }
    }
}
