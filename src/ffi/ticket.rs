//! Exports on a sign-in ticket: out of a URL, and to its user.

use std::ffi::c_char;

use super::{guard, handles, strings};
use crate::json::push_string;
use crate::ticket::ticket_from_url;

/// Takes the sign-in ticket out of the URL that the platform opened.
///
/// Taken: a whole URL, a path with query, or a query, with or without `?`; the query, or the query
/// inside the fragment (`/#/oa?user=...`). Names are compared after %XX decoding, letter for letter.
/// The value is %XX-decoded; `+` stays `+`.
/// Taken too is what platforms append without looking at the route (`/oa?a=1?ticket=...`,
/// `/oa&ticket=...`) and what mail programs make of it (`&amp;ticket=...`).
///
/// On success `data` is `{"ticket":"...","urlWithoutTicket":"...","localTarget":"/..."}`.
/// `urlWithoutTicket` is the input with that parameter taken out and not a letter else changed; it may
/// lead anywhere, since whoever made the URL wrote it. `localTarget` is its path, query and fragment as
/// a place on this same site: one leading slash, no second one, no backslash, no control character; it is
/// `/` where a browser would go to another site. Redirect the browser there once the user is signed in,
/// so that the ticket, which stays valid, is not left in histories and logs.
///
/// ```c
/// char *parts = panda_ticket_from_url("/oa?a=1&user=3F2C", "user");
/// char *ticket = panda_json_text(parts, "/data/ticket"); // 3F2C
/// char *target = panda_json_text(parts, "/data/localTarget"); // /oa?a=1
/// ```
///
/// Any thread may call it; it asks nobody.
///
/// Implements: both access documents, steps 3 to 5.
///
/// @param url the URL, UTF-8
/// @param param the parameter's name, UTF-8; NULL means `ticket`
/// @return an envelope, never NULL; the caller gives it back. Kinds of failure: `argument` for NULL,
///         invalid UTF-8 and an empty name; `ticket` for none (the message tells the names of the
///         parameters that are there), an empty one, two different ones, %00 or bytes that are not
///         UTF-8 in the value
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
        data.push_str(",\"localTarget\":");
        push_string(data, &found.local_target);
        data.push('}');
        Ok(())
    })
}

/// Gives the user who holds a sign-in ticket. A success renews the ticket's life.
///
/// On success `data` is a user: `{"id":1,"userName":"...","phone":null,"jobNumber":null,"userImage":null}`
/// and every further field that the platform sent. `id` is an integer from 1 to 2^53-1; empty text is
/// null. Only a success names somebody who may be signed in.
///
/// ```c
/// char *reply = panda_get_user_by_ticket(client, ticket);
/// int64_t id;
/// if (panda_json_int64(reply, "/data/id", &id)) sign_in(own_user_linked_with(id));
/// panda_string_free(reply);
/// ```
///
/// Any thread may call it.
///
/// Implements: both access documents, interface 2, GetUserByTicket.
///
/// @param client a client
/// @param ticket the ticket, decoded, as panda_ticket_from_url gives it, UTF-8
/// @return an envelope, never NULL; the caller gives it back. Kinds of failure: `handle`; `argument`
///         for a ticket that is NULL, empty or invalid UTF-8; `ticket` for one that the platform does
///         not accept; `auth`, `connect`, `timeout`, `tls`, `http`, `response`
///
/// # Safety
///
/// `ticket` is NULL or a NUL-terminated string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_get_user_by_ticket(
    client: i32,
    ticket: *const c_char,
) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { user(client, ticket, "ticket") }
}

/// Gives the user who is signing in by a URL: panda_ticket_from_url with the client's `ticketParam`, and
/// panda_get_user_by_ticket, in one call.
///
/// On success `data` is the user. Begin a session under a new id, and redirect the browser to the
/// `localTarget` that panda_ticket_from_url gives, so that the ticket is not left in the address.
///
/// ```c
/// char *reply = panda_user_from_url(client, "http://oa.example/oa?ticket=3F2C");
/// int64_t id;
/// if (panda_json_int64(reply, "/data/id", &id)) sign_in(own_user_linked_with(id));
/// panda_string_free(reply);
/// ```
///
/// Any thread may call it.
///
/// Implements: both access documents, steps 3 to 5.
///
/// @param client a client
/// @param url the URL, UTF-8, in any form that panda_ticket_from_url takes
/// @return an envelope, never NULL; the caller gives it back. Kinds of failure: `handle`; `argument` for a
///         URL that is NULL or invalid UTF-8; `ticket` for a URL without a usable ticket, where the
///         platform is not asked, and for a ticket that the platform does not accept; the others of
///         panda_get_user_by_ticket
///
/// # Safety
///
/// `url` is NULL or a NUL-terminated string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_user_from_url(client: i32, url: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { user(client, url, "url") }
}

/// The user of the argument `name`: a `ticket`, or a `url` with one.
///
/// # Safety
///
/// `text` is NULL or a NUL-terminated string.
unsafe fn user(client: i32, text: *const c_char, name: &str) -> *mut c_char {
    guard::reply(|data| {
        let client = handles::client(client)?;
        // SAFETY: the caller's promise.
        let mut ticket = unsafe { strings::borrow(text, name) }?;
        let found;
        if name == "url" {
            found = ticket_from_url(ticket, client.config().ticket_param())?;
            ticket = &found.ticket;
        }
        data.push_str(&client.user_json_by_ticket(ticket)?);
        Ok(())
    })
}
