//! HTTP under faults: limits that hold, retries that help, and a token that goes nowhere else.

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use panda_simulator::{
    Endpoint, Fault, FaultRule, Framing, Gzip, Options, Part, RawAnswer, Simulator, Stage,
    TlsHandshake,
};
use panda_water::{Client, Config, Kind, PageQuery};
use serde_json::{Value, json};
use support::*;

fn strike(fault: Fault) -> FaultRule {
    FaultRule::on(Endpoint::GetUserByTicket, fault)
}

/// The outcome of a look-up with no retries under a fault.
fn outcome(fault: Fault, settings: Value) -> (Kind, bool, Simulator) {
    let simulator = simulator();
    simulator.add_fault(strike(fault));
    let mut with = json!({"retries": 0});
    with.as_object_mut()
        .unwrap()
        .extend(settings.as_object().unwrap().clone());
    let ticket = simulator.issue_ticket(1);
    let error = client_with(&simulator, with)
        .get_user_by_ticket(&ticket)
        .unwrap_err();
    assert_eq!(error.attempts(), 1, "{error}");
    assert_eq!(
        error.endpoint(),
        Some(panda_water::Endpoint::GetUserByTicket)
    );
    (error.kind(), error.is_retryable(), simulator)
}

#[test]
fn each_fault_has_its_kind() {
    let none = json!({});
    for (fault, kind, retryable) in [
        (
            Fault::Truncate {
                framing: Framing::ContentLength,
                reset: false,
            },
            Kind::Response,
            true,
        ),
        (
            Fault::Truncate {
                framing: Framing::Chunked,
                reset: false,
            },
            Kind::Response,
            true,
        ),
        (
            Fault::Truncate {
                framing: Framing::ContentLength,
                reset: true,
            },
            Kind::Response,
            true,
        ),
        (
            Fault::Status {
                status: 200,
                retry_after: None,
            },
            Kind::Response,
            false,
        ),
        (
            Fault::Status {
                status: 500,
                retry_after: None,
            },
            Kind::Http,
            true,
        ),
        (
            Fault::Status {
                status: 429,
                retry_after: None,
            },
            Kind::Http,
            true,
        ),
        (
            Fault::Status {
                status: 408,
                retry_after: None,
            },
            Kind::Http,
            true,
        ),
        (
            Fault::Status {
                status: 404,
                retry_after: None,
            },
            Kind::Http,
            false,
        ),
        (Fault::Nested { levels: 100_000 }, Kind::Response, false),
        (Fault::Huge { bytes: 20 << 20 }, Kind::Response, false),
        (Fault::GzipBomb { bytes: 200 << 20 }, Kind::Response, false),
    ] {
        let name = format!("{fault:?}");
        let (got, may_retry, _) = outcome(fault, none.clone());
        assert_eq!((got, may_retry), (kind, retryable), "{name}");
    }
}

#[test]
fn a_dropped_first_connection_is_a_connect_error() {
    for fault in [Fault::Drop, Fault::Reset] {
        let simulator = simulator_with(Options {
            edition: panda_simulator::Edition::Of2022,
            ..Options::default()
        });
        simulator.add_fault(FaultRule::everywhere(fault));
        let client = client_with(&simulator, json!({"retries": 0}));
        let error = client.get_user_by_ticket("t").unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable(), error.attempts()),
            (Kind::Connect, true, 1)
        );
        assert_eq!(simulator.counters().get_user_by_ticket.requests, 1);
    }
}

#[test]
fn servers_that_stall_or_drip_are_left_in_time() {
    for fault in [
        Fault::Stall(Stage::BeforeHead),
        Fault::Stall(Stage::AfterHead),
        Fault::Stall(Stage::MidBody),
        Fault::Drip {
            part: Part::Head,
            interval_ms: 50,
        },
        Fault::Drip {
            part: Part::Body,
            interval_ms: 50,
        },
    ] {
        for limits in [json!({"timeoutMs": 300}), json!({"deadlineMs": 300})] {
            let start = Instant::now();
            let (kind, retryable, _) = outcome(fault.clone(), limits);
            assert_eq!((kind, retryable), (Kind::Timeout, true), "{fault:?}");
            assert!(
                start.elapsed() < Duration::from_secs(4),
                "{:?}",
                start.elapsed()
            );
        }
    }
}

