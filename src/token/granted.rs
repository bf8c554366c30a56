//! A token of the platform, and how long it is good for.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::HeaderValue;

use super::store::{SharedToken, instant_of, time_of};
use crate::error::{Error, Result};
use crate::platform::token::Grant;

/// How long a token is kept whose end nobody can tell. A dead one is noticed by what is answered.
const UNKNOWN_LIFE: Duration = Duration::from_secs(300);
/// No longer life is believed, so that times can be computed with.
const MAX_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);
/// A token is renewed this long before its end, or a tenth of its life where that is shorter.
const MAX_MARGIN: Duration = Duration::from_secs(60);

/// A token of the platform (access document 2024, section 2).
#[derive(Clone)]
pub struct Token {
    text: String,
    /// As the platform sent it, a JSON value.
    pub(crate) expiration_time: String,
    pub(crate) expires_at: Option<Timestamp>,
    header: HeaderValue,
    /// Tells tokens apart, also where the platform grants the same text again.
    pub(crate) serial: u64,
    pub(crate) renew_at: Instant,
    pub(crate) dead_at: Instant,
    /// When it came here.
    pub(super) fetched_at: Instant,
    /// Fetched by another process: nobody here knows how fresh it is.
    is_adopted: bool,
}

impl Token {
    /// The text for the header `panda-token`. It is a secret.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The end of its life as the platform told it, on the platform's clock; `None` where that
    /// cannot be read.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// Whether another process fetched it.
    pub(crate) fn is_adopted(&self) -> bool {
        self.is_adopted
    }

    /// A granted token, valid from now on. `date` is the platform's time at the answer, so that a
    /// wrong clock on either side does not matter.
    pub(crate) fn new(grant: Grant, date: Option<Timestamp>) -> Result<Token> {
        // A header's date has lost its fraction of a second.
        let lost = date.map_or(Duration::ZERO, |_| Duration::from_secs(1));
        let date = date.unwrap_or_else(Timestamp::now);
        // A life that is over at birth is a misread time zone or clock, not a dead token.
        let life = (grant.expires_at)
            .and_then(|end| Duration::try_from(end.duration_since(date)).ok())
            .filter(|life| !life.is_zero())
            .map_or(UNKNOWN_LIFE, |life| life - lost.min(life / 2))
            .min(MAX_LIFE);
        let now = Instant::now();
        Token::with_times(
            grant,
            now + life - MAX_MARGIN.min(life / 10),
            now + life,
            false,
        )
    }

    fn with_times(
        grant: Grant,
        renew_at: Instant,
        dead_at: Instant,
        is_adopted: bool,
    ) -> Result<Token> {
        static SERIAL: AtomicU64 = AtomicU64::new(1);
        let mut header = HeaderValue::from_str(&grant.token).map_err(|_| {
            Error::response("the token holds a character that the header `panda-token` cannot")
        })?;
        header.set_sensitive(true);
        Ok(Token {
            text: grant.token,
            expiration_time: grant.expiration_time,
            expires_at: grant.expires_at,
            header,
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            renew_at,
            dead_at,
            fetched_at: Instant::now(),
            is_adopted,
        })
    }

    /// A token that another process fetched, as a store's checked record has it.
    pub(crate) fn adopt(shared: SharedToken) -> Result<Token> {
        let expires_at = shared
            .expires_at
            .and_then(|time| Timestamp::from_millisecond(time).ok());
        let grant = Grant {
            token: shared.token,
            expiration_time: shared.expiration_time,
            expires_at,
        };
        let (renew_at, dead_at) = (instant_of(shared.renew_at), instant_of(shared.dead_at));
        Token::with_times(grant, renew_at, dead_at, true)
    }

    pub(crate) fn share(&self) -> SharedToken {
        SharedToken {
            token: self.text.clone(),
            expiration_time: self.expiration_time.clone(),
            expires_at: self.expires_at.map(|time| time.as_millisecond()),
            renew_at: time_of(self.renew_at),
            dead_at: time_of(self.dead_at),
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Token")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
