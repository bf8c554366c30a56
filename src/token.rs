//! The token: fetched by one caller for all, renewed before it expires, dropped when it is dead.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::HeaderValue;

use crate::error::{Error, Kind, Result};
use crate::platform::token::Grant;
use crate::single_flight::{Landing, SingleFlight};

/// How long a token is kept whose end nobody can tell. A dead one is noticed by what is answered.
const UNKNOWN_LIFE: Duration = Duration::from_secs(300);
/// No longer life is believed, so that times can be computed with.
const MAX_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);
/// A token is renewed this long before its end, or a tenth of its life where that is shorter.
const MAX_MARGIN: Duration = Duration::from_secs(60);
/// After an early renewal failed, the next one waits this long.
const RENEWAL_PAUSE: Duration = Duration::from_secs(5);
/// A refused login is remembered for at most this many times `loginCooldownMs`.
const MAX_COOLDOWN_FACTOR: u32 = 20;

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
    renew_at: Instant,
    dead_at: Instant,
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

    /// A granted token, valid from now on. `date` is the platform's time at the answer, so that a
    /// wrong clock on either side does not matter.
    pub(crate) fn new(grant: Grant, date: Option<Timestamp>) -> Result<Token> {
        static SERIAL: AtomicU64 = AtomicU64::new(1);
        let mut header = HeaderValue::from_str(&grant.token).map_err(|_| {
            Error::response("the token holds a character that the header `panda-token` cannot")
        })?;
        header.set_sensitive(true);
        let date = date.unwrap_or_else(Timestamp::now);
        // A life that is over at birth is a misread time zone or clock, not a dead token.
        let life = (grant.expires_at)
            .and_then(|end| Duration::try_from(end.duration_since(date)).ok())
            .filter(|life| !life.is_zero())
            .unwrap_or(UNKNOWN_LIFE)
            .min(MAX_LIFE);
        let now = Instant::now();
        Ok(Token {
            text: grant.token,
            expiration_time: grant.expiration_time,
            expires_at: grant.expires_at,
            header,
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            renew_at: now + life - MAX_MARGIN.min(life / 10),
            dead_at: now + life,
        })
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

/// A login that the platform refused.
struct RefusedLogin {
    error: Error,
    /// Until then no login is tried.
    until: Instant,
    /// How long the next refusal will be remembered.
    next_cooldown: Duration,
}

#[derive(Default)]
struct State {
    current: Option<Arc<Token>>,
    refused: Option<RefusedLogin>,
    /// Until then no early renewal is tried.
    renewal_paused: Option<Instant>,
}

/// The tokens of one account in this process.
pub(crate) struct TokenCache {
    state: Mutex<State>,
    login: SingleFlight<Result<Arc<Token>>>,
    cooldown: Duration,
}

impl TokenCache {
    pub(crate) fn new(cooldown: Duration) -> TokenCache {
        TokenCache {
            state: Mutex::default(),
            login: SingleFlight::new(),
            cooldown,
        }
    }

    /// A copy for a child process: its token, but nothing that is under way.
    pub(crate) fn after_fork(&self) -> TokenCache {
        let copy = TokenCache::new(self.cooldown);
        // Where another thread held the lock at the fork, the child fetches a token of its own.
        if let Ok(state) = self.state.try_lock() {
            copy.lock().current = state.current.clone();
        }
        copy
    }

    /// A token that is good as far as can be told here; `login` fetches one where none is.
    pub(crate) fn get(
        &self,
        deadline: Instant,
        login: impl Fn() -> Result<Token>,
    ) -> Result<Arc<Token>> {
        if let Some(token) = self.usable() {
            return Ok(token);
        }
        let outcome = self.login.run(deadline, || {
            // Another caller may have fetched one between the look above and this moment.
            if let Some(token) = self.usable() {
                return Landing::Shared(Ok(token));
            }
            if let Some(error) = self.cooling_down() {
                return Landing::Shared(self.still_alive().ok_or(error));
            }
            match login() {
                Ok(token) => Landing::Shared(Ok(self.accept(token))),
                Err(error) => {
                    self.note_failure(&error);
                    let result = self.still_alive().ok_or(error);
                    // Its own time ran out, not that of those who wait.
                    if result.is_err() && Instant::now() >= deadline {
                        return Landing::Own(result);
                    }
                    Landing::Shared(result)
                }
            }
        });
        outcome.unwrap_or_else(|| {
            Err(Error::new(
                Kind::Timeout,
                "no token within `deadlineMs`: another call is fetching it",
            ))
        })
    }

    /// Drops a dead token, unless a newer one has taken its place.
    pub(crate) fn invalidate(&self, token: &Token) {
        let mut state = self.lock();
        if state
            .current
            .as_ref()
            .is_some_and(|current| current.serial == token.serial)
        {
            state.current = None;
        }
    }

    /// Whether this is the newest token known.
    pub(crate) fn is_current(&self, token: &Token) -> bool {
        self.lock()
            .current
            .as_ref()
            .is_some_and(|current| current.serial == token.serial)
    }

    /// The current token, if no login is needed now.
    fn usable(&self) -> Option<Arc<Token>> {
        let now = Instant::now();
        let state = self.lock();
        let token = state.current.as_ref().filter(|token| now < token.dead_at)?;
        // Near its end, one caller renews it while the others go on using it.
        let renewal_waits = state.renewal_paused.is_some_and(|until| now < until)
            || state
                .refused
                .as_ref()
                .is_some_and(|refused| now < refused.until);
        let good = now < token.renew_at || renewal_waits || self.login.is_running();
        good.then(|| token.clone())
    }

    fn still_alive(&self) -> Option<Arc<Token>> {
        self.lock()
            .current
            .clone()
            .filter(|token| Instant::now() < token.dead_at)
    }

    fn cooling_down(&self) -> Option<Error> {
        let state = self.lock();
        let refused = state
            .refused
            .as_ref()
            .filter(|refused| Instant::now() < refused.until)?;
        Some(refused.error.clone().with_attempts(0))
    }

    fn accept(&self, token: Token) -> Arc<Token> {
        let token = Arc::new(token);
        *self.lock() = State {
            current: Some(token.clone()),
            ..State::default()
        };
        token
    }

    fn note_failure(&self, error: &Error) {
        let now = Instant::now();
        let mut state = self.lock();
        state.renewal_paused = Some(now + RENEWAL_PAUSE);
        if error.kind() == Kind::Auth && !self.cooldown.is_zero() {
            let cooldown = state
                .refused
                .as_ref()
                .map_or(self.cooldown, |last| last.next_cooldown);
            state.refused = Some(RefusedLogin {
                error: error.clone(),
                until: now + cooldown,
                next_cooldown: (cooldown * 2).min(self.cooldown * MAX_COOLDOWN_FACTOR),
            });
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
