//! The C ABI, which `include/panda_water.h` is generated from: a file for each capability.
//!
//! Every export goes through [`guard`], which contains panics and shapes the reply. The core knows
//! nothing of this module.

mod check;
mod client;
#[allow(dead_code, reason = "most are only for the header")]
mod codes;
mod cursor;
mod fork;
mod guard;
mod handles;
mod json;
mod link;
mod log;
mod process;
mod strings;
mod sync;
mod text;
mod ticket;
mod token;
mod users;
mod write;
