//! One engine: a single-threaded runtime with an HTTP client, driven by whoever holds it.

use std::mem;
use std::panic::catch_unwind;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};
use std::{io, iter};

use bytes::Bytes;
use futures_util::future::join_all;
use reqwest::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use reqwest::{Client, Method, Request, Response, Url};
use rustls::ClientConfig;
use tokio::runtime::{Builder, Handle, Runtime};

use super::body::{append, reserve};
use super::dns::{ForConnecting, Resolver};
use super::encoding;
use super::failure::{Failure, Tunnel, is_end_without_notice};
use super::request::Reply;
use crate::config::Proxy;
use crate::deadline::Deadline;
use crate::platform::page;
use crate::{memory, system};

/// A connection that rested no longer than this is used without another look. Should the server have
/// closed it just then, it is replaced like any that turns out to be dead.
const FRESH: Duration = Duration::from_millis(1);

/// With headers and form it still fits into what any system buffers for a socket.
const MAX_SIMPLE_URL: usize = 2048;

/// Header lines that an engine takes once the platform was seen to send more than the HTTP library
/// takes without an allocation for each answer, which is a hundred.
const MAX_HEADERS: usize = 5000;

/// A firewall that has forgotten a connection swallows what is sent on it. At rest, that is found out
/// by a probe after this time, and a few more:
const PROBE_AFTER: Duration = Duration::from_secs(10);
const PROBE_INTERVAL: Duration = Duration::from_secs(2);
const PROBES: u32 = 3;

/// How long a platform that took its time with an answer is known for it: longer than any connection
/// rests, so that where all answers are slow none is asked for twice.
const SLOW_MEMORY: Duration = Duration::from_secs(120);

/// What every engine of a client is made with.
pub(super) struct Settings {
    pub(super) connect_timeout: Duration,
    pub(super) proxy: Option<Proxy>,
    pub(super) tls: ClientConfig,
    pub(super) resolver: Resolver,
    pub(super) max_response_bytes: usize,
    /// The platform sends more than a hundred header lines.
    pub(super) many_headers: AtomicBool,
    /// When an answer last took longer to begin than a silent connection is waited for.
    pub(super) slow_answer: Mutex<Option<Instant>>,
}

impl Settings {
    /// How long the beginning of an answer is waited for on a kept connection, unless the platform is
    /// known to be slow: as long as for a new connection.
    pub(super) fn patience(&self) -> Duration {
        self.connect_timeout
    }

    fn is_platform_slow(&self) -> bool {
        let last = *(self.slow_answer.lock()).unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| last.elapsed() < SLOW_MEMORY)
    }

    fn note_slow_answer(&self) {
        let mut last = (self.slow_answer.lock()).unwrap_or_else(PoisonError::into_inner);
        *last = Some(Instant::now());
    }

    /// Whom a request to that URL is sent to: the host itself, or the proxy.
    pub(super) fn host_asked<'a>(&'a self, url: &'a Url) -> &'a str {
        match &self.proxy {
            Some(proxy) => (proxy.address.rsplit_once(':')).map_or("", |(host, _)| host),
            None => url.host_str().unwrap_or_default(),
        }
    }
}

/// What came of one request.
pub(super) struct Outcome {
    pub(super) result: Result<Reply, Failure>,
    /// It may have gone out on a connection that was kept from an earlier request.
    pub(super) reused: bool,
    /// What it had.
    pub(super) time: Duration,
}

impl Outcome {
    /// Another address of the same host may do better.
    pub(super) fn is_of_the_address(&self) -> bool {
        match &self.result {
            Err(Failure::Timeout) => !self.reused,
            Err(failure) => failure.is_connect(),
            Ok(_) => false,
        }
    }

    /// Nothing came in time on a kept connection, and others may be as dead.
    pub(super) fn is_silent(&self) -> bool {
        self.reused && matches!(self.result, Err(Failure::Silent | Failure::Timeout))
    }
}

pub(super) struct Engine {
    runtime: Runtime,
    client: Client,
    /// Connections of earlier requests may be at rest in it.
    used: bool,
    pub(super) last_used: Instant,
}

