//! The sign-in tickets that were issued.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::clock::end_of_life;
use crate::secret::secret;

/// A ticket to issue.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TicketRequest {
    /// Who signs in with it.
    pub user_id: i64,
    /// Its text, any at all; by default 32 hexadecimal digits.
    #[serde(default)]
    pub ticket: Option<String>,
    /// How long it lives after being issued or looked up; by default the setting `ticketLifeMs`.
    #[serde(default)]
    pub life_ms: Option<u64>,
}

/// A ticket that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// Its text, as it is: not percent-encoded.
    pub ticket: String,
    /// Who signs in with it.
    pub user_id: i64,
    /// How long it lives after being issued or looked up.
    pub life_ms: u64,
}

struct Issued {
    user_id: i64,
    life: Duration,
    dies: Instant,
}

/// All tickets that were issued.
#[derive(Default)]
pub(crate) struct Tickets(HashMap<String, Issued>);

impl Tickets {
    pub(crate) fn issue(&mut self, request: TicketRequest, usual_life_ms: u64) -> Ticket {
        let life_ms = request.life_ms.unwrap_or(usual_life_ms);
        let life = Duration::from_millis(life_ms);
        let issued = Issued {
            user_id: request.user_id,
            life,
            dies: end_of_life(life),
        };
        let ticket = request.ticket.unwrap_or_else(secret);
        self.0.insert(ticket.clone(), issued);
        Ticket {
            ticket,
            user_id: request.user_id,
            life_ms,
        }
    }

    /// The holder of a ticket that lives; looking renews it.
    pub(crate) fn look_up(&mut self, ticket: &str) -> Option<i64> {
        let issued = self.0.get_mut(ticket)?;
        if issued.dies <= Instant::now() {
            return None;
        }
        issued.dies = end_of_life(issued.life);
        Some(issued.user_id)
    }
}
