//! A Redis server that the nodes of a cluster share.
//!
//! It is asked only when a login may be due, over a connection of its own each time, so that
//! nothing rests between calls.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use redis::{Client, Cmd, FromRedisValue, cmd};

use super::{Shared, Trouble, now_ms};
use crate::system::with_signals_blocked;

/// For each thing that is asked of the server, connecting included.
const TIMEOUT: Duration = Duration::from_secs(1);
/// A holder that died blocks the others for so long.
const LOCK_LIFE: Duration = Duration::from_secs(15);
/// What is shared outlives the token itself, for the memory of refused logins.
const KEPT_AFTER: Duration = Duration::from_secs(3600);

/// Writes only while the lock is still ours: a holder that took too long must not overwrite what
/// its successor fetched.
const WRITE: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then \
                     redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) return 1 else return 0 end";
const UNLOCK: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end";

#[derive(Clone)]
pub(crate) struct RedisStore {
    client: Client,
    key: String,
    lock_key: String,
}

pub(crate) struct RedisLock<'a> {
    store: &'a RedisStore,
    owner: String,
}

impl RedisStore {
    pub(super) fn new(url: &str, account: &str) -> Result<RedisStore, Trouble> {
        // The error could quote the URL, which may hold a password.
        let client = Client::open(url)
            .map_err(|_| "not a Redis URL such as redis://:password@10.0.0.9:6379/0".to_owned())?;
        // In braces: on a Redis cluster both keys are kept by the same node.
        let key = format!("panda-water:{{{account}}}");
        Ok(RedisStore {
            client,
            lock_key: format!("{key}:lock"),
            key,
        })
    }

    pub(super) fn read(&self) -> Result<Shared, Trouble> {
        let json: Option<String> = self.ask(cmd("GET").arg(&self.key).to_owned())?;
        // What is damaged is replaced by the next login.
        Ok(json
            .and_then(|json| serde_json::from_str(&json).ok())
            .unwrap_or_default())
    }

    pub(super) fn try_lock(&self) -> Result<Option<RedisLock<'_>>, Trouble> {
        let owner = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        let mut set = cmd("SET");
        set.arg(&self.lock_key)
            .arg(&owner)
            .arg("NX")
            .arg("PX")
            .arg(LOCK_LIFE.as_millis() as u64);
        let answer: Option<String> = self.ask(set)?;
        Ok(answer.map(|_| RedisLock { store: self, owner }))
    }

    fn run_script(
        &self,
        code: &'static str,
        keys: &[&str],
        arguments: &[&str],
    ) -> Result<bool, Trouble> {
        let mut eval = cmd("EVAL");
        eval.arg(code).arg(keys.len()).arg(keys).arg(arguments);
        let done: i64 = self.ask(eval)?;
        Ok(done == 1)
    }

    /// Asks on a thread of its own, which ends with the answer: the look-up of the server's name
    /// keeps no time limit.
    fn ask<T: FromRedisValue + Send + 'static>(&self, command: Cmd) -> Result<T, Trouble> {
        let client = self.client.clone();
        let (sender, receiver) = mpsc::channel();
        let asking = with_signals_blocked(|| {
            thread::Builder::new()
                .name("panda-redis".to_owned())
                .spawn(move || {
                    // Nobody waits any more if this fails.
                    let _ = sender.send(ask(&client, &command));
                })
        });
        let asking = asking.map_err(|error| format!("Redis cannot be asked: {error}"))?;
        let answer = receiver.recv_timeout(2 * TIMEOUT);
        if answer.is_ok() {
            // It is about to end: no call leaves a thread behind.
            let _ = asking.join();
        }
        answer.unwrap_or_else(|_| Err("Redis did not answer in time".to_owned()))
    }
}

fn ask<T: FromRedisValue>(client: &Client, command: &Cmd) -> Result<T, Trouble> {
    let ask = || -> redis::RedisResult<T> {
        let mut connection = client.get_connection_with_timeout(TIMEOUT)?;
        connection.set_read_timeout(Some(TIMEOUT))?;
        connection.set_write_timeout(Some(TIMEOUT))?;
        command.query(&mut connection)
    };
    ask().map_err(|error| format!("Redis: {error}"))
}

impl RedisLock<'_> {
    pub(super) fn write(&self, shared: &Shared) -> Result<(), Trouble> {
        let json = serde_json::to_string(shared).map_err(|error| error.to_string())?;
        let end = shared
            .token
            .as_ref()
            .map_or(0, |token| token.dead_at - now_ms())
            .max(0);
        let life = (end + KEPT_AFTER.as_millis() as i64).to_string();
        let (store, owner) = (self.store, self.owner.as_str());
        match store.run_script(
            WRITE,
            &[&store.lock_key, &store.key],
            &[owner, &json, &life],
        )? {
            true => Ok(()),
            false => Err("the login took longer than the lock in Redis".to_owned()),
        }
    }
}

impl Drop for RedisLock<'_> {
    fn drop(&mut self) {
        if let Err(trouble) =
            self.store
                .run_script(UNLOCK, &[&self.store.lock_key], &[self.owner.as_str()])
        {
            log::warn!("the lock in Redis stays until it expires: {trouble}");
        }
    }
}
