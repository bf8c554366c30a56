//! A sign-in ticket: out of a URL (both documents, steps 3 to 5), and to its user (interface ②).
//!
//! Out of the URL not by way of a URL parser: the rest of the URL must come out letter for letter as it went in,
//! and other parameters may be in any encoding.

use std::fmt;

use percent_encoding::percent_decode_str;

use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Result};
use crate::platform::requests::ticket_url;
use crate::platform::{envelope, users};
use crate::session::read_answer;
use crate::transport::Request;
use crate::users::user::{User, from_normalised};

/// A ticket taken out of a URL.
#[derive(Clone, PartialEq, Eq)]
pub struct UrlTicket {
    /// The ticket, decoded. It is a secret.
    pub ticket: String,
    /// The URL without the parameter, and not a letter else changed.
    pub url_without_ticket: String,
}

impl fmt::Debug for UrlTicket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = &self.url_without_ticket;
        formatter
            .debug_struct("UrlTicket")
            .field("url_without_ticket", url)
            .finish_non_exhaustive()
    }
}

/// Takes the ticket out of a whole URL, a path with query, or a query, where the platform appended
/// it as the parameter `param`; in the query, or in the query inside the fragment.
///
/// ```
/// let found = panda_water::ticket_from_url("http://h/oa?a=1&user=abc", "user").unwrap();
/// assert_eq!(found.ticket, "abc");
/// assert_eq!(found.url_without_ticket, "http://h/oa?a=1");
/// ```
///
/// # Errors
///
/// [`Kind::Ticket`] for none, an empty one, two different ones, or one that is not text;
/// [`Kind::Argument`] for an empty `param`.
pub fn ticket_from_url(url: &str, param: &str) -> Result<UrlTicket> {
    if param.is_empty() {
        return Err(Error::argument("`param` is empty"));
    }
    let (before_fragment, fragment) = match url.split_once('#') {
        Some((before, fragment)) => (before, Some(fragment)),
        None => (url, None),
    };
    let mut values = Vec::new();
    let mut rest = if is_bare_query(before_fragment) {
        take_from_query(before_fragment, param, &mut values)
    } else {
        take_from_part(before_fragment, param, &mut values)
    };
    if let Some(fragment) = fragment {
        rest.push('#');
        rest.push_str(&take_from_part(fragment, param, &mut values));
    }

    let problem =
        |problem: &str| Error::new(Kind::Ticket, format!("the parameter `{param}` {problem}"));
    let mut tickets = values
        .into_iter()
        .map(|value| decode(value).ok_or_else(|| problem("is not text")));
    let ticket = tickets
        .next()
        .ok_or_else(|| problem("is not in the URL"))??;
    for other in tickets {
        if other? != ticket {
            return Err(problem("comes twice in the URL with different values"));
        }
    }
    if ticket.is_empty() {
        return Err(problem("is empty"));
    }
    Ok(UrlTicket {
        ticket,
        url_without_ticket: rest,
    })
}

impl Client {
    /// The user who holds a ticket (both documents, interface ②). A success renews the ticket.
    ///
    /// # Errors
    ///
    /// [`Kind::Ticket`] for a ticket that the platform does not accept, [`Kind::Argument`] for an
    /// empty one, and those of every request.
    pub fn get_user_by_ticket(&self, ticket: &str) -> Result<User> {
        self.user_json_by_ticket(ticket)
            .map(|json| from_normalised(&json))
    }

    /// The same, as the user's normalised JSON.
    pub(crate) fn user_json_by_ticket(&self, ticket: &str) -> Result<String> {
        if ticket.is_empty() {
            return Err(Error::argument("`ticket` is empty"));
        }
        let endpoint = Endpoint::GetUserByTicket;
        let url = ticket_url(self.config().addresses.of(endpoint), ticket)?;
        let mut request = [Request::get(endpoint, url)];
        let nobody = || {
            Error::new(
                Kind::Ticket,
                "the platform knows nobody with this ticket; it may have expired",
            )
            .at(endpoint)
        };
        let read = |data: Option<&str>| {
            let user = data.map_or(Ok(None), users::read_user);
            user.map_err(|error| envelope::unreadable(&error))?
                .ok_or_else(nobody)
        };
        let mut user = None;
        let said = &mut |_, text: &str, secrets: &[&str]| {
            read_answer(text, secrets, users::read_usual_user, read, &mut user)
        };
        let deadline = self.session().deadline();
        let results = self.session().ask(&mut request, deadline, &[ticket], said);
        results.into_iter().collect::<Result<()>>()?;
        user.ok_or_else(nobody)
    }
}

