//! Answers that go wrong.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use panda_simulator::{Endpoint, Fault, FaultRule, Framing, Part, RawAnswer, Simulator, Stage};

use crate::http::{Connection, request};
use crate::platform::{get, start, token};

/// A simulator, the token for it, and the address of its first page.
fn prepared() -> (Simulator, String, String) {
    let simulator = start(50);
    let token = token(&simulator);
    let url = format!("{}/PandaOMS/OMS/GetUsers", simulator.base_url());
    (simulator, token, url)
}

fn wait_until(condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "it never happened"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn faults_strike_the_requests_that_they_are_for() {
    let (simulator, token, _) = prepared();
    let status = |code| Fault::Status {
        status: code,
        retry_after: Some("1".into()),
    };
    simulator.add_fault(FaultRule::on(Endpoint::GetUsers, status(503)).times(2));
    simulator.add_fault(
        FaultRule::on(Endpoint::GetUsers, status(502))
            .after(1)
            .every(2)
            .times(1),
    );
    let statuses: Vec<_> = (0..6)
        .map(|_| get(&simulator, &token, "GetUsers").status)
        .collect();
    assert_eq!(statuses, [503, 503, 200, 200, 502, 200]);
    assert_eq!(simulator.counters().faults, 3);

    simulator.add_fault(FaultRule::on(Endpoint::GenerateToken, status(500)));
    assert_eq!(get(&simulator, &token, "GetUsers").status, 200);
    simulator.clear_faults();
    assert_eq!(crate::platform::log_in(&simulator).status, 200);
}

#[test]
fn raw_answers_are_sent_as_they_are() {
    let (simulator, token, _) = prepared();
    let raw = RawAnswer::new(*b"\xff\x00{")
        .status(418)
        .header("Content-Type", "x/y")
        .header("X-Own", "1");
    simulator.add_fault(FaultRule::everywhere(Fault::Answer(raw)).times(1));
    let answer = get(&simulator, &token, "GetUsers");
    assert_eq!((answer.status, &answer.body[..]), (418, &b"\xff\x00{"[..]));
    assert_eq!(
        (&*answer.headers["content-type"], &*answer.headers["x-own"]),
        ("x/y", "1")
    );
}

#[test]
fn connections_break_off() {
    let (simulator, token, url) = prepared();
    let error_of = |fault| {
        simulator.add_fault(FaultRule::everywhere(fault).times(1));
        request("GET", &url, &[("panda-token", &token)], "")
            .expect_err("no answer")
            .kind()
    };
    assert_eq!(error_of(Fault::Drop), ErrorKind::UnexpectedEof);
    assert_eq!(error_of(Fault::Reset), ErrorKind::ConnectionReset);
    let truncate = |framing| Fault::Truncate {
        framing,
        reset: false,
    };
    assert_eq!(
        error_of(truncate(Framing::ContentLength)),
        ErrorKind::UnexpectedEof
    );
    assert_eq!(
        error_of(truncate(Framing::Chunked)),
        ErrorKind::UnexpectedEof
    );
    let reset = Fault::Truncate {
        framing: Framing::ContentLength,
        reset: true,
    };
    assert_eq!(error_of(reset), ErrorKind::ConnectionReset);
    assert_eq!(get(&simulator, &token, "GetUsers").status, 200);
}

#[test]
fn answers_stall() {
    let (simulator, token, url) = prepared();
    for stage in [Stage::BeforeHead, Stage::AfterHead, Stage::MidBody] {
        simulator.add_fault(FaultRule::everywhere(Fault::Stall(stage)).times(1));
        let mut connection = Connection::open(&url);
        connection.set_read_timeout(Duration::from_millis(200));
        let error = connection
            .request("GET", &url, &[("panda-token", &token)], "")
            .expect_err("no answer");
        assert!(
            matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
            "{stage:?}: {error}"
        );
        wait_until(|| simulator.counters().get_users.in_flight == 1);
        drop(connection);
        wait_until(|| simulator.counters().get_users.in_flight == 0);
    }
}

#[test]
fn slow_and_large_answers_are_whole() {
    let (simulator, token, _) = prepared();
    let plain = get(&simulator, &token, "GetUsers?pageSize=1").json();
    let answer_with = |fault| {
        simulator.add_fault(FaultRule::everywhere(fault).times(1));
        get(&simulator, &token, "GetUsers?pageSize=1")
    };
    for part in [Part::Head, Part::Body] {
        assert_eq!(
            answer_with(Fault::Drip {
                part,
                interval_ms: 1
            })
            .json(),
            plain
        );
    }
    assert_eq!(answer_with(Fault::Latency { ms: 1 }).json(), plain);

    let huge = answer_with(Fault::Huge { bytes: 200_000 });
    assert_eq!(
        (
            huge.json()["filler"].as_str().map(str::len),
            &huge.json()["data"]
        ),
        (Some(200_000), &plain["data"])
    );
    let bomb = answer_with(Fault::GzipBomb { bytes: 5_000_000 });
    let mut unzipped = Vec::new();
    flate2::read::GzDecoder::new(&bomb.body[..])
        .read_to_end(&mut unzipped)
        .expect("gzip");
    assert!(bomb.body.len() < 100_000 && unzipped.len() > 5_000_000);
    assert_eq!(
        answer_with(Fault::Nested { levels: 3 }).body,
        br#"{"code":0,"msg":"OK","data":[[[]]]}"#
    );
}

#[test]
fn connections_end_between_two_requests() {
    let (simulator, token, url) = prepared();
    let headers = [("panda-token", &*token)];
    let mut connection = Connection::open(&url);
    let ask = |connection: &mut Connection<_>| connection.request("GET", &url, &headers, "");
    ask(&mut connection).expect("an answer");

    simulator.add_fault(FaultRule::everywhere(Fault::Drop).reused_connections_only());
    ask(&mut connection).expect_err("no answer on a used connection");
    let mut connection = Connection::open(&url);
    ask(&mut connection).expect("an answer on a new connection");
    simulator.clear_faults();

    for limit in [0, 20] {
        simulator.change_behaviour(|behaviour| behaviour.idle_close_ms = Some(limit));
        let mut connection = Connection::open(&url);
        let answer = ask(&mut connection).expect("an answer");
        assert!(!answer.headers.contains_key("connection"));
        connection.expect_end();
    }
}
