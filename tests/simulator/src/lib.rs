//! A stand-in for the Panda Smart Water platform (熊猫智慧水务): real HTTP on a loopback port, both editions of the
//! vendor's document, every reading of it that is found in the field, and whatever can go wrong on the way.
//!
//! Tests in Rust start a [`Simulator`] in their own process; tests in other languages start the binary and use the
//! control endpoints, which offer the same. See `README.md` for those.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `simulator`, `options` | starting one, and what it is started with |
//! | `server`, `connection`, `tls` | ports and sockets |
//! | `exchange`, `delivery` | one request from arrival to the last byte |
//! | `platform`, `endpoint`, `json`, `clock` | what the platform answers |
//! | `state`, `users`, `tokens`, `tickets`, `secret` | what the platform knows |
//! | `behaviour`, `faults` | how it reads its documents, and what goes wrong |
//! | `counters`, `requests` | what was asked of it |
//! | `control`, `simulation` | the control endpoints, and what all parts share |

#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod behaviour;
mod clock;
mod connection;
mod control;
mod counters;
mod delivery;
mod endpoint;
mod exchange;
mod faults;
mod json;
mod options;
mod platform;
mod requests;
mod secret;
mod server;
mod simulation;
mod simulator;
mod state;
mod tickets;
mod tls;
mod tokens;
mod users;

pub use behaviour::{
    BadTicket, Behaviour, BehaviourChange, CountForm, CountOf, DeadToken, EmptyFields, EmptyPage,
    Encoding, ExpirationFormat, Gzip, Move, Moving, NameCase, Nesting, NumberForm, PageCapApplies,
    PageIndex, RefusedLogin, SuccessMessage, TlsHandshake, TokenShape,
};
pub use counters::{Counters, EndpointCounters};
pub use endpoint::Endpoint;
pub use faults::{Fault, FaultRule, Framing, Part, RawAnswer, Stage};
pub use options::{Edition, Options};
pub use requests::{RecordedRequest, TokenState};
pub use simulator::{Ready, Simulator};
pub use tickets::{Ticket, TicketRequest};
pub use users::{ListEnd, NewUser, User, UserChange};
