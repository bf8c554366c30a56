//! What only the operating system can give: signal masks and fork handlers.
//!
//! The one module outside `ffi` with `unsafe` in it.

#![allow(unsafe_code)]

#[cfg(target_os = "linux")]
mod signals {
    use std::mem::MaybeUninit;

    use libc::{SIG_BLOCK, SIG_SETMASK, sigset_t};

    /// Restores the thread's signal mask, also when the call unwinds.
    struct Restore(sigset_t);

    impl Drop for Restore {
        fn drop(&mut self) {
            // SAFETY: the set is valid; with a valid `how` the call cannot fail.
            unsafe { libc::pthread_sigmask(SIG_SETMASK, &self.0, std::ptr::null_mut()) };
        }
    }

    fn block_all() -> Restore {
        let (mut all, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        // SAFETY: sigfillset initialises the one set, and pthread_sigmask, which with a valid `how`
        // cannot fail, the other.
        unsafe {
            libc::sigfillset(all.as_mut_ptr());
            libc::pthread_sigmask(SIG_BLOCK, all.as_ptr(), before.as_mut_ptr());
            Restore(before.assume_init())
        }
    }

    /// Runs `work` with every signal blocked, so that a thread started in it handles none of the
    /// host's.
    pub(crate) fn with_signals_blocked<R>(work: impl FnOnce() -> R) -> R {
        let restore = block_all();
        let result = work();
        drop(restore);
        result
    }
}

#[cfg(not(target_os = "linux"))]
mod signals {
    /// Signals are not delivered to threads of their own choosing here.
    pub(crate) fn with_signals_blocked<R>(work: impl FnOnce() -> R) -> R {
        work()
    }
}

pub(crate) use signals::with_signals_blocked;

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