thread_local! {
    /// The runtime asks for the thread's handle, and the standard library keeps the main thread's
    /// for good by a pointer into its middle, which leak checkers of hosts report. Not with one to
    /// its start kept as well.
    static THREAD: Thread = thread::current();
}

/// Whether the thread is ending, or its process: in exit handlers and in destructors of thread-specific
/// data the runtime's own data of the thread may be gone, or the standard library's, of which only a
/// panic tells.
fn is_ending() -> bool {
    Handle::try_current().is_err_and(|error| error.is_thread_local_destroyed())
        || catch_unwind(thread::current).is_err()
}

/// Does what needs a runtime's data of the thread: on another one, where this one's are gone.
fn on_a_living_thread<R: Send>(work: impl FnOnce() -> R + Send) -> io::Result<R> {
    if !is_ending() {
        return Ok(work());
    }
    let (mut work, mut result) = (Some(work), None);
    let mut run = || result = work.take().map(|work| work());
    system::on_a_thread_of_its_own(&mut run)?;
    result.ok_or_else(|| io::ErrorKind::Other.into())
}

impl Engine {
    pub(super) fn new(settings: &Settings) -> Result<Engine, Failure> {
        memory::expect_reserve().map_err(|_| Failure::OutOfMemory)?;
        let build = || {
            let _ = THREAD.try_with(|_| ());
            Builder::new_current_thread()
                .enable_io()
                .enable_time()
                .build()
        };
        let runtime = on_a_living_thread(build)
            .flatten()
            .map_err(Failure::Engine)?;
        // Retries, redirects and the time of an attempt are the transport's own; reqwest's are off.
        let client = Client::builder()
            .tls_backend_preconfigured(settings.tls.clone())
            .dns_resolver(ForConnecting(
                settings.resolver.clone(),
                settings.connect_timeout,
            ))
            .connect_timeout(settings.connect_timeout)
            .tcp_keepalive(PROBE_AFTER)
            .tcp_keepalive_interval(PROBE_INTERVAL)
            .tcp_keepalive_retries(PROBES)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never().max_retries_per_request(0))
            .referer(false)
            .http1_only()
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_ignore_invalid_headers_in_responses(true)
            .no_proxy();
        // Where there is this limit it takes the place of the number of probes.
        #[cfg(any(target_os = "android", target_os = "linux"))]
        let client = client.tcp_user_timeout(PROBE_AFTER + PROBE_INTERVAL * PROBES);
        let client = match &settings.proxy {
            Some(proxy) => client.proxy(proxy.http.clone()),
            None => client,
        };
        let client = match settings.many_headers.load(Ordering::Relaxed) {
            true => client.http1_max_headers(MAX_HEADERS),
            false => client,
        };
        Ok(Engine {
            runtime,
            client: client.build().map_err(Failure::Head)?,
            used: false,
            last_used: Instant::now(),
        })
    }

    /// How many connections are at rest in it: each has a task, and the HTTP library's pool has one of
    /// its own once something rested.
    pub(super) fn connections(&self) -> usize {
        let tasks = self.runtime.metrics().num_alive_tasks();
        tasks.saturating_sub(1)
    }

    /// Makes all the requests at once, and ends when the last of them has ended. `host` is whom they
    /// are sent to.
    pub(super) fn run(
        &mut self,
        settings: &Settings,
        requests: Vec<Request>,
        host: &str,
        timeout: Duration,
        deadline: Deadline<'_>,
    ) -> Vec<Outcome> {
        let count = requests.len();
        let end = tokio::time::Instant::now() + timeout;
        let kept = match self.used {
            false => Kept::None,
            true if self.last_used.elapsed() <= FRESH => Kept::Fresh,
            true => Kept::Rested,
        };
        let client = &self.client;
        let is_simple = settings.proxy.is_none() && requests.iter().all(is_simple);
        let attempts = requests
            .into_iter()
            .map(|request| attempt(client, request, settings, kept, end));
        let fail_all = |failure: &dyn Fn() -> Failure| (0..count).map(|_| Err(failure())).collect();
        let all = async {
            // A slow look-up takes nothing of the time for connecting.
            if kept == Kept::None {
                let look_up = settings.resolver.look_up(host, timeout);
                match tokio::time::timeout_at(end, look_up).await {
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => return fail_all(&|| Failure::Name(error.to_string())),
                    Err(_) => return fail_all(&|| Failure::Timeout),
                }
            }
            join_all(attempts).await
        };
        let results = system::without_sigpipe(|| {
            let results = drive(&self.runtime, all, deadline);
            let results: Vec<_> = results.unwrap_or_else(|failure| {
                let others = (1..count).map(|_| Err(Failure::Timeout));
                iter::once(Err(failure)).chain(others).collect()
            });
            let all_answered = results.iter().all(is_success);
            (results, !(is_simple && all_answered))
        });
        let reused = mem::replace(&mut self.used, true);
        self.last_used = Instant::now();
        results
            .into_iter()
            .map(|result| Outcome {
                result,
                reused,
                time: timeout,
            })
            .collect()
    }
}

