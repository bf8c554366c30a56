//! Name look-ups that keep the call's time limits, and the order in which addresses are tried.
//!
//! The system's resolver cannot be interrupted, so it runs on a thread of its own, which lives for
//! that one look-up. Callers who want the same name meanwhile share it: a resolver that hangs holds
//! one thread, not one for each call. Its answer is kept for a while, the longer the more it cost:
//! what comes too late for its caller serves the next. A name that was known holds nobody up.
//!
//! Of a host's addresses the one that answered last comes first, and one that failed goes last.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(feature = "redis")]
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::oneshot;

#[cfg(feature = "redis")]
use crate::deadline::Deadline;
use crate::system;

/// Name service modules of the system run on it.
const STACK: usize = 256 * 1024;

/// An answer is kept ten times as long as it took, within these limits.
const KEPT: Duration = Duration::from_secs(10);
const MAX_KEPT: Duration = Duration::from_secs(300);
/// Then it is asked for anew, and meanwhile serves those who come, or wait, when the resolver has not
/// answered for longer than this.
const PATIENCE: Duration = Duration::from_secs(1);

type LookUp = dyn Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync;
type Answer = Result<Vec<SocketAddr>, String>;
type Caller = Box<dyn FnOnce(Answer) + Send>;

/// What a client knows of the names of its servers.
#[derive(Clone)]
pub(crate) struct Resolver(Arc<Shared>);

struct Shared {
    look_up: Box<LookUp>,
    names: Mutex<Names>,
    /// One of several addresses is being connected to, and which one it will be is not known yet.
    is_choosing: AtomicBool,
}

#[derive(Default)]
struct Names {
    under_way: HashMap<String, UnderWay>,
    known: HashMap<String, Known>,
}

struct UnderWay {
    since: Instant,
    callers: Vec<Caller>,
}

struct Known {
    /// In the order in which they are to be tried, without ports.
    addresses: Vec<SocketAddr>,
    /// When an attempt last changed that.
    ordered: Option<Instant>,
    until: Instant,
}

impl Default for Resolver {
    fn default() -> Resolver {
        Resolver::asking(|name| (name, 0).to_socket_addrs().map(Iterator::collect))
    }
}

impl Resolver {
    fn asking(
        look_up: impl Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Resolver(Arc::new(Shared {
            look_up: Box::new(look_up),
            names: Mutex::default(),
            is_choosing: AtomicBool::new(false),
        }))
    }

    /// The addresses of a host, or of an address as text, for who has that much time.
    pub(super) async fn look_up(&self, host: &str, time: Duration) -> io::Result<Vec<SocketAddr>> {
        if let Some(address) = literal(host) {
            return Ok(vec![SocketAddr::new(address, 0)]);
        }
        let (sender, mut receiver) = oneshot::channel();
        let thread = self.join(host, Box::new(move |answer| drop(sender.send(answer))))?;
        let answer = match self.known(host, time) {
            None => receiver.await,
            Some((known, wait)) => match tokio::time::timeout(wait, &mut receiver).await {
                Ok(answer) => answer,
                Err(_) => return Ok(known),
            },
        };
        let answer = answer.unwrap_or_else(|_| Err("the look-up broke off".to_owned()));
        found(host, answer, thread)
    }

