//! `proxy`: the one on the way to the platform.

use reqwest::Url;

use super::host_and_port;
use crate::arguments::Arguments;
use crate::error::Result;

/// The proxy, with its account if it has one.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) http: reqwest::Proxy,
    /// Host and port alone, for messages.
    pub(crate) address: String,
}

pub(super) fn read(arguments: &Arguments<'_>) -> Result<Option<Proxy>> {
    let Some(proxy) = arguments.string("proxy")? else {
        return Ok(None);
    };
    let problem = || arguments.error("proxy", "must be a URL such as http://10.0.0.1:3128");
    let url = Url::parse(&proxy).map_err(|_| problem())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(problem());
    }
    let address = host_and_port(&url).ok_or_else(problem)?;
    let http = reqwest::Proxy::all(url).map_err(|_| problem())?;
    Ok(Some(Proxy { http, address }))
}
