//! What follows from an attempt: the result, or another attempt.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::system;

/// The longest random wait before the first repetition; it doubles from one to the next.
const FIRST_BACKOFF: Duration = Duration::from_millis(200);
const MAX_BACKOFF: Duration = Duration::from_secs(5);

/// Where a request stands within a call.
pub(super) struct Progress {
    retries_left: u32,
    /// A kept connection that turned out to be dead was replaced once already.
    pub(super) replaced_connection: bool,
    /// An answer had too many header lines for an ordinary engine; the next takes more.
    pub(super) takes_many_headers: bool,
    next_backoff: Duration,
}

/// What follows from an outcome.
pub(super) enum Step {
    Done(Result<()>),
    /// At once, since the platform redirected.
    Redirected,
    /// At once, on a connection of its own: the kept one was dead, or its engine too small.
    Reconnect,
    /// After a wait, if there is time for it; else it ends with the error.
    Retry(Error, Duration),
}

impl Progress {
    pub(super) fn new(retries: u32) -> Progress {
        Progress {
            retries_left: retries,
            replaced_connection: false,
            takes_many_headers: false,
            next_backoff: FIRST_BACKOFF,
        }
    }

    pub(super) fn retry_or_end(&mut self, error: Error, retry_after: Option<Duration>) -> Step {
        if !error.is_retryable() || self.retries_left == 0 {
            return Step::Done(Err(error));
        }
        // Full jitter: callers that failed together do not come back together.
        let wait = self.next_backoff.mul_f64(system::random().f64());
        self.next_backoff = (self.next_backoff * 2).min(MAX_BACKOFF);
        Step::Retry(error, wait.max(retry_after.unwrap_or_default()))
    }

    pub(super) fn spend_retry(&mut self) {
        self.retries_left -= 1;
    }
}
