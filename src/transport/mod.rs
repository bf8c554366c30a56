//! HTTP on the caller's own thread: limits, retries, redirects and kept connections.
//!
//! A call takes an engine out of the pool, drives it to the end of its requests and puts it back.
//! No lock is held meanwhile, and nothing of the library runs between calls.

mod connector;
mod dns;
mod engine;
mod failure;
pub(crate) mod os;
mod pool;
mod tls;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use http::header::{
    CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, PROXY_AUTHORIZATION, RETRY_AFTER,
};
use http::uri::Scheme;
use http::{Method, Uri};
use http_body_util::Full;
use hyper::body::Bytes;
use url::Url;

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
    pub(crate) uri: Uri,
    /// The `panda-token` header.
    pub(crate) token: Option<HeaderValue>,
    /// The form of a POST; a GET has none.
    pub(crate) form: Option<String>,
    /// HTTP requests made for it so far.
    pub(crate) attempts: u32,
}

impl Request {
    pub(crate) fn get(endpoint: Endpoint, uri: Uri) -> Request {
        Request {
            endpoint,
            uri,
            token: None,
            form: None,
            attempts: 0,
        }
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
enum Step {
    Done(Result<()>),
    /// At once: a redirect, or a dead connection.
    Again,
    /// After a wait, if there is time for it; else it ends with the error.
    Retry(Error, Duration),
}

/// Reads the answer to one of the requests, which it is told by its index.
pub(crate) type Read<'a> = &'a mut dyn FnMut(usize, Reply) -> Result<()>;

pub(crate) struct Transport {
    settings: Settings,
    /// Sent with every request.
    headers: HeaderMap,
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
                proxy: config.proxy.clone(),
                tls: Arc::new(tls),
                resolver: dns::Resolver::default(),
                max_response_bytes: config.max_response_bytes,
            },
            headers: config.headers.clone(),
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
        let mut value = None;
        let mut results = self.send_all(&mut [request], deadline, &mut |_, reply| {
            value = Some(read(reply)?);
            Ok(())
        });
        let result = results.pop().unwrap_or(Ok(()));
        result.and_then(|()| {
            value.ok_or_else(|| Error::new(Kind::Internal, "a request without a result"))
        })
    }

    /// Makes requests at once on this thread, each as [`send`](Self::send) would; a result each.
    /// `read` is told which request is answered.
    pub(crate) fn send_all(
        &self,
        requests: &mut [&mut Request],
        deadline: Instant,
        read: Read<'_>,
    ) -> Vec<Result<()>> {
        let mut progress: Vec<Progress> = requests
            .iter()
            .map(|_| Progress {
                retries_left: self.retries,
                replaced_connection: false,
                next_backoff: FIRST_BACKOFF,
            })
            .collect();
        let mut results: Vec<Option<Result<()>>> = requests.iter().map(|_| None).collect();
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
                let mut read = |reply| read(index, reply);
                match self.step(request, &mut progress[index], outcome, &mut read) {
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

    fn to_http(&self, request: &Request) -> http::Request<Full<Bytes>> {
        let form = request.form.clone().unwrap_or_default();
        let mut http = http::Request::new(Full::from(form));
        *http.uri_mut() = request.uri.clone();
        let headers = http.headers_mut();
        *headers = self.headers.clone();
        if let Some(token) = &request.token {
            headers.insert(PANDA_TOKEN, token.clone());
        }
        // Of an https request the proxy sees no headers; its tunnel is made with them.
        if let Some(proxy) = &self.settings.proxy
            && let Some(authorization) = &proxy.authorization
            && request.uri.scheme() == Some(&Scheme::HTTP)
        {
            headers.insert(PROXY_AUTHORIZATION, authorization.clone());
        }
        if request.form.is_some() {
            let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
            headers.insert(CONTENT_TYPE, form_type);
            *http.method_mut() = Method::POST;
        }
        http
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
                self.to_http(request)
            })
            .collect();
        let outcomes = engine.run(http_requests, self.timeout.min(remaining));
        // After a failure a connection may be in any state: it goes with its engine.
        if outcomes.iter().all(|outcome| outcome.result.is_ok()) {
            self.pool.put(engine);
        }
        outcomes
    }

    fn step(
        &self,
        request: &mut Request,
        progress: &mut Progress,
        outcome: Outcome,
        read: &mut dyn FnMut(Reply) -> Result<()>,
    ) -> Step {
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
                Ok(()) => Step::Done(Ok(())),
                Err(error) => self.retry_or_end(progress, error, None),
            },
            307 | 308 if let Some(uri) = secure_redirect(&request.uri, &reply) => {
                log::info!("the platform redirects to https; name it in `baseUrl`");
                request.uri = uri;
                Step::Again
            }
            status => {
                let retry_after = (reply.header(RETRY_AFTER))
                    .and_then(|text| time::parse_retry_after(text, jiff::Timestamp::now()));
                self.retry_or_end(
                    progress,
                    status_error(status, &request.uri, &reply),
                    retry_after,
                )
            }
        }
    }

    fn retry_or_end(
        &self,
        progress: &mut Progress,
        error: Error,
        retry_after: Option<Duration>,
    ) -> Step {
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
fn secure_redirect(from: &Uri, reply: &Reply) -> Option<Uri> {
    let (from, to) = redirect(from, reply)?;
    let upgrades = from.scheme() == "http" && to.scheme() == "https";
    (upgrades && from.host() == to.host() && to.username().is_empty() && to.password().is_none())
        .then(|| to.as_str().parse().ok())
        .flatten()
}

/// Where a redirect leads from and to.
fn redirect(from: &Uri, reply: &Reply) -> Option<(Url, Url)> {
    let from = Url::parse(&from.to_string()).ok()?;
    let to = from.join(reply.header(LOCATION)?).ok()?;
    Some((from, to))
}

fn status_error(status: u16, uri: &Uri, reply: &Reply) -> Error {
    let advice = match status {
        300..=399 => {
            let target = redirect(uri, reply)
                .map(|(_, to)| format!(" to {}", to.origin().ascii_serialization()));
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
