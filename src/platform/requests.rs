//! What the platform is asked: queries and forms (access document 2024, sections 2 and 5).

use std::fmt::{Display, Write as _};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use reqwest::Url;

use crate::error::{Error, Result};

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// HTTP libraries take no longer address.
const MAX_ADDRESS: usize = 65_000;

/// Which page of the users to get. What is `None` is not sent.
#[derive(Clone, Debug, Default)]
pub struct PageQuery {
    /// The page, from 1.
    pub page_index: Option<u64>,
    /// Users on a page, from 1 to 10,000; the platform's own default is 25.
    pub page_size: Option<u64>,
    /// Text that the platform searches for.
    pub keyword: Option<String>,
}

/// A text as the value of a query or form parameter.
pub(crate) fn percent_encode(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, RESERVED)
}

/// The form of `GenerateToken`.
pub(crate) fn login_form(username: &str, password: &str) -> String {
    let (username, password) = (percent_encode(username), percent_encode(password));
    format!("username={username}&password={password}")
}

/// The address of a page of `GetUsers`.
pub(crate) fn page_url(endpoint: &Url, query: &PageQuery) -> Result<Url> {
    let keyword = query.keyword.as_deref().map(percent_encode);
    let parameters: [(&str, Option<&dyn Display>); 3] = [
        (
            "pageIndex",
            query.page_index.as_ref().map(|index| index as _),
        ),
        ("pageSize", query.page_size.as_ref().map(|size| size as _)),
        ("keyword", keyword.as_ref().map(|keyword| keyword as _)),
    ];
    with_query(endpoint, &parameters, "keyword")
}

/// The address of a ticket's look-up by `GetUserByTicket`.
pub(crate) fn ticket_url(endpoint: &Url, ticket: &str) -> Result<Url> {
    let ticket = percent_encode(ticket);
    with_query(endpoint, &[("ticket", Some(&ticket))], "ticket")
}

/// The address of a function with those of the parameters that have a value, percent-encoded
/// already. `text` is the one that can be too long.
fn with_query(
    endpoint: &Url,
    parameters: &[(&str, Option<&dyn Display>)],
    text: &str,
) -> Result<Url> {
    let mut query = String::with_capacity(128);
    for (name, value) in parameters {
        if let Some(value) = value {
            let separator = if query.is_empty() { "" } else { "&" };
            // Writing to a String cannot fail.
            let _ = write!(query, "{separator}{name}={value}");
        }
    }
    if query.len() + endpoint.as_str().len() > MAX_ADDRESS {
        return Err(Error::argument(format!(
            "`{text}` is too long for an address"
        )));
    }
    let mut url = endpoint.clone();
    url.set_query((!query.is_empty()).then_some(&query));
    Ok(url)
}
