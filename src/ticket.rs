//! A sign-in ticket: out of a URL (both documents, steps 3 to 5), and to its user (interface ②).
//!
//! Out of the URL not by way of a URL parser: the rest of the URL must come out letter for letter as it went in,
//! and other parameters may be in any encoding.

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use reqwest::Url;

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
    /// The URL without the parameter, and not a letter else changed. It may lead to another site.
    pub url_without_ticket: String,
    /// Its path, query and fragment as a place on this same site, for the redirect that follows a
    /// sign-in: `/` where a browser would go elsewhere.
    pub local_target: String,
}

impl fmt::Debug for UrlTicket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("UrlTicket")
            .field("url_without_ticket", &self.url_without_ticket)
            .field("local_target", &self.local_target)
            .finish_non_exhaustive()
    }
}

/// Takes the ticket out of a whole URL, a path with query, or a query, where the platform appended
/// it as the parameter `param`; in the query, or in the query inside the fragment.
///
/// Taken too is what platforms append without looking at the route (`/oa?a=1?user=…`, `/oa&user=…`)
/// and what mail programs make of it (`&amp;user=…`).
///
/// ```
/// let found = panda_water::ticket_from_url("http://h/oa?a=1&user=abc", "user").unwrap();
/// assert_eq!(found.ticket, "abc");
/// assert_eq!(found.url_without_ticket, "http://h/oa?a=1");
/// assert_eq!(found.local_target, "/oa?a=1");
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
    let mut reading = Reading {
        param,
        found: Vec::new(),
        others: Vec::new(),
    };
    let is_bare = is_bare_query(before_fragment);
    let mut rest = if is_bare {
        reading.take_from_query(before_fragment, "").0
    } else {
        reading.take_from_part(before_fragment)
    };
    if let Some(fragment) = fragment {
        rest.push('#');
        rest.push_str(&reading.take_from_part(fragment));
    }
    let ticket = reading.ticket(url)?;
    let local_target = match is_bare && !rest.starts_with('#') && !rest.is_empty() {
        true => local_target(&format!("/?{rest}")),
        false => local_target(&rest),
    };
    Ok(UrlTicket {
        ticket,
        url_without_ticket: rest,
        local_target,
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
        let call = self.session().begin();
        let results = (self.session()).ask(&mut request, call.deadline(), &[ticket], said);
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

/// What was met on the way through a URL.
struct Reading<'a> {
    param: &'a str,
    /// Each ticket as it stands there, and what stands before its name.
    found: Vec<(&'static str, &'a str)>,
    /// The other parameters' names.
    others: Vec<&'a str>,
}

impl<'a> Reading<'a> {
    /// Takes the parameter out of a path with its query, and gives what is left.
    fn take_from_part(&mut self, part: &'a str) -> String {
        let (path, query) = match part.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (part, None),
        };
        // `&ticket=…` that was appended to a route without a query.
        let mut rest = match path.split_once('&') {
            Some((route, appended)) => match self.take_from_query(appended, "&") {
                (_, 0) => route.to_owned(),
                (left, _) => format!("{route}&{left}"),
            },
            None => path.to_owned(),
        };
        // Where nothing is left of a query that held only tickets, its mark goes too.
        if let Some((left, 1..)) = query.map(|query| self.take_from_query(query, "?")) {
            rest.push('?');
            rest.push_str(&left);
        }
        rest
    }

    /// Takes the parameter out of a query, which `mark` begins; gives what is left, and how many
    /// parameters that are.
    fn take_from_query(&mut self, query: &'a str, mark: &'static str) -> (String, usize) {
        let mut left = Vec::new();
        let mut before = mark;
        for text in query.split('&') {
            let (own, appended) = split_appended(text, self.param);
            match read_name(own, self.param) {
                Name::Wanted { is_escaped, value } => {
                    self.found
                        .push((if is_escaped { "&amp;" } else { before }, value));
                }
                Name::Other(name) => {
                    let inner = own
                        .split('?')
                        .skip(1)
                        .filter_map(|text| text.split_once('='));
                    let similar = inner.map(|(name, _)| name);
                    self.others.extend(name);
                    (self.others)
                        .extend(similar.filter(|name| name.eq_ignore_ascii_case(self.param)));
                    left.push(own);
                }
            }
            self.found
                .extend(appended.into_iter().map(|value| ("?", value)));
            before = "&";
        }
        (left.join("&"), left.len())
    }

    fn ticket(&self, url: &str) -> Result<String> {
        let param = self.param;
        let problem = |problem: &str| {
            let message = format!("the parameter `{param}` {problem}");
            Err(Error::new(Kind::Ticket, message))
        };
        if self.found.is_empty() {
            return problem(&format!(
                "is not in the URL, {}; its name is set by `ticketParam`, or the argument `param`, letter for letter",
                self.seen(url)
            ));
        }
        let mut tickets = Vec::new();
        for (_, value) in &self.found {
            match decode(value) {
                Some(ticket) => tickets.push(ticket),
                None => return problem("holds `%00` or bytes that are not UTF-8"),
            }
        }
        if tickets.iter().any(|ticket| *ticket != tickets[0]) {
            let mut forms: Vec<&str> = self.found.iter().map(|(mark, _)| *mark).collect();
            forms.dedup();
            let forms = forms.join(&format!("{param}=…`, `"));
            return problem(&format!(
                "comes more than once in the URL with different values, as `{forms}{param}=…`"
            ));
        }
        match tickets.swap_remove(0) {
            ticket if ticket.is_empty() => problem("is empty"),
            ticket => Ok(ticket),
        }
    }

    /// What the URL has in place of the parameter: names, without what may be a part of a secret.
    fn seen(&self, url: &str) -> String {
        let param = self.param;
        let decoded = percent_decode_str(url).decode_utf8_lossy();
        let stands = |mark: &str| decoded.contains(&format!("{mark}{param}="));
        if ["/", "#", "?", "&"].into_iter().any(stands) {
            return format!("which has `{param}=…` outside of a query");
        }
        let is_plain = |name: &&str| {
            name.len() <= 32
                && (name.bytes()).all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        };
        let names = self.others.iter().copied().filter(is_plain);
        // What differs by letter case alone is what was meant, and the one to show.
        let (mut names, others): (Vec<&str>, Vec<&str>) =
            names.partition(|name| name.eq_ignore_ascii_case(param));
        names.extend(others);
        names.dedup();
        names.truncate(8);
        match names.is_empty() {
            true if self.others.is_empty() => "which has no parameters".to_owned(),
            true => "which has others".to_owned(),
            false => format!("which has `{}`", names.join("`, `")),
        }
    }
}

