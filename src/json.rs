//! Reading JSON without building trees: one level of an object at a time, values as their text.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Values nested deeper than this are refused: a caller's parser may recurse on them.
const MAX_DEPTH: usize = 64;

/// An object's members in their order, the values as JSON text.
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    /// The member of that name in any letter case; `null` counts as absent. Platforms of different
    /// ages write `code` and `Code`; two members that contradict each other are refused.
    pub(crate) fn get(&self, name: &str) -> Result<Option<&'a str>, String> {
        let mut values = (self.0.iter())
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.get());
        let first = values.next();
        if values.any(|other| Some(other) != first) {
            return Err(format!("`{name}` comes twice with different values"));
        }
        Ok(first.filter(|value| *value != "null"))
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_ref(), value.get()))
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            // Without this, the error would quote the text.
            fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Self::Value, E> {
                Err(E::custom("a string in place of an object"))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some(Text(key)) = map.next_key()? {
                    members.push((key, map.next_value()?));
                }
                Ok(Object(members))
            }
        }

        deserializer.deserialize_any(Members)
    }
}

/// A text, an object's key among others, borrowed where it holds no escape.
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyText;

        impl<'de> Visitor<'de> for AnyText {
            type Value = Text<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(AnyText)
    }
}

/// The text of a JSON string, unescaped.
pub(crate) fn string(json: &str) -> Option<String> {
    json.starts_with('"')
        .then(|| serde_json::from_str(json).ok())
        .flatten()
}

/// Appends a text as a JSON string.
pub(crate) fn push_string(out: &mut String, text: &str) {
    // Writing a str cannot fail.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// A value that is to be handed on as it came, unless it is nested too deeply.
pub(crate) fn checked_depth(json: &str) -> Result<&str, serde_json::Error> {
    if !json.starts_with(['{', '[']) {
        return Ok(json);
    }
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth -= 1,
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(serde_json::Error::custom(format!(
                "a value is nested more than {MAX_DEPTH} deep"
            )));
        }
    }
    Ok(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_in_any_letter_case() {
        let object: Object =
            serde_json::from_str(r#"{"Code":"0","DATA":null,"x":1,"X":1}"#).unwrap();
        assert_eq!(object.get("code"), Ok(Some(r#""0""#)));
        assert_eq!(object.get("data"), Ok(None));
        assert_eq!(object.get("x"), Ok(Some("1")));
        assert_eq!(object.get("msg"), Ok(None));
    }

    #[test]
    fn contradicting_members_are_refused() {
        let object: Object = serde_json::from_str(r#"{"code":0,"Code":1}"#).unwrap();
        assert!(object.get("code").is_err());
    }

    #[test]
    fn depth_is_bounded_and_brackets_in_strings_do_not_count() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(checked_depth(&nested(MAX_DEPTH)).is_ok());
        assert!(checked_depth(&nested(MAX_DEPTH + 1)).is_err());
        let brackets = format!(r#"["{}\"{}"]"#, "[".repeat(100), "{".repeat(100));
        assert!(checked_depth(&brackets).is_ok());
    }
}
