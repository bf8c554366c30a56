//! The simulator, seen from the other end of a socket.

mod control;
mod faults;
mod http;
mod platform;
mod ports;
mod program;
