//! Asks the Redis server that a URL names: greets it, follows a cluster's redirections, and finds
//! the master by its sentinels. Over a connection of its own each time, so that nothing rests
//! between calls.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::address::{Account, Address, Node, Place};
use super::connection::{self, Connection};
use super::resp::{Answer, Command, Conversation, Failure, Stream};
use crate::deadline::Deadline;
use crate::system;
use crate::token::store::Trouble;
use crate::transport::dns::Resolver;
use crate::transport::{Transport, WANTS_CERTIFICATE};

pub(super) struct Server {
    address: Address,
    resolver: Resolver,
    tls: Option<Arc<ClientConfig>>,
    /// The node that a cluster or the sentinels led to, until it fails.
    found: Mutex<Option<Node>>,
}

/// To the node that keeps a key, and to the one that it is moving to.
const MAX_REDIRECTIONS: u32 = 2;

type Answers = Result<Vec<Answer>, Failure>;

/// Where to ask instead.
#[derive(Debug, PartialEq)]
struct Redirection {
    node: Node,
    /// For this once; the node expects to be told so.
    asking: bool,
}

impl Server {
    pub(super) fn new(url: &str, transport: &Transport) -> Result<Server, Trouble> {
        let address = Address::read(url).map_err(Trouble::lasting)?;
        let (resolver, tls) = transport.network();
        Ok(Server {
            tls: address.tls.then(|| Arc::new(tls)),
            address,
            resolver,
            found: Mutex::default(),
        })
    }

