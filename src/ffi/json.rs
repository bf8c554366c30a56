//! Exports that read and write JSON, for hosts without a library for it.

use std::ffi::c_char;

use memchr::memchr;
use serde_json::value::RawValue;

use super::codes::PANDA_E_ARGUMENT;
use super::{guard, strings};
use crate::json::{Object, push_string, string};
use crate::platform::text::replace_lone_surrogates;

/// Gives the `code` of an envelope: 0 for success.
///
/// Any thread may call it.
///
/// @param json an envelope, UTF-8
/// @return its code; PANDA_E_ARGUMENT for NULL and for what is no envelope
///
/// # Safety
///
/// `json` is NULL or a NUL-terminated string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_json_code(json: *const c_char) -> i32 {
    guard::or(
        || PANDA_E_ARGUMENT,
        || {
            // SAFETY: the caller's promise.
            let code = unsafe { strings::bytes(json) }.and_then(|json| {
                own_code(json).or_else(|| find(str::from_utf8(json).ok()?, "/code")?.parse().ok())
            });
            code.unwrap_or(PANDA_E_ARGUMENT)
        },
    )
}

/// The code of a reply as this library writes it, which a long page need not be read for: at its
/// start. One that was cut off has no code.
fn own_code(json: &[u8]) -> Option<i32> {
    let rest = json.strip_prefix(br#"{"code":"#)?.strip_suffix(b"}")?;
    let end = memchr(b',', rest)?;
    str::from_utf8(&rest[..end]).ok()?.parse().ok()
}

/// Gives the value at an RFC 6901 pointer, for example "/data/userName".
///
/// Any thread may call it.
///
/// @param json a JSON text, UTF-8
/// @param pointer "" for the whole, else names and indexes each after a slash, with ~1 for / and ~0 for ~
/// @return a string's text, any other value's JSON, which the caller gives back; NULL where there is
///         none, where the text holds a NUL, and for what is not valid
///
/// # Safety
///
/// Both are NULL or NUL-terminated strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_json_get(
    json: *const c_char,
    pointer: *const c_char,
) -> *mut c_char {
    let value = guard::or(
        || None,
        || {
            // SAFETY: the caller's promise.
            let json = unsafe { strings::borrow(json, "json") }.ok()?;
            // SAFETY: the caller's promise.
            let pointer = unsafe { strings::borrow(pointer, "pointer") }.ok()?;
            let value = find(json, pointer)?;
            if value.starts_with('"') {
                string(&replace_lone_surrogates(value.into()))
            } else {
                Some(value.to_owned())
            }
        },
    );
    strings::give_or_null(value)
}

/// Gives the elements of an array one by one, in one pass.
///
/// ```c
/// size_t position = 0;
/// char *users = panda_json_get(page, "/data/data"), *user;
/// while ((user = panda_json_next(users, &position)) != NULL) {
///     show(user);
///     panda_string_free(user);
/// }
/// panda_string_free(users);
/// ```
///
/// Any thread may call it; each loop has a position of its own.
///
/// @param json an array's JSON, UTF-8, unchanged from call to call
/// @param position 0 at the start, then as the last call left it
/// @return the next element's JSON (a string with its quotes), which the caller gives back; NULL after
///         the last one, and for NULL or what is not valid
///
/// # Safety
///
/// `json` is NULL or a NUL-terminated string; `position` is NULL, or points to 0 or to what an earlier
/// call with the same `json` put there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_json_next(json: *const c_char, position: *mut usize) -> *mut c_char {
    let element = guard::or(
        || None,
        || {
            if json.is_null() || position.is_null() {
                return None;
            }
            // SAFETY: not NULL, and readable by the caller's promise.
            let start = unsafe { position.read() };
            // Neither the length of the whole nor its validity is looked at in each call: a loop over
            // all elements stays linear.
            // SAFETY: the walk begins within the string and ends at its NUL at the latest.
            let byte_at = |index: usize| unsafe { json.cast::<u8>().add(index).read() };
            let (from, to) = next_element(byte_at, start)?;
            // SAFETY: the walk came by all these bytes.
            let bytes =
                unsafe { std::slice::from_raw_parts(json.cast::<u8>().add(from), to - from) };
            let element: &RawValue = serde_json::from_slice(bytes).ok()?;
            // SAFETY: not NULL, and writable by the caller's promise.
            unsafe { position.write(to) };
            Some(element.get().to_owned())
        },
    );
    strings::give_or_null(element)
}

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
    let quoted = guard::or(
        || None,
        || {
            // SAFETY: the caller's promise.
            let text = unsafe { strings::borrow(text, "text") }.ok()?;
            let mut quoted = String::with_capacity(text.len() + 2);
            push_string(&mut quoted, text);
            Some(quoted)
        },
    );
    strings::give_or_null(quoted)
}

