//! Exports that write JSON, for hosts without a library for it.

use std::borrow::Cow;
use std::ffi::c_char;

use super::json::find;
use super::{guard, strings};
use crate::json::{Object, push_string};

/// Gives a text as a JSON string with its quotes, for writing configurations without a JSON library.
///
/// Any thread may call it.
///
/// @param text a text, UTF-8
/// @return the JSON string, which the caller gives back; NULL for NULL or invalid UTF-8
///
/// # Safety
///
/// `text` is NULL or a NUL-terminated string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_json_quote(text: *const c_char) -> *mut c_char {
    let json = guard::or(
        || None,
        || {
            // SAFETY: the caller's promise.
            let text = unsafe { strings::borrow(text, "text") }.ok()?;
            Some(quoted(text))
        },
    );
    strings::give_or_null(json)
}

/// Gives an object with one member more, a text: for writing configurations, options and requests
/// without a JSON library and without escaping.
///
/// A member of that name that is there already is replaced. `object` itself is not changed and stays the
/// caller's.
///
/// ```c
/// // Puts a text into *object, which is NULL at the start; 0 where it cannot.
/// static int put(char **object, const char *name, const char *text) {
///     char *with = panda_json_with(*object, name, text);
///     if (with == NULL) return 0;
///     panda_string_free(*object);
///     *object = with;
///     return 1;
/// }
///
/// char *config = NULL;
/// if (put(&config, "baseUrl", url) && put(&config, "username", name) && put(&config, "password", password))
///     client = panda_client_open(config, &error);
/// panda_string_free(config);
/// ```
///
/// Each call copies the object. An array is its elements' JSON in brackets with commas between, and may
/// then be a member by panda_json_with_json.
///
/// Any thread may call it.
///
/// @param object an object's JSON, UTF-8; NULL or "" for one without members
/// @param name the member's name, UTF-8
/// @param text the member's text, UTF-8
/// @return the new object, which the caller gives back; NULL where `object` is no object, where `name` or
///         `text` is NULL, and for invalid UTF-8
///
/// # Safety
///
/// All are NULL or NUL-terminated strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_json_with(
    object: *const c_char,
    name: *const c_char,
    text: *const c_char,
) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { give_with(object, name, text, |text| Some(quoted(text).into())) }
}

/// The same for a value that is JSON already: a number, true, false, null, an array or another object.
///
/// ```c
/// char *options = panda_json_with_json(NULL, "maxRemovedPercent", "5"); // {"maxRemovedPercent":5}
/// ```
///
/// Any thread may call it.
///
/// @param object an object's JSON, UTF-8; NULL or "" for one without members
/// @param name the member's name, UTF-8
/// @param json the member's value, JSON, UTF-8
/// @return the new object, which the caller gives back; NULL where `object` is no object, where `name` is
///         NULL, and for a value that is NULL or not valid
///
/// # Safety
///
/// All are NULL or NUL-terminated strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_json_with_json(
    object: *const c_char,
    name: *const c_char,
    json: *const c_char,
) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { give_with(object, name, json, |json| find(json, "").map(Cow::Borrowed)) }
}

/// Hands out an object with one member more, whose value `read` makes of an argument as JSON.
///
/// # Safety
///
/// All are NULL or NUL-terminated strings.
unsafe fn give_with(
    object: *const c_char,
    name: *const c_char,
    value: *const c_char,
    read: fn(&str) -> Option<Cow<'_, str>>,
) -> *mut c_char {
    let object = guard::or(
        || None,
        || {
            // SAFETY: the caller's promise.
            let object = unsafe { strings::borrow_or_null(object, "object") }.ok()?;
            // SAFETY: the caller's promise.
            let name = unsafe { strings::borrow(name, "name") }.ok()?;
            // SAFETY: the caller's promise.
            let value = unsafe { strings::borrow(value, "value") }.ok()?;
            with_member(object.unwrap_or_default(), name, &read(value)?)
        },
    );
    strings::give_or_null(object)
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    push_string(&mut quoted, text);
    quoted
}

/// An object with that member in place of any of the name.
fn with_member(object: &str, name: &str, value: &str) -> Option<String> {
    let object = if object.is_empty() { "{}" } else { object };
    let members: Object<'_> = serde_json::from_str(object).ok()?;
    let mut with = String::with_capacity(object.len() + name.len() + value.len() + 8);
    with.push('{');
    for (key, value) in members.members().filter(|(key, _)| *key != name) {
        push_string(&mut with, key);
        with.push(':');
        with.push_str(value);
        with.push(',');
    }
    push_string(&mut with, name);
    with.push(':');
    with.push_str(value);
    with.push('}');
    Some(with)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_gets_one_member_more_or_another_value_for_it() {
        for (object, name, value, expected) in [
            ("", "a", "1", Some(r#"{"a":1}"#)),
            (" { } ", "", "[]", Some(r#"{"":[]}"#)),
            (
                r#"{ "b" : {"a": 2} , "c\"" : "x" }"#,
                "a",
                "null",
                Some(r#"{"b":{"a": 2},"c\"":"x","a":null}"#),
            ),
            (
                r#"{"a":1,"b":2,"\u0061":3}"#,
                "a",
                r#""y""#,
                Some(r#"{"b":2,"a":"y"}"#),
            ),
            ("[]", "a", "1", None),
            ("null", "a", "1", None),
            (r#""x""#, "a", "1", None),
            (r#"{"a":1"#, "a", "1", None),
            (r#"{"a":1} x"#, "b", "1", None),
            (r#"{"a"}"#, "b", "1", None),
        ] {
            let with = with_member(object, name, value);
            assert_eq!(with.as_deref(), expected, "{object}");
        }
    }
}
