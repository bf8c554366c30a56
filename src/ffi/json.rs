//! Exports that read JSON, for hosts without a library for it.

use std::ffi::c_char;

use memchr::memchr;
use serde_json::value::RawValue;

use super::codes::{
    PANDA_E_ARGUMENT, PANDA_JSON_ARRAY, PANDA_JSON_BOOLEAN, PANDA_JSON_NONE, PANDA_JSON_NULL,
    PANDA_JSON_NUMBER, PANDA_JSON_OBJECT, PANDA_JSON_TEXT,
};
use super::{guard, strings};
use crate::json::{Object, string};
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
                integer(own_code(json).or_else(|| find(str::from_utf8(json).ok()?, "/code"))?)
            });
            code.and_then(|code| i32::try_from(code).ok())
                .unwrap_or(PANDA_E_ARGUMENT)
        },
    )
}

/// The code of a reply as this library writes it, which a long page need not be read for: at its
/// start. One that was cut off has no code.
fn own_code(json: &[u8]) -> Option<&str> {
    let rest = json.strip_prefix(br#"{"code":"#)?.strip_suffix(b"}")?;
    let end = memchr(b',', rest)?;
    str::from_utf8(&rest[..end]).ok()
}

/// The integer that a JSON number is.
fn integer(json: &str) -> Option<i64> {
    json.parse().ok()
}

/// Gives the value at an RFC 6901 pointer, for example "/data/userName".
///
/// It reads the JSON from its start: to go through an array, take the array out once and walk it with
/// panda_json_next. A loop over "/data/added/0", "/data/added/1"... takes quadratic time.
/// null is given as "null", as a text of these four letters is; where a text is wanted, panda_json_text
/// tells them apart.
///
/// ```c
/// char *target = panda_json_get(parts, "/data/localTarget");
/// ```
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
    // SAFETY: the caller's promise.
    let value = unsafe {
        value_at(json, pointer, |value| match value.starts_with('"') {
            true => text(value),
            false => Some(value.to_owned()),
        })
    };
    strings::give_or_null(value)
}

/// Gives the text at an RFC 6901 pointer: never the word "null" for a user who has no phone number.
///
/// ```c
/// char *name = panda_json_text(reply, "/data/userName");
/// puts(name != NULL ? name : "(no name)");
/// panda_string_free(name);
/// ```
///
/// Any thread may call it.
///
/// @param json a JSON text, UTF-8
/// @param pointer as for panda_json_get
/// @return a string's text, which the caller gives back; NULL for null, for any other value, where there
///         is none, where the text holds a NUL, and for what is not valid
///
/// # Safety
///
/// Both are NULL or NUL-terminated strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_json_text(
    json: *const c_char,
    pointer: *const c_char,
) -> *mut c_char {
    // SAFETY: the caller's promise.
    strings::give_or_null(unsafe { value_at(json, pointer, text) })
}

/// Gives the integer at an RFC 6901 pointer, such as a user's id.
///
/// ```c
/// int64_t id;
/// if (panda_json_int64(reply, "/data/id", &id)) sign_in(own_user_linked_with(id));
/// ```
///
/// Any thread may call it.
///
/// @param json a JSON text, UTF-8
/// @param pointer as for panda_json_get
/// @param value where to put the integer; left as it is where there is none; NULL only to ask
/// @return 1 for an integer of 64 bits, written without a fraction or an exponent; 0 for any other value,
///         digits in quotes among them, where there is none, and for what is not valid
///
/// # Safety
///
/// Both texts are NULL or NUL-terminated strings; `value` is NULL or can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_json_int64(
    json: *const c_char,
    pointer: *const c_char,
    value: *mut i64,
) -> i32 {
    // SAFETY: the caller's promise.
    let Some(number) = (unsafe { value_at(json, pointer, integer) }) else {
        return 0;
    };
    if !value.is_null() {
        // SAFETY: the caller's promise.
        unsafe { value.write(number) };
    }
    1
}

/// Gives the number of an array's elements or an object's members.
///
/// ```c
/// printf("%d came\n", (int)panda_json_length(reply, "/data/added"));
/// ```
///
/// Any thread may call it.
///
/// @param json a JSON text, UTF-8
/// @param pointer as for panda_json_get
/// @return how many; -1 for any other value, where there is none, and for what is not valid
///
/// # Safety
///
/// Both are NULL or NUL-terminated strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_json_length(json: *const c_char, pointer: *const c_char) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { value_at(json, pointer, length) }.unwrap_or(-1)
}

