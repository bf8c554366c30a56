//! Users, as `GetUsers` and `GetUserByTicket` give them (both documents, interfaces ① and ②).
//!
//! A page is read once, from the answer's text to the normalised text that callers get, without a
//! tree in between: fields are borrowed, further fields carried as they came.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::envelope;
use super::text::replace_lone_surrogates;
use super::user_list::{Layout, MAX_ID, Member, TEXT_FIELDS, Texts, UserList};
use crate::json::{Text, checked_depth, string};

/// The characters of a name in a message.
const MAX_NAME: usize = 40;

/// One page of `GetUsers`.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The users in all, if the platform said so.
    pub(crate) count: Option<u64>,
    pub(crate) users: UserList,
    /// There was a list of users, or the word that there are none.
    pub(crate) tells_users: bool,
}

impl Page {
    fn with_room_for(json: &str, layout: Layout) -> serde_json::Result<Page> {
        let users = UserList::with_room_for(json, layout);
        Ok(Page {
            users: users.map_err(serde_json::Error::custom)?,
            ..Page::default()
        })
    }
}

/// Reads a whole answer of `GetUsers` in one pass, if it is as usual.
pub(crate) fn read_usual_page(text: &str, layout: Layout) -> Option<Page> {
    let mut page = Page::with_room_for(text, layout).ok()?;
    envelope::read_usual(text, PageSeed(&mut page))?;
    Some(page)
}

/// Reads a whole answer of `GetUserByTicket` in one pass, if it is as usual and names somebody.
pub(crate) fn read_usual_user(text: &str) -> Option<String> {
    let mut list = UserList::with_room_for(text, Layout::Objects).ok()?;
    envelope::read_usual(text, UserSeed(&mut list, Role::Holder))?.then(|| list.into_json())
}

/// Reads the `data` of `GetUsers`: `{count, data: […]}`, either of the two also as a string of JSON.
pub(crate) fn read_page(data: &str, layout: Layout) -> serde_json::Result<Page> {
    if let Some(inner) = string(data) {
        if is_nothing(&inner) {
            return Ok(Page::default());
        }
        return read_page_object(&replace_lone_surrogates(inner.into()), layout);
    }
    read_page_object(data, layout)
}

fn read_page_object(json: &str, layout: Layout) -> serde_json::Result<Page> {
    let mut page = Page::with_room_for(json, layout)?;
    let mut deserializer = serde_json::Deserializer::from_str(json);
    PageSeed(&mut page).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(page)
}

/// What a platform that writes `data` as text writes for none.
fn is_nothing(text: &str) -> bool {
    matches!(text.trim(), "" | "null")
}

/// Reads the `data` of `GetUserByTicket`, also as a string of JSON: a user's JSON, or `None` where
/// the answer names nobody.
pub(crate) fn read_user(data: &str) -> serde_json::Result<Option<String>> {
    if let Some(inner) = string(data) {
        if inner.trim().is_empty() {
            return Ok(None);
        }
        return read_user_object(&replace_lone_surrogates(inner.into()));
    }
    read_user_object(data)
}

fn read_user_object(json: &str) -> serde_json::Result<Option<String>> {
    if json.trim() == "null" {
        return Ok(None);
    }
    let mut list = UserList::default();
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let named = UserSeed(&mut list, Role::Holder).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(named.then(|| list.into_json()))
}

struct PageSeed<'a>(&'a mut Page);

impl<'de> DeserializeSeed<'de> for PageSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PageSeed<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with `count` and `data`")
    }

    // Without this, the error would quote the text.
    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        Err(E::custom("a string in place of a page"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut list_seen = None;
        while let Some(Text(key)) = map.next_key()? {
            if key.eq_ignore_ascii_case("count") {
                self.0.count = read_count(map.next_value::<&RawValue>()?.get());
            } else if key.eq_ignore_ascii_case("data") {
                if list_seen.is_some() {
                    return Err(A::Error::custom("the page holds `data` twice"));
                }
                list_seen = Some(map.next_value_seed(UsersSeed(&mut self.0.users))?);
            } else {
                map.next_value::<serde::de::IgnoredAny>()?;
            }
        }
        self.0.tells_users = list_seen == Some(true) || self.0.count == Some(0);
        Ok(())
    }
}

