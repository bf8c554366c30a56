//! Where processes and nodes share a token, and the memory of a refused login.
//!
//! A store helps and never hinders: where it is in trouble, the process logs in for itself.

mod file;
#[cfg(feature = "redis")]
mod redis;

use std::fmt;
use std::time::{Duration, Instant};

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use self::file::{FileLock, FileStore};
#[cfg(feature = "redis")]
use self::redis::{RedisLock, RedisStore};
use crate::config::TokenStore;
use crate::error::{Error, Kind, Result};

/// A store is in trouble: why, without its address, which may hold a password.
pub(crate) type Trouble = String;

/// What is shared for one account of one platform.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shared {
    pub(crate) token: Option<SharedToken>,
    pub(crate) refused: Option<SharedRefusal>,
}

/// A token, its times in milliseconds of the Unix epoch by the clocks of those who share it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SharedToken {
    pub(crate) token: String,
    /// As the platform sent it, a JSON value.
    pub(crate) expiration_time: String,
    /// The same as a point in time, on the platform's clock.
    pub(crate) expires_at: Option<i64>,
    pub(crate) renew_at: i64,
    pub(crate) dead_at: i64,
}

/// A login that the platform refused.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SharedRefusal {
    pub(crate) message: String,
    pub(crate) code: i32,
    pub(crate) platform_code: Option<String>,
    pub(crate) http_status: Option<u16>,
    pub(crate) until: i64,
    pub(crate) next_cooldown_ms: u64,
}

/// The configured store, for one account of one platform.
#[derive(Clone)]
pub(crate) enum Store {
    /// Nothing is shared with other processes.
    Memory,
    File(FileStore),
    #[cfg(feature = "redis")]
    Redis(Box<RedisStore>),
}

/// The right to log in for all who share the store. Given back when dropped.
pub(crate) enum Lock<'a> {
    File(FileLock<'a>),
    #[cfg(feature = "redis")]
    Redis(RedisLock<'a>),
}

impl Store {
    /// Opens the store that `tokenStore` names. A file is looked at; nothing is connected.
    pub(crate) fn open(store: &TokenStore, platform: &str, username: &str) -> Result<Store> {
        let account = account_key(platform, username);
        let opened = match store {
            TokenStore::Memory => Ok(Store::Memory),
            TokenStore::File(path) => FileStore::open(path, account).map(Store::File),
            #[cfg(feature = "redis")]
            TokenStore::Redis(url) => {
                RedisStore::new(url, &account).map(|store| Store::Redis(Box::new(store)))
            }
        };
        opened.map_err(|problem| Error::new(Kind::Store, format!("`tokenStore`: {problem}")))
    }

    /// What is shared now; nothing yet is as good as an empty one.
    pub(crate) fn read(&self) -> std::result::Result<Shared, Trouble> {
        match self {
            Store::Memory => Ok(Shared::default()),
            Store::File(store) => store.read(),
            #[cfg(feature = "redis")]
            Store::Redis(store) => store.read(),
        }
    }

    /// The right to log in, or `None` while somebody else has it.
    pub(crate) fn try_lock(&self) -> std::result::Result<Option<Lock<'_>>, Trouble> {
        match self {
            Store::Memory => Ok(None),
            Store::File(store) => Ok(store.try_lock()?.map(Lock::File)),
            #[cfg(feature = "redis")]
            Store::Redis(store) => Ok(store.try_lock()?.map(Lock::Redis)),
        }
    }
}

impl Lock<'_> {
    /// Puts what all are to use from now on in the place of what was there.
    pub(crate) fn write(&self, shared: &Shared) -> std::result::Result<(), Trouble> {
        match self {
            Lock::File(lock) => lock.write(shared),
            #[cfg(feature = "redis")]
            Lock::Redis(lock) => lock.write(shared),
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Store::Memory => "Memory",
            Store::File(_) => "File",
            #[cfg(feature = "redis")]
            Store::Redis(_) => "Redis",
        })
    }
}

/// Accounts and platforms do not meet in a store, and are not named in it.
fn account_key(platform: &str, username: &str) -> String {
    let digest = digest(&SHA256, format!("{platform}\n{username}").as_bytes());
    digest.as_ref()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
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
