//! All that the platform knows, and what can be done to it from outside.

use std::time::Duration;

use crate::behaviour::{Behaviour, BehaviourChange, Moving};
use crate::counters::Counters;
use crate::endpoint::Endpoint;
use crate::faults::{Faults, Strike};
use crate::options::Options;
use crate::requests::{Requests, TokenState};
use crate::tickets::{Ticket, TicketRequest, Tickets};
use crate::tokens::Tokens;
use crate::users::Users;

/// The platform's memory. The simulator holds it behind one lock: nothing done to it takes long.
pub(crate) struct State {
    pub(crate) users: Users,
    pub(crate) tokens: Tokens,
    pub(crate) tickets: Tickets,
    pub(crate) faults: Faults,
    pub(crate) counters: Counters,
    pub(crate) requests: Requests,
    behaviour: Behaviour,
    initial_behaviour: Behaviour,
    moves: Moves,
}

/// How far a moving list got.
#[derive(Default)]
struct Moves {
    pages: u64,
    done: u64,
}

impl State {
    pub(crate) fn new(options: &Options) -> Result<Self, String> {
        let behaviour = Behaviour::initial(options)?;
        Ok(Self {
            users: Users::new(options.seed, options.users),
            tokens: Tokens::default(),
            tickets: Tickets::default(),
            faults: Faults::default(),
            counters: Counters::default(),
            requests: Requests::new(options.keep_requests),
            initial_behaviour: behaviour.clone(),
            behaviour,
            moves: Moves::default(),
        })
    }

    pub(crate) fn behaviour(&self) -> &Behaviour {
        &self.behaviour
    }

    /// Replaces all settings. A list that is told to move begins to count its pages anew.
    pub(crate) fn set_behaviour(&mut self, behaviour: Behaviour) {
        if behaviour.moving != self.behaviour.moving {
            self.moves = Moves::default();
        }
        self.behaviour = behaviour;
    }

    /// Replaces some settings.
    pub(crate) fn change_behaviour(&mut self, change: &BehaviourChange) -> Result<(), String> {
        let behaviour = self.behaviour.changed(change)?;
        self.set_behaviour(behaviour);
        Ok(())
    }

    /// Goes back to the settings of the start.
    pub(crate) fn reset_behaviour(&mut self) {
        self.set_behaviour(self.initial_behaviour.clone());
        self.moves = Moves::default();
    }

    pub(crate) fn reset_counters(&mut self) {
        self.counters.reset();
        self.requests.clear();
    }

    /// Issues a ticket, or `None` if there is no such user.
    pub(crate) fn issue_ticket(&mut self, request: TicketRequest) -> Option<Ticket> {
        self.users.find(request.user_id)?;
        Some(self.tickets.issue(request, self.behaviour.ticket_life_ms))
    }

    /// The faults that strike a request.
    pub(crate) fn strike(&mut self, endpoint: Endpoint, reused_connection: bool) -> Strike {
        let strike = self.faults.strike(endpoint, reused_connection);
        self.counters.faults += u64::from(strike.latency_ms > 0 || strike.fault.is_some());
        strike
    }

    pub(crate) fn issue_token(&mut self) -> String {
        self.counters.tokens_issued += 1;
        let life = Duration::from_millis(self.behaviour.token_life_ms);
        self.tokens.issue(life, self.behaviour.one_token_at_a_time)
    }

    pub(crate) fn token_state(&self, token: Option<&str>) -> TokenState {
        match token {
            None => TokenState::Absent,
            Some(token) if self.tokens.is_live(token) => TokenState::Live,
            Some(_) => TokenState::Dead,
        }
    }

    /// To be called after each page: moves the list when its time has come.
    pub(crate) fn page_was_read(&mut self) {
        let Some(Moving {
            action,
            every,
            times,
        }) = self.behaviour.moving
        else {
            return;
        };
        self.moves.pages += 1;
        let due = self.moves.pages.is_multiple_of(every.get());
        if due && times.is_none_or(|times| self.moves.done < times) {
            self.moves.done += 1;
            self.users.apply(action);
        }
    }
}
