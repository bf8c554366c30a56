//! One engine: a single-threaded runtime with an HTTP client, driven by whoever holds it.

use std::io::Read;
use std::sync::Arc;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use futures_util::future::join_all;
use http::header::{CONTENT_ENCODING, HeaderMap, HeaderName};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use tokio::runtime::{Builder, Runtime};

use super::connector::Connector;
use super::dns::Resolver;
use super::failure::Failure;
use crate::config::Proxy;

/// What every engine of a client is made with.
pub(super) struct Settings {
    pub(super) connect_timeout: Duration,
    pub(super) proxy: Option<Proxy>,
    pub(super) tls: Arc<ClientConfig>,
    pub(super) resolver: Resolver,
    pub(super) max_response_bytes: usize,
}

/// An HTTP answer with its whole body.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    /// A header's text, if it is there and readable.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
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
    client: Client<Connector, Full<Bytes>>,
    connector: Connector,
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
        let connector = Connector::new(
            settings.resolver.clone(),
            settings.tls.clone(),
            settings.proxy.clone(),
            settings.connect_timeout,
        );
        Ok(Engine {
            runtime,
            client: Client::builder(TokioExecutor::new()).build(connector.clone()),
            connector,
            max_response_bytes: settings.max_response_bytes,
            last_used: Instant::now(),
        })
    }

    /// Makes all the requests at once, and ends when the last of them has ended.
    pub(super) fn run(
        &mut self,
        requests: Vec<Request<Full<Bytes>>>,
        timeout: Duration,
    ) -> Vec<Outcome> {
        let (client, max) = (&self.client, self.max_response_bytes);
        let before = self.connector.made();
        let attempts = requests
            .into_iter()
            .map(|request| attempt(client, request, timeout, max));
        let results = self.runtime.block_on(join_all(attempts));
        self.last_used = Instant::now();
        let opened = self.connector.made() - before;
        let reused = before > 0 && opened < results.len() as u64;
        results
            .into_iter()
            .map(|result| Outcome { result, reused })
            .collect()
    }
}

async fn attempt(
    client: &Client<Connector, Full<Bytes>>,
    request: Request<Full<Bytes>>,
    timeout: Duration,
    max: usize,
) -> Result<Reply, Failure> {
    let exchange = async {
        // Nothing polled the kept connections since the last call. Yielding once has the runtime
        // look at them, and those that the server has closed are not used.
        tokio::task::yield_now().await;
        let response = client.request(request).await.map_err(Failure::Head)?;
        read(response, max).await
    };
    tokio::time::timeout(timeout, exchange)
        .await
        .unwrap_or(Err(Failure::Timeout))
}

async fn read(response: Response<Incoming>, max: usize) -> Result<Reply, Failure> {
    let (head, incoming) = response.into_parts();
    // The body of another status is for people; the status says it all.
    let body = match head.status.is_success() {
        true => {
            let body = receive(incoming, max).await?;
            let encoding = head.headers.get(CONTENT_ENCODING);
            match encoding.is_some_and(|encoding| encoding == "gzip") {
                true => decompress(&body, max)?.into(),
                false => body,
            }
        }
        false => Bytes::new(),
    };
    Ok(Reply {
        status: head.status.as_u16(),
        headers: head.headers,
        body,
    })
}

/// The whole body: the one part that it came in, as it is, or all parts put together.
async fn receive(mut incoming: Incoming, max: usize) -> Result<Bytes, Failure> {
    let announced = incoming.size_hint().exact().unwrap_or(0);
    if announced > max as u64 {
        return Err(Failure::TooLarge);
    }
    let mut first = Bytes::new();
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        // A frame without data holds trailers.
        let Ok(part) = frame.map_err(Failure::Body)?.into_data() else {
            continue;
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
