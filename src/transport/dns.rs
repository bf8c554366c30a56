//! Name look-ups that keep the call's time limits.
//!
//! The system's resolver cannot be interrupted, so it runs on a thread of its own, which lives for
//! that one look-up. Callers who want the same name meanwhile share it: a resolver that hangs holds
//! one thread, not one for each call.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::oneshot;

use crate::system;

/// Name service modules of the system run on it.
const STACK: usize = 256 * 1024;

type Answer = Result<Vec<SocketAddr>, String>;
type Waiting = Mutex<HashMap<String, Vec<oneshot::Sender<Answer>>>>;

/// The look-ups under way.
#[derive(Clone, Default)]
pub(super) struct Resolver(Arc<Waiting>);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let waiting = self.0.clone();
        Box::pin(async move {
            let (answer, thread) = join(waiting, name.as_str())?;
            let answer = answer
                .await
                .unwrap_or_else(|_| Err("the look-up broke off".to_owned()));
            if let Some(thread) = thread {
                // It has answered and is about to end: no call leaves a thread behind.
                let _ = thread.join();
            }
            match answer {
                Ok(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
                Err(problem) => Err(format!(
                    "the host name `{}` was not found: {problem}",
                    name.as_str()
                )
                .into()),
            }
        })
    }
}

/// Joins the look-up of that name, or starts it.
fn join(
    waiting: Arc<Waiting>,
    name: &str,
) -> io::Result<(oneshot::Receiver<Answer>, Option<JoinHandle<()>>)> {
    let (sender, receiver) = oneshot::channel();
    let mut names = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(senders) = names.get_mut(name) {
        senders.push(sender);
        return Ok((receiver, None));
    }
    let (owned, shared) = (name.to_owned(), waiting.clone());
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
                for sender in names.remove(&owned).unwrap_or_default() {
                    let _ = sender.send(Answer::clone(&answer));
                }
            })
    })?;
    names.insert(name.to_owned(), vec![sender]);
    Ok((receiver, Some(thread)))
}
