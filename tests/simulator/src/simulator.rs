//! A simulator within the process of a test.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use serde::Serialize;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;

use crate::behaviour::Behaviour;
use crate::counters::Counters;
use crate::faults::FaultRule;
use crate::options::{Edition, Options};
use crate::requests::RecordedRequest;
use crate::server::{CONTROL_PATH, Server};
use crate::simulation::Simulation;
use crate::state::State;
use crate::tickets::{Ticket, TicketRequest};
use crate::tls::Tls;
use crate::users::{NewUser, User, UserChange};

/// A running simulator, with threads of its own; it stops, and its ports are free again, when it is dropped.
///
/// ```
/// use panda_simulator::{Options, Simulator};
///
/// let simulator = Simulator::start(Options { users: 10, ..Options::default() }).unwrap();
/// let ticket = simulator.issue_ticket(1);
/// // … now sign in with that ticket at simulator.base_url() …
/// assert_eq!(simulator.counters().tickets_accepted, 0);
/// ```
pub struct Simulator {
    simulation: Arc<Simulation>,
    ready: Ready,
    ca_pem: Option<String>,
    /// Dropping it stops the simulator.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What a test needs to know of a running simulator; the binary prints it as one line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ready {
    /// The platform's address, for the client's `baseUrl`.
    pub base_url: String,
    /// What the control endpoints' addresses begin with; always plain http.
    pub control_url: String,
    /// The platform's address at the plain port beside https.
    pub plain_base_url: Option<String>,
    /// The file with the private authority's certificate, for the client's `caFile`.
    pub ca_file: Option<String>,
    /// The account (2024).
    pub username: Option<String>,
    /// Its password (2024).
    pub password: Option<String>,
}

