//! Token stores in Redis, as sites run it: one token for all, and no store that stops a call.

#![cfg(unix)]

mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use panda_simulator::{Endpoint, Fault, FaultRule, Simulator};
use panda_water::{Client, Config, Kind, PageQuery};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};
use support::redis::{Redis, free_port};
use support::stores::*;
use support::*;

fn open(config: &Value) -> Client {
    Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap()
}

/// Clients of their own share one token by way of the store, and again when it was revoked.
fn is_shared(simulator: &Simulator, config: &Value) {
    // For what a failure shows.
    warnings_with("");
    let before = logins(simulator);
    for round in 1..=2 {
        simulator.revoke_tokens();
        for _ in 0..3 {
            open(config).get_users(&PageQuery::default()).unwrap();
        }
        assert_eq!(
            logins(simulator),
            before + round,
            "{config} {:?}",
            warnings_with("")
        );
    }
}

/// A store that gives what it is asked for the word that `answer` chooses, or is silent.
fn fake(answer: impl Fn(&str) -> Option<&'static str> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let store = format!("redis://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut text = Vec::new();
            let mut part = [0; 4096];
            while let Ok(length @ 1..) = stream.read(&mut part) {
                text.extend(&part[..length]);
                let asked = String::from_utf8_lossy(&text).into_owned();
                if let Some(answer) = answer(&asked) {
                    let _ = stream.write_all(answer.as_bytes());
                    text.clear();
                }
            }
        }
    });
    store
}

/// An address that takes no further connection, and answers none, while the second value lives.
fn full_backlog() -> (std::net::SocketAddr, impl Sized) {
    let full = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let address: std::net::SocketAddr = "127.0.0.1:0".parse().unwrap();
    full.bind(&address.into()).unwrap();
    full.listen(1).unwrap();
    let address = full.local_addr().unwrap().as_socket().unwrap();
    let hold = |_| TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok();
    let held: Vec<_> = (0..4).map(hold).collect();
    (address, (full, held))
}

#[test]
fn a_store_that_cannot_be_written_to_is_done_without_at_once_and_told_of_once() {
    let port = || free_port();
    let own = [
        (
            "READONLY",
            Redis::start_with(port(), &["--replicaof", "127.0.0.1", "1"]),
            "",
        ),
        ("OOM", Redis::start_with(port(), &["--maxmemory", "1"]), ""),
        (
            "NOREPLICAS",
            Redis::start_with(port(), &["--min-replicas-to-write", "1"]),
            "",
        ),
        (
            "NOPERM",
            Redis::start_with(port(), &["--user", "reader", "on", ">hush", "~*", "+get"]),
            "reader:hush@",
        ),
        ("WRONGPASS", Redis::start(port()), "nobody:hush@"),
        (
            "NOAUTH",
            Redis::start_with(port(), &["--requirepass", "hush"]),
            "",
        ),
    ];
    let fakes = [
        (
            "LOADING",
            "-LOADING Redis is loading the dataset in memory\r\n",
        ),
        (
            "MISCONF",
            "-MISCONF Redis is configured to save RDB snapshots\r\n",
        ),
        ("unlike Redis", "HTTP/1.1 400 Bad Request\r\n\r\n"),
    ];
    let replica = &own[0].1;
    let connections = replica.connections();
    let stores = own.iter().map(|(code, redis, account)| {
        let store = format!("redis://{account}127.0.0.1:{}", redis.port);
        (*code, store)
    });
    let fakes = fakes.map(|(code, answer)| (code, fake(move |_| Some(answer))));
    for (code, store) in stores.chain(fakes) {
        assert!(warnings_with(code).is_empty());
        let simulator = one_token_at_a_time();
        let client = open(&config(&simulator, &store));
        let begun = Instant::now();
        for _ in 0..4 {
            client.get_users(&PageQuery::default()).unwrap();
            simulator.revoke_tokens();
        }
        // Not a second for each.
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{code}: {:?}",
            begun.elapsed()
        );
        assert_eq!(logins(&simulator), 4, "{code}");
        let warnings = warnings_with(code);
        assert_eq!(warnings.len(), 1, "{code}: {warnings:?}");
        assert!(!warnings[0].contains("hush"), "{warnings:?}");
    }
    // A few for each time that it had rested, and not some for every call and moment.
    let asked = replica.connections() - connections;
    assert!(asked < 10, "{asked}");
}

