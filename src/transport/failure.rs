//! Why a request brought no answer, in terms that callers can act on.

use std::error::Error as StdError;
use std::{fmt, io};

use reqwest::Url;
use reqwest::header::WWW_AUTHENTICATE;
use rustls::CertificateError;
use rustls::pki_types::UnixTime;

use super::redirect;
use super::request::{Reply, Request};
use super::tls::Identity;
use crate::config::host_and_port;
use crate::error::{Error, Kind};
use crate::memory::NO_MEMORY;
use crate::platform::{page, text};

/// A request without an answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// No connection can be prepared.
    Engine(io::Error),
    /// The host's name has no address.
    Name(String),
    /// Nothing, or nothing usable, came back.
    Head(reqwest::Error),
    /// The proxy makes no tunnel; its status, where it told one.
    Tunnel(Option<u16>),
    /// The connection ended within the answer.
    Body(reqwest::Error),
    /// The compressed answer ends too early.
    Cut,
    /// The answer is not what its encoding says.
    Compression,
    /// The answer has an encoding that is not known here.
    Encoding(String),
    Timeout,
    /// Nothing came on a kept connection for so long that it may be dead without a word.
    Silent,
    TooLarge,
    OutOfMemory,
}

/// How a proxy refused to make a tunnel.
pub(super) enum Tunnel {
    NoAccount,
    Refused,
}

/// Who was asked, for messages: host and port, without paths and accounts.
pub(super) struct Peer<'a> {
    server: String,
    is_https: bool,
    proxy: Option<&'a str>,
    identity: &'a Identity,
}

impl Peer<'_> {
    pub(super) fn new<'a>(url: &Url, proxy: Option<&'a str>, identity: &'a Identity) -> Peer<'a> {
        Peer {
            server: host_and_port(url).unwrap_or_default(),
            is_https: url.scheme() == "https",
            proxy,
            identity,
        }
    }

    /// Whom a connection is made to. With a tunnel that may be either, and both are told.
    fn next_hop(&self) -> String {
        match self.proxy {
            Some(proxy) if !self.is_https => format!("the proxy {proxy}"),
            _ => self.to_string(),
        }
    }

    /// A server may end a connection without a word because it got no certificate.
    fn certificate_wanted(&self) -> &'static str {
        match self.is_https && self.identity.was_wanted() {
            true => WANTS_CERTIFICATE,
            false => "",
        }
    }
}

pub(crate) const WANTS_CERTIFICATE: &str = "; the server asks for a client's certificate: name \
                                            one that it accepts in `clientCertFile`, and its key \
                                            in `clientKeyFile`";

impl fmt::Display for Peer<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.server)?;
        match self.proxy {
            Some(proxy) => write!(formatter, " through the proxy {proxy}"),
            None => Ok(()),
        }
    }
}

const OLD_TLS: &str = "this library speaks TLS 1.2 and 1.3 with forward secrecy (ECDHE) and AEAD \
                       ciphers; a server that offers only CBC ciphers or RSA key exchange, as old \
                       Windows servers do, cannot be reached by https";

/// How hyper, below reqwest, words that a connection ended before a byte of the answer.
const ENDED: [&str; 3] = [
    "connection closed before message completed",
    "operation was canceled",
    "channel closed",
];

/// How it words what it cannot read, and what that is.
const UNREADABLE: [(&str, &str); 5] = [
    (
        "message head is too large",
        "it has too many header lines (more than 5000), or too long ones",
    ),
    (
        "invalid HTTP header",
        "one of its header lines cannot be read",
    ),
    ("invalid content-length", "its Content-Length is no number"),
    (
        "invalid transfer-encoding",
        "its Transfer-Encoding is not one of HTTP/1.1",
    ),
    (
        "unexpected transfer-encoding",
        "its Transfer-Encoding has no place there",
    ),
];

/// How it begins to say that what came is not HTTP at all.
const NO_HTTP: &str = "invalid HTTP";

