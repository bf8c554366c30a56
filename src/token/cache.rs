//! The tokens of an account in this process: fetched by one caller for all, renewed by one of them
//! before they end, dropped when they are dead; where a store is configured, by one process for all.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::granted::Token;
use super::single_flight::{Landing, SingleFlight};
use super::store::{Lock, Shared, SharedRefusal, Store, Trouble, instant_of, now_ms, time_of};
use crate::deadline::Deadline;
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Result};
use crate::stats::Stats;
use crate::transport::LAST_MOMENT;

/// After an early renewal failed, the next one waits this long.
const RENEWAL_PAUSE: Duration = Duration::from_secs(5);
/// An early renewal takes no longer from the call that makes it.
const RENEWAL_LIMIT: Duration = Duration::from_secs(5);
/// A refused login is remembered for at most this many times `loginCooldownMs`.
const MAX_COOLDOWN_FACTOR: u32 = 20;
/// How long a store in trouble is waited for, in all, before this process logs in for itself.
const STORE_PATIENCE: Duration = Duration::from_secs(2);
/// How long a store in trouble is left alone after that.
const STORE_REST: Duration = Duration::from_secs(5);
/// How long to wait for another process's login, or for the store, before looking again.
const LOOK_AGAIN: std::ops::Range<u64> = 5..40;
/// Dead tokens that are remembered: the store may still have them.
const DEAD: usize = 8;
/// A token that died so soon was taken by another program, or never good.
const YOUNG: Duration = Duration::from_secs(5);
/// The longest random wait before the login after a token that died young; it doubles from one to the
/// next, so that programs which take the token from each other come apart.
const FIRST_WAIT: Duration = Duration::from_millis(300);
const MAX_WAIT: Duration = Duration::from_secs(3);

/// A login that the platform refused.
struct RefusedLogin {
    error: Error,
    /// Until then no login is tried.
    until: Instant,
    /// How long the next refusal will be remembered.
    next_cooldown: Duration,
}

/// A store that does not work.
#[derive(Clone, Copy)]
struct StoreTrouble {
    since: Instant,
    /// It is left alone until then.
    rests_until: Instant,
}

#[derive(Default)]
struct State {
    current: Option<Arc<Token>>,
    /// The last refused login; kept when its time is over, for how far it had doubled.
    refused: Option<RefusedLogin>,
    /// Until then no early renewal is tried.
    renewal_paused: Option<Instant>,
    /// The texts of tokens that turned out to be dead.
    dead: VecDeque<String>,
    /// How many died young, one after the other, before one proved to live.
    deaths: u32,
    /// Until the store has worked again: been written to, or given a token.
    store_trouble: Option<StoreTrouble>,
}

impl State {
    fn living(&self) -> Option<&Arc<Token>> {
        self.current
            .as_ref()
            .filter(|token| Instant::now() < token.dead_at)
    }

    fn refusal_in_force(&self) -> Option<&RefusedLogin> {
        self.refused
            .as_ref()
            .filter(|refused| Instant::now() < refused.until)
    }
}

/// What there is of a token.
enum Look {
    Good(Arc<Token>),
    /// It lives, and is to be renewed.
    NearItsEnd(Arc<Token>),
    None,
}

/// The tokens of one account in this process.
pub(super) struct TokenCache {
    state: Mutex<State>,
    login: SingleFlight<Result<Arc<Token>>>,
    cooldown: Duration,
    store: Store,
    stats: Arc<Stats>,
}

impl TokenCache {
    pub(super) fn new(cooldown: Duration, store: Store, stats: Arc<Stats>) -> TokenCache {
        TokenCache {
            state: Mutex::default(),
            login: SingleFlight::new(),
            cooldown,
            store,
            stats,
        }
    }

    /// Takes over the token of the cache that a fork brought along, but nothing that is under way.
    pub(super) fn inherit(&self, parent: &TokenCache) {
        // Where another thread held the lock at the fork, the child fetches a token of its own.
        if let Ok(state) = parent.state.try_lock() {
            self.lock().current = state.current.clone();
        }
    }

