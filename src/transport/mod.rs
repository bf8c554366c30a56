//! HTTP on the caller's own thread: limits, retries, redirects and kept connections.
//!
//! A call takes an engine out of the pool, drives it to the end of its requests and puts it back.
//! No lock is held meanwhile, and nothing of the library runs between calls.

mod body;
mod budget;
pub(crate) mod dns;
mod encoding;
mod engine;
mod failure;
mod pool;
mod redirect;
mod request;
mod retry;
mod tls;

use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, RETRY_AFTER};

use self::budget::{Budget, Turn};
use self::engine::{Engine, Outcome, Settings};
#[cfg(feature = "redis")]
pub(crate) use self::failure::WANTS_CERTIFICATE;
use self::failure::{Failure, Peer, status_error};
use self::pool::Pool;
pub(crate) use self::request::{Reply, Request};
pub(crate) use self::retry::LAST_MOMENT;
use self::retry::{LEAST, Progress, Step};
use self::tls::Identity;
use crate::config::Config;
use crate::deadline::Deadline;
use crate::error::{Error, Kind, Result};
use crate::platform::time;
use crate::stats::Stats;
use crate::system;

/// The longest a call waits before it asks for a retry again.
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// Reads the answer to one of the requests, which it is told by its index.
pub(crate) type Read<'a> = &'a mut dyn FnMut(usize, Reply) -> Result<()>;

pub(crate) struct Transport {
    settings: Settings,
    /// Sent with every request.
    headers: HeaderMap,
    timeout: Duration,
    retries: u32,
    budget: Budget,
    identity: Arc<Identity>,
    /// The redirect to https was told.
    redirect_told: AtomicBool,
    /// Where the platform gave a good answer by https after it had redirected there; 0 if it did not,
    /// and again once no connection could be made there.
    https_port: AtomicU16,
    pool: Pool,
    stats: Arc<Stats>,
}