    /// Asks the commands one after the other; an answer to each.
    pub(super) fn ask(
        &self,
        commands: &[Command<'_>],
        limit: Deadline<'_>,
    ) -> Result<Vec<Answer>, Trouble> {
        // TLS writes of itself.
        let asked = system::without_sigpipe(|| (self.ask_anybody(commands, limit), true));
        asked.map_err(trouble)
    }

    fn ask_anybody(&self, commands: &[Command<'_>], limit: Deadline<'_>) -> Answers {
        let found = self.found().clone();
        if let Some(node) = found {
            // The other half is for finding another, should it be gone.
            match self.follow(&node, commands, limit.within(limit.left() / 2)) {
                Err(failure) if failure.is_of_place() => *self.found() = None,
                done => return done,
            }
        }
        match &self.address.place {
            Place::Node(node) => self.follow(node, commands, limit),
            Place::Socket(path) => {
                let mut connection = connection::to_socket(path, limit)?;
                self.converse(&mut connection, false, commands)
            }
            Place::Sentinels {
                sentinels,
                account,
                master,
            } => {
                let mut last = io::Error::from(io::ErrorKind::NotFound).into();
                for (index, sentinel) in sentinels.iter().enumerate() {
                    let others = (sentinels.len() - index) as u32;
                    let share = limit.within(limit.left() / (others + 1));
                    let share_of_master = |node: &Node| {
                        let share = limit.within(limit.left() / others);
                        self.follow(node, commands, share)
                    };
                    let node = self.ask_sentinel(sentinel, account, master, share);
                    match node.and_then(|node| Ok((share_of_master(&node)?, node))) {
                        Ok((answers, node)) => {
                            *self.found() = Some(node);
                            return Ok(answers);
                        }
                        Err(failure) => last = failure,
                    }
                }
                Err(last)
            }
        }
    }

    fn ask_sentinel(
        &self,
        sentinel: &Node,
        account: &Account,
        master: &str,
        limit: Deadline<'_>,
    ) -> Result<Node, Failure> {
        let mut stream = self.connect(sentinel, limit)?;
        let mut conversation = Conversation::new(&mut *stream);
        greet(&mut conversation, &[&account.command()])?;
        conversation.write(&[&[b"SENTINEL", b"get-master-addr-by-name", master.as_bytes()]])?;
        let told = conversation.read()?;
        told.into_node().ok_or_else(|| {
            io::Error::other("the sentinels know no master of the name in `tokenStore`").into()
        })
    }

    /// Asks a node, or the ones that it and the next one name instead.
    fn follow(&self, node: &Node, commands: &[Command<'_>], limit: Deadline<'_>) -> Answers {
        let mut place = Redirection {
            node: node.clone(),
            asking: false,
        };
        for _ in 0..MAX_REDIRECTIONS {
            let answers = self.ask_node(&place.node, place.asking, commands, limit);
            let Err(Failure::Refused(line)) = &answers else {
                return answers;
            };
            let Some(next) = Redirection::read(line, &place.node) else {
                return answers;
            };
            if !next.asking {
                *self.found() = Some(next.node.clone());
            }
            place = next;
        }
        self.ask_node(&place.node, place.asking, commands, limit)
    }

    fn ask_node(
        &self,
        node: &Node,
        asking: bool,
        commands: &[Command<'_>],
        limit: Deadline<'_>,
    ) -> Answers {
        self.converse(&mut *self.connect(node, limit)?, asking, commands)
    }

    fn connect<'a>(
        &self,
        node: &Node,
        limit: Deadline<'a>,
    ) -> Result<Box<dyn Stream + 'a>, Failure> {
        let plain: Connection<'a> = connection::to_node(node, &self.resolver, limit)?;
        let Some(tls) = &self.tls else {
            return Ok(Box::new(plain));
        };
        let name = ServerName::try_from(node.host.clone()).map_err(io::Error::other)?;
        let connection = ClientConnection::new(tls.clone(), name).map_err(io::Error::other)?;
        Ok(Box::new(StreamOwned::new(connection, plain)))
    }

    fn converse(&self, stream: &mut dyn Stream, asking: bool, commands: &[Command<'_>]) -> Answers {
        let mut conversation = Conversation::new(stream);
        let database = self.address.database.to_string();
        let select: [&[u8]; 2] = [b"SELECT", database.as_bytes()];
        let is_default = self.address.database == 0;
        let select: Command<'_> = if is_default { &[] } else { &select };
        greet(
            &mut conversation,
            &[&self.address.account.command(), select],
        )?;
        if let Place::Sentinels { .. } = self.address.place {
            check_master(&mut conversation)?;
        }
        let mut all: Vec<Command<'_>> = Vec::new();
        for command in commands {
            if asking {
                all.push(&[b"ASKING"]);
            }
            all.push(command);
        }
        conversation.write(&all)?;
        let mut answers = Vec::new();
        for command in all {
            let answer = conversation.read()?;
            if command != [b"ASKING"] {
                answers.push(answer);
            }
        }
        Ok(answers)
    }

    fn found(&self) -> MutexGuard<'_, Option<Node>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says who is asking and what for, before anything is asked: nothing goes to another database.
fn greet(conversation: &mut Conversation<'_>, commands: &[Command<'_>]) -> Result<(), Failure> {
    let commands: Vec<_> = (commands.iter().copied())
        .filter(|command| !command.is_empty())
        .collect();
    if !commands.is_empty() {
        conversation.write(&commands)?;
    }
    for _ in commands {
        conversation.read()?;
    }
    Ok(())
}

/// Sentinels may tell of a master that is none any more.
fn check_master(conversation: &mut Conversation<'_>) -> Result<(), Failure> {
    conversation.write(&[&[b"ROLE"]])?;
    match conversation.read() {
        Ok(Answer::List(parts)) if parts.first() != Some(&Answer::Text(b"master".to_vec())) => {
            Err(io::Error::other("the sentinels lead to a replica").into())
        }
        // Who may not ask that finds out by what is asked next.
        Ok(_) | Err(Failure::Refused(_)) => Ok(()),
        Err(failure) => Err(failure),
    }
}

impl Failure {
    /// Whether another node may do better.
    fn is_of_place(&self) -> bool {
        match self {
            Failure::Broken(_) => true,
            Failure::Refused(line) => line.starts_with("READONLY "),
        }
    }
}

impl Account {
    /// The command that proves it, or an empty one.
    fn command(&self) -> Vec<&[u8]> {
        let (name, password) = (self.name.as_bytes(), self.password.as_bytes());
        match (password.is_empty(), name.is_empty()) {
            (true, _) => Vec::new(),
            (false, true) => vec![b"AUTH", password],
            (false, false) => vec![b"AUTH", name, password],
        }
    }
}

impl Answer {
    fn into_node(self) -> Option<Node> {
        let Answer::List(parts) = self else {
            return None;
        };
        let mut texts = parts.into_iter().map(|part| match part {
            Answer::Text(text) => String::from_utf8(text).ok(),
            _ => None,
        });
        let (host, port) = (texts.next()??, texts.next()??);
        Some(Node {
            host,
            port: port.parse().ok()?,
        })
    }
}

impl Redirection {
    /// Of an error such as `MOVED 3999 10.0.0.9:6381`, from a node; without a host it is that
    /// node's.
    fn read(line: &str, from: &Node) -> Option<Redirection> {
        let mut words = line.split(' ');
        let asking = match words.next()? {
            "MOVED" => false,
            "ASK" => true,
            _ => return None,
        };
        let (host, port) = words.nth(1)?.rsplit_once(':')?;
        let host = match host {
            "" | "?" => &from.host,
            _ => host.trim_start_matches('[').trim_end_matches(']'),
        };
        Some(Redirection {
            node: Node {
                host: host.to_owned(),
                port: port.parse().ok()?,
            },
            asking,
        })
    }
}

/// What to do where no secure connection comes about.
fn advice(error: &io::Error) -> &'static str {
    use rustls::{AlertDescription, CertificateError, Error};

    match error.get_ref().and_then(|error| error.downcast_ref()) {
        Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            "; name its authority's certificate in `caFile`"
        }
        Some(Error::AlertReceived(AlertDescription::CertificateRequired)) => WANTS_CERTIFICATE,
        _ => "",
    }
}

/// What a failure is to who reads the log. Of the server's own words only the first is shown: some
/// errors repeat what they were asked, the password with it.
fn trouble(failure: Failure) -> Trouble {
    let line = match failure {
        Failure::Broken(error) => {
            let told = error.get_ref().map(ToString::to_string).unwrap_or_default();
            let why = match error.kind() {
                io::ErrorKind::TimedOut if told.is_empty() => {
                    "Redis does not answer in time".to_owned()
                }
                _ => format!("Redis: {error}{}", advice(&error)),
            };
            return Trouble {
                // Neither another certificate nor another server is there a moment later.
                lasts: error.kind() == io::ErrorKind::InvalidData,
                why,
            };
        }
        Failure::Refused(line) => line,
    };
    let code = line.split(' ').next().unwrap_or_default();
    let is_code = code.len() <= 20 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    let code = if is_code { code } else { "an error" };
    let meaning = match code {
        "READONLY" => ": it is a replica; name the master, a cluster or sentinels",
        "OOM" => ": its memory is full",
        "NOPERM" => ": its user needs GET, SET, DEL, EVAL (and SELECT) on keys panda-water:*",
        "NOAUTH" => ": it wants a password",
        "WRONGPASS" => ": its user or password is another",
        "NOREPLICAS" => ": it has too few replicas to be written to",
        "MISCONF" => ": it cannot save to its disk",
        "LOADING" => ": it is reading its data",
        "DENIED" => ": it is in protected mode",
        _ => "",
    };
    Trouble::lasting(format!("Redis answers {code}{meaning}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(host: &str, port: u16) -> Node {
        let host = host.to_owned();
        Node { host, port }
    }

    #[test]
    fn redirections_are_read_in_every_form() {
        let from = node("h", 1);
        for (line, expected) in [
            (
                "MOVED 3999 10.0.0.9:6381",
                Some((node("10.0.0.9", 6381), false)),
            ),
            (
                "ASK 3999 redis.local:6381",
                Some((node("redis.local", 6381), true)),
            ),
            ("MOVED 3999 :6381", Some((node("h", 6381), false))),
            ("MOVED 3999 ?:6381", Some((node("h", 6381), false))),
            (
                "MOVED 3999 fe80::1:6381",
                Some((node("fe80::1", 6381), false)),
            ),
            (
                "MOVED 3999 [fe80::1]:6381",
                Some((node("fe80::1", 6381), false)),
            ),
            ("MOVED 3999 h:", None),
            ("MOVED 3999 h:65536", None),
            ("MOVED 3999", None),
            ("MOVED", None),
            ("CLUSTERDOWN Hash slot not served", None),
            ("", None),
        ] {
            let read = Redirection::read(line, &from);
            let expected = expected.map(|(node, asking)| Redirection { node, asking });
            assert_eq!(read, expected, "{line}");
        }
    }

    #[test]
    fn of_a_servers_error_only_its_code_is_shown() {
        for (line, expected) in [
            (
                "OOM command not allowed",
                "Redis answers OOM: its memory is full",
            ),
            (
                "ERR unknown command 'AUTH', with args beginning with: 'hush'",
                "Redis answers ERR",
            ),
            ("hush", "Redis answers an error"),
            ("", "Redis answers "),
        ] {
            let trouble = trouble(Failure::Refused(line.to_owned()));
            assert!(trouble.why.starts_with(expected), "{line}: {}", trouble.why);
            assert!(trouble.lasts && !trouble.why.contains("hush"));
        }
    }
}
