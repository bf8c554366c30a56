//! Texts for tokens and tickets.

use std::hash::{BuildHasher, RandomState};

/// A text that was never given before, by this process or another: the standard library's randomly keyed hash saves a
/// dependency, and nothing here has to withstand an attack.
pub(crate) fn secret() -> String {
    let half = || RandomState::new().hash_one(0);
    format!("{:016x}{:016x}", half(), half())
}
