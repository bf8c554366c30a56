//! A listing that threads take turns in, each for no longer than its own deadline.

use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::client::Client;
use crate::deadline::Deadline;
use crate::error::{Error, Kind, Result};
use crate::users::listing::Users;

pub(super) struct Cursor {
    client: Client,
    listing: Mutex<Listing>,
    given_back: Condvar,
}

enum Listing {
    Free(Box<Users>),
    /// A thread is at it.
    Taken,
    /// A thread panicked at it.
    Broken,
}

impl Cursor {
    pub(super) fn new(users: Users) -> Cursor {
        Cursor {
            client: users.client().clone(),
            listing: Mutex::new(Listing::Free(Box::new(users))),
            given_back: Condvar::new(),
        }
    }

    /// Waits for the calls before this one and makes its own, by one deadline, which `call` is told.
    pub(super) fn in_turn<T>(
        &self,
        call: impl FnOnce(&mut Users, Deadline<'_>) -> Result<T>,
    ) -> Result<T> {
        let begun = self.client.session().begin();
        let deadline = begun.deadline();
        let mut users = self.take(deadline).map_err(|error| begun.explain(error))?;
        let mut turn = Turn {
            cursor: self,
            listing: Listing::Broken,
        };
        let result = call(&mut users, deadline);
        turn.listing = Listing::Free(users);
        result
    }

    fn take(&self, deadline: Deadline<'_>) -> Result<Box<Users>> {
        let mut listing = self.lock();
        loop {
            match mem::replace(&mut *listing, Listing::Taken) {
                Listing::Free(users) => return Ok(users),
                Listing::Taken => {}
                Listing::Broken => {
                    *listing = Listing::Broken;
                    return Err(Error::new(
                        Kind::Internal,
                        "an earlier fault broke this cursor; open a new one",
                    ));
                }
            }
            // Without the lock: the caller's check may be asked.
            drop(listing);
            let wait = deadline.next_wait();
            if wait.is_zero() {
                return Err(Error::new(
                    Kind::Timeout,
                    "calls of other threads on this cursor took all of `deadlineMs`",
                ));
            }
            listing = self.lock();
            if matches!(*listing, Listing::Taken) {
                let woken = self.given_back.wait_timeout(listing, wait);
                listing = woken.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Listing> {
        self.listing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the listing back, also when the call unwinds.
struct Turn<'a> {
    cursor: &'a Cursor,
    listing: Listing,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.cursor.lock() = mem::replace(&mut self.listing, Listing::Broken);
        self.cursor.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::config::Config;
    use crate::users::listing::ListQuery;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn cursor(deadline_ms: u32) -> Cursor {
        let config = format!(r#"{{"baseUrl":"http://127.0.0.1","deadlineMs":{deadline_ms}}}"#);
        let client = Client::new(Config::from_json(&config).unwrap()).unwrap();
        Cursor::new(client.users(ListQuery::default()))
    }

    #[test]
    fn nobody_waits_longer_for_a_turn_than_the_deadline() {
        let cursor = &cursor(50);
        let (leave, may_leave) = channel::<()>();
        let (entered, is_in) = channel();
        let (ended, results) = channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                let stay = |_: &mut Users, _: Deadline<'_>| {
                    entered.send(()).unwrap();
                    let _ = may_leave.recv_timeout(PATIENCE);
                    Ok(())
                };
                cursor.in_turn(stay).unwrap();
            });
            is_in.recv().unwrap();
            let ended = &ended;
            for _ in 0..4 {
                scope.spawn(move || ended.send(cursor.in_turn(|_, _| Ok(()))));
            }
            for _ in 0..4 {
                let result = results.recv_timeout(PATIENCE / 2);
                let error = result.expect("somebody waited for the turn's end");
                assert_eq!(error.unwrap_err().kind(), Kind::Timeout);
            }
            leave.send(()).unwrap();
        });
        assert!(cursor.in_turn(|_, _| Ok(())).is_ok());
    }

    #[test]
    fn the_wait_for_the_turn_is_part_of_the_call() {
        let cursor = &cursor(600_000);
        let (entered, is_in) = channel();
        let (about_to_wait, waits) = channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                let stay = |_: &mut Users, _: Deadline<'_>| {
                    entered.send(()).unwrap();
                    waits.recv_timeout(PATIENCE).unwrap();
                    thread::sleep(Duration::from_millis(500));
                    Ok(())
                };
                cursor.in_turn(stay).unwrap();
            });
            is_in.recv().unwrap();
            about_to_wait.send(()).unwrap();
            let left = cursor.in_turn(|_, deadline| Ok(deadline.left())).unwrap();
            let waited = Duration::from_millis(600_000) - left;
            assert!(waited > Duration::from_millis(200), "{waited:?}");
        });
    }

    #[test]
    fn the_wait_for_a_turn_ends_when_the_caller_says_so() {
        let cursor = &cursor(600_000);
        let (entered, is_in) = channel();
        let (leave, may_leave) = channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                let stay = |_: &mut Users, _: Deadline<'_>| {
                    entered.send(()).unwrap();
                    let _ = may_leave.recv_timeout(PATIENCE);
                    Ok(())
                };
                cursor.in_turn(stay).unwrap();
            });
            is_in.recv().unwrap();
            cursor.client.set_check(Some(Box::new(|| true)));
            let error = cursor.in_turn(|_, _| Ok(())).unwrap_err();
            assert_eq!(error.kind(), Kind::Cancelled);
            leave.send(()).unwrap();
        });
    }

    #[test]
    fn a_panic_breaks_the_cursor_and_nobody_waits_for_it() {
        let cursor = cursor(1000);
        let fault = AssertUnwindSafe(|| cursor.in_turn::<()>(|_, _| panic!("a fault")));
        assert!(catch_unwind(fault).is_err());
        let error = cursor.in_turn(|_, _| Ok(())).unwrap_err();
        assert_eq!(error.kind(), Kind::Internal);
    }
}
