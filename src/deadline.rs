//! How long a call may take: until a moment, or until the caller ends it.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Kind};

/// A call that waits asks so often whether it is to end.
const LOOK: Duration = Duration::from_millis(50);
/// All the work of a call with a token store takes no longer.
pub(crate) const STORE_TIME: Duration = Duration::from_secs(2);

/// A check that makes calls itself is asked by them too, but not without end.
const MOST_WITHIN: u8 = 4;

thread_local! {
    /// How many checks this thread is in, one within another.
    static ASKING: Cell<u8> = const { Cell::new(0) };
}

type Question = dyn Fn() -> bool + Send + Sync;

/// The caller's own function that says whether calls of a client are to end.
#[derive(Default)]
pub(crate) struct Check {
    /// As the lock on the question has it.
    is_set: AtomicBool,
    /// Shared with every thread that is asking it now.
    question: Mutex<Option<Arc<Question>>>,
}

impl Check {
    /// Puts a function in the place of the previous one, which is not running when this returns, and
    /// will not run.
    pub(crate) fn set(&self, question: Option<Box<Question>>) {
        let question: Option<Arc<Question>> = question.map(Arc::from);
        let previous = {
            let mut current = self.lock();
            self.is_set.store(question.is_some(), Ordering::Relaxed);
            std::mem::replace(&mut *current, question)
        };
        wait_until_idle(previous, ASKING.get() > 0);
    }

    /// Takes over the function of the check that a fork brought along. Threads of the parent may
    /// have been asking it, and will never end that here: it is counted anew.
    pub(crate) fn inherit(&self, parent: &Check) {
        // Where another thread held the lock at the fork, the child's calls have their deadline alone.
        let question = parent.question.try_lock().ok().and_then(|own| own.clone());
        if let Some(question) = question {
            self.set(Some(Box::new(move || question())));
        }
    }

    fn says_end(&self) -> bool {
        let within = ASKING.get();
        if within == MOST_WITHIN {
            return false;
        }
        let Some(question) = self.lock().clone() else {
            return false;
        };
        ASKING.set(within + 1);
        let answer = question();
        ASKING.set(within);
        answer
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Question>>> {
        self.question.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until no thread is in a function of the host's that was taken out of use. The function
/// itself must not wait for its own end.
pub(crate) fn wait_until_idle<T: ?Sized>(function: Option<Arc<T>>, is_within: bool) {
    while (function.as_ref()).is_some_and(|function| Arc::strong_count(function) > 1) && !is_within
    {
        thread::sleep(Duration::from_millis(1));
    }
}

/// A call under way, on the thread that makes it.
pub(crate) struct Call {
    span: Duration,
    check: Arc<Check>,
    looked: Cell<Instant>,
    cancelled: Cell<bool>,
    /// What is left of [`STORE_TIME`].
    store_time: Cell<Duration>,
}

impl Call {
    /// A call that begins now and has that long.
    pub(crate) fn new(span: Duration, check: Arc<Check>) -> Call {
        Call {
            span,
            check,
            looked: Cell::new(Instant::now()),
            cancelled: Cell::new(false),
            store_time: Cell::new(STORE_TIME),
        }
    }

    /// The call's whole time, from now on: each page of a listing has as much.
    pub(crate) fn deadline(&self) -> Deadline<'_> {
        Deadline {
            at: Instant::now() + self.span,
            call: self,
        }
    }

    /// What the call's failure is: once the caller has ended it, that.
    pub(crate) fn explain(&self, error: Error) -> Error {
        if !self.cancelled.get() || error.kind() == Kind::Cancelled {
            return error;
        }
        let message = "the caller's check ended the call";
        let cancelled = Error::new(Kind::Cancelled, message).with_attempts(error.attempts());
        match error.endpoint() {
            Some(endpoint) => cancelled.at(endpoint),
            None => cancelled,
        }
    }

    fn is_watched(&self) -> bool {
        self.check.is_set.load(Ordering::Relaxed)
    }

    fn look(&self, now: Instant) {
        if now.duration_since(self.looked.get()) >= LOOK {
            let ends = self.check.says_end();
            self.cancelled.set(ends || self.cancelled.get());
            self.looked.set(Instant::now());
        }
    }
}

/// When a call, or a part of it, has to end. For a call that its caller has ended it has passed.
#[derive(Clone, Copy)]
pub(crate) struct Deadline<'a> {
    at: Instant,
    call: &'a Call,
}

impl Deadline<'_> {
    /// The call's whole time once more, from now on.
    pub(crate) fn anew(self) -> Self {
        self.call.deadline()
    }

    /// See [`Call::explain`].
    pub(crate) fn explain(self, error: Error) -> Error {
        self.call.explain(error)
    }

    /// The same, or that long from now if that is sooner.
    pub(crate) fn within(self, longest: Duration) -> Self {
        let at = self.at.min(Instant::now() + longest);
        Deadline { at, ..self }
    }

    /// The same, for work with a token store: within what the call still has for such.
    pub(crate) fn for_store(self) -> Self {
        self.within(self.call.store_time.get())
    }

    /// Notes that the call was held up by a token store for so long.
    pub(crate) fn spend_on_store(self, time: Duration) {
        let left = self.call.store_time.get().saturating_sub(time);
        self.call.store_time.set(left);
    }

    /// What is left of it.
    pub(crate) fn left(self) -> Duration {
        match self.call.cancelled.get() {
            true => Duration::ZERO,
            false => self.at.saturating_duration_since(Instant::now()),
        }
    }

