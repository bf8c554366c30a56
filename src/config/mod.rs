//! A configuration: read once, refused where it is not understood, never repaired by a guess.

mod address;
mod certificates;
mod headers;
mod proxy;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::Offset;
use reqwest::header::HeaderMap;
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;

pub(crate) use self::address::{Addresses, host_and_port};
pub(crate) use self::proxy::Proxy;
use crate::arguments::Arguments;
use crate::endpoint::Endpoint;
use crate::error::{Kind, Result};
use crate::platform::time;

const KEYS: [&str; 21] = [
    "baseUrl",
    "host",
    "port",
    "projectName",
    "username",
    "password",
    "timeoutMs",
    "connectTimeoutMs",
    "deadlineMs",
    "retries",
    "loginCooldownMs",
    "ticketParam",
    "timeZone",
    "tokenStore",
    "proxy",
    "caFile",
    "clientCertFile",
    "clientKeyFile",
    "userAgent",
    "headers",
    "maxResponseBytes",
];

/// What a [`Client`](crate::Client) needs to know about the platform and about its own limits.
///
/// Made from the JSON that `panda_client_open` takes; the keys are described there and in the
/// project's README.
///
/// ```
/// # fn main() -> panda_water::Result<()> {
/// let config = panda_water::Config::from_json(r#"{
///     "baseUrl": "http://10.0.0.8:8080/panda",
///     "username": "xiaomi",
///     "password": "abcdefg"
/// }"#)?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Config {
    pub(crate) addresses: Addresses,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) retries: u32,
    pub(crate) login_cooldown: Duration,
    pub(crate) ticket_param: String,
    pub(crate) time_zone: Offset,
    pub(crate) token_store: TokenStore,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) authorities: Vec<CertificateDer<'static>>,
    /// The client's own certificate and key.
    pub(crate) identity: Option<Arc<CertifiedKey>>,
    pub(crate) headers: HeaderMap,
    pub(crate) max_response_bytes: usize,
}

/// The account for `GenerateToken`.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) username: String,
    pub(crate) password: String,
}

/// Where a token is shared, as it was named; [`Store`](crate::token) opens it.
#[derive(Clone)]
pub(crate) enum TokenStore {
    /// With nobody.
    Memory,
    /// With the processes of this machine, in a file.
    File(PathBuf),
    /// With the nodes of a cluster, in Redis, by its URL.
    #[cfg(feature = "redis")]
    Redis(String),
}

impl Config {
    /// Reads and checks a configuration. The files that it names are read here; nothing is connected.
    ///
    /// # Errors
    ///
    /// [`Kind::Argument`] for what is no JSON object, [`Kind::Config`] with the key's name for an
    /// unknown key, a value of the wrong type or out of range, and an unreadable file.
    pub fn from_json(json: &str) -> Result<Config> {
        let arguments = Arguments::read(json, "config_json", Kind::Config, &KEYS)?;
        let milliseconds = |key: &str, default: u64, range| -> Result<Duration> {
            Ok(Duration::from_millis(
                arguments.integer(key, range)?.unwrap_or(default),
            ))
        };
        Ok(Config {
            addresses: Addresses::read(&arguments)?,
            credentials: read_credentials(&arguments)?,
            timeout: milliseconds("timeoutMs", 10_000, 1..=600_000)?,
            connect_timeout: milliseconds("connectTimeoutMs", 3_000, 1..=600_000)?,
            deadline: milliseconds("deadlineMs", 30_000, 1..=3_600_000)?,
            retries: arguments.integer("retries", 0..=100)?.unwrap_or(10) as u32,
            login_cooldown: milliseconds("loginCooldownMs", 30_000, 0..=600_000)?,
            ticket_param: read_ticket_param(&arguments)?,
            time_zone: read_time_zone(&arguments)?,
            token_store: read_token_store(&arguments)?,
            proxy: proxy::read(&arguments)?,
            authorities: certificates::read(&arguments)?,
            identity: certificates::read_identity(&arguments)?,
            headers: headers::read(&arguments)?,
            max_response_bytes: arguments
                .integer("maxResponseBytes", 1024..=1024 * 1024 * 1024)?
                .unwrap_or(16 * 1024 * 1024) as usize,
        })
    }

    /// The name of the ticket parameter in sign-in URLs.
    pub fn ticket_param(&self) -> &str {
        &self.ticket_param
    }
}

impl fmt::Debug for Config {
    /// Without the account, the proxy and the headers, which hold secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Config")
            .field("get_users", &self.addresses.of(Endpoint::GetUsers).as_str())
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("deadline", &self.deadline)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}

