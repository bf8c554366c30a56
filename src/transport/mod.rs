//! HTTP on the caller's own thread: limits, retries, redirects and kept connections.
//!
//! A call takes an engine out of the pool, drives it to the end of its requests and puts it back.
//! No lock is held meanwhile, and nothing of the library runs between calls.

mod dns;
mod engine;
mod failure;
pub(crate) mod os;
mod pool;
mod tls;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Method, Url};

pub(crate) use self::engine::Reply;
use self::engine::{Engine, Outcome, Settings};
use self::failure::Failure;
use self::pool::Pool;
use crate::config::Config;
use crate::error::{Endpoint, Error, Kind, Result};
use crate::platform::time;
use crate::stats::Stats;

/// The longest random wait before the first repetition; it doubles from one to the next.
const FIRST_BACKOFF: Duration = Duration::from_millis(200);
const MAX_BACKOFF: Duration = Duration::from_secs(5);

const PANDA_TOKEN: HeaderName = HeaderName::from_static("panda-token");

/// One request to the platform, and what is spent on it within a call.
pub(crate) struct Request {
    pub(crate) endpoint: Endpoint,
    pub(crate) url: Url,
    /// The `panda-token` header.
    pub(crate) token: Option<HeaderValue>,
    /// The form of a POST; a GET has none.
    pub(crate) form: Option<String>,
    /// HTTP requests made for it so far.
    pub(crate) attempts: u32,
}

impl Request {
    pub(crate) fn get(endpoint: Endpoint, url: Url) -> Request {
        Request {
            endpoint,
            url,
            token: None,
            form: None,
            attempts: 0,
        }
    }

    fn to_http(&self) -> reqwest::Request {
        let method = if self.form.is_some() {
            Method::POST
        } else {
            Method::GET
        };
        let mut request = reqwest::Request::new(method, self.url.clone());
        if let Some(token) = &self.token {
            request.headers_mut().insert(PANDA_TOKEN, token.clone());
        }
        if let Some(form) = &self.form {
            let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
            request.headers_mut().insert(CONTENT_TYPE, form_type);
            *request.body_mut() = Some(form.clone().into());
        }
        request
    }
}

/// Where a request stands within a call.
struct Progress {
    retries_left: u32,
    /// A kept connection that turned out to be dead was replaced once already.
    replaced_connection: bool,
    next_backoff: Duration,
}

/// What follows from an outcome.
enum Step<T> {
    Done(Result<T>),
    /// At once: a redirect, or a dead connection.
    Again,
    /// After a wait, if there is time for it; else it ends with the error.
    Retry(Error, Duration),
}

pub(crate) struct Transport {
    settings: Settings,
    timeout: Duration,
    retries: u32,
    pool: Pool,
    stats: Arc<Stats>,
}

impl Transport {
    pub(crate) fn new(config: &Config, stats: Arc<Stats>) -> Result<Transport> {
        let tls = tls::client_config(config.authorities.clone()).map_err(|error| {
            Error::new(Kind::Internal, format!("TLS cannot be set up: {error}"))
        })?;
        Ok(Transport {
            settings: Settings {
                connect_timeout: config.connect_timeout,
                headers: config.headers.clone(),
                proxy: config.proxy.clone(),
                tls,
                resolver: dns::Resolver::default(),
                max_response_bytes: config.max_response_bytes,
            },
            timeout: config.timeout,
            retries: config.retries,
            pool: Pool::new(),
            stats,
        })
    }

    /// Makes one request, repeated as far as retries and the deadline allow. `read` makes the
    /// result of an answer with a 2xx status.
    pub(crate) fn send<T>(
        &self,
        request: &mut Request,
        deadline: Instant,
        read: impl Fn(Reply) -> Result<T>,
    ) -> Result<T> {
        let mut results = self.send_all(&mut [request], deadline, read);
        results
            .pop()
            .unwrap_or_else(|| Err(Error::new(Kind::Internal, "a request without a result")))
    }

    /// Makes requests at once on this thread, each as [`send`](Self::send) would; a result each.
    pub(crate) fn send_all<T>(
        &self,
        requests: &mut [&mut Request],
        deadline: Instant,
        read: impl Fn(Reply) -> Result<T>,
    ) -> Vec<Result<T>> {
        let mut progress: Vec<Progress> = requests
            .iter()
            .map(|_| Progress {
                retries_left: self.retries,
                replaced_connection: false,
                next_backoff: FIRST_BACKOFF,
            })
            .collect();
        let mut results: Vec<Option<Result<T>>> = requests.iter().map(|_| None).collect();
        let mut fresh_engine = false;
        let mut pending: Vec<usize> = (0..requests.len()).collect();
        while !pending.is_empty() {
            let outcomes = self.round(requests, &pending, deadline, fresh_engine);
            fresh_engine = false;
            let mut again = Vec::new();
            let mut retries = Vec::new();
            for (&index, outcome) in pending.iter().zip(outcomes) {
                let dead_connection = outcome.reused
                    && matches!(&outcome.result, Err(failure) if failure.is_dead_connection());
                let request = &mut requests[index];
                match self.step(request, &mut progress[index], outcome, &read) {
                    Step::Done(result) => results[index] = Some(result),
                    Step::Again => {
                        fresh_engine |= dead_connection;
                        again.push(index);
                    }
                    Step::Retry(error, wait) => retries.push((index, error, wait)),
                }
            }
            if let Some(wait) = retries.iter().map(|(_, _, wait)| *wait).max() {
                let fits = Instant::now() + wait < deadline;
                for (index, error, _) in retries {
                    if fits {
                        progress[index].retries_left -= 1;
                        self.stats.of(requests[index].endpoint).retries.add(1);
                        log::info!("{error}; trying again in {} ms", wait.as_millis());
                        again.push(index);
                    } else {
                        results[index] = Some(Err(error));
                    }
                }
                if fits {
                    thread::sleep(wait);
                }
            }
            again.sort_unstable();
            pending = again;
        }
        let results = results.into_iter().flatten();
        let results = results.zip(requests.iter()).map(|(result, request)| {
            result.map_err(|error| error.at(request.endpoint).with_attempts(request.attempts))
        });
        results.collect()
    }

