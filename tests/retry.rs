//! A platform that is away for a while, and connections that are dead without a word.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use panda_simulator::{Endpoint, Fault, FaultRule};
use panda_water::{Client, Config, Error, Kind};
use serde_json::{Value, json};
use support::*;

const USER: &str = r#"{"code":0,"msg":"OK","data":{"id":7,"userName":"陈涛"}}"#;

/// A client without an account, with the default limits; `settings` are laid over them.
fn client_of(address: SocketAddr, settings: Value) -> Client {
    let mut config = json!({"baseUrl": format!("http://{address}")});
    for (key, value) in settings.as_object().unwrap() {
        config[key] = value.clone();
    }
    Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap()
}

/// The outcomes of so many look-ups at once.
fn at_once(client: &Client, callers: usize) -> Vec<Result<u64, Error>> {
    let barrier = Barrier::new(callers);
    thread::scope(|scope| {
        let calls: Vec<_> = (0..callers)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    client.get_user_by_ticket("t").map(|user| user.id)
                })
            })
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    })
}

/// How a server treats a request.
#[derive(Default)]
struct Server {
    /// Connections made until now are answered no more.
    forgets: AtomicU32,
    /// So many connections, the first, are never answered.
    silent: AtomicU32,
    latency_ms: AtomicU64,
    connections: AtomicU32,
    requests: AtomicU32,
}

impl Server {
    /// Answers look-ups with user 7 for as long as the test runs.
    fn start(listener: TcpListener) -> Arc<Server> {
        let server = Arc::new(Server::default());
        let shared = server.clone();
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let number = shared.connections.fetch_add(1, Ordering::SeqCst) + 1;
                let shared = shared.clone();
                thread::spawn(move || shared.serve(number, &socket));
            }
        });
        server
    }

    fn serve(&self, number: u32, mut socket: &TcpStream) {
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{USER}",
            USER.len()
        );
        for line in BufReader::new(socket).lines() {
            if !line.is_ok_and(|line| line.is_empty()) {
                continue;
            }
            self.requests.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(
                self.latency_ms.load(Ordering::SeqCst),
            ));
            let is_answered = number > self.forgets.load(Ordering::SeqCst)
                && number > self.silent.load(Ordering::SeqCst);
            if is_answered && socket.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }
}

fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.31:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

#[test]
fn no_caller_is_lost_while_nobody_listens_for_a_moment() {
    thread::scope(|scope| {
        for away in [1, 3] {
            scope.spawn(move || {
                let (gone, address) = listener();
                drop(gone);
                scope.spawn(move || {
                    thread::sleep(Duration::from_secs(away));
                    Server::start(TcpListener::bind(address).unwrap());
                });
                let outcomes = at_once(&client_of(address, json!({})), 40);
                for outcome in outcomes {
                    assert_eq!(outcome.unwrap(), 7, "away for {away} s");
                }
            });
        }
    });
}

#[test]
fn no_caller_is_lost_while_a_gateway_answers_for_the_platform() {
    thread::scope(|scope| {
        scope.spawn(|| behind_a_gateway(true));
        scope.spawn(|| behind_a_gateway(false));
    });
}

/// Callers who have a token, or need one, while a gateway answers for a moment.
fn behind_a_gateway(have_token: bool) {
    let simulator = simulator();
    let client = client_with(&simulator, json!({"deadlineMs": 30000}));
    let ticket = simulator.issue_ticket(1);
    if have_token {
        client.get_user_by_ticket(&ticket).unwrap();
    }
    simulator.add_fault(FaultRule::everywhere(Fault::Status {
        status: 502,
        retry_after: None,
    }));
    simulator.reset_counters();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_secs(3));
            simulator.clear_faults();
            // As after a restart.
            simulator.revoke_tokens();
        });
        for _ in 0..40 {
            scope.spawn(|| assert_eq!(client.get_user_by_ticket(&ticket).unwrap().id, 1));
        }
    });
    // Each at first, under its dead token and under the new one; and few while it was away.
    let requests = simulator.counters().get_user_by_ticket.requests;
    assert!(requests < 40 * 3 + 30, "{requests}");
}