impl Transport {
    pub(crate) fn new(config: &Config, stats: Arc<Stats>) -> Result<Transport> {
        let identity = Identity::new(config.identity.clone());
        let tls = tls::client_config(config.authorities.clone(), identity.clone());
        let tls = tls.map_err(|error| {
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
                slow_answer: Mutex::default(),
            },
            headers: config.headers.clone(),
            timeout: config.timeout,
            retries: config.retries,
            budget: Budget::new(),
            identity,
            redirect_told: AtomicBool::new(false),
            https_port: AtomicU16::new(0),
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
            .map(|request| Progress::new(if request.is_once { 0 } else { self.retries }))
            .collect();
        let mut results: Vec<Option<Result<()>>> = requests.iter().map(|_| None).collect();
        let mut fresh_engine = false;
        let mut first_failure = None;
        let mut pending: Vec<usize> = (0..requests.len()).collect();
        while !pending.is_empty() {
            let may_follow = pending.iter().any(|&index| progress[index].may_follow());
            let outcomes = self.round(requests, &pending, deadline, may_follow, fresh_engine);
            fresh_engine = false;
            let mut again = Vec::new();
            let mut retries = Vec::new();
            for (&index, outcome) in pending.iter().zip(outcomes) {
                let request = &mut requests[index];
                let mut read = |reply| read(index, reply);
                fresh_engine |= outcome.is_silent();
                match self.step(request, &mut progress[index], outcome, deadline, &mut read) {
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
                for (_, error, _) in &retries {
                    log::info!("{error}; trying again in {} ms", wait.as_millis());
                }
                let since = *first_failure.get_or_insert_with(Instant::now);
                deadline.sleep(wait);
                let is_granted = self.wait_for_turn(retries.len(), since, deadline);
                for (index, error, _) in retries {
                    if is_granted {
                        progress[index].spend_retry(error);
                        self.stats.of(requests[index].endpoint).retries.add(1);
                        again.push(index);
                    } else {
                        results[index] = Some(Err(error));
                    }
                }
            }
            pending.retain(|index| again.contains(index));
        }
        let results = results.into_iter().flatten();
        let results = results.zip(requests.iter()).map(|(result, request)| {
            result.map_err(|error| error.at(request.endpoint).with_attempts(request.attempts))
        });
        results.collect()
    }

    /// Waits until the client's budget has a number of retries for a call that first failed at
    /// `since`. Not where that is not worth it.
    fn wait_for_turn(&self, number: usize, since: Instant, deadline: Deadline<'_>) -> bool {
        while deadline.left() >= LEAST {
            match self.budget.take(number, since) {
                Turn::Now => return true,
                Turn::Later => deadline.sleep(ASK_AGAIN.mul_f64(system::random().f64())),
                Turn::Never => return false,
            }
        }
        false
    }

    /// Makes the pending requests once each. `may_follow` says whether others may follow that run out
    /// of time.
    fn round(
        &self,
        requests: &mut [&mut Request],
        pending: &[usize],
        deadline: Deadline<'_>,
        may_follow: bool,
        fresh_engine: bool,
    ) -> Vec<Outcome> {
        let refuse = |failure: fn() -> Failure| {
            pending
                .iter()
                .map(|_| Outcome {
                    result: Err(failure()),
                    reused: false,
                    time: Duration::ZERO,
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
                redirect::anticipate(&mut request.url, self.https_port.load(Ordering::Relaxed));
                request.attempts += 1;
                self.stats.of(request.endpoint).http_requests.add(1);
                request.to_http(&self.headers)
            })
            .collect();
        let share = if may_follow { remaining / 2 } else { remaining };
        let timeout = self.timeout.min(share);
        let host = self.settings.host_asked(&requests[pending[0]].url);
        let outcomes = engine.run(&self.settings, http_requests, host, timeout, deadline);
        if outcomes.iter().any(Outcome::is_of_the_address) && !deadline.is_cancelled() {
            let began = Instant::now() - remaining.saturating_sub(deadline.left());
            self.settings.resolver.note_failure(host, began);
        }
        // After a failure a connection may be in any state: it goes with its engine.
        if outcomes.iter().all(|outcome| outcome.result.is_ok()) {
            self.pool.put(engine);
        } else if outcomes.iter().any(Outcome::is_silent) && !deadline.is_cancelled() {
            // What has forgotten this connection may have forgotten all that rested meanwhile.
            self.pool.drop_rested(self.settings.patience().min(timeout));
        }
        outcomes
    }

    fn step(
        &self,
        request: &mut Request,
        progress: &mut Progress,
        outcome: Outcome,
        deadline: Deadline<'_>,
        read: &mut dyn FnMut(Reply) -> Result<()>,
    ) -> Step {
        let reply = match outcome.result {
            Ok(reply) => reply,
            Err(Failure::Silent) => {
                log::info!("no answer on a kept connection; trying again on a new one");
                return Step::Reconnect;
            }
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
                let peer = Peer::new(
                    &request.url,
                    proxy.map(|proxy| &*proxy.address),
                    &self.identity,
                );
                let timed_out = matches!(failure, Failure::Timeout);
                let is_connect = failure.is_connect();
                let mut error = failure.into_error(&peer);
                // A certificate that does not do is no reason to send in clear again.
                if is_connect && error.kind() != Kind::Tls && request.url.scheme() == "https" {
                    self.https_port.store(0, Ordering::Relaxed);
                }
                let delay = match error.kind() {
                    Kind::Timeout => {
                        (self.settings.resolver).delay(self.settings.host_asked(&request.url))
                    }
                    _ => None,
                };
                // In less time than a connection may take nothing new shows.
                let earlier = progress.failure.as_ref().filter(|_| {
                    timed_out && outcome.time < self.settings.connect_timeout.min(self.timeout)
                });
                if let Some(earlier) = earlier {
                    error = earlier.clone();
                } else if let Some(delay) = delay {
                    error = Error::new(Kind::Timeout, delay);
                } else if timed_out && !request.repeats_timeouts {
                    if !deadline.is_cancelled() {
                        request.transfer = Duration::MAX;
                    }
                    return Step::Done(Err(error));
                }
                return match timed_out {
                    true => progress.retry_seldom(error, deadline.left()),
                    false => progress.retry_or_end(error, None, deadline.left()),
                };
            }
        };
        self.stats
            .of(request.endpoint)
            .bytes_received
            .add(reply.body.len() as u64);
        request.transfer = reply.transfer;
        let step = match reply.status {
            200..=299 => {
                // It answers there: later requests need not go out in clear first.
                if progress.redirected_to != 0 {
                    self.https_port
                        .store(progress.redirected_to, Ordering::Relaxed);
                }
                match read(reply) {
                    Ok(()) => Step::Done(Ok(())),
                    Err(error) => progress.retry_or_end(error, None, deadline.left()),
                }
            }
            307 | 308 if let Some(url) = redirect::to_https(&request.url, &reply) => {
                if !self.redirect_told.swap(true, Ordering::Relaxed) {
                    log::warn!(
                        "the platform redirects to https, and what was sent to {} went there in \
                         clear; begin `baseUrl` with {}",
                        request.url.origin().ascii_serialization(),
                        url.origin().ascii_serialization()
                    );
                }
                progress.redirected_to = redirect::https_port(&request.url, &url);
                request.url = url;
                Step::Redirected
            }
            _ => {
                let retry_after = (reply.header(RETRY_AFTER))
                    .and_then(|text| time::parse_retry_after(text, jiff::Timestamp::now()));
                let error = status_error(request, &reply);
                // Whoever sent a token finds out first whether that is at fault.
                let is_to_be_judged =
                    error.denies_access() && request.token.is_some() && !request.page_judged;
                match reply.status {
                    _ if is_to_be_judged => Step::Done(Err(error)),
                    // A wrong password that is sent again can lock its account.
                    401 => Step::Done(Err(error)),
                    408 | 429 | 502..=504 => {
                        progress.retry_or_end(error, retry_after, deadline.left())
                    }
                    _ => progress.retry_seldom(error, deadline.left()),
                }
            }
        };
        if step.is_final_answer() {
            self.budget.answered(progress.failure.is_some());
        }
        step
    }
}
