//! The tokens of an account (access document 2024, section 2): one door to who fetches them, when,
//! where processes share them, and whether a refusal is their fault.

mod cache;
mod granted;
mod liveness;
mod login;
mod single_flight;
mod store;

use std::sync::Arc;
use std::time::Instant;

use self::cache::TokenCache;
pub use self::granted::Token;
use self::liveness::Liveness;
use self::login::Login;
use self::store::Store;
use crate::config::Config;
use crate::endpoint::Endpoint;
use crate::error::Result;
use crate::platform::envelope::Refusal;
use crate::stats::Stats;
use crate::transport::Transport;

/// The tokens of one account of one platform.
pub(crate) struct Tokens {
    login: Login,
    cache: TokenCache,
    liveness: Liveness,
}

impl Tokens {
    /// `None` for a configuration without an account.
    pub(crate) fn new(
        config: &Config,
        transport: Arc<Transport>,
        stats: Arc<Stats>,
    ) -> Result<Option<Tokens>> {
        let account = config.credentials.clone();
        let username = account.as_ref().map_or("", |account| &account.username);
        let platform = config.addresses.of(Endpoint::GenerateToken).as_str();
        let store = Store::open(&config.token_store, platform, username)?;
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
    pub(crate) fn get(&self, deadline: Instant) -> Result<Arc<Token>> {
        self.cache.get(deadline, || self.login.log_in(deadline))
    }

    /// Drops a dead token, unless a newer one has taken its place.
    pub(crate) fn invalidate(&self, token: &Token) {
        self.cache.invalidate(token);
    }

    /// Whether this is the newest token known.
    pub(crate) fn is_current(&self, token: &Token) -> bool {
        self.cache.is_current(token)
    }

    /// Whether the token under which the platform refused so is alive.
    pub(crate) fn is_alive(
        &self,
        token: &Token,
        refusal: &Refusal,
        deadline: Instant,
    ) -> Result<bool> {
        let secrets = self.secrets(token);
        self.liveness.is_alive(token, refusal, &secrets, deadline)
    }

    /// Remembers that such a refusal is not this token's fault.
    pub(crate) fn clear(&self, token: &Token, refusal: &Refusal) {
        self.liveness.clear(token, refusal);
    }

    /// What must show in no message.
    pub(crate) fn secrets<'a>(&'a self, token: &'a Token) -> Vec<&'a str> {
        vec![self.login.password(), token.as_str()]
    }
}
