//! A call that its caller ends: wherever it waits, and nobody else's with it.

mod support;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use panda_simulator::{Endpoint, Fault, FaultRule, Options, Simulator};
use panda_water::{Client, Kind, ListQuery, Result, SyncOptions};
use serde_json::{Value, json};
use support::*;

/// No call here would end by itself before.
const LONG_MS: u64 = 120_000;
/// A slow machine's way of saying "at once".
const SOON: Duration = Duration::from_secs(20);

thread_local! {
    /// The check ends the calls of this thread.
    static ENDS: Cell<bool> = const { Cell::new(false) };
}

fn patient(simulator: &Simulator, settings: Value) -> Client {
    let mut patient = json!({"timeoutMs": LONG_MS, "deadlineMs": LONG_MS});
    let settings = settings.as_object().unwrap().clone();
    patient.as_object_mut().unwrap().extend(settings);
    let client = client_with(simulator, patient);
    client.set_check(Some(Box::new(|| ENDS.get())));
    client
}

/// Makes a call that its check ends, on a thread of its own.
fn cancelled<T: Send>(call: impl FnOnce() -> Result<T> + Send) {
    let begun = Instant::now();
    let error = thread::scope(|scope| {
        let call = || {
            ENDS.set(true);
            call().map(drop)
        };
        scope.spawn(call).join().unwrap().unwrap_err()
    });
    assert_eq!(error.kind(), Kind::Cancelled, "{error}");
    assert!(!error.is_retryable());
    assert!(begun.elapsed() < SOON);
}

fn late(endpoint: Endpoint) -> FaultRule {
    FaultRule::on(endpoint, Fault::Latency { ms: LONG_MS })
}

#[test]
fn a_wait_for_the_platform_is_ended() {
    let simulator = simulator();
    simulator.add_fault(late(Endpoint::GetUserByTicket));
    let client = patient(&simulator, json!({}));
    let ticket = simulator.issue_ticket(1);
    cancelled(|| client.get_user_by_ticket(&ticket));
    let stats = simulator.counters().get_user_by_ticket;
    assert_eq!(stats.requests, 1);
}

#[test]
fn a_wait_before_another_attempt_is_ended() {
    let simulator = simulator();
    let busy = Fault::Status {
        status: 503,
        retry_after: Some("100".to_owned()),
    };
    simulator.add_fault(FaultRule::on(Endpoint::GetUserByTicket, busy));
    let client = patient(&simulator, json!({}));
    let ticket = simulator.issue_ticket(1);
    cancelled(|| client.get_user_by_ticket(&ticket));
}

#[test]
fn a_wait_for_another_callers_login_is_ended_and_the_login_is_not() {
    let simulator = simulator();
    simulator.add_fault(FaultRule::on(
        Endpoint::GenerateToken,
        Fault::Latency { ms: 3000 },
    ));
    let client = patient(&simulator, json!({}));
    thread::scope(|scope| {
        let leader = scope.spawn(|| client.get_token());
        wait_until("the login", || {
            simulator.counters().generate_token.requests == 1
        });
        cancelled(|| client.get_token());
        assert!(leader.join().unwrap().is_ok());
    });
    assert_eq!(simulator.counters().generate_token.requests, 1);
}

#[test]
fn a_login_that_is_ended_fails_nobody_who_waits_for_it() {
    let simulator = simulator();
    simulator.add_fault(late(Endpoint::GenerateToken).times(1));
    let client = patient(&simulator, json!({}));
    thread::scope(|scope| {
        scope.spawn(|| cancelled(|| client.get_token()));
        wait_until("the login", || {
            simulator.counters().generate_token.requests == 1
        });
        client.get_token().unwrap();
    });
    client.get_token().unwrap();
    assert_eq!(simulator.counters().generate_token.requests, 2);
}

#[test]
fn a_wait_for_another_processs_login_is_ended() {
    let simulator = simulator();
    simulator.add_fault(late(Endpoint::GenerateToken).times(1));
    let folder = Folder::new("cancelling");
    let holder = patient(&simulator, json!({"tokenStore": folder.store()}));
    let waiting = patient(&simulator, json!({"tokenStore": folder.store()}));
    let stop = Arc::new(AtomicBool::new(false));
    let stops = stop.clone();
    holder.set_check(Some(Box::new(move || stops.load(Ordering::Relaxed))));
    thread::scope(|scope| {
        let holding = scope.spawn(|| holder.get_token());
        wait_until("the login", || {
            simulator.counters().generate_token.requests == 1
        });
        cancelled(|| waiting.get_token());
        assert_eq!(simulator.counters().generate_token.requests, 1);
        stop.store(true, Ordering::Relaxed);
        let error = holding.join().unwrap().unwrap_err();
        assert_eq!(error.kind(), Kind::Cancelled);
    });
}

#[test]
fn a_sync_of_many_quick_pages_is_ended() {
    let simulator = simulator_with(Options {
        users: 100_000,
        ..Options::default()
    });
    simulator.add_fault(FaultRule::on(Endpoint::GetUsers, Fault::Latency { ms: 10 }));
    let client = patient(&simulator, json!({}));
    let options = SyncOptions {
        page_size: 10,
        prefetch: 1,
        ..SyncOptions::default()
    };
    cancelled(|| client.sync_users(&options));
}

#[test]
fn a_listing_goes_on_after_a_page_that_was_ended() {
    let simulator = simulator();
    let client = patient(&simulator, json!({}));
    client.get_token().unwrap();
    simulator.add_fault(late(Endpoint::GetUsers).times(1));
    let mut users = client.users(ListQuery::default());
    cancelled(|| users.next_page());
    assert!(users.next_page().unwrap().ids().count() > 0);
}

#[test]
fn a_fetch_that_was_ended_says_nothing_of_the_line() {
    let simulator = simulator();
    let client = patient(&simulator, json!({}));
    let mut users = client.users(ListQuery {
        page_size: 100,
        ..ListQuery::default()
    });
    users.next_page().unwrap();
    simulator.add_fault(late(Endpoint::GetUsers));
    cancelled(|| users.next_page());
    simulator.clear_faults();
    let before = simulator.counters().get_users.requests;
    users.next_page().unwrap();
    assert_eq!(simulator.counters().get_users.requests - before, 4);
}

#[test]
fn a_call_without_a_check_goes_on() {
    let simulator = simulator();
    simulator
        .add_fault(FaultRule::on(Endpoint::GetUserByTicket, Fault::Latency { ms: 300 }).times(1));
    let client = patient(&simulator, json!({}));
    let ticket = simulator.issue_ticket(1);
    client.set_check(None);
    ENDS.set(true);
    client.get_user_by_ticket(&ticket).unwrap();
}