#[test]
fn a_platform_that_is_away_for_good_sees_no_storm_and_callers_the_true_error() {
    let simulator = simulator();
    let client = client_with(&simulator, json!({"deadlineMs": 8000}));
    client
        .get_user_by_ticket(&simulator.issue_ticket(1))
        .unwrap();
    simulator.reset_counters();
    simulator.add_fault(FaultRule::on(
        Endpoint::GetUserByTicket,
        Fault::Status {
            status: 503,
            retry_after: None,
        },
    ));
    let start = Instant::now();
    for outcome in at_once(&client, 200) {
        let error = outcome.unwrap_err();
        assert_eq!((error.kind(), error.http_status()), (Kind::Http, Some(503)));
    }
    assert!(start.elapsed() < Duration::from_secs(30));
    let requests = simulator.counters().get_user_by_ticket.requests;
    assert!((201..=300).contains(&requests), "{requests}");
}

#[test]
fn a_call_retries_until_its_deadline() {
    let (gone, address) = listener();
    drop(gone);
    let client = client_of(address, json!({"deadlineMs": 3000}));
    let start = Instant::now();
    let error = client.get_user_by_ticket("t").unwrap_err();
    assert_eq!(error.kind(), Kind::Connect, "{error}");
    assert!(error.attempts() > 4, "{error:?}");
    assert!(start.elapsed() > Duration::from_millis(1400));
}

#[test]
fn an_attempt_leaves_half_of_the_time_to_the_next() {
    let (listener, address) = listener();
    let server = Server::start(listener);
    server.silent.store(1, Ordering::SeqCst);
    let client = client_of(address, json!({"deadlineMs": 6000}));
    assert_eq!(client.get_user_by_ticket("t").unwrap().id, 7);
    assert_eq!(server.requests.load(Ordering::SeqCst), 2);
}

#[test]
fn what_ran_out_of_time_is_tried_again_only_twice() {
    let (listener, address) = listener();
    let server = Server::start(listener);
    server.silent.store(u32::MAX, Ordering::SeqCst);
    let client = client_of(address, json!({"timeoutMs": 100}));
    let error = client.get_user_by_ticket("t").unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Timeout, 3));
    let client = client_of(address, json!({"timeoutMs": 100, "retries": 1}));
    let error = client.get_user_by_ticket("t").unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Timeout, 2));
}

#[test]
fn a_fault_of_the_platform_is_tried_again_only_twice() {
    let simulator = simulator();
    let client = client(&simulator);
    let ticket = simulator.issue_ticket(1);
    simulator.add_fault(FaultRule::on(
        Endpoint::GetUserByTicket,
        Fault::Status {
            status: 500,
            retry_after: None,
        },
    ));
    let error = client.get_user_by_ticket(&ticket).unwrap_err();
    assert_eq!(
        (error.kind(), error.is_retryable(), error.attempts()),
        (Kind::Http, true, 3)
    );
}

/// A server with eight connections at rest that it has forgotten.
fn forgotten(settings: Value) -> (Arc<Server>, Client) {
    let (listener, address) = listener();
    let server = Server::start(listener);
    server.latency_ms.store(200, Ordering::SeqCst);
    let client = client_of(address, settings);
    for outcome in at_once(&client, 8) {
        outcome.unwrap();
    }
    server.latency_ms.store(0, Ordering::SeqCst);
    let connections = server.connections.load(Ordering::SeqCst);
    assert!(connections >= 4, "{connections}");
    server.forgets.store(connections, Ordering::SeqCst);
    (server, client)
}

