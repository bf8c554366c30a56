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
//! println!("{:?} signs in; then go to {}", user.user_name, found.url_without_ticket);
//! # Ok(()) }
//! ```
//!
//! | module | holds |
//! | --- | --- |
//! | [`Config`], `options` | configuration and options, checked |
//! | [`Client`] | what can be asked of the platform, under a good token |
//! | `token`, `token_cache`, `store` | the token, who fetches it when, and where processes share it |
//! | `liveness` | whether a refusal is the token's fault |
//! | `sync`, [`link_users`] (`link`) | what changed, and who is who among the caller's own |
//! | [`Users`] (`listing`) | all users, every one once |
//! | [`ticket_from_url`] (`ticket`) | the ticket in a sign-in URL |
//! | `platform` | the platform's functions and the readings of what it answers |
//! | `transport` | HTTP on the caller's thread: limits, retries, TLS |
//! | `single_flight`, `stats` | one does what many wait for; counters |
//! | `ffi` | the C ABI |

#![warn(missing_docs)]
#![deny(unsafe_code)]

mod client;
mod config;
mod error;
#[allow(unsafe_code)]
mod ffi;
mod link;
mod listing;
mod liveness;
mod options;
mod platform;
mod single_flight;
mod stats;
mod store;
mod sync;
mod ticket;
mod token;
mod token_cache;
mod transport;
mod user;

pub use client::{Client, PageQuery};
pub use config::Config;
pub use error::{Endpoint, Error, Kind, Result};
pub use link::link_users;
pub use listing::{ListQuery, Users};
pub use sync::{Changes, SyncOptions};
pub use ticket::{UrlTicket, ticket_from_url};
pub use token::Token;
pub use user::{User, UserPage};
