//! What a simulator is started with: the command line of the binary, and the same as a value for tests.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::behaviour::BehaviourChange;

/// Which of the vendor's two documents the simulator follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Edition {
    /// July 2022: no project name in the address, no authentication.
    #[value(name = "2022")]
    Of2022,
    /// 2024: a project name, `GenerateToken` and the `panda-token` header.
    #[value(name = "2024")]
    Of2024,
}

/// How a simulator starts; the flags of the binary. `Options::default()` is the binary started without flags.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "panda-simulator",
    version,
    about = "A stand-in for the Panda Smart Water platform (熊猫智慧水务), for tests and integrators",
    long_about = "A stand-in for the Panda Smart Water platform (熊猫智慧水务), for tests and for integrators who have no test tickets.\n\n\
        On start it prints one line of JSON: baseUrl (for the client), controlUrl (for the test), plainBaseUrl, caFile, username and password.\n\
        It serves until SIGTERM or Ctrl-C.",
    after_long_help = EXAMPLES
)]
pub struct Options {
    /// The vendor's document to follow
    #[arg(long, value_enum, default_value_t = Edition::Of2024)]
    pub edition: Edition,

    /// The project's name in the address (2024)
    #[arg(long, default_value = "panda")]
    pub project: String,

    /// The account that GenerateToken accepts (2024)
    #[arg(long, default_value = "xiaomi")]
    pub username: String,

    /// Its password (2024)
    #[arg(long, default_value = "abcdefg")]
    pub password: String,

    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    pub bind: IpAddr,

    /// The platform's port; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub port: u16,

    /// How many users the platform has
    #[arg(long, default_value_t = 3661)]
    pub users: u32,

    /// The seed that the users are generated from; the same seed gives the same users
    #[arg(long, default_value_t = 2022)]
    pub seed: u64,

    /// How long a token lives, in milliseconds
    #[arg(long, default_value_t = 7_200_000)]
    pub token_life_ms: u64,

    /// How long a ticket lives after it was issued or last looked up, in milliseconds
    #[arg(long, default_value_t = 300_000)]
    pub ticket_life_ms: u64,

    /// Settings as for PUT /behaviour, as JSON, e.g. '{"encoding":"gbk"}'
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub behaviour: BehaviourChange,

    /// How many requests per endpoint are kept for GET /requests
    #[arg(long, default_value_t = 1000)]
    pub keep_requests: usize,

    /// Serve https, with a certificate for 127.0.0.1 and localhost of a private authority made at start.
    /// A second, plain port then serves the control endpoints, and refuses the platform's paths
    #[arg(long)]
    pub tls: bool,

    /// Where to write that authority's certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub ca_out: Option<PathBuf>,

    /// A name or address in the certificate instead of 127.0.0.1 and localhost; may be given more than once
    #[arg(long, value_name = "NAME", requires = "tls")]
    pub tls_name: Vec<String>,

    /// Let the certificate have expired
    #[arg(long, requires = "tls")]
    pub tls_expired: bool,

    /// Ask clients for a certificate of that authority, and write one, with its key, in PEM
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub client_out: Option<PathBuf>,

    /// Let the plain port redirect the platform's paths to https with this status, e.g. 307 or 308
    #[arg(long, value_name = "STATUS", requires = "tls", value_parser = clap::value_parser!(u16).range(300..400))]
    pub redirect_to_https: Option<u16>,

    /// The plain port beside https; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub plain_port: u16,

    /// Stop when standard input is closed, so that no simulator outlives the test that started it
    #[arg(long)]
    pub exit_with_stdin: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self::parse_from(["panda-simulator"])
    }
}

impl Options {
    /// The path that the platform's own paths begin with: empty in 2022, `/` and the project's name in 2024.
    pub(crate) fn base_path(&self) -> String {
        match self.edition {
            Edition::Of2022 => String::new(),
            Edition::Of2024 => format!("/{}", self.project),
        }
    }
}

const EXAMPLES: &str = "\
Examples (with --port 8080; README.md of this crate lists every setting and fault):

  A ticket for user 1, as the platform would append it to your sign-in route:
    curl -d '{\"userId\":1}' http://127.0.0.1:8080/_simulator/tickets
  ... with a text and a life of your choice:
    curl -d '{\"userId\":1,\"ticket\":\"a+b/=&?#% 中\",\"lifeMs\":2000}' http://127.0.0.1:8080/_simulator/tickets

  What the client then asks:
    curl -d 'username=xiaomi&password=abcdefg' http://127.0.0.1:8080/panda/GenerateToken
    curl -H 'panda-token: TOKEN' 'http://127.0.0.1:8080/panda/PandaOMS/OMS/GetUsers?pageIndex=1&pageSize=100'
    curl -H 'panda-token: TOKEN' 'http://127.0.0.1:8080/panda/PandaOMS/OMS/GetUserByTicket?ticket=TICKET'

  Declare every token dead:
    curl -X POST http://127.0.0.1:8080/_simulator/tokens/revoke

  Read the settings; change some (short tokens, slashed times, GBK); go back to those of the start:
    curl http://127.0.0.1:8080/_simulator/behaviour
    curl -X PUT -d '{\"tokenLifeMs\":2000,\"expirationFormat\":\"slash\",\"encoding\":\"gbk\"}' http://127.0.0.1:8080/_simulator/behaviour
    curl -X DELETE http://127.0.0.1:8080/_simulator/behaviour
  A list that moves while it is read; pages capped at 100:
    curl -X PUT -d '{\"moving\":{\"action\":\"insertFront\",\"every\":2,\"times\":3},\"pageCap\":100}' http://127.0.0.1:8080/_simulator/behaviour

  Faults: the next two GetUsers fail with 503; every third request is dropped; all is well again:
    curl -d '{\"endpoint\":\"GetUsers\",\"times\":2,\"fault\":{\"status\":{\"status\":503,\"retryAfter\":\"1\"}}}' http://127.0.0.1:8080/_simulator/faults
    curl -d '{\"every\":3,\"fault\":\"drop\"}' http://127.0.0.1:8080/_simulator/faults
    curl -X DELETE http://127.0.0.1:8080/_simulator/faults
  Any answer of your own, once:
    curl -d '{\"endpoint\":\"GetUserByTicket\",\"times\":1,\"fault\":{\"answer\":{\"status\":200,\"body\":\"{\\\"code\\\":7}\"}}}' http://127.0.0.1:8080/_simulator/faults

  Users: add one, rename one, remove one:
    curl -d '{\"userName\":\"新用户\",\"phone\":\"13800000000\",\"at\":\"front\"}' http://127.0.0.1:8080/_simulator/users
    curl -X PATCH -d '{\"userName\":\"陈涛二\"}' http://127.0.0.1:8080/_simulator/users/1
    curl -X DELETE http://127.0.0.1:8080/_simulator/users/3

  What was asked of the platform, how often, and the last requests:
    curl http://127.0.0.1:8080/_simulator/counters
    curl http://127.0.0.1:8080/_simulator/requests
    curl -X POST http://127.0.0.1:8080/_simulator/counters/reset
";
