//! Token stores: one token for many processes, and no store that stops a call.
//!
//! The processes are this test program again, in the role of [`worker`].

#![cfg(unix)]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use panda_simulator::{DeadToken, Endpoint, Fault, FaultRule, Options, Simulator};
use panda_water::{Client, Config, Kind, PageQuery};
use serde_json::{Value, json};
use support::redis::Redis;
use support::stores::*;
use support::*;

/// A process that makes calls on four threads until it is told to stop or its time is over, and
/// prints each failure and the number of its calls.
#[test]
#[ignore = "a role that the other tests start as a process"]
fn worker() {
    let Ok(config) = env::var("STORE_WORKER_CONFIG") else {
        return;
    };
    let seconds = env::var("STORE_WORKER_SECONDS").unwrap().parse().unwrap();
    let client = Client::new(Config::from_json(&config).unwrap()).unwrap();
    let end = Instant::now() + Duration::from_secs(seconds);
    let calls: u64 = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut calls = 0;
                    while Instant::now() < end {
                        if let Err(error) = client.get_users(&PageQuery::default()) {
                            println!("failed: {:?} {error}", error.kind());
                        }
                        calls += 1;
                        thread::sleep(Duration::from_millis(20));
                    }
                    calls
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    println!("calls: {calls}");
}

