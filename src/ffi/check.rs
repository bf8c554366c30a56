//! A host's own function that ends calls.

use std::ffi::c_void;

use super::{guard, handles};

/// Says whether a call that waits is to end.
///
/// @param user what was passed to panda_client_set_check
/// @return 0 to go on, anything else to end the call
#[allow(non_camel_case_types, reason = "C's own style")]
pub type panda_check_callback = Option<unsafe extern "C" fn(user: *mut c_void) -> i32>;

/// What the host passes with its function.
struct User(*mut c_void);

// SAFETY: the host promises that its function may be called on any thread; the library does not look
// at `user`.
unsafe impl Send for User {}
// SAFETY: as above.
unsafe impl Sync for User {}

impl User {
    /// A method, so that a closure takes the whole and not the pointer alone.
    fn get(&self) -> *mut c_void {
        self.0
    }
}

/// Has calls of a client ask a function of the host's whether they are to end.
///
/// It is asked on the thread that makes the call, at least every 100 ms while the call waits: for the
/// network, before another attempt, for another caller's login, for a lock of the token store, for a
/// turn at a cursor. A call that never waits that long does not ask. Where the answer is not 0, the
/// call ends with kind `cancelled`; what it had sent may have reached the platform. Cursors of the
/// client ask it too, also after the client's handle was closed.
///
/// The function may run on several threads at once. It must return normally, soon, and should not
/// call the library: calls that it makes ask it as well while they wait, up to four within each other,
/// and need stack of their own. One that lasts forever holds up its call and this function.
/// A wait that began while the client had none goes on without.
///
/// When this function returns, the previous one is not running and will not run, so what its `user`
/// points to may go; called from within a check, it does not wait for that.
/// In a forked child the check is there too.
///
/// ```c
/// static volatile sig_atomic_t stopping; // set by a signal handler
/// static int32_t is_stopping(void *user) { (void)user; return stopping; }
///
/// panda_client_set_check(client, is_stopping, NULL);
/// ```
///
/// Any thread may call it, at any time.
///
/// @param client a client
/// @param check the function, or NULL for none
/// @param user passed to it as it is; may be NULL
/// @return 1 if the handle is open, else 0
///
/// # Safety
///
/// `check` can be called from any thread, with `user`, until it was replaced.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panda_client_set_check(
    client: i32,
    check: panda_check_callback,
    user: *mut c_void,
) -> i32 {
    guard::or(
        || 0,
        || {
            let Ok(client) = handles::client(client) else {
                return 0;
            };
            let user = User(user);
            client.set_check(check.map(|check| {
                // SAFETY: the caller's promise.
                let ask = move || unsafe { check(user.get()) } != 0;
                Box::new(ask) as Box<dyn Fn() -> bool + Send + Sync>
            }));
            1
        },
    )
}
