//! The tokens of an account in this process: fetched by one caller for all, renewed by one of them
//! before they end, dropped when they are dead; where a store is configured, by one process for all.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::granted::Token;
use super::single_flight::{Landing, SingleFlight};
use super::store::{Lock, Shared, SharedRefusal, Store, Trouble, instant_of, now_ms, time_of};
use crate::deadline::{Deadline, STORE_TIME};
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Result};
use crate::stats::Stats;
use crate::system;

/// After an early renewal failed, the next one waits this long.
const RENEWAL_PAUSE: Duration = Duration::from_secs(5);
/// An early renewal takes no longer from the call that makes it.
const RENEWAL_LIMIT: Duration = Duration::from_secs(5);
/// A refused login is remembered for at most this many times `loginCooldownMs`.
const MAX_COOLDOWN_FACTOR: u32 = 20;
/// How long a store is left alone that has been in trouble for [`STORE_TIME`], or whose trouble
/// lasts.
const STORE_REST: Duration = Duration::from_secs(5);
/// With less time than this a good store may fail too.
const FAIR_TIME: Duration = Duration::from_millis(100);
/// How long to wait for another process's login, or for the store, before looking again; and more
/// each time, by a part of what it has taken.
const LOOK_AGAIN: std::ops::Range<u64> = 5..40;
const LOOK_AGAIN_PART: u32 = 8;
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
    lasts: bool,
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
    /// Until the store has worked again: been written to or, unless its trouble lasts, given a token.
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
                true => self.fetch_shared(deadline, &|| login(deadline, false)),
                false => self.log_in(None, deadline, &|| login(deadline, false)),
            };
            let has_failed = fetched.is_err();
            Landing::of(fetched, has_failed, deadline)
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
            let fetched = self.fetch_without_waiting(deadline, limit, &|| login(limit, true));
            // Where another process has the lock, its token is looked for again at the next call.
            match fetched.and_then(Result::ok) {
                Some(newer) => Landing::Shared(Ok(newer)),
                // Who waits does so because this one is dead by now.
                None => Landing::Own(Ok(token.clone())),
            }
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
        deadline.sleep(longest.mul_f64(system::random().f64()));
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
        login: &dyn Fn() -> Result<Token>,
    ) -> Result<Arc<Token>> {
        // Who holds the lock may be slow or stuck: half of the time is left for a login of our own.
        let patience = deadline.within(deadline.left() / 2);
        let start = Instant::now();
        let mut others_log_in = false;
        while !self.store_rests() && !patience.for_store().has_passed() {
            let limit = patience.for_store();
            match self.fetch_by_store(others_log_in, limit, deadline, login) {
                Ok(outcome) => return outcome,
                Err(missed) => others_log_in = matches!(missed, Missed::OthersLogIn),
            }
            if self.store_rests() {
                break;
            }
            let wait = Duration::from_millis(system::random().u64(LOOK_AGAIN));
            let wait = wait + start.elapsed() / LOOK_AGAIN_PART;
            match others_log_in {
                true => patience.sleep(wait),
                false => {
                    patience.for_store().sleep(wait);
                    deadline.spend_on_store(wait);
                }
            }
        }
        self.fetch_without_store(deadline, login)
            .unwrap_or_else(|| {
                let message = "no token: the call was ended while the token store was asked";
                Err(Error::new(Kind::Timeout, message))
            })
    }

    /// The same without waiting for anybody: `None` where another process is at it.
    fn fetch_without_waiting(
        &self,
        deadline: Deadline<'_>,
        limit: Deadline<'_>,
        login: &dyn Fn() -> Result<Token>,
    ) -> Option<Result<Arc<Token>>> {
        if !self.store.is_shared() || self.store_rests() || limit.for_store().has_passed() {
            return Some(self.log_in(None, deadline, login));
        }
        // Half of the time is left for a login of our own.
        let limit = limit.within(limit.left() / 2).for_store();
        match self.fetch_by_store(false, limit, deadline, login) {
            Ok(outcome) => Some(outcome),
            Err(Missed::OthersLogIn) => None,
            Err(Missed::Trouble) => self.fetch_without_store(deadline, login),
        }
    }

    /// Logs in for this process alone, unless the call was ended: then `None`.
    fn fetch_without_store(
        &self,
        deadline: Deadline<'_>,
        login: &dyn Fn() -> Result<Token>,
    ) -> Option<Result<Arc<Token>>> {
        (!deadline.is_cancelled()).then(|| {
            self.stats.store_fallbacks.add(1);
            self.log_in(None, deadline, login)
        })
    }

    /// What another process left in the store or, under its lock, a login for all. `limit` is for the
    /// asking.
    fn fetch_by_store(
        &self,
        others_log_in: bool,
        limit: Deadline<'_>,
        deadline: Deadline<'_>,
        login: &dyn Fn() -> Result<Token>,
    ) -> std::result::Result<Result<Arc<Token>>, Missed> {
        let (begun, had) = (Instant::now(), limit.left());
        let taken = self.take_or_lock(others_log_in, limit);
        if !matches!(taken, Ok(Taken::Nothing)) {
            deadline.spend_on_store(begun.elapsed());
        }
        match taken {
            Ok(Taken::Outcome(outcome)) => Ok(outcome),
            Ok(Taken::Lock(lock)) => Ok(self.log_in(Some(lock), deadline, login)),
            Ok(Taken::Nothing) => Err(Missed::OthersLogIn),
            Err(trouble) => {
                self.note_trouble(&trouble, begun, had, deadline);
                Err(Missed::Trouble)
            }
        }
    }

    /// What another process left in the store, or the right to log in for all. Where others were
    /// found logging in just before, the right is tried at once: one thing to ask instead of two.
    fn take_or_lock(
        &self,
        others_log_in: bool,
        limit: Deadline<'_>,
    ) -> std::result::Result<Taken<'_>, Trouble> {
        if !others_log_in && let Some(outcome) = self.take(self.store.read(limit)?) {
            return Ok(Taken::Outcome(outcome));
        }
        // Another process may have been quicker.
        let (lock, shared) = self.store.try_lock(limit)?;
        Ok(match (self.take(shared), lock) {
            (Some(outcome), lock) => {
                if let Some(lock) = lock {
                    // Else it is given back by its own end.
                    let _ = lock.release(None, limit);
                }
                Taken::Outcome(outcome)
            }
            (None, Some(lock)) => Taken::Lock(lock),
            (None, None) => Taken::Nothing,
        })
    }

    /// What the store has for us: a good token, or a refused login that is still in force.
    fn take(&self, shared: Shared) -> Option<Result<Arc<Token>>> {
        let mut state = self.lock();
        if let Some(token) = shared.token
            && now_ms() < token.renew_at
            && !state.dead.contains(&token.token)
            && let Ok(token) = Token::adopt(token)
        {
            // One that cannot be written to may well be read.
            state.store_trouble = state.store_trouble.filter(|trouble| trouble.lasts);
            drop(state);
            return Some(Ok(self.accept(token)));
        }
        let refused = shared.refused?;
        let is_over = refused.until <= now_ms();
        let refused = self.adopt_refusal(refused);
        let error = refused.error.clone();
        // Of two that are over, the one that had doubled further counts.
        if (state.refused.as_ref()).is_none_or(|own| own.next_cooldown <= refused.next_cooldown) {
            state.refused = Some(refused);
        }
        (!is_over && !self.cooldown.is_zero()).then_some(Err(error))
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

    /// Notes that the store did not do what it was asked at that moment, for which it `had` so long.
    fn note_trouble(
        &self,
        trouble: &Trouble,
        asked: Instant,
        had: Duration,
        deadline: Deadline<'_>,
    ) {
        // What its caller ended says nothing of the store.
        if deadline.is_cancelled() || (had < FAIR_TIME && !trouble.lasts) {
            return;
        }
        let now = Instant::now();
        let mut state = self.lock();
        let known = state.store_trouble;
        // Trouble that came back after a rest is waited for no more.
        let since = known.map_or(asked, |known| known.since);
        let rests = trouble.lasts || now >= since + STORE_TIME || deadline.for_store().has_passed();
        state.store_trouble = Some(StoreTrouble {
            since,
            lasts: trouble.lasts,
            rests_until: if rests { now + STORE_REST } else { now },
        });
        drop(state);
        let why = &trouble.why;
        match known {
            Some(_) => log::debug!("the token store is still in trouble: {why}"),
            None => log::warn!("the token store is in trouble, and done without: {why}"),
        }
    }

    /// Logs in, and lets all who share the store know how that went.
    fn log_in(
        &self,
        lock: Option<Lock<'_>>,
        deadline: Deadline<'_>,
        login: &dyn Fn() -> Result<Token>,
    ) -> Result<Arc<Token>> {
        let result = match &lock {
            Some(lock) => lock.keep_during(login),
            None => login(),
        };
        let result = match result {
            Ok(token) => Ok(self.accept(token)),
            Err(error) => {
                self.note_failure(&error, deadline);
                Err(error)
            }
        };
        if let Some(lock) = lock {
            self.give_back(lock, self.to_share(&result).as_ref(), deadline);
        }
        result
    }

    fn give_back(&self, lock: Lock<'_>, shared: Option<&Shared>, deadline: Deadline<'_>) {
        // What the token was fetched for is still to be done.
        let limit = deadline.within(deadline.left() / 2).for_store();
        let (begun, had) = (Instant::now(), limit.left());
        let given = lock.release(shared, limit);
        deadline.spend_on_store(begun.elapsed());
        match given {
            Ok(true) => self.lock().store_trouble = None,
            Ok(false) => {}
            Err(trouble) => {
                self.stats
                    .store_fallbacks
                    .add(u64::from(!deadline.is_cancelled()));
                self.note_trouble(&trouble, begun, had, deadline);
            }
        }
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

    fn note_failure(&self, error: &Error, deadline: Deadline<'_>) {
        let now = Instant::now();
        let mut state = self.lock();
        if !deadline.is_cancelled() {
            state.renewal_paused = Some(now + RENEWAL_PAUSE);
        }
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

/// Why a store gave nothing.
enum Missed {
    /// Another process is logging in.
    OthersLogIn,
    /// Note was taken of it.
    Trouble,
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::super::store::SharedToken;
    use super::*;
    use crate::deadline::Call;

    fn token(text: &str, renew_in: i64, dead_in: i64) -> Token {
        let shared = SharedToken {
            token: text.to_owned(),
            expiration_time: "null".to_owned(),
            expires_at: None,
            renew_at: now_ms() + renew_in,
            dead_at: now_ms() + dead_in,
        };
        Token::adopt(shared).unwrap()
    }

    #[test]
    fn a_token_that_died_while_its_renewal_failed_is_for_nobody_who_waited() {
        let cache = TokenCache::new(Duration::ZERO, Store::Memory, Arc::default());
        cache.accept(token("old", 0, 300));
        let call = || Call::new(Duration::from_secs(60), Arc::default());
        let (renewing, is_renewing) = channel();
        let until_dead = || {
            while cache.lock().living().is_some() {
                thread::sleep(Duration::from_millis(1));
            }
        };
        thread::scope(|scope| {
            let until_dead = &until_dead;
            let (cache, call) = (&cache, &call);
            scope.spawn(move || {
                cache.get(call().deadline(), |_, _| {
                    renewing.send(()).unwrap();
                    until_dead();
                    // For the other to wait.
                    thread::sleep(Duration::from_millis(300));
                    Err(Error::new(Kind::Timeout, "late"))
                })
            });
            is_renewing.recv().unwrap();
            until_dead();
            let new = || Ok(token("new", 60_000, 60_000));
            let given = cache.get(call().deadline(), |_, _| new()).unwrap();
            assert_eq!(given.as_str(), "new");
        });
    }
}
