//! What was asked of the platform, in numbers.

use serde::Serialize;

use crate::endpoint::Endpoint;

/// The numbers since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counters {
    /// Requests for `GenerateToken`.
    pub generate_token: EndpointCounters,
    /// Requests for `GetUsers`.
    pub get_users: EndpointCounters,
    /// Requests for `GetUserByTicket`.
    pub get_user_by_ticket: EndpointCounters,
    /// Requests for any other path.
    pub other: EndpointCounters,
    /// Connections accepted.
    pub connections: u64,
    /// Tokens that `GenerateToken` gave out.
    pub tokens_issued: u64,
    /// Logins that it refused.
    pub logins_refused: u64,
    /// Calls refused for their dead or missing token.
    pub tokens_refused: u64,
    /// Tickets looked up with success.
    pub tickets_accepted: u64,
    /// Tickets refused.
    pub tickets_refused: u64,
    /// Redirects to https by the plain port.
    pub redirects: u64,
    /// Requests that a fault struck.
    pub faults: u64,
}

/// The numbers of one endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointCounters {
    /// Requests that arrived, those that a fault struck included.
    pub requests: u64,
    /// Requests that are being answered now.
    pub in_flight: u64,
    /// The most requests that were answered at the same time.
    pub max_concurrent: u64,
}

impl Counters {
    /// The numbers of one endpoint.
    pub fn of(&self, endpoint: Endpoint) -> &EndpointCounters {
        match endpoint {
            Endpoint::GenerateToken => &self.generate_token,
            Endpoint::GetUsers => &self.get_users,
            Endpoint::GetUserByTicket => &self.get_user_by_ticket,
            Endpoint::Other => &self.other,
        }
    }

    fn of_mut(&mut self, endpoint: Endpoint) -> &mut EndpointCounters {
        match endpoint {
            Endpoint::GenerateToken => &mut self.generate_token,
            Endpoint::GetUsers => &mut self.get_users,
            Endpoint::GetUserByTicket => &mut self.get_user_by_ticket,
            Endpoint::Other => &mut self.other,
        }
    }

    pub(crate) fn begin(&mut self, endpoint: Endpoint) {
        let counters = self.of_mut(endpoint);
        counters.requests += 1;
        counters.in_flight += 1;
        counters.max_concurrent = counters.max_concurrent.max(counters.in_flight);
    }

    pub(crate) fn end(&mut self, endpoint: Endpoint) {
        self.of_mut(endpoint).in_flight -= 1;
    }

    /// Starts again at nothing, save for what is under way.
    pub(crate) fn reset(&mut self) {
        let mut fresh = Self::default();
        for endpoint in Endpoint::ALL {
            let in_flight = self.of(endpoint).in_flight;
            let counters = fresh.of_mut(endpoint);
            counters.in_flight = in_flight;
            counters.max_concurrent = in_flight;
        }
        *self = fresh;
    }
}
