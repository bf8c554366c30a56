//! Strings across the boundary: borrowed on the way in, owned by the caller on the way out.

use std::ffi::{CStr, CString, c_char};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::memchr;

use crate::error::{Error, Result};
use crate::memory::NoMemory;

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
    // SAFETY: the caller's promise.
    match unsafe { bytes(text) }.map(str::from_utf8) {
        None => Ok(None),
        Some(Ok(text)) => Ok(Some(text)),
        Some(Err(_)) => Err(Error::argument(format!("`{name}` is not valid UTF-8"))),
    }
}

/// Borrows an argument in whatever encoding it is; `None` for NULL.
///
/// # Safety
///
/// As [`borrow`].
pub(super) unsafe fn bytes<'a>(text: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: not NULL, and NUL-terminated by the caller's promise.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// Hands a string to the caller. NULL for one that holds a NUL.
pub(super) fn give(text: impl Into<Vec<u8>>) -> *mut c_char {
    let text = text.into();
    // `CString::new` would look for it too, eight bytes at a time.
    if memchr(0, &text).is_some() {
        return ptr::null_mut();
    }
    OUTSTANDING.fetch_add(1, Ordering::Relaxed);
    // SAFETY: there is no NUL in it.
    unsafe { CString::from_vec_unchecked(text) }.into_raw()
}

/// The same, NULL for none.
pub(super) fn give_or_null(text: Option<impl Into<Vec<u8>>>) -> *mut c_char {
    text.map_or(ptr::null_mut(), give)
}

/// Puts `head` before a long text, in the text's own memory, and makes room for `more` bytes after it.
/// The text's size is the platform's choice: where there is no memory for it, that is an error.
pub(super) fn prepend(head: &str, mut text: String, more: usize) -> Result<String> {
    // And the end of the reply, with its NUL.
    text.try_reserve_exact(head.len() + more + 8)
        .map_err(NoMemory::from)?;
    text.insert_str(0, head);
    Ok(text)
}

/// Takes a string back.
///
/// # Safety
///
/// `text` is NULL or came from [`give`], and was not taken back yet.
pub(super) unsafe fn take_back(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: it came from `give`, by the caller's promise.
        drop(unsafe { CString::from_raw(text) });
        OUTSTANDING.fetch_sub(1, Ordering::Relaxed);
    }
}
