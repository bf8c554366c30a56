//! One thread does what many wait for.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::deadline::Deadline;
use crate::transport::LAST_MOMENT;

/// Work that is done by one caller at a time, whose outcome all who waited share.
pub(crate) struct SingleFlight<T> {
    state: Mutex<State<T>>,
    ended: Condvar,
}

struct State<T> {
    running: bool,
    /// How many runs have ended.
    runs: u64,
    /// What the last run that ended gave to those who waited; `None` where it gave nothing. It stays
    /// while the next one is under way: some may not have read it yet.
    landing: Option<Landing<T>>,
}

/// What a leader's run comes to.
#[derive(Clone)]
pub(crate) enum Landing<T> {
    /// For the leader and for all who wait.
    Shared(T),
    /// For the leader, whose time is at its end, and for those whose time is too: one of those who
    /// have more takes over.
    Late(T),
    /// For the leader alone: it says nothing to the others, of whom one takes over.
    Own(T),
}

impl<T> Landing<T> {
    /// That of a run that had the time until then.
    pub(crate) fn of(outcome: T, has_failed: bool, deadline: Deadline<'_>) -> Landing<T> {
        match has_failed {
            // Nobody else has ended a call.
            true if deadline.is_cancelled() => Landing::Own(outcome),
            // With more time, as others may have, it could have come to something.
            true if deadline.left() < LAST_MOMENT => Landing::Late(outcome),
            _ => Landing::Shared(outcome),
        }
    }

    fn outcome(&self) -> &T {
        match self {
            Landing::Shared(outcome) | Landing::Late(outcome) | Landing::Own(outcome) => outcome,
        }
    }

    fn is_for(&self, deadline: Deadline<'_>) -> bool {
        match self {
            Landing::Shared(_) => true,
            Landing::Late(_) => deadline.left() < LAST_MOMENT,
            Landing::Own(_) => false,
        }
    }
}

impl<T: Clone> SingleFlight<T> {
    pub(crate) fn new() -> Self {
        let state = State {
            running: false,
            runs: 0,
            landing: None,
        };
        SingleFlight {
            state: Mutex::new(state),
            ended: Condvar::new(),
        }
    }

    /// Leads the work, or waits for who does and shares the outcome. `None` at the deadline.
    pub(crate) fn run(
        &self,
        deadline: Deadline<'_>,
        lead: impl FnOnce() -> Landing<T>,
    ) -> Option<T> {
        let mut state = self.lock();
        let mut runs = state.runs;
        while state.running {
            // Without the lock: the caller's check may be asked.
            drop(state);
            let wait = deadline.next_wait();
            if wait.is_zero() {
                return None;
            }
            state = self.lock();
            if state.running && state.runs == runs {
                let woken = self.ended.wait_timeout(state, wait);
                state = woken.unwrap_or_else(PoisonError::into_inner).0;
            }
            if state.runs != runs
                && let Some(landing) = &state.landing
                && landing.is_for(deadline)
            {
                return Some(landing.outcome().clone());
            }
            runs = state.runs;
        }
        Some(self.lead(state, lead))
    }

    /// Leads the work, or leaves it to who does: then `None`, at once.
    pub(crate) fn try_run(&self, lead: impl FnOnce() -> Landing<T>) -> Option<T> {
        let state = self.lock();
        (!state.running).then(|| self.lead(state, lead))
    }

