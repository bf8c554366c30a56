//! Exports on the list of users.

use std::ffi::c_char;

use super::{guard, handles, strings};
use crate::arguments::Arguments;
use crate::error::{Kind, Result};
use crate::platform::requests::PageQuery;
use crate::platform::user_list::Layout;
use crate::users::listing::ListQuery;
use crate::users::page::UserPage;

/// The platform's type of page numbers.
const MAX_PAGE_INDEX: u64 = i32::MAX as u64;
pub(super) const MAX_PAGE_SIZE: u64 = 10_000;

/// Gives one page of the users in use, as the platform gives it. For all users, use
/// panda_users_open: a loop over pages misses users while the list moves.
///
/// `query_json` is an object with the keys `pageIndex` (1 to 2147483647), `pageSize` (1 to 10000) and
/// `keyword` (text), each sent only if given, and `rows` (default false); NULL or `{}` for none.
/// On success `data` is `{"count":3661,"data":[user...]}`; `count` is as the platform tells it, null where it
/// tells none. A page beyond the last one has no users.
/// A user is as in panda_get_user_by_ticket; with `rows` true it is
/// `[id,userName,phone,jobNumber,userImage,extra]`, where `extra` is an object of the further fields, or
/// null: as much in less text, for programs that read long lists.
///
/// Any thread may call it.
///
/// Implements: both access documents, interface 1, GetUsers.
///
/// @param client a client
/// @param query_json the query, UTF-8, or NULL
/// @return an envelope, never NULL; the caller gives it back. Kinds of failure: `handle`; `argument`
///         for an unknown key or a value out of range; `rejected` where the platform refuses; `auth`,
///         `connect`, `timeout`, `tls`, `http`, `response`
///
/// # Safety
///
/// `query_json` is NULL or a NUL-terminated string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_get_users(client: i32, query_json: *const c_char) -> *mut c_char {
    guard::reply(|data| {
        let client = handles::client(client)?;
        // SAFETY: the caller's promise.
        let options =
            unsafe { read_query(query_json, &["pageIndex", "pageSize", "keyword", "rows"]) }?;
        let query = PageQuery {
            page_index: options.integer("pageIndex", 1..=MAX_PAGE_INDEX)?,
            page_size: options.integer("pageSize", 1..=MAX_PAGE_SIZE)?,
            keyword: options.string("keyword")?,
        };
        let page = client.page(&query, read_layout(&options)?)?;
        write_page(data, page, "}")
    })
}

/// Opens a cursor over all users. Connects to nothing.
///
/// `query_json` is an object with the keys `pageSize` (1 to 10000, default 500; a server that gives
/// fewer is followed), `keyword` (text), `prefetch` (1 to 16, default 4: pages fetched at once) and `rows`
/// (as in panda_get_users); NULL or `{}` for none. Where the line is slow, fewer and smaller pages are
/// asked for.
///
/// Any thread may use the cursor; two at once take turns. It outlives its client's handle. In a
/// forked child it is no handle. It is closed with panda_users_close.
///
/// ```c
/// int32_t users = panda_users_open(client, NULL, NULL);
/// int done = 0;
/// while (!done) {
///     char *page = panda_users_next(users);
///     if (panda_json_code(page) != 0) { puts(page); done = 1; }
///     else { char *text = panda_json_get(page, "/data/done"); done = text[0] == 't'; panda_string_free(text); }
///     panda_string_free(page);
/// }
/// panda_users_close(users);
/// ```
///
/// Implements: both access documents, interface 1, GetUsers, and step 1.
///
/// @param client a client
/// @param query_json the query, UTF-8, or NULL
/// @param error as in panda_client_open. Kinds: `handle`; `argument` for an unknown key or a value out
///        of range
/// @return the cursor, or 0
///
/// # Safety
///
/// `query_json` is NULL or a NUL-terminated string; `error` is NULL or can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_users_open(
    client: i32,
    query_json: *const c_char,
    error: *mut *mut c_char,
) -> i32 {
    let open = || {
        let client = handles::client(client)?;
        // SAFETY: the caller's promise.
        let options =
            unsafe { read_query(query_json, &["pageSize", "keyword", "prefetch", "rows"]) }?;
        let default = ListQuery::default();
        let query = ListQuery {
            page_size: options
                .integer("pageSize", 1..=MAX_PAGE_SIZE)?
                .unwrap_or(default.page_size),
            keyword: options.string("keyword")?,
            prefetch: options
                .integer("prefetch", 1..=16)?
                .unwrap_or(default.prefetch),
        };
        handles::open_cursor(client.users(query).in_layout(read_layout(&options)?))
    };
    // SAFETY: the caller's promise.
    unsafe { guard::open(error, open) }
}

/// Gives the next page of a cursor: every user once, never knowingly a short list. The list ends
/// where the pages show it, and not before as many users were seen as `count` tells: `count` alone may
/// be that of the page, or a capped one. What does not fit together is read again.
///
/// On success `data` is `{"count":3661,"data":[user...],"done":false}`; `done` is true with the last page
/// and, with no users, from then on. A page may hold fewer users than asked for.
/// A failed call can be made again and goes on where it failed, save after `inconsistent`, and after a
/// `response` that there was no memory, where it comes again: then open a new cursor. The deadline of the configuration holds for each page.
///
/// Any thread may call it; two at once take turns, and who waits longer than the deadline gets `timeout`.
///
/// @param users a cursor
/// @return an envelope, never NULL; the caller gives it back. Kinds of failure: `handle`; `inconsistent`
///         where the list kept changing while it was read (retryable), or its numbers do not fit
///         together though it did not change; those of panda_get_users
#[unsafe(no_mangle)]
pub extern "C" fn panda_users_next(users: i32) -> *mut c_char {
    guard::reply(|data| {
        let cursor = handles::cursor(users)?;
        let page = cursor.in_turn(|users, deadline| users.next_page_by(deadline))?;
        let end = match page.is_done() {
            true => r#","done":true}"#,
            false => r#","done":false}"#,
        };
        write_page(data, page, end)
    })
}

/// Closes a cursor. A call under way ends normally.
///
/// Any thread may call it; closing twice is harmless.
///
/// @param users a cursor
/// @return 1 if it was open, else 0
#[unsafe(no_mangle)]
pub extern "C" fn panda_users_close(users: i32) -> i32 {
    guard::or(|| 0, || handles::close_cursor(users).into())
}

/// # Safety
///
/// `query_json` is NULL or a NUL-terminated string that outlives `'a`.
unsafe fn read_query<'a>(query_json: *const c_char, known: &[&str]) -> Result<Arguments<'a>> {
    // SAFETY: the caller's promise.
    let json = unsafe { strings::borrow_or_null(query_json, "query_json") }?;
    Arguments::read(json.unwrap_or("{}"), "query_json", Kind::Argument, known)
}

fn read_layout(options: &Arguments<'_>) -> Result<Layout> {
    Ok(match options.boolean("rows")? {
        true => Layout::Rows,
        false => Layout::Objects,
    })
}

/// Makes `data` go on with `{"count":…,"data":[…]` and `end`, around the page's own text.
fn write_page(data: &mut String, page: UserPage, end: &str) -> Result<()> {
    let count = page
        .count()
        .map_or("null".to_owned(), |count| count.to_string());
    let head = format!(r#"{data}{{"count":{count},"data":["#);
    let mut whole = strings::prepend(&head, page.page.users.into_json(), 1 + end.len())?;
    whole.push(']');
    whole.push_str(end);
    *data = whole;
    Ok(())
}
