//! A Redis server that the nodes of a cluster share.
//!
//! It is asked only when a login may be due, over a connection of its own each time, so that
//! nothing rests between calls. What is asked and answered is the redis crate's to write and to read;
//! the connection is made here, because all of it keeps one time limit: a server that sends a byte
//! now and then holds nobody up.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use redis::{
    Cmd, ConnectionAddr, ConnectionInfo, FromRedisValue, Parser, RedisConnectionInfo, Value, cmd,
};
use ring::rand::{SecureRandom, SystemRandom};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::record::Seal;
use super::{Shared, Trouble, now_ms};
use crate::deadline::{Call, Deadline};
use crate::system;
use crate::transport::Transport;
use crate::transport::dns::Resolver;

/// For each thing that is asked of the server, connecting included.
const TIMEOUT: Duration = Duration::from_secs(1);
/// A holder that died blocks the others for so long.
const LOCK_LIFE: Duration = Duration::from_secs(15);
/// What is shared outlives its use a little, for the memory of how often a login was refused.
const KEPT_AFTER: Duration = Duration::from_secs(3600);

/// Writes only while the lock is still ours: a holder that took too long must not overwrite what
/// its successor fetched.
const WRITE: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then \
                     redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) return 1 else return 0 end";
const UNLOCK: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end";

pub(crate) struct RedisStore {
    server: Server,
    seal: Seal,
    key: String,
    lock_key: String,
}

pub(crate) struct RedisLock<'a> {
    store: &'a RedisStore,
    owner: String,
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
        let json: Option<String> = self.server.ask(cmd("GET").arg(&self.key), limit)?;
        let sealed = json.and_then(|json| serde_json::from_str(&json).ok());
        Ok(sealed.map_or_else(Shared::default, |sealed| self.seal.open(&sealed)))
    }

    pub(super) fn try_lock(&self, limit: Deadline<'_>) -> Result<Option<RedisLock<'_>>, Trouble> {
        let owner = random_name()?;
        let mut set = cmd("SET");
        set.arg(&self.lock_key)
            .arg(&owner)
            .arg("NX")
            .arg("PX")
            .arg(LOCK_LIFE.as_millis() as u64);
        let answer: Option<String> = self.server.ask(&set, limit)?;
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
        let call = Call::new(TIMEOUT, Arc::default());
        let done: i64 = self.server.ask(&eval, call.deadline())?;
        Ok(done == 1)
    }
}

/// Of an own lock, also among the children of a fork, whose other random numbers are alike.
fn random_name() -> Result<String, Trouble> {
    let mut name = [0; 16];
    let filled = SystemRandom::new().fill(&mut name);
    filled.map_err(|_| "the system gives no random numbers".to_owned())?;
    Ok(format!("{:032x}", u128::from_ne_bytes(name)))
}