impl Failure {
    /// The connection ended before a byte of the answer, as one does that the server had given up
    /// while it rested.
    pub(super) fn is_dead_connection(&self) -> bool {
        let Failure::Head(error) = self else {
            return false;
        };
        let is_ended =
            |source| is_disconnect(source) || ENDED.contains(&&*ToString::to_string(source));
        !error.is_connect() && (sources(error).any(is_ended) || is_end_without_notice(error))
    }

    pub(super) fn is_connect(&self) -> bool {
        matches!(self, Failure::Head(error) if error.is_connect())
    }

    pub(super) fn is_too_many_headers(&self) -> bool {
        matches!(self, Failure::Head(error)
            if sources(error).any(|source| source.to_string() == UNREADABLE[0].0))
    }

    /// Whether the proxy answered to `CONNECT`, and refused.
    pub(super) fn refused_tunnel(&self) -> Option<Tunnel> {
        let Failure::Head(error) = self else {
            return None;
        };
        sources(error).find_map(|source| match &*source.to_string() {
            "tunnel error: proxy authorization required" => Some(Tunnel::NoAccount),
            "tunnel error: unsuccessful" => Some(Tunnel::Refused),
            _ => None,
        })
    }

    pub(super) fn into_error(self, peer: &Peer<'_>) -> Error {
        let message = match self {
            Failure::Head(error) => return head_error(&error, peer),
            Failure::Tunnel(status) => return tunnel_error(status, peer),
            Failure::Engine(error) => {
                let message = format!("no connection can be prepared: {error}");
                let may_pass = error.kind() != io::ErrorKind::Unsupported;
                return Error::new(Kind::Connect, message).retryable(may_pass);
            }
            Failure::Name(problem) => {
                let message = format!("no connection to {}: {problem}", peer.next_hop());
                return Error::new(Kind::Connect, message);
            }
            Failure::Timeout | Failure::Silent => {
                let message = format!(
                    "{peer} did not answer within the time of one attempt (`timeoutMs`, or what \
                     `deadlineMs` left of it)"
                );
                return Error::new(Kind::Timeout, message);
            }
            Failure::Body(error) => {
                let message = format!(
                    "the answer is truncated: {peer} ended the connection within it: {}",
                    root_cause(&error)
                );
                return Error::response(message).retryable(true);
            }
            Failure::Cut => {
                let message = "the answer is truncated: its compressed text ends too early";
                return Error::response(message).retryable(true);
            }
            Failure::Compression => {
                "the answer cannot be decompressed: it is not what its Content-Encoding says"
                    .to_owned()
            }
            Failure::Encoding(name) => format!(
                "the answer has a Content-Encoding that is not known here ({}); known are gzip and \
                 deflate",
                text::excerpt(&name, &[])
            ),
            Failure::TooLarge => "the answer is longer than `maxResponseBytes`".to_owned(),
            Failure::OutOfMemory => NO_MEMORY.to_owned(),
        };
        Error::response(message)
    }
}

fn head_error(error: &reqwest::Error, peer: &Peer<'_>) -> Error {
    if let Some(tls) = find::<rustls::Error>(error) {
        return tls_error(tls, peer);
    }
    if error.is_connect() {
        return connect_error(error, peer);
    }
    let problems: Vec<String> = sources(error).map(ToString::to_string).collect();
    let unreadable = UNREADABLE
        .iter()
        .find(|(start, _)| problems.iter().any(|text| text.starts_with(start)));
    if let Some((_, problem)) = unreadable {
        return Error::response(format!("the answer of {peer} cannot be read: {problem}"));
    }
    if let Some(problem) = problems.iter().find(|text| text.starts_with(NO_HTTP)) {
        return Error::response(format!(
            "the answer of {peer} is not HTTP; check the port in `baseUrl`: {problem}"
        ));
    }
    let cause = root_cause(error);
    Error::new(
        Kind::Connect,
        format!(
            "{peer} ended the connection before an answer: {cause}{}",
            peer.certificate_wanted()
        ),
    )
}

