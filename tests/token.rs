//! The token: one login for all who wait, renewed in time, dropped when it is dead.

mod support;

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use panda_simulator::{
    BadTicket, DeadToken, Endpoint, ExpirationFormat, Fault, FaultRule, Options, RefusedLogin,
    Stage, SuccessMessage, TokenShape,
};
use panda_water::{Kind, PageQuery};
use serde_json::json;
use support::*;

fn logins(simulator: &panda_simulator::Simulator) -> u64 {
    simulator.counters().generate_token.requests
}

#[test]
fn threads_that_need_a_token_at_once_cause_one_login() {
    let simulator = simulator();
    simulator.add_fault(FaultRule::on(
        Endpoint::GenerateToken,
        Fault::Latency { ms: 100 },
    ));
    let client = client(&simulator);
    let barrier = Barrier::new(64);
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                barrier.wait();
                client.get_users(&PageQuery::default()).unwrap();
            });
        }
    });
    assert_eq!(logins(&simulator), 1);
}

#[test]
fn every_reading_of_a_granted_token_is_understood() {
    let simulator = simulator();
    let expiration_formats = [
        ExpirationFormat::Space,
        ExpirationFormat::SpaceFraction,
        ExpirationFormat::Slash,
        ExpirationFormat::SlashFraction,
        ExpirationFormat::T,
        ExpirationFormat::TFraction,
        ExpirationFormat::Z,
        ExpirationFormat::ZFraction,
        ExpirationFormat::Offset,
        ExpirationFormat::OffsetFraction,
        ExpirationFormat::MsDate,
        ExpirationFormat::MsDateOffset,
        ExpirationFormat::UnixSeconds,
        ExpirationFormat::UnixSecondsText,
        ExpirationFormat::UnixMillis,
        ExpirationFormat::UnixMillisText,
    ];
    for format in expiration_formats {
        for shape in [TokenShape::Flat, TokenShape::Envelope] {
            simulator.change_behaviour(|behaviour| {
                behaviour.expiration_format = format;
                behaviour.token_shape = shape;
            });
            let expires_at = client(&simulator).get_token().unwrap().expires_at();
            let left = expires_at.unwrap().as_second() - jiff::Timestamp::now().as_second();
            assert!(
                (6000..=7260).contains(&left),
                "{format:?} {shape:?}: {left} s left"
            );
        }
    }
    for err_msg in [
        SuccessMessage::Empty,
        SuccessMessage::Null,
        SuccessMessage::Absent,
        SuccessMessage::Zero,
        SuccessMessage::ZeroText,
    ] {
        simulator.change_behaviour(|behaviour| behaviour.err_msg = err_msg);
        client(&simulator).get_token().unwrap();
    }
}

#[test]
fn a_token_of_unreadable_life_is_kept_for_a_while() {
    let simulator = simulator();
    for format in [
        ExpirationFormat::Unreadable,
        ExpirationFormat::Empty,
        ExpirationFormat::Null,
        ExpirationFormat::Absent,
    ] {
        simulator.change_behaviour(|behaviour| behaviour.expiration_format = format);
        simulator.reset_counters();
        let client = client(&simulator);
        assert_eq!(client.get_token().unwrap().expires_at(), None);
        client.get_users(&PageQuery::default()).unwrap();
        assert_eq!(logins(&simulator), 1, "{format:?}");
    }
}

#[test]
fn a_wrong_clock_on_either_side_does_not_matter() {
    for skew in [-12 * 3_600_000, -90_000, 90_000, 12 * 3_600_000] {
        let simulator = simulator_with(Options {
            token_life_ms: 60_000,
            ..Options::default()
        });
        simulator.change_behaviour(|behaviour| behaviour.clock_skew_ms = skew);
        let client = client(&simulator);
        for _ in 0..3 {
            client.get_users(&PageQuery::default()).unwrap();
        }
        assert_eq!(logins(&simulator), 1, "skew {skew}");
    }
}