#[test]
fn the_deadline_holds_over_all_attempts() {
    let simulator = simulator();
    simulator.add_fault(FaultRule::everywhere(Fault::Stall(Stage::BeforeHead)));
    let client = client_with(
        &simulator,
        json!({"timeoutMs": 200, "deadlineMs": 700, "retries": 10}),
    );
    let start = Instant::now();
    let error = client.get_user_by_ticket("t").unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout);
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(error.attempts() < 11);
}

/// An address where the system takes no further connection, and answers none, while the second value
/// lives. Nothing where its backlog has no end.
fn full_backlog() -> Option<(SocketAddr, impl Sized)> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let fill: Vec<_> = (0..200)
        .map_while(|_| TcpStream::connect_timeout(&address, Duration::from_millis(50)).ok())
        .collect();
    (fill.len() < 200).then_some((address, (listener, fill)))
}

#[test]
fn a_peer_that_accepts_no_connection_is_left_in_time() {
    let Some((address, _full)) = full_backlog() else {
        return;
    };
    let config =
        json!({"baseUrl": format!("http://{address}"), "connectTimeoutMs": 300, "retries": 0});
    let client = Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap();
    let start = Instant::now();
    assert_eq!(
        client.get_user_by_ticket("t").unwrap_err().kind(),
        Kind::Timeout
    );
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_last_attempt_that_is_cut_short_hides_no_failure_before_it() {
    let Some((address, _full)) = full_backlog() else {
        return;
    };
    // Time is left for a second attempt, and not for a whole one.
    let config = json!({
        "baseUrl": format!("http://{address}"), "connectTimeoutMs": 1000, "deadlineMs": 2600
    });
    let client = Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap();
    let error = client.get_user_by_ticket("t").unwrap_err();
    assert!(error.message().contains("`connectTimeoutMs`"), "{error}");
}

#[test]
fn a_refused_connection_and_an_unknown_name_are_connect_errors() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    for host in [
        format!("127.0.0.1:{port}"),
        "no-such-host.invalid".to_owned(),
    ] {
        let config = json!({"baseUrl": format!("http://{host}"), "retries": 1});
        let client = Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap();
        let error = client.get_user_by_ticket("t").unwrap_err();
        assert_eq!(
            (error.kind(), error.attempts()),
            (Kind::Connect, 2),
            "{error}"
        );
    }
}

#[test]
fn names_are_looked_up_and_no_thread_is_left() {
    let simulator = simulator();
    let base_url = simulator.base_url().replace("127.0.0.1", "localhost");
    let client = client_with(&simulator, json!({"baseUrl": base_url}));
    assert_eq!(
        client.get_users(&PageQuery::default()).unwrap().count(),
        Some(3661)
    );
}

#[test]
fn what_may_pass_is_tried_again() {
    for fault in [
        Fault::Status {
            status: 503,
            retry_after: None,
        },
        Fault::Drop,
        Fault::Reset,
        Fault::Truncate {
            framing: Framing::ContentLength,
            reset: false,
        },
    ] {
        let simulator = simulator();
        simulator.add_fault(FaultRule::on(Endpoint::GenerateToken, fault.clone()).times(2));
        simulator.add_fault(FaultRule::on(Endpoint::GetUserByTicket, fault.clone()).times(2));
        let ticket = simulator.issue_ticket(1);
        assert_eq!(
            client(&simulator).get_user_by_ticket(&ticket).unwrap().id,
            1,
            "{fault:?}"
        );
    }
}