    fn lead(&self, mut state: MutexGuard<'_, State<T>>, lead: impl FnOnce() -> Landing<T>) -> T {
        state.running = true;
        drop(state);

        let mut run = Run {
            flight: self,
            landing: None,
        };
        let landing = run.landing.insert(lead());
        landing.outcome().clone()
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the run, also when the leader unwinds.
struct Run<'a, T: Clone> {
    flight: &'a SingleFlight<T>,
    landing: Option<Landing<T>>,
}

impl<T: Clone> Drop for Run<'_, T> {
    fn drop(&mut self) {
        let mut state = self.flight.lock();
        state.running = false;
        state.runs += 1;
        state.landing = self.landing.take();
        drop(state);
        self.flight.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::deadline::{Call, Check};

    fn call_of(span: Duration) -> Call {
        Call::new(span, Arc::default())
    }

    fn later() -> Call {
        call_of(Duration::from_secs(60))
    }

    /// Has `threads` callers wait while a leader is at it, which then ends with `landing`.
    fn with_waiting<T: Clone + Send + Sync>(
        flight: &SingleFlight<T>,
        landing: fn() -> Landing<T>,
        caller: impl Fn() + Sync,
    ) {
        let leading = Barrier::new(2);
        let land = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                flight.run(later().deadline(), || {
                    leading.wait();
                    land.wait();
                    landing()
                })
            });
            leading.wait();
            let callers: Vec<_> = (0..8).map(|_| scope.spawn(&caller)).collect();
            land.wait();
            callers
                .into_iter()
                .for_each(|caller| caller.join().unwrap());
        });
    }

    #[test]
    fn waiting_callers_take_over_when_the_leaders_time_was_at_its_end() {
        let flight = SingleFlight::new();
        let led = AtomicUsize::new(0);
        with_waiting(
            &flight,
            || Landing::Late(0),
            || {
                let outcome = flight.run(later().deadline(), || {
                    led.fetch_add(1, Ordering::Relaxed);
                    Landing::Shared(1)
                });
                assert_eq!(outcome, Some(1));
            },
        );
        assert!(led.load(Ordering::Relaxed) >= 1);
    }

    #[test]
    fn the_failure_of_a_call_that_was_ended_is_its_own() {
        let check = Arc::new(Check::default());
        check.set(Some(Box::new(|| true)));
        let ended = Call::new(Duration::from_secs(60), check);
        ended.deadline().sleep(Duration::from_secs(60));
        let (late, early) = (call_of(LAST_MOMENT / 2), later());
        let of = |call: &Call, has_failed| Landing::of((), has_failed, call.deadline());
        assert!(matches!(of(&ended, true), Landing::Own(())));
        assert!(matches!(of(&late, true), Landing::Late(())));
        assert!(matches!(of(&early, true), Landing::Shared(())));
        assert!(matches!(of(&ended, false), Landing::Shared(())));
    }

    #[test]
    fn what_is_the_leaders_own_is_for_nobody_else_however_little_time_they_have() {
        let flight = SingleFlight::new();
        with_waiting(
            &flight,
            || Landing::Own(0),
            || {
                let call = call_of(LAST_MOMENT / 2);
                let outcome = flight.run(call.deadline(), || Landing::Shared(1));
                assert_eq!(outcome, Some(1));
            },
        );
    }

    #[test]
    fn an_outcome_is_there_for_who_has_not_read_it_when_the_next_run_begins() {
        let flight = SingleFlight::new();
        let (asking, is_asked) = channel();
        let (answer, answers) = channel::<()>();
        let answers = Mutex::new(answers);
        let check = Arc::new(Check::default());
        check.set(Some(Box::new(move || {
            let _ = asking.send(());
            let _ = answers.lock().unwrap().recv();
            false
        })));
        thread::scope(|scope| {
            let mut waiting = None;
            flight.run(later().deadline(), || {
                let wait = || {
                    let call = Call::new(Duration::from_secs(60), check.clone());
                    flight.run(call.deadline(), || Landing::Shared(3))
                };
                waiting = Some(scope.spawn(wait));
                // It asks its caller's check, and is held up by that.
                is_asked.recv().unwrap();
                Landing::Shared(1)
            });
            flight.run(later().deadline(), || {
                drop(answer);
                thread::sleep(Duration::from_millis(300));
                Landing::Shared(2)
            });
            assert_eq!(waiting.unwrap().join().unwrap(), Some(1));
        });
    }

    #[test]
    fn a_panic_of_the_leader_stops_nobody() {
        let flight = SingleFlight::<u8>::new();
        let leader = thread::scope(|scope| {
            scope
                .spawn(|| flight.run(later().deadline(), || panic!("as the test wants")))
                .join()
        });
        assert!(leader.is_err());
        assert_eq!(
            flight.run(later().deadline(), || Landing::Shared(7)),
            Some(7)
        );
    }

    #[test]
    fn a_caller_waits_no_longer_than_its_deadline() {
        let flight = SingleFlight::new();
        let outcome = flight.run(later().deadline(), || {
            assert_eq!(flight.try_run(|| Landing::Shared(1)), None);
            let waiting = thread::scope(|scope| {
                scope
                    .spawn(|| flight.run(call_of(Duration::ZERO).deadline(), || Landing::Shared(1)))
                    .join()
                    .unwrap()
            });
            assert_eq!(waiting, None);
            Landing::Shared(2)
        });
        assert_eq!(outcome, Some(2));
    }
}