#[test]
fn a_misread_zone_causes_no_login_at_every_call() {
    let simulator = simulator();
    let client = client_with(&simulator, json!({"timeZone": "+14:00"}));
    for _ in 0..3 {
        client.get_users(&PageQuery::default()).unwrap();
    }
    assert_eq!(logins(&simulator), 1);
}

#[test]
fn a_short_lived_token_is_used_and_renewed_in_time() {
    let simulator = simulator_with(Options {
        token_life_ms: 2_000,
        ..Options::default()
    });
    let client = client(&simulator);
    let end = Instant::now() + Duration::from_millis(4_500);
    let mut calls = 0;
    while Instant::now() < end {
        client.get_users(&PageQuery::default()).unwrap();
        calls += 1;
        thread::sleep(Duration::from_millis(20));
    }
    // The times that the platform writes are whole seconds: a life of one to two.
    assert!(
        logins(&simulator) <= 8 && calls > 2 * logins(&simulator),
        "{} in {calls}",
        logins(&simulator)
    );
}

#[test]
fn a_revoked_token_is_renewed_within_the_call_whatever_the_refusal_looks_like() {
    for dead in [
        DeadToken::Unauthorized,
        DeadToken::Forbidden,
        DeadToken::ForbiddenPage,
        DeadToken::Code,
        DeadToken::LikeTicket,
    ] {
        let simulator = simulator();
        simulator.change_behaviour(|behaviour| behaviour.dead_token = dead);
        let client = client(&simulator);
        let ticket = simulator.issue_ticket(5);
        client.get_user_by_ticket(&ticket).unwrap();
        simulator.revoke_tokens();
        assert_eq!(
            client.get_user_by_ticket(&ticket).unwrap().id,
            5,
            "{dead:?}"
        );
        simulator.revoke_tokens();
        client.get_users(&PageQuery::default()).unwrap();
        assert_eq!(logins(&simulator), 3, "{dead:?}");
    }
}

#[test]
fn threads_that_meet_a_revoked_token_cause_one_login() {
    let simulator = simulator();
    let client = client(&simulator);
    let barrier = Barrier::new(32);
    client.get_token().unwrap();
    simulator.revoke_tokens();
    thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                barrier.wait();
                client.get_users(&PageQuery::default()).unwrap();
            });
        }
    });
    assert_eq!(logins(&simulator), 2);
}

#[test]
fn a_late_refusal_does_not_throw_away_a_fresh_token() {
    let simulator = simulator();
    let client = client(&simulator);
    client.get_token().unwrap();
    // The slow call is refused long after the quick one has fetched a new token.
    simulator.add_fault(
        FaultRule::on(
            Endpoint::GetUserByTicket,
            Fault::Answer(answer("").status(401)),
        )
        .times(1),
    );
    simulator
        .add_fault(FaultRule::on(Endpoint::GetUserByTicket, Fault::Latency { ms: 500 }).times(1));
    let ticket = simulator.issue_ticket(1);
    thread::scope(|scope| {
        let slow = scope.spawn(|| client.get_user_by_ticket(&ticket));
        wait_until("the slow call", || {
            simulator.counters().get_user_by_ticket.requests == 1
        });
        simulator.revoke_tokens();
        client.get_users(&PageQuery::default()).unwrap();
        assert_eq!(slow.join().unwrap().unwrap().id, 1);
    });
    assert_eq!(logins(&simulator), 2);
}

#[test]
fn a_fresh_token_that_is_not_accepted_is_an_auth_error_after_one_renewal() {
    let simulator = simulator();
    for status in [401, 403] {
        simulator.clear_faults();
        simulator.add_fault(FaultRule::on(Endpoint::GetUsers, bare(status)));
        simulator.reset_counters();
        let client = client(&simulator);
        let error = client.get_users(&PageQuery::default()).unwrap_err();
        assert_eq!(
            (error.kind(), error.http_status()),
            (Kind::Auth, Some(status))
        );
        assert!(!error.is_retryable());
        assert_eq!(error.attempts(), 2);
        assert_eq!(logins(&simulator), 2);
        assert_eq!(simulator.counters().get_users.requests, 2);
    }
}

