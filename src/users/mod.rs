//! The platform's users: one page, all of them, what changed among them, and who is who among the
//! caller's own.

pub(crate) mod link;
pub(crate) mod listing;
mod pace;
pub(crate) mod page;
pub(crate) mod sync;
pub(crate) mod user;
