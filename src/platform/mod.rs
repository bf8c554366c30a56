//! The platform's side: what it is asked, and the readings of what it answers.
//!
//! Lenient in reading, strict in trusting: every spelling of an answer that is met in the field is
//! understood, but no user comes out of it without a valid id.

pub(crate) mod envelope;
pub(crate) mod page;
pub(crate) mod requests;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod token;
pub(crate) mod user_list;
pub(crate) mod users;
