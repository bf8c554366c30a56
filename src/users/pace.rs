//! How much of a list is asked for at once: what the line brings in time, within what was configured.

use std::time::Duration;

/// What the line was seen to bring.
#[derive(Debug)]
pub(super) struct Pace {
    /// A page is to arrive within this time: half of an attempt's.
    patience: Duration,
    /// And those beside it: the first of one may queue behind the last of another, and it is waited
    /// for no longer than for a connection.
    at_once: Duration,
    /// How long a page of the present size takes to arrive, with the line for itself.
    page: Duration,
}

impl Pace {
    pub(super) fn new(attempt: Duration, connect: Duration) -> Pace {
        Pace {
            patience: attempt / 2,
            at_once: connect.min(attempt / 2),
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
        let pages = self.at_once.as_micros() / self.page.as_micros().max(1);
        u64::try_from(pages).unwrap_or(u64::MAX).max(1)
    }

    /// The size of pages that arrive well in time, where the present ones do not.
    pub(super) fn smaller(&self, page_size: u64) -> Option<u64> {
        if self.page <= self.patience {
            return None;
        }
        // So much smaller that a line a little slower than just now makes no difference.
        let part = self.patience.as_secs_f64() / 2.0 / self.page.as_secs_f64();
        let size = ((page_size as f64 * part) as u64).max(1);
        (size < page_size).then_some(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn pace(took: Duration, pages: u64) -> Pace {
        let mut pace = Pace::new(10 * SECOND, 3 * SECOND);
        pace.note(took, pages);
        pace
    }

    #[test]
    fn on_a_good_line_nothing_is_held_back() {
        for took in [Duration::ZERO, SECOND / 100] {
            assert!(pace(took, 1).pages_at_once() >= 16);
            assert_eq!(pace(took, 1).smaller(500), None);
        }
    }

    #[test]
    fn pages_side_by_side_share_the_line_and_arrive_within_the_time_for_connecting() {
        assert_eq!(pace(SECOND, 1).pages_at_once(), 3);
        assert_eq!(pace(2 * SECOND, 4).pages_at_once(), 6);
        assert_eq!(pace(4 * SECOND, 1).pages_at_once(), 1);
        assert_eq!(pace(Duration::MAX, 4).pages_at_once(), 1);
    }

    #[test]
    fn a_page_that_takes_more_than_half_of_an_attempt_is_made_smaller_once() {
        assert_eq!(pace(5 * SECOND, 1).smaller(500), None);
        let smaller = pace(8 * SECOND, 1).smaller(500).unwrap();
        assert_eq!(smaller, 156);
        let took = 8 * SECOND * smaller as u32 / 500;
        assert_eq!(pace(took, 1).smaller(smaller), None);
        assert_eq!(pace(60 * SECOND, 1).smaller(1), None);
        assert_eq!(pace(600 * SECOND, 1).smaller(2), Some(1));
    }
}