fn read_credentials(arguments: &Arguments<'_>) -> Result<Option<Credentials>> {
    match (arguments.string("username")?, arguments.string("password")?) {
        (None, None) => Ok(None),
        (Some(username), Some(_)) if username.is_empty() => {
            Err(arguments.error("username", "must not be empty"))
        }
        (Some(_), Some(password)) if password.is_empty() => {
            Err(arguments.error("password", "must not be empty"))
        }
        (Some(username), Some(password)) => Ok(Some(Credentials { username, password })),
        (Some(_), None) => Err(arguments.error("password", "is missing beside `username`")),
        (None, Some(_)) => Err(arguments.error("username", "is missing beside `password`")),
    }
}

fn read_ticket_param(arguments: &Arguments<'_>) -> Result<String> {
    match arguments.string("ticketParam")? {
        Some(name) if name.is_empty() => Err(arguments.error("ticketParam", "must not be empty")),
        Some(name) => Ok(name),
        None => Ok("ticket".to_owned()),
    }
}

fn read_time_zone(arguments: &Arguments<'_>) -> Result<Offset> {
    let name = arguments.string("timeZone")?;
    time::parse_offset(name.as_deref().unwrap_or("+08:00"))
        .ok_or_else(|| arguments.error("timeZone", "must be an offset such as +08:00"))
}

fn read_token_store(arguments: &Arguments<'_>) -> Result<TokenStore> {
    let name = arguments.string("tokenStore")?;
    let name = name.as_deref().unwrap_or("memory");
    if name == "memory" {
        return Ok(TokenStore::Memory);
    }
    if let Some(path) = name.strip_prefix("file:") {
        return Ok(TokenStore::File(path.into()));
    }
    #[cfg(feature = "redis")]
    if let Some(("redis" | "rediss" | "redis+unix" | "redis+sentinel" | "rediss+sentinel", _)) =
        name.split_once("://")
    {
        return Ok(TokenStore::Redis(name.to_owned()));
    }
    Err(arguments.error(
        "tokenStore",
        "must be `memory`, `file:<path>`, or a URL that begins with redis://, rediss://, \
         redis+unix:// or redis+sentinel://",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(members: &str) -> Result<Config> {
        Config::from_json(&format!(r#"{{"baseUrl":"http://h:81/p/",{members}}}"#))
    }

    #[test]
    fn every_bad_key_is_named_and_no_value_is_quoted() {
        for (members, key) in [
            (r#""Password":"hush""#, "Password"),
            (r#""username":"u","password":5"#, "password"),
            (r#""username":"u""#, "password"),
            (r#""password":"hush""#, "username"),
            (r#""username":"","password":"hush""#, "username"),
            (r#""timeoutMs":0"#, "timeoutMs"),
            (r#""timeoutMs":"5""#, "timeoutMs"),
            (r#""timeoutMs":1.5"#, "timeoutMs"),
            (r#""deadlineMs":3600001"#, "deadlineMs"),
            (r#""retries":101"#, "retries"),
            (r#""retries":-1"#, "retries"),
            (r#""loginCooldownMs":600001"#, "loginCooldownMs"),
            (r#""ticketParam":"""#, "ticketParam"),
            (r#""timeZone":"Asia/Shanghai""#, "timeZone"),
            (r#""tokenStore":"mysql://:hush@h""#, "tokenStore"),
            (r#""tokenStore":"redis:hush""#, "tokenStore"),
            (r#""proxy":"socks5://u:hush@h""#, "proxy"),
            (r#""proxy":"hush""#, "proxy"),
            (r#""caFile":"/nonexistent.pem""#, "caFile"),
            (r#""clientCertFile":"/nonexistent.pem""#, "clientKeyFile"),
            (r#""clientKeyFile":"/nonexistent.pem""#, "clientCertFile"),
            (
                r#""clientCertFile":"/nonexistent.pem","clientKeyFile":"/x""#,
                "clientCertFile",
            ),
            (r#""userAgent":"a\nb""#, "userAgent"),
            (r#""headers":{"Panda-Token":"hush"}"#, "headers"),
            (r#""headers":{"x":"hu\nsh"}"#, "headers"),
            (r#""headers":[]"#, "headers"),
            (r#""maxResponseBytes":1023"#, "maxResponseBytes"),
            (r#""host":"h""#, "host"),
            (r#""retries":1,"retries":2"#, "retries"),
        ] {
            let error = with(members).unwrap_err();
            assert_eq!(error.kind(), Kind::Config, "{members}");
            assert!(
                error.message().contains(&format!("`{key}`")),
                "{members}: {error}"
            );
            assert!(!error.message().contains("hush"), "{members}: {error}");
        }
    }

    #[test]
    fn what_is_no_object_is_an_argument_error() {
        for json in ["", "[]", "null", "\"hush\"", "{", "{}x"] {
            let error = Config::from_json(json).unwrap_err();
            assert_eq!(error.kind(), Kind::Argument, "{json}");
            assert!(!error.message().contains("hush"));
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let config = with(
            r#""username":"u","password":"hush","proxy":"http://u:hush@h","headers":{"a":"hush"}"#,
        );
        assert!(!format!("{:?}", config.unwrap()).contains("hush"));
    }
}
