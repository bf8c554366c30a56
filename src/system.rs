//! What only the operating system can give: signal masks, cancellation, descriptors, fork handlers,
//! whether there is memory, the user, and threads where this one is ending.
//!
//! The one module outside `ffi` with `unsafe` in it.

#![allow(unsafe_code)]

use std::io;

#[cfg(unix)]
mod signals {
    use std::mem::MaybeUninit;

    use libc::{SIG_BLOCK, SIG_SETMASK, sigset_t};

    /// Restores the thread's signal mask, also when the call unwinds.
    #[must_use]
    pub(crate) struct Restore(pub(super) sigset_t);

    impl Drop for Restore {
        fn drop(&mut self) {
            set_mask(SIG_SETMASK, &self.0);
        }
    }

    pub(super) fn set_mask(how: i32, set: &sigset_t) -> sigset_t {
        let mut old = MaybeUninit::uninit();
        // SAFETY: both sets are valid; with a valid `how` the call cannot fail and fills `old`.
        unsafe {
            libc::pthread_sigmask(how, set, old.as_mut_ptr());
            old.assume_init()
        }
    }

    pub(super) fn set_of(fill: unsafe extern "C" fn(*mut sigset_t) -> i32) -> sigset_t {
        let mut set = MaybeUninit::uninit();
        // SAFETY: sigemptyset and sigfillset initialise the set that they are given.
        unsafe {
            fill(set.as_mut_ptr());
            set.assume_init()
        }
    }

    /// Blocks every signal for this thread, until what it gives is dropped.
    pub(crate) fn block_signals() -> Restore {
        Restore(set_mask(SIG_BLOCK, &set_of(libc::sigfillset)))
    }
}

#[cfg(not(unix))]
mod signals {
    pub(crate) struct Restore;

    /// Signals interrupt no thread here.
    pub(crate) fn block_signals() -> Restore {
        Restore
    }
}

pub(crate) use signals::{Restore, block_signals};

/// Runs `work` with every signal blocked: no handler of the host's interrupts it, and a thread that is
/// started in it runs none.
pub(crate) fn with_signals_blocked<R>(work: impl FnOnce() -> R) -> R {
    let restore = block_signals();
    let result = work();
    drop(restore);
    result
}

#[cfg(target_os = "linux")]
mod sigpipe {
    use libc::{SIG_BLOCK, SIGPIPE, sigset_t};

    use super::signals::{Restore, set_mask, set_of};

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
}

#[cfg(not(target_os = "linux"))]
mod sigpipe {
    /// Sockets raise no SIGPIPE here: there is none on Windows, and `SO_NOSIGPIPE` is set on Apple's.
    pub(crate) fn without_sigpipe<R>(work: impl FnOnce() -> (R, bool)) -> R {
        work().0
    }
}

pub(crate) use sigpipe::without_sigpipe;

#[cfg(all(unix, not(target_os = "android")))]
mod cancellation {
    unsafe extern "C" {
        fn pthread_setcancelstate(state: i32, old: *mut i32) -> i32;
    }

    #[cfg(target_vendor = "apple")]
    const DISABLE: i32 = 0;
    #[cfg(not(target_vendor = "apple"))]
    const DISABLE: i32 = 1;

    /// Gives the thread its cancellation back.
    #[must_use]
    pub(crate) struct Uncancelled(i32);

    /// Keeps `pthread_cancel` from ending this thread until what it gives is dropped.
    pub(crate) fn without_cancellation() -> Uncancelled {
        Uncancelled(set(DISABLE))
    }

    impl Drop for Uncancelled {
        fn drop(&mut self) {
            set(self.0);
        }
    }

    fn set(state: i32) -> i32 {
        let mut old = DISABLE;
        // SAFETY: the state is the constant, or one that the system gave; `old` is valid for writing.
        unsafe { pthread_setcancelstate(state, &raw mut old) };
        old
    }
}

#[cfg(not(all(unix, not(target_os = "android"))))]
mod cancellation {
    pub(crate) struct Uncancelled;

    /// No thread is cancelled here.
    pub(crate) fn without_cancellation() -> Uncancelled {
        Uncancelled
    }
}

pub(crate) use cancellation::without_cancellation;

/// Sees to it that what is opened next is none of the descriptors 0 to 2, to which a host that closed
/// them may go on writing: those that are closed become `/dev/null`. They stay so, since in the next
/// moment they may be the host's again; a program that it starts does not get them.
#[cfg(unix)]
pub(crate) fn keep_standard_descriptors() -> io::Result<()> {
    use std::fs::File;
    use std::os::fd::{AsRawFd, IntoRawFd};

    let mut standard = [0, 1, 2].map(|fd| libc::pollfd {
        fd,
        events: 0,
        revents: 0,
    });
    // SAFETY: the three are valid, and it waits for nothing.
    unsafe { libc::poll(standard.as_mut_ptr(), 3, 0) };
    if standard.iter().all(|at| at.revents & libc::POLLNVAL == 0) {
        return Ok(());
    }
    loop {
        let null = File::options().read(true).write(true).open("/dev/null")?;
        if null.as_raw_fd() > 2 {
            return Ok(());
        }
        let _ = null.into_raw_fd();
    }
}

/// Sockets have numbers of their own here.
#[cfg(not(unix))]
pub(crate) fn keep_standard_descriptors() -> io::Result<()> {
    Ok(())
}

/// Runs `work` on a thread of its own, and waits for it: for a thread whose own storage is gone.
#[cfg(unix)]
pub(crate) fn on_a_thread_of_its_own(work: &mut (dyn FnMut() + Send)) -> io::Result<()> {
    use std::panic::resume_unwind;
    use std::thread;

    thread::scope(|scope| {
        let thread = thread::Builder::new().name("panda-last".to_owned());
        let thread = with_signals_blocked(|| thread.spawn_scoped(scope, work))?;
        thread.join().or_else(|payload| resume_unwind(payload))
    })
}

/// A thread that ends holds a lock here that starting another one takes too.
#[cfg(not(unix))]
pub(crate) fn on_a_thread_of_its_own(_work: &mut (dyn FnMut() + Send)) -> io::Result<()> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "the thread is ending",
    ))
}

/// Whether the process may have so many bytes more.
#[cfg(unix)]
pub(crate) fn can_map(bytes: usize) -> bool {
    use std::ptr::null_mut;

    let (access, kind) = (libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANON);
    // SAFETY: a new mapping, anywhere, of no file; what was mapped is known to nobody else.
    unsafe {
        let memory = libc::mmap(null_mut(), bytes, access, kind, -1, 0);
        memory != libc::MAP_FAILED && libc::munmap(memory, bytes) == 0
    }
}

/// Stacks are reserved when their thread begins.
#[cfg(not(unix))]
pub(crate) fn can_map(_bytes: usize) -> bool {
    true
}

/// Random numbers for waits: of no thread's storage, which may be gone, and others in each child of a
/// fork.
pub(crate) fn random() -> fastrand::Rng {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{SystemTime, UNIX_EPOCH};

    static CALLS: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_nanos() as u64);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let process = u64::from(std::process::id());
    fastrand::Rng::with_seed(now ^ process.rotate_left(32) ^ call.rotate_left(48))
}

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
