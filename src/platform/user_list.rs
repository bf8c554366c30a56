//! Users as callers get them: normalised JSON, one user after the other.

use std::borrow::Cow;

use crate::json::push_string;
use crate::memory::{self, NoMemory};

/// JSON's whole numbers end here in most languages.
pub(crate) const MAX_ID: u64 = (1 << 53) - 1;

/// How a user is written.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Layout {
    /// As an object: what the library itself reads too.
    #[default]
    Objects,
    /// As `[id,userName,phone,jobNumber,userImage,further fields or null]`, a third of an object's
    /// work for who reads it.
    Rows,
}

/// Users in their normalised JSON, one after the other.
#[derive(Debug, Default)]
pub(crate) struct UserList {
    layout: Layout,
    json: String,
    /// Of each user: the id, and where its JSON ends.
    ends: Vec<(u64, usize)>,
}

/// What normalising a user may add to its text.
const ABSENT_FIELDS: usize = 64;
/// What a user's JSON has at most besides the values that came: an id, four names with quotes, and
/// those around a number.
const NAMES: usize = 128;

impl UserList {
    /// For the users of a text of that size: twice as much, since normalising writes out the fields
    /// that a user lacks. The size is the platform's choice: where there is no memory for it, that
    /// is an error.
    pub(super) fn with_room_for(text: &str, layout: Layout) -> Result<UserList, NoMemory> {
        let mut json = String::new();
        memory::reserve_text(&mut json, text.len() * 2 + ABSENT_FIELDS)?;
        Ok(UserList {
            layout,
            json,
            ends: Vec::new(),
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = u64> {
        self.ends.iter().map(|(id, _)| *id)
    }

    /// The users' JSON, separated by commas.
    pub(crate) fn into_json(self) -> String {
        self.json
    }

    /// Each user's id and JSON.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &str)> {
        let mut start = 0;
        self.ends.iter().map(move |&(id, end)| {
            let json = &self.json[start..end];
            start = end + 1;
            (id, json)
        })
    }

    /// The size of all that is in it.
    pub(crate) fn size(&self) -> usize {
        self.json.len() + self.ends.len() * size_of::<(u64, usize)>()
    }

    /// Only the users that `keep` says. May take as much memory again as the list has.
    pub(crate) fn retain(&mut self, keep: impl FnMut(u64) -> bool) -> Result<(), NoMemory> {
        let keep: Vec<bool> = self.ids().map(keep).collect();
        if keep.iter().all(|keep| *keep) {
            return Ok(());
        }
        let mut kept = UserList::default();
        for ((id, json), keep) in self.iter().zip(keep) {
            if keep {
                kept.push(id, json)?;
            }
        }
        *self = kept;
        Ok(())
    }

    /// Appends a user of another list.
    pub(crate) fn push(&mut self, id: u64, json: &str) -> Result<(), NoMemory> {
        self.begin_user(json.len())?;
        self.json.push_str(json);
        self.end_user(id);
        Ok(())
    }

    /// Writes a user.
    pub(super) fn write(
        &mut self,
        id: u64,
        texts: &Texts<'_>,
        extra: &[Member<'_>],
    ) -> Result<(), NoMemory> {
        let texts_length: usize = texts.iter().flatten().map(|(_, value)| value.len()).sum();
        // A key is written anew, where a character can take six.
        let extra_length = extra
            .iter()
            .map(|(key, value)| 6 * key.len() + value.len() + 4);
        self.begin_user(NAMES + texts_length + extra_length.sum::<usize>())?;
        match self.layout {
            Layout::Objects => push_object(&mut self.json, id, texts, extra),
            Layout::Rows => push_row(&mut self.json, id, texts, extra),
        }
        self.end_user(id);
        Ok(())
    }

    /// For a user of no more than that length.
    fn begin_user(&mut self, length: usize) -> Result<(), NoMemory> {
        memory::reserve(&mut self.ends, 1)?;
        memory::reserve_text(&mut self.json, 1 + length)?;
        if !self.ends.is_empty() {
            self.json.push(',');
        }
        Ok(())
    }

    fn end_user(&mut self, id: u64) {
        self.ends.push((id, self.json.len()));
    }
}

/// The fields that every user has in what callers get, besides `id`.
pub(super) const TEXT_FIELDS: [&str; 4] = ["userName", "phone", "jobNumber", "userImage"];

/// How each of them begins there.
const TEXT_STARTS: [&str; 4] = [
    ",\"userName\":",
    ",\"phone\":",
    ",\"jobNumber\":",
    ",\"userImage\":",
];

/// A name and its value's JSON.
pub(super) type Member<'a> = (Cow<'a, str>, &'a str);

pub(super) type Texts<'a> = [Option<Member<'a>>; TEXT_FIELDS.len()];

fn push_object(json: &mut String, id: u64, texts: &Texts<'_>, extra: &[Member<'_>]) {
    json.push_str("{\"id\":");
    json.push_str(itoa::Buffer::new().format(id));
    for (start, text) in TEXT_STARTS.iter().zip(texts) {
        json.push_str(start);
        push_text(json, text);
    }
    for member in extra {
        json.push(',');
        push_member(json, member);
    }
    json.push('}');
}

fn push_row(json: &mut String, id: u64, texts: &Texts<'_>, extra: &[Member<'_>]) {
    json.push('[');
    json.push_str(itoa::Buffer::new().format(id));
    for text in texts {
        json.push(',');
        push_text(json, text);
    }
    let mut start = ",{";
    for member in extra {
        json.push_str(start);
        push_member(json, member);
        start = ",";
    }
    json.push_str(if extra.is_empty() { ",null]" } else { "}]" });
}

fn push_member(json: &mut String, (key, value): &Member<'_>) {
    push_string(json, key);
    json.push(':');
    json.push_str(value);
}

/// A text field's JSON: empty text is null, a number its digits as text.
fn push_text(json: &mut String, text: &Option<Member<'_>>) {
    let value = text.as_ref().map_or("null", |(_, value)| value);
    match value.as_bytes() {
        [b'"', b'"'] => json.push_str("null"),
        [b'"', ..] => json.push_str(value),
        [b'0'..=b'9' | b'-', ..] => {
            json.push('"');
            json.push_str(value);
            json.push('"');
        }
        _ => json.push_str("null"),
    }
}