    /// Makes the pending requests once each.
    fn round(
        &self,
        requests: &mut [&mut Request],
        pending: &[usize],
        deadline: Instant,
        fresh_engine: bool,
    ) -> Vec<Outcome> {
        let refuse = |failure: fn() -> Failure| {
            pending
                .iter()
                .map(|_| Outcome {
                    result: Err(failure()),
                    reused: false,
                })
                .collect()
        };
        let remaining = deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            return refuse(|| Failure::Timeout);
        }
        let resting = if fresh_engine { None } else { self.pool.take() };
        let mut engine = match resting.map_or_else(|| Engine::new(&self.settings).map(Box::new), Ok)
        {
            Ok(engine) => engine,
            Err(failure) => {
                let mut outcomes: Vec<Outcome> = refuse(|| Failure::Timeout);
                outcomes[0].result = Err(failure);
                return outcomes;
            }
        };
        let http_requests = pending
            .iter()
            .map(|&index| {
                let request = &mut requests[index];
                request.attempts += 1;
                self.stats.of(request.endpoint).http_requests.add(1);
                request.to_http()
            })
            .collect();
        let outcomes = engine.run(http_requests, self.timeout.min(remaining));
        // After a failure a connection may be in any state: it goes with its engine.
        if outcomes.iter().all(|outcome| outcome.result.is_ok()) {
            self.pool.put(engine);
        }
        outcomes
    }

    fn step<T>(
        &self,
        request: &mut Request,
        progress: &mut Progress,
        outcome: Outcome,
        read: impl Fn(Reply) -> Result<T>,
    ) -> Step<T> {
        let reply = match outcome.result {
            Ok(reply) => reply,
            Err(failure)
                if outcome.reused
                    && !progress.replaced_connection
                    && failure.is_dead_connection() =>
            {
                progress.replaced_connection = true;
                return Step::Again;
            }
            Err(failure) => return self.retry_or_end(progress, failure.into_error(), None),
        };
        self.stats
            .of(request.endpoint)
            .bytes_received
            .add(reply.body.len() as u64);
        match reply.status {
            200..=299 => match read(reply) {
                Ok(value) => Step::Done(Ok(value)),
                Err(error) => self.retry_or_end(progress, error, None),
            },
            307 | 308 if let Some(url) = secure_redirect(&request.url, &reply) => {
                log::info!("the platform redirects to https; name it in `baseUrl`");
                request.url = url;
                Step::Again
            }
            status => {
                let retry_after = (reply.header(RETRY_AFTER))
                    .and_then(|text| time::parse_retry_after(text, jiff::Timestamp::now()));
                self.retry_or_end(
                    progress,
                    status_error(status, &request.url, &reply),
                    retry_after,
                )
            }
        }
    }

    fn retry_or_end<T>(
        &self,
        progress: &mut Progress,
        error: Error,
        retry_after: Option<Duration>,
    ) -> Step<T> {
        if !error.is_retryable() || progress.retries_left == 0 {
            return Step::Done(Err(error));
        }
        // Full jitter: callers that failed together do not come back together.
        let wait = progress.next_backoff.mul_f64(fastrand::f64());
        progress.next_backoff = (progress.next_backoff * 2).min(MAX_BACKOFF);
        Step::Retry(error, wait.max(retry_after.unwrap_or_default()))
    }
}

/// The one redirect that is followed: of the same host from `http` to `https`. The token goes
/// nowhere else.
fn secure_redirect(from: &Url, reply: &Reply) -> Option<Url> {
    let to = from.join(reply.header(LOCATION)?).ok()?;
    let upgrades = from.scheme() == "http" && to.scheme() == "https";
    (upgrades && from.host() == to.host() && to.username().is_empty() && to.password().is_none())
        .then_some(to)
}

fn status_error(status: u16, url: &Url, reply: &Reply) -> Error {
    let advice = match status {
        300..=399 => {
            let target = reply
                .header(LOCATION)
                .and_then(|location| url.join(location).ok());
            let target = target.map(|to| format!(" to {}", to.origin().ascii_serialization()));
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
    Error::new(Kind::Http, format!("HTTP status {status}{advice}"))
        .with_http_status(status)
        .retryable(matches!(status, 408 | 429 | 500..=599))
}
