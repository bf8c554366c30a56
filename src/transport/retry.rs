//! What follows from an attempt: the result, or another attempt, and when.

use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::system;

/// Time is cut into slots, the first as long as this and each twice as long as the one before.
const FIRST_SLOT: Duration = Duration::from_millis(200);
/// With slots no longer than this, ten of them fill the default deadline of 30 s.
const LONGEST_SLOT: Duration = Duration::from_secs(5);
/// No wait is begun that would leave an attempt less.
pub(super) const LEAST: Duration = Duration::from_millis(200);
/// A call in whose last moment a request failed might have tried again with more time.
pub(crate) const LAST_MOMENT: Duration = Duration::from_secs(1);
/// Further attempts after those that ran out of time, which cost both sides more than others, and
/// after answers that come from a fault rather than from a moment's trouble.
const SELDOM: u32 = 2;

/// Where a request stands within a call.
pub(super) struct Progress {
    retries_left: u32,
    /// How many of them may follow an attempt of the kind that is seldom repeated.
    seldom_left: u32,
    /// What the last retry was made for, if there was one.
    pub(super) failure: Option<Error>,
    /// A kept connection that turned out to be dead was replaced once already.
    pub(super) replaced_connection: bool,
    /// An answer had too many header lines for an ordinary engine; the next takes more.
    pub(super) takes_many_headers: bool,
    /// The https port that the platform redirected to; 0 if it did not, or to another path too.
    pub(super) redirected_to: u16,
    next_slot: Duration,
    /// The end of the slot that the last wait led into.
    slot_end: Option<Instant>,
}

/// What follows from an outcome.
pub(super) enum Step {
    Done(Result<()>),
    /// At once, since the platform redirected.
    Redirected,
    /// At once, on a connection of its own: the kept one was dead, or its engine too small.
    Reconnect,
    /// After a wait, as far as the client's budget allows; else it ends with the error.
    Retry(Error, Duration),
}

impl Step {
    /// Whether an answer led to it which will not change.
    pub(super) fn is_final_answer(&self) -> bool {
        match self {
            Step::Done(Ok(())) => true,
            Step::Done(Err(error)) => !error.is_retryable(),
            _ => false,
        }
    }
}

impl Progress {
    pub(super) fn new(retries: u32) -> Progress {
        Progress {
            retries_left: retries,
            seldom_left: retries.min(SELDOM),
            failure: None,
            replaced_connection: false,
            takes_many_headers: false,
            redirected_to: 0,
            next_slot: FIRST_SLOT,
            slot_end: None,
        }
    }

    /// Whether another attempt may follow one that runs out of time.
    pub(super) fn may_follow(&self) -> bool {
        self.seldom_left > 0
    }

    pub(super) fn retry_seldom(&mut self, error: Error, left: Duration) -> Step {
        match self.seldom_left.checked_sub(1) {
            None => Step::Done(Err(error)),
            Some(others) => {
                self.seldom_left = others;
                self.retry_or_end(error, None, left)
            }
        }
    }

    /// The next attempt is made at a random moment of the next slot: callers that failed together do
    /// not come back together, and yet none has spent its attempts before the last slot.
    pub(super) fn retry_or_end(
        &mut self,
        error: Error,
        retry_after: Option<Duration>,
        left: Duration,
    ) -> Step {
        let now = Instant::now();
        let start = self.slot_end.unwrap_or(now).saturating_duration_since(now);
        // The slot ends early enough to leave the attempt its half.
        let length = self.next_slot.min(left.saturating_sub(start) / 2);
        let wait = start + length.mul_f64(system::random().f64());
        let wait = wait.max(retry_after.unwrap_or_default());
        if !error.is_retryable() || self.retries_left == 0 || wait + LEAST > left {
            return Step::Done(Err(error));
        }
        self.next_slot = (self.next_slot * 2).min(LONGEST_SLOT);
        self.slot_end = Some(now + wait.max(start + length));
        Step::Retry(error, wait)
    }

    pub(super) fn spend_retry(&mut self, failure: Error) {
        self.failure = Some(failure);
        self.retries_left -= 1;
        self.seldom_left = self.seldom_left.min(self.retries_left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    const DEADLINE: Duration = Duration::from_secs(30);

    fn refused() -> Error {
        Error::new(Kind::Connect, "refused")
    }

    /// The waits of a request whose every attempt fails at once. No time passes here, so each is
    /// counted from the first failure.
    fn waits(retries: u32, deadline: Duration) -> Vec<Duration> {
        let mut progress = Progress::new(retries);
        let mut waits = Vec::new();
        while let Step::Retry(_, wait) = progress.retry_or_end(refused(), None, deadline) {
            progress.spend_retry(refused());
            waits.push(wait);
        }
        waits
    }

    #[test]
    fn ten_attempts_span_the_default_deadline_whatever_the_dice_say() {
        for _ in 0..1000 {
            let waits = waits(10, DEADLINE);
            assert_eq!(waits.len(), 10, "{waits:?}");
            for (after, slot) in [0.0, 0.2, 0.6, 1.4, 3.0, 6.2, 11.2, 16.2, 21.2]
                .windows(2)
                .enumerate()
            {
                let wait = waits[after].as_secs_f64();
                assert!(slot[0] - 0.1 <= wait && wait <= slot[1], "{waits:?}");
            }
            assert!(waits[9] > Duration::from_secs(25), "{waits:?}");
            assert!(waits[9] + LEAST <= DEADLINE, "{waits:?}");
        }
    }

    #[test]
    fn a_wait_that_does_not_fit_is_not_begun() {
        for _ in 0..1000 {
            let waits = waits(100, Duration::from_secs(1));
            assert!(
                waits
                    .iter()
                    .all(|wait| *wait + LEAST <= Duration::from_secs(1))
            );
            assert!(waits.len() < 10, "{waits:?}");
        }
        let later = Some(DEADLINE);
        let step = Progress::new(10).retry_or_end(refused(), later, DEADLINE);
        assert!(matches!(step, Step::Done(Err(_))));
    }

    #[test]
    fn a_timeout_is_tried_again_twice_and_a_refusal_meanwhile_costs_nothing_of_that() {
        let mut progress = Progress::new(10);
        for expected in [true, true, false] {
            assert_eq!(progress.may_follow(), expected);
            let step = progress.retry_seldom(refused(), DEADLINE);
            assert_eq!(matches!(step, Step::Retry(..)), expected);
            let step = progress.retry_or_end(refused(), None, DEADLINE);
            assert!(matches!(step, Step::Retry(..)));
            progress.spend_retry(refused());
        }
    }
}
