//! Client of the Panda Smart Water (熊猫智慧水务) interface for third-party systems: a token, the
//! platform's users, and the user behind a sign-in ticket, so that a person who clicks "OA" on the
//! platform is signed in there without a password.
//!
//! Most programs use it through its C ABI (`include/panda_water.h`) or a wrapper of that; this is
//! the same core for programs in Rust.
//!
//! ```no_run
//! use panda_water::{Client, Config, ListQuery, ticket_from_url};
//!
//! # fn main() -> panda_water::Result<()> {
//! let client = Client::new(Config::from_json(
//!     r#"{"baseUrl":"http://10.0.0.8:8080/panda","username":"xiaomi","password":"abcdefg"}"#,
//! )?)?;
//! let found = ticket_from_url("http://oa.example/sso?ticket=abc", client.config().ticket_param())?;
//! let user = client.get_user_by_ticket(&found.ticket)?;
//! println!("{:?} signs in; then go to {}", user.user_name, found.local_target);
//! # Ok(()) }
//! ```
//!
//! The rooms, from the top down, in the order in which a call goes through them:
//!
//! | module | holds |
//! | --- | --- |
//! | `ffi` | the C ABI: a file for each capability; it knows the core, and the core does not know it |
//! | `ticket` | a ticket: out of a URL ([`ticket_from_url`]), and to its user |
//! | `users` | a page, all of them ([`Users`]), what changed, and who is who ([`link_users`]) |
//! | [`Client`] | the public handle, which the capabilities above add their calls to |
//! | `session` | asks under a good token, again under a new one, and judges a refusal |
//! | `token` | the token: who fetches it when, where processes share it, whether it lives |
//! | `transport` | HTTP on the caller's thread: engines, limits, retries, TLS |
//! | [`Config`] | the configuration, checked; it opens nothing but the files of certificates |
//! | `platform` | what the platform is asked, and the readings of what it answers |
//! | `arguments`, `deadline`, `endpoint`, [`Error`], `json`, `memory`, `stats`, `system` | the ground |

#![warn(missing_docs)]
#![deny(unsafe_code)]

mod arguments;
mod client;
mod config;
mod deadline;
mod endpoint;
mod error;
#[allow(unsafe_code)]
mod ffi;
mod json;
mod memory;
mod platform;
mod session;
mod stats;
mod system;
mod ticket;
mod token;
mod transport;
mod users;

pub use client::Client;
pub use config::Config;
pub use endpoint::Endpoint;
pub use error::{Error, Kind, Result};
pub use platform::requests::PageQuery;
pub use ticket::{UrlTicket, ticket_from_url};
pub use token::Token;
pub use users::link::link_users;
pub use users::listing::{ListQuery, Users};
pub use users::page::UserPage;
pub use users::sync::{Changes, SyncOptions};
pub use users::user::User;
