//! What the integration tests share: a simulator in this process, and clients of it.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod redis;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once};
use std::time::{Duration, Instant};

use panda_simulator::{DeadToken, Options, RawAnswer, Simulator};
use panda_water::{Client, Config, Error, ListQuery, User};
use serde_json::{Value, json};

pub fn simulator() -> Simulator {
    simulator_with(Options::default())
}

pub fn simulator_with(options: Options) -> Simulator {
    Simulator::start(options).unwrap()
}

/// A client of the simulator with short limits; `settings` are laid over them.
pub fn client_with(simulator: &Simulator, settings: Value) -> Client {
    let ready = simulator.ready();
    let mut config = json!({"baseUrl": ready.base_url, "timeoutMs": 5000, "deadlineMs": 20000});
    if let (Some(username), Some(password)) = (&ready.username, &ready.password) {
        config["username"] = json!(username);
        config["password"] = json!(password);
    }
    for (key, value) in settings.as_object().unwrap() {
        config[key] = value.clone();
    }
    Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap()
}

pub fn client(simulator: &Simulator) -> Client {
    client_with(simulator, json!({}))
}

/// All users of a listing, in the order in which they came.
pub fn list(client: &Client, query: ListQuery) -> Result<Vec<User>, Error> {
    let mut users = client.users(query);
    let mut all = Vec::new();
    loop {
        let page = users.next_page()?;
        all.extend(page.users());
        if page.is_done() {
            return Ok(all);
        }
    }
}

pub fn ids(users: &[User]) -> Vec<u64> {
    users.iter().map(|user| user.id).collect()
}

/// A folder of this test's own, removed at its end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    pub fn store(&self) -> String {
        format!("file:{}", self.0.join("token").display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn answer(body: &str) -> RawAnswer {
    RawAnswer::new(body)
}

/// Waits for what another thread brings about.
pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "waited in vain for {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub fn one_token_at_a_time() -> Simulator {
    let simulator = simulator();
    simulator.change_behaviour(|behaviour| {
        behaviour.one_token_at_a_time = true;
        behaviour.dead_token = DeadToken::Unauthorized;
    });
    simulator
}

pub fn logins(simulator: &Simulator) -> u64 {
    simulator.counters().generate_token.requests
}

pub fn config(simulator: &Simulator, store: &str) -> Value {
    let ready = simulator.ready();
    json!({"baseUrl": ready.base_url, "username": ready.username, "password": ready.password,
           "tokenStore": store, "deadlineMs": 20_000})
}

static WARNINGS: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, metadata: &log::Metadata) -> bool {
        metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &log::Record) {
        if self.enabled(record.metadata()) {
            WARNINGS.lock().unwrap().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

/// The library's warnings that hold a text, of the whole process since this was first called.
pub fn warnings_with(text: &str) -> Vec<String> {
    static START: Once = Once::new();
    START.call_once(|| {
        log::set_logger(&Logger).unwrap();
        log::set_max_level(log::LevelFilter::Warn);
    });
    let warnings = WARNINGS.lock().unwrap();
    let found = warnings.iter().filter(|warning| warning.contains(text));
    found.cloned().collect()
}
