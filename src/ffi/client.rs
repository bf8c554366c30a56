//! Exports on clients.

use std::ffi::c_char;

use super::{fork, guard, handles, strings};
use crate::client::Client;
use crate::config::Config;
use crate::error::{Error, Kind};

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
/// | `timeoutMs` | for one attempt, whole; no more than half of what is left while others may follow | 10000 | 1 to 600000 |
/// | `connectTimeoutMs` | for connecting, once the host's addresses are known, which share it; a kept connection on which no answer begins for as long is replaced, unless the platform was slow of late | 3000 | 1 to 600000 |
/// | `deadlineMs` | for a call with all its attempts | 30000 | 1 to 3600000 |
/// | `retries` | further attempts, with growing waits and for as long as `deadlineMs` lasts; two of them after attempts that ran out of time, other 5xx than 502 to 504 and gateways' pages; all threads share a budget | 10 | 0 to 100 |
/// | `loginCooldownMs` | how long a refused login is not repeated | 30000 | 0 to 600000 |
/// | `ticketParam` | name of the ticket parameter, for panda_user_from_url and wrappers | `ticket` | |
/// | `timeZone` | offset of times that name none | `+08:00` | |
/// | `tokenStore` | `memory`; `file:<path>` (processes of one machine share a token); a Redis server, see below (nodes of a cluster do) | `memory` | |
/// | `proxy` | a proxy's URL; environment variables are not read | none | |
/// | `caFile` | a file of certificates (PEM, DER or PKCS#7) to trust besides the system's and the built-in ones; a server's own self-signed one, too; its content is never shown | none | |
/// | `clientCertFile`, `clientKeyFile` | PEM files: the client's own certificate and its key (PKCS#8, PKCS#1 or SEC1, not encrypted), for servers, and Redis by `rediss`, that ask for one; the key is never shown | none | both or none |
/// | `userAgent`, `headers` | as they say; `headers` is an object of texts, which are sent with every request, as `Cache-Control: no-cache` is unless it is one of them | `panda-water/<version>` | |
/// | `maxResponseBytes` | a longer answer is refused | 16 MiB | 1 KiB to 1 GiB |
///
/// A token store in Redis is named by one of these; each may have an account before the host, as
/// in `redis://user:password@host` (or `:password@`), and in it `%XX` for what else ends that part:
///
/// | URL | a store in |
/// | --- | --- |
/// | `redis://host[:port][/db]` | one server, or by any of its nodes a Redis cluster |
/// | `rediss://host[:port][/db]` | the same with TLS; `caFile` holds for it too |
/// | `redis+unix:///path[?db=1&user=u&pass=p]` | a server of this machine, by its socket |
/// | `redis+sentinel://host1[:port],host2[:port]/master[/db]` | the master of that name, as these sentinels know it; an account of theirs as `?sentinelUsername=u&sentinelPassword=p`; `rediss+sentinel` with TLS |
///
/// Its user needs the commands GET, SET, DEL and EVAL (SELECT for another database, ROLE where
/// sentinels lead to it) for the keys `panda-water:*`; without EVAL, a login that takes longer than
/// 2.5 s is not shared. A store that does not work ends no call, and
/// holds up none for more than 2 s in all: the process logs in for itself, and `storeFallbacks` of
/// panda_client_stats counts it. One that refuses what it is asked (a replica, full, no rights) holds
/// up nobody. Who is killed while it logs in for all holds the others up for 3 s at most.
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
///        `store` for a token store that cannot be used: a file that others can read, or a link; a Redis URL
///        that is mistaken
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
        let client = Client::new(config)?;
        fork::prepare();
        handles::open_client(client)
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

/// Closes the connections of a client that no call is using.
///
/// Connections are kept for later calls. By itself the library closes those that rested for 60 seconds
/// at the client's next call, and all of them with the client's last use after panda_client_close: it
/// does nothing between calls. A program that pauses for long may call this then.
///
/// Any thread may call it.
///
/// @param client a client
/// @return how many connections were closed; 0 for what is no open client
#[unsafe(no_mangle)]
pub extern "C" fn panda_client_trim(client: i32) -> i32 {
    let trim = || handles::client(client).map_or(0, |client| client.trim());
    guard::or(|| 0, || trim().try_into().unwrap_or(i32::MAX))
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
