//! The three calls that the platform offers.

use serde::{Deserialize, Serialize};

/// What a request is for, by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Endpoint {
    /// `POST …/GenerateToken`
    GenerateToken,
    /// `GET …/PandaOMS/OMS/GetUsers`
    GetUsers,
    /// `GET …/PandaOMS/OMS/GetUserByTicket`
    GetUserByTicket,
    /// Any other path
    Other,
}

impl Endpoint {
    /// Every endpoint, in the order in which counters show them.
    pub const ALL: [Self; 4] = [
        Self::GenerateToken,
        Self::GetUsers,
        Self::GetUserByTicket,
        Self::Other,
    ];

    pub(crate) fn of(path: &str, base_path: &str) -> Self {
        match path.strip_prefix(base_path) {
            Some("/GenerateToken") => Self::GenerateToken,
            Some("/PandaOMS/OMS/GetUsers") => Self::GetUsers,
            Some("/PandaOMS/OMS/GetUserByTicket") => Self::GetUserByTicket,
            _ => Self::Other,
        }
    }
}
