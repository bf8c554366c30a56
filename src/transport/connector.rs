//! From an address to a connection: TCP, through a proxy where one is configured, and TLS.

use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use super::dns::Resolver;
use crate::config::Proxy;

type BoxError = Box<dyn StdError + Send + Sync>;
type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Makes the connections of one engine, each within the time limit, and counts them.
#[derive(Clone)]
pub(super) struct Connector {
    https: HttpsConnector<Route>,
    timeout: Duration,
    made: Arc<AtomicU64>,
}

impl Connector {
    pub(super) fn new(
        resolver: Resolver,
        tls: Arc<ClientConfig>,
        proxy: Option<Proxy>,
        timeout: Duration,
    ) -> Connector {
        let mut tcp = HttpConnector::new_with_resolver(resolver);
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let to_proxy = || HttpsConnector::from((tcp.clone(), tls.clone()));
        let route = Route {
            proxy: proxy.map(|proxy| (proxy, to_proxy())),
            tcp,
        };
        Connector {
            https: HttpsConnector::from((route, tls)),
            timeout,
            made: Arc::default(),
        }
    }

    /// Connections made, or tried, so far.
    pub(super) fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<Routed>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        self.made.fetch_add(1, Ordering::Relaxed);
        let (connecting, timeout) = (self.https.call(target), self.timeout);
        Box::pin(async move {
            tokio::time::timeout(timeout, connecting)
                .await
                .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
        })
    }
}

/// The way to a server, up to where its own TLS begins: straight, or by a proxy.
#[derive(Clone)]
struct Route {
    tcp: HttpConnector<Resolver>,
    proxy: Option<(Proxy, HttpsConnector<HttpConnector<Resolver>>)>,
}

impl Service<Uri> for Route {
    type Response = Routed;
    type Error = BoxError;
    type Future = Connecting<Routed>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let Some((proxy, to_proxy)) = &mut self.proxy else {
            let connecting = self.tcp.call(target);
            return Box::pin(async move { Ok(Routed::direct(connecting.await?)) });
        };
        if target.scheme() == Some(&Scheme::HTTPS) {
            let mut tunnel = Tunnel::new(proxy.uri.clone(), to_proxy.clone());
            if let Some(authorization) = &proxy.authorization {
                tunnel = tunnel.with_auth(authorization.clone());
            }
            let connecting = tunnel.call(target);
            return Box::pin(async move { Ok(Routed::to(connecting.await?, false)) });
        }
        let connecting = to_proxy.call(proxy.uri.clone());
        Box::pin(async move { Ok(Routed::to(connecting.await?, true)) })
    }
}

/// A connection, and whether a proxy at its end reads the requests.
pub(super) struct Routed {
    stream: MaybeHttpsStream<TokioIo<TcpStream>>,
    read_by_proxy: bool,
}

impl Routed {
    fn direct(stream: TokioIo<TcpStream>) -> Routed {
        Routed::to(MaybeHttpsStream::Http(stream), false)
    }

    fn to(stream: MaybeHttpsStream<TokioIo<TcpStream>>, read_by_proxy: bool) -> Routed {
        Routed {
            stream,
            read_by_proxy,
        }
    }
}

impl Connection for Routed {
    fn connected(&self) -> Connected {
        self.stream.connected().proxy(self.read_by_proxy)
    }
}

impl Read for Routed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

/// Without `poll_write_vectored`: a single part goes out by `send`, which the standard library keeps
/// from raising SIGPIPE in the host; several go by `writev`, which it cannot.
impl Write for Routed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
