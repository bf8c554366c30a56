//! A user's id in the caller's own system.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// An id of the caller's: a text or an integer. `7` and `"7"` are the same, since databases and files
/// give one where programs have the other; each is given back as it was written.
#[derive(Clone)]
pub(super) enum OwnId<'a> {
    Integer(i64),
    /// The text that the integer is written as: `"7"`, but not `"07"`.
    IntegerAsText(i64),
    Text(Cow<'a, str>),
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key<'a> {
    Integer(i64),
    Text(&'a str),
}

impl<'a> OwnId<'a> {
    fn from_text(text: Cow<'a, str>) -> OwnId<'a> {
        match text.parse::<i64>() {
            Ok(number) if itoa::Buffer::new().format(number) == text => {
                OwnId::IntegerAsText(number)
            }
            _ => OwnId::Text(text),
        }
    }

    fn key(&self) -> Key<'_> {
        match self {
            OwnId::Integer(number) | OwnId::IntegerAsText(number) => Key::Integer(*number),
            OwnId::Text(text) => Key::Text(text),
        }
    }
}

impl PartialEq for OwnId<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for OwnId<'_> {}

impl PartialOrd for OwnId<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OwnId<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Hash for OwnId<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for OwnId<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct TextOrInteger;

        impl<'de> Visitor<'de> for TextOrInteger {
            type Value = OwnId<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an own id: a text or a 64-bit integer")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> std::result::Result<Self::Value, E> {
                Ok(OwnId::from_text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> std::result::Result<Self::Value, E> {
                Ok(OwnId::from_text(Cow::Owned(text.to_owned())))
            }

            fn visit_i64<E>(self, number: i64) -> std::result::Result<Self::Value, E> {
                Ok(OwnId::Integer(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> std::result::Result<Self::Value, E> {
                let unexpected = de::Unexpected::Unsigned(number);
                let number = i64::try_from(number);
                number
                    .map(OwnId::Integer)
                    .map_err(|_| E::invalid_value(unexpected, &self))
            }
        }

        deserializer.deserialize_any(TextOrInteger)
    }
}

impl Serialize for OwnId<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            OwnId::Integer(number) => serializer.serialize_i64(*number),
            OwnId::IntegerAsText(number) => serializer.collect_str(number),
            OwnId::Text(text) => serializer.serialize_str(text),
        }
    }
}
