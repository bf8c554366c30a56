//! Name look-ups that keep the call's time limits.
//!
//! The system's resolver cannot be interrupted, so it runs on a thread of its own, which lives for
//! that one look-up. Callers who want the same name meanwhile share it: a resolver that hangs holds
//! one thread, not one for each call.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
#[cfg(feature = "redis")]
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::oneshot;

#[cfg(feature = "redis")]
use crate::deadline::Deadline;
use crate::system;

/// Name service modules of the system run on it.
const STACK: usize = 256 * 1024;

type Answer = Result<Vec<SocketAddr>, String>;
type Waiting = Mutex<HashMap<String, Vec<Box<dyn FnOnce(Answer) + Send>>>>;

/// The look-ups under way.
#[derive(Clone, Default)]
pub(crate) struct Resolver(Arc<Waiting>);

impl Resolver {
    /// The addresses of a host, waited for until `limit`.
    #[cfg(feature = "redis")]
    pub(crate) fn addresses(
        &self,
        host: &str,
        port: u16,
        limit: Deadline<'_>,
    ) -> io::Result<Vec<SocketAddr>> {
        if let Ok(address) = host.parse() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let (sender, receiver) = mpsc::channel();
        let thread = self.join(host, move |answer| drop(sender.send(answer)))?;
        let answer = loop {
            let wait = limit.next_wait();
            match receiver.recv_timeout(wait) {
                Ok(answer) => break answer,
                Err(RecvTimeoutError::Timeout) if !wait.is_zero() => {}
                Err(_) => return Err(io::ErrorKind::TimedOut.into()),
            }
        };
        let addresses = found(host, answer, thread)?;
        let ported = addresses.into_iter().map(|mut address| {
            address.set_port(port);
            address
        });
        Ok(ported.collect())
    }

    /// Joins the look-up of that name, or starts it: then its thread is given.
    fn join(
        &self,
        name: &str,
        waiting: impl FnOnce(Answer) + Send + 'static,
    ) -> io::Result<Option<JoinHandle<()>>> {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(others) = names.get_mut(name) {
            others.push(Box::new(waiting));
            return Ok(None);
        }
        let (owned, shared) = (name.to_owned(), self.0.clone());
        let thread = system::with_signals_blocked(|| {
            thread::Builder::new()
                .name("panda-dns".to_owned())
                .stack_size(STACK)
                .spawn(move || {
                    let answer = (owned.as_str(), 0)
                        .to_socket_addrs()
                        .map(Iterator::collect)
                        .map_err(|error| error.to_string());
                    let mut names = shared.lock().unwrap_or_else(PoisonError::into_inner);
                    for waiting in names.remove(&owned).unwrap_or_default() {
                        waiting(Answer::clone(&answer));
                    }
                })
        })?;
        names.insert(name.to_owned(), vec![Box::new(waiting)]);
        Ok(Some(thread))
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let (sender, receiver) = oneshot::channel();
            let thread = resolver.join(name.as_str(), move |answer| drop(sender.send(answer)))?;
            let answer = receiver
                .await
                .unwrap_or_else(|_| Err("the look-up broke off".to_owned()));
            let addresses = found(name.as_str(), answer, thread)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The answer, and nothing left behind.
fn found(
    name: &str,
    answer: Answer,
    thread: Option<JoinHandle<()>>,
) -> io::Result<Vec<SocketAddr>> {
    if let Some(thread) = thread {
        // It has answered and is about to end: no call leaves a thread behind.
        let _ = thread.join();
    }
    answer.map_err(|problem| {
        io::Error::other(format!("the host name `{name}` was not found: {problem}"))
    })
}
