//! What all parts of a running simulator share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::options::Options;
use crate::state::State;

/// How it was started, and the state behind its lock.
pub(crate) struct Simulation {
    pub(crate) options: Options,
    /// The port of the platform if it is served by https; the plain port is another one then.
    pub(crate) https_port: Option<u16>,
    state: Mutex<State>,
}

impl Simulation {
    pub(crate) fn new(options: Options, https_port: Option<u16>, state: State) -> Self {
        Self {
            options,
            https_port,
            state: Mutex::new(state),
        }
    }

    /// The state, for a moment: never held across an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // Nothing leaves the state half changed, so a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
