//! A configuration: read once, refused where it is not understood, never repaired by a guess.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Uri;
use http::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use jiff::tz::Offset;
use percent_encoding::percent_decode_str;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::Url;

use crate::error::{Kind, Result};
use crate::options::Options;
use crate::platform::json::Object;
use crate::platform::time;
use crate::store::Store;

const KEYS: [&str; 19] = [
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
    "userAgent",
    "headers",
    "maxResponseBytes",
];

/// Headers that the library or HTTP itself sets.
const RESERVED_HEADERS: [&str; 11] = [
    "panda-token",
    "host",
    "content-length",
    "transfer-encoding",
    "content-type",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
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
    pub(crate) endpoints: Endpoints,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) retries: u32,
    pub(crate) login_cooldown: Duration,
    pub(crate) ticket_param: String,
    pub(crate) time_zone: Offset,
    pub(crate) token_store: Store,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) authorities: Vec<CertificateDer<'static>>,
    pub(crate) headers: HeaderMap,
    pub(crate) max_response_bytes: usize,
}

/// The addresses of the platform's functions.
#[derive(Clone)]
pub(crate) struct Endpoints {
    pub(crate) generate_token: Uri,
    pub(crate) get_users: Uri,
    pub(crate) get_user_by_ticket: Uri,
}

/// The account for `GenerateToken`.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) username: String,
    pub(crate) password: String,
}

/// An HTTP proxy on the way to the platform.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) uri: Uri,
    /// The header `Proxy-Authorization`.
    pub(crate) authorization: Option<HeaderValue>,
}