#[test]
fn connections_that_were_forgotten_cost_one_call_a_moment_and_the_next_nothing() {
    let (server, client) = forgotten(json!({}));
    let requests = server.requests.load(Ordering::SeqCst);
    let start = Instant::now();
    assert_eq!(client.get_user_by_ticket("t").unwrap().id, 7);
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "{:?}",
        start.elapsed()
    );
    for outcome in at_once(&client, 8) {
        outcome.unwrap();
    }
    assert_eq!(server.requests.load(Ordering::SeqCst), requests + 10);
}

#[test]
fn connections_that_were_forgotten_go_too_where_attempts_are_short() {
    let (server, client) = forgotten(json!({"timeoutMs": 500, "retries": 1}));
    let requests = server.requests.load(Ordering::SeqCst);
    assert_eq!(client.get_user_by_ticket("t").unwrap().id, 7);
    for outcome in at_once(&client, 8) {
        outcome.unwrap();
    }
    assert_eq!(server.requests.load(Ordering::SeqCst), requests + 10);
}

#[test]
fn many_callers_with_forgotten_connections_are_all_served() {
    let (_server, client) = forgotten(json!({"connectTimeoutMs": 500}));
    let start = Instant::now();
    for outcome in at_once(&client, 16) {
        assert_eq!(outcome.unwrap(), 7);
    }
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn a_slow_platform_is_asked_twice_once_and_then_waited_for() {
    let (listener, address) = listener();
    let server = Server::start(listener);
    let client = client_of(address, json!({"connectTimeoutMs": 300}));
    client.get_user_by_ticket("t").unwrap();
    server.latency_ms.store(1200, Ordering::SeqCst);
    for requests in [3, 4, 5] {
        assert_eq!(client.get_user_by_ticket("t").unwrap().id, 7);
        assert_eq!(server.requests.load(Ordering::SeqCst), requests);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn connections_at_rest_are_probed() {
    let (listener, address) = listener();
    let _server = Server::start(listener);
    let client = client_of(address, json!({}));
    client.get_user_by_ticket("t").unwrap();
    // `02` is the timer of keep-alive probes; then the time until it, in hundredths of a second.
    let std::net::IpAddr::V4(host) = address.ip() else {
        unreachable!()
    };
    let host = u32::from_ne_bytes(host.octets());
    let remote = format!(" {host:08X}:{:04X} 01 ", address.port());
    let sockets = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
    let socket = sockets.lines().find(|line| line.contains(&remote));
    let timer = socket.unwrap().split_whitespace().nth(5).unwrap();
    let (kind, left) = timer.split_once(':').unwrap();
    assert_eq!(kind, "02", "{timer}");
    assert!(u32::from_str_radix(left, 16).unwrap() <= 1100, "{timer}");
}

#[test]
fn a_login_that_fails_at_the_end_of_a_calls_time_is_taken_over_by_who_has_more() {
    let simulator = simulator();
    let client = client_with(&simulator, json!({"deadlineMs": 4000}));
    simulator.add_fault(FaultRule::everywhere(Fault::Status {
        status: 502,
        retry_after: None,
    }));
    thread::scope(|scope| {
        let first = scope.spawn(|| client.get_token().map(|_| ()));
        thread::sleep(Duration::from_millis(2500));
        let second = scope.spawn(|| client.get_token().map(|_| ()));
        assert_eq!(first.join().unwrap().unwrap_err().kind(), Kind::Http);
        simulator.clear_faults();
        second.join().unwrap().unwrap();
    });
}

#[test]
fn callers_who_wait_for_a_login_that_fails_have_its_true_error() {
    let simulator = simulator();
    let client = client_with(&simulator, json!({"deadlineMs": 3000}));
    simulator.add_fault(FaultRule::everywhere(Fault::Status {
        status: 502,
        retry_after: None,
    }));
    for outcome in at_once(&client, 40) {
        let error = outcome.unwrap_err();
        assert_eq!(error.http_status(), Some(502), "{error}");
    }
    let requests = simulator.counters().generate_token.requests;
    assert!(requests < 30, "{requests}");
}
