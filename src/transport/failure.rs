//! Why a request brought no answer, in terms that callers can act on.

use std::error::Error as StdError;
use std::io;

use reqwest::Url;
use thiserror::Error as ThisError;

use super::redirect;
use super::request::Reply;
use crate::error::{Error, Kind};

/// A request without an answer.
#[derive(Debug, ThisError)]
pub(super) enum Failure {
    #[error("no connection can be prepared: {0}")]
    Engine(io::Error),
    /// Nothing, or nothing usable, came back.
    #[error(transparent)]
    Head(reqwest::Error),
    #[error("the answer is truncated: the connection ended within it: {}", root_cause(.0))]
    Body(reqwest::Error),
    #[error("the answer cannot be decompressed: {0}")]
    Compression(io::Error),
    #[error(
        "the platform did not answer within the time of one attempt (`timeoutMs`, or what \
         `deadlineMs` left of it)"
    )]
    Timeout,
    #[error("the answer is longer than `maxResponseBytes`")]
    TooLarge,
    #[error("there is no memory for the answer")]
    OutOfMemory,
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

/// How it begins when it cannot read what came.
const UNREADABLE: [&str; 2] = ["invalid HTTP", "message head is too large"];

impl Failure {
    /// The connection ended before a byte of the answer, as one does that the server had given up
    /// while it rested.
    pub(super) fn is_dead_connection(&self) -> bool {
        let Failure::Head(error) = self else {
            return false;
        };
        !error.is_connect()
            && sources(error)
                .any(|source| is_disconnect(source) || ENDED.contains(&&*source.to_string()))
    }

    pub(super) fn into_error(self) -> Error {
        let kind = match &self {
            Failure::Head(error) => return head_error(error),
            Failure::Engine(_) => Kind::Connect,
            Failure::Timeout => Kind::Timeout,
            Failure::Body(_) => return Error::response(self.to_string()).retryable(true),
            Failure::Compression(_) | Failure::TooLarge | Failure::OutOfMemory => Kind::Response,
        };
        Error::new(kind, self.to_string())
    }
}

fn head_error(error: &reqwest::Error) -> Error {
    if let Some(tls) = find::<rustls::Error>(error) {
        return tls_error(tls);
    }
    if error.is_connect() {
        return connect_error(error);
    }
    let cause = root_cause(error);
    let problem = sources(error).map(|source| source.to_string());
    let unreadable = problem.filter(|text| UNREADABLE.iter().any(|start| text.starts_with(start)));
    match unreadable.last() {
        Some(problem) => Error::response(format!(
            "the answer is not HTTP; check the port in `baseUrl`: {problem}"
        )),
        None => Error::new(
            Kind::Connect,
            format!("the connection ended before an answer: {cause}"),
        ),
    }
}

fn connect_error(error: &reqwest::Error) -> Error {
    if error.is_timeout() {
        return Error::new(
            Kind::Timeout,
            "no connection within `connectTimeoutMs`; check the address, the port and the firewall",
        );
    }
    let cause = root_cause(error);
    if cause == "tls handshake eof" {
        let message = format!("the server ended the TLS handshake without a word; {OLD_TLS}");
        return Error::new(Kind::Tls, message);
    }
    // A connection that never came about is refused; one that is reset had begun its handshake.
    let message = if cause == "tunnel error: proxy authorization required" {
        "the proxy wants an account; name it in `proxy`: http://user:password@host".to_owned()
    } else if sources(error).any(is_disconnect) {
        format!(
            "the connection was reset while it was made: {cause}; if that is so every time with \
             https: {OLD_TLS}"
        )
    } else {
        format!("no connection: {cause}")
    };
    Error::new(Kind::Connect, message)
}

/// The error of an answer whose status is none of success.
pub(super) fn status_error(url: &Url, reply: &Reply) -> Error {
    let advice = match reply.status {
        300..=399 => {
            let target = redirect::target(url, reply)
                .map(|to| format!(" to {}", to.origin().ascii_serialization()));
            format!(
                ": a redirect{}, which is not followed; use the address that answers in `baseUrl`",
                target.unwrap_or_default()
            )
        }
        401 | 403 => ": access denied; check `username` and `password`".to_owned(),
        404 => ": nothing there; check the port and the project name in `baseUrl`".to_owned(),
        407 => ": the proxy wants an account; name it in `proxy`".to_owned(),
        _ => String::new(),
    };
    Error::new(Kind::Http, format!("HTTP status {}{advice}", reply.status))
        .with_http_status(reply.status)
        .retryable(matches!(reply.status, 408 | 429 | 500..=599))
}

fn tls_error(error: &rustls::Error) -> Error {
    use rustls::{AlertDescription, CertificateError};

    let advice = match error {
        rustls::Error::InvalidCertificate(problem) => match problem {
            CertificateError::UnknownIssuer => {
                "name the certificate of the authority that issued it (often a private one) in `caFile`"
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => {
                "the server needs a new certificate, or this machine's clock is wrong"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "use the host name that the certificate is for in `baseUrl`"
            }
            _ => "the server needs another certificate",
        },
        rustls::Error::InvalidMessage(_) => {
            "the port may not speak TLS at all; check `https` and the port in `baseUrl`"
        }
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(
            AlertDescription::HandshakeFailure
            | AlertDescription::ProtocolVersion
            | AlertDescription::InsufficientSecurity,
        ) => OLD_TLS,
        _ => "see the server's TLS settings",
    };
    Error::new(
        Kind::Tls,
        format!("no secure connection: {error}; {advice}"),
    )
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

fn root_cause(error: Source<'_>) -> String {
    sources(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn is_disconnect(error: Source<'_>) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| {
        matches!(
            error.kind(),
            io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::NotConnected
        )
    })
}