/// However it hangs, a call has time left for a login of its own.
#[test]
fn a_store_that_hangs_leaves_a_call_with_little_time_enough_of_it() {
    let silent = fake(|_| None);
    // It gives the lock, and then nothing more.
    let stuck = fake(|asked| match asked {
        _ if asked.contains("EVAL") => None,
        _ if asked.contains("SET") => Some("+OK\r\n$-1\r\n"),
        _ => Some("$-1\r\n"),
    });
    let (address, _full) = full_backlog();
    for store in [silent, stuck, format!("redis://{address}")] {
        for deadline in [1_000, 20_000] {
            let simulator = one_token_at_a_time();
            let mut config = config(&simulator, &store);
            config["deadlineMs"] = json!(deadline);
            let client = open(&config);
            let begun = Instant::now();
            client.get_users(&PageQuery::default()).unwrap();
            assert!(
                begun.elapsed() < Duration::from_secs(4),
                "{:?}",
                begun.elapsed()
            );
            assert_eq!(logins(&simulator), 1);
        }
    }
}

#[test]
fn all_the_work_of_a_call_with_a_slow_store_shares_one_time() {
    let slow = fake(|asked| {
        thread::sleep(Duration::from_millis(900));
        match asked {
            _ if asked.contains("EVAL") => Some(":1\r\n"),
            _ if asked.contains("SET") => Some("+OK\r\n$-1\r\n"),
            _ => Some("$-1\r\n"),
        }
    });
    let simulator = one_token_at_a_time();
    let denied = Fault::Status {
        status: 401,
        retry_after: None,
    };
    simulator.add_fault(FaultRule::on(Endpoint::GetUsers, denied).times(1));
    let client = open(&config(&simulator, &slow));
    let begun = Instant::now();
    client.get_users(&PageQuery::default()).unwrap();
    // Two tokens, for each of which the store would be read, locked and written to in 2.7 s.
    assert_eq!(logins(&simulator), 2);
    assert!(
        begun.elapsed() < Duration::from_millis(4500),
        "{:?}",
        begun.elapsed()
    );
}

/// Scripts are among what it may do without.
#[test]
fn a_user_with_a_few_rights_is_enough_and_nothing_but_the_record_stays() {
    let rights = "--user panda on >hush/@# ~panda-water:* +get +set +del +select";
    let rights: Vec<&str> = rights.split(' ').collect();
    let redis = Redis::start_with(free_port(), &rights);
    let simulator = one_token_at_a_time();
    let store = format!("redis://panda:hush%2F%40%23@127.0.0.1:{}/3", redis.port);
    is_shared(&simulator, &config(&simulator, &store));
    assert!(redis.ask(&["INFO", "keyspace"]).contains("db3:keys=1,"));
}

#[test]
fn a_socket_of_this_machine_is_a_way_to_redis() {
    let folder = Folder::new("socket");
    let path = folder.0.join("redis.sock");
    let path = path.to_str().unwrap();
    let arguments = ["--unixsocket", path, "--requirepass", "hush"];
    let _redis = Redis::start_with(0, &arguments);
    wait_until("the socket", || Path::new(path).exists());
    let simulator = one_token_at_a_time();
    let store = format!("redis+unix://{path}?db=1&pass=hush");
    is_shared(&simulator, &config(&simulator, &store));
}

