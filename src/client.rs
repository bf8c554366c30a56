//! A configured platform: what all its capabilities share.

use std::fmt;
use std::sync::Arc;

use crate::config::Config;
use crate::error::Result;
use crate::session::Session;
use crate::stats::Stats;
use crate::token::Token;

/// A platform of the Panda Smart Water product. Cheap to clone; all clones share its token and
/// connections. Calls block, and must not be made inside an async runtime's own threads.
///
/// ```no_run
/// # fn main() -> panda_water::Result<()> {
/// use panda_water::{Client, Config};
///
/// let client = Client::new(Config::from_json(
///     r#"{"baseUrl":"http://10.0.0.8:8080/panda","username":"xiaomi","password":"abcdefg"}"#,
/// )?)?;
/// let user = client.get_user_by_ticket("the ticket of the sign-in link")?;
/// println!("{} signs in", user.id);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Parts>);

struct Parts {
    config: Config,
    session: Session,
}

impl Client {
    /// A client of the configured platform. Connects to nothing.
    ///
    /// # Errors
    ///
    /// [`Kind::Store`](crate::Kind::Store) for a token store that cannot be used,
    /// [`Kind::Internal`](crate::Kind::Internal) if TLS cannot be set up.
    pub fn new(config: Config) -> Result<Client> {
        let session = Session::new(&config, true)?;
        Ok(Client(Arc::new(Parts { config, session })))
    }

    /// A client for a child process: the same configuration and token, nothing of what is under way.
    /// It opens no file: a token store that has gone bad meanwhile shows when it is used.
    pub(crate) fn after_fork(&self) -> Result<Client> {
        let config = self.0.config.clone();
        let session = Session::new(&config, false)?;
        session.inherit(&self.0.session);
        Ok(Client(Arc::new(Parts { config, session })))
    }

    /// What it was made with.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The token for the header `panda-token` (access document 2024, section 2): from the cache
    /// while it is good, else fetched.
    ///
    /// # Errors
    ///
    /// [`Kind::Config`](crate::Kind::Config) without an account, [`Kind::Auth`](crate::Kind::Auth)
    /// where the login is refused, and those of every request.
    pub fn get_token(&self) -> Result<Token> {
        self.0.session.token().map(|token| (*token).clone())
    }

    /// Has calls of this client, of all its clones, ask a function while they wait (for the network,
    /// a repetition, another caller's login, a lock of the token store): at least every 100 ms, on
    /// the thread of the call. Where it answers `true` the call ends as
    /// [`Kind::Cancelled`](crate::Kind::Cancelled). `None` takes it away. When this returns, the
    /// previous function is not running and will not run.
    pub fn set_check(&self, check: Option<Box<dyn Fn() -> bool + Send + Sync>>) {
        self.0.session.check().set(check);
    }

    /// Closes the connections that no call is using, and gives how many they were. Left alone, those
    /// that rested for 60 seconds are closed by the client's next call, or with the client: nothing of
    /// the library runs between calls.
    pub fn trim(&self) -> usize {
        self.0.session.trim()
    }

    pub(crate) fn session(&self) -> &Session {
        &self.0.session
    }

    pub(crate) fn stats(&self) -> &Stats {
        self.0.session.stats()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Client")
            .field(&self.0.config)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use panda_simulator::{Endpoint, Fault, FaultRule, Options, Simulator};

    use super::*;

    #[test]
    fn a_login_that_its_caller_ended_is_counted_as_that() {
        let simulator = Simulator::start(Options::default()).unwrap();
        let late = Fault::Latency { ms: 60_000 };
        simulator.add_fault(FaultRule::on(Endpoint::GenerateToken, late));
        let ready = simulator.ready();
        let config = serde_json::json!({"baseUrl": ready.base_url,
            "username": ready.username, "password": ready.password});
        let client = Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap();
        client.set_check(Some(Box::new(|| true)));
        assert!(client.get_token().is_err());
        let stats = serde_json::to_string(client.stats()).unwrap();
        assert!(stats.contains(r#""failures":{"cancelled":1}"#), "{stats}");
        assert!(!stats.contains("timeout"), "{stats}");
    }

    #[test]
    fn a_child_has_its_client_though_the_stores_file_is_gone() {
        let folder = std::env::temp_dir().join(format!("panda-client-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        // Of JSON, also where its path has backslashes.
        let store = format!("file:{}", folder.join("token").display()).replace('\\', "/");
        let json = format!(r#"{{"baseUrl":"http://h","tokenStore":"{store}"}}"#);
        let client = Client::new(Config::from_json(&json).unwrap()).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert!(client.after_fork().is_ok());
        assert!(!folder.exists());
        assert!(Client::new(client.config().clone()).is_err());
    }
}
