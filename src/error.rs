//! The one error type: what happened, where, and whether trying again can help.

use crate::endpoint::Endpoint;

/// What happened. The number that callers see is [`Kind::code`], the name [`Kind::name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A bad argument.
    Argument = -10001,
    /// A bad configuration, or one that the call needs more of.
    Config = -10002,
    /// Not an open handle of that type.
    Handle = -10003,
    /// Name look-up, refused, reset, unreachable.
    Connect = -10010,
    /// A time limit ran out.
    Timeout = -10011,
    /// The certificate or the handshake.
    Tls = -10012,
    /// An HTTP status outside 2xx.
    Http = -10013,
    /// An answer that is not what the interface promises, or is too large.
    Response = -10014,
    /// The caller's check ended the call.
    Cancelled = -10015,
    /// `GenerateToken` refused, or a fresh token was not accepted.
    Auth = -10020,
    /// No usable ticket in a URL, or a ticket that the platform does not accept.
    Ticket = -10021,
    /// The user list kept changing while it was read, or its numbers do not fit together.
    Inconsistent = -10030,
    /// A sync would remove too many users.
    Guard = -10031,
    /// The shared token store is unusable.
    Store = -10040,
    /// The platform refused for another reason.
    Rejected = -10050,
    /// A fault of the library.
    Internal = -10099,
}

impl Kind {
    /// Every kind, in the order of the statistics.
    pub const ALL: [Kind; 16] = [
        Kind::Argument,
        Kind::Config,
        Kind::Handle,
        Kind::Connect,
        Kind::Timeout,
        Kind::Tls,
        Kind::Http,
        Kind::Response,
        Kind::Cancelled,
        Kind::Auth,
        Kind::Ticket,
        Kind::Inconsistent,
        Kind::Guard,
        Kind::Store,
        Kind::Rejected,
        Kind::Internal,
    ];

    /// The library's own code for this kind, between -10001 and -10099.
    pub const fn code(self) -> i32 {
        self as i32
    }

    /// The name in a failure envelope's `error.kind`.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Argument => "argument",
            Kind::Config => "config",
            Kind::Handle => "handle",
            Kind::Connect => "connect",
            Kind::Timeout => "timeout",
            Kind::Tls => "tls",
            Kind::Http => "http",
            Kind::Response => "response",
            Kind::Cancelled => "cancelled",
            Kind::Auth => "auth",
            Kind::Ticket => "ticket",
            Kind::Inconsistent => "inconsistent",
            Kind::Guard => "guard",
            Kind::Store => "store",
            Kind::Rejected => "rejected",
            Kind::Internal => "internal",
        }
    }

    const fn retryable(self) -> bool {
        matches!(self, Kind::Connect | Kind::Timeout | Kind::Inconsistent)
    }
}

/// A failed call. It never holds a password, token or ticket.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Details>);

#[derive(Clone, Debug, thiserror::Error)]
#[error("{}{message}", .endpoint.map(|at| format!("{}: ", at.name())).unwrap_or_default())]
struct Details {
    kind: Kind,
    code: i32,
    message: String,
    retryable: bool,
    endpoint: Option<Endpoint>,
    http_status: Option<u16>,
    platform_code: Option<String>,
    attempts: u32,
}

impl Error {
    /// An error of a kind, with the kind's own code.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error(Box::new(Details {
            kind,
            code: kind.code(),
            message: message.into(),
            retryable: kind.retryable(),
            endpoint: None,
            http_status: None,
            platform_code: None,
            attempts: 0,
        }))
    }

    pub(crate) fn argument(message: impl Into<String>) -> Error {
        Error::new(Kind::Argument, message)
    }

    pub(crate) fn config(message: impl Into<String>) -> Error {
        Error::new(Kind::Config, message)
    }

    pub(crate) fn response(message: impl Into<String>) -> Error {
        Error::new(Kind::Response, message)
    }

    pub(crate) fn retryable(mut self, retryable: bool) -> Error {
        self.0.retryable = retryable;
        self
    }

    pub(crate) fn at(mut self, endpoint: Endpoint) -> Error {
        self.0.endpoint = Some(endpoint);
        self
    }

    pub(crate) fn with_http_status(mut self, status: u16) -> Error {
        self.0.http_status = Some(status);
        self
    }

    /// `code` as callers see it, and the platform's own as JSON. No failure has the code of success.
    pub(crate) fn with_platform_code(mut self, code: i32, platform_code: Option<String>) -> Error {
        if code != 0 {
            self.0.code = code;
        }
        self.0.platform_code = platform_code;
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Error {
        self.0.attempts = attempts;
        self
    }

    /// What happened.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The platform's own code where it refused, else the kind's.
    pub fn code(&self) -> i32 {
        self.0.code
    }

    /// What happened and what to do about it, in a sentence.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// The platform's function that failed.
    pub fn endpoint(&self) -> Option<Endpoint> {
        self.0.endpoint
    }

    /// The HTTP status, where the answer had one outside 2xx.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// The platform's code as it sent it: a JSON number or string.
    pub fn platform_code(&self) -> Option<&str> {
        self.0.platform_code.as_deref()
    }

    pub(crate) fn denies_access(&self) -> bool {
        matches!(self.0.http_status, Some(401 | 403))
    }

    /// How many HTTP requests the call made to that endpoint.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }
}

/// The result of every fallible call.
pub type Result<T> = std::result::Result<T, Error>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_in_the_reserved_range() {
        let mut codes: Vec<i32> = Kind::ALL.iter().map(|kind| kind.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Kind::ALL.len());
        assert!(codes.iter().all(|code| (-10099..=-10001).contains(code)));
    }
}
