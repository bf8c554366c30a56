//! What goes wrong, when, and how often.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::behaviour::every_time;
use crate::endpoint::Endpoint;
use crate::platform::{Answer, error_page, with_content_type};

/// One way in which an answer goes wrong. As JSON: `"drop"`, `{"latency":{"ms":200}}`, `{"stall":"midBody"}`, …
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Fault {
    /// The platform waits before it does anything. Goes together with other faults.
    Latency {
        /// How long.
        ms: u64,
    },
    /// An error page of the web server: HTML, with any status, 200 included.
    Status {
        /// The status.
        status: u16,
        /// The `Retry-After` header, seconds or a date.
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// A redirect.
    Redirect {
        /// The status, 301 to 308.
        status: u16,
        /// The `Location` header.
        location: String,
    },
    /// An answer of the caller's own.
    Answer(RawAnswer),
    /// The answer stops, and the connection stays open.
    Stall(Stage),
    /// The connection is closed instead of an answer; the request has no effect.
    Drop,
    /// The connection is reset instead of an answer; the request has no effect.
    Reset,
    /// The true answer is cut in the middle of its body, and the connection with it.
    Truncate {
        /// How the body's end was announced.
        framing: Framing,
        /// Whether the connection is reset rather than closed.
        #[serde(default)]
        reset: bool,
    },
    /// A part of the true answer comes byte by byte.
    Drip {
        /// The part.
        part: Part,
        /// The time between two bytes.
        interval_ms: u64,
    },
    /// The true answer, valid JSON, with so many bytes of filler in a field before all others; streamed.
    Huge {
        /// The filler's length.
        bytes: u64,
    },
    /// As [`Fault::Huge`], compressed.
    GzipBomb {
        /// The filler's length before compression.
        bytes: u64,
    },
    /// A valid envelope whose `data` is an array in an array in an array …
    Nested {
        /// How deep.
        levels: usize,
    },
}

impl Fault {
    /// The answer that takes the true one's place, for faults that have one.
    pub(crate) fn answer_instead(&self) -> Option<Answer> {
        // Nothing unsendable gets here: `check` has seen the fault before.
        self.try_answer_instead().unwrap_or_default()
    }

    /// Whether the fault can be sent at all: statuses and headers are those of HTTP.
    fn check(&self) -> Result<(), String> {
        self.try_answer_instead().map(|_| ())
    }

    fn try_answer_instead(&self) -> Result<Option<Answer>, String> {
        match self {
            Self::Status {
                status,
                retry_after,
            } => {
                let mut answer = error_page(final_status(*status)?);
                if let Some(value) = retry_after {
                    insert(answer.headers_mut(), "Retry-After", value)?;
                }
                Ok(Some(answer))
            }
            Self::Redirect { status, location } => {
                let mut answer = error_page(final_status(*status)?);
                insert(answer.headers_mut(), "Location", location)?;
                Ok(Some(answer))
            }
            Self::Answer(raw) => {
                let body = Bytes::from(raw.body.clone());
                let mut answer = with_content_type(
                    final_status(raw.status)?,
                    "application/json; charset=utf-8",
                    body,
                );
                for (name, value) in &raw.headers {
                    insert(answer.headers_mut(), name, value)?;
                }
                Ok(Some(answer))
            }
            Self::Nested { levels } => {
                let (open, close) = ("[".repeat(*levels), "]".repeat(*levels));
                let body = format!(r#"{{"code":0,"msg":"OK","data":{open}{close}}}"#);
                Ok(Some(with_content_type(
                    StatusCode::OK,
                    "application/json; charset=utf-8",
                    body.into(),
                )))
            }
            _ => Ok(None),
        }
    }
}

fn final_status(status: u16) -> Result<StatusCode, String> {
    let status = StatusCode::from_u16(status).map_err(|error| format!("status: {error}"))?;
    if status.is_informational() {
        return Err("status: an answer cannot end with a 1xx status".to_owned());
    }
    Ok(status)
}

fn insert(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), String> {
    let header = HeaderName::try_from(name).map_err(|error| format!("header {name}: {error}"))?;
    let value = HeaderValue::try_from(value).map_err(|error| format!("header {name}: {error}"))?;
    headers.insert(header, value);
    Ok(())
}

/// How far an answer gets before it stalls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// Nothing is sent; the request has no effect.
    BeforeHead,
    /// Status and headers are sent.
    AfterHead,
    /// Half of the body is sent.
    MidBody,
}

/// How the end of a body is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Framing {
    /// By a `Content-Length`.
    ContentLength,
    /// By a last chunk.
    Chunked,
}

/// A part of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// Status and headers.
    Head,
    /// The body.
    Body,
}

