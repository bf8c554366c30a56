//! What only the operating system can give: signal masks and fork handlers.
//!
//! The one module outside `ffi` with `unsafe` in it.

#![allow(unsafe_code)]

#[cfg(target_os = "linux")]
mod signals {
    use std::mem::MaybeUninit;

    use libc::{SIG_BLOCK, SIG_SETMASK, SIGPIPE, sigset_t};

    /// Restores the thread's signal mask, also when the call unwinds.
    struct Restore(sigset_t);

    impl Drop for Restore {
        fn drop(&mut self) {
            set_mask(SIG_SETMASK, &self.0);
        }
    }

    fn set_mask(how: i32, set: &sigset_t) -> sigset_t {
        let mut old = MaybeUninit::uninit();
        // SAFETY: both sets are valid; with a valid `how` the call cannot fail and fills `old`.
        unsafe {
            libc::pthread_sigmask(how, set, old.as_mut_ptr());
            old.assume_init()
        }
    }

    fn set_of(fill: unsafe extern "C" fn(*mut sigset_t) -> i32) -> sigset_t {
        let mut set = MaybeUninit::uninit();
        // SAFETY: sigemptyset and sigfillset initialise the set that they are given.
        unsafe {
            fill(set.as_mut_ptr());
            set.assume_init()
        }
    }

    fn is_member(set: &sigset_t) -> bool {
        // SAFETY: the set is initialised and SIGPIPE is a signal.
        unsafe { libc::sigismember(set, SIGPIPE) == 1 }
    }

    fn is_pending() -> bool {
        let mut pending = set_of(libc::sigemptyset);
        // SAFETY: the set is valid for writing.
        unsafe { libc::sigpending(&raw mut pending) };
        is_member(&pending)
    }

    /// Runs `work` so that a write to a closed connection raises no SIGPIPE in the host: it is blocked
    /// for this thread, and one that `work` caused is taken back. `work` also tells whether a write
    /// may have failed; where none can have, nobody looks for the signal.
    pub(crate) fn without_sigpipe<R>(work: impl FnOnce() -> (R, bool)) -> R {
        let mut sigpipe = set_of(libc::sigemptyset);
        // SAFETY: the set is initialised and SIGPIPE is a signal.
        unsafe { libc::sigaddset(&raw mut sigpipe, SIGPIPE) };
        let before = set_mask(SIG_BLOCK, &sigpipe);
        // The host's own, which it left blocked, stays.
        let is_hosts = is_member(&before) && is_pending();
        let mut taken_back = TakeBack {
            sigpipe: (!is_hosts).then_some(sigpipe),
            restore: Restore(before),
        };
        let (result, write_may_have_failed) = work();
        if !write_may_have_failed {
            taken_back.sigpipe = None;
        }
        drop(taken_back);
        result
    }

    /// Takes a SIGPIPE back and then restores the mask, also when the call unwinds.
    struct TakeBack {
        sigpipe: Option<sigset_t>,
        #[expect(dead_code, reason = "dropped after the signal was taken")]
        restore: Restore,
    }

    impl Drop for TakeBack {
        fn drop(&mut self) {
            let no_wait = libc::timespec {
                tv_sec: 0,
                tv_nsec: 0,
            };
            if let Some(sigpipe) = &self.sigpipe {
                // SAFETY: the set and the time are valid; no information on the signal is wanted.
                unsafe { libc::sigtimedwait(sigpipe, std::ptr::null_mut(), &no_wait) };
            }
        }
    }

    /// Runs `work` with every signal blocked, so that a thread started in it handles none of the
    /// host's.
    pub(crate) fn with_signals_blocked<R>(work: impl FnOnce() -> R) -> R {
        let restore = Restore(set_mask(SIG_BLOCK, &set_of(libc::sigfillset)));
        let result = work();
        drop(restore);
        result
    }
}

#[cfg(not(target_os = "linux"))]
mod signals {
    /// Sockets raise no SIGPIPE here: there is none on Windows, and `SO_NOSIGPIPE` is set on Apple's.
    pub(crate) fn without_sigpipe<R>(work: impl FnOnce() -> (R, bool)) -> R {
        work().0
    }

    /// Signals are not delivered to threads of their own choosing here.
    pub(crate) fn with_signals_blocked<R>(work: impl FnOnce() -> R) -> R {
        work()
    }
}

pub(crate) use signals::{with_signals_blocked, without_sigpipe};

/// The user that this process acts as.
#[cfg(unix)]
pub(crate) fn user() -> u32 {
    // SAFETY: it has no precondition and cannot fail.
    unsafe { libc::geteuid() }
}

/// Has the three functions called at every `fork()` from now on: before it, and after it in the
/// parent and in the child, all on the forking thread.
#[cfg(unix)]
pub(crate) fn at_fork(before: extern "C" fn(), parent: extern "C" fn(), child: extern "C" fn()) {
    unsafe extern "C" {
        fn pthread_atfork(
            prepare: Option<extern "C" fn()>,
            parent: Option<extern "C" fn()>,
            child: Option<extern "C" fn()>,
        ) -> i32;
    }
    // SAFETY: the functions are static, and the library stays mapped.
    unsafe { pthread_atfork(Some(before), Some(parent), Some(child)) };
}

/// There is no fork here.
#[cfg(not(unix))]
pub(crate) fn at_fork(_before: extern "C" fn(), _parent: extern "C" fn(), _child: extern "C" fn()) {
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_sigpipe_is_taken_back() {
        // SAFETY: raises a signal in this thread, where it is blocked.
        without_sigpipe(|| (unsafe { libc::raise(libc::SIGPIPE) }, true));
        // SAFETY: plain queries of this thread's signals.
        unsafe {
            let mut pending = std::mem::zeroed();
            libc::sigpending(&raw mut pending);
            assert_eq!(libc::sigismember(&raw const pending, libc::SIGPIPE), 0);
        }
    }
}