    /// A token that is good as far as can be told here; `login`, told its deadline and
    /// whether to ask once alone, fetches one where none is.
    pub(super) fn get(
        &self,
        deadline: Deadline<'_>,
        login: impl Fn(Deadline<'_>, bool) -> Result<Token>,
    ) -> Result<Arc<Token>> {
        match self.look() {
            Look::Good(token) => return Ok(token),
            Look::NearItsEnd(token) => return Ok(self.renew_early(token, deadline, login)),
            Look::None => {}
        }
        let outcome = self.login.run(deadline, || {
            // Another caller may have fetched one between the look above and this moment.
            if let Some(token) = self.lock().living() {
                return Landing::Shared(Ok(token.clone()));
            }
            if let Some(error) = self.cooling_down() {
                return Landing::Shared(Err(error));
            }
            self.wait_for_others(deadline);
            let fetched = match self.store.is_shared() {
                true => self.fetch_shared(deadline, || login(deadline, false)),
                false => self.log_in(None, || login(deadline, false)),
            };
            // With more time, as others may have, it could have come to something.
            match fetched.is_err() && deadline.left() < LAST_MOMENT {
                true => Landing::Late(fetched),
                false => Landing::Shared(fetched),
            }
        });
        outcome.unwrap_or_else(|| {
            Err(Error::new(
                Kind::Timeout,
                "no token within `deadlineMs`: another call is fetching it",
            ))
        })
    }

    /// A new token in the place of one that is near its end, or that one again: it lives, so nobody
    /// waits for another's renewal, for a lock of the store or for a login that takes its time.
    fn renew_early(
        &self,
        token: Arc<Token>,
        deadline: Deadline<'_>,
        login: impl Fn(Deadline<'_>, bool) -> Result<Token>,
    ) -> Arc<Token> {
        let renewed = self.login.try_run(|| {
            // It may have been renewed, or the renewal have failed, since the look before.
            if let Look::Good(newer) = self.look() {
                return Landing::Shared(Ok(newer));
            }
            let limit = deadline.within(RENEWAL_LIMIT.min(deadline.left() / 2));
            let fetched = self.fetch_without_waiting(limit, || login(limit, true));
            // Where another process has the lock, its token is looked for again at the next call.
            let newer = fetched.and_then(Result::ok);
            Landing::Shared(Ok(newer.unwrap_or_else(|| token.clone())))
        });
        renewed.and_then(Result::ok).unwrap_or(token)
    }

    /// Drops a dead token, unless a newer one has taken its place.
    pub(super) fn drop_dead(&self, token: &Token) {
        let mut state = self.lock();
        if state.dead.iter().all(|dead| dead != token.as_str()) {
            state.dead.truncate(DEAD - 1);
            state.dead.push_front(token.as_str().to_owned());
        }
        if (state.current.as_ref()).is_some_and(|current| current.serial == token.serial) {
            state.current = None;
            state.deaths += u32::from(token.fetched_at.elapsed() < YOUNG);
        }
    }

    /// Where tokens die young, leaves the other programs that log in a moment.
    fn wait_for_others(&self, deadline: Deadline<'_>) {
        let Some(doublings) = self.lock().deaths.checked_sub(1) else {
            return;
        };
        let half = deadline.left() / 2;
        let longest = (FIRST_WAIT * (1 << doublings.min(8)))
            .min(MAX_WAIT)
            .min(half);
        deadline.sleep(longest.mul_f64(fastrand::f64()));
    }

    /// Notes that a token lives which was fetched in the place of a dead one.
    pub(super) fn note_living(&self) {
        self.lock().deaths = 0;
    }

    /// Whether this is the newest token known.
    pub(super) fn is_current(&self, token: &Token) -> bool {
        (self.lock().current.as_ref()).is_some_and(|current| current.serial == token.serial)
    }

    /// Takes the token that another process fetched or, holding the store's lock, fetches one for
    /// all. A store in trouble is waited for a little, and then done without.
    fn fetch_shared(
        &self,
        deadline: Deadline<'_>,
        login: impl Fn() -> Result<Token>,
    ) -> Result<Arc<Token>> {
        // Who holds the lock may be slow or stuck: half of the time is left for a login of our own.
        let patience = deadline.within(deadline.left() / 2);
        while !self.store_rests() {
            let asked = Instant::now();
            match self.take_or_lock(patience.within(STORE_PATIENCE)) {
                Ok(Taken::Outcome(outcome)) => return outcome,
                Ok(Taken::Lock(lock)) => return self.log_in(Some(&lock), login),
                Ok(Taken::Nothing) => {}
                // What its caller ended says nothing of the store.
                Err(_) if deadline.is_cancelled() => break,
                Err(trouble) => self.note_trouble(asked, &trouble),
            }
            if patience.has_passed() {
                break;
            }
            deadline.sleep(Duration::from_millis(fastrand::u64(LOOK_AGAIN)));
        }
        self.stats.store_fallbacks.add(1);
        self.log_in(None, login)
    }

    /// The same without waiting for anybody: `None` where another process is at it.
    fn fetch_without_waiting(
        &self,
        limit: Deadline<'_>,
        login: impl Fn() -> Result<Token>,
    ) -> Option<Result<Arc<Token>>> {
        if !self.store.is_shared() || self.store_rests() {
            return Some(self.log_in(None, login));
        }
        let asked = Instant::now();
        match self.take_or_lock(limit.within(STORE_PATIENCE)) {
            Ok(Taken::Outcome(outcome)) => Some(outcome),
            Ok(Taken::Lock(lock)) => Some(self.log_in(Some(&lock), login)),
            Ok(Taken::Nothing) => None,
            Err(trouble) => {
                self.note_trouble(asked, &trouble);
                self.stats.store_fallbacks.add(1);
                Some(self.log_in(None, login))
            }
        }
    }

    /// What another process left in the store, or the right to log in for all.
    fn take_or_lock(&self, limit: Deadline<'_>) -> std::result::Result<Taken<'_>, Trouble> {
        if let Some(outcome) = self.take(limit)? {
            return Ok(Taken::Outcome(outcome));
        }
        let Some(lock) = self.store.try_lock(limit)? else {
            return Ok(Taken::Nothing);
        };
        // Another process may have been quicker.
        match self.take(limit)? {
            Some(outcome) => Ok(Taken::Outcome(outcome)),
            None => Ok(Taken::Lock(lock)),
        }
    }

    /// What the store has for us: a good token, or a refused login that is still in force.
    fn take(
        &self,
        limit: Deadline<'_>,
    ) -> std::result::Result<Option<Result<Arc<Token>>>, Trouble> {
        let shared = self.store.read(limit)?;
        let mut state = self.lock();
        if let Some(token) = shared.token
            && now_ms() < token.renew_at
            && !state.dead.contains(&token.token)
            && let Ok(token) = Token::adopt(token)
        {
            state.store_trouble = None;
            drop(state);
            return Ok(Some(Ok(self.accept(token))));
        }
        let Some(refused) = shared.refused else {
            return Ok(None);
        };
        let is_over = refused.until <= now_ms();
        let refused = self.adopt_refusal(refused);
        let error = refused.error.clone();
        // Of two that are over, the one that had doubled further counts.
        if (state.refused.as_ref()).is_none_or(|own| own.next_cooldown <= refused.next_cooldown) {
            state.refused = Some(refused);
        }
        Ok((!is_over && !self.cooldown.is_zero()).then_some(Err(error)))
    }

    /// A refusal that another process met, within what the configuration allows: the clocks of those
    /// who share may differ.
    fn adopt_refusal(&self, shared: SharedRefusal) -> RefusedLogin {
        let longest = self.cooldown * MAX_COOLDOWN_FACTOR;
        let error = Error::new(Kind::Auth, shared.message)
            .at(Endpoint::GenerateToken)
            .with_platform_code(shared.code, shared.platform_code);
        RefusedLogin {
            error: match shared.http_status {
                Some(status) => error.with_http_status(status),
                None => error,
            },
            until: instant_of(shared.until).min(Instant::now() + longest),
            next_cooldown: Duration::from_millis(shared.next_cooldown_ms)
                .clamp(self.cooldown.min(longest), longest),
        }
    }

    /// Whether the store is in trouble for so long that it is left alone.
    fn store_rests(&self) -> bool {
        let trouble = self.lock().store_trouble;
        trouble.is_some_and(|trouble| Instant::now() < trouble.rests_until)
    }

    /// Notes that the store did not do what it was asked at that moment.
    fn note_trouble(&self, asked: Instant, trouble: &str) {
        let now = Instant::now();
        let mut state = self.lock();
        let since = match state.store_trouble {
            // Trouble that came back after a rest is waited for no more.
            Some(trouble) => trouble.since,
            None => {
                log::warn!("the token store is in trouble, and done without: {trouble}");
                asked
            }
        };
        let rests_until = match now >= since + STORE_PATIENCE {
            true => now + STORE_REST,
            false => now,
        };
        state.store_trouble = Some(StoreTrouble { since, rests_until });
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
        if let (Some(lock), Some(shared)) = (lock, self.to_share(&result)) {
            let asked = Instant::now();
            match lock.write(&shared) {
                Ok(()) => self.lock().store_trouble = None,
                Err(trouble) => {
                    self.stats.store_fallbacks.add(1);
                    self.note_trouble(asked, &trouble);
                }
            }
        }
        result
    }

    /// What others are to know of a login; of a failed one, only that it was refused.
    fn to_share(&self, result: &Result<Arc<Token>>) -> Option<Shared> {
        let state = self.lock();
        match result {
            Ok(token) => Some(Shared {
                token: Some(token.share()),
                refused: None,
            }),
            Err(error) if error.kind() == Kind::Auth => Some(Shared {
                token: state.living().map(|token| token.share()),
                refused: state.refused.as_ref().map(RefusedLogin::share),
            }),
            Err(_) => None,
        }
    }

    fn look(&self) -> Look {
        let state = self.lock();
        let Some(token) = state.living() else {
            return Look::None;
        };
        let now = Instant::now();
        let renewal_waits = state.renewal_paused.is_some_and(|until| now < until)
            || state.refusal_in_force().is_some();
        match now < token.renew_at || renewal_waits {
            true => Look::Good(token.clone()),
            false => Look::NearItsEnd(token.clone()),
        }
    }

    fn cooling_down(&self) -> Option<Error> {
        let state = self.lock();
        let refused = state.refusal_in_force()?;
        Some(refused.error.clone().with_attempts(0))
    }

    fn accept(&self, token: Token) -> Arc<Token> {
        let token = Arc::new(token);
        let mut state = self.lock();
        // A platform may grant the same text again.
        state.dead.retain(|dead| dead != token.as_str());
        state.refused = None;
        state.renewal_paused = None;
        state.current = Some(token.clone());
        token
    }

    fn note_failure(&self, error: &Error) {
        let now = Instant::now();
        let mut state = self.lock();
        state.renewal_paused = Some(now + RENEWAL_PAUSE);
        if error.kind() == Kind::Auth && !self.cooldown.is_zero() {
            let cooldown =
                (state.refused.as_ref()).map_or(self.cooldown, |last| last.next_cooldown);
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

/// What became of a look into the store.
enum Taken<'a> {
    /// Another process's token, or its refused login.
    Outcome(Result<Arc<Token>>),
    /// The right to log in for all.
    Lock(Lock<'a>),
    /// Another process is logging in.
    Nothing,
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
