//! The export on the token.

use std::ffi::c_char;
use std::fmt::Write as _;

use super::{guard, handles};
use crate::json::push_string;
use crate::platform::time::to_rfc3339;

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