/// Final, unless it may pass: a proxy that forbids goes on to, and one that does not know the account
/// may lock it.
fn tunnel_error(status: Option<u16>, peer: &Peer<'_>) -> Error {
    let proxy = peer.proxy.unwrap_or_default();
    // It may have just passed, too.
    let may_pass = status.is_some_and(|status| status == 200 || may_pass(status));
    let status = match status.filter(|status| *status != 200) {
        Some(status) => format!(" with HTTP status {status}"),
        None => String::new(),
    };
    let advice = if status.ends_with("407") || status.ends_with("401") {
        "it wants an account, or another one; name it in `proxy`: http://user:password@host"
    } else {
        "check `proxy`, and what that proxy lets through"
    };
    let message = format!(
        "the proxy {proxy} refused a tunnel to {}{status}; {advice}",
        peer.server
    );
    Error::new(Kind::Connect, message).retryable(may_pass)
}

/// Whether a status may be another the next time.
fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}

fn connect_error(error: &reqwest::Error, peer: &Peer<'_>) -> Error {
    let hop = peer.next_hop();
    if error.is_timeout() {
        let message = format!(
            "no connection to {hop} within `connectTimeoutMs`; check the address, the port and the \
             firewall"
        );
        return Error::new(Kind::Timeout, message);
    }
    let cause = root_cause(error);
    if cause == "tls handshake eof" {
        let wanted = peer.certificate_wanted();
        let message = format!("{peer} ended the TLS handshake without a word{wanted}; {OLD_TLS}");
        return Error::new(Kind::Tls, message);
    }
    let is_refused = |source| is_of_kind(source, &[io::ErrorKind::ConnectionRefused]);
    // A connection that never came about is refused; one that is reset had begun its handshake.
    let message = if sources(error).any(is_refused) {
        let refuser = peer.proxy.map(|proxy| format!("the proxy {proxy}"));
        format!(
            "{} refused the connection; check the address and the port, and whether it runs",
            refuser.as_ref().unwrap_or(&peer.server)
        )
    } else if sources(error).any(is_disconnect) {
        format!(
            "the connection to {hop} was reset while it was made: {cause}; if that is so every \
             time with https: {OLD_TLS}{}",
            peer.certificate_wanted()
        )
    } else {
        format!("no connection to {hop}: {cause}")
    };
    Error::new(Kind::Connect, message)
}

/// The error of an answer whose status is none of success.
pub(super) fn status_error(request: &Request, reply: &Reply) -> Error {
    let secrets = request.secrets();
    let secrets: Vec<&str> = secrets.iter().map(|secret| &**secret).collect();
    let text = reply.text().unwrap_or_default();
    let page = page::words(&text, &secrets);
    let is_gateways = page.is_some() && is_gateways(reply);
    let advice = match reply.status {
        401 if is_gateways => {
            ": a gateway or proxy in between wants an account, not the platform; ask those who run \
             it, or name the account in `proxy`"
                .to_owned()
        }
        _ if is_gateways => ": a gateway, web filter or proxy in between answered, not the \
                             platform; ask those who run it"
            .to_owned(),
        // As nginx says it, after the handshake.
        400 if text.contains("SSL certificate") => WANTS_CERTIFICATE.to_owned(),
        300..=399 => {
            let target = redirect::target(&request.url, reply)
                .map(|to| format!(" to {}", to.origin().ascii_serialization()));
            format!(
                ": a redirect{}, which is not followed; use the address that answers in `baseUrl`, \
                 or ask those who run a gateway in between, if that is its sign-on page",
                target.unwrap_or_default()
            )
        }
        401 | 403 => ": access denied; check `username` and `password`".to_owned(),
        404 => ": nothing there; check the port and the project name in `baseUrl`".to_owned(),
        407 => ": the proxy wants an account, or another one; name it in `proxy`".to_owned(),
        _ => String::new(),
    };
    let page = page.map_or_else(String::new, |words| format!(" with the page \"{words}\""));
    Error::new(
        Kind::Http,
        format!("HTTP status {}{page}{advice}", reply.status),
    )
    .with_http_status(reply.status)
    .retryable(is_gateways || may_pass(reply.status))
}