/// Gives the type of the value at an RFC 6901 pointer.
///
/// ```c
/// if (panda_json_type(reply, "/data/count") == PANDA_JSON_NULL) puts("the platform tells no count");
/// ```
///
/// Any thread may call it.
///
/// @param json a JSON text, UTF-8
/// @param pointer as for panda_json_get
/// @return one of PANDA_JSON_*; PANDA_JSON_NONE where there is no value, and for what is not valid
///
/// # Safety
///
/// Both are NULL or NUL-terminated strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_json_type(json: *const c_char, pointer: *const c_char) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { value_at(json, pointer, type_of) }.unwrap_or(PANDA_JSON_NONE)
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
            let element = find(str::from_utf8(bytes).ok()?, "")?;
            // SAFETY: not NULL, and writable by the caller's promise.
            unsafe { position.write(to) };
            Some(element.to_owned())
        },
    );
    strings::give_or_null(element)
}

/// What is read of the value at a pointer of the caller's, which is given as its JSON.
///
/// # Safety
///
/// Both are NULL or NUL-terminated strings.
unsafe fn value_at<T>(
    json: *const c_char,
    pointer: *const c_char,
    read: fn(&str) -> Option<T>,
) -> Option<T> {
    guard::or(
        || None,
        || {
            // SAFETY: the caller's promise.
            let json = unsafe { strings::borrow(json, "json") }.ok()?;
            // SAFETY: the caller's promise.
            let pointer = unsafe { strings::borrow(pointer, "pointer") }.ok()?;
            read(find(json, pointer)?)
        },
    )
}

/// The type of a JSON value.
fn type_of(json: &str) -> Option<i32> {
    Some(match json.as_bytes().first()? {
        b'n' => PANDA_JSON_NULL,
        b't' | b'f' => PANDA_JSON_BOOLEAN,
        b'"' => PANDA_JSON_TEXT,
        b'[' => PANDA_JSON_ARRAY,
        b'{' => PANDA_JSON_OBJECT,
        _ => PANDA_JSON_NUMBER,
    })
}

/// The text of a JSON string.
fn text(json: &str) -> Option<String> {
    let is_text = json.starts_with('"');
    is_text.then(|| string(&replace_lone_surrogates(json.into())))?
}

/// The number of an array's elements or an object's members.
fn length(json: &str) -> Option<i32> {
    let length = match json.as_bytes().first()? {
        b'{' => {
            let object: Object<'_> = serde_json::from_str(json).ok()?;
            object.members().count()
        }
        b'[' => {
            let elements: Vec<&RawValue> = serde_json::from_str(json).ok()?;
            elements.len()
        }
        _ => return None,
    };
    Some(i32::try_from(length).unwrap_or(i32::MAX))
}

/// The value at a pointer, as its JSON.
pub(super) fn find<'a>(json: &'a str, pointer: &str) -> Option<&'a str> {
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
    fn only_a_string_is_text() {
        for (json, expected) in [
            (r#""null""#, Some("null")),
            (r#""""#, Some("")),
            (r#""a\"\u9648\ud800""#, Some("a\"陈\u{fffd}")),
            ("null", None),
            ("5", None),
            ("true", None),
            ("{}", None),
        ] {
            assert_eq!(text(json).as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn lengths_are_of_arrays_and_objects() {
        for (json, expected) in [
            ("[]", Some(0)),
            (r#"[1,[2,3],{"a":4}]"#, Some(3)),
            ("{}", Some(0)),
            (r#"{"a":1,"b":{"c":2}}"#, Some(2)),
            (r#""ab""#, None),
            ("12", None),
            ("null", None),
        ] {
            assert_eq!(length(json), expected, "{json}");
        }
    }

    #[test]
    fn a_panic_while_a_value_is_read_ends_here() {
        let (json, pointer) = (c"[1]".as_ptr(), c"/0".as_ptr());
        // SAFETY: both are NUL-terminated.
        let value = unsafe { value_at::<i32>(json, pointer, |_| panic!("as the test wants")) };
        assert_eq!(value, None);
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
