//! The export that keeps the caller's users in step with the platform's.

use std::ffi::c_char;
use std::fmt::Write as _;

use super::users::MAX_PAGE_SIZE;
use super::{guard, handles, strings};
use crate::arguments::Arguments;
use crate::error::Kind;
use crate::memory;
use crate::users::sync::SyncOptions;

/// An id among those removed takes no more: sixteen digits and a comma.
const REMOVED_ID: usize = 17;

/// Compares all users with an earlier state: who came, changed or left.
///
/// `options_json` is an object with the keys `state` (the text of the last call, or null for the first),
/// `pageSize` and `prefetch` (as in panda_users_open) and `maxRemovedPercent` (0 to 100, default 20); NULL
/// or `{}` for none.
/// On success `data` is `{"count":3661,"added":[user...],"updated":[user...],"removed":[id...],
/// "unchanged":n,"state":"..."}`. Store `state` in one transaction with the changes that you apply: the
/// library keeps nothing, so a crash in between loses nothing. `state` is base64 for URLs (letters, digits,
/// `-` and `_`), which JSON, SQL and files need not escape; white space around it, such as the newline at
/// the end of a file, is accepted, even as a line break inside the JSON.
/// A user is `updated` if `userName`, `phone` or `jobNumber` changed, and `removed` only if missing from
/// two complete listings in a row, made within this call.
///
/// ```c
/// char *options = stored == NULL ? NULL : panda_json_with(NULL, "state", stored);
/// char *reply = panda_sync_users(client, options);
/// char *added = panda_json_get(reply, "/data/added"), *user;
/// size_t position = 0;
/// while ((user = panda_json_next(added, &position)) != NULL) {
///     insert(user);
///     panda_string_free(user);
/// }
/// ```
///
/// Any thread may call it. The deadline of the configuration holds for each page.
///
/// Implements: both access documents, step 1.
///
/// @param client a client
/// @param options_json the options, UTF-8, or NULL
/// @return an envelope, never NULL; the caller gives it back. Kinds of failure, after which nothing has
///         changed: `handle`; `argument` for a state that is damaged or of another platform; `guard`
///         where more than `maxRemovedPercent` of the state's users, and more than 5, would be removed,
///         or the platform lists nobody; those of panda_users_next
///
/// # Safety
///
/// `options_json` is NULL or a NUL-terminated string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_sync_users(client: i32, options_json: *const c_char) -> *mut c_char {
    guard::reply(|data| {
        let client = handles::client(client)?;
        // SAFETY: the caller's promise.
        let json = unsafe { strings::borrow_or_null(options_json, "options_json") }?;
        // The state, read out of them.
        memory::expect(json.map_or(0, str::len).saturating_mul(2))?;
        let known = ["state", "pageSize", "prefetch", "maxRemovedPercent"];
        // A state that was read from a file may bring its line break into the string.
        let json = json.unwrap_or("{}").replace(['\r', '\n'], " ");
        let options = Arguments::read(&json, "options_json", Kind::Argument, &known)?;
        let default = SyncOptions::default();
        let max_removed_percent = options.integer("maxRemovedPercent", 0..=100)?;
        let changes = client.sync_users(&SyncOptions {
            state: options.string("state")?,
            page_size: options
                .integer("pageSize", 1..=MAX_PAGE_SIZE)?
                .unwrap_or(default.page_size),
            prefetch: options
                .integer("prefetch", 1..=16)?
                .unwrap_or(default.prefetch),
            max_removed_percent: max_removed_percent.unwrap_or(default.max_removed_percent),
        })?;
        // The first sync's answer is all users: it is built around their text, not copied.
        let head = format!(r#"{data}{{"count":{},"added":["#, changes.count);
        let updated = changes.updated.into_json();
        let more = updated.len() + REMOVED_ID * changes.removed.len() + changes.state.len() + 128;
        let mut whole = strings::prepend(&head, changes.added.into_json(), more)?;
        // Writing to a String cannot fail.
        let _ = write!(whole, r#"],"updated":[{updated}],"removed":["#);
        for (index, id) in changes.removed.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let _ = write!(whole, "{comma}{id}");
        }
        let _ = write!(
            whole,
            r#"],"unchanged":{},"state":"{}"}}"#,
            changes.unchanged, changes.state
        );
        *data = whole;
        Ok(())
    })
}