/// Whether a page that denies access is a gateway's. The platform denies without a page or, where its
/// web server puts one there, with 401 and no other kind of login than a token.
fn is_gateways(page: &Reply) -> bool {
    let scheme = page.header(WWW_AUTHENTICATE);
    match page.status {
        401 => scheme.is_some_and(|scheme| !scheme.starts_with("Bearer")),
        status => status == 403,
    }
}

fn tls_error(error: &rustls::Error, peer: &Peer<'_>) -> Error {
    use rustls::AlertDescription;

    let wanted = match error {
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => WANTS_CERTIFICATE,
        // After it had asked.
        rustls::Error::AlertReceived(_) => peer.certificate_wanted(),
        _ => "",
    };
    let message = match error {
        _ if !wanted.is_empty() => format!("{error}{wanted}"),
        rustls::Error::InvalidCertificate(problem) => certificate_problem(problem),
        rustls::Error::InvalidMessage(_) => {
            "what came is not TLS; the port may not speak it: check `https` and the port in \
             `baseUrl`"
                .to_owned()
        }
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(
            AlertDescription::HandshakeFailure
            | AlertDescription::ProtocolVersion
            | AlertDescription::InsufficientSecurity,
        ) => format!("{error}; {OLD_TLS}"),
        _ => format!("{error}; see the server's TLS settings"),
    };
    Error::new(
        Kind::Tls,
        format!("no secure connection to {}: {message}", peer.server),
    )
}

/// What is wrong with a certificate, and what to do. The TLS library's own words hold raw bytes and
/// seconds.
fn certificate_problem(problem: &CertificateError) -> String {
    const NEW: &str = "the server needs a new certificate, or this machine's clock is wrong";
    match problem {
        CertificateError::UnknownIssuer => {
            "the authority that issued its certificate is not known here; name that authority's \
             certificate (often a private one) in `caFile`"
                .to_owned()
        }
        CertificateError::ExpiredContext { time, not_after } => format!(
            "its certificate expired on {} (today is {}); {NEW}",
            day(*not_after),
            day(*time)
        ),
        CertificateError::NotValidYetContext { time, not_before } => format!(
            "its certificate is not valid before {} (today is {}); {NEW}",
            day(*not_before),
            day(*time)
        ),
        CertificateError::Expired | CertificateError::NotValidYet => {
            format!("its certificate is out of date; {NEW}")
        }
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => format!(
            "its certificate is not for {}, but for {}; use a name that it is for in `baseUrl`",
            expected.to_str(),
            names(presented)
        ),
        CertificateError::NotValidForName => {
            "its certificate is for another name; use the one that it is for in `baseUrl`"
                .to_owned()
        }
        CertificateError::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id,
            ..
        } => format!(
            "its certificate is signed {}; the server needs a certificate signed by SHA-256 or \
             better",
            signature_name(signature_algorithm_id)
        ),
        CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "its certificate is signed by a kind of key that is not supported; the server needs \
             one with an ECDSA P-256 or an RSA key of 2048 bits or more"
                .to_owned()
        }
        CertificateError::BadSignature => {
            "a signature does not fit: another certificate of the same name is in `caFile`, or a \
             key is shorter than 2048 bits"
                .to_owned()
        }
        CertificateError::BadEncoding => "its certificate is damaged".to_owned(),
        CertificateError::Revoked => "its certificate was revoked".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "its certificate is not made for servers; the server needs another".to_owned()
        }
        CertificateError::Other(other) => match &*other.0.to_string() {
            "CaUsedAsEndEntity" => {
                "it shows an authority's certificate as its own; name that very certificate in \
                 `caFile`"
                    .to_owned()
            }
            "UnsupportedCertVersion" => {
                "its certificate is of the old version 1; the server needs one of version 3"
                    .to_owned()
            }
            other => format!(
                "its certificate has a fault ({}); the server needs another",
                word(other)
            ),
        },
        other => format!(
            "its certificate has a fault ({}); the server needs another",
            word(&format!("{other:?}"))
        ),
    }
}