impl Config {
    /// Reads and checks a configuration. A `caFile` is read here; nothing is connected.
    ///
    /// # Errors
    ///
    /// [`Kind::Argument`] for what is no JSON object, [`Kind::Config`] with the key's name for an
    /// unknown key, a value of the wrong type or out of range, and an unreadable file;
    /// [`Kind::Store`] for a token store that cannot be used.
    pub fn from_json(json: &str) -> Result<Config> {
        let options = Options::read(json, "config_json", Kind::Config, &KEYS)?;
        let milliseconds = |key: &str, default: u64, range| -> Result<Duration> {
            Ok(Duration::from_millis(
                options.integer(key, range)?.unwrap_or(default),
            ))
        };
        let (endpoints, credentials) = (read_endpoints(&options)?, read_credentials(&options)?);
        Ok(Config {
            token_store: read_token_store(&options, &endpoints, credentials.as_ref())?,
            endpoints,
            credentials,
            timeout: milliseconds("timeoutMs", 10_000, 1..=600_000)?,
            connect_timeout: milliseconds("connectTimeoutMs", 3_000, 1..=600_000)?,
            deadline: milliseconds("deadlineMs", 30_000, 1..=3_600_000)?,
            retries: options.integer("retries", 0..=10)?.unwrap_or(2) as u32,
            login_cooldown: milliseconds("loginCooldownMs", 30_000, 0..=600_000)?,
            ticket_param: read_ticket_param(&options)?,
            time_zone: read_time_zone(&options)?,
            proxy: read_proxy(&options)?,
            authorities: read_authorities(&options)?,
            headers: read_headers(&options)?,
            max_response_bytes: options
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
            .field("get_users", &self.endpoints.get_users)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("deadline", &self.deadline)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}

fn read_endpoints(options: &Options<'_>) -> Result<Endpoints> {
    let base = match options.string("baseUrl")? {
        Some(base) => {
            if let Some(key) = ["host", "port", "projectName"]
                .iter()
                .find(|key| options.json(key).is_some())
            {
                return Err(options.error(key, "stands beside `baseUrl`, which holds it already"));
            }
            base
        }
        None => join_address(options)?,
    };
    let key = if options.json("baseUrl").is_some() {
        "baseUrl"
    } else {
        "host"
    };
    let url = Url::parse(base.trim()).map_err(|error| {
        options.error(
            key,
            &format!("is not a URL such as http://10.0.0.8:8080/project: {error}"),
        )
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(options.error(key, "must begin with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(options.error(
            key,
            "must not hold an account; use `username` and `password`",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(options.error(key, "must not hold a query or a fragment"));
    }
    if url.path().to_ascii_lowercase().contains("/pandaoms/oms") {
        return Err(options.error(key, "must end with the project name, before /PandaOMS/OMS"));
    }
    let function = |path: &str| {
        let mut function = url.clone();
        function.set_path(&format!("{}/{path}", url.path().trim_end_matches('/')));
        (function.as_str().parse::<Uri>())
            .map_err(|error| options.error(key, &format!("cannot be an address: {error}")))
    };
    Ok(Endpoints {
        generate_token: function("GenerateToken")?,
        get_users: function("PandaOMS/OMS/GetUsers")?,
        get_user_by_ticket: function("PandaOMS/OMS/GetUserByTicket")?,
    })
}

fn join_address(options: &Options<'_>) -> Result<String> {
    let Some(host) = options.string("host")? else {
        return Err(options.error(
            "baseUrl",
            "is missing (or `host`, `port` and `projectName`)",
        ));
    };
    let is_ipv6 = host.parse::<std::net::Ipv6Addr>().is_ok();
    if host.is_empty()
        || host.contains(['/', '?', '#', '@'])
        || (host.contains(':') && !is_ipv6 && !host.starts_with('['))
    {
        return Err(options.error(
            "host",
            "must be a name or an address alone; a whole URL is for `baseUrl`",
        ));
    }
    let host = if is_ipv6 { format!("[{host}]") } else { host };
    let port = options
        .integer("port", 1..=65535)?
        .map(|port| format!(":{port}"));
    let project = options.string("projectName")?.unwrap_or_default();
    if project.contains(['?', '#']) {
        return Err(options.error("projectName", "must not hold `?` or `#`"));
    }
    Ok(format!(
        "http://{host}{}/{}",
        port.unwrap_or_default(),
        project.trim_matches('/')
    ))
}

fn read_credentials(options: &Options<'_>) -> Result<Option<Credentials>> {
    match (options.string("username")?, options.string("password")?) {
        (None, None) => Ok(None),
        (Some(username), Some(_)) if username.is_empty() => {
            Err(options.error("username", "must not be empty"))
        }
        (Some(_), Some(password)) if password.is_empty() => {
            Err(options.error("password", "must not be empty"))
        }
        (Some(username), Some(password)) => Ok(Some(Credentials { username, password })),
        (Some(_), None) => Err(options.error("password", "is missing beside `username`")),
        (None, Some(_)) => Err(options.error("username", "is missing beside `password`")),
    }
}

fn read_ticket_param(options: &Options<'_>) -> Result<String> {
    match options.string("ticketParam")? {
        Some(name) if name.is_empty() => Err(options.error("ticketParam", "must not be empty")),
        Some(name) => Ok(name),
        None => Ok("ticket".to_owned()),
    }
}

fn read_time_zone(options: &Options<'_>) -> Result<Offset> {
    let name = options.string("timeZone")?;
    time::parse_offset(name.as_deref().unwrap_or("+08:00"))
        .ok_or_else(|| options.error("timeZone", "must be an offset such as +08:00"))
}

fn read_token_store(
    options: &Options<'_>,
    endpoints: &Endpoints,
    credentials: Option<&Credentials>,
) -> Result<Store> {
    let name = options
        .string("tokenStore")?
        .unwrap_or_else(|| "memory".to_owned());
    let username = credentials.map_or("", |credentials| credentials.username.as_str());
    Store::open(&name, &endpoints.generate_token.to_string(), username)
}

fn read_proxy(options: &Options<'_>) -> Result<Option<Proxy>> {
    let Some(proxy) = options.string("proxy")? else {
        return Ok(None);
    };
    let problem = || options.error("proxy", "must be a URL such as http://10.0.0.1:3128");
    let mut url = Url::parse(&proxy).map_err(|_| problem())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(problem());
    }
    let authorization = read_proxy_account(&url)
        .transpose()
        .map_err(|_| problem())?;
    // Neither can fail in a URL with a host.
    let _ = (url.set_username(""), url.set_password(None));
    Ok(Some(Proxy {
        uri: url.as_str().parse().map_err(|_| problem())?,
        authorization,
    }))
}

/// The header of a proxy's account (RFC 7617).
fn read_proxy_account(url: &Url) -> Option<http::Result<HeaderValue>> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let mut account: Vec<u8> = percent_decode_str(url.username()).collect();
    account.push(b':');
    account.extend(percent_decode_str(url.password().unwrap_or_default()));
    let header = format!("Basic {}", BASE64_STANDARD.encode(account));
    Some(
        HeaderValue::try_from(header)
            .map_err(Into::into)
            .map(|mut header| {
                header.set_sensitive(true);
                header
            }),
    )
}

fn read_authorities(options: &Options<'_>) -> Result<Vec<CertificateDer<'static>>> {
    let Some(path) = options.string("caFile")? else {
        return Ok(Vec::new());
    };
    let path = Path::new(&path);
    let pem = std::fs::read(path).map_err(|error| {
        options.error(
            "caFile",
            &format!("cannot be read: {}: {error}", path.display()),
        )
    })?;
    let certificates: std::result::Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(&pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(options.error(
            "caFile",
            &format!("holds no PEM certificate: {}", path.display()),
        )),
        Err(error) => Err(options.error(
            "caFile",
            &format!("is not PEM: {}: {error}", path.display()),
        )),
    }
}

fn read_headers(options: &Options<'_>) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    let user_agent = options.string("userAgent")?;
    let user_agent = user_agent
        .as_deref()
        .unwrap_or(concat!("panda-water/", env!("CARGO_PKG_VERSION")));
    let value = HeaderValue::from_str(user_agent)
        .map_err(|_| options.error("userAgent", "holds a character that a header cannot"))?;
    headers.insert(USER_AGENT, value);
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));

    let Some(json) = options.json("headers") else {
        return Ok(headers);
    };
    let object: Object<'_> = serde_json::from_str(json)
        .map_err(|_| options.error("headers", "must be an object of names and texts"))?;
    for (key, value) in object.members() {
        let name = HeaderName::from_bytes(key.as_bytes()).map_err(|_| {
            options.error(
                "headers",
                &format!("holds `{key}`, which is no header name"),
            )
        })?;
        if RESERVED_HEADERS.contains(&name.as_str()) {
            return Err(options.error(
                "headers",
                &format!("must not hold `{key}`, which the library sets"),
            ));
        }
        let mut value = crate::platform::json::string(value)
            .and_then(|text| HeaderValue::from_str(&text).ok())
            .ok_or_else(|| {
                options.error(
                    "headers",
                    &format!("holds a value for `{key}` that no header can have"),
                )
            })?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(members: &str) -> Result<Config> {
        Config::from_json(&format!(r#"{{"baseUrl":"http://h:81/p/",{members}}}"#))
    }

    #[test]
    fn addresses_of_both_editions() {
        for (json, expected) in [
            (
                r#"{"baseUrl":"http://h:81/项目/"}"#,
                "http://h:81/%E9%A1%B9%E7%9B%AE/PandaOMS/OMS/GetUsers",
            ),
            (
                r#"{"baseUrl":"https://h"}"#,
                "https://h/PandaOMS/OMS/GetUsers",
            ),
            (
                r#"{"host":"h","port":81,"projectName":"/p/"}"#,
                "http://h:81/p/PandaOMS/OMS/GetUsers",
            ),
            (
                r#"{"host":"::1","port":81}"#,
                "http://[::1]:81/PandaOMS/OMS/GetUsers",
            ),
        ] {
            let config = Config::from_json(json).unwrap();
            assert_eq!(config.endpoints.get_users.to_string(), expected);
        }
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
            (r#""retries":11"#, "retries"),
            (r#""retries":-1"#, "retries"),
            (r#""loginCooldownMs":600001"#, "loginCooldownMs"),
            (r#""ticketParam":"""#, "ticketParam"),
            (r#""timeZone":"Asia/Shanghai""#, "timeZone"),
            (r#""tokenStore":"mysql://:hush@h""#, "tokenStore"),
            (r#""proxy":"socks5://u:hush@h""#, "proxy"),
            (r#""proxy":"hush""#, "proxy"),
            (r#""caFile":"/nonexistent.pem""#, "caFile"),
            (r#""userAgent":"a\nb""#, "userAgent"),
            (r#""headers":{"Panda-Token":"hush"}"#, "Panda-Token"),
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
    fn odd_addresses_are_refused() {
        for address in [
            "h:81/p",
            "ftp://h",
            "http://u:hush@h",
            "http://h?x=1",
            "http://h#x",
            "",
            "http://",
            "http://h/p/PandaOMS/OMS/GetUsers",
        ] {
            let error = Config::from_json(&format!(r#"{{"baseUrl":"{address}"}}"#)).unwrap_err();
            assert_eq!(error.kind(), Kind::Config, "{address}");
            assert!(error.message().contains("`baseUrl`") && !error.message().contains("hush"));
        }
        for members in [
            r#""host":"http://h""#,
            r#""host":"h:81""#,
            r#""port":81"#,
            r#""host":"h","port":0"#,
        ] {
            assert_eq!(
                Config::from_json(&format!("{{{members}}}"))
                    .unwrap_err()
                    .kind(),
                Kind::Config
            );
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
