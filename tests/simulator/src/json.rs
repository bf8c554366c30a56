//! JSON written by hand: the platform's own order of fields, in any of the readings that a client must understand.

use crate::behaviour::NameCase;

/// A JSON object under construction; values are JSON already.
pub(crate) struct Object {
    names: NameCase,
    text: String,
}

impl Object {
    pub(crate) fn new(names: NameCase) -> Self {
        Self {
            names,
            text: String::from("{"),
        }
    }

    pub(crate) fn field(mut self, name: &str, value: &str) -> Self {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        self.text.push_str(&quote(&in_case(name, self.names)));
        self.text.push(':');
        self.text.push_str(value);
        self
    }

    pub(crate) fn field_if_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.field(name, value),
            None => self,
        }
    }

    pub(crate) fn finish(mut self) -> String {
        self.text.push('}');
        self.text
    }
}

fn in_case(name: &str, names: NameCase) -> String {
    match names {
        NameCase::Camel => name.to_owned(),
        NameCase::Pascal => name[..1].to_ascii_uppercase() + &name[1..],
        NameCase::Lower => name.to_ascii_lowercase(),
        NameCase::Upper => name.to_ascii_uppercase(),
    }
}

pub(crate) fn array(elements: impl IntoIterator<Item = String>) -> String {
    let mut text = String::from("[");
    for element in elements {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&element);
    }
    text.push(']');
    text
}

/// A text as a JSON string.
pub(crate) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The same JSON in ASCII: outside strings JSON is ASCII anyway, and within them every character may be escaped.
pub(crate) fn escape(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len() * 2);
    for character in json.chars() {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04X}"));
            }
        }
    }
    escaped
}