/// A number, or the text of one; anything else is as good as none.
fn read_count(json: &str) -> Option<u64> {
    json.trim_matches('"').trim().parse().ok()
}

/// The users of a page. Gives false for a null in their place.
struct UsersSeed<'a>(&'a mut UserList);

impl<'de> DeserializeSeed<'de> for UsersSeed<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for UsersSeed<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of users")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut users: A) -> Result<bool, A::Error> {
        while let Some(named) = users.next_element_seed(UserSeed(self.0, Role::Listed))? {
            debug_assert!(named, "a listed user without an id is an error");
        }
        Ok(true)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<bool, E> {
        if is_nothing(text) {
            return Ok(false);
        }
        let text = replace_lone_surrogates(text.into());
        let mut deserializer = serde_json::Deserializer::from_str(&text);
        deserializer
            .deserialize_any(ArrayOnly(self))
            .and_then(|()| deserializer.end())
            .map_err(|error| {
                E::custom(format!(
                    "in the text of `data`: {}",
                    envelope::problem(&error)
                ))
            })?;
        Ok(true)
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }
}

/// The array inside a string: a string in turn is not unwrapped again.
struct ArrayOnly<'a>(UsersSeed<'a>);

impl<'de> Visitor<'de> for ArrayOnly<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(formatter)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, users: A) -> Result<(), A::Error> {
        self.0.visit_seq(users).map(drop)
    }

    // Without this, the error would quote the text.
    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        Err(E::custom("a string in place of an array of users"))
    }
}

/// One user, appended to the list. Gives false, and appends nothing, for a holder without an id.
struct UserSeed<'a>(&'a mut UserList, Role);

/// Who the user is.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    /// One of a page, where everybody has an id.
    Listed,
    /// The holder of a ticket, who is nobody without an id.
    Holder,
}

impl<'de> DeserializeSeed<'de> for UserSeed<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for UserSeed<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a user")
    }

    // Without this, the error would quote the text.
    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<bool, E> {
        Err(E::custom("a string in place of a user"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut id = None;
        let mut texts: Texts<'de> = Default::default();
        let mut extra: Vec<Member<'de>> = Vec::new();
        let mut problem = None;
        while let Some(Text(key)) = map.next_key()? {
            let value = map.next_value::<&'de RawValue>()?.get();
            let text_field = match field(&key) {
                Field::Id => {
                    let read = read_id(value);
                    if read.is_none() {
                        problem = Some("an id that is no integer from 1 to 2^53-1");
                    } else if id.is_some_and(|other| Some(other) != read) {
                        problem = Some("two different ids");
                    }
                    id = read;
                    continue;
                }
                Field::Text(field) => Some(field),
                Field::Extra => None,
            };
            let member = (key, checked_depth(value).map_err(A::Error::custom)?);
            let Some(field) = text_field else {
                extra.push(member);
                continue;
            };
            // `userName` beside `UserName`: the documented spelling is the field, the other is
            // carried along.
            match texts[field].take() {
                Some(other) if other.0 == TEXT_FIELDS[field] && member.0 != other.0 => {
                    extra.push(member);
                    texts[field] = Some(other);
                }
                Some(other) if member.0 != other.0 => {
                    extra.push(other);
                    texts[field] = Some(member);
                }
                _ => texts[field] = Some(member),
            }
        }
        let id = id.filter(|id| *id > 0);
        if id.is_none() && self.1 == Role::Listed {
            problem.get_or_insert("no id, or 0");
        }
        if let Some(problem) = problem {
            let who = self.describe(&texts);
            return Err(A::Error::custom(format!("{who} has {problem}")));
        }
        let Some(id) = id else { return Ok(false) };
        (self.0.write(id, &texts, &extra)).map_err(A::Error::custom)?;
        Ok(true)
    }
}

impl UserSeed<'_> {
    /// For people who look for the user on the platform.
    fn describe(&self, texts: &Texts<'_>) -> String {
        let name = texts[0].as_ref().and_then(|(_, json)| string(json));
        let name: String = name.unwrap_or_default().chars().take(MAX_NAME).collect();
        match self.1 {
            Role::Listed => format!("user {} (`userName` \"{name}\")", self.0.len() + 1),
            Role::Holder => "the user".to_owned(),
        }
    }
}