#[test]
fn redis_with_tls_and_the_client_show_each_other_certificates_of_an_authority_of_their_own() {
    let folder = Folder::new("redis-tls");
    let key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // OpenSSL takes a certificate of its issuer's name for its own issuer.
    authority
        .distinguished_name
        .push(DnType::CommonName, "authority");
    let own_key = KeyPair::generate().unwrap();
    let issuer = authority.self_signed(&key).unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = certificate
        .signed_by(&own_key, &Issuer::new(authority, key))
        .unwrap();
    let write = |name: &str, text: String| {
        let path = folder.0.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let authority = write("authority.pem", issuer.pem());
    let certificate = write("certificate.pem", certificate.pem());
    let key = write("key.pem", own_key.serialize_pem());
    let port = free_port();
    let _redis = Redis::start_with(
        0,
        &[
            "--tls-port",
            &port.to_string(),
            "--tls-cert-file",
            &certificate,
            "--tls-key-file",
            &key,
            "--tls-ca-cert-file",
            &authority,
            "--tls-auth-clients",
            "yes",
        ],
    );
    wait_until("redis-server", || {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    let simulator = one_token_at_a_time();
    let mut config = config(&simulator, &format!("rediss://127.0.0.1:{port}"));
    config["caFile"] = json!(authority);
    config["clientCertFile"] = json!(certificate);
    config["clientKeyFile"] = json!(key);
    is_shared(&simulator, &config);

    let mut without = config.clone();
    without["clientCertFile"] = Value::Null;
    without["clientKeyFile"] = Value::Null;
    let before = logins(&simulator);
    open(&without).get_users(&PageQuery::default()).unwrap();
    assert_eq!(logins(&simulator), before + 1);
    // An alert may come after the answers are awaited, or a reset in its place.
    let wanted = warnings_with("CertificateRequired");
    assert!(
        wanted.iter().all(|line| line.contains("`clientCertFile`")),
        "{wanted:?}"
    );

    // Without it nobody is told anything.
    assert!(warnings_with("UnknownIssuer").is_empty());
    config["caFile"] = Value::Null;
    let client = open(&config);
    let begun = Instant::now();
    client.get_users(&PageQuery::default()).unwrap();
    let warnings = warnings_with("UnknownIssuer");
    assert_eq!(warnings.len(), 1, "after {:?}", begun.elapsed());
    assert!(warnings[0].contains("`caFile`"), "{warnings:?}");
}

#[test]
fn sentinels_lead_to_the_master_and_after_its_end_to_the_next() {
    let mut master = Redis::start_anywhere();
    let of = master.port.to_string();
    let replica = Redis::start_with(free_port(), &["--replicaof", "127.0.0.1", &of]);
    let role = |redis: &Redis| redis.ask(&["ROLE"]).lines().nth(2).map(str::to_owned);
    wait_until("the replica", || {
        replica
            .ask(&["INFO", "replication"])
            .contains("master_link_status:up")
    });
    let sentinels: Vec<Redis> = (0..2)
        .map(|_| Redis::start_sentinel(free_port(), master.port))
        .collect();
    wait_until("the sentinels", || {
        let told = |sentinel: &Redis| sentinel.ask(&["SENTINEL", "master", "panda"]);
        sentinels.iter().all(|sentinel| {
            let told = told(sentinel);
            let number = |name: &str| {
                let value = told.lines().skip_while(|line| *line != name).nth(2);
                value.map(str::to_owned)
            };
            let (replicas, others) = (number("num-slaves"), number("num-other-sentinels"));
            replicas.as_deref() == Some("1") && others.as_deref() == Some("1")
        })
    });
    // The first is gone, and another hangs.
    let silent = fake(|_| None);
    let silent = silent.strip_prefix("redis://").unwrap();
    let store = format!(
        "redis+sentinel://127.0.0.1:1,{silent},127.0.0.1:{},127.0.0.1:{}/panda/2",
        sentinels[0].port, sentinels[1].port
    );
    let simulator = one_token_at_a_time();
    let config = config(&simulator, &store);
    is_shared(&simulator, &config);
    assert!(master.ask(&["INFO", "keyspace"]).contains("db2:keys=1,"));

    let client = open(&config);
    client.get_users(&PageQuery::default()).unwrap();
    let before = logins(&simulator);
    master.kill();
    wait_until("another master", || {
        role(&replica).as_deref() == Some("master")
    });
    wait_until("the sentinels' word", || {
        let asked = ["SENTINEL", "get-master-addr-by-name", "panda"];
        let port = replica.port.to_string();
        sentinels
            .iter()
            .all(|sentinel| sentinel.ask(&asked).contains(&port))
    });
    simulator.revoke_tokens();
    client.get_users(&PageQuery::default()).unwrap();
    open(&config).get_users(&PageQuery::default()).unwrap();
    assert_eq!(logins(&simulator), before + 1);

    let mut unknown = config.clone();
    let name = store.replace("/panda/", "/nobody/");
    unknown["tokenStore"] = json!(name);
    open(&unknown).get_users(&PageQuery::default()).unwrap();
    assert_eq!(logins(&simulator), before + 2);
}

#[test]
fn any_node_of_a_cluster_leads_to_the_one_that_keeps_the_record() {
    let nodes: Vec<Redis> = (0..2)
        .map(|_| {
            // The nodes' own port is 10,000 higher.
            let port = loop {
                let port = free_port();
                if port < 55_000 {
                    break port;
                }
            };
            Redis::start_with(port, &["--cluster-enabled", "yes"])
        })
        .collect();
    for (node, slots) in nodes.iter().zip([0..8192, 8192..16384]) {
        let slots: Vec<String> = slots.map(|slot| slot.to_string()).collect();
        let slots = slots.iter().map(String::as_str);
        let command: Vec<&str> = ["CLUSTER", "ADDSLOTS"].into_iter().chain(slots).collect();
        assert_eq!(node.ask(&command).trim(), "+OK");
    }
    nodes[0].ask(&["CLUSTER", "MEET", "127.0.0.1", &nodes[1].port.to_string()]);
    wait_until("the cluster", || {
        (nodes.iter()).all(|node| node.ask(&["CLUSTER", "INFO"]).contains("cluster_state:ok"))
    });
    let simulator = one_token_at_a_time();
    let by = |node: &Redis| open(&config(&simulator, &node.store()));
    for round in 1..=2 {
        for node in &nodes {
            by(node).get_users(&PageQuery::default()).unwrap();
        }
        assert_eq!(logins(&simulator), round);
        simulator.revoke_tokens();
    }

    // Its slot moves: what is not there any more is asked of the node that it goes to.
    let key = |node: &Redis| node.ask(&["KEYS", "*"]).lines().nth(2).map(str::to_owned);
    let (from, to) = match key(&nodes[0]) {
        Some(_) => (&nodes[0], &nodes[1]),
        None => (&nodes[1], &nodes[0]),
    };
    let key = key(from).unwrap();
    let slot = from.ask(&["CLUSTER", "KEYSLOT", &key]);
    let slot = slot.trim_end().strip_prefix(':').unwrap();
    let id = |node: &Redis| {
        node.ask(&["CLUSTER", "MYID"])
            .lines()
            .nth(1)
            .unwrap()
            .to_owned()
    };
    to.ask(&["CLUSTER", "SETSLOT", slot, "IMPORTING", &id(from)]);
    from.ask(&["CLUSTER", "SETSLOT", slot, "MIGRATING", &id(to)]);
    from.ask(&["DEL", &key]);
    for node in &nodes {
        by(node).get_users(&PageQuery::default()).unwrap();
    }
    assert_eq!(
        logins(&simulator),
        3,
        "{:?} {}",
        warnings_with(""),
        to.ask(&["KEYS", "*"])
    );
    assert!(to.ask(&["CLUSTER", "COUNTKEYSINSLOT", slot]).contains(":1"));
}

#[test]
fn a_cluster_that_redirects_in_circles_is_left_behind() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = format!("-MOVED 1 {address}\r\n");
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut part = [0; 4096];
            let _ = stream.read(&mut part);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    assert!(warnings_with("MOVED").is_empty());
    let simulator = one_token_at_a_time();
    let client = open(&config(&simulator, &format!("redis://{address}")));
    client.get_users(&PageQuery::default()).unwrap();
    assert_eq!(warnings_with("MOVED").len(), 1);
}

#[test]
fn a_mistake_in_the_url_is_told_without_quoting_it() {
    let simulator = simulator();
    for store in [
        "redis://hush@127.0.0.1",
        "redis://:hush",
        "redis://:hu#hush@127.0.0.1",
        "redis+sentinel://:hush@127.0.0.1",
        "redis+unix://hush",
        "redis://127.0.0.1/hush",
    ] {
        let config = config(&simulator, store);
        let config = Config::from_json(&config.to_string()).unwrap();
        let error = Client::new(config).err().unwrap();
        assert_eq!(error.kind(), Kind::Store, "{store}");
        assert!(error.message().contains("`tokenStore`"), "{error}");
        assert!(!error.message().contains("hush"), "{error}");
    }
}

#[test]
fn a_store_that_was_asked_when_its_caller_ended_the_call_is_in_no_trouble() {
    let gives_back = Arc::new(AtomicBool::new(false));
    let locks = Arc::new(AtomicU32::new(0));
    let (giving_back, locking) = (gives_back.clone(), locks.clone());
    let store = fake(move |asked| match asked {
        _ if asked.contains("EVAL") => {
            giving_back.store(true, Ordering::Relaxed);
            None
        }
        _ if asked.contains("SET") => {
            locking.fetch_add(1, Ordering::Relaxed);
            Some("+OK\r\n$-1\r\n")
        }
        _ => Some("$-1\r\n"),
    });
    let simulator = one_token_at_a_time();
    let client = open(&config(&simulator, &store));
    client.set_check(Some(Box::new(move || gives_back.load(Ordering::Relaxed))));
    client.get_token().unwrap();
    assert_eq!(locks.load(Ordering::Relaxed), 1);
    client.set_check(None);
    simulator.revoke_tokens();
    client.get_users(&PageQuery::default()).unwrap();
    assert_eq!(locks.load(Ordering::Relaxed), 2);
}

#[test]
fn a_call_is_ended_while_it_connects_to_redis() {
    let (address, _full) = full_backlog();
    let simulator = one_token_at_a_time();
    simulator.add_fault(FaultRule::on(
        Endpoint::GenerateToken,
        Fault::Latency { ms: 60_000 },
    ));
    let client = open(&config(&simulator, &format!("redis://{address}")));
    client.set_check(Some(Box::new(|| true)));
    let error = client.get_users(&PageQuery::default()).unwrap_err();
    assert_eq!((error.kind(), logins(&simulator)), (Kind::Cancelled, 0));
}
