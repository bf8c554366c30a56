//! The tokens that `GenerateToken` gave out.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::clock::end_of_life;
use crate::secret::secret;

/// The tokens that live, with the moment when each dies.
#[derive(Default)]
pub(crate) struct Tokens(HashMap<String, Instant>);

impl Tokens {
    pub(crate) fn issue(&mut self, life: Duration, only_one: bool) -> String {
        let now = Instant::now();
        if only_one {
            self.0.clear();
        }
        self.0.retain(|_, dies| *dies > now);
        let token = secret();
        self.0.insert(token.clone(), end_of_life(life));
        token
    }

    pub(crate) fn is_live(&self, token: &str) -> bool {
        self.0.get(token).is_some_and(|dies| *dies > Instant::now())
    }

    /// Kills all tokens and says how many had been alive.
    pub(crate) fn revoke(&mut self) -> usize {
        let now = Instant::now();
        let live = self.0.values().filter(|dies| **dies > now).count();
        self.0.clear();
        live
    }
}
