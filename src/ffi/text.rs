//! Exports on texts: tickets in URLs, and conversions for hosts that lack them.

use std::ffi::c_char;

use encoding_rs::GB18030;

use super::{guard, strings};
use crate::platform::json::push_string;
use crate::ticket::ticket_from_url;

/// Takes the sign-in ticket out of the URL that the platform opened.
///
/// Taken: a whole URL, a path with query, or a query, with or without `?`; the query, or the query
/// inside the fragment (`/#/oa?user=...`). Names are compared after %XX decoding, letter for letter.
/// The value is %XX-decoded; `+` stays `+`.
/// On success `data` is `{"ticket":"...","urlWithoutTicket":"..."}`: the input with that parameter taken
/// out and not a letter else changed. Redirect the browser there, so that the ticket, which stays
/// valid, is not left in histories and logs.
///
/// Any thread may call it; it asks nobody.
///
/// Implements: both access documents, steps 3 to 5.
///
/// @param url the URL, UTF-8
/// @param param the parameter's name, UTF-8; NULL means `ticket`
/// @return an envelope, never NULL; the caller gives it back. Kinds of failure: `argument` for NULL,
///         invalid UTF-8 and an empty name; `ticket` for none, an empty one, two different ones, %00
///         or bytes that are not UTF-8 in the value
///
/// # Safety
///
/// Both are NULL or NUL-terminated strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_ticket_from_url(
    url: *const c_char,
    param: *const c_char,
) -> *mut c_char {
    guard::reply(|data| {
        // SAFETY: the caller's promise.
        let url = unsafe { strings::borrow(url, "url") }?;
        // SAFETY: the caller's promise.
        let param = unsafe { strings::borrow_or_null(param, "param") }?;
        let found = ticket_from_url(url, param.unwrap_or("ticket"))?;
        data.push_str("{\"ticket\":");
        push_string(data, &found.ticket);
        data.push_str(",\"urlWithoutTicket\":");
        push_string(data, &found.url_without_ticket);
        data.push('}');
        Ok(())
    })
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

/// Converts a text of the Chinese ANSI code page (GBK, as its superset GB18030) to UTF-8.
///
/// Any thread may call it.
///
/// @param text a text in GBK or GB18030
/// @return the text in UTF-8, which the caller gives back; NULL for NULL or what is not valid
///
/// # Safety
///
/// `text` is NULL or a NUL-terminated string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_gbk_to_utf8(text: *const c_char) -> *mut c_char {
    let converted = guard::or(
        || None,
        || {
            // SAFETY: the caller's promise.
            let bytes = unsafe { strings::bytes(text) }?;
            let text = GB18030.decode_without_bom_handling_and_without_replacement(bytes)?;
            Some(text.into_owned())
        },
    );
    strings::give_or_null(converted)
}

/// Converts a text from UTF-8 to the Chinese ANSI code page (GBK; four-byte GB18030 for what GBK
/// lacks).
///
/// Any thread may call it.
///
/// @param text a text, UTF-8
/// @return the text in GB18030, which the caller gives back; NULL for NULL or what is not valid
///
/// # Safety
///
/// `text` is NULL or a NUL-terminated string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_utf8_to_gbk(text: *const c_char) -> *mut c_char {
    let converted = guard::or(
        || None,
        || {
            // SAFETY: the caller's promise.
            let text = unsafe { strings::borrow(text, "text") }.ok()?;
            let (bytes, _, had_errors) = GB18030.encode(text);
            (!had_errors).then(|| bytes.into_owned())
        },
    );
    strings::give_or_null(converted)
}