fn start_worker(config: &Value, seconds: u64) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "worker"])
        .env("STORE_WORKER_CONFIG", config.to_string())
        .env("STORE_WORKER_SECONDS", seconds.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The failures and the number of calls of a worker that has ended.
fn outcome(mut worker: Child) -> (Vec<String>, u64) {
    let (mut failures, mut calls) = (Vec::new(), 0);
    for line in BufReader::new(worker.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(number) = line.strip_prefix("calls: ") {
            calls = number.parse().unwrap();
        } else if line.starts_with("failed: ") {
            failures.push(line);
        }
    }
    assert!(worker.wait().unwrap().success());
    (failures, calls)
}

/// 16 processes with 4 threads each, while the token is revoked every second and `midway` happens.
fn storm(simulator: &Simulator, store: &str, midway: impl FnOnce()) -> u64 {
    const SECONDS: u64 = 10;
    let config = config(simulator, store);
    let workers: Vec<_> = (0..16).map(|_| start_worker(&config, SECONDS)).collect();
    wait_until("the first call", || {
        simulator.counters().get_users.requests > 0
    });
    let mut midway = Some(midway);
    let mut revocations = 0;
    for second in 0..SECONDS - 1 {
        thread::sleep(Duration::from_secs(1));
        simulator.revoke_tokens();
        revocations += 1;
        if second == SECONDS / 2
            && let Some(midway) = midway.take()
        {
            midway();
        }
    }
    for worker in workers {
        let (failures, calls) = outcome(worker);
        assert!(failures.is_empty(), "{failures:?}");
        assert!(calls > 0);
    }
    revocations
}

#[test]
fn a_storm_of_processes_shares_one_token_through_a_file() {
    let (simulator, folder) = (one_token_at_a_time(), Folder::new("file-storm"));
    let revocations = storm(&simulator, &folder.store(), || ());
    let logins = logins(&simulator);
    assert!(
        logins <= 2 * revocations + 1,
        "{logins} logins after {revocations} revocations"
    );
}

#[test]
fn a_storm_of_processes_shares_one_token_through_redis_which_is_killed_and_restarted() {
    let (simulator, mut redis) = (one_token_at_a_time(), Redis::start_anywhere());
    let store = redis.store();
    let revocations = storm(&simulator, &store, || {
        redis.kill();
        thread::sleep(Duration::from_millis(700));
        redis = Redis::start(redis.port);
    });
    let logins = logins(&simulator);
    assert!(
        logins <= 2 * revocations + 1,
        "{logins} logins after {revocations} revocations"
    );
}

#[test]
fn a_process_killed_while_it_holds_the_lock_blocks_nobody() {
    let (simulator, folder) = (one_token_at_a_time(), Folder::new("killed"));
    let config = config(&simulator, &folder.store());
    simulator
        .add_fault(FaultRule::on(Endpoint::GenerateToken, Fault::Latency { ms: 60_000 }).times(1));
    let mut holder = start_worker(&config, 60);
    wait_until("the holder's login", || logins(&simulator) == 1);
    holder.kill().unwrap();
    holder.wait().unwrap();
    let client = Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap();
    client.get_users(&PageQuery::default()).unwrap();
    assert_eq!(logins(&simulator), 2);
}

#[test]
fn a_process_killed_while_it_holds_the_lock_in_redis_holds_others_up_for_a_moment() {
    let (simulator, redis) = (one_token_at_a_time(), Redis::start_anywhere());
    let mut config = config(&simulator, &redis.store());
    config["deadlineMs"] = json!(120_000);
    simulator
        .add_fault(FaultRule::on(Endpoint::GenerateToken, Fault::Latency { ms: 120_000 }).times(1));
    let mut holder = start_worker(&config, 60);
    wait_until("the holder's login", || logins(&simulator) == 1);
    holder.kill().unwrap();
    holder.wait().unwrap();
    let begun = Instant::now();
    let clients = (0..4).map(|_| Client::new(Config::from_json(&config.to_string()).unwrap()));
    let clients: Vec<Client> = clients.map(Result::unwrap).collect();
    thread::scope(|scope| {
        for client in &clients {
            scope.spawn(|| client.get_users(&PageQuery::default()).unwrap());
        }
    });
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(logins(&simulator), 2);
}

#[test]
fn who_logs_in_slowly_keeps_the_lock_in_redis_while_it_lives() {
    let (simulator, redis) = (one_token_at_a_time(), Redis::start_anywhere());
    let config = config(&simulator, &redis.store());
    simulator
        .add_fault(FaultRule::on(Endpoint::GenerateToken, Fault::Latency { ms: 5_000 }).times(1));
    let open = || Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap();
    let clients: Vec<Client> = (0..4).map(|_| open()).collect();
    thread::scope(|scope| {
        for client in &clients {
            scope.spawn(|| client.get_users(&PageQuery::default()).unwrap());
        }
    });
    assert_eq!(logins(&simulator), 1);
}

#[test]
fn a_file_store_whose_place_is_taken_away_is_done_without_at_once_and_told_of_once() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 3] = [
        ("vanished", |folder| fs::remove_dir_all(folder).unwrap()),
        ("replaced", |folder| {
            fs::remove_file(folder.join("token")).unwrap();
            fs::create_dir(folder.join("token")).unwrap();
        }),
        // As with a full disk, what is written cannot be put in its place.
        ("unwritable", |folder| {
            fs::create_dir_all(folder.join("token.new/x")).unwrap();
        }),
    ];
    for (name, change) in changes {
        let (simulator, folder) = (one_token_at_a_time(), Folder::new(name));
        assert!(warnings_with(name).is_empty());
        let config = config(&simulator, &folder.store());
        let client = Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap();
        client.get_users(&PageQuery::default()).unwrap();
        change(&folder.0);
        for _ in 0..4 {
            let begun = Instant::now();
            simulator.revoke_tokens();
            client.get_users(&PageQuery::default()).unwrap();
            let took = begun.elapsed();
            assert!(took < Duration::from_millis(1_900), "{name}: {took:?}");
        }
        assert_eq!(logins(&simulator), 5, "{name}");
        let folder = folder.0.display().to_string();
        assert_eq!(
            warnings_with(&folder).len(),
            1,
            "{:?}",
            warnings_with(&folder)
        );
    }
}

#[test]
fn clients_share_a_token_and_the_memory_of_a_refused_login() {
    let redis = Redis::start_anywhere();
    let folder = Folder::new("shared");
    for store in [folder.store(), redis.store()] {
        let simulator = one_token_at_a_time();
        let open = |password: Option<&str>| {
            let mut config = config(&simulator, &store);
            if let Some(password) = password {
                config["password"] = json!(password);
            }
            Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap()
        };
        let barrier = Barrier::new(8);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let client = open(None);
                    barrier.wait();
                    client.get_users(&PageQuery::default()).unwrap();
                });
            }
        });
        assert_eq!(logins(&simulator), 1, "{store}");
        let (one, other) = (
            open(None).get_token().unwrap(),
            open(None).get_token().unwrap(),
        );
        assert_eq!(one.as_str(), other.as_str());
        assert_eq!(one.expires_at(), other.expires_at());

        simulator.revoke_tokens();
        for _ in 0..3 {
            let client = open(Some("hush"));
            assert_eq!(
                client.get_users(&PageQuery::default()).unwrap_err().kind(),
                Kind::Auth
            );
        }
        assert_eq!(logins(&simulator), 2, "{store}");
    }
}