/// The name of a fault without what it holds.
fn word(problem: &str) -> &str {
    let end = problem.find(|character: char| !character.is_alphanumeric());
    &problem[..end.unwrap_or(problem.len())]
}

fn day(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    match jiff::Timestamp::from_second(seconds) {
        Ok(time) => jiff::tz::Offset::UTC.to_datetime(time).date().to_string(),
        Err(_) => "a day beyond all calendars".to_owned(),
    }
}

/// A certificate can hold thousands.
const SHOWN_NAMES: usize = 5;

/// The names of a certificate as people write them: they come as `DnsName("…")`, `IpAddress(…)`.
fn names(presented: &[String]) -> String {
    if presented.is_empty() {
        return "no name (it has no subjectAltName, and a common name does not count)".to_owned();
    }
    let shown = presented.iter().take(SHOWN_NAMES).map(|name| {
        let inner = name.split_once('(').map_or(&**name, |(_, inner)| inner);
        text::excerpt(inner.trim_end_matches(')').trim_matches('"'), &[])
    });
    let shown: Vec<String> = shown.collect();
    match presented.len().checked_sub(SHOWN_NAMES) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// By the object identifiers in RFC 8017 and RFC 3279.
fn signature_name(algorithm: &[u8]) -> &'static str {
    const RSA: [u8; 8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
    const ECDSA_SHA1: [u8; 7] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01];
    let has = |part: &[u8]| algorithm.windows(part.len()).any(|window| window == part);
    if has(&[&RSA[..], &[0x05]].concat()) || has(&ECDSA_SHA1) {
        "by SHA-1, which can be forged"
    } else if has(&[&RSA[..], &[0x04]].concat()) {
        "by MD5, which can be forged"
    } else {
        "by an algorithm that is not supported"
    }
}

type Source<'a> = &'a (dyn StdError + 'static);

/// The error and all its causes.
fn sources(error: Source<'_>) -> impl Iterator<Item = Source<'_>> {
    std::iter::successors(Some(error), |error| cause(*error))
}

/// An `io::Error` shows what it wraps only through `get_ref`.
fn cause(error: Source<'_>) -> Option<Source<'_>> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn find<E: StdError + 'static>(error: Source<'_>) -> Option<&E> {
    sources(error).find_map(|source| source.downcast_ref())
}

/// The last cause in its own words, without a link to where they are explained to programmers.
fn root_cause(error: Source<'_>) -> String {
    let cause = sources(error).last().map(ToString::to_string);
    let mut cause = cause.unwrap_or_default();
    cause.truncate(cause.find(": https://").unwrap_or(cause.len()));
    cause
}

fn is_disconnect(error: Source<'_>) -> bool {
    is_of_kind(
        error,
        &[
            io::ErrorKind::ConnectionReset,
            io::ErrorKind::ConnectionAborted,
            io::ErrorKind::BrokenPipe,
            io::ErrorKind::NotConnected,
        ],
    )
}

/// The other side closed the connection and did not say so by TLS first, as many servers do.
pub(super) fn is_end_without_notice(error: &reqwest::Error) -> bool {
    sources(error).any(|source| source.to_string().contains("TLS close_notify"))
}

fn is_of_kind(error: Source<'_>, kinds: &[io::ErrorKind]) -> bool {
    (error.downcast_ref::<io::Error>()).is_some_and(|error| kinds.contains(&error.kind()))
}