/// Splits off the tickets that were appended by `?` to a parameter, as to a route that has a query.
fn split_appended<'a>(text: &'a str, param: &str) -> (&'a str, Vec<&'a str>) {
    let starts: Vec<(usize, usize)> = (text.match_indices('?'))
        .filter_map(|(at, _)| {
            let (name, _) = text[at + 1..].split_once('=')?;
            is_name(name, param).then_some((at, at + 1 + name.len() + 1))
        })
        .collect();
    let end = |index: usize| starts.get(index).map_or(text.len(), |(at, _)| *at);
    let values = (starts.iter().enumerate())
        .map(|(index, (_, value))| &text[*value..end(index + 1)])
        .collect();
    (&text[..end(0)], values)
}

enum Name<'a> {
    Wanted {
        is_escaped: bool,
        value: &'a str,
    },
    /// The name, where the text is one with a value: a text alone may be a secret.
    Other(Option<&'a str>),
}

fn read_name<'a>(text: &'a str, param: &str) -> Name<'a> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let is_escaped = !is_name(name, param);
    // An ampersand that was written for HTML, and not read as such: once, or several times over.
    let mut unescaped = name;
    while is_escaped
        && let Some((amp, rest)) = unescaped.split_at_checked(4)
        && amp.eq_ignore_ascii_case("amp;")
    {
        unescaped = rest;
    }
    if is_name(unescaped, param) {
        return Name::Wanted { is_escaped, value };
    }
    let has_value = !value.trim_start_matches('=').is_empty();
    Name::Other(has_value.then_some(unescaped))
}

