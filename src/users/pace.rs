//! How much of a list is asked for at once: what the line brings in time, within what was configured.

use std::time::Duration;

/// What the line was seen to bring.
#[derive(Debug)]
pub(super) struct Pace {
    /// What is asked for at once is to arrive within this time: half of an attempt's.
    patience: Duration,
    /// How long a page of the present size takes to arrive, with the line for itself.
    page: Duration,
}

impl Pace {
    pub(super) fn new(attempt: Duration) -> Pace {
        Pace {
            patience: attempt / 2,
            page: Duration::ZERO,
        }
    }

    /// Notes how long so many pages took that arrived side by side; `Duration::MAX` if one did not.
    pub(super) fn note(&mut self, took: Duration, pages: u64) {
        self.page = match took {
            Duration::MAX => self.patience,
            _ => took / u32::try_from(pages).unwrap_or(u32::MAX).max(1),
        };
    }

    /// How many pages arrive in time; one, where none is known to.
    pub(super) fn pages_at_once(&self) -> u64 {
        let pages = self.patience.as_micros() / self.page.as_micros().max(1);
        u64::try_from(pages).unwrap_or(u64::MAX).max(1)
    }

    /// The size of pages that arrive well in time, where the present ones do not.
    pub(super) fn smaller(&self, page_size: u64) -> Option<u64> {
        if self.page <= self.patience {
            return None;
        }
        // So much smaller that a line a little slower than just now makes no difference.
        let part = self.patience.as_secs_f64() / 2.0 / self.page.as_secs_f64();
        let size = (page_size as f64 * part) as u64;
        (size < page_size).then_some(size.max(1))
    }
}
