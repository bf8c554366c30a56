//! What `panda_water.h` declares; it lives in the core's `ffi`.

pub use panda_water::*;