impl RedisLock<'_> {
    pub(super) fn write(&self, shared: &Shared) -> Result<(), Trouble> {
        let sealed = self.store.seal.close(shared);
        let sealed = sealed.map_err(|error| error.to_string())?;
        let json = serde_json::to_string(&sealed).map_err(|error| error.to_string())?;
        let left = sealed.until.saturating_sub(now_ms()).max(0);
        let life = left.saturating_add(KEPT_AFTER.as_millis() as i64);
        let (store, owner) = (self.store, self.owner.as_str());
        match store.run_script(
            WRITE,
            &[&store.lock_key, &store.key],
            &[owner, &json, &life.to_string()],
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

/// Where the server is, and how to greet it.
struct Server {
    resolver: Resolver,
    host: String,
    port: u16,
    greeting: RedisConnectionInfo,
    /// For `rediss`.
    tls: Option<Arc<ClientConfig>>,
}

impl Server {
    fn new(url: &str, transport: &Transport) -> Result<Server, Trouble> {
        // The error could quote the URL, which may hold a password.
        let problem = || "not a Redis URL such as redis://:password@10.0.0.9:6379/0".to_owned();
        let (resolver, tls) = transport.network();
        let (plain, tls) = match url.strip_prefix("rediss://") {
            Some(rest) => (format!("redis://{rest}"), Some(Arc::new(tls))),
            None => (url.to_owned(), None),
        };
        let info: ConnectionInfo = plain.parse().map_err(|_| problem())?;
        let ConnectionAddr::Tcp(host, port) = info.addr else {
            return Err(problem());
        };
        Ok(Server {
            resolver,
            host,
            port,
            greeting: info.redis,
            tls,
        })
    }

    /// Asks over a new connection, within a second and before `limit`.
    fn ask<T: FromRedisValue>(&self, command: &Cmd, limit: Deadline<'_>) -> Result<T, Trouble> {
        self.talk(command, limit.within(TIMEOUT))
            .map_err(|error| format!("Redis: {error}"))
    }

    fn talk<T: FromRedisValue>(&self, command: &Cmd, limit: Deadline<'_>) -> redis::RedisResult<T> {
        let plain = self.connect(limit)?;
        let mut stream: Box<dyn Stream + '_> = match &self.tls {
            Some(tls) => {
                let name = ServerName::try_from(self.host.clone()).map_err(io::Error::other)?;
                let connection =
                    ClientConnection::new(tls.clone(), name).map_err(io::Error::other)?;
                Box::new(StreamOwned::new(connection, plain))
            }
            None => Box::new(plain),
        };
        T::from_owned_redis_value(self.converse(&mut *stream, command)?)
    }

    fn connect<'a>(&self, limit: Deadline<'a>) -> io::Result<Limited<'a>> {
        system::keep_standard_descriptors()?;
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for address in self.resolver.addresses(&self.host, self.port, limit)? {
            match TcpStream::connect_timeout(&address, unless_over(limit.left())?) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(Limited { stream, limit });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn converse(&self, mut stream: &mut dyn Stream, command: &Cmd) -> redis::RedisResult<Value> {
        let mut parser = Parser::new();
        let mut exchange = |command: &Cmd| {
            stream.write_all(&command.get_packed_command())?;
            stream.flush()?;
            parser.parse_value(&mut stream)?.extract_error()
        };
        if let Some(password) = &self.greeting.password {
            let mut auth = cmd("AUTH");
            if let Some(username) = &self.greeting.username {
                auth.arg(username);
            }
            exchange(auth.arg(password))?;
        }
        if self.greeting.db != 0 {
            exchange(cmd("SELECT").arg(self.greeting.db))?;
        }
        exchange(command)
    }
}

/// What is spoken over, with TLS and without: one copy of the reader serves both.
trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

/// A connection that ends at its limit, whatever comes or does not come.
struct Limited<'a> {
    stream: TcpStream,
    limit: Deadline<'a>,
}

fn unless_over(wait: Duration) -> io::Result<Duration> {
    match wait.is_zero() {
        true => Err(io::ErrorKind::TimedOut.into()),
        false => Ok(wait),
    }
}

/// Whether a wait was over before anything came or went.
fn came_to_nothing(result: &io::Result<usize>) -> bool {
    use io::ErrorKind::{TimedOut, WouldBlock};
    matches!(result, Err(error) if matches!(error.kind(), TimedOut | WouldBlock))
}

impl Read for Limited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let wait = unless_over(self.limit.next_wait())?;
            self.stream.set_read_timeout(Some(wait))?;
            let result = self.stream.read(buffer);
            if !came_to_nothing(&result) {
                return result;
            }
        }
    }
}

/// Without vectored writes: a single part goes out by `send`, which the standard library keeps from
/// raising SIGPIPE in the host.
impl Write for Limited<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let wait = unless_over(self.limit.next_wait())?;
            self.stream.set_write_timeout(Some(wait))?;
            let result = self.stream.write(bytes);
            if !came_to_nothing(&result) {
                return result;
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Limited<'_> {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