/// The outcome of all, unless the caller ended the call.
fn drive<F>(runtime: &Runtime, all: F, deadline: Deadline<'_>) -> Result<F::Output, Failure>
where
    F: Future<Output: Send> + Send,
{
    if !deadline.is_watched() {
        return block_on(runtime, all);
    }
    let mut all = pin!(all);
    loop {
        // The check is asked outside the runtime.
        let wait = deadline.next_wait().max(Duration::from_millis(1));
        let part = async { tokio::time::timeout(wait, all.as_mut()).await };
        match block_on(runtime, part)? {
            Ok(results) => return Ok(results),
            Err(_) if deadline.is_cancelled() => return Err(Failure::Timeout),
            Err(_) => {}
        }
    }
}

fn block_on<F>(runtime: &Runtime, future: F) -> Result<F::Output, Failure>
where
    F: Future<Output: Send> + Send,
{
    on_a_living_thread(|| runtime.block_on(future)).map_err(Failure::Engine)
}

/// Whether all that is written for a request is its own text, in one piece: no TLS, which writes of
/// itself, and nothing that a socket's buffer cannot hold. Then an answer means that no write failed.
fn is_simple(request: &Request) -> bool {
    let url = request.url();
    url.scheme() == "http" && url.as_str().len() < MAX_SIMPLE_URL
}

fn is_success(result: &Result<Reply, Failure>) -> bool {
    matches!(result, Ok(reply) if (200..300).contains(&reply.status))
}

/// The connections of earlier requests.
#[derive(Clone, Copy, PartialEq)]
enum Kept {
    None,
    Fresh,
    /// Nothing polled them for a while.
    Rested,
}

async fn attempt(
    client: &Client,
    request: Request,
    settings: &Settings,
    kept: Kept,
    end: tokio::time::Instant,
) -> Result<Reply, Failure> {
    let tunnelled = settings.proxy.is_some() && request.url().scheme() == "https";
    let url = tunnelled.then(|| request.url().clone());
    // The runtime may be driven by another thread.
    let has_begun = AtomicBool::new(false);
    let exchange = async {
        if kept == Kept::Rested {
            // Yielding has the runtime look at them, and those that the server has closed are not
            // used.
            tokio::task::yield_now().await;
        }
        let response = client.execute(request).await.map_err(Failure::Head)?;
        if settings.resolver.is_choosing()
            && let Some(address) = response.remote_addr()
        {
            settings.resolver.note_answer(address.ip());
        }
        has_begun.store(true, Ordering::Relaxed);
        read(response, settings.max_response_bytes).await
    };
    let mut exchange = pin!(exchange);
    let first_end = end.min(tokio::time::Instant::now() + settings.patience());
    let mut result = tokio::time::timeout_at(first_end, exchange.as_mut()).await;
    if result.is_err() && first_end < end {
        let is_slow = !has_begun.load(Ordering::Relaxed);
        if is_slow && kept != Kept::None && !settings.is_platform_slow() {
            return Err(Failure::Silent);
        }
        result = tokio::time::timeout_at(end, exchange).await;
        if is_slow && has_begun.load(Ordering::Relaxed) {
            settings.note_slow_answer();
        }
    }
    let result = result.unwrap_or(Err(Failure::Timeout));
    match (result, url) {
        (Err(failure), Some(url)) => Err(match failure.refused_tunnel() {
            None => failure,
            Some(Tunnel::NoAccount) => Failure::Tunnel(Some(PROXY_AUTHENTICATION_REQUIRED)),
            Some(Tunnel::Refused) => {
                let status = tokio::time::timeout_at(end, tunnel_status(client, url)).await;
                Failure::Tunnel(status.unwrap_or_default())
            }
        }),
        (result, _) => result,
    }
}

const PROXY_AUTHENTICATION_REQUIRED: u16 = 407;

/// What the proxy answers to a `CONNECT`. The HTTP library keeps that to itself when it makes a
/// tunnel, so a proxy that refused one is asked for it as a request of its own.
async fn tunnel_status(client: &Client, mut url: Url) -> Option<u16> {
    let port = url.port_or_known_default();
    url.set_scheme("http").ok()?;
    url.set_port(port).ok()?;
    url.set_path("");
    url.set_query(None);
    let answer = client.execute(Request::new(Method::CONNECT, url));
    let answer = tokio::time::timeout(PATIENCE, answer).await;
    Some(answer.ok()?.ok()?.status().as_u16())
}

/// It has just answered.
const PATIENCE: Duration = Duration::from_secs(1);

/// The transfer of a body beyond this says something about the line.
const LARGE: u64 = 1024;

async fn read(mut response: Response, max: usize) -> Result<Reply, Failure> {
    let status = response.status();
    let headers = mem::take(response.headers_mut());
    let is_large = response
        .content_length()
        .is_none_or(|length| length > LARGE);
    let began = is_large.then(Instant::now);
    let body = match status.is_success() {
        true => {
            let body = receive(response, &headers, max).await?;
            encoding::decode(body, &headers, max)?
        }
        false => receive_page(response, &headers, max).await,
    };
    Ok(Reply {
        status: status.as_u16(),
        headers,
        body,
        transfer: began.map_or(Duration::ZERO, |began| began.elapsed()),
    })
}

/// The whole body: the one part that it came in, as it is, or all parts put together.
async fn receive(
    mut response: Response,
    headers: &HeaderMap,
    max: usize,
) -> Result<Bytes, Failure> {
    let announced = response.content_length().unwrap_or(0);
    if announced > max as u64 {
        return Err(Failure::TooLarge);
    }
    let mut first = Bytes::new();
    let mut body = Vec::new();
    loop {
        let part = match response.chunk().await {
            Ok(Some(part)) => part,
            Ok(None) => break,
            // Its reader sees whether it is whole: JSON shows its own end.
            Err(error) if is_end_without_notice(&error) && !has_length(headers) => break,
            Err(error) => return Err(Failure::Body(error)),
        };
        if first.is_empty() && part.len() <= max {
            first = part;
            continue;
        }
        if body.is_empty() {
            reserve(&mut body, announced as usize)?;
            append(&mut body, &first, max)?;
        }
        append(&mut body, &part, max)?;
    }
    Ok(if body.is_empty() { first } else { body.into() })
}

/// Whether a body's end is told by more than the connection's.
fn has_length(headers: &HeaderMap) -> bool {
    headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING)
}

/// No title is further from the start.
const MAX_PAGE: usize = 64 * 1024;

/// The body of another status, or its start: whether a page or the platform denies access. What does
/// not come soon is not waited for.
async fn receive_page(mut response: Response, headers: &HeaderMap, max: usize) -> Bytes {
    let mut body = Vec::new();
    let receive = async {
        while body.len() < MAX_PAGE {
            match response.chunk().await {
                Ok(Some(part)) => body.extend_from_slice(&part),
                end => return end.is_ok(),
            }
        }
        false
    };
    let is_whole = tokio::time::timeout(PATIENCE, receive).await;
    let unreadable = Bytes::from_static(page::UNREADABLE);
    if body.is_empty() && !is_whole.unwrap_or(false) {
        return unreadable;
    }
    encoding::decode(body.into(), headers, max).unwrap_or(unreadable)
}
