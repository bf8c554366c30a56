//! The engines at rest, each kept near the thread that used it last.
//!
//! A connection that moves between threads costs twice the processor time of one that stays (the
//! kernel wakes both ends across cores), so each thread looks in a place of its own first, and only
//! then anywhere else.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use super::engine::Engine;

/// The most engines kept at rest. More threads than this share places; an engine that finds none
/// free is dropped.
const PLACES: usize = 64;
/// An engine that rested longer than this is dropped with its connections.
const MAX_REST: Duration = Duration::from_secs(60);
/// How often a call looks for engines that rested too long.
const SWEEP_INTERVAL: Duration = Duration::from_secs(10);

/// On a cache line of its own, so that threads do not disturb each other.
#[repr(align(128))]
#[derive(Default)]
struct Place(Mutex<Option<Box<Engine>>>);

impl Place {
    fn take(&self) -> Option<Box<Engine>> {
        match self.0.try_lock() {
            Ok(mut place) => place.take(),
            Err(TryLockError::Poisoned(place)) => place.into_inner().take(),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Gives the engine back where the place is taken.
    fn put(&self, engine: Box<Engine>) -> Option<Box<Engine>> {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match *place {
            Some(_) => Some(engine),
            None => {
                *place = Some(engine);
                None
            }
        }
    }
}

pub(super) struct Pool {
    places: Box<[Place]>,
    resting: AtomicUsize,
    start: Instant,
    /// When the next sweep is due, in milliseconds after `start`.
    next_sweep: AtomicU64,
}

impl Pool {
    pub(super) fn new() -> Pool {
        Pool {
            places: (0..PLACES).map(|_| Place::default()).collect(),
            resting: AtomicUsize::new(0),
            start: Instant::now(),
            next_sweep: AtomicU64::new(SWEEP_INTERVAL.as_millis() as u64),
        }
    }

    /// An engine at rest, the thread's own if there is one.
    pub(super) fn take(&self) -> Option<Box<Engine>> {
        self.sweep();
        let own = own_place();
        for offset in 0..PLACES {
            if self.resting.load(Ordering::Relaxed) == 0 {
                return None;
            }
            if let Some(engine) = self.places[(own + offset) % PLACES].take() {
                self.resting.fetch_sub(1, Ordering::Relaxed);
                if engine.last_used.elapsed() <= MAX_REST {
                    return Some(engine);
                }
            }
        }
        None
    }

    pub(super) fn put(&self, mut engine: Box<Engine>) {
        let own = own_place();
        for offset in 0..PLACES {
            match self.places[(own + offset) % PLACES].put(engine) {
                Some(back) => engine = back,
                None => {
                    self.resting.fetch_add(1, Ordering::Relaxed);
                    return;
                }
            }
        }
    }

    /// Drops all engines at rest. Gives how many connections they had.
    pub(super) fn clear(&self) -> usize {
        let engines = self.places.iter().filter_map(Place::take);
        let closed = engines.map(|engine| {
            self.resting.fetch_sub(1, Ordering::Relaxed);
            engine.connections()
        });
        closed.sum()
    }

    fn sweep(&self) {
        let now = self.start.elapsed().as_millis() as u64;
        let due = self.next_sweep.load(Ordering::Relaxed);
        let next = now + SWEEP_INTERVAL.as_millis() as u64;
        if now < due
            || self
                .next_sweep
                .compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_err()
        {
            return;
        }
        self.drop_rested(MAX_REST);
    }

    /// Drops the engines that rested longer than this, with their connections.
    pub(super) fn drop_rested(&self, longest: Duration) {
        for place in &self.places {
            let Some(engine) = place.take() else { continue };
            let kept = engine.last_used.elapsed() <= longest;
            if !kept || place.put(engine).is_some() {
                self.resting.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }
}

/// Where this thread's engine rests.
fn own_place() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        // Without a destructor: nothing of the library hangs on a thread's end.
        static OWN: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    OWN.with(|own| {
        if own.get() == usize::MAX {
            own.set(NEXT.fetch_add(1, Ordering::Relaxed) % PLACES);
        }
        own.get()
    })
}
