//! Log lines to a callback of the host.

use std::cell::Cell;
use std::ffi::{CString, c_char, c_void};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use log::{Level, LevelFilter, Log, Metadata, Record};

use super::guard;
use crate::deadline::wait_until_idle;
use crate::system::with_signals_blocked;

/// Takes a log line of the library. It must return normally: a C++ exception, longjmp or pthread_exit out
/// of it ends the process, or leaves locks taken.
///
/// @param level 1 error, 2 warning, 3 info, 4 debug
/// @param message UTF-8, the callback's for its duration
/// @param user what was passed to panda_set_log
#[allow(non_camel_case_types, reason = "C's own style")]
pub type panda_log_callback =
    Option<unsafe extern "C" fn(level: i32, message: *const c_char, user: *mut c_void)>;

static CALLBACK: Mutex<Callback> = Mutex::new(Callback {
    target: None,
    is_inherited: false,
});

thread_local! {
    /// This thread is in the callback.
    static IN_CALLBACK: Cell<bool> = const { Cell::new(false) };
}

/// The process's callback, if there is one.
pub(super) struct Callback {
    /// Shared with every thread that is calling it now.
    target: Option<Arc<Target>>,
    /// A fork brought it here, and nobody looked at it since.
    is_inherited: bool,
}

impl Callback {
    pub(super) fn mark_inherited(&mut self) {
        self.is_inherited = true;
    }

    /// In a child process, the threads that were calling it are not there.
    fn forget_callers(&mut self) {
        self.is_inherited = false;
        if let Some(target) = self.target.take() {
            self.target = Some(Arc::new(Target {
                call: target.call,
                user: target.user,
            }));
            std::mem::forget(target);
        }
    }
}

struct Target {
    call: unsafe extern "C" fn(i32, *const c_char, *mut c_void),
    user: *mut c_void,
}

// SAFETY: the host promises that its callback may be called on any thread; the library does not look
// at `user`.
unsafe impl Send for Target {}
// SAFETY: as above.
unsafe impl Sync for Target {}

/// The callback as it is, with signals blocked: see `handles`.
pub(super) fn lock() -> MutexGuard<'static, Callback> {
    CALLBACK.lock().unwrap_or_else(PoisonError::into_inner)
}

fn with_callback<R>(work: impl FnOnce(&mut Callback) -> R) -> R {
    with_signals_blocked(|| {
        let mut callback = lock();
        if callback.is_inherited {
            callback.forget_callers();
        }
        work(&mut callback)
    })
}

struct ToCallback;

impl Log for ToCallback {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("panda_water")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let target = with_callback(|callback| callback.target.clone());
        if let (Some(target), Ok(message)) = (target, CString::new(record.args().to_string())) {
            IN_CALLBACK.set(true);
            // SAFETY: the message lives through the call, and panda_set_log returns only after it.
            unsafe { (target.call)(record.level() as i32, message.as_ptr(), target.user) };
            IN_CALLBACK.set(false);
        }
    }

    fn flush(&self) {}
}

/// Has the library's log lines passed to a callback, or silences it again.
///
/// There is one callback in a process; the library is silent without one. Lines never hold a
/// password, a token or a ticket. The callback may run on any thread, and must not call
/// the library. It must return normally: no C++ exception, longjmp or pthread_exit may leave it. When this function returns, the previous callback is not running and will
/// not run, so what its `user` points to may go.
///
/// ```c
/// static void pass(int32_t level, const char *line, void *user) {
///     fprintf((FILE *)user, "panda-water: %s%s\n", level <= 2 ? "! " : "", line);
/// }
///
/// panda_set_log(pass, 2, stderr);
/// ```
///
/// Any thread may call it, at any time.
///
/// @param log the callback, or NULL for silence
/// @param level lines up to this level: 1 errors, 2 warnings too, 3 information too, 4 all
/// @param user passed to the callback as it is; may be NULL
///
/// # Safety
///
/// `log` can be called from any thread, with `user`, until this function was called again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_set_log(log: panda_log_callback, level: i32, user: *mut c_void) {
    guard::or(
        || (),
        || {
            let target = log.map(|call| Arc::new(Target { call, user }));
            let filter = match level {
                _ if target.is_none() => LevelFilter::Off,
                ..=0 => LevelFilter::Off,
                1 => Level::Error.to_level_filter(),
                2 => Level::Warn.to_level_filter(),
                3 => Level::Info.to_level_filter(),
                4.. => Level::Debug.to_level_filter(),
            };
            // It fails where one is set already: this one, from an earlier call.
            let _ = log::set_logger(&ToCallback);
            log::set_max_level(filter);
            let previous =
                with_callback(|callback| std::mem::replace(&mut callback.target, target));
            wait_until_idle(previous, IN_CALLBACK.get());
        },
    );
}
