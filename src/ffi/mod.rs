//! The C ABI, which `include/panda_water.h` is generated from.
//!
//! Every export goes through [`guard`], which contains panics and shapes the reply. The core knows
//! nothing of this module.

mod clients;
#[allow(dead_code, reason = "most are only for the header")]
mod codes;
mod directory;
mod fork;
mod guard;
mod handles;
mod json;
mod logging;
mod process;
mod strings;
mod text;
mod users;