/// What a user's member is.
enum Field {
    Id,
    /// One of the text fields.
    Text(usize),
    Extra,
}

/// The field that a member of that name, in any letter case, is.
fn field(name: &str) -> Field {
    let find = |is_same: fn(&str, &str) -> bool| match is_same(name, "id") {
        true => Some(Field::Id),
        false => (TEXT_FIELDS.iter())
            .position(|text| is_same(name, text))
            .map(Field::Text),
    };
    // The documented spelling first: it comes a thousand times on a page.
    find(|one, another| one == another)
        .or_else(|| find(str::eq_ignore_ascii_case))
        .unwrap_or(Field::Extra)
}

/// An id: a number, or the text of one. 0 stands for "nobody" in every spelling of it.
fn read_id(json: &str) -> Option<u64> {
    let digits = match json.strip_prefix('"') {
        Some(text) => text.strip_suffix('"')?,
        None if json == "null" => "",
        None => json,
    };
    if digits.is_empty() {
        return Some(0);
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|id| *id <= MAX_ID)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(data: &str) -> Page {
        read_page(data, Layout::Objects).unwrap_or_else(|error| panic!("{data}: {error}"))
    }

    fn json_of(page: &Page) -> String {
        let users: Vec<&str> = page.users.iter().map(|(_, json)| json).collect();
        users.join(",")
    }

    const FIRST: &str =
        r#"{"id":1,"userName":"陈涛","phone":"1822199904","jobNumber":null,"userImage":null}"#;

    #[test]
    fn a_page_is_read_in_every_spelling() {
        for data in [
            r#"{"count":3661,"data":[{"id":1,"userName":"陈涛","phone":"1822199904"}]}"#,
            r#"{"Count":"3661","Data":[{"Id":"1","UserName":"陈涛","Phone":1822199904,"jobNumber":""}]}"#,
            r#"{"count":3661,"data":"[{\"id\":1,\"userName\":\"陈涛\",\"phone\":\"1822199904\"}]"}"#,
            r#""{\"count\":3661,\"data\":[{\"id\":1,\"userName\":\"陈涛\",\"phone\":\"1822199904\"}]}""#,
            r#"{"x":[1],"data":[{"phone":"1822199904","userName":"陈涛","id":1,"id":1}],"count":3661}"#,
        ] {
            let page = page(data);
            assert_eq!(
                (page.count, json_of(&page)),
                (Some(3661), FIRST.to_owned()),
                "{data}"
            );
            assert_eq!(page.users.ids().collect::<Vec<_>>(), [1]);
        }
    }

    #[test]
    fn further_fields_are_carried_as_they_came() {
        let page = page(
            r#"{"count":1,"data":[{"id":7,"dept":{"a":[1, 2.50]},"UserName":"x","userName":"\u9648","a\"b":null}]}"#,
        );
        assert_eq!(
            json_of(&page),
            r#"{"id":7,"userName":"\u9648","phone":null,"jobNumber":null,"userImage":null,"dept":{"a":[1, 2.50]},"UserName":"x","a\"b":null}"#
        );
    }

    #[test]
    fn a_row_holds_the_same_as_an_object() {
        let data = r#"{"count":2,"data":[{"UserName":"x","Id":"7","a\"b":[1],"z":null,"phone":5},{"id":8}]}"#;
        let page = read_page(data, Layout::Rows).unwrap();
        assert_eq!(
            json_of(&page),
            r#"[7,"x","5",null,null,{"a\"b":[1],"z":null}],[8,null,null,null,null,null]"#
        );
    }

    #[test]
    fn a_page_without_users_needs_a_word_that_there_are_none() {
        for data in [
            r#"{"count":0,"data":null}"#,
            r#"{"count":0}"#,
            r#"{"data":[]}"#,
        ] {
            let page = page(data);
            assert!(page.users.is_empty() && page.tells_users, "{data}");
        }
        for data in [
            r#"{"count":5,"data":null}"#,
            r#"{"data":null}"#,
            r#"{"data":"null"}"#,
            r#"{"data":""}"#,
            "{}",
            r#""""#,
            r#""null""#,
        ] {
            assert!(!page(data).tells_users, "{data}");
        }
        for data in [
            "[]",
            "null",
            "5",
            r#"{"data":"x"}"#,
            r#"{"data":"\"[]\""}"#,
            r#"{"data":{}}"#,
            r#"{"data":[],"Data":[]}"#,
            r#"{"data":[null]}"#,
            r#"{"data":["x"]}"#,
        ] {
            assert!(read_page(data, Layout::Objects).is_err(), "{data}");
        }
        assert_eq!(page(r#"{"count":-1,"data":[]}"#).count, None);
    }

    #[test]
    fn nobody_has_an_odd_id() {
        for id in [
            "1.5",
            "1.0",
            "1e3",
            "-1",
            "9007199254740992",
            "true",
            "[1]",
            "{}",
            r#""x""#,
            r#"" 1""#,
            r#""1.0""#,
            r#""-1""#,
            r#""18446744073709551617""#,
            r#"1,"ID":2"#,
            r#"null,"ID":2"#,
        ] {
            assert!(
                read_page(&format!(r#"{{"data":[{{"id":{id}}}]}}"#), Layout::Objects).is_err(),
                "{id}"
            );
            assert!(read_user(&format!(r#"{{"id":{id}}}"#)).is_err(), "{id}");
        }
        for id in ["0", r#""0""#, "null", r#""""#] {
            assert!(
                read_page(&format!(r#"{{"data":[{{"id":{id}}}]}}"#), Layout::Objects).is_err(),
                "{id}"
            );
            assert_eq!(
                read_user(&format!(r#"{{"id":{id}}}"#)).unwrap(),
                None,
                "{id}"
            );
        }
        let largest = read_user(r#"{"id":9007199254740991}"#).unwrap().unwrap();
        assert!(largest.starts_with(r#"{"id":9007199254740991,"#));
    }

    #[test]
    fn a_ticket_without_a_user_is_nobody() {
        for data in ["null", "{}", r#""""#, r#""null""#, r#"{"userName":"x"}"#] {
            assert_eq!(read_user(data).unwrap(), None, "{data}");
        }
        for data in ["[]", "5", r#"[{"id":1}]"#, r#""x""#] {
            assert!(read_user(data).is_err(), "{data}");
        }
        assert!(read_user(r#""{\"id\":1}""#).unwrap().is_some());
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = format!(
            r#"{{"id":1,"x":{}1{}}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert!(read_user(&deep).is_err());
    }

    #[test]
    fn errors_do_not_quote_texts() {
        for data in [
            r#"{"data":["secret"]}"#,
            r#"{"data":"secret"}"#,
            r#"{"data":"\"secret\""}"#,
        ] {
            assert!(
                !read_page(data, Layout::Objects)
                    .unwrap_err()
                    .to_string()
                    .contains("secret"),
                "{data}"
            );
        }
    }

    #[test]
    fn users_can_be_left_out() {
        let mut list = page(r#"{"data":[{"id":1},{"id":2},{"id":3}]}"#).users;
        list.retain(|id| id != 2).unwrap();
        assert_eq!(list.ids().collect::<Vec<_>>(), [1, 3]);
        let kept: Vec<_> = list.iter().map(|(_, json)| json).collect();
        assert_eq!(kept.join(","), list.into_json());
    }
}