    pub(crate) fn has_passed(self) -> bool {
        self.left().is_zero()
    }

    /// Whether the caller has ended the call.
    pub(crate) fn is_cancelled(self) -> bool {
        self.call.cancelled.get()
    }

    /// Whether the caller can end the call.
    pub(crate) fn is_watched(self) -> bool {
        self.call.is_watched()
    }

    /// How long a wait may last that begins now; then it is asked for again. Nothing if it is over.
    /// The caller's check may be asked: no lock may be held that another call could want.
    pub(crate) fn next_wait(self) -> Duration {
        if !self.is_watched() {
            return self.left();
        }
        let now = Instant::now();
        self.call.look(now);
        let until_look = LOOK.saturating_sub(now.duration_since(self.call.looked.get()));
        self.left().min(until_look.max(Duration::from_millis(1)))
    }

    /// Sleeps that long, or until it has passed.
    pub(crate) fn sleep(self, duration: Duration) {
        let part = self.within(duration);
        loop {
            let wait = part.next_wait();
            if wait.is_zero() {
                return;
            }
            thread::sleep(wait);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::sync::mpsc::channel;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn watched(answer: impl Fn() -> bool + Send + Sync + 'static) -> (Arc<Check>, Call) {
        let check = Arc::new(Check::default());
        check.set(Some(Box::new(answer)));
        let call = Call::new(LONG, check.clone());
        (check, call)
    }

    #[test]
    fn a_wait_is_as_long_as_is_left_unless_somebody_may_end_it() {
        let call = Call::new(LONG, Arc::default());
        assert!(call.deadline().next_wait() > LOOK);
        assert!(call.deadline().within(LOOK / 2).next_wait() <= LOOK / 2);
        let (_, call) = watched(|| false);
        assert!(call.deadline().next_wait() <= LOOK);
    }

    #[test]
    fn a_call_asks_from_time_to_time_and_not_before() {
        let asked = Arc::new(AtomicU32::new(0));
        let counter = asked.clone();
        let (_, call) = watched(move || counter.fetch_add(1, Ordering::Relaxed) > 10);
        call.looked.set(Instant::now() + LONG);
        call.deadline().next_wait();
        assert_eq!(asked.load(Ordering::Relaxed), 0);
        call.looked.set(Instant::now() - LOOK);
        call.deadline().next_wait();
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        call.deadline().sleep(LONG);
        assert_eq!(asked.load(Ordering::Relaxed), 12);
    }

    #[test]
    fn once_ended_a_call_stays_ended() {
        let answers = AtomicU32::new(0);
        let (check, call) = watched(move || answers.fetch_add(1, Ordering::Relaxed) == 0);
        call.deadline().sleep(LONG);
        check.set(Some(Box::new(|| false)));
        thread::sleep(LOOK);
        assert_eq!(call.deadline().next_wait(), Duration::ZERO);
        assert!(call.deadline().anew().has_passed());
        let error = call.explain(Error::new(Kind::Timeout, "late"));
        assert_eq!(error.kind(), Kind::Cancelled);
        let (_, other) = watched(|| true);
        let error = other.explain(Error::new(Kind::Timeout, "late"));
        assert_eq!(error.kind(), Kind::Timeout);
    }

    #[test]
    fn a_function_that_was_replaced_is_not_running() {
        let (began, has_begun) = channel();
        let running = Arc::new(AtomicBool::new(false));
        let is_running = running.clone();
        let (check, call) = watched(move || {
            is_running.store(true, Ordering::SeqCst);
            let _ = began.send(());
            thread::sleep(LOOK);
            is_running.store(false, Ordering::SeqCst);
            false
        });
        thread::scope(|scope| {
            let check = &check;
            scope.spawn(move || {
                has_begun.recv().unwrap();
                check.set(None);
                assert!(!running.load(Ordering::SeqCst));
            });
            call.deadline().sleep(LOOK * 4);
        });
    }

    #[test]
    fn a_function_may_replace_itself() {
        let check = Arc::new(Check::default());
        let own = Arc::downgrade(&check);
        check.set(Some(Box::new(move || {
            if let Some(check) = own.upgrade() {
                check.set(None);
            }
            true
        })));
        let call = Call::new(LONG, check);
        call.deadline().sleep(LONG);
        assert!(call.deadline().is_cancelled());
    }

    #[test]
    fn a_check_that_makes_calls_is_not_asked_without_end() {
        let asked = Arc::new(AtomicU32::new(0));
        let counter = asked.clone();
        let check = Arc::new(Check::default());
        let own = Arc::downgrade(&check);
        check.set(Some(Box::new(move || {
            assert!(counter.fetch_add(1, Ordering::Relaxed) < 100);
            if let Some(check) = own.upgrade() {
                Call::new(LOOK * 2, check).deadline().sleep(LONG);
            }
            true
        })));
        let call = Call::new(LONG, check);
        call.deadline().sleep(LONG);
        assert!(call.deadline().is_cancelled());
        assert_eq!(asked.load(Ordering::Relaxed), u32::from(MOST_WITHIN));
    }

    #[test]
    fn a_child_asks_though_a_thread_of_its_parent_was_asking() {
        let parent = Check::default();
        parent.set(Some(Box::new(|| true)));
        let asked_there = parent.lock().clone();
        let child = Check::default();
        child.inherit(&parent);
        assert!(child.says_end());
        child.set(None);
        assert!(!child.says_end());
        drop(asked_there);
    }
}
