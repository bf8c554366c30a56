//! One engine: a single-threaded runtime with an HTTP client, driven by whoever holds it.

use std::io::Read;
use std::mem;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use bytes::Bytes;
use flate2::read::GzDecoder;
use futures_util::future::join_all;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use reqwest::{Client, Proxy, Request, Response};
use rustls::ClientConfig;
use tokio::runtime::{Builder, Runtime};

use super::dns::Resolver;
use super::failure::Failure;
use super::request::Reply;
use crate::system;

/// A connection that rested no longer than this is used without another look. Should the server have
/// closed it just then, it is replaced like any that turns out to be dead.
const FRESH: Duration = Duration::from_millis(1);

/// With headers and form it still fits into what any system buffers for a socket.
const MAX_SIMPLE_URL: usize = 2048;

/// What every engine of a client is made with.
pub(super) struct Settings {
    pub(super) connect_timeout: Duration,
    pub(super) proxy: Option<Proxy>,
    pub(super) tls: ClientConfig,
    pub(super) resolver: Resolver,
    pub(super) max_response_bytes: usize,
}

/// What came of one request.
pub(super) struct Outcome {
    pub(super) result: Result<Reply, Failure>,
    /// It may have gone out on a connection that was kept from an earlier request.
    pub(super) reused: bool,
}

pub(super) struct Engine {
    runtime: Runtime,
    client: Client,
    is_proxied: bool,
    max_response_bytes: usize,
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

impl Engine {
    pub(super) fn new(settings: &Settings) -> Result<Engine, Failure> {
        let _ = THREAD.try_with(|_| ());
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(Failure::Engine)?;
        // Retries, redirects and the time of an attempt are the transport's own; reqwest's are off.
        let client = Client::builder()
            .tls_backend_preconfigured(settings.tls.clone())
            .dns_resolver(settings.resolver.clone())
            .connect_timeout(settings.connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never().max_retries_per_request(0))
            .referer(false)
            .http1_only()
            .no_proxy();
        let client = match &settings.proxy {
            Some(proxy) => client.proxy(proxy.clone()),
            None => client,
        };
        Ok(Engine {
            runtime,
            client: client.build().map_err(Failure::Head)?,
            is_proxied: settings.proxy.is_some(),
            max_response_bytes: settings.max_response_bytes,
            used: false,
            last_used: Instant::now(),
        })
    }

    /// Makes all the requests at once, and ends when the last of them has ended.
    pub(super) fn run(&mut self, requests: Vec<Request>, timeout: Duration) -> Vec<Outcome> {
        let (client, max) = (&self.client, self.max_response_bytes);
        let rested = self.used && self.last_used.elapsed() > FRESH;
        let is_simple = !self.is_proxied && requests.iter().all(is_simple);
        let attempts = requests
            .into_iter()
            .map(|request| attempt(client, request, rested, timeout, max));
        let results = system::without_sigpipe(|| {
            let results = self.runtime.block_on(join_all(attempts));
            let all_answered = results.iter().all(is_success);
            (results, !(is_simple && all_answered))
        });
        let reused = mem::replace(&mut self.used, true);
        self.last_used = Instant::now();
        results
            .into_iter()
            .map(|result| Outcome { result, reused })
            .collect()
    }
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

/// `rested` says that nothing polled the kept connections for a while.
async fn attempt(
    client: &Client,
    request: Request,
    rested: bool,
    timeout: Duration,
    max: usize,
) -> Result<Reply, Failure> {
    let exchange = async {
        if rested {
            // Yielding has the runtime look at them, and those that the server has closed are not
            // used.
            tokio::task::yield_now().await;
        }
        let response = client.execute(request).await.map_err(Failure::Head)?;
        read(response, max).await
    };
    tokio::time::timeout(timeout, exchange)
        .await
        .unwrap_or(Err(Failure::Timeout))
}

async fn read(mut response: Response, max: usize) -> Result<Reply, Failure> {
    let status = response.status();
    let headers = mem::take(response.headers_mut());
    // The body of another status is for people; the status says it all.
    let body = match status.is_success() {
        true => {
            let body = receive(response, max).await?;
            match is_compressed(&headers) {
                true => decompress(&body, max)?.into(),
                false => body,
            }
        }
        false => Bytes::new(),
    };
    Ok(Reply {
        status: status.as_u16(),
        headers,
        body,
    })
}

fn is_compressed(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| encoding == "gzip")
}

/// The whole body: the one part that it came in, as it is, or all parts put together.
async fn receive(mut response: Response, max: usize) -> Result<Bytes, Failure> {
    let announced = response.content_length().unwrap_or(0);
    if announced > max as u64 {
        return Err(Failure::TooLarge);
    }
    let mut first = Bytes::new();
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(Failure::Body)? {
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

fn decompress(compressed: &[u8], max: usize) -> Result<Vec<u8>, Failure> {
    let mut decoder = GzDecoder::new(compressed);
    let (mut body, mut part) = (Vec::new(), [0; 4096]);
    loop {
        match decoder.read(&mut part).map_err(Failure::Compression)? {
            0 => return Ok(body),
            length => append(&mut body, &part[..length], max)?,
        }
    }
}

fn append(body: &mut Vec<u8>, part: &[u8], max: usize) -> Result<(), Failure> {
    if part.len() > max - body.len() {
        return Err(Failure::TooLarge);
    }
    reserve(body, part.len())?;
    body.extend_from_slice(part);
    Ok(())
}

/// The size is the server's choice: where there is no memory for it, that is an error, not the end
/// of the host.
fn reserve(body: &mut Vec<u8>, additional: usize) -> Result<(), Failure> {
    body.try_reserve(additional)
        .map_err(|_| Failure::OutOfMemory)
}
