//! A Redis server that the nodes of a cluster share. It is asked only when a login may be due.

mod address;
mod connection;
mod resp;
mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use ring::rand::{SecureRandom, SystemRandom};

use self::resp::Answer;
use self::server::Server;
use super::record::Seal;
use super::{Shared, Trouble, now_ms};
use crate::deadline::{Call, Check, Deadline};
use crate::system;
use crate::transport::Transport;

/// For each thing that is asked of the server, connecting included.
const TIMEOUT: Duration = Duration::from_secs(1);
/// A holder that died blocks the others for no longer; one that lives says so while it logs in.
const LOCK_LIFE: Duration = Duration::from_millis(2500);
const SIGN_OF_LIFE: Duration = Duration::from_millis(800);
/// What is shared outlives its use a little, for the memory of how often a login was refused.
const KEPT_AFTER: Duration = Duration::from_secs(3600);
/// Twice what a call needs at most; TLS most of that.
const STACK: usize = 256 * 1024;

/// Gives the lock back, and first writes what is to be shared; only while it is still ours: a
/// holder that was stopped must not overwrite what its successor fetched.
const RELEASE: &str = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end \
                       if ARGV[2] then redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) end \
                       return redis.call('DEL', KEYS[1])";
const KEEP: &str = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end \
                    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return 1";

pub(crate) struct RedisStore {
    server: Server,
    seal: Seal,
    key: String,
    lock_key: String,
}

pub(crate) struct RedisLock<'a> {
    store: &'a RedisStore,
    owner: String,
    /// When it was asked for.
    since: Instant,
}

impl RedisStore {
    pub(super) fn new(url: &str, seal: Seal, transport: &Transport) -> Result<RedisStore, Trouble> {
        // In braces: on a Redis cluster both keys are kept by the same node.
        let key = format!("panda-water:{{{}}}", seal.place);
        Ok(RedisStore {
            server: Server::new(url, transport)?,
            seal,
            lock_key: format!("{key}:lock"),
            key,
        })
    }

    pub(super) fn read(&self, limit: Deadline<'_>) -> Result<Shared, Trouble> {
        let get: [&[u8]; 2] = [b"GET", self.key.as_bytes()];
        let answers = self.server.ask(&[&get], limit.within(TIMEOUT))?;
        Ok(self.open(answers.into_iter().next()))
    }

    /// The lock, unless somebody has it, and what is shared then.
    pub(super) fn try_lock(
        &self,
        limit: Deadline<'_>,
    ) -> Result<(Option<RedisLock<'_>>, Shared), Trouble> {
        let (owner, since) = (random_name()?, Instant::now());
        let life = LOCK_LIFE.as_millis().to_string();
        let (lock_key, key) = (self.lock_key.as_bytes(), self.key.as_bytes());
        let set: [&[u8]; 6] = [
            b"SET",
            lock_key,
            owner.as_bytes(),
            b"NX",
            b"PX",
            life.as_bytes(),
        ];
        let asked = (self.server).ask(&[&set, &[b"GET", key]], limit.within(TIMEOUT))?;
        let mut answers = asked.into_iter();
        let is_ours = matches!(answers.next(), Some(Answer::Text(_)));
        let lock = is_ours.then_some(RedisLock {
            store: self,
            owner,
            since,
        });
        Ok((lock, self.open(answers.next())))
    }

    /// The record, and for how many milliseconds it is kept.
    fn close(&self, shared: &Shared) -> Result<(String, String), Trouble> {
        let sealed = self.seal.close(shared);
        let json = sealed.and_then(|sealed| Ok((serde_json::to_string(&sealed)?, sealed.until)));
        let (json, until) = json.map_err(|error| Trouble::lasting(error.to_string()))?;
        let left = until.saturating_sub(now_ms()).max(0);
        let life = left.saturating_add(KEPT_AFTER.as_millis() as i64);
        Ok((json, life.to_string()))
    }

    fn open(&self, record: Option<Answer>) -> Shared {
        let Some(Answer::Text(json)) = record else {
            return Shared::default();
        };
        let sealed = serde_json::from_slice(&json).ok();
        sealed.map_or_else(Shared::default, |sealed| self.seal.open(&sealed))
    }
}

/// Of an own lock, also among the children of a fork, whose other random numbers are alike.
fn random_name() -> Result<String, Trouble> {
    let mut name = [0; 16];
    let filled = SystemRandom::new().fill(&mut name);
    filled.map_err(|_| Trouble::lasting("the system gives no random numbers"))?;
    Ok(format!("{:032x}", u128::from_ne_bytes(name)))
}

