//! `proxy`: the one on the way to the platform.

use reqwest::{Proxy, Url};

use crate::arguments::Arguments;
use crate::error::Result;

/// The proxy; its account, if it has one, is in the URL.
pub(super) fn read(arguments: &Arguments<'_>) -> Result<Option<Proxy>> {
    let Some(proxy) = arguments.string("proxy")? else {
        return Ok(None);
    };
    let problem = || arguments.error("proxy", "must be a URL such as http://10.0.0.1:3128");
    let url = Url::parse(&proxy).map_err(|_| problem())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(problem());
    }
    Ok(Some(Proxy::all(url).map_err(|_| problem())?))
}
