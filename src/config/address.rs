//! Where the platform is: `baseUrl`, or `host`, `port` and `projectName`.

use reqwest::Url;

use crate::arguments::Arguments;
use crate::endpoint::Endpoint;
use crate::error::Result;

/// The addresses of the platform's functions.
#[derive(Clone)]
pub(crate) struct Addresses([Url; Endpoint::ALL.len()]);

impl Addresses {
    pub(super) fn read(arguments: &Arguments<'_>) -> Result<Addresses> {
        let (key, base) = read_base(arguments)?;
        let base = base.trim();
        if base.contains(is_misread) {
            return Err(arguments.error(key, MISREAD));
        }
        let url = Url::parse(base).map_err(|error| {
            let problem = format!("is not a URL such as http://10.0.0.8:8080/project: {error}");
            arguments.error(key, &problem)
        })?;
        if let Some(problem) = problem_of(&url) {
            return Err(arguments.error(key, problem));
        }
        Ok(Addresses(Endpoint::ALL.map(|endpoint| {
            let mut function = url.clone();
            let project = url.path().trim_end_matches('/');
            function.set_path(&format!("{project}/{}", endpoint.path()));
            function
        })))
    }

    pub(crate) fn of(&self, endpoint: Endpoint) -> &Url {
        &self.0[endpoint as usize]
    }
}

/// Where the URL leads, for messages: no account, no path.
pub(crate) fn host_and_port(url: &Url) -> Option<String> {
    Some(format!(
        "{}:{}",
        url.host_str()?,
        url.port_or_known_default()?
    ))
}

const MISREAD: &str = "must not hold a backslash or a control character";

/// What a URL parser takes for a slash, or passes over.
fn is_misread(character: char) -> bool {
    character == '\\' || character.is_control()
}

/// The base address, and the key to name in an error about it.
fn read_base(arguments: &Arguments<'_>) -> Result<(&'static str, String)> {
    let Some(base) = arguments.string("baseUrl")? else {
        return Ok(("host", join_address(arguments)?));
    };
    let mut parts = ["host", "port", "projectName"].iter();
    match parts.find(|key| arguments.json(key).is_some()) {
        Some(key) => Err(arguments.error(key, "stands beside `baseUrl`, which holds it already")),
        None => Ok(("baseUrl", base)),
    }
}

fn problem_of(url: &Url) -> Option<&'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        Some("must begin with http:// or https://")
    } else if !url.username().is_empty() || url.password().is_some() {
        Some("must not hold an account; use `username` and `password`")
    } else if url.query().is_some() || url.fragment().is_some() {
        Some("must not hold a query or a fragment")
    } else if url.path().to_ascii_lowercase().contains("/pandaoms/oms") {
        Some("must end with the project name, before /PandaOMS/OMS")
    } else {
        None
    }
}

fn join_address(arguments: &Arguments<'_>) -> Result<String> {
    let Some(host) = arguments.string("host")? else {
        let problem = "is missing (or `host`, `port` and `projectName`)";
        return Err(arguments.error("baseUrl", problem));
    };
    let is_ipv6 = host.parse::<std::net::Ipv6Addr>().is_ok();
    if host.is_empty()
        || host.contains(['/', '?', '#', '@', '%'])
        || host.contains(is_misread)
        || host.contains(char::is_whitespace)
        || (host.contains(':') && !is_ipv6 && !host.starts_with('['))
    {
        let problem = "must be a name or an address alone; a whole URL is for `baseUrl`";
        return Err(arguments.error("host", problem));
    }
    let host = if is_ipv6 { format!("[{host}]") } else { host };
    let port = arguments.integer("port", 1..=65535)?;
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let project = arguments.string("projectName")?.unwrap_or_default();
    if project.contains(['?', '#']) {
        return Err(arguments.error("projectName", "must not hold `?` or `#`"));
    }
    if project.contains(is_misread) {
        return Err(arguments.error("projectName", MISREAD));
    }
    let project = project.trim_matches('/');
    Ok(format!("http://{host}{port}/{project}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::error::Kind;

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
            assert_eq!(config.addresses.of(Endpoint::GetUsers).as_str(), expected);
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
        for (members, key) in [
            (r#""host":"h\\p""#, "host"),
            (r#""host":"h\\@other""#, "host"),
            (r#""host":"h\t1""#, "host"),
            (r#""host":"h\n1""#, "host"),
            (r#""host":"h 1""#, "host"),
            (r#""host":" h""#, "host"),
            (r#""host":"h\u00a0""#, "host"),
            (r#""host":"%68""#, "host"),
            (r#""host":"h／p""#, "host"),
            (r#""host":"h","projectName":"p\\q""#, "projectName"),
            (r#""host":"h","projectName":"p\tq""#, "projectName"),
            (r#""baseUrl":"http://h\\p""#, "baseUrl"),
            (r#""baseUrl":"http:\\\\h""#, "baseUrl"),
            (r#""baseUrl":"http://h\n1/p""#, "baseUrl"),
        ] {
            let error = Config::from_json(&format!("{{{members}}}"))
                .map(|_| members)
                .unwrap_err();
            assert_eq!(error.kind(), Kind::Config, "{members}");
            let named = format!("`{key}`");
            assert!(error.message().contains(&named), "{members}: {error}");
        }
        for members in [
            r#""host":"http://h""#,
            r#""host":"h:81""#,
            r#""port":81"#,
            r#""host":"h","port":0"#,
        ] {
            let error = Config::from_json(&format!("{{{members}}}")).unwrap_err();
            assert_eq!(error.kind(), Kind::Config);
        }
    }
}