/// An answer of the caller's own, sent as it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RawAnswer {
    /// The status.
    #[serde(default = "ok")]
    pub status: u16,
    /// The headers; `Content-Type` is `application/json; charset=utf-8` unless given.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body; as JSON a text, or `{"base64":"…"}`.
    #[serde(default, deserialize_with = "body")]
    pub body: Vec<u8>,
}

impl RawAnswer {
    /// An answer with status 200 and this body.
    pub fn new(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: ok(),
            headers: BTreeMap::new(),
            body: body.into(),
        }
    }

    /// The same with another status.
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same with a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }
}

fn ok() -> u16 {
    200
}

fn body<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<u8>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        deny_unknown_fields,
        expecting = "body must be a text or {\"base64\":\"…\"}"
    )]
    enum Body {
        Text(String),
        Bytes { base64: String },
    }
    match Body::deserialize(value)? {
        Body::Text(text) => Ok(text.into_bytes()),
        Body::Bytes { base64 } => BASE64_STANDARD
            .decode(base64)
            .map_err(|error| D::Error::custom(format!("body: base64: {error}"))),
    }
}

/// A fault with the requests that it strikes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FaultRule {
    /// Only requests for this endpoint; all if `None`.
    #[serde(default)]
    pub endpoint: Option<Endpoint>,
    /// What goes wrong.
    pub fault: Fault,
    /// How often it strikes; until cleared if `None`.
    #[serde(default)]
    pub times: Option<u64>,
    /// It strikes every so many requests: 3 strikes the third, the sixth, …
    #[serde(default = "every_time")]
    pub every: NonZeroU64,
    /// So many requests pass before any is counted.
    #[serde(default)]
    pub after: u64,
    /// Only requests on a connection that carried an answer before: the server closes just as the client uses it again.
    #[serde(default)]
    pub reused_connections_only: bool,
}

impl FaultRule {
    /// A fault that strikes every request for this endpoint until it is cleared.
    pub fn on(endpoint: Endpoint, fault: Fault) -> Self {
        Self {
            endpoint: Some(endpoint),
            ..Self::everywhere(fault)
        }
    }

    /// A fault that strikes every request until it is cleared.
    pub fn everywhere(fault: Fault) -> Self {
        Self {
            endpoint: None,
            fault,
            times: None,
            every: every_time(),
            after: 0,
            reused_connections_only: false,
        }
    }

    /// Strikes so often and no more.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Strikes every so many requests; 0 counts as 1.
    pub fn every(mut self, every: u64) -> Self {
        self.every = NonZeroU64::new(every).unwrap_or(NonZeroU64::MIN);
        self
    }

    /// Lets so many requests pass first.
    pub fn after(mut self, after: u64) -> Self {
        self.after = after;
        self
    }

    /// Strikes only on connections that carried an answer before.
    pub fn reused_connections_only(mut self) -> Self {
        self.reused_connections_only = true;
        self
    }
}

struct Active {
    rule: FaultRule,
    seen: u64,
    struck: u64,
}

impl Active {
    fn strikes(&mut self, endpoint: Endpoint, reused_connection: bool) -> bool {
        let concerned = self.rule.endpoint.is_none_or(|only| only == endpoint)
            && (reused_connection || !self.rule.reused_connections_only);
        if !concerned || self.is_spent() {
            return false;
        }
        self.seen += 1;
        let counted = self.seen.saturating_sub(self.rule.after);
        let strikes = counted > 0 && counted % self.rule.every == 0;
        self.struck += u64::from(strikes);
        strikes
    }

    fn is_spent(&self) -> bool {
        self.rule.times.is_some_and(|times| self.struck >= times)
    }
}

/// What strikes one request.
#[derive(Default)]
pub(crate) struct Strike {
    pub(crate) latency_ms: u64,
    pub(crate) fault: Option<Fault>,
}

/// The faults in force, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Faults(Vec<Active>);

impl Faults {
    /// Adds a fault, or says why it cannot be sent.
    pub(crate) fn add(&mut self, rule: FaultRule) -> Result<(), String> {
        rule.fault.check()?;
        self.0.push(Active {
            rule,
            seen: 0,
            struck: 0,
        });
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Latencies add up. Of all else the first that strikes is taken, and those after it do not see the request: so two
    /// faults with a number of times follow each other.
    pub(crate) fn strike(&mut self, endpoint: Endpoint, reused_connection: bool) -> Strike {
        let mut strike = Strike::default();
        for active in &mut self.0 {
            let is_latency = matches!(active.rule.fault, Fault::Latency { .. });
            if !is_latency && strike.fault.is_some() || !active.strikes(endpoint, reused_connection)
            {
                continue;
            }
            match &active.rule.fault {
                Fault::Latency { ms } => strike.latency_ms = strike.latency_ms.saturating_add(*ms),
                fault => strike.fault = Some(fault.clone()),
            }
        }
        self.0.retain(|active| !active.is_spent());
        strike
    }
}