    /// The same, waited for until `limit`.
    #[cfg(feature = "redis")]
    pub(crate) fn addresses(
        &self,
        host: &str,
        port: u16,
        limit: Deadline<'_>,
    ) -> io::Result<Vec<SocketAddr>> {
        if let Some(address) = literal(host) {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let (sender, receiver) = mpsc::channel();
        let thread = self.join(host, Box::new(move |answer| drop(sender.send(answer))))?;
        let (known, patience) = match self.known(host, limit.left()) {
            Some((known, wait)) => (Some(known), limit.within(wait)),
            None => (None, limit),
        };
        let answer = loop {
            let wait = patience.next_wait();
            match receiver.recv_timeout(wait) {
                Ok(answer) => break Some(answer),
                Err(RecvTimeoutError::Timeout) if !wait.is_zero() => {}
                Err(_) => break None,
            }
        };
        let mut addresses = match (answer, known) {
            (Some(answer), _) => found(host, answer, thread)?,
            (None, Some(known)) => known,
            (None, None) => {
                let delay = self.delay(host).unwrap_or_default();
                return Err(io::Error::new(io::ErrorKind::TimedOut, delay));
            }
        };
        addresses
            .iter_mut()
            .for_each(|address| address.set_port(port));
        Ok(addresses)
    }

    /// What serves in the place of an answer, and how long that is waited for before: not anew by each
    /// call while the resolver hangs, and for no more than half of the caller's time.
    fn known(&self, host: &str, time: Duration) -> Option<(Vec<SocketAddr>, Duration)> {
        let names = self.names();
        let known = names.known.get(host)?;
        let under_way = names.under_way.get(host);
        let waited = under_way.map_or(Duration::ZERO, |under_way| under_way.since.elapsed());
        let wait = PATIENCE.saturating_sub(waited).min(time / 2);
        Some((known.addresses.clone(), wait))
    }

    /// Answers by what is known of the name, or with the look-up that is under way, or starts one:
    /// then its thread is given.
    fn join(&self, name: &str, caller: Caller) -> io::Result<Option<JoinHandle<()>>> {
        let mut names = self.names();
        let now = Instant::now();
        if let Some(known) = names.known.get(name).filter(|known| now < known.until) {
            let addresses = known.addresses.clone();
            drop(names);
            caller(Ok(addresses));
            return Ok(None);
        }
        if let Some(under_way) = names.under_way.get_mut(name) {
            under_way.callers.push(caller);
            return Ok(None);
        }
        let (owned, resolver) = (name.to_owned(), self.clone());
        let thread = system::with_signals_blocked(|| {
            thread::Builder::new()
                .name("panda-dns".to_owned())
                .stack_size(STACK)
                .spawn(move || {
                    // The system's resolver opens sockets too.
                    let answer = system::keep_standard_descriptors()
                        .and_then(|()| (resolver.0.look_up)(&owned));
                    resolver.end(&owned, answer.map_err(|error| error.to_string()));
                })
        })?;
        let under_way = UnderWay {
            since: now,
            callers: vec![caller],
        };
        names.under_way.insert(name.to_owned(), under_way);
        Ok(Some(thread))
    }

    /// Gives the answer of a look-up to all who wait for it.
    fn end(&self, name: &str, answer: Answer) {
        let mut names = self.names();
        let Some(UnderWay { since, callers }) = names.under_way.remove(name) else {
            return;
        };
        let answer = answer.map(|addresses| {
            let (now, took) = (Instant::now(), since.elapsed());
            let known = (names.known.entry(name.to_owned())).or_insert_with(|| Known {
                addresses: Vec::new(),
                ordered: None,
                until: now,
            });
            // As they were ordered before; what is new comes after that.
            known
                .addresses
                .retain(|address| addresses.contains(address));
            for address in addresses {
                if !known.addresses.contains(&address) {
                    known.addresses.push(address);
                }
            }
            known.until = now + (took * 10).clamp(KEPT, MAX_KEPT);
            known.addresses.clone()
        });
        drop(names);
        for caller in callers {
            caller(answer.clone());
        }
    }

    /// Whether an answer tells which of several addresses is the one to begin with.
    pub(super) fn is_choosing(&self) -> bool {
        self.0.is_choosing.load(Ordering::Relaxed)
    }

    /// A server answered there: connections begin with that address from now on.
    pub(crate) fn note_answer(&self, address: IpAddr) {
        self.0.is_choosing.store(false, Ordering::Relaxed);
        for known in self.names().known.values_mut() {
            let place = (known.addresses.iter()).position(|other| other.ip() == address);
            if let Some(place) = place.filter(|place| *place > 0) {
                known.addresses[..=place].rotate_right(1);
                known.ordered = Some(Instant::now());
            }
        }
    }

    /// An attempt that began then did not get through: the address that it began with comes last,
    /// unless that is another one by now.
    pub(super) fn note_failure(&self, host: &str, began: Instant) {
        let mut names = self.names();
        if let Some(known) = names.known.get_mut(host) {
            let now = Instant::now();
            // The name may have moved.
            known.until = known.until.min(now + KEPT);
            if known.ordered.is_none_or(|ordered| ordered <= began) && known.addresses.len() > 1 {
                known.addresses.rotate_left(1);
                known.ordered = Some(now);
            }
        }
    }

    /// Why an attempt has failed whose time went by while the host's name was looked up.
    pub(super) fn delay(&self, host: &str) -> Option<String> {
        let names = self.names();
        let under_way = names.under_way.get(host)?;
        if names.known.contains_key(host) {
            return None; // It did not wait for that.
        }
        Some(format!(
            "the name look-up of {host} took more than {:.1} s: the resolver is slow, or does not \
             answer one of its questions (often that for IPv6 addresses, AAAA); check the name \
             servers of this machine, try `options no-aaaa` or `options single-request` in its \
             resolv.conf, or name an IP address instead of the host",
            under_way.since.elapsed().as_secs_f32()
        ))
    }

    fn names(&self) -> MutexGuard<'_, Names> {
        self.0.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A resolver for who makes connections, within that time.
pub(super) struct ForConnecting(pub(super) Resolver, pub(super) Duration);

impl Resolve for ForConnecting {
    fn resolve(&self, name: Name) -> Resolving {
        let (resolver, time) = (self.0.clone(), self.1);
        Box::pin(async move {
            let addresses = resolver.look_up(name.as_str(), time).await?;
            if addresses.len() > 1 {
                resolver.0.is_choosing.store(true, Ordering::Relaxed);
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The address that a host is, in brackets or not.
fn literal(host: &str) -> Option<IpAddr> {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    bare.unwrap_or(host).parse().ok()
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
        io::Error::other(format!(
            "the host name `{name}` was not found: {problem}; check the name, and the name servers \
             of this machine"
        ))
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::sync::atomic::AtomicU32;
    use std::sync::mpsc::{self, Sender, channel};

    use super::*;
    use crate::config::Config;
    use crate::deadline::Call;
    use crate::endpoint::Endpoint;
    use crate::error::{Error, Kind};
    use crate::transport::{Request, Transport};

    const FIRST: [u8; 4] = [127, 0, 0, 21];
    const SECOND: [u8; 4] = [127, 0, 0, 22];

    /// A resolver that knows the two addresses, in that order, under every name.
    fn two_addresses() -> Resolver {
        Resolver::asking(|_| Ok(vec![(FIRST, 0).into(), (SECOND, 0).into()]))
    }

    fn order(resolver: &Resolver) -> Vec<IpAddr> {
        let names = resolver.names();
        let known = names.known.values().next().unwrap();
        known.addresses.iter().map(SocketAddr::ip).collect()
    }

    /// Answers every request at that address, until the sender is dropped, each on a connection of
    /// its own. The port.
    fn serve(address: [u8; 4], port: u16) -> (u16, Sender<()>) {
        let listener = TcpListener::bind((IpAddr::from(address), port)).unwrap();
        let local = listener.local_addr().unwrap();
        let (end, ended) = channel::<()>();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.try_recv() == Err(mpsc::TryRecvError::Disconnected) {
                    return;
                }
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
                );
            }
        });
        (local.port(), end)
    }

    /// An address that answers nothing: the system takes no further connection there. Nothing where
    /// there is no end to what it takes.
    fn black_hole(address: [u8; 4], port: u16) -> Option<(TcpListener, Vec<TcpStream>)> {
        let listener = TcpListener::bind((IpAddr::from(address), port)).unwrap();
        let local = listener.local_addr().unwrap();
        let patience = Duration::from_millis(100);
        let taken: Vec<_> = (0..5000)
            .map_while(|_| TcpStream::connect_timeout(&local, patience).ok())
            .collect();
        (taken.len() < 5000).then_some((listener, taken))
    }

    fn transport(resolver: &Resolver, settings: &str) -> Transport {
        let config = format!(r#"{{"baseUrl":"http://platform.test"{settings}}}"#);
        let config = Config::from_json(&config).unwrap();
        let mut transport = Transport::new(&config, Arc::default()).unwrap();
        transport.settings.resolver = resolver.clone();
        transport
    }

    fn ask(transport: &Transport, port: u16) -> Result<(), Error> {
        let url = format!("http://platform.test:{port}/").parse().unwrap();
        let call = Call::new(Duration::from_secs(60), Arc::default());
        let mut request = Request::get(Endpoint::GetUsers, url);
        transport.send(&mut request, call.deadline(), |_| Ok(()))
    }

    #[test]
    fn a_dead_first_address_is_left_within_the_connect_time_and_the_other_remembered() {
        let (port, _server) = serve(SECOND, 0);
        let Some(_hole) = black_hole(FIRST, port) else {
            return;
        };
        let resolver = two_addresses();
        let transport = transport(&resolver, r#","retries":0,"connectTimeoutMs":2000"#);
        ask(&transport, port).unwrap();
        assert_eq!(order(&resolver), [IpAddr::from(SECOND), FIRST.into()]);
        ask(&transport, port).unwrap();
    }

    #[test]
    fn an_attempt_that_is_too_short_for_both_addresses_is_followed_by_one_at_the_other() {
        let (port, _server) = serve(SECOND, 0);
        let Some(_hole) = black_hole(FIRST, port) else {
            return;
        };
        let resolver = two_addresses();
        let settings = r#","retries":1,"connectTimeoutMs":60000,"timeoutMs":500"#;
        ask(&transport(&resolver, settings), port).unwrap();
        assert_eq!(order(&resolver), [IpAddr::from(SECOND), FIRST.into()]);
    }

    #[test]
    fn where_the_remembered_address_dies_the_other_is_tried_within_a_call() {
        let (port, first) = serve(FIRST, 0);
        let resolver = two_addresses();
        let transport = transport(&resolver, r#","retries":0"#);
        ask(&transport, port).unwrap();
        assert_eq!(order(&resolver), [IpAddr::from(FIRST), SECOND.into()]);
        drop(first);
        let _ = TcpStream::connect((IpAddr::from(FIRST), port));
        let (_, _second) = serve(SECOND, port);
        ask(&transport, port).unwrap();
        assert_eq!(order(&resolver), [IpAddr::from(SECOND), FIRST.into()]);
    }

    #[test]
    fn a_new_look_up_keeps_the_order() {
        let asked = AtomicU32::new(0);
        let resolver = Resolver::asking(move |_| {
            let first = asked.fetch_add(1, Ordering::Relaxed) == 0;
            let new = if first { FIRST } else { [127, 0, 0, 9] };
            Ok(vec![(new, 0).into(), (FIRST, 0).into(), (SECOND, 0).into()])
        });
        let (port, _server) = serve(SECOND, 0);
        let transport = transport(&resolver, r#","retries":0"#);
        ask(&transport, port).unwrap();
        for known in resolver.names().known.values_mut() {
            known.until = Instant::now();
        }
        ask(&transport, port).unwrap();
        let order = order(&resolver);
        assert_eq!(order.first(), Some(&SECOND.into()), "{order:?}");
        assert_eq!(order.last(), Some(&[127, 0, 0, 9].into()), "{order:?}");
    }

    #[test]
    fn callers_that_fail_together_change_the_order_once() {
        let resolver = two_addresses();
        let began = Instant::now();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let look_up = resolver.look_up("platform.test", PATIENCE);
        runtime.block_on(look_up).unwrap();
        for _ in 0..4 {
            resolver.note_failure("platform.test", began);
            assert_eq!(order(&resolver), [IpAddr::from(SECOND), FIRST.into()]);
        }
        resolver.note_failure("platform.test", Instant::now());
        assert_eq!(order(&resolver), [IpAddr::from(FIRST), SECOND.into()]);
    }

    /// A resolver that answers when the sender sends or is dropped, and counts how often it is asked.
    fn slow() -> (Resolver, Sender<()>, Arc<AtomicU32>) {
        let asked = Arc::new(AtomicU32::new(0));
        let (answer, answers) = channel::<()>();
        let (counter, answers) = (asked.clone(), Mutex::new(answers));
        let resolver = Resolver::asking(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            let _ = answers.lock().unwrap().recv();
            Ok(vec![(FIRST, 0).into()])
        });
        (resolver, answer, asked)
    }

    #[test]
    fn a_slow_resolver_is_named_and_its_late_answer_serves_the_next_call() {
        let (port, _server) = serve(FIRST, 0);
        let (resolver, answer, asked) = slow();
        let transport = transport(&resolver, r#","retries":1,"timeoutMs":200"#);
        for _ in 0..2 {
            let error = ask(&transport, port).unwrap_err();
            assert_eq!((error.kind(), error.is_retryable()), (Kind::Timeout, true));
            let message = error.message();
            assert!(message.starts_with("the name look-up of platform.test took more than"));
            assert!(!message.contains("firewall"), "{message}");
        }
        drop(answer);
        while !resolver.names().under_way.is_empty() {
            thread::sleep(Duration::from_millis(1));
        }
        ask(&transport, port).unwrap();
        ask(&transport, port).unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn where_a_name_was_known_a_slow_resolver_holds_nobody_up() {
        let (port, _server) = serve(FIRST, 0);
        let (resolver, answer, asked) = slow();
        let transport = transport(&resolver, r#","retries":0,"timeoutMs":20000"#);
        answer.send(()).unwrap();
        ask(&transport, port).unwrap();
        for known in resolver.names().known.values_mut() {
            known.until = Instant::now();
        }
        ask(&transport, port).unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        assert!(!resolver.names().under_way.is_empty());
        // What fails now does not fail for the look-up.
        let Some((hole, _full)) = black_hole(SECOND, 0) else {
            return;
        };
        let at = hole.local_addr().unwrap();
        for known in resolver.names().known.values_mut() {
            known.addresses = vec![at];
        }
        let error = ask(&transport, at.port()).unwrap_err();
        assert!(error.message().contains("connectTimeoutMs"), "{error}");
    }

    #[test]
    fn a_known_names_slow_resolver_takes_nothing_of_a_short_time_for_connecting() {
        let (port, _server) = serve(FIRST, 0);
        let (resolver, answer, asked) = slow();
        let settings = r#","retries":0,"timeoutMs":20000,"connectTimeoutMs":500"#;
        let transport = transport(&resolver, settings);
        answer.send(()).unwrap();
        ask(&transport, port).unwrap();
        for known in resolver.names().known.values_mut() {
            known.until = Instant::now();
        }
        for _ in 0..3 {
            ask(&transport, port).unwrap();
        }
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        assert!(!resolver.names().under_way.is_empty());
    }

    #[cfg(feature = "redis")]
    #[test]
    fn where_a_stores_name_was_known_a_slow_resolver_holds_nobody_up() {
        let (resolver, answer, _) = slow();
        let call = Call::new(Duration::from_secs(60), Arc::default());
        let addresses = |time| {
            let limit = call.deadline().within(time);
            let addresses = resolver.addresses("redis.test", 6379, limit);
            assert_eq!(addresses.unwrap(), [(FIRST, 6379).into()]);
        };
        answer.send(()).unwrap();
        addresses(Duration::from_secs(60));
        for known in resolver.names().known.values_mut() {
            known.until = Instant::now();
        }
        for time in [PATIENCE, Duration::from_secs(60)] {
            addresses(time);
        }
        assert!(!resolver.names().under_way.is_empty());
    }

    #[test]
    fn a_slow_look_up_takes_nothing_of_the_time_for_connecting() {
        let (port, _server) = serve(FIRST, 0);
        let (resolver, answer, _) = slow();
        let transport = transport(&resolver, r#","retries":0,"connectTimeoutMs":100"#);
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(400));
                drop(answer);
            });
            ask(&transport, port).unwrap();
        });
    }

    #[test]
    fn a_name_that_is_not_found_is_asked_for_once_in_an_attempt() {
        let asked = Arc::new(AtomicU32::new(0));
        let counter = asked.clone();
        let resolver = Resolver::asking(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Err(io::Error::other("nobody has that name"))
        });
        let error = ask(&transport(&resolver, r#","retries":0"#), 80).unwrap_err();
        assert_eq!(error.kind(), Kind::Connect);
        let told = "the host name `platform.test` was not found: nobody has that name";
        assert!(error.message().contains(told), "{error}");
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[cfg(feature = "redis")]
    #[test]
    fn a_store_gets_its_addresses_in_the_same_order_and_a_slow_resolver_named() {
        let call = Call::new(Duration::from_millis(100), Arc::default());
        let resolver = two_addresses();
        for first in [FIRST, SECOND] {
            resolver.note_answer(first.into());
            let addresses = resolver.addresses("redis.test", 6379, call.deadline());
            assert_eq!(addresses.unwrap()[0], (first, 6379).into());
        }
        let (resolver, _answer, _) = slow();
        let error = resolver.addresses("redis.test", 6379, call.deadline());
        let error = error.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(
            error.to_string().contains("look-up of redis.test"),
            "{error}"
        );
    }

    #[test]
    fn addresses_are_not_looked_up() {
        for host in ["127.0.0.1", "::1", "[::1]"] {
            assert!(literal(host).is_some(), "{host}");
        }
        assert_eq!(literal("1.example"), None);
    }
}