fn is_name(name: &str, param: &str) -> bool {
    percent_decode_str(name).eq(param.bytes())
}

/// `+` stays: tickets may be base64, and the platform appends them as they are.
fn decode(value: &str) -> Option<String> {
    let text = percent_decode_str(value).decode_utf8().ok()?;
    (!text.contains('\0')).then(|| text.into_owned())
}

/// A URL's path, query and fragment as a place on this same site, in a browser's reading.
fn local_target(url: &str) -> String {
    place_on_this_site(url).unwrap_or_else(|| "/".to_owned())
}

/// Nothing for what a browser reads as another site.
fn place_on_this_site(url: &str) -> Option<String> {
    // Browsers leave these out before they read.
    let read = url
        .trim_matches(|letter| letter <= ' ')
        .replace(['\t', '\n', '\r'], "");
    let place = without_site(&read)?;
    if place.starts_with(is_slash) && place[1..].starts_with(is_slash) {
        return None;
    }
    let mut target = String::new();
    if !place.starts_with('/') {
        target.push('/');
    }
    for letter in place.chars() {
        if letter.is_control() || letter == '\\' {
            let letter = letter.to_string();
            target.extend(utf8_percent_encode(&letter, NON_ALPHANUMERIC));
        } else {
            target.push(letter);
        }
    }
    // `/a/..//evil.example` stays here in a browser, and not in what shortens it before.
    let here = Url::parse("http://here.invalid").ok()?;
    let read = here.join(&target).ok()?;
    let stays = read.origin() == here.origin() && !read.path().starts_with("//");
    stays.then_some(target)
}

/// As browsers see it.
fn is_slash(letter: char) -> bool {
    matches!(letter, '/' | '\\')
}