/// The value at a pointer, as its JSON.
fn find<'a>(json: &'a str, pointer: &str) -> Option<&'a str> {
    if pointer.is_empty() {
        let whole: &RawValue = serde_json::from_str(json).ok()?;
        return Some(whole.get());
    }
    let mut value = json.trim_start();
    for token in pointer.strip_prefix('/')?.split('/') {
        let token = token.replace("~1", "/").replace("~0", "~");
        value = match value.as_bytes().first()? {
            b'{' => {
                let object: Object<'a> = serde_json::from_str(value).ok()?;
                object.members().filter(|(key, _)| *key == token).last()?.1
            }
            b'[' => {
                let is_index = token == "0"
                    || (!token.starts_with('0') && token.bytes().all(|byte| byte.is_ascii_digit()));
                let elements: Vec<&'a RawValue> = serde_json::from_str(value).ok()?;
                elements
                    .get(token.parse::<usize>().ok().filter(|_| is_index)?)?
                    .get()
            }
            _ => return None,
        };
    }
    Some(value)
}

/// Where the element after `position` begins and ends.
fn next_element(byte_at: impl Fn(usize) -> u8, position: usize) -> Option<(usize, usize)> {
    let skip_space = |mut index: usize| {
        while matches!(byte_at(index), b' ' | b'\t' | b'\n' | b'\r') {
            index += 1;
        }
        index
    };
    let before = skip_space(position);
    let opens = if position == 0 { b'[' } else { b',' };
    if byte_at(before) != opens {
        return None;
    }
    let from = skip_space(before + 1);
    let (mut index, mut depth, mut in_string) = (from, 0usize, false);
    loop {
        match byte_at(index) {
            0 => return None,
            b'\\' if in_string => {
                index += 1;
                if byte_at(index) == 0 {
                    return None;
                }
            }
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' if depth > 0 => depth -= 1,
            b',' | b']' | b'}' if depth == 0 => break,
            _ => {}
        }
        index += 1;
    }
    (index > from).then_some((from, index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_follow_rfc_6901() {
        let json =
            r#"{"a":{"b/c":[10,{"m~n":"x"}],"":1},"a":{"b/c":[10,{"m~n":"x"}],"":1},"n":null}"#;
        for (pointer, value) in [
            ("/a/b~1c/0", Some("10")),
            ("/a/b~1c/1/m~0n", Some(r#""x""#)),
            ("/a/", Some("1")),
            ("/n", Some("null")),
            ("", Some(json)),
            ("/a/b~1c/00", None),
            ("/a/b~1c/-", None),
            ("/a/b~1c/2", None),
            ("/n/x", None),
            ("/x", None),
            ("a", None),
        ] {
            assert_eq!(find(json, pointer), value, "{pointer}");
        }
        assert_eq!(find("{", ""), None);
        assert_eq!(find("{} x", ""), None);
    }

    #[test]
    fn elements_come_one_by_one() {
        let elements = |json: &str| {
            let bytes = format!("{json}\0").into_bytes();
            let mut found = Vec::new();
            let mut position = 0;
            while let Some((from, to)) = next_element(|index| bytes[index], position) {
                found.push(json[from..to].trim_end().to_owned());
                position = to;
            }
            found
        };
        assert_eq!(
            elements(r#" [ {"a":"]\"}"} ,[1,[2]], "x,y" ,3 ] "#),
            [r#"{"a":"]\"}"}"#, "[1,[2]]", r#""x,y""#, "3"]
        );
        for json in ["", "[]", "[ ]", "{}", "null", "[1", r#"["a\"#, "[,1]"] {
            assert!(elements(json).is_empty(), "{json}");
        }
    }
}
