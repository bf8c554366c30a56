//! HTTP on the caller's own thread: limits, retries, redirects and kept connections.
//!
//! A call takes an engine out of the pool, drives it to the end of its requests and puts it back.
//! No lock is held meanwhile, and nothing of the library runs between calls.

mod body;
pub(crate) mod dns;
mod encoding;
mod engine;
mod failure;
mod pool;
mod redirect;
mod request;
mod retry;
mod tls;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};

use self::engine::{Engine, Outcome, Settings};
use self::failure::{Failure, Peer, status_error};
use self::pool::Pool;
pub(crate) use self::request::{Reply, Request};
use self::retry::{Progress, Step};
use crate::config::Config;
use crate::deadline::Deadline;
use crate::error::{Error, Kind, Result};
use crate::platform::time;
use crate::stats::Stats;
use crate::system;

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
                tls,
                resolver: dns::Resolver::default(),
                max_response_bytes: config.max_response_bytes,
                many_headers: AtomicBool::new(false),
            },
            headers: config.headers.clone(),
            timeout: config.timeout,
            retries: config.retries,
            pool: Pool::new(),
            stats,
        })
    }

    /// What connections to other servers than the platform's are made with too.
    #[cfg(feature = "redis")]
    pub(crate) fn network(&self) -> (dns::Resolver, rustls::ClientConfig) {
        (self.settings.resolver.clone(), self.settings.tls.clone())
    }

    /// Closes the connections that no call is using; how many.
    pub(crate) fn trim(&self) -> usize {
        self.pool.clear()
    }

    /// Makes one request, repeated as far as retries and the deadline allow. `read` makes the
    /// result of an answer with a 2xx status.
    pub(crate) fn send<T>(
        &self,
        request: &mut Request,
        deadline: Deadline<'_>,
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
        deadline: Deadline<'_>,
        read: Read<'_>,
    ) -> Vec<Result<()>> {
        let mut progress: Vec<Progress> = requests
            .iter()
            .map(|_| Progress::new(self.retries))
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
                let request = &mut requests[index];
                let mut read = |reply| read(index, reply);
                match self.step(request, &mut progress[index], outcome, &mut read) {
                    Step::Done(result) => results[index] = Some(result),
                    Step::Redirected => again.push(index),
                    Step::Reconnect => {
                        fresh_engine = true;
                        again.push(index);
                    }
                    Step::Retry(error, wait) => retries.push((index, error, wait)),
                }
            }
            if let Some(wait) = retries.iter().map(|(_, _, wait)| *wait).max() {
                let fits = wait < deadline.left();
                for (index, error, _) in retries {
                    if fits {
                        progress[index].spend_retry();
                        self.stats.of(requests[index].endpoint).retries.add(1);
                        log::info!("{error}; trying again in {} ms", wait.as_millis());
                        again.push(index);
                    } else {
                        results[index] = Some(Err(error));
                    }
                }
                if fits {
                    deadline.sleep(wait);
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
        deadline: Deadline<'_>,
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
        let remaining = deadline.left();
        if remaining.is_zero() {
            return refuse(|| Failure::Timeout);
        }
        let resting = if fresh_engine { None } else { self.pool.take() };
        let new = || Engine::new(&self.settings).map(Box::new);
        let engine = system::keep_standard_descriptors()
            .map_err(Failure::Engine)
            .and_then(|()| resting.map_or_else(new, Ok));
        let mut engine = match engine {
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
                request.to_http(&self.headers)
            })
            .collect();
        let outcomes = engine.run(http_requests, self.timeout.min(remaining), deadline);
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
                return Step::Reconnect;
            }
            Err(failure) if failure.is_too_many_headers() && !progress.takes_many_headers => {
                self.settings.many_headers.store(true, Ordering::Relaxed);
                progress.takes_many_headers = true;
                return Step::Reconnect;
            }
            Err(failure) => {
                let proxy = self.settings.proxy.as_ref();
                let peer = Peer::new(&request.url, proxy.map(|proxy| &*proxy.address));
                return progress.retry_or_end(failure.into_error(&peer), None);
            }
        };
        self.stats
            .of(request.endpoint)
            .bytes_received
            .add(reply.body.len() as u64);
        match reply.status {
            200..=299 => match read(reply) {
                Ok(()) => Step::Done(Ok(())),
                Err(error) => progress.retry_or_end(error, None),
            },
            307 | 308 if let Some(url) = redirect::to_https(&request.url, &reply) => {
                log::info!("the platform redirects to https; name it in `baseUrl`");
                request.url = url;
                Step::Redirected
            }
            _ => {
                let retry_after = (reply.header(RETRY_AFTER))
                    .and_then(|text| time::parse_retry_after(text, jiff::Timestamp::now()));
                progress.retry_or_end(status_error(&request.url, &reply), retry_after)
            }
        }
    }
}
