//! One connection: its socket, and the ways in which the socket itself can misbehave.

use std::io;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Sleep, sleep};
use tokio_rustls::server::TlsStream;

/// What the socket of a connection and the requests on it tell each other.
pub(crate) struct Connection {
    /// Counted from 1 over all connections.
    pub(crate) number: u64,
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    requests: AtomicU64,
    head_drip: Mutex<Option<Duration>>,
    resets: AtomicBool,
    body_ended: AtomicBool,
    /// Told whenever the last byte of an answer has left.
    pub(crate) answered: Notify,
}

impl Connection {
    pub(crate) fn new(number: u64, scheme: &'static str) -> Self {
        Self {
            number,
            scheme,
            requests: AtomicU64::new(0),
            head_drip: Mutex::new(None),
            resets: AtomicBool::new(false),
            body_ended: AtomicBool::new(false),
            answered: Notify::new(),
        }
    }

    /// Notes that a request begins, and says how many came before it.
    pub(crate) fn begin_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    /// Notes that hyper has taken the last part of an answer's body; its last byte may still wait to be written.
    pub(crate) fn end_body(&self) {
        self.body_ended.store(true, Ordering::SeqCst);
    }

    /// Lets the next answer's head out byte by byte.
    pub(crate) fn drip_head(&self, interval: Duration) {
        self.set_head_drip(Some(interval));
    }

    /// Lets the connection end with a reset.
    pub(crate) fn reset_at_end(&self) {
        self.resets.store(true, Ordering::SeqCst);
    }

    fn head_drip(&self) -> Option<Duration> {
        *self
            .head_drip
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn set_head_drip(&self, interval: Option<Duration>) {
        *self
            .head_drip
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner()) = interval;
    }
}

/// The bytes below HTTP.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.get_ref().0,
        }
    }
}

/// Has the connection end with a reset instead of an orderly close.
pub(crate) fn reset_on_close(tcp: &TcpStream) {
    // Where this fails the peer sees an orderly close: still a dropped connection.
    let _ = tcp.set_zero_linger();
}

/// A socket as hyper sees it.
pub(crate) struct Socket {
    stream: Stream,
    connection: Arc<Connection>,
    /// The time until the next byte of a dripping head.
    pause: Option<Pin<Box<Sleep>>>,
    /// The last bytes of a dripping head.
    dripped: [u8; 4],
}

impl Socket {
    pub(crate) fn new(stream: Stream, connection: Arc<Connection>) -> Self {
        Self {
            stream,
            connection,
            pause: None,
            dripped: [0; 4],
        }
    }

    fn stream(&mut self) -> Pin<&mut dyn AsyncReadWrite> {
        match &mut self.stream {
            Stream::Plain(tcp) => Pin::new(tcp),
            Stream::Tls(tls) => Pin::new(tls.as_mut()),
        }
    }

    fn poll_drip(
        &mut self,
        interval: Duration,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
        }
        let [first, ..] = bytes else {
            return Poll::Ready(Ok(0));
        };
        let written = ready!(self.stream().poll_write(context, &[*first]))?;
        self.dripped.rotate_left(1);
        self.dripped[3] = *first;
        if &self.dripped == b"\r\n\r\n" {
            self.connection.set_head_drip(None);
            self.pause = None;
        } else {
            self.pause = Some(Box::pin(sleep(interval)));
        }
        Poll::Ready(Ok(written))
    }
}

trait AsyncReadWrite: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> AsyncReadWrite for T {}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream().poll_read(context, into)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.connection.head_drip() {
            Some(interval) => self.poll_drip(interval, context, bytes),
            None => self.stream().poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.stream().poll_flush(context))?;
        // hyper flushes the socket only when it has nothing left to write to it.
        if self.connection.body_ended.swap(false, Ordering::SeqCst) {
            self.connection.answered.notify_one();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(context)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.connection.resets.load(Ordering::SeqCst) {
            reset_on_close(self.stream.tcp());
        }
    }
}