impl RedisLock<'_> {
    /// Does work that may take its time, while a thread says that the holder lives.
    pub(super) fn keep_during<T>(&self, work: impl FnOnce() -> T) -> T {
        let ended = Arc::new(AtomicBool::new(false));
        thread::scope(|scope| {
            let keeper = system::with_signals_blocked(|| {
                thread::Builder::new()
                    .name("panda-lock".to_owned())
                    .stack_size(STACK)
                    .spawn_scoped(scope, || self.keep(&ended))
            });
            let _end = keeper.ok().map(|keeper| End {
                ended: &ended,
                keeper: Some(keeper),
            });
            work()
        })
    }

    fn keep(&self, ended: &Arc<AtomicBool>) {
        let check = Arc::new(Check::default());
        let is_over = ended.clone();
        check.set(Some(Box::new(move || is_over.load(Ordering::Relaxed))));
        let life = LOCK_LIFE.as_millis().to_string();
        loop {
            thread::park_timeout(SIGN_OF_LIFE);
            if ended.load(Ordering::Relaxed) {
                return;
            }
            let call = Call::new(SIGN_OF_LIFE, check.clone());
            let arguments = [self.owner.as_bytes(), life.as_bytes()];
            if let Ok(false) = self.run(KEEP, &arguments, call.deadline()) {
                return;
            }
        }
    }

    /// Puts what all are to use from now on in the place of what was there, if there is such, and
    /// gives the lock back. Whether it was still ours; else nothing was written.
    pub(super) fn release(
        &self,
        shared: Option<&Shared>,
        limit: Deadline<'_>,
    ) -> Result<bool, Trouble> {
        let record = shared.map(|shared| self.store.close(shared)).transpose()?;
        let mut arguments = vec![self.owner.as_bytes()];
        if let Some((json, life)) = &record {
            arguments.extend([json.as_bytes(), life.as_bytes()]);
        }
        let released = match self.run(RELEASE, &arguments, limit) {
            Err(trouble) if trouble.lasts => {
                self.release_without_script(&arguments[1..], trouble, limit)?
            }
            released => released?,
        };
        if !released {
            log::info!("the login took longer than the lock in Redis, and is not shared");
        }
        Ok(released)
    }

    /// The same where scripts are not allowed, or not while a cluster moves its keys: well before the
    /// lock ends, so that between the look and the writing it does not become a successor's.
    fn release_without_script(
        &self,
        record: &[&[u8]],
        trouble: Trouble,
        limit: Deadline<'_>,
    ) -> Result<bool, Trouble> {
        let left = LOCK_LIFE.saturating_sub(self.since.elapsed());
        let limit = limit.within(left / 2);
        if limit.has_passed() {
            return Err(trouble);
        }
        let (server, lock_key) = (&self.store.server, self.store.lock_key.as_bytes());
        let owner = server.ask(&[&[b"GET", lock_key]], limit)?;
        if owner != [Answer::Text(self.owner.as_bytes().to_vec())] {
            return Err(trouble);
        }
        let delete: [&[u8]; 2] = [b"DEL", lock_key];
        match record {
            [json, life] => {
                let set: [&[u8]; 5] = [b"SET", self.store.key.as_bytes(), json, b"PX", life];
                server.ask(&[&set, &delete], limit)?
            }
            _ => server.ask(&[&delete], limit)?,
        };
        Ok(true)
    }

    /// Runs a script on the lock and the record, which says whether the lock was still ours.
    fn run(&self, code: &str, arguments: &[&[u8]], limit: Deadline<'_>) -> Result<bool, Trouble> {
        let store = self.store;
        let mut eval: Vec<&[u8]> = vec![
            b"EVAL",
            code.as_bytes(),
            b"2",
            store.lock_key.as_bytes(),
            store.key.as_bytes(),
        ];
        eval.extend(arguments);
        let answers = store.server.ask(&[&eval], limit.within(TIMEOUT))?;
        Ok(answers == [Answer::Number(1)])
    }
}

/// Ends the signs of life, also when the work unwinds.
struct End<'a> {
    ended: &'a AtomicBool,
    keeper: Option<ScopedJoinHandle<'a, ()>>,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(keeper) = self.keeper.take() {
            keeper.thread().unpark();
            // Not left to the scope, whose way to wait needs this thread's own storage: that may be
            // gone where a host ends a thread.
            let _ = keeper.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;
    use crate::config::Config;

    #[test]
    fn without_scripts_a_lock_near_its_end_is_left_alone() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let mut stream = listener.accept().unwrap().0;
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"-NOPERM no scripts\r\n");
            listener
        });
        let config = Config::from_json(r#"{"baseUrl":"http://h"}"#).unwrap();
        let transport = Transport::new(&config, Arc::default()).unwrap();
        let store = RedisStore::new(&url, Seal::new("http://h", "u", "p"), &transport).unwrap();
        let lock = RedisLock {
            store: &store,
            owner: "own".to_owned(),
            since: Instant::now() - LOCK_LIFE,
        };
        let call = Call::new(Duration::from_secs(2), Arc::default());
        let trouble = lock.release(None, call.deadline()).unwrap_err();
        assert!(trouble.why.contains("EVAL"), "{}", trouble.why);
        let listener = server.join().unwrap();
        listener.set_nonblocking(true).unwrap();
        assert!(listener.accept().is_err(), "it was asked for more");
    }
}
