//! The ports: connections are accepted and served, and end as the settings and faults want it.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

use crate::behaviour::TlsHandshake;
use crate::connection::{Connection, Socket, Stream, reset_on_close};
use crate::control;
use crate::exchange::{BreakOff, exchange};
use crate::simulation::Simulation;

/// The path below which the control endpoints lie.
pub(crate) const CONTROL_PATH: &str = "/_simulator";

/// What serves the connections of every port.
#[derive(Clone)]
pub(crate) struct Server {
    simulation: Arc<Simulation>,
    router: TowerToHyperService<Router>,
    connections: Arc<AtomicU64>,
}

impl Server {
    pub(crate) fn new(simulation: Arc<Simulation>) -> Self {
        let router = Router::new()
            .nest(CONTROL_PATH, control::router())
            .fallback(exchange)
            .with_state(Arc::clone(&simulation));
        Self {
            simulation,
            router: TowerToHyperService::new(router),
            connections: Arc::new(AtomicU64::new(0)),
        }
    }

    /// Accepts connections for ever.
    pub(crate) async fn listen(self, listener: TcpListener, tls: Option<TlsAcceptor>) {
        loop {
            match listener.accept().await {
                Ok((tcp, _)) => {
                    tokio::spawn(self.clone().connect(tcp, tls.clone()));
                }
                // Out of file descriptors, most likely: others may be given back soon.
                Err(_) => sleep(Duration::from_millis(10)).await,
            }
        }
    }

    async fn connect(self, tcp: TcpStream, tls: Option<TlsAcceptor>) {
        self.simulation.state().counters.connections += 1;
        let number = self.connections.fetch_add(1, Ordering::SeqCst) + 1;
        // Dripped bytes are to leave one by one.
        let _ = tcp.set_nodelay(true);
        match tls {
            None => {
                self.serve(Stream::Plain(tcp), Connection::new(number, "http"))
                    .await
            }
            Some(acceptor) => {
                let handshake = self.simulation.state().behaviour().tls_handshake;
                match handshake {
                    TlsHandshake::Normal => {}
                    TlsHandshake::Stall => sleep(Duration::MAX).await,
                    TlsHandshake::Drop => return,
                    TlsHandshake::Reset => return reset_on_close(&tcp),
                }
                // A client that does not trust the certificate has gone; that is its own affair.
                if let Ok(stream) = acceptor.accept(tcp).await {
                    self.serve(
                        Stream::Tls(Box::new(stream)),
                        Connection::new(number, "https"),
                    )
                    .await;
                }
            }
        }
    }

    async fn serve(self, stream: Stream, connection: Connection) {
        let connection = Arc::new(connection);
        let socket = Socket::new(stream, Arc::clone(&connection));
        let service = service_fn(|request| self.answer(request, Arc::clone(&connection)));
        let mut served = pin!(
            http1::Builder::new()
                .auto_date_header(false)
                .serve_connection(TokioIo::new(socket), service)
        );
        loop {
            tokio::select! {
                // In this order the end of an answer is noticed before anything else is read.
                biased;
                // However a connection ended, it has ended.
                _ = served.as_mut() => return,
                () = connection.answered.notified() => {}
            }
            let idle_close_ms = self.simulation.state().behaviour().idle_close_ms;
            let Some(limit) = idle_close_ms.map(Duration::from_millis) else {
                continue;
            };
            let requests = connection.requests();
            if !limit.is_zero() {
                tokio::select! {
                    _ = served.as_mut() => return,
                    () = sleep(limit) => {}
                }
            }
            if connection.requests() == requests {
                served.as_mut().graceful_shutdown();
            }
        }
    }

    async fn answer(
        &self,
        mut request: Request<Incoming>,
        connection: Arc<Connection>,
    ) -> io::Result<Response<Body>> {
        request.extensions_mut().insert(connection);
        let response = match self.router.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        if response.extensions().get::<BreakOff>().is_some() {
            return Err(io::Error::other("broken off by a fault"));
        }
        Ok(response)
    }
}
