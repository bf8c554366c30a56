//! Whether a refusal is the token's fault.
//!
//! A dead token and a bad ticket may be answered alike: HTTP 200 and some code. What the wording
//! cannot tell, asking can: one user of the list, under the same token. A good answer is remembered
//! for a few seconds, so that a flood of bogus tickets costs the platform little.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, Kind, Result};
use crate::platform::envelope::Refusal;
use crate::single_flight::{Landing, SingleFlight};
use crate::token::Token;

/// How long an answer is believed. A token revoked meanwhile is noticed after it at the latest.
const MEMORY: Duration = Duration::from_secs(3);

/// A refusal that was not the token's fault.
struct Cleared {
    token: u64,
    refusal: Refusal,
    until: Instant,
}

pub(crate) struct Liveness {
    cleared: Mutex<Option<Cleared>>,
    asking: SingleFlight<(u64, Result<bool>)>,
}

impl Liveness {
    pub(crate) fn new() -> Liveness {
        Liveness {
            cleared: Mutex::new(None),
            asking: SingleFlight::new(),
        }
    }

    /// Whether the token that was refused so lives, from memory or by `ask`, which one caller does
    /// for all. A refusal of another wording asks again.
    pub(crate) fn is_alive(
        &self,
        token: &Token,
        refusal: &Refusal,
        deadline: Instant,
        ask: impl Fn() -> Result<bool>,
    ) -> Result<bool> {
        loop {
            if self.is_cleared(token, refusal) {
                return Ok(true);
            }
            let outcome = self.asking.run(deadline, || {
                let alive = ask();
                if let Ok(true) = alive {
                    self.clear(token, refusal);
                }
                let outcome = (token.serial, alive);
                match Instant::now() < deadline {
                    true => Landing::Shared(outcome),
                    false => Landing::Own(outcome),
                }
            });
            match outcome {
                // Who waited may have waited for the answer on another token.
                Some((serial, alive)) if serial == token.serial => return alive,
                Some(_) => {}
                None => {
                    return Err(Error::new(
                        Kind::Timeout,
                        "whether the token lives could not be found out within `deadlineMs`",
                    ));
                }
            }
        }
    }

    /// Remembers that such a refusal is not this token's fault.
    pub(crate) fn clear(&self, token: &Token, refusal: &Refusal) {
        let until = Instant::now() + MEMORY;
        *self.cleared.lock().unwrap_or_else(PoisonError::into_inner) = Some(Cleared {
            token: token.serial,
            refusal: refusal.clone(),
            until,
        });
    }

    fn is_cleared(&self, token: &Token, refusal: &Refusal) -> bool {
        let cleared = self.cleared.lock().unwrap_or_else(PoisonError::into_inner);
        cleared.as_ref().is_some_and(|cleared| {
            cleared.token == token.serial
                && cleared.refusal == *refusal
                && Instant::now() < cleared.until
        })
    }
}