/// Whether the text is `name=value&…` alone: an equals sign before anything that a path, a query
/// mark or a scheme would bring.
fn is_bare_query(text: &str) -> bool {
    text.find(['=', '/', '?'])
        .is_some_and(|first| text[first..].starts_with('='))
}

/// Takes the parameter out of the query of a path or URL; its values go to `values`.
fn take_from_part<'a>(part: &'a str, param: &str, values: &mut Vec<&'a str>) -> String {
    let Some((path, query)) = part.split_once('?') else {
        return part.to_owned();
    };
    let found_before = values.len();
    let rest = take_from_query(query, param, values);
    // Where nothing is left of a query that held only tickets, its mark goes too.
    let is_empty =
        values.len() > found_before && values.len() - found_before == query.split('&').count();
    if is_empty {
        path.to_owned()
    } else {
        format!("{path}?{rest}")
    }
}

fn take_from_query<'a>(query: &'a str, param: &str, values: &mut Vec<&'a str>) -> String {
    let mut rest = Vec::new();
    for parameter in query.split('&') {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if percent_decode_str(name).eq(param.bytes()) {
            values.push(value);
        } else {
            rest.push(parameter);
        }
    }
    rest.join("&")
}

/// `+` stays: tickets may be base64, and the platform appends them as they are.
fn decode(value: &str) -> Option<String> {
    let text = percent_decode_str(value).decode_utf8().ok()?;
    (!text.contains('\0')).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_ticket_and_leaves_the_rest() {
        for (url, param, ticket, rest) in [
            (
                "http://h/oa?a=1&user=abc&b=2",
                "user",
                "abc",
                "http://h/oa?a=1&b=2",
            ),
            ("http://h/oa?user=abc", "user", "abc", "http://h/oa"),
            (
                "/oa?x=%B2%E2&ticket=T%2B/+=",
                "ticket",
                "T+/+=",
                "/oa?x=%B2%E2",
            ),
            ("?ticket=abc&k=v", "ticket", "abc", "?k=v"),
            (
                "http://h/p?z=1#/oa?a=1&user=a%20b",
                "user",
                "a b",
                "http://h/p?z=1#/oa?a=1",
            ),
            ("http://h/oa?user=a&user=a", "user", "a", "http://h/oa"),
            ("ticket=abc", "ticket", "abc", ""),
            ("?ticket=abc", "ticket", "abc", ""),
            ("a&ticket=x/?y&b", "ticket", "x/?y", "a&b"),
            ("k=http://x/?a&ticket=t", "ticket", "t", "k=http://x/?a"),
            (
                "http://h/oa?%75ser=abc&User=x",
                "user",
                "abc",
                "http://h/oa?User=x",
            ),
            (
                "http://h/oa?%E7%A5%A8=%E6%B6%9B&b",
                "票",
                "涛",
                "http://h/oa?b",
            ),
            ("http://h/?ticket=a?b=c", "ticket", "a?b=c", "http://h/"),
            ("http://h/?&ticket=a&", "ticket", "a", "http://h/?&"),
            ("http://h/?ticket=t#top", "ticket", "t", "http://h/#top"),
            ("/#/oa?ticket=t#x", "ticket", "t#x", "/#/oa"),
            ("http://h/?ticket=%zz%4", "ticket", "%zz%4", "http://h/"),
            (
                "http://h/?ticket=t#/oa?ticket=t",
                "ticket",
                "t",
                "http://h/#/oa",
            ),
        ] {
            let found =
                ticket_from_url(url, param).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!(
                (found.ticket.as_str(), found.url_without_ticket.as_str()),
                (ticket, rest),
                "{url}"
            );
        }
    }

    #[test]
    fn what_is_no_usable_ticket_is_told() {
        for url in [
            "",
            "http://h/oa",
            "http://h/oa?",
            "http://h/oa?Ticket=a",
            "http://h/oa?ticket",
            "http://h/oa?ticket=",
            "http://h/oa?ticket=a&ticket=b",
            "http://h/oa?ticket=&ticket=b",
            "http://h/oa?ticket=a%00b",
            "http://h/oa?ticket=%B2%E2",
            "http://h/ticket=a",
            "http://h/oa#ticket=a",
            "http://h/?ticket=a#/x?ticket=b",
        ] {
            assert_eq!(
                ticket_from_url(url, "ticket").unwrap_err().kind(),
                Kind::Ticket,
                "{url}"
            );
        }
        assert_eq!(
            ticket_from_url("?=a", "").unwrap_err().kind(),
            Kind::Argument
        );
    }
}
