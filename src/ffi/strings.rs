//! Strings across the boundary: borrowed on the way in, owned by the caller on the way out.

use std::ffi::{CStr, CString, c_char};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use super::guard;
use crate::error::{Error, Result};

/// Strings returned and not yet given back.
static OUTSTANDING: AtomicU64 = AtomicU64::new(0);

pub(super) fn outstanding() -> u64 {
    OUTSTANDING.load(Ordering::Relaxed)
}

/// Borrows the argument `name`.
///
/// # Safety
///
/// `text` is NULL or a NUL-terminated string that outlives `'a`.
pub(super) unsafe fn borrow<'a>(text: *const c_char, name: &str) -> Result<&'a str> {
    // SAFETY: the caller's promise.
    match unsafe { borrow_or_null(text, name) } {
        Ok(Some(text)) => Ok(text),
        Ok(None) => Err(Error::argument(format!("`{name}` is NULL"))),
        Err(error) => Err(error),
    }
}

/// The same where NULL has a meaning.
///
/// # Safety
///
/// As [`borrow`].
pub(super) unsafe fn borrow_or_null<'a>(
    text: *const c_char,
    name: &str,
) -> Result<Option<&'a str>> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, and NUL-terminated by the caller's promise.
    match unsafe { CStr::from_ptr(text) }.to_str() {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(Error::argument(format!("`{name}` is not valid UTF-8"))),
    }
}

/// Hands a string to the caller. NULL for one that holds a NUL.
pub(super) fn give(text: impl Into<Vec<u8>>) -> *mut c_char {
    match CString::new(text) {
        Ok(text) => {
            OUTSTANDING.fetch_add(1, Ordering::Relaxed);
            text.into_raw()
        }
        Err(_) => ptr::null_mut(),
    }
}

/// The same, NULL for none.
pub(super) fn give_or_null(text: Option<impl Into<Vec<u8>>>) -> *mut c_char {
    text.map_or(ptr::null_mut(), give)
}

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
            if !s.is_null() {
                // SAFETY: it came from `give`, by the caller's promise.
                drop(unsafe { CString::from_raw(s) });
                OUTSTANDING.fetch_sub(1, Ordering::Relaxed);
            }
        },
    );
}