#[test]
fn retry_after_is_kept_and_a_wait_beyond_the_deadline_not_begun() {
    let simulator = simulator();
    let ticket = simulator.issue_ticket(1);
    let busy = |seconds: &str| Fault::Status {
        status: 503,
        retry_after: Some(seconds.to_owned()),
    };
    simulator.add_fault(strike(busy("1")).times(1));
    let client = client(&simulator);
    let start = Instant::now();
    client.get_user_by_ticket(&ticket).unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));

    simulator.add_fault(strike(busy("3600")));
    let error = client.get_user_by_ticket(&ticket).unwrap_err();
    assert_eq!(
        (error.kind(), error.http_status(), error.attempts()),
        (Kind::Http, Some(503), 1)
    );
    assert!(start.elapsed() < Duration::from_secs(15));
}

#[test]
fn a_dead_kept_connection_is_never_the_callers_error() {
    let simulator = simulator();
    let ticket = simulator.issue_ticket(1);
    let client = client_with(&simulator, json!({"retries": 0}));
    for idle_close_ms in [0, 5, 20] {
        simulator.change_behaviour(|behaviour| behaviour.idle_close_ms = Some(idle_close_ms));
        for _ in 0..50 {
            client.get_user_by_ticket(&ticket).unwrap();
            thread::sleep(Duration::from_millis(idle_close_ms));
        }
    }
    simulator.reset_behaviour();
    for fault in [Fault::Drop, Fault::Reset] {
        simulator.add_fault(FaultRule::everywhere(fault).reused_connections_only());
        for _ in 0..10 {
            client.get_user_by_ticket(&ticket).unwrap();
        }
        simulator.clear_faults();
    }
}

#[test]
fn calls_one_after_the_other_use_one_connection() {
    let simulator = simulator();
    let client = client(&simulator);
    for _ in 0..20 {
        client.get_users(&PageQuery::default()).unwrap();
    }
    assert_eq!(simulator.counters().connections, 1);
    // Threads that come and go take up what others left.
    for _ in 0..20 {
        thread::scope(|scope| {
            drop(scope.spawn(|| client.get_users(&PageQuery::default()).unwrap()))
        });
    }
    assert_eq!(simulator.counters().connections, 1);
}

#[test]
fn compressed_answers_are_read_within_the_limit() {
    let simulator = simulator();
    simulator.change_behaviour(|behaviour| behaviour.gzip = Gzip::Always);
    let client = client_with(&simulator, json!({"maxResponseBytes": 4096}));
    let query = |page_size| PageQuery {
        page_size: Some(page_size),
        ..PageQuery::default()
    };
    assert_eq!(client.get_users(&query(10)).unwrap().ids().count(), 10);
    assert_eq!(
        client.get_users(&query(1000)).unwrap_err().kind(),
        Kind::Response
    );
}

#[test]
fn redirects_are_not_followed_and_the_token_goes_nowhere_else() {
    let simulator = simulator();
    let other = panda_simulator::Simulator::start(Options::default()).unwrap();
    let ticket = simulator.issue_ticket(1);
    for status in [301, 302, 303, 307, 308] {
        for location in [
            other.base_url().to_owned(),
            "/elsewhere".to_owned(),
            "https://example.invalid/".into(),
        ] {
            simulator.clear_faults();
            simulator.add_fault(strike(Fault::Redirect { status, location }));
            let error = client(&simulator).get_user_by_ticket(&ticket).unwrap_err();
            assert_eq!(
                (error.kind(), error.http_status()),
                (Kind::Http, Some(status))
            );
            assert!(!error.message().contains(&ticket));
        }
    }
    assert_eq!(other.counters().connections, 0);
}

