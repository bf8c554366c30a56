//! The tokens of an account: fetched by one caller for all, renewed before they expire, dropped when
//! they are dead; where a store is configured, by one process for all.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::granted::Token;
use super::single_flight::{Landing, SingleFlight};
use super::store::{
    Lock, Shared, SharedRefusal, SharedToken, Store, Trouble, instant_of, now_ms, time_of,
};
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Result};
use crate::stats::Stats;

/// After an early renewal failed, the next one waits this long.
const RENEWAL_PAUSE: Duration = Duration::from_secs(5);
/// A refused login is remembered for at most this many times `loginCooldownMs`.
const MAX_COOLDOWN_FACTOR: u32 = 20;
/// How long a store that fell into trouble is waited for, before this process logs in for itself.
const STORE_PATIENCE: Duration = Duration::from_secs(2);
/// How long to wait for another process's login, or for the store, before looking again.
const LOOK_AGAIN: std::ops::Range<u64> = 5..40;

/// A login that the platform refused.
struct RefusedLogin {
    error: Error,
    /// Until then no login is tried.
    until: Instant,
    /// How long the next refusal will be remembered.
    next_cooldown: Duration,
}

impl RefusedLogin {
    fn share(&self) -> SharedRefusal {
        SharedRefusal {
            message: self.error.message().to_owned(),
            code: self.error.code(),
            platform_code: self.error.platform_code().map(str::to_owned),
            http_status: self.error.http_status(),
            until: time_of(self.until),
            next_cooldown_ms: self.next_cooldown.as_millis() as u64,
        }
    }
}

#[derive(Default)]
struct State {
    current: Option<Arc<Token>>,
    refused: Option<RefusedLogin>,
    /// Until then no early renewal is tried.
    renewal_paused: Option<Instant>,
    /// The text of the last token that turned out to be dead: the store may still have it.
    dead: Option<String>,
    /// Since when the store has been in trouble.
    store_trouble: Option<Instant>,
}

/// The tokens of one account in this process.
pub(crate) struct TokenCache {
    state: Mutex<State>,
    login: SingleFlight<Result<Arc<Token>>>,
    cooldown: Duration,
    store: Store,
    stats: Arc<Stats>,
}

impl TokenCache {
    pub(crate) fn new(cooldown: Duration, store: Store, stats: Arc<Stats>) -> TokenCache {
        TokenCache {
            state: Mutex::default(),
            login: SingleFlight::new(),
            cooldown,
            store,
            stats,
        }
    }

    /// Takes over the token of the cache that a fork brought along, but nothing that is under way.
    pub(crate) fn inherit(&self, parent: &TokenCache) {
        // Where another thread held the lock at the fork, the child fetches a token of its own.
        if let Ok(state) = parent.state.try_lock() {
            self.lock().current = state.current.clone();
        }
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
            let fetched = match self.store {
                Store::Memory => self.log_in(None, &login),
                _ => self.fetch_shared(deadline, &login),
            };
            match fetched {
                Ok(token) => Landing::Shared(Ok(token)),
                Err(error) => {
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
            state.dead = Some(token.as_str().to_owned());
        }
    }

    /// Takes the token that another process fetched or, holding the store's lock, fetches one for
    /// all. A store in trouble is waited for a little, and then done without.
    fn fetch_shared(
        &self,
        deadline: Instant,
        login: impl Fn() -> Result<Token>,
    ) -> Result<Arc<Token>> {
        let start = Instant::now();
        // Who holds the lock may be slow or stuck: half of the time is left for a login of our own.
        let patience = start + deadline.saturating_duration_since(start) / 2;
        loop {
            let give_up = match self.take_shared() {
                Ok(Some(token)) => return token,
                Ok(None) => match self.store.try_lock() {
                    Ok(Some(lock)) => {
                        // Another process may have been quicker.
                        if let Ok(Some(token)) = self.take_shared() {
                            return token;
                        }
                        return self.log_in(Some(&lock), &login);
                    }
                    Ok(None) => patience,
                    Err(trouble) => self.note_trouble(&trouble),
                },
                Err(trouble) => self.note_trouble(&trouble),
            };
            if Instant::now() >= give_up.min(patience) {
                self.stats.store_fallbacks.add(1);
                log::warn!("the token store is of no help now; this process logs in for itself");
                return self.log_in(None, &login);
            }
            thread::sleep(Duration::from_millis(fastrand::u64(LOOK_AGAIN)));
        }
    }

    /// What the store has for us: a good token, the memory of a refused login, or nothing.
    fn take_shared(&self) -> std::result::Result<Option<Result<Arc<Token>>>, Trouble> {
        let shared = self.store.read()?;
        let mut state = self.lock();
        state.store_trouble = None;
        let is_dead = |token: &SharedToken| state.dead.as_ref() == Some(&token.token);
        let good = shared
            .token
            .filter(|token| now_ms() < token.renew_at && !is_dead(token));
        if let Some(token) = good {
            drop(state);
            return Ok(Some(Token::adopt(token).map(|token| self.accept(token))));
        }
        let refused = shared.refused.filter(|refused| now_ms() < refused.until);
        Ok(refused.map(|refused| {
            let error = Error::new(Kind::Auth, refused.message)
                .at(Endpoint::GenerateToken)
                .with_platform_code(refused.code, refused.platform_code);
            let error = match refused.http_status {
                Some(status) => error.with_http_status(status),
                None => error,
            };
            state.refused = Some(RefusedLogin {
                error: error.clone(),
                until: instant_of(refused.until),
                next_cooldown: Duration::from_millis(refused.next_cooldown_ms),
            });
            Err(error)
        }))
    }

    /// Until when to wait for a store in trouble.
    fn note_trouble(&self, trouble: &str) -> Instant {
        let now = Instant::now();
        let mut state = self.lock();
        if state.store_trouble.is_none() {
            log::warn!("the token store is in trouble: {trouble}");
        }
        *state.store_trouble.get_or_insert(now) + STORE_PATIENCE
    }

    /// Logs in, and lets all who share the store know how that went.
    fn log_in(
        &self,
        lock: Option<&Lock<'_>>,
        login: impl Fn() -> Result<Token>,
    ) -> Result<Arc<Token>> {
        let result = match login() {
            Ok(token) => Ok(self.accept(token)),
            Err(error) => {
                self.note_failure(&error);
                Err(error)
            }
        };
        if let Some(lock) = lock {
            let refused = || self.lock().refused.as_ref().map(RefusedLogin::share);
            let shared = match &result {
                Ok(token) => Some(Shared {
                    token: Some(token.share()),
                    refused: None,
                }),
                Err(error) if error.kind() == Kind::Auth => Some(Shared {
                    token: self.still_alive().map(|token| token.share()),
                    refused: refused(),
                }),
                Err(_) => None,
            };
            if let Some(Err(trouble)) = shared.map(|shared| lock.write(&shared)) {
                self.stats.store_fallbacks.add(1);
                log::warn!("the token could not be shared: {trouble}");
            }
        }
        result
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
