//! One engine: a single-threaded runtime with an HTTP client, driven by whoever holds it.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use futures_util::future::join_all;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use reqwest::{Client, Request, Response};
use rustls::ClientConfig;
use tokio::runtime::{Builder, Runtime};
use tower_layer::layer_fn;
use tower_service::Service;

use super::dns::Resolver;
use super::failure::Failure;
use super::os;

/// What every engine of a client is made with.
pub(super) struct Settings {
    pub(super) connect_timeout: Duration,
    pub(super) headers: HeaderMap,
    pub(super) proxy: Option<reqwest::Proxy>,
    pub(super) tls: ClientConfig,
    pub(super) resolver: Resolver,
    pub(super) max_response_bytes: usize,
}

/// An HTTP answer with its whole body.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// A header's text, if it is there and readable.
    pub(crate) fn header(&self, name: reqwest::header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
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
    /// Connections made so far.
    connections: Arc<AtomicU64>,
    max_response_bytes: usize,
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
        let connections = Arc::new(AtomicU64::new(0));
        let counted = connections.clone();
        let mut builder = Client::builder()
            .tls_backend_preconfigured(settings.tls.clone())
            .default_headers(settings.headers.clone())
            .dns_resolver(settings.resolver.clone())
            .connect_timeout(settings.connect_timeout)
            .connector_layer(layer_fn(move |connector| Counted {
                connector,
                count: counted.clone(),
            }))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never().max_retries_per_request(0))
            .http1_only()
            .referer(false)
            .no_proxy();
        if let Some(proxy) = &settings.proxy {
            builder = builder.proxy(proxy.clone());
        }
        Ok(Engine {
            runtime,
            client: builder.build().map_err(Failure::Head)?,
            connections,
            max_response_bytes: settings.max_response_bytes,
            last_used: Instant::now(),
        })
    }

    /// Makes all the requests at once, and ends when the last of them has ended.
    pub(super) fn run(&mut self, requests: Vec<Request>, timeout: Duration) -> Vec<Outcome> {
        let (client, max) = (&self.client, self.max_response_bytes);
        let before = self.connections.load(Ordering::Relaxed);
        let attempts = requests
            .into_iter()
            .map(|request| attempt(client, request, timeout, max));
        let results = os::without_sigpipe(|| self.runtime.block_on(join_all(attempts)));
        self.last_used = Instant::now();
        let opened = self.connections.load(Ordering::Relaxed) - before;
        let reused = before > 0 && opened < results.len() as u64;
        results
            .into_iter()
            .map(|result| Outcome { result, reused })
            .collect()
    }
}

async fn attempt(
    client: &Client,
    request: Request,
    timeout: Duration,
    max: usize,
) -> Result<Reply, Failure> {
    let exchange = async {
        // Nothing polled the kept connections since the last call. Yielding once has the runtime
        // look at them, and those that the server has closed are not used.
        tokio::task::yield_now().await;
        let response = client.execute(request).await.map_err(Failure::Head)?;
        read(response, max).await
    };
    tokio::time::timeout(timeout, exchange)
        .await
        .unwrap_or(Err(Failure::Timeout))
}

async fn read(mut response: Response, max: usize) -> Result<Reply, Failure> {
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    // The body of another status is for people; the status says it all.
    if status.is_success() {
        let announced = response.content_length().unwrap_or(0);
        if announced > max as u64 {
            return Err(Failure::TooLarge);
        }
        reserve(&mut body, announced as usize)?;
        while let Some(chunk) = response.chunk().await.map_err(Failure::Body)? {
            append(&mut body, &chunk, max)?;
        }
        if headers
            .get(CONTENT_ENCODING)
            .is_some_and(|encoding| encoding == "gzip")
        {
            body = decompress(&body, max)?;
        }
    }
    Ok(Reply {
        status: status.as_u16(),
        headers,
        body,
    })
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

/// A connector that counts the connections it makes.
#[derive(Clone)]
struct Counted<S> {
    connector: S,
    count: Arc<AtomicU64>,
}

impl<S: Service<R>, R> Service<R> for Counted<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.connector.call(request)
    }
}
