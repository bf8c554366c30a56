//! Exports on texts: strings given back, and conversions for hosts that lack them.

use std::ffi::c_char;

use encoding_rs::GB18030;

use super::{guard, strings};

/// Gives a string back that another function of the library returned.
///
/// Every `char *` that the library returns belongs to the caller, who gives it back here, once; NULL
/// is fine. A `const char *` is not given back.
///
/// Any thread may give it back, at any time.
///
/// @param s a string that the library returned, or NULL
///
/// # Safety
///
/// `s` is NULL or a string that the library returned and that was not given back yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_string_free(s: *mut c_char) {
    guard::or(
        || (),
        || {
            // SAFETY: the caller's promise.
            unsafe { strings::take_back(s) }
        },
    );
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
