//! The tokens of an account (access document 2024, section 2): one door to who fetches them, when,
//! where processes share them, and whether a refusal is their fault.

mod cache;
mod granted;
mod liveness;
mod login;
mod single_flight;
mod store;

use std::sync::Arc;

use self::cache::TokenCache;
pub use self::granted::Token;
use self::liveness::Liveness;
pub(crate) use self::liveness::{Denial, Denied, Verdict};
use self::login::Login;
use self::store::Store;
use crate::config::Config;
use crate::deadline::Deadline;
use crate::endpoint::Endpoint;
use crate::error::Result;
use crate::stats::Stats;
use crate::transport::Transport;

/// The tokens of one account of one platform.
pub(crate) struct Tokens {
    login: Login,
    cache: TokenCache,
    liveness: Liveness,
}

impl Tokens {
    /// `None` for a configuration without an account. A store is looked at only if it `checks_store`.
    pub(crate) fn new(
        config: &Config,
        transport: Arc<Transport>,
        stats: Arc<Stats>,
        checks_store: bool,
    ) -> Result<Option<Tokens>> {
        let account = config.credentials.clone();
        let (username, password) = account.as_ref().map_or(("", ""), |account| {
            (account.username.as_str(), account.password.as_str())
        });
        let platform = config.addresses.of(Endpoint::GenerateToken).as_str();
        let owner = (platform, username, password);
        let store = Store::new(&config.token_store, owner, &transport)?;
        if checks_store {
            store.check()?;
        }
        Ok(account.map(|account| Tokens {
            cache: TokenCache::new(config.login_cooldown, store, stats.clone()),
            liveness: Liveness::new(config, transport.clone()),
            login: Login::new(config, account, transport, stats),
        }))
    }

    /// Takes over the token that a fork brought along, but nothing that is under way.
    pub(crate) fn inherit(&self, parent: &Tokens) {
        self.cache.inherit(&parent.cache);
    }

    /// A token that is good as far as can be told here.
    pub(crate) fn get(&self, deadline: Deadline<'_>) -> Result<Arc<Token>> {
        (self.cache).get(deadline, |deadline, is_once| {
            self.login.log_in(deadline, is_once)
        })
    }

    /// Notes that a request was accepted, by a call that has had `renewals` tokens before.
    pub(crate) fn note_accepted(&self, endpoint: Endpoint, renewals: u32) {
        self.liveness.note_accepted(endpoint, renewals);
        if renewals > 0 {
            self.cache.note_living();
        }
    }

    /// What a denial under the token means. One that is dead is not given out again.
    pub(crate) fn judge(
        &self,
        token: &Token,
        denied: &Denied<'_>,
        deadline: Deadline<'_>,
    ) -> Result<Verdict> {
        // Others have replaced it: asking about it tells nothing of use.
        if !self.cache.is_current(token) {
            return Ok(Verdict::TokenIsDead);
        }
        let secrets = self.secrets(token);
        let verdict = self.liveness.judge(token, denied, &secrets, deadline)?;
        if verdict == Verdict::TokenIsDead {
            self.cache.drop_dead(token);
        }
        Ok(verdict)
    }

    /// What must show in no message.
    pub(crate) fn secrets<'a>(&'a self, token: &'a Token) -> Vec<&'a str> {
        vec![self.login.password(), token.as_str()]
    }
}
