//! JSON objects that callers pass: known keys only, each with a type and a range.

use std::ops::RangeInclusive;

use crate::error::{Error, Kind, Result};
use crate::json::{Object, string};

/// A caller's JSON object. Its errors name the key and never quote a value.
pub(crate) struct Arguments<'a> {
    kind: Kind,
    members: Vec<(String, &'a str)>,
}

impl<'a> Arguments<'a> {
    /// Reads the argument `name`. A null value counts as an absent key. `kind` is that of errors in
    /// its keys.
    pub(crate) fn read(
        text: &'a str,
        name: &str,
        kind: Kind,
        known: &[&str],
    ) -> Result<Arguments<'a>> {
        let object: Object<'a> = serde_json::from_str(text)
            .map_err(|error| Error::argument(format!("`{name}` is not a JSON object: {error}")))?;
        let mut members: Vec<(String, &'a str)> = Vec::new();
        for (key, value) in object.members() {
            if !known.contains(&key) {
                let known = known.join("`, `");
                let message = format!("`{name}` has the unknown key `{key}`; known are `{known}`");
                return Err(Error::new(kind, message));
            }
            if members.iter().any(|(other, _)| other == key) {
                return Err(Error::new(
                    kind,
                    format!("`{name}` has the key `{key}` twice"),
                ));
            }
            members.push((key.to_owned(), value));
        }
        members.retain(|(_, value)| *value != "null");
        Ok(Arguments { kind, members })
    }

    /// The value's JSON.
    pub(crate) fn json(&self, key: &str) -> Option<&'a str> {
        (self.members.iter())
            .find(|(name, _)| name == key)
            .map(|(_, value)| *value)
    }

    pub(crate) fn string(&self, key: &str) -> Result<Option<String>> {
        let Some(json) = self.json(key) else {
            return Ok(None);
        };
        match string(json) {
            Some(text) => Ok(Some(text)),
            None => Err(self.error(key, "must be a string of valid Unicode")),
        }
    }

    pub(crate) fn integer(&self, key: &str, range: RangeInclusive<u64>) -> Result<Option<u64>> {
        let Some(json) = self.json(key) else {
            return Ok(None);
        };
        match json.parse() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(self.error(
                key,
                &format!(
                    "must be an integer from {} to {}",
                    range.start(),
                    range.end()
                ),
            )),
        }
    }

    /// False where the key is absent.
    pub(crate) fn boolean(&self, key: &str) -> Result<bool> {
        match self.json(key) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(self.error(key, "must be true or false")),
        }
    }

    pub(crate) fn error(&self, key: &str, problem: &str) -> Error {
        Error::new(self.kind, format!("`{key}` {problem}"))
    }
}