/// A URL without its scheme and host; nothing for a scheme that leads to no web page, or to one whose
/// host browsers look for where others do not.
fn without_site(url: &str) -> Option<&str> {
    let is_scheme_letter = |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter);
    let after_scheme = url.trim_start_matches(is_scheme_letter);
    let scheme = &url[..url.len() - after_scheme.len()];
    let Some(after_colon) = after_scheme.strip_prefix(':') else {
        return Some(url);
    };
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let site = after_colon.strip_prefix("//")?;
    let is_end = |letter| is_slash(letter) || matches!(letter, '?' | '#');
    let host_ends = site.find(is_end).unwrap_or(site.len());
    (host_ends > 0).then_some(&site[host_ends..])
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
            ("?ticket=a&amp;k=v", "ticket", "a", "?amp;k=v"),
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
    fn takes_what_platforms_append_and_mail_programs_escape() {
        for (url, ticket, rest) in [
            ("/oa?x=1?ticket=T%2B", "T+", "/oa?x=1"),
            ("/oa?x=1?ticket=T&y=2", "T", "/oa?x=1&y=2"),
            ("/oa?y=2&x=1?ticket=T?b=c", "T?b=c", "/oa?y=2&x=1"),
            ("/oa?next=/doc?a?ticket=T", "T", "/oa?next=/doc?a"),
            ("/oa?x?%74icket=T", "T", "/oa?x"),
            ("/oa??ticket=T", "T", "/oa?"),
            ("x=1?ticket=T", "T", "x=1"),
            ("/oa?ticket=T?ticket=T", "T", "/oa"),
            ("/#/oa?x=1?ticket=T", "T", "/#/oa?x=1"),
            ("/oa&ticket=T", "T", "/oa"),
            ("http://h/oa&ticket=a/b+=&y=2", "a/b+=", "http://h/oa&y=2"),
            ("/oa&y=2&ticket=T?x=1#z", "T", "/oa&y=2?x=1#z"),
            ("/oa&amp;ticket=T", "T", "/oa"),
            ("/#/oa&ticket=T", "T", "/#/oa"),
            ("/oa?x=1&amp;ticket=T", "T", "/oa?x=1"),
            ("/oa?x=1&AMP;ticket=T&amp;y=2", "T", "/oa?x=1&amp;y=2"),
            ("/oa?x=1&amp;amp;ticket=T", "T", "/oa?x=1"),
            ("/oa?amp;ticket=T", "T", "/oa"),
            ("/oa?ticket=T&amp;ticket=T", "T", "/oa"),
        ] {
            let found =
                ticket_from_url(url, "ticket").unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!(
                (found.ticket.as_str(), found.url_without_ticket.as_str()),
                (ticket, rest),
                "{url}"
            );
        }
        // A name that is as it is written comes before what it may have been.
        let found = ticket_from_url("/oa?amp;ticket=T", "amp;ticket").unwrap();
        assert_eq!(found.ticket, "T");
    }

    #[test]
    fn what_was_seen_in_place_of_a_ticket_is_told_without_a_value() {
        let missing = "the parameter `ticket` is not in the URL, ";
        let several =
            "the parameter `ticket` comes more than once in the URL with different values, as ";
        for (url, message) in [
            ("/oa", format!("{missing}which has no parameters")),
            ("/oa?hush", format!("{missing}which has no parameters")),
            ("/oa?hush==", format!("{missing}which has no parameters")),
            (
                "/oa?a=hush&Ticket=hush",
                format!("{missing}which has `Ticket`, `a`;"),
            ),
            (
                "/oa?a=hush?TICKET=hush",
                format!("{missing}which has `TICKET`, `a`;"),
            ),
            (
                "/oa?x=1&amp;code=hush?hush=1",
                format!("{missing}which has `x`, `code`;"),
            ),
            ("/oa?%B2%E2=hush", format!("{missing}which has others;")),
            (
                "/oa#ticket=hush",
                format!("{missing}which has `ticket=…` outside of a query;"),
            ),
            (
                "/oa?x=1%3Fticket%3Dhush",
                format!("{missing}which has `ticket=…` outside of a query;"),
            ),
            (
                "/oa?ticket=hush&x=1?ticket=b",
                format!("{several}`?ticket=…`"),
            ),
            (
                "/oa?ticket=hush&amp;ticket=b",
                format!("{several}`?ticket=…`, `&amp;ticket=…`"),
            ),
            (
                "/oa?x=1&ticket=hush?ticket=b",
                format!("{several}`&ticket=…`, `?ticket=…`"),
            ),
            (
                "/oa&ticket=hush?ticket=b",
                format!("{several}`&ticket=…`, `?ticket=…`"),
            ),
        ] {
            let error = ticket_from_url(url, "ticket").unwrap_err();
            assert_eq!(error.kind(), Kind::Ticket, "{url}");
            assert!(error.message().starts_with(&message), "{url}: {error}");
            assert!(!error.message().contains("hush"), "{url}: {error}");
            let tells_how = error
                .message()
                .contains("set by `ticketParam`, or the argument `param`");
            assert_eq!(tells_how, message.starts_with(missing), "{url}: {error}");
        }
        let many: String = (0..1000).map(|number| format!("&a{number}=1")).collect();
        let error = ticket_from_url(&format!("/oa?{many}"), "ticket").unwrap_err();
        assert!(error.message().len() < 300, "{error}");
    }

    fn target(url: &str) -> String {
        ticket_from_url(url, "ticket").unwrap().local_target
    }

    #[test]
    fn the_target_is_the_path_query_and_fragment() {
        for (url, expected) in [
            ("http://h:80/oa?a=1&ticket=T#/x?y", "/oa?a=1#/x?y"),
            ("HTTPS://user:pass@h/oa?ticket=T", "/oa"),
            ("http://h?ticket=T", "/"),
            ("http://h?ticket=T&a=1", "/?a=1"),
            ("http://h#/oa?ticket=T", "/#/oa"),
            ("/oa?next=http://h//x&ticket=T", "/oa?next=http://h//x"),
            ("/oa//b/?ticket=T", "/oa//b/"),
            ("/名?x=涛&ticket=T", "/名?x=涛"),
            ("?ticket=T", "/"),
            ("?ticket=T&k=v", "/?k=v"),
            ("ticket=T", "/"),
            ("ticket=T&k=v", "/?k=v"),
            ("ticket=T&//evil.example", "/?//evil.example"),
            ("ticket=T#top", "/#top"),
            ("oa?ticket=T", "/oa"),
            ("/%2f/evil.example?ticket=T", "/%2f/evil.example"),
            (
                "/oa?a=\\b\u{1}\u{7f}\u{85}&ticket=T",
                "/oa?a=%5Cb%01%7F%C2%85",
            ),
            ("/o\ta?a=\r\nSet-Cookie:x&ticket=T", "/oa?a=Set-Cookie:x"),
        ] {
            assert_eq!(target(url), expected, "{url}");
        }
    }

    #[test]
    fn what_a_browser_reads_as_another_site_is_the_root() {
        for start in [
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "\\/evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\r/\t\\evil.example",
            " //evil.example",
            "\u{1}//evil.example",
            "//user@evil.example",
            "//here.example@evil.example",
            "http:evil.example",
            "http:/evil.example",
            "http:///evil.example",
            "https:evil.example",
            "https:/\\evil.example",
            "https:\\\\evil.example",
            "ht\ttp:\n/evil.example",
            "ftp://evil.example",
            "javascript:alert(1)",
            "java\tscript:alert(1)",
            "data:text/html,x",
            "http://here.example//evil.example",
            "http://here.example/\\evil.example",
            "http://a@here.example\\/evil.example",
            "/..//evil.example",
            "/.//evil.example",
            "/%2e%2E//evil.example",
            "/a/..//evil.example",
            "/a/../..//evil.example",
            "/a\\b/..//evil.example",
            "//evil.example/..//doc",
        ] {
            assert_eq!(target(&format!("{start}/?ticket=T")), "/", "{start:?}");
        }
    }

    /// Every short mixture of what has a meaning in URLs, as both kinds of site would send it.
    #[test]
    fn no_target_leads_to_another_site() {
        let parts = [
            "/",
            "\\",
            "..",
            ".",
            "%2f",
            "%5c",
            "\t",
            "\n",
            " ",
            "\0",
            "http:",
            "https:",
            "evil.example",
            "@",
            ":",
            "?",
            "#",
            "&",
            "=",
            "//",
        ];
        let bases = ["http://here.example/a/b?c", "https://here.example/a/b?c"]
            .map(|base| Url::parse(base).unwrap());
        let mut starts = vec![String::new()];
        for _ in 0..3 {
            starts = (starts.iter())
                .flat_map(|start| parts.iter().map(move |part| format!("{start}{part}")))
                .collect();
            for start in &starts {
                let Ok(found) = ticket_from_url(&format!("{start}evil.example?ticket=T"), "ticket")
                else {
                    continue;
                };
                let target = found.local_target;
                assert!(
                    target.starts_with('/') && !target.contains('\\'),
                    "{start:?}: {target}"
                );
                assert!(!target.contains(char::is_control), "{start:?}: {target}");
                for base in &bases {
                    let read = base.join(&target).unwrap();
                    assert_eq!(read.origin(), base.origin(), "{start:?}: {target}");
                    assert!(!read.path().starts_with("//"), "{start:?}: {target}");
                }
            }
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
