using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace PandaWater.Tests
{
    [TestFixture]
    public class ModelsTests : PlatformTests
    {
        [TestCase("utf8")]
        [TestCase("utf8Bom")]
        [TestCase("escaped")]
        [TestCase("gbk")]
        [TestCase("gb18030")]
        public void Chinese_text_in_every_encoding(string encoding)
        {
            var expected = Client.GetUsers(1, 50).Users;
            Assert.That(expected[0].UserName.Any(letter => letter >= '\u4e00' && letter <= '\u9fff'), Is.True);
            Simulator.Behave("{\"encoding\":\"" + encoding + "\"}");
            Assert.That(Client.GetUsers(1, 50).Users, Is.EqualTo(expected));
        }

        [Test]
        public void Chinese_text_and_emoji_on_the_way_in()
        {
            var ticket = Simulator.Ticket(2, "票据\U0001F43C");
            Assert.That(Client.GetUserByTicket(ticket).Id, Is.EqualTo(2));
        }

        [Test]
        public void Further_fields_come_as_sent()
        {
            Simulator.Fail("{\"endpoint\":\"GetUserByTicket\",\"fault\":{\"answer\":{\"body\":"
                + "\"{\\\"code\\\":0,\\\"msg\\\":\\\"OK\\\",\\\"data\\\":{\\\"id\\\":\\\"9007199254740991\\\","
                + "\\\"userName\\\":\\\"陈涛\\\",\\\"phone\\\":\\\"\\\",\\\"since\\\":\\\"2024-05-01T12:00:00Z\\\","
                + "\\\"roles\\\":[1,\\\"二\\\"]}}\"}}}");
            var user = Client.GetUserByTicket("x");
            Assert.That(user.Id, Is.EqualTo(9007199254740991));
            Assert.That(user.UserName, Is.EqualTo("陈涛"));
            Assert.That(user.Phone, Is.Null);
            Assert.That(user.Extra.Keys.OrderBy(key => key).ToArray(), Is.EqualTo(new[] { "roles", "since" }));
            Assert.That((string)user.Extra["since"], Is.EqualTo("2024-05-01T12:00:00Z"));
            Assert.That((string)user.Extra["roles"][1], Is.EqualTo("二"));
        }

        [Test]
        public void Text_in_every_notation()
        {
            const string Body = @"{""code"":0,""msg"":""OK"",""data"":{""id"":1,
                ""userName"":""é陈🐼\u9648\u00E9\uD83D\uDc3C\""\\\/\b\f\n\r\t}"",
                ""a\""b"":{""]"":[ -1.5e3 ,true , null,[""}\\""]]} , ""empty"":{} ,""number"": 7 }}";
            Simulator.Fail("{\"endpoint\":\"GetUserByTicket\",\"fault\":{\"answer\":{\"body\":"
                + JsonConvert.ToString(Body) + "}}}");
            var user = Client.GetUserByTicket("x");
            Assert.That(user.UserName, Is.EqualTo("é陈\U0001F43C陈é\U0001F43C\"\\/\b\f\n\r\t}"));
            var list = user.Extra["a\"b"].ToString(Formatting.None);
            Assert.That(list, Is.EqualTo("{\"]\":[-1500.0,true,null,[\"}\\\\\"]]}"));
            Assert.That(user.Extra["empty"].ToString(Formatting.None), Is.EqualTo("{}"));
            Assert.That((int)user.Extra["number"], Is.EqualTo(7));
        }

        [Test]
        public void A_page_with_further_fields()
        {
            const string Body = @"{""code"":0,""msg"":""OK"",""data"":{""data"":[
                {""id"":2,""userName"":""陈涛"",""phone"":null,""jobNumber"":""007"",""level"":3,""roles"":[1,[]]},
                {""id"":""3""}]}}";
            Simulator.Fail("{\"endpoint\":\"GetUsers\",\"fault\":{\"answer\":{\"body\":"
                + JsonConvert.ToString(Body) + "}}}");
            var page = Client.GetUsers();
            var extra = new Dictionary<string, JToken> { { "level", 3 }, { "roles", new JArray(1, new JArray()) } };
            Assert.That(page.Count, Is.Null);
            Assert.That(page.Users, Is.EqualTo(new[] { new User(2, "陈涛", null, "007", null, extra), new User(3, null) }));
        }

        [Test]
        public void Users_compare_by_value()
        {
            var extra = new Dictionary<string, JToken> { { "level", 3 } };
            var user = new User(1, "陈涛", "138", "007", null, extra);
            Assert.That(user, Is.EqualTo(new User(1, "陈涛", "138", "007", null, extra)));
            Assert.That(user.GetHashCode(), Is.EqualTo(new User(1, "陈涛").GetHashCode()));
            Assert.That(user, Is.Not.EqualTo(new User(1, "陈涛", "138", "007")));
            Assert.That(user, Is.Not.EqualTo(new User(2, "陈涛", "138", "007", null, extra)));
            extra["level"] = 4;
            Assert.That((int)user.Extra["level"], Is.EqualTo(3));
            Assert.That(user.ToString(), Is.EqualTo("1 陈涛"));
        }
    }
}