#[test]
fn https_needs_a_trusted_certificate_for_the_host() {
    let (simulator, authority) = secure(Options::default());
    let query = PageQuery::default();
    let trusting = client_with(&simulator, json!({"caFile": authority}));
    assert_eq!(trusting.get_users(&query).unwrap().count(), Some(3661));
    let error = client(&simulator).get_users(&query).unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (Kind::Tls, false));
    assert!(error.message().contains("caFile"), "{error}");

    for options in [
        Options {
            tls_expired: true,
            ..Options::default()
        },
        Options {
            tls_name: vec!["other.example".to_owned()],
            ..Options::default()
        },
    ] {
        let (simulator, authority) = secure(options);
        let error = client_with(&simulator, json!({"caFile": authority}))
            .get_users(&query)
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Tls, "{error}");
    }
}

#[test]
fn a_redirect_of_the_same_host_to_https_is_followed() {
    for status in [307, 308] {
        let options = Options {
            redirect_to_https: Some(status),
            ..Options::default()
        };
        let (simulator, authority) = secure(options);
        let base_url = simulator.plain_base_url().unwrap();
        let client = client_with(
            &simulator,
            json!({"baseUrl": base_url, "caFile": authority}),
        );
        assert_eq!(
            client
                .get_user_by_ticket(&simulator.issue_ticket(4))
                .unwrap()
                .id,
            4
        );
    }
    let options = Options {
        redirect_to_https: Some(302),
        ..Options::default()
    };
    let (simulator, authority) = secure(options);
    let base_url = simulator.plain_base_url().unwrap();
    let client = client_with(
        &simulator,
        json!({"baseUrl": base_url, "caFile": authority}),
    );
    assert_eq!(
        client.get_users(&PageQuery::default()).unwrap_err().kind(),
        Kind::Http
    );
}

#[test]
fn a_handshake_that_fails_says_why() {
    let (simulator, authority) = secure(Options::default());
    for (handshake, kinds) in [
        // The kernel resets a connection that is closed with something unread.
        (TlsHandshake::Drop, vec![Kind::Connect, Kind::Tls]),
        (TlsHandshake::Reset, vec![Kind::Connect]),
        (TlsHandshake::Stall, vec![Kind::Timeout]),
    ] {
        simulator.change_behaviour(|behaviour| behaviour.tls_handshake = handshake);
        let settings = json!({"caFile": authority, "retries": 0, "connectTimeoutMs": 500});
        let error = client_with(&simulator, settings)
            .get_users(&PageQuery::default())
            .unwrap_err();
        assert!(kinds.contains(&error.kind()), "{handshake:?}: {error}");
        assert!(
            error.kind() == Kind::Timeout || error.message().contains("ECDHE"),
            "{error}"
        );
    }
    let (address, server) = answering(b"");
    let client = client_with(
        &simulator,
        json!({"baseUrl": format!("https://{address}"), "retries": 0}),
    );
    let error = client.get_users(&PageQuery::default()).unwrap_err();
    assert_eq!(error.kind(), Kind::Tls, "{error}");
    assert!(error.message().contains("ECDHE"), "{error}");
    server.join().unwrap();

    let base_url = simulator
        .plain_base_url()
        .unwrap()
        .replace("http:", "https:");
    let client = client_with(&simulator, json!({"baseUrl": base_url, "retries": 0}));
    assert_eq!(
        client.get_users(&PageQuery::default()).unwrap_err().kind(),
        Kind::Tls
    );
}

#[test]
fn a_proxy_is_used_where_one_is_configured() {
    let simulator = simulator();
    let proxy = simulator.base_url().trim_end_matches("/panda").to_owned();
    let base_url = "http://platform.invalid/panda";
    let client = client_with(&simulator, json!({"baseUrl": base_url, "proxy": proxy}));
    assert_eq!(
        client.get_users(&PageQuery::default()).unwrap().count(),
        Some(3661)
    );
    let proxied = &simulator.requests()[0].proxied_host;
    assert_eq!(proxied.as_deref(), Some("platform.invalid"));
}

