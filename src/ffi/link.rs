//! The export that tells who is who among the caller's own users.

use std::ffi::c_char;

use super::{guard, strings};
use crate::users::link::link_users;

/// Matches platform users with the caller's own.
///
/// `request_json` is `{"pandaUsers":[user...],"ownUsers":[{"id","userName","phone","jobNumber"}...],
/// "rules":["jobNumber","phone","userName"],"existing":[{"pandaId","ownId"}...]}`; `rules` and `existing`
/// may be missing. An own `id` is a text or an integer; texts may be null or missing.
/// On success `data` is `{"links":[{"pandaId","ownId","by"}...],"suggestions":[...],
/// "conflicts":[{"by","pandaIds","ownIds"}...],"broken":[{"pandaId","ownId","reason"}...],
/// "unlinkedPanda":[id...],"unlinkedOwn":[id...]}`, every user in exactly one place.
///
/// A rule links two users only where each is the only one of all users on its side with that value.
/// A pair whose job numbers (or, those lacking, phones) contradict each other is a conflict. `userName`
/// alone gives suggestions, which an administrator confirms and passes back as `existing`. Pairs in
/// `existing` stay, unless a side is gone or their job numbers contradict each other: then they are
/// `broken`. Values are compared as NFKC without spaces; phones without `-`, `+86` and `0086`, never if
/// masked with `*`; job numbers without regard to letter case; names with any middle dot.
///
/// Any thread may call it; it asks nobody.
///
/// Implements: both access documents, step 2.
///
/// @param request_json the request, UTF-8
/// @return an envelope, never NULL; the caller gives it back. Kind of failure: `argument`
///
/// # Safety
///
/// `request_json` is NULL or a NUL-terminated string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_link_users(request_json: *const c_char) -> *mut c_char {
    guard::reply(|data| {
        // SAFETY: the caller's promise.
        let request = unsafe { strings::borrow(request_json, "request_json") }?;
        data.push_str(&link_users(request)?);
        Ok(())
    })
}