#[test]
fn accounts_and_platforms_do_not_meet_in_a_store() {
    let folder = Folder::new("accounts");
    let other = simulator_with(Options {
        username: "other".to_owned(),
        ..Options::default()
    });
    for simulator in [one_token_at_a_time(), one_token_at_a_time(), other] {
        let config = config(&simulator, &folder.store());
        let client = Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap();
        client.get_users(&PageQuery::default()).unwrap();
        assert_eq!(
            (logins(&simulator), simulator.counters().tokens_refused),
            (1, 0)
        );
    }
}

#[test]
fn a_store_that_is_down_stops_no_call() {
    let simulator = one_token_at_a_time();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    // It takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let stores = [
        format!("redis://127.0.0.1:{port}"),
        format!("redis://{}", silent.local_addr().unwrap()),
        "redis://no-such-host.invalid".to_owned(),
    ];
    for store in stores {
        let config = config(&simulator, &store);
        let client = Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap();
        client.get_users(&PageQuery::default()).unwrap();
    }
}

#[test]
fn a_file_that_cannot_be_written_stops_no_call_and_a_hostile_one_is_refused() {
    let (simulator, folder) = (one_token_at_a_time(), Folder::new("hostile"));
    let config = config(&simulator, &folder.store());
    let client = Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap();
    // A folder in the place of the file that is to be replaced.
    fs::create_dir(folder.0.join("token")).unwrap();
    client.get_users(&PageQuery::default()).unwrap();
    fs::remove_dir(folder.0.join("token")).unwrap();

    fs::write(folder.0.join("token"), "{}").unwrap();
    fs::set_permissions(folder.0.join("token"), fs::Permissions::from_mode(0o644)).unwrap();
    let refused = |config: &Value| {
        let config = Config::from_json(&config.to_string()).unwrap();
        Client::new(config).unwrap_err().kind()
    };
    assert_eq!(refused(&config), Kind::Store);
    let mut elsewhere = config.clone();
    elsewhere["tokenStore"] = json!("file:/nonexistent/folder/token");
    assert_eq!(refused(&elsewhere), Kind::Store);
}

/// A process of a web application without a shared store: at a line on its input, twenty visitors
/// with valid tickets come at once; it prints what became of each.
#[test]
#[ignore = "a role that the other tests start as a process"]
fn visitors() {
    let (Ok(config), Ok(tickets)) = (env::var("VISITORS_CONFIG"), env::var("VISITORS_TICKETS"))
    else {
        return;
    };
    let client = Client::new(Config::from_json(&config).unwrap()).unwrap();
    println!("ready");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    thread::scope(|scope| {
        for ticket in tickets.split(' ') {
            let client = &client;
            scope.spawn(move || match client.get_user_by_ticket(ticket) {
                Ok(_) => println!("visitor: signed in"),
                Err(error) => println!(
                    "visitor: {:?} {} {error}",
                    error.kind(),
                    error.is_retryable()
                ),
            });
        }
    });
}

