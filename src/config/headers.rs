//! `userAgent` and `headers`: what is sent with every request besides what it says itself.

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};

use crate::arguments::Arguments;
use crate::error::Result;
use crate::json::{self, Object};

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

/// More no server takes.
const MAX_HEADERS: usize = 1000;

pub(super) fn read(arguments: &Arguments<'_>) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    let user_agent = arguments.string("userAgent")?;
    let user_agent = user_agent
        .as_deref()
        .unwrap_or(concat!("panda-water/", env!("CARGO_PKG_VERSION")));
    let value = HeaderValue::from_str(user_agent)
        .map_err(|_| arguments.error("userAgent", "holds a character that a header cannot"))?;
    headers.insert(USER_AGENT, value);
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    // A cache in between must not answer for the platform: a ticket may have expired since.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));

    let Some(text) = arguments.json("headers") else {
        return Ok(headers);
    };
    let object: Object<'_> = serde_json::from_str(text)
        .map_err(|_| arguments.error("headers", "must be an object of names and texts"))?;
    let count = object.members().count();
    if count > MAX_HEADERS {
        let problem = format!("holds {count} entries; at most {MAX_HEADERS} are sent");
        return Err(arguments.error("headers", &problem));
    }
    for (key, value) in object.members() {
        let name = HeaderName::from_bytes(key.as_bytes()).map_err(|_| {
            arguments.error(
                "headers",
                &format!("holds \"{key}\", which is no header name"),
            )
        })?;
        if RESERVED_HEADERS.contains(&name.as_str()) {
            return Err(arguments.error(
                "headers",
                &format!("must not hold \"{key}\", which the library sets"),
            ));
        }
        let mut value = json::string(value)
            .and_then(|text| HeaderValue::from_str(&text).ok())
            .ok_or_else(|| {
                arguments.error(
                    "headers",
                    &format!("holds a value for \"{key}\" that no header can have"),
                )
            })?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::error::Kind;

    #[test]
    fn more_headers_than_a_request_can_have_are_refused() {
        let open = |count: usize| {
            let members: Vec<String> = (0..count).map(|n| format!(r#""x-{n}":"v""#)).collect();
            let members = members.join(",");
            Config::from_json(&format!(
                r#"{{"baseUrl":"http://h","headers":{{{members}}}}}"#
            ))
        };
        assert!(open(1000).is_ok());
        for count in [1001, 40_000] {
            let error = open(count).unwrap_err();
            assert_eq!(error.kind(), Kind::Config);
            assert!(error.message().contains("`headers`"), "{error}");
        }
    }
}
