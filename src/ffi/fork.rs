//! `fork()`: a child must find no lock held by a thread that it does not have.
//!
//! The process-wide locks are taken by the forking thread for the moment of the fork. All other
//! locks belong to a client, and the child makes its clients anew.

use std::cell::Cell;
use std::process;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::handles::{self, Table};
use super::log::{self, Callback};
use crate::system;

/// The process-wide locks.
type Held = (MutexGuard<'static, Table>, MutexGuard<'static, Callback>);

thread_local! {
    static HELD: Cell<Option<Held>> = const { Cell::new(None) };
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
    HELD.set(Some((handles::lock_for_fork(), log::lock_for_fork())));
}

extern "C" fn in_parent() {
    drop(HELD.take());
}

extern "C" fn in_child() {
    // Children of one parent would wait alike, and meet again each time.
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_nanos() as u64);
    fastrand::seed(now ^ u64::from(process::id()).rotate_left(32));
    if let Some((mut table, mut callback)) = HELD.take() {
        table.mark_inherited();
        callback.forget_callers();
    }
}