/// A proxy that makes one tunnel, or answers with a refusal; gives the head of the request for it.
fn tunnel(refusal: Option<&'static [u8]>) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let mut client = listener.accept().unwrap().0;
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            client.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        if let Some(refusal) = refusal {
            client.write_all(refusal).unwrap();
            return head;
        }
        let target = head.split(' ').nth(1).unwrap();
        let mut server = TcpStream::connect(target).unwrap();
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let (mut from_client, mut to_server) =
            (client.try_clone().unwrap(), server.try_clone().unwrap());
        let forward = thread::spawn(move || {
            let _ = std::io::copy(&mut from_client, &mut to_server);
            let _ = to_server.shutdown(std::net::Shutdown::Write);
        });
        let _ = std::io::copy(&mut server, &mut client);
        forward.join().unwrap();
        head
    });
    (address, thread)
}

#[test]
fn https_goes_through_a_tunnel_of_the_proxy() {
    let (simulator, ca_file) = secure(Options::default());
    let (proxy, thread) = tunnel(None);
    let proxy = format!("http://u%40x:hush@{proxy}");
    let client = client_with(&simulator, json!({"caFile": ca_file, "proxy": proxy}));
    let page = client.get_users(&PageQuery::default()).unwrap();
    assert_eq!(page.count(), Some(3661));
    drop((client, simulator));
    let head = thread.join().unwrap();
    assert!(head.starts_with("CONNECT 127.0.0.1:"), "{head}");
    // u@x:hush
    assert!(
        head.contains("Proxy-Authorization: Basic dUB4Omh1c2g=\r\n"),
        "{head}"
    );
    assert!(!head.to_lowercase().contains("panda-token"), "{head}");
}

/// A server that answers every connection's one request with these bytes; counts them.
fn answering_all(answer: Vec<u8>) -> (SocketAddr, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicU32::new(0));
    let counted = count.clone();
    thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = socket.read(&mut [0; 4096]);
            let _ = socket.write_all(&answer);
        }
    });
    (address, count)
}

fn look_up(address: &str, settings: Value) -> Result<u64, panda_water::Error> {
    let mut config = json!({"baseUrl": address, "timeoutMs": 5000});
    for (key, value) in settings.as_object().unwrap() {
        config[key] = value.clone();
    }
    let client = Client::new(Config::from_json(&config.to_string())?)?;
    client.get_user_by_ticket("t").map(|user| user.id)
}

#[test]
fn a_tunnel_that_is_refused_is_final_and_shows_the_proxys_status() {
    for status in ["407 Proxy Authentication Required", "403 Forbidden"] {
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        let (proxy, _) = answering_all(answer.into_bytes());
        let account = format!("http://u:hush@{proxy}");
        let error = look_up("https://10.0.0.8:8443", json!({"proxy": account})).unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable(), error.attempts()),
            (Kind::Connect, false, 1),
            "{error}"
        );
        let message = error.message();
        for part in [&status[..3], "`proxy`", &proxy.to_string(), "10.0.0.8:8443"] {
            assert!(message.contains(part), "{part}: {message}");
        }
        assert!(!message.contains("hush"), "{message}");
    }
}

#[test]
fn a_tunnel_that_is_refused_once_and_then_not_answered_is_final_without_a_status() {
    let (proxy, thread) = tunnel(Some(b"HTTP/1.1 403 Forbidden\r\n\r\n"));
    let settings = json!({"proxy": format!("http://u:hush@{proxy}")});
    let error = look_up("https://10.0.0.8:8443", settings).unwrap_err();
    thread.join().unwrap();
    assert_eq!(
        (error.kind(), error.attempts()),
        (Kind::Connect, 1),
        "{error}"
    );
    assert!(error.message().contains("refused a tunnel"), "{error}");
    assert!(!error.message().contains("hush"), "{error}");
}

