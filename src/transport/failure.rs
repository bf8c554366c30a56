//! Why a request brought no answer, in terms that callers can act on.

use std::error::Error as StdError;
use std::io;

use hyper_util::client::legacy;

use crate::error::{Error, Kind};

/// A request without an answer.
pub(super) enum Failure {
    /// No engine could be made.
    Engine(io::Error),
    /// Nothing, or nothing usable, came back.
    Head(legacy::Error),
    /// The body broke off.
    Body(hyper::Error),
    /// The body cannot be decompressed.
    Compression(io::Error),
    /// The attempt's time ran out.
    Timeout,
    /// More than `maxResponseBytes`.
    TooLarge,
    /// No memory for the body.
    OutOfMemory,
}

const OLD_TLS: &str = "this library speaks TLS 1.2 and 1.3 with forward secrecy (ECDHE) and AEAD \
                       ciphers; a server that offers only CBC ciphers or RSA key exchange, as old \
                       Windows servers do, cannot be reached by https";

impl Failure {
    /// The connection ended before a byte of the answer, as one does that the server had given up
    /// while it rested.
    pub(super) fn is_dead_connection(&self) -> bool {
        let Failure::Head(error) = self else {
            return false;
        };
        !error.is_connect()
            && sources(error).any(|source| {
                source.downcast_ref::<hyper::Error>().is_some_and(|error| {
                    error.is_incomplete_message() || error.is_canceled() || error.is_closed()
                }) || is_disconnect(source)
            })
    }

    pub(super) fn into_error(self) -> Error {
        match self {
            Failure::Engine(error) => Error::new(
                Kind::Connect,
                format!("no connection can be prepared: {error}"),
            ),
            Failure::Timeout => Error::new(
                Kind::Timeout,
                "the platform did not answer within the time of one attempt (`timeoutMs`, or what \
                 `deadlineMs` left of it)",
            ),
            Failure::TooLarge => Error::response("the answer is longer than `maxResponseBytes`"),
            Failure::OutOfMemory => Error::response("there is no memory for the answer"),
            Failure::Head(error) => head_error(&error),
            Failure::Body(error) => Error::response(format!(
                "the answer is truncated: the connection ended within it: {}",
                root_cause(&error)
            ))
            .retryable(true),
            Failure::Compression(error) => {
                Error::response(format!("the answer cannot be decompressed: {error}"))
            }
        }
    }
}

fn head_error(error: &legacy::Error) -> Error {
    if let Some(tls) = find::<rustls::Error>(error) {
        return tls_error(tls);
    }
    if sources(error).any(is_timeout) {
        return Error::new(
            Kind::Timeout,
            "no connection within `connectTimeoutMs`; check the address, the port and the firewall",
        );
    }
    if error.is_connect() {
        if sources(error).any(|source| source.to_string() == "tls handshake eof") {
            let message = format!("the server ended the TLS handshake without a word; {OLD_TLS}");
            return Error::new(Kind::Tls, message);
        }
        let cause = root_cause(error);
        if cause == "tunnel error: proxy authorization required" {
            let message =
                "the proxy wants an account; name it in `proxy`: http://user:password@host";
            return Error::new(Kind::Connect, message);
        }
        // A connection that never came about is refused; one that is reset had begun its handshake.
        let message = match sources(error).any(is_disconnect) {
            true => format!(
                "the connection was reset while it was made: {cause}; if that is so every time with \
                 https: {OLD_TLS}"
            ),
            false => format!("no connection: {cause}"),
        };
        return Error::new(Kind::Connect, message);
    }
    match find::<hyper::Error>(error) {
        Some(error) if error.is_parse() => Error::response(format!(
            "the answer is not HTTP; check the port in `baseUrl`: {error}"
        )),
        _ => Error::new(
            Kind::Connect,
            format!(
                "the connection ended before an answer: {}",
                root_cause(error)
            ),
        ),
    }
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

fn is_timeout(error: Source<'_>) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
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
