//! Whether a refusal is the token's fault.
//!
//! A dead token and a bad ticket may be answered alike: HTTP 200 and some code. What the wording
//! cannot tell, asking can: one user of the list, under the same token. A good answer is remembered
//! for a few seconds, so that a flood of bogus tickets costs the platform little.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Url;

use super::granted::Token;
use super::single_flight::{Landing, SingleFlight};
use crate::config::Config;
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Result};
use crate::platform::envelope::{self, Answer, Refusal};
use crate::platform::requests::{PageQuery, page_url};
use crate::transport::{Request, Transport};

/// How long an answer is believed. A token revoked meanwhile is noticed after it at the latest.
const MEMORY: Duration = Duration::from_secs(3);

/// A refusal that was not the token's fault.
struct Cleared {
    token: u64,
    refusal: Refusal,
    until: Instant,
}

pub(super) struct Liveness {
    users: Url,
    transport: Arc<Transport>,
    cleared: Mutex<Option<Cleared>>,
    asking: SingleFlight<(u64, Result<bool>)>,
}

impl Liveness {
    pub(super) fn new(config: &Config, transport: Arc<Transport>) -> Liveness {
        Liveness {
            users: config.addresses.of(Endpoint::GetUsers).clone(),
            transport,
            cleared: Mutex::new(None),
            asking: SingleFlight::new(),
        }
    }

    /// Whether the token that was refused so lives, from memory or by asking, which one caller does
    /// for all. A refusal of another wording asks again.
    pub(super) fn is_alive(
        &self,
        token: &Token,
        refusal: &Refusal,
        secrets: &[&str],
        deadline: Instant,
    ) -> Result<bool> {
        loop {
            if self.is_cleared(token, refusal) {
                return Ok(true);
            }
            let outcome = self.asking.run(deadline, || {
                let alive = self.ask(token, secrets, deadline);
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
    pub(super) fn clear(&self, token: &Token, refusal: &Refusal) {
        let until = Instant::now() + MEMORY;
        *self.cleared.lock().unwrap_or_else(PoisonError::into_inner) = Some(Cleared {
            token: token.serial,
            refusal: refusal.clone(),
            until,
        });
    }

    /// Asks for one user under the token.
    fn ask(&self, token: &Token, secrets: &[&str], deadline: Instant) -> Result<bool> {
        let query = PageQuery {
            page_index: Some(1),
            page_size: Some(1),
            keyword: None,
        };
        let mut request = Request::get(Endpoint::GetUsers, page_url(&self.users, &query)?);
        request.token = Some(token.header());
        let said = self.transport.send(&mut request, deadline, |reply| {
            Ok(matches!(
                envelope::read(&reply.text()?, secrets)?,
                Answer::Accepted(_)
            ))
        });
        match said {
            Err(error) if error.denies_access() => Ok(false),
            said => said,
        }
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
