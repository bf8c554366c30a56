//! Exports on the library itself.

use std::ffi::c_char;
use std::fmt::Write as _;

use super::codes::PANDA_ABI_VERSION;
use super::{guard, handles, strings};

/// Gives the library's version, for example "0.1.0".
///
/// Any thread may call it.
///
/// @return a static string, which is not given back
#[unsafe(no_mangle)]
pub extern "C" fn panda_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Gives the version of this interface that the library was built with.
///
/// A program compiled against another PANDA_ABI_VERSION must not go on.
///
/// @return PANDA_ABI_VERSION
#[unsafe(no_mangle)]
pub extern "C" fn panda_abi_version() -> u32 {
    PANDA_ABI_VERSION
}

/// Gives what the process holds, for a caller's tests for leaks.
///
/// `data` is `{"clients":0,"cursors":0,"strings":0}`: handles that are open, and strings returned and not
/// yet given back, this one not counted.
///
/// Any thread may call it.
///
/// @return an envelope, never NULL; the caller gives it back
#[unsafe(no_mangle)]
pub extern "C" fn panda_process_stats() -> *mut c_char {
    guard::reply(|data| {
        let (clients, cursors) = handles::counts();
        let strings = strings::outstanding();
        // Writing to a String cannot fail.
        let _ = write!(
            data,
            r#"{{"clients":{clients},"cursors":{cursors},"strings":{strings}}}"#
        );
        Ok(())
    })
}
