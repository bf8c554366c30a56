//! `fork()`: a child must find no lock held by a thread that it does not have.
//!
//! The process-wide locks are taken by the forking thread for the moment of the fork. All other
//! locks belong to a client, and the child makes its clients anew.
//!
//! A host may fork anywhere: in an exit handler, where the thread's storage is gone, so nothing here
//! needs a destructor; and in a signal handler, so no thread is interrupted while it holds one of
//! these locks, and nothing is allocated here, which the interrupted code may have been about to do.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, Ordering};

use super::handles::{self, Table};
use super::log::{self, Callback};
use crate::system;

/// The process-wide locks, and the signals that are blocked while they are held. Given back in this
/// order.
type Held = (
    MutexGuard<'static, Table>,
    MutexGuard<'static, Callback>,
    system::Restore,
);

thread_local! {
    static HELD: Cell<Option<ManuallyDrop<Held>>> = const { Cell::new(None) };
}

/// Sees to it that forks are noticed from now on. The library does nothing when it is loaded, so
/// this waits for the first client.
pub(super) fn prepare() {
    static PREPARED: AtomicBool = AtomicBool::new(false);
    if !PREPARED.swap(true, Ordering::Relaxed) {
        system::at_fork(before, in_parent, in_child);
    }
}

extern "C" fn before() {
    let signals = system::block_signals();
    let held = (handles::lock(), log::lock(), signals);
    HELD.set(Some(ManuallyDrop::new(held)));
}

extern "C" fn in_parent() {
    drop(HELD.take().map(ManuallyDrop::into_inner));
}

extern "C" fn in_child() {
    if let Some(held) = HELD.take() {
        let (mut table, mut callback, signals) = ManuallyDrop::into_inner(held);
        table.mark_inherited();
        callback.mark_inherited();
        drop((table, callback, signals));
    }
}