#[test]
fn a_proxy_that_ends_the_connection_instead_of_a_tunnel_is_tried_again() {
    let (proxy, count) = answering_all(Vec::new());
    let settings = json!({"proxy": format!("http://{proxy}"), "retries": 1});
    let error = look_up("https://10.0.0.8:8443", settings).unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (Kind::Connect, 2),
        "{error}"
    );
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[test]
fn a_message_names_the_host_and_port_that_did_not_answer() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = free.local_addr().unwrap().to_string();
    drop(free);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent
        .local_addr()
        .map(|address| (address.to_string(), silent))
        .unwrap();
    let (closing, _) = answering_all(Vec::new());
    let closing = closing.to_string();
    let through = |proxy: &str| json!({"proxy": format!("http://u:hush@{proxy}")});
    for (address, settings, parts) in [
        (
            format!("http://{nobody}/p"),
            json!({}),
            vec![format!("{nobody} refused")],
        ),
        (
            format!("https://{nobody}/p"),
            json!({}),
            vec![format!("{nobody} refused")],
        ),
        (
            "http://h.invalid/p".to_owned(),
            through(&nobody),
            vec![format!("the proxy {nobody} refused")],
        ),
        (
            "https://h.invalid/p".to_owned(),
            through(&nobody),
            vec![format!("the proxy {nobody} refused")],
        ),
        (
            "http://h.invalid/p".to_owned(),
            json!({}),
            vec!["h.invalid:80".to_owned()],
        ),
        (
            format!("http://{}/p", silent.0),
            json!({"timeoutMs": 100}),
            vec![
                format!("{} did not answer", silent.0),
                "`timeoutMs`".to_owned(),
            ],
        ),
        (
            format!("https://{}/p", silent.0),
            json!({"connectTimeoutMs": 100}),
            vec![
                format!("no connection to {}", silent.0),
                "`connectTimeoutMs`".to_owned(),
            ],
        ),
        (
            "http://h.invalid:81/p".to_owned(),
            json!({"proxy": format!("http://u:hush@{}", silent.0), "timeoutMs": 100}),
            vec![format!("h.invalid:81 through the proxy {}", silent.0)],
        ),
        (
            format!("http://{closing}/p"),
            json!({}),
            vec![format!("{closing} ended")],
        ),
    ] {
        let mut settings = settings;
        settings["retries"] = json!(0);
        let error = look_up(&address, settings).unwrap_err();
        for part in parts {
            assert!(error.message().contains(&part), "{part}: {error}");
        }
        assert!(!error.message().contains("hush"), "{error}");
    }
}

const USER: &str = r#"{"code":0,"msg":"OK","data":{"id":7,"userName":"陈涛"}}"#;

#[test]
fn header_lines_are_read_as_other_programs_read_them() {
    let many: String = (0..3000).map(|n| format!("X-Line-{n}: v\r\n")).collect();
    for lines in [
        "X-Folded: a\r\n b\r\n\tc\r\n",
        "X-Spaced : v\r\n",
        "no colon here\r\n",
        "X-Bare: v\n",
        "X(odd): v\r\n",
        &many,
    ] {
        let answer = format!(
            "HTTP/1.1 200 OK\r\n{lines}Content-Length : {}\r\n\r\n{USER}",
            USER.len()
        );
        let (address, _) = answering_all(answer.into_bytes());
        let found = look_up(&format!("http://{address}"), json!({"retries": 0}));
        assert_eq!(found.unwrap(), 7, "{}", &lines[..lines.len().min(40)]);
    }
}

#[test]
fn an_answer_that_cannot_be_read_is_told_by_what_is_odd() {
    let many: String = (0..6000).map(|n| format!("X-Line-{n}: v\r\n")).collect();
    for (head, words) in [
        (
            format!("HTTP/1.1 200 OK\r\n{many}\r\n"),
            "too many header lines",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n".to_owned(),
            "Content-Length",
        ),
        ("SSH-2.0-OpenSSH_9.2\r\n\r\n".to_owned(), "check the port"),
    ] {
        let (address, _) = answering_all(head.into_bytes());
        let error = look_up(&format!("http://{address}"), json!({"retries": 0})).unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (Kind::Response, false),
            "{error}"
        );
        assert!(error.message().contains(words), "{words}: {error}");
        assert_eq!(
            error.message().contains("check the port"),
            words == "check the port"
        );
    }
}

