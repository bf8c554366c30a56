//! The retries that all threads of a client share, so that many callers are no storm.
//!
//! While the platform is away they are soon spent. Then one retry a second is made, by any of the
//! callers, and the others wait. The first that is answered gives back more than it took, and so does
//! each after it: within moments all go on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// At most so many are left, as at the start.
const FULL: f64 = 10.0;
/// So many are added in a second,
const PER_SECOND: f64 = 1.0;
/// for an answer to a first attempt,
const PER_ANSWER: f64 = 0.2;
/// and for one to a retry.
const PER_RETRY_ANSWER: f64 = 2.0;
/// Where they have been spent for so long, a call that fails then does not wait for the platform.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) struct Budget {
    state: Mutex<State>,
    /// Some are spent: answers have to be told.
    is_short: AtomicBool,
}

struct State {
    left: f64,
    /// As of this moment.
    at: Instant,
    /// Since when there was none for somebody, and no answer.
    dry_since: Option<Instant>,
}

/// What a call may do that wants to retry.
#[derive(Debug, PartialEq)]
pub(super) enum Turn {
    Now,
    /// It has to ask again.
    Later,
    Never,
}

impl Budget {
    pub(super) fn new() -> Budget {
        Budget {
            state: Mutex::new(State::new(Instant::now())),
            is_short: AtomicBool::new(false),
        }
    }

    /// Takes a number of retries for a call that first failed at `since`.
    pub(super) fn take(&self, number: usize, since: Instant) -> Turn {
        let mut state = self.lock();
        self.is_short.store(true, Ordering::Relaxed);
        state.take(number, since, Instant::now())
    }

    /// Notes a final answer of the platform.
    pub(super) fn answered(&self, to_a_retry: bool) {
        if self.is_short.load(Ordering::Relaxed) {
            let mut state = self.lock();
            state.answered(to_a_retry);
            self.is_short.store(state.left < FULL, Ordering::Relaxed);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new(now: Instant) -> State {
        State {
            left: FULL,
            at: now,
            dry_since: None,
        }
    }

    fn take(&mut self, number: usize, since: Instant, now: Instant) -> Turn {
        self.add(PER_SECOND * now.duration_since(self.at).as_secs_f64());
        self.at = now;
        if self.left >= 1.0 {
            // A listing's pages are retried together, also where they are more than are left.
            self.left -= number as f64;
            return Turn::Now;
        }
        let dry_since = *self.dry_since.get_or_insert(now);
        match since.saturating_duration_since(dry_since) < PATIENCE {
            true => Turn::Later,
            false => Turn::Never,
        }
    }

    fn answered(&mut self, to_a_retry: bool) {
        self.dry_since = None;
        self.add(match to_a_retry {
            true => PER_RETRY_ANSWER,
            false => PER_ANSWER,
        });
    }

    fn add(&mut self, number: f64) {
        self.left += number;
        if self.left >= FULL {
            self.left = FULL;
            self.dry_since = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many retries are granted to callers who ask every 100 ms and are never answered.
    fn granted(state: &mut State, since: Instant, from: Instant, span: Duration) -> usize {
        let looks = (0..span.as_millis() as u64).step_by(100);
        looks
            .filter(|ms| state.take(1, since, from + Duration::from_millis(*ms)) == Turn::Now)
            .count()
    }

    #[test]
    fn callers_who_are_not_answered_retry_once_a_second_in_all() {
        let start = Instant::now();
        let mut state = State::new(start);
        let granted = granted(&mut state, start, start, Duration::from_secs(30));
        assert!((35..=45).contains(&granted), "{granted}");
    }

    #[test]
    fn one_answer_to_a_retry_lets_all_go_on() {
        let start = Instant::now();
        let mut state = State::new(start);
        granted(&mut state, start, start, Duration::from_secs(5));
        let now = start + Duration::from_secs(6);
        let (mut under_way, mut waiting, mut rounds) = (0, 200, 0);
        while waiting > 0 {
            for _ in 0..under_way {
                state.answered(true);
            }
            under_way = 0;
            while waiting > 0 && state.take(1, start, now) == Turn::Now {
                waiting -= 1;
                under_way += 1;
            }
            rounds += 1;
            assert!(rounds < 50);
        }
        assert!(rounds > 5, "{rounds}");
    }

    #[test]
    fn where_most_retries_fail_they_are_a_share_of_the_calls() {
        let start = Instant::now();
        let mut state = State::new(start);
        let mut retries = 0;
        for call in 0..1000 {
            // Nine of ten attempts fail, first ones as well as retries.
            match call % 10 {
                0 => state.answered(false),
                _ if state.take(1, start, start) == Turn::Now => {
                    retries += 1;
                    if retries % 10 == 0 {
                        state.answered(true);
                    }
                }
                _ => {}
            }
        }
        assert!((20..=60).contains(&retries), "{retries}");
    }

    #[test]
    fn a_call_that_begins_when_they_have_been_spent_for_long_does_not_wait() {
        let start = Instant::now();
        let mut state = State::new(start);
        let span = PATIENCE + Duration::from_secs(5);
        granted(&mut state, start, start, span);
        let now = start + span;
        state.take(1, start, now);
        state.left = 0.0;
        assert_eq!(state.take(1, start, now), Turn::Later);
        assert_eq!(state.take(1, now, now), Turn::Never);
        state.answered(false);
        assert_eq!(state.take(1, now, now), Turn::Later);
    }

    #[test]
    fn long_after_all_are_there_again() {
        let start = Instant::now();
        let mut state = State::new(start);
        granted(&mut state, start, start, PATIENCE * 2);
        let later = start + Duration::from_secs(3600);
        for _ in 0..FULL as u32 {
            assert_eq!(state.take(1, later, later), Turn::Now);
        }
        assert_eq!(state.take(1, later, later), Turn::Later);
    }

    #[test]
    fn a_listings_pages_are_retried_together() {
        let start = Instant::now();
        let mut state = State::new(start);
        assert_eq!(state.take(16, start, start), Turn::Now);
        let soon = start + Duration::from_secs(6);
        assert_eq!(state.take(1, start, soon), Turn::Later);
        assert_eq!(
            state.take(1, start, soon + Duration::from_secs(2)),
            Turn::Now
        );
    }
}