#[test]
fn processes_that_take_the_token_from_each_other_sign_everybody_in_and_call_no_ticket_bad() {
    for dead in [
        DeadToken::Unauthorized,
        DeadToken::Forbidden,
        DeadToken::Code,
        DeadToken::LikeTicket,
    ] {
        let simulator = one_token_at_a_time();
        simulator.change_behaviour(|behaviour| behaviour.dead_token = dead);
        let config = config(&simulator, "memory");
        let mut processes: Vec<Child> = (0..6)
            .map(|_| {
                let tickets: Vec<String> = (1..=20).map(|id| simulator.issue_ticket(id)).collect();
                Command::new(env::current_exe().unwrap())
                    .args(["--ignored", "--exact", "--nocapture", "visitors"])
                    .env("VISITORS_CONFIG", config.to_string())
                    .env("VISITORS_TICKETS", tickets.join(" "))
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let mut outputs: Vec<_> = processes
            .iter_mut()
            .map(|process| BufReader::new(process.stdout.take().unwrap()).lines())
            .collect();
        for output in &mut outputs {
            assert!(output.any(|line| line.unwrap().ends_with("ready")));
        }
        for process in &mut processes {
            let _ = process.stdin.take().unwrap().write_all(b"\n");
        }
        let said: Vec<String> = outputs
            .into_iter()
            .flat_map(|output| output.map_while(Result::ok).collect::<Vec<_>>())
            .filter(|line| line.contains("visitor: "))
            .collect();
        processes
            .iter_mut()
            .for_each(|process| assert!(process.wait().unwrap().success()));
        let failed: Vec<&String> = (said.iter())
            .filter(|line| !line.ends_with("signed in"))
            .collect();
        assert_eq!(said.len(), 120, "{dead:?}");
        assert!(failed.len() <= 1, "{dead:?}: {failed:?}");
        assert!(
            failed
                .iter()
                .all(|line| line.contains("visitor: Auth true")),
            "{dead:?}: {failed:?}"
        );
    }
}

#[test]
fn a_record_that_others_wrote_or_changed_is_replaced_by_a_login() {
    let (simulator, folder) = (one_token_at_a_time(), Folder::new("forged"));
    let config = config(&simulator, &folder.store());
    let open = || Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap();
    open().get_token().unwrap();
    let path = folder.0.join("token");
    let written: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let place = written.as_object().unwrap().keys().next().unwrap().clone();
    let forged = [
        json!({"token": {"token": "forged", "expirationTime": "null", "expiresAt": null,
                         "renewAt": i64::MAX, "deadAt": i64::MAX}, "refused": null}),
        json!({"token": null, "refused": {"message": "OK", "code": 0, "httpStatus": null,
               "platformCode": "0},\"data\":{\"id\":1", "until": i64::MAX, "nextCooldownMs": 1}}),
    ];
    let mut expected = 1;
    for shared in forged {
        let mut changed = written.clone();
        changed[&place]["shared"] = shared;
        fs::write(&path, changed.to_string()).unwrap();
        let client = open();
        assert_eq!(
            client.get_user_by_ticket("bogus").unwrap_err().kind(),
            Kind::Ticket
        );
        client.get_users(&PageQuery::default()).unwrap();
        expected += 1;
        assert_eq!(logins(&simulator), expected);
        assert_eq!(simulator.counters().tokens_refused, 0);
    }
}

#[test]
fn a_corrected_password_is_another_account_and_a_refusal_goes_on_doubling_over_processes() {
    let (simulator, folder) = (one_token_at_a_time(), Folder::new("doubling"));
    let open = |password: &str| {
        let mut config = config(&simulator, &folder.store());
        config["password"] = json!(password);
        config["loginCooldownMs"] = json!(50);
        Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap()
    };
    let next_cooldowns = || -> Vec<u64> {
        let records = fs::read_to_string(folder.0.join("token")).unwrap();
        let records: Value = serde_json::from_str(&records).unwrap();
        let records = records.as_object().unwrap().values();
        records
            .filter_map(|record| record["shared"]["refused"]["nextCooldownMs"].as_u64())
            .collect()
    };
    for expected in [100, 200, 400] {
        // Each a process of its own, as with CGI.
        wait_until("the next login", || {
            open("hush").get_token().unwrap_err();
            next_cooldowns().contains(&expected)
        });
    }
    let ready = simulator.ready();
    let right = open(ready.password.as_deref().unwrap());
    right.get_users(&PageQuery::default()).unwrap();
}

#[test]
fn a_redis_that_sends_a_byte_now_and_then_is_left_behind() {
    let simulator = one_token_at_a_time();
    let dripping = TcpListener::bind("127.0.0.1:0").unwrap();
    let store = format!("redis://{}", dripping.local_addr().unwrap());
    let given_up = thread::spawn(move || {
        let mut connection = dripping.accept().unwrap().0;
        let start = Instant::now();
        let _ = connection.write_all(b"$1000000\r\n");
        while connection.write_all(b"x").is_ok() && start.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(50));
        }
        start.elapsed() < Duration::from_secs(60)
    });
    let config = config(&simulator, &store);
    let client = Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap();
    client.get_users(&PageQuery::default()).unwrap();
    assert!(given_up.join().unwrap(), "the connection stayed open");
}
