//! What the tests of token stores share.

use std::sync::{Mutex, Once};

use panda_simulator::{DeadToken, Simulator};
use serde_json::{Value, json};

use super::simulator;

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
