//! The export that tells who is who among the caller's own users.

use std::ffi::c_char;

use super::{guard, strings};
use crate::users::link::link_users;

/// Matches platform users with the caller's own.
///
/// `request_json` is `{"pandaUsers":[user...],"ownUsers":[{"id","userName","phone","jobNumber"}...],
/// "rules":["jobNumber","phone","userName"],"existing":[{"pandaId","ownId"}...],"names":"compare"}`;
/// `rules`, `existing` and `names` may be missing. An own `id` is a text or an integer, and `5` and `"5"`
/// are the same; it is given back as `ownUsers` has it. Texts may be null or missing.
/// On success `data` is `{"links":[{"pandaId","ownId","by"}...],"suggestions":[...],
/// "conflicts":[{"by","pandaIds","ownIds"}...],"broken":[{"pandaId","ownId","reason"}...],
/// "unlinkedPanda":[id...],"unlinkedOwn":[id...]}`, every user in exactly one place.
///
/// A rule links two users only where each is the only one of all users on its side with that value.
/// A pair whose job numbers (or, those lacking, phones) contradict each other is a conflict. Where both
/// have a name and the names differ, the pair is a suggestion with `"namesDiffer":true`: job numbers of
/// two systems can be unrelated, and phones change owners; `"names":"ignore"` links it all the same.
/// `userName` alone gives suggestions too. An administrator confirms suggestions, and they are passed
/// back as `existing`. Who is suggested is linked with nobody else by a later rule. Pairs in `existing`
/// stay, unless a side is gone or their job numbers contradict each other: then they are `broken`.
///
/// Values are compared as NFKC without spaces and invisible characters; job numbers without regard to
/// letter case; names with any middle dot; phones without `-`, `.`, brackets, `+86`, `0086` and `86-`,
/// and only if 7 to 15 digits are left that are not all the same, so never if masked (`138****0001`).
/// What identifies nobody matches nobody and counts as missing: a job number that is masked with `*`,
/// all zeros or without a letter or digit, and words for nothing (`无`, `暂无`, `未知`, `null`, `N/A`...).
///
/// Any thread may call it; it asks nobody.
///
/// Implements: both access documents, step 2.
///
/// @param request_json the request, UTF-8
/// @return an envelope, never NULL; the caller gives it back. Kinds of failure: `argument`; `response` where
///         there is no memory for it
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
