//! What every export goes through: panics end here, no thread is cancelled within, and results become
//! replies.

use std::any::Any;
use std::cell::Cell;
use std::ffi::c_char;
use std::fmt::Write as _;
use std::mem::ManuallyDrop;
use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use super::strings;
use crate::error::{Error, Kind, Result};
use crate::json::push_string;
use crate::system;

thread_local! {
    // Without destructors: a host may call in its exit handlers, when a thread's storage is gone.
    /// A call of the library is under way on this thread.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    /// Where it panicked: file and line.
    static PANICKED_AT: Cell<Option<ManuallyDrop<String>>> = const { Cell::new(None) };
}

/// Runs a call whose result is `data` of a reply; the call appends it as JSON.
pub(super) fn reply(call: impl FnOnce(&mut String) -> Result<()>) -> *mut c_char {
    let result = contain(|| {
        // Room for a user, so that the replies of every sign-in need no second allocation.
        let mut reply = String::with_capacity(512);
        reply.push_str(r#"{"code":0,"msg":"OK","data":"#);
        call(&mut reply)?;
        reply.push('}');
        Ok(reply)
    });
    strings::give(result.unwrap_or_else(|error| failure(&error)))
}

/// Runs a call that opens a handle: 0 and the failure in `error` where it cannot.
///
/// # Safety
///
/// `error` is NULL or can be written to.
pub(super) unsafe fn open(error: *mut *mut c_char, call: impl FnOnce() -> Result<i32>) -> i32 {
    let (handle, message) = match contain(call) {
        Ok(handle) => (handle, None),
        Err(error) => (0, Some(failure(&error))),
    };
    if !error.is_null() {
        // SAFETY: the caller's promise.
        unsafe { error.write(message.map_or(ptr::null_mut(), strings::give)) };
    }
    handle
}

/// Runs a call that cannot fail, but for a fault of the library.
pub(super) fn or<T>(fallback: impl FnOnce() -> T, call: impl FnOnce() -> T) -> T {
    contain(|| Ok(call())).unwrap_or_else(|_| fallback())
}

fn contain<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    install_hook();
    // The stack of a call cannot be unwound by the system.
    let uncancelled = system::without_cancellation();
    let was_guarded = GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(call));
    GUARDED.set(was_guarded);
    // Taken in any case: a fault that was dealt with on the way may have left one.
    let place = PANICKED_AT.take().map(ManuallyDrop::into_inner);
    drop(uncancelled);
    result.unwrap_or_else(|payload| Err(fault(payload, place)))
}

/// What a panic becomes; once, and not within every export.
#[cold]
#[inline(never)]
fn fault(payload: Box<dyn Any + Send>, place: Option<String>) -> Error {
    // The payload's text may hold anything; the place is enough to find the fault.
    drop(payload);
    let place = place.unwrap_or_default();
    let message = format!("a fault of the library ({place}); please report it");
    Error::new(Kind::Internal, message)
}

/// A panic within a call prints nothing: its place goes into the error.
fn install_hook() {
    static INSTALLED: AtomicBool = AtomicBool::new(false);
    if INSTALLED.load(Ordering::Relaxed) || INSTALLED.swap(true, Ordering::Relaxed) {
        return;
    }
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if GUARDED.get() {
            let place = info.location().map(|place| {
                let file = place.file().rsplit(['/', '\\']).next().unwrap_or_default();
                ManuallyDrop::new(format!("{file}:{}", place.line()))
            });
            let earlier = PANICKED_AT.replace(place);
            drop(earlier.map(ManuallyDrop::into_inner));
        } else {
            previous(info);
        }
    }));
}

/// The failure envelope of an error.
fn failure(error: &Error) -> String {
    let mut json = format!(r#"{{"code":{},"msg":"#, error.code());
    push_string(&mut json, error.message());
    let endpoint = error
        .endpoint()
        .map_or("null".to_owned(), |at| format!("\"{}\"", at.name()));
    let http_status = error
        .http_status()
        .map_or("null".to_owned(), |status| status.to_string());
    // Writing to a String cannot fail.
    let _ = write!(
        json,
        r#","data":null,"error":{{"kind":"{}","retryable":{},"endpoint":{endpoint},"httpStatus":{http_status},"platformCode":{},"attempts":{}}}}}"#,
        error.kind().name(),
        error.is_retryable(),
        error.platform_code().unwrap_or("null"),
        error.attempts(),
    );
    json
}