#[test]
fn a_refused_login_is_remembered_and_told_in_every_reading() {
    let simulator = simulator();
    for (refused, code) in [
        (RefusedLogin::Message, -10020),
        (RefusedLogin::Number, -10020),
        (RefusedLogin::Code, 0),
        (RefusedLogin::EmptyToken, -10020),
        (RefusedLogin::NullToken, -10020),
        (RefusedLogin::Unauthorized, -10020),
        (RefusedLogin::Forbidden, -10020),
    ] {
        simulator.change_behaviour(|behaviour| behaviour.refused_login = refused);
        simulator.reset_counters();
        let client = client_with(&simulator, json!({"password": "hush"}));
        for _ in 0..5 {
            let error = client.get_users(&PageQuery::default()).unwrap_err();
            assert_eq!(error.kind(), Kind::Auth, "{refused:?}: {error}");
            assert!(!error.is_retryable());
            assert!(!format!("{error:?}").contains("hush"));
            assert!(
                code == 0 || error.code() == code,
                "{refused:?}: {}",
                error.code()
            );
        }
        assert_eq!(logins(&simulator), 1, "{refused:?}");
    }
}

#[test]
fn after_the_cool_down_the_login_is_tried_again() {
    let simulator = simulator();
    let client = client_with(
        &simulator,
        json!({"password": "hush", "loginCooldownMs": 200}),
    );
    client.get_token().unwrap_err();
    thread::sleep(Duration::from_millis(250));
    client.get_token().unwrap_err();
    assert_eq!(logins(&simulator), 2);
    // Twice as long now.
    thread::sleep(Duration::from_millis(250));
    client.get_token().unwrap_err();
    assert_eq!(logins(&simulator), 2);
    let eager = client_with(
        &simulator,
        json!({"password": "hush", "loginCooldownMs": 0}),
    );
    eager.get_token().unwrap_err();
    eager.get_token().unwrap_err();
    assert_eq!(logins(&simulator), 4);
}

