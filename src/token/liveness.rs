//! Whether a refusal is the token's fault, and whether another login is worth it.
//!
//! A dead token and a bad ticket may be answered alike: HTTP 200 and some code, or 401. Asking can
//! tell: one user of the list, under the same token. A good answer is certain, since no token comes
//! back to life. A bad one is certain where this account may list users; where that is not known, a
//! login may help or may not.
//!
//! Whatever strangers send, refusals cause few logins: each one that turns out to be of no use is
//! taken from a small budget.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Url;

use super::granted::Token;
use super::single_flight::{Landing, SingleFlight};
use crate::config::Config;
use crate::deadline::Deadline;
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Result};
use crate::platform::envelope::{self, Answer, Refusal};
use crate::platform::requests::{PageQuery, page_url};
use crate::transport::{Request, Transport};

/// How long a good answer is believed for a refusal of the same wording, so that a flood of bogus
/// tickets costs the platform little. Not where tokens were seen to die: there each refusal is asked
/// about.
const MEMORY: Duration = Duration::from_secs(3);
/// How long a death is remembered for that.
const DEATH_MEMORY: Duration = Duration::from_secs(600);
/// How long it is believed that an account may not list users, before a login looks again.
const NO_LIST_MEMORY: Duration = Duration::from_secs(60);
/// Logins for refusals, beyond those that proved useful: so many at once, and then one each `REFILL`.
const BUDGET: u32 = 6;
const REFILL: Duration = Duration::from_secs(20);
/// The longest pause between such logins while nothing at all is accepted, as a multiple of
/// `loginCooldownMs`.
const MAX_PAUSE_FACTOR: u32 = 20;

/// How the platform said no.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Denial {
    /// HTTP 401 or 403.
    Status(u16),
    /// An answer with a `code`.
    Refusal(Refusal),
}

/// What a denial under a token means.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// The token is good: what was asked is at fault.
    TokenIsGood,
    /// The token is not, or no longer, good: another one is worth a try.
    TokenIsDead,
    /// No token is accepted for long.
    NoTokenIsAccepted {
        /// Some were accepted before: other programs take the account's token.
        some_were: bool,
    },
}

#[derive(Default)]
struct State {
    /// The last good answer: of which token, when it was asked for, and about which denial.
    alive: Option<(u64, Instant, Denial)>,
    /// The last token that a login was granted for.
    charged: Option<u64>,
    /// When a token was last found dead.
    death: Option<Instant>,
    /// What the list answers to a fresh token of an account that may not list users, and since when.
    no_list: Option<(Denial, Instant)>,
    /// Logins spent from the budget, as of a moment.
    spent: Option<(u32, Instant)>,
    /// While nothing is accepted: no login until then, and how long the next pause is.
    pause: Option<(Instant, Duration)>,
}

pub(super) struct Liveness {
    users: Url,
    transport: Arc<Transport>,
    cooldown: Duration,
    asking: SingleFlight<(u64, Instant, Result<Option<Denial>>)>,
    /// Something was accepted under a token of this account.
    accepted: AtomicBool,
    /// A list of users was.
    may_list: AtomicBool,
    state: Mutex<State>,
}

/// A denial, and the call that met it.
pub(crate) struct Denied<'a> {
    pub(crate) endpoint: Endpoint,
    pub(crate) denial: &'a Denial,
    /// When the answer was there.
    pub(crate) at: Instant,
    /// How many tokens the call has had before this one.
    pub(crate) renewals: u32,
}

impl Liveness {
    pub(super) fn new(config: &Config, transport: Arc<Transport>) -> Liveness {
        Liveness {
            users: config.addresses.of(Endpoint::GetUsers).clone(),
            transport,
            cooldown: config.login_cooldown,
            asking: SingleFlight::new(),
            accepted: AtomicBool::new(false),
            may_list: AtomicBool::new(false),
            state: Mutex::default(),
        }
    }

    /// Notes that a request was accepted, by a call that has had `renewals` tokens before.
    pub(super) fn note_accepted(&self, endpoint: Endpoint, renewals: u32) {
        let note = |known: &AtomicBool| {
            if !known.load(Ordering::Relaxed) {
                known.store(true, Ordering::Relaxed);
                self.lock().pause = None;
            }
        };
        note(&self.accepted);
        if endpoint == Endpoint::GetUsers {
            note(&self.may_list);
        }
        if renewals > 0 {
            let mut state = self.lock();
            state.spent = None;
            state.death = Some(Instant::now());
        }
    }

