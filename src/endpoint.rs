//! The platform's functions, and where below the base address each is found.

/// A function of the platform's interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `POST …/GenerateToken` (access document 2024, section 2).
    GenerateToken,
    /// `GET …/PandaOMS/OMS/GetUsers` (both documents, interface ①).
    GetUsers,
    /// `GET …/PandaOMS/OMS/GetUserByTicket` (both documents, interface ②).
    GetUserByTicket,
}

impl Endpoint {
    /// Every endpoint, in the order of the statistics.
    pub const ALL: [Endpoint; 3] = [
        Endpoint::GenerateToken,
        Endpoint::GetUsers,
        Endpoint::GetUserByTicket,
    ];

    /// The platform's name for it.
    pub const fn name(self) -> &'static str {
        match self {
            Endpoint::GenerateToken => "GenerateToken",
            Endpoint::GetUsers => "GetUsers",
            Endpoint::GetUserByTicket => "GetUserByTicket",
        }
    }

    /// Its path below the base address.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Endpoint::GenerateToken => "GenerateToken",
            Endpoint::GetUsers => "PandaOMS/OMS/GetUsers",
            Endpoint::GetUserByTicket => "PandaOMS/OMS/GetUserByTicket",
        }
    }
}