#[test]
fn a_compressed_answer_that_is_cut_is_tried_again() {
    let simulator = simulator();
    let ticket = simulator.issue_ticket(1);
    // The header of a gzip member and nothing more, its length not announced.
    let cut = RawAnswer::new([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab])
        .header("Content-Encoding", "GZIP");
    simulator.add_fault(strike(Fault::Answer(cut.clone())).times(1));
    assert_eq!(
        client(&simulator).get_user_by_ticket(&ticket).unwrap().id,
        1
    );
    let (kind, retryable, _) = outcome(Fault::Answer(cut), json!({}));
    assert_eq!((kind, retryable), (Kind::Response, true));
}

#[test]
fn an_unknown_encoding_is_named() {
    let simulator = simulator();
    let answer = RawAnswer::new("x").header("Content-Encoding", "br");
    simulator.add_fault(strike(Fault::Answer(answer)));
    let error = client(&simulator).get_user_by_ticket("t").unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (Kind::Response, 1),
        "{error}"
    );
    assert!(error.message().contains("(br)"), "{error}");
}

#[test]
fn a_proxys_account_is_for_the_proxy_alone() {
    let simulator = simulator();
    let proxy = simulator.base_url().trim_end_matches("/panda").to_owned();
    let proxy = proxy.replace("http://", "http://u:hush@");
    let base_url = "http://platform.invalid/panda";
    client_with(&simulator, json!({"baseUrl": base_url, "proxy": proxy}))
        .get_users(&PageQuery::default())
        .unwrap();
    let sent = |index: usize| {
        simulator.requests()[index]
            .headers
            .contains_key("proxy-authorization")
    };
    assert!(sent(0));
    client(&simulator).get_users(&PageQuery::default()).unwrap();
    assert!(!sent(simulator.requests().len() - 1));
}

#[test]
fn the_configured_headers_are_sent() {
    let simulator = simulator();
    let settings = json!({"headers": {"X-Gateway": "g"}, "userAgent": "oa/1"});
    client_with(&simulator, settings)
        .get_users(&PageQuery::default())
        .unwrap();
    client(&simulator).get_users(&PageQuery::default()).unwrap();
    let requests = simulator.requests();
    assert_eq!(requests[0].headers["x-gateway"], "g");
    assert_eq!(requests[0].headers["user-agent"], "oa/1");
    assert_eq!(
        requests[2].headers["user-agent"],
        concat!("panda-water/", env!("CARGO_PKG_VERSION"))
    );
}

/// A server that reads once, answers one connection with these bytes and closes it.
fn answering(answer: &'static [u8]) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let _ = socket.read(&mut [0; 4096]);
        let _ = socket.write_all(answer);
    });
    (address, server)
}

#[test]
fn what_is_not_http_is_a_response_error() {
    let (address, server) = answering(b"SSH-2.0-OpenSSH_9.2\r\n\r\n");
    let config = json!({"baseUrl": format!("http://{address}"), "retries": 0});
    let client = Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap();
    let error = client.get_user_by_ticket("t").unwrap_err();
    assert_eq!(error.kind(), Kind::Response, "{error}");
    server.join().unwrap();
}

#[test]
fn many_threads_at_once_are_served() {
    let simulator = simulator();
    let client = client(&simulator);
    let ticket = simulator.issue_ticket(1);
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| {
                for _ in 0..10 {
                    assert_eq!(client.get_user_by_ticket(&ticket).unwrap().id, 1);
                }
            });
        }
    });
}
