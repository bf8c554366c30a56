//! Where processes and nodes share a token, and the memory of a refused login.
//!
//! A store helps and never hinders: where it is in trouble, the process logs in for itself.

mod file;
mod record;
#[cfg(feature = "redis")]
mod redis;

use std::time::{Duration, Instant};

use self::file::{FileLock, FileStore};
use self::record::Seal;
pub(crate) use self::record::{Shared, SharedRefusal, SharedToken};
#[cfg(feature = "redis")]
use self::redis::{RedisLock, RedisStore};
use crate::config::TokenStore;
use crate::deadline::Deadline;
use crate::error::{Error, Kind, Result};
use crate::transport::Transport;

/// A store is in trouble.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// Without its address, which may hold a password.
    pub(crate) why: String,
    /// It is not over a moment later.
    pub(crate) lasts: bool,
}

impl Trouble {
    fn lasting(why: impl Into<String>) -> Trouble {
        let why = why.into();
        Trouble { why, lasts: true }
    }
}

/// The configured store, for one account of one platform.
pub(crate) enum Store {
    /// Nothing is shared with other processes.
    Memory,
    File(Box<FileStore>),
    #[cfg(feature = "redis")]
    Redis(Box<RedisStore>),
}

/// The right to log in for all who share the store.
pub(crate) enum Lock<'a> {
    File(FileLock<'a>),
    #[cfg(feature = "redis")]
    Redis(RedisLock<'a>),
}

impl Store {
    /// The store that `tokenStore` names, for an account: platform, name and password. Nothing is
    /// opened or connected.
    pub(crate) fn new(
        store: &TokenStore,
        (platform, username, password): (&str, &str, &str),
        transport: &Transport,
    ) -> Result<Store> {
        let seal = || Seal::new(platform, username, password);
        let store = match store {
            TokenStore::Memory => Ok(Store::Memory),
            TokenStore::File(path) => {
                FileStore::new(path, seal()).map(|store| Store::File(Box::new(store)))
            }
            #[cfg(feature = "redis")]
            TokenStore::Redis(url) => {
                let store = RedisStore::new(url, seal(), transport);
                store.map(|store| Store::Redis(Box::new(store)))
            }
        };
        #[cfg(not(feature = "redis"))]
        let _ = transport;
        store.map_err(unusable)
    }

    /// Fails for a file that cannot be used. Nothing is connected.
    pub(crate) fn check(&self) -> Result<()> {
        match self {
            Store::File(store) => store.check().map_err(unusable),
            _ => Ok(()),
        }
    }

    pub(crate) fn is_shared(&self) -> bool {
        !matches!(self, Store::Memory)
    }

    /// What is shared now; nothing yet is as good as an empty one. `limit` ends the waiting for a
    /// server.
    pub(crate) fn read(&self, limit: Deadline<'_>) -> std::result::Result<Shared, Trouble> {
        let _ = limit;
        match self {
            Store::Memory => Ok(Shared::default()),
            Store::File(store) => store.read(),
            #[cfg(feature = "redis")]
            Store::Redis(store) => store.read(limit),
        }
    }

    /// The right to log in, or `None` while somebody else has it; and what is shared from then on.
    pub(crate) fn try_lock(
        &self,
        limit: Deadline<'_>,
    ) -> std::result::Result<(Option<Lock<'_>>, Shared), Trouble> {
        let _ = limit;
        match self {
            Store::Memory => Ok((None, Shared::default())),
            Store::File(store) => {
                let lock = store.try_lock()?;
                Ok((lock.map(Lock::File), store.read()?))
            }
            #[cfg(feature = "redis")]
            Store::Redis(store) => {
                let (lock, shared) = store.try_lock(limit)?;
                Ok((lock.map(Lock::Redis), shared))
            }
        }
    }
}

fn unusable(trouble: Trouble) -> Error {
    Error::new(Kind::Store, format!("`tokenStore`: {}", trouble.why))
}

impl Lock<'_> {
    /// Does work that may take its time. Who holds the lock stays known as alive.
    pub(crate) fn keep_during<T>(&self, work: impl FnOnce() -> T) -> T {
        match self {
            // The system knows.
            Lock::File(_) => work(),
            #[cfg(feature = "redis")]
            Lock::Redis(lock) => lock.keep_during(work),
        }
    }

    /// Puts what all are to use from now on in the place of what was there, if there is such, and
    /// gives the right back. Whether anything was written.
    pub(crate) fn release(
        self,
        shared: Option<&Shared>,
        limit: Deadline<'_>,
    ) -> std::result::Result<bool, Trouble> {
        let _ = limit;
        let is_held = match (&self, shared) {
            (Lock::File(lock), Some(shared)) => lock.write(shared).map(|()| true),
            (Lock::File(_), None) => Ok(true),
            #[cfg(feature = "redis")]
            (Lock::Redis(lock), shared) => lock.release(shared, limit),
        };
        Ok(is_held? && shared.is_some())
    }
}

/// Now, in milliseconds of the Unix epoch.
pub(crate) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// The instant of a time in milliseconds of the Unix epoch; past times are now.
pub(crate) fn instant_of(time_ms: i64) -> Instant {
    let left = u64::try_from(time_ms.saturating_sub(now_ms())).unwrap_or(0);
    Instant::now() + Duration::from_millis(left)
}

/// The time of an instant in milliseconds of the Unix epoch; past instants are now.
pub(crate) fn time_of(instant: Instant) -> i64 {
    let left = instant.saturating_duration_since(Instant::now());
    now_ms().saturating_add(left.as_millis().try_into().unwrap_or(i64::MAX))
}