impl Simulator {
    /// Starts a simulator. It serves when this returns; the error is a port in use, a file that cannot be written or a
    /// setting that makes no sense.
    pub fn start(options: Options) -> io::Result<Self> {
        let listener = StdListener::bind((options.bind, options.port))?;
        let address = listener.local_addr()?;
        let tls = options.tls.then(|| Tls::new(&options)).transpose()?;
        if let (Some(tls), Some(file)) = (&tls, &options.ca_out) {
            std::fs::write(file, &tls.ca_pem)?;
        }
        if let Some(tls) = &tls
            && let (Some(pem), Some(file)) = (&tls.client_pem, &options.client_out)
        {
            std::fs::write(file, pem)?;
        }
        let ca_pem = tls.as_ref().map(|tls| tls.ca_pem.clone());
        let mut ports = vec![(listener, tls.map(|tls| tls.acceptor))];
        let mut plain_address = None;
        if options.tls {
            let plain = StdListener::bind((options.bind, options.plain_port))?;
            plain_address = Some(plain.local_addr()?);
            ports.push((plain, None));
        }
        let ready = Ready::new(&options, address, plain_address);
        let state = State::new(&options).map_err(io::Error::other)?;
        let https_port = options.tls.then(|| address.port());
        let simulation = Arc::new(Simulation::new(options, https_port, state));
        let server = Server::new(Arc::clone(&simulation));

        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        {
            let _in_runtime = runtime.enter();
            for (listener, acceptor) in ports {
                listener.set_nonblocking(true)?;
                let listener = TcpListener::from_std(listener)?;
                runtime.spawn(server.clone().listen(listener, acceptor));
            }
        }
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("panda-simulator".into())
            .spawn(move || {
                // The sender is dropped with the simulator; the runtime, dropped next, closes every socket.
                let _ = runtime.block_on(stopped);
            })?;
        Ok(Self {
            simulation,
            ready,
            ca_pem,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The addresses and the account.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// The platform's address, for the client's `baseUrl`.
    pub fn base_url(&self) -> &str {
        &self.ready.base_url
    }

    /// The platform's address at the plain port beside https, which redirects or refuses.
    pub fn plain_base_url(&self) -> Option<&str> {
        self.ready.plain_base_url.as_deref()
    }

    /// What the control endpoints' addresses begin with.
    pub fn control_url(&self) -> &str {
        &self.ready.control_url
    }

    /// The private authority's certificate in PEM, if the platform is served by https.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Issues a ticket for a user.
    ///
    /// # Panics
    /// If there is no such user.
    pub fn issue_ticket(&self, user_id: i64) -> String {
        let request = TicketRequest {
            user_id,
            ..TicketRequest::default()
        };
        self.issue_ticket_with(request).ticket
    }

    /// Issues a ticket with a text or a life of its own.
    ///
    /// # Panics
    /// If there is no such user.
    pub fn issue_ticket_with(&self, request: TicketRequest) -> Ticket {
        let ticket = self.simulation.state().issue_ticket(request);
        ticket.expect("the user exists")
    }

    /// Kills all tokens; says how many had been alive.
    pub fn revoke_tokens(&self) -> usize {
        self.simulation.state().tokens.revoke()
    }

    /// The settings in force.
    pub fn behaviour(&self) -> Behaviour {
        self.simulation.state().behaviour().clone()
    }

    /// Changes settings.
    pub fn change_behaviour(&self, change: impl FnOnce(&mut Behaviour)) {
        let mut state = self.simulation.state();
        let mut behaviour = state.behaviour().clone();
        change(&mut behaviour);
        state.set_behaviour(behaviour);
    }

    /// Goes back to the settings of the start.
    pub fn reset_behaviour(&self) {
        self.simulation.state().reset_behaviour();
    }

    /// Adds a fault.
    ///
    /// # Panics
    /// If it has a status or a header that cannot be sent.
    pub fn add_fault(&self, rule: FaultRule) {
        let added = self.simulation.state().faults.add(rule);
        added.expect("the fault can be sent");
    }

    /// Takes all faults away; answers under way are not mended.
    pub fn clear_faults(&self) {
        self.simulation.state().faults.clear();
    }

    /// What was asked of the platform, in numbers.
    pub fn counters(&self) -> Counters {
        self.simulation.state().counters.clone()
    }

    /// Counts anew, and forgets the recorded requests.
    pub fn reset_counters(&self) {
        self.simulation.state().reset_counters();
    }

    /// The last requests, in the order in which they came.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.simulation.state().requests.list()
    }

    /// How many users there are.
    pub fn user_count(&self) -> usize {
        self.simulation.state().users.count()
    }

    /// The user with this id.
    pub fn user(&self, id: i64) -> Option<User> {
        self.simulation.state().users.find(id)
    }

    /// Adds a user; `None` if its id is taken.
    pub fn add_user(&self, user: NewUser) -> Option<User> {
        self.simulation.state().users.add(user)
    }

    /// Changes a user; `None` if there is no such user.
    pub fn change_user(&self, id: i64, change: UserChange) -> Option<User> {
        self.simulation.state().users.change(id, change)
    }

    /// Removes a user; `None` if there is no such user.
    pub fn remove_user(&self, id: i64) -> Option<User> {
        self.simulation.state().users.remove(id)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // If the thread panicked it has stopped as well.
            let _ = thread.join();
        }
    }
}

impl Ready {
    fn new(options: &Options, platform: SocketAddr, plain: Option<SocketAddr>) -> Self {
        let scheme = if options.tls { "https" } else { "http" };
        let base_path = options.base_path();
        let control = plain.unwrap_or(platform);
        let with_account = options.edition == Edition::Of2024;
        Self {
            base_url: format!("{scheme}://{platform}{base_path}"),
            control_url: format!("http://{control}{CONTROL_PATH}"),
            plain_base_url: plain.map(|plain| format!("http://{plain}{base_path}")),
            ca_file: options
                .ca_out
                .as_ref()
                .map(|file| file.display().to_string()),
            username: with_account.then(|| options.username.clone()),
            password: with_account.then(|| options.password.clone()),
        }
    }
}
