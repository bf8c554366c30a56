//! Exports on clients.

use std::ffi::c_char;
use std::fmt::Write as _;

use super::{guard, handles, strings};
use crate::client::Client;
use crate::config::Config;
use crate::error::{Error, Kind};
use crate::platform::json::push_string;
use crate::platform::time::to_rfc3339;

/// A configuration of no platform, by which the tests of a built library see that a panic inside it
/// becomes an error.
const SELF_TEST_PANIC: &str = r#"{"selfTest":"panic"}"#;

/// Opens a client of a platform. Connects to nothing.
///
/// `config_json` is an object with these keys, `baseUrl` (or `host`) alone being required:
///
/// | key | meaning | default | range |
/// | --- | --- | --- | --- |
/// | `baseUrl` | `http://ip:port/projectName` (2024) or `http://ip` (2022); `https` too | | |
/// | `host`, `port`, `projectName` | in place of `baseUrl` | | |
/// | `username`, `password` | for GenerateToken; no token is sent without them (2022) | none | both or none |
/// | `timeoutMs` | for one attempt, whole | 10000 | 1 to 600000 |
/// | `connectTimeoutMs` | for connecting | 3000 | 1 to 600000 |
/// | `deadlineMs` | for a call with all its attempts | 30000 | 1 to 3600000 |
/// | `retries` | further attempts | 2 | 0 to 10 |
/// | `loginCooldownMs` | how long a refused login is not repeated | 30000 | 0 to 600000 |
/// | `ticketParam` | name of the ticket parameter, for wrappers | `ticket` | |
/// | `timeZone` | offset of times that name none | `+08:00` | |
/// | `tokenStore` | `memory`; `file:<path>` (processes of one machine share a token); `redis://...` or `rediss://...` (nodes of a cluster do) | `memory` | |
/// | `proxy` | a proxy's URL; environment variables are not read | none | |
/// | `caFile` | PEM certificates to trust besides the system's and the built-in ones | none | |
/// | `userAgent`, `headers` | as they say; `headers` is an object of texts | `panda-water/<version>` | |
/// | `maxResponseBytes` | a longer answer is refused | 16 MiB | 1 KiB to 1 GiB |
///
/// Any thread may use the client, at any time, several at once too; it works in a forked child as
/// well. It is closed with panda_client_close.
///
/// ```c
/// char *error;
/// int32_t client = panda_client_open("{\"baseUrl\":\"http://10.0.0.8:8080/panda\","
///     "\"username\":\"xiaomi\",\"password\":\"abcdefg\"}", &error);
/// if (client == 0) { puts(error); panda_string_free(error); }
/// ```
///
/// Implements: the address and the account of the access document 2024, sections 1 and 2.
///
/// @param config_json the configuration, UTF-8
/// @param error NULL, or where to put the failure envelope, which the caller gives back; set to NULL
///        on success. Kinds: `argument` for NULL, invalid UTF-8 and what is no JSON object; `config`
///        for a key that is unknown, missing, of the wrong type or out of range, and an unreadable file;
///        `store` for a token store that cannot be used: a file that others can read, or a link
/// @return the client, or 0
///
/// # Safety
///
/// `config_json` is NULL or a NUL-terminated string; `error` is NULL or can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_client_open(
    config_json: *const c_char,
    error: *mut *mut c_char,
) -> i32 {
    let open = || {
        // SAFETY: the caller's promise.
        let json = unsafe { strings::borrow(config_json, "config_json") }?;
        let config = Config::from_json(json).inspect_err(|_| {
            assert!(json != SELF_TEST_PANIC, "as the self test wants");
        })?;
        handles::open_client(Client::new(config)?)
    };
    // SAFETY: the caller's promise.
    unsafe { guard::open(error, open) }
}

/// Closes a client. Calls under way end normally, and cursors opened with it live on.
///
/// Any thread may call it; closing twice is harmless.
///
/// @param client a client
/// @return 1 if it was open, else 0
#[unsafe(no_mangle)]
pub extern "C" fn panda_client_close(client: i32) -> i32 {
    guard::or(|| 0, || handles::close_client(client).into())
}

/// Gives a token for the header `panda-token`: from the cache while it is good, else fetched.
///
/// The other functions fetch and send it by themselves. On success `data` is
/// `{"token":"...","expirationTime":...,"expiresAt":"2024-05-01T12:00:00+08:00"}`: `expirationTime` as the
/// platform sent it, `expiresAt` the same as RFC 3339, or null where it cannot be read.
///
/// Any thread may call it; many at once cause one login.
///
/// Implements: access document 2024, section 2, GenerateToken.
///
/// @param client a client
/// @return an envelope, never NULL; the caller gives it back. Kinds of failure: `handle`; `config`
///         without an account; `auth` for a refused login, repeated for `loginCooldownMs`; `connect`,
///         `timeout`, `tls`, `http`, `response`
#[unsafe(no_mangle)]
pub extern "C" fn panda_get_token(client: i32) -> *mut c_char {
    guard::reply(|data| {
        let client = handles::client(client)?;
        let token = client.get_token()?;
        data.push_str("{\"token\":");
        push_string(data, token.as_str());
        let zone = client.config().time_zone;
        let expires_at = token
            .expires_at()
            .map(|time| format!("\"{}\"", to_rfc3339(time, zone)));
        // Writing to a String cannot fail.
        let _ = write!(
            data,
            r#","expirationTime":{},"expiresAt":{}}}"#,
            token.expiration_time,
            expires_at.as_deref().unwrap_or("null")
        );
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
/// if (panda_json_code(reply) == 0) {
///     char *id = panda_json_get(reply, "/data/id");
///     sign_in(own_user_linked_with(id));
///     panda_string_free(id);
/// }
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
    guard::reply(|data| {
        let client = handles::client(client)?;
        // SAFETY: the caller's promise.
        let ticket = unsafe { strings::borrow(ticket, "ticket") }?;
        data.push_str(&client.user_json_by_ticket(ticket)?);
        Ok(())
    })
}

/// Gives counters of a client.
///
/// On success `data` is `{"tokenFetches":1,"storeFallbacks":0,"endpoints":{"GenerateToken":{...},
/// "GetUsers":{...},"GetUserByTicket":{...}}}`: logins; logins, or their sharing, that had to do without
/// the token store; and for each endpoint `calls`, `failures` (by kind), `httpRequests`, `retries` and
/// `bytesReceived` (bodies, decompressed). In a forked child they begin at 0.
///
/// Any thread may call it.
///
/// @param client a client
/// @return an envelope, never NULL; the caller gives it back. Kind of failure: `handle`
#[unsafe(no_mangle)]
pub extern "C" fn panda_client_stats(client: i32) -> *mut c_char {
    guard::reply(|data| {
        let client = handles::client(client)?;
        let stats = serde_json::to_string(client.stats());
        data.push_str(&stats.map_err(|error| Error::new(Kind::Internal, error.to_string()))?);
        Ok(())
    })
}