#[test]
fn a_good_token_goes_on_being_used_while_its_renewal_is_refused() {
    let simulator = simulator_with(Options {
        token_life_ms: 600_000,
        ..Options::default()
    });
    // Ten minutes by the platform's Date, and a margin of a minute: at its end from the start.
    simulator.change_behaviour(|behaviour| behaviour.token_life_ms = 3_000);
    let client = client(&simulator);
    client.get_token().unwrap();
    simulator.add_fault(FaultRule::on(
        Endpoint::GenerateToken,
        Fault::Answer(answer(r#"{"errMsg":"密码错误","token":""}"#)),
    ));
    let end = Instant::now() + Duration::from_millis(1_500);
    while Instant::now() < end {
        client.get_token().unwrap();
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_waiting_call_keeps_its_deadline_and_takes_over_from_one_that_ran_out_of_time() {
    let simulator = simulator();
    simulator.add_fault(
        FaultRule::on(Endpoint::GenerateToken, Fault::Stall(Stage::BeforeHead)).times(1),
    );
    let hasty = client_with(&simulator, json!({"deadlineMs": 3000, "retries": 0}));
    thread::scope(|scope| {
        let leader = scope.spawn(|| hasty.get_token());
        wait_until("the login", || logins(&simulator) == 1);
        // It waits for the leader, whose time runs out first.
        thread::sleep(Duration::from_millis(1_500));
        let follower = hasty.get_token();
        assert_eq!(leader.join().unwrap().unwrap_err().kind(), Kind::Timeout);
        assert!(follower.is_ok(), "{follower:?}");
    });
    assert_eq!(logins(&simulator), 2);
}

#[test]
fn a_flood_of_bogus_tickets_costs_the_platform_little_and_a_revoked_token_is_noticed_in_it() {
    let simulator = simulator();
    simulator.change_behaviour(|behaviour| behaviour.dead_token = DeadToken::LikeTicket);
    let client = client(&simulator);
    let ticket = simulator.issue_ticket(9);
    let start = Instant::now();
    for number in 0..300 {
        let error = client
            .get_user_by_ticket(&format!("bogus{number}"))
            .unwrap_err();
        assert_eq!((error.kind(), error.code()), (Kind::Ticket, 1));
    }
    let probes = simulator.counters().get_users.requests;
    assert!(
        probes <= 1 + start.elapsed().as_secs() / 3 + 1,
        "{probes} probes"
    );

    simulator.revoke_tokens();
    let noticed = Instant::now() + Duration::from_secs(30);
    while client.get_user_by_ticket(&ticket).is_err() {
        assert!(Instant::now() < noticed, "the revoked token went unnoticed");
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(logins(&simulator), 2);
}

#[test]
fn a_refusal_of_another_wording_is_looked_into_at_once() {
    let simulator = simulator();
    simulator.change_behaviour(|behaviour| {
        behaviour.dead_token = DeadToken::Code;
        behaviour.bad_ticket = BadTicket::Code;
    });
    let client = client(&simulator);
    let ticket = simulator.issue_ticket(9);
    assert_eq!(
        client.get_user_by_ticket("bogus").unwrap_err().kind(),
        Kind::Ticket
    );
    simulator.revoke_tokens();
    assert_eq!(client.get_user_by_ticket(&ticket).unwrap().id, 9);
}

#[test]
fn without_an_account_no_token_is_fetched_or_sent() {
    let simulator = simulator_with(Options {
        edition: panda_simulator::Edition::Of2022,
        ..Options::default()
    });
    let client = client(&simulator);
    let query = PageQuery {
        keyword: Some("陈涛".to_owned()),
        ..PageQuery::default()
    };
    assert!(client.get_users(&query).unwrap().ids().any(|id| id == 1));
    assert_eq!(
        client
            .get_user_by_ticket(&simulator.issue_ticket(2))
            .unwrap()
            .id,
        2
    );
    assert_eq!(
        client.get_user_by_ticket("bogus").unwrap_err().kind(),
        Kind::Ticket
    );
    assert_eq!(client.get_token().unwrap_err().kind(), Kind::Config);
    assert!(
        simulator
            .requests()
            .iter()
            .all(|request| !request.headers.contains_key("panda-token"))
    );
    assert_eq!(logins(&simulator), 0);
}

/// Both clocks are this machine's, and the token's end is told to the millisecond.
fn with_exact_life(token_life_ms: u64) -> panda_simulator::Simulator {
    let simulator = simulator_with(Options {
        token_life_ms,
        ..Options::default()
    });
    simulator.change_behaviour(|behaviour| {
        behaviour.expiration_format = ExpirationFormat::UnixMillis;
        behaviour.date_header = false;
    });
    simulator
}

#[test]
fn a_token_is_renewed_before_its_end_while_it_lives() {
    let simulator = with_exact_life(3_000);
    let client = client(&simulator);
    let first = client.get_token().unwrap();
    // Its last tenth, by both clocks.
    thread::sleep(Duration::from_millis(2_800));
    let second = client.get_token().unwrap();
    assert_ne!(first.as_str(), second.as_str());
    client.get_users(&PageQuery::default()).unwrap();
    assert_eq!(
        (logins(&simulator), simulator.counters().tokens_refused),
        (2, 0)
    );
}

#[test]
fn an_early_renewal_that_fails_or_hangs_ends_no_call_while_the_token_lives() {
    let renewal = |fault: Fault| {
        let simulator = with_exact_life(30_000);
        let client = client_with(&simulator, json!({"deadlineMs": 1500}));
        let first = client.get_token().unwrap();
        simulator.add_fault(FaultRule::on(Endpoint::GenerateToken, fault.clone()));
        // In its last tenth.
        thread::sleep(Duration::from_millis(27_200));
        let token = client.get_token().unwrap();
        assert_eq!(token.as_str(), first.as_str(), "{fault:?}");
        client.get_users(&PageQuery::default()).unwrap();
        assert!(logins(&simulator) > 1, "{fault:?}: no renewal was tried");
        if let Fault::Status { .. } = fault {
            assert_eq!(logins(&simulator), 2, "it was tried again");
        }
    };
    let unavailable = Fault::Status {
        status: 503,
        retry_after: None,
    };
    thread::scope(|scope| {
        for fault in [Fault::Drop, Fault::Stall(Stage::BeforeHead), unavailable] {
            scope.spawn(|| renewal(fault));
        }
    });
}

#[test]
fn strangers_cause_no_logins_whatever_the_refusal_of_a_bad_ticket_looks_like() {
    let refused = |status: u16| FaultRule::on(Endpoint::GetUserByTicket, bare(status));
    for rule in [None, Some(refused(401)), Some(refused(403))] {
        let simulator = simulator();
        let client = client(&simulator);
        if let Some(rule) = rule {
            simulator.add_fault(rule);
        }
        for number in 0..20 {
            let error = client
                .get_user_by_ticket(&format!("bogus{number}"))
                .unwrap_err();
            assert_eq!(error.kind(), Kind::Ticket, "{error}");
        }
        assert_eq!(logins(&simulator), 1);
    }
}

/// A status as the platform itself gives it.
fn bare(status: u16) -> Fault {
    Fault::Answer(answer("").status(status))
}

#[test]
fn bogus_tickets_of_an_account_that_may_not_list_users_cause_few_logins_and_have_one_answer() {
    for wording in ["票据无效", "bad ticket token invalid"] {
        let simulator = simulator();
        simulator.change_behaviour(|behaviour| {
            behaviour.bad_ticket_code = 1001;
            behaviour.bad_ticket_message = wording.to_owned();
        });
        simulator.add_fault(FaultRule::on(Endpoint::GetUsers, bare(403)));
        let client = client(&simulator);
        for number in 0..20 {
            let error = client
                .get_user_by_ticket(&format!("bogus{number}"))
                .unwrap_err();
            assert_eq!(
                (error.kind(), error.code()),
                (Kind::Ticket, 1001),
                "{error}"
            );
        }
        assert!(logins(&simulator) <= 3, "{} logins", logins(&simulator));
        let ticket = simulator.issue_ticket(7);
        assert_eq!(client.get_user_by_ticket(&ticket).unwrap().id, 7);
    }
}

#[test]
fn a_platform_that_accepts_no_token_at_all_sees_few_logins() {
    for endpoint in [Endpoint::GetUsers, Endpoint::GetUserByTicket] {
        let simulator = simulator();
        for refusing in [Endpoint::GetUsers, Endpoint::GetUserByTicket] {
            simulator.add_fault(FaultRule::on(refusing, bare(401)));
        }
        let client = client(&simulator);
        for _ in 0..10 {
            let error = match endpoint {
                Endpoint::GetUsers => client.get_users(&PageQuery::default()).unwrap_err(),
                _ => client.get_user_by_ticket("ticket").unwrap_err(),
            };
            assert_eq!(error.kind(), Kind::Auth, "{error}");
            assert!(!error.is_retryable());
        }
        assert!(logins(&simulator) <= 5, "{} logins", logins(&simulator));
    }
}

#[test]
fn many_refusals_at_once_are_asked_about_once_or_twice() {
    let simulator = simulator();
    simulator.add_fault(FaultRule::on(
        Endpoint::GetUsers,
        Fault::Latency { ms: 200 },
    ));
    let client = client(&simulator);
    client.get_token().unwrap();
    let barrier = Barrier::new(16);
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                barrier.wait();
                let error = client.get_user_by_ticket("bogus").unwrap_err();
                assert_eq!(error.kind(), Kind::Ticket);
            });
        }
    });
    let asked = simulator.counters().get_users.requests;
    assert!(asked < 8, "asked {asked} times");
}