    /// What a denial under the newest token means.
    pub(super) fn judge(
        &self,
        token: &Token,
        denied: &Denied<'_>,
        secrets: &[&str],
        deadline: Deadline<'_>,
    ) -> Result<Verdict> {
        let is_list = denied.endpoint == Endpoint::GetUsers;
        let answer = match denied.denial {
            // It is what asking would ask.
            Denial::Status(_) if is_list => Some(denied.denial.clone()),
            denial => self.ask(token, denial, denied.at, secrets, deadline)?,
        };
        let Some(answer) = answer else {
            return Ok(Verdict::TokenIsGood);
        };
        let mut state = self.lock();
        let now = Instant::now();
        let may_list = self.may_list.load(Ordering::Relaxed);
        // Were the token dead, both would be told so alike.
        if !may_list && !is_list && answer != *denied.denial {
            let is_known = (state.no_list.as_ref())
                .is_some_and(|(known, since)| *known == answer && now < *since + NO_LIST_MEMORY);
            let is_fresh = denied.renewals > 0 && !token.is_adopted();
            if is_fresh {
                state.no_list = Some((answer, now));
            }
            if is_known || is_fresh {
                return Ok(Verdict::TokenIsGood);
            }
        }
        if may_list {
            state.death = Some(now);
        }
        if state.charged == Some(token.serial) {
            // Another call was granted a login for it.
            return Ok(Verdict::TokenIsDead);
        }
        // Of a list, only a list that was accepted tells that it can be; and it may be refused for
        // reasons of its own.
        let some_were = match denied.denial {
            Denial::Refusal(refusal) if is_list && !refusal.speaks_of_authentication() => false,
            _ if is_list => may_list,
            _ => self.accepted.load(Ordering::Relaxed),
        };
        if !some_were && !self.may_try_on(&mut state, denied, now) || !spend(&mut state, now) {
            return Ok(Verdict::NoTokenIsAccepted { some_were });
        }
        state.charged = Some(token.serial);
        Ok(Verdict::TokenIsDead)
    }

    /// Whether a call whose account never had anything accepted tries another token: a few times
    /// where somebody waits to be signed in, since other programs may take the first ones; then
    /// there is a pause, as after a refused login.
    fn may_try_on(&self, state: &mut State, denied: &Denied<'_>, now: Instant) -> bool {
        if state.pause.is_some_and(|(until, _)| now < until) {
            return false;
        }
        let most = match denied.endpoint {
            Endpoint::GetUserByTicket => 4,
            Endpoint::GetUsers | Endpoint::GenerateToken => 1,
        };
        if denied.renewals < most {
            return true;
        }
        let pause = state.pause.map_or(self.cooldown, |(_, next)| next);
        let next = (pause * 2).min(self.cooldown * MAX_PAUSE_FACTOR);
        state.pause = Some((now + pause, next));
        false
    }

    /// Asks for one user under the token, which one caller does for all: `None` for a good answer. An
    /// answer that was asked for before the denial came says nothing about it.
    fn ask(
        &self,
        token: &Token,
        denial: &Denial,
        denied_at: Instant,
        secrets: &[&str],
        deadline: Deadline<'_>,
    ) -> Result<Option<Denial>> {
        loop {
            if self.is_known_good(token, denial, denied_at) {
                return Ok(None);
            }
            let outcome = self.asking.run(deadline, || {
                let asked = Instant::now();
                let answer = self.ask_platform(token, secrets, deadline);
                if let Ok(None) = answer {
                    self.note_accepted(Endpoint::GetUsers, 0);
                    self.lock().alive = Some((token.serial, asked, denial.clone()));
                }
                let has_failed = answer.is_err();
                Landing::of((token.serial, asked, answer), has_failed, deadline)
            });
            match outcome {
                // Who waited may have waited for the answer on another token, or on an older denial.
                Some((serial, asked, answer))
                    if serial == token.serial
                        && (asked >= denied_at || !matches!(answer, Ok(None))) =>
                {
                    return answer;
                }
                Some(_) => {}
                None => {
                    return Err(Error::new(
                        Kind::Timeout,
                        "whether the token lives could not be found out within `deadlineMs`",
                    ));
                }
            }
        }
    }

    fn ask_platform(
        &self,
        token: &Token,
        secrets: &[&str],
        deadline: Deadline<'_>,
    ) -> Result<Option<Denial>> {
        let query = PageQuery {
            page_index: Some(1),
            page_size: Some(1),
            keyword: None,
        };
        let mut request = Request::get(Endpoint::GetUsers, page_url(&self.users, &query)?);
        request.token = Some(token.header());
        let said = self.transport.send(&mut request, deadline, |reply| {
            Ok(match envelope::read(&reply.text()?, secrets)? {
                Answer::Accepted(_) => None,
                Answer::Refused(refusal) => Some(Denial::Refusal(refusal)),
            })
        });
        match said {
            Err(error) if error.denies_access() => Ok(error.http_status().map(Denial::Status)),
            said => said,
        }
    }

    fn is_known_good(&self, token: &Token, denial: &Denial, denied_at: Instant) -> bool {
        let state = self.lock();
        let Some((serial, asked, about)) = &state.alive else {
            return false;
        };
        let now = Instant::now();
        let tokens_die = state.death.is_some_and(|death| now < death + DEATH_MEMORY);
        let is_remembered = !tokens_die && about == denial && now < *asked + MEMORY;
        *serial == token.serial && (*asked >= denied_at || is_remembered)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a login from the budget, if it has one.
fn spend(state: &mut State, now: Instant) -> bool {
    let (spent, since) = state.spent.unwrap_or((0, now));
    let refills = (now.duration_since(since).as_millis() / REFILL.as_millis()) as u32;
    let spent = spent.saturating_sub(refills);
    if spent == BUDGET {
        return false;
    }
    // What is left of a refill goes on.
    let since = match spent {
        0 => now,
        _ => since + REFILL * refills,
    };
    state.spent = Some((spent + 1, since));
    true
}
