//! The URL of a Redis token store: one server, a node of a cluster, a socket, or sentinels.

use std::fmt;

use percent_encoding::percent_decode_str;

/// A server's host and port.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) host: String,
    pub(super) port: u16,
}

/// What a server is greeted with; the password is empty where nothing is asked for.
#[derive(Default)]
pub(super) struct Account {
    /// Empty for the server's default user.
    pub(super) name: String,
    pub(super) password: String,
}

pub(super) enum Place {
    /// A server, or any node of a cluster.
    Node(Node),
    /// A socket of this machine.
    Socket(String),
    /// Those who know where the master of that name is.
    Sentinels {
        sentinels: Vec<Node>,
        account: Account,
        master: String,
    },
}

pub(super) struct Address {
    pub(super) tls: bool,
    pub(super) place: Place,
    pub(super) account: Account,
    pub(super) database: u32,
}

/// What is wrong with a URL. It quotes nothing: any part of a mistaken URL may be the password.
type Problem = &'static str;

const ACCOUNT: Problem = "a password alone is written as `redis://:password@host`, with a user as `redis://user:password@host`";
const ESCAPES: Problem =
    "`#`, `/`, `?`, `@`, `:` and `%` in a password are written as %23, %2F, %3F, %40, %3A and %25";

impl Address {
    pub(super) fn read(url: &str) -> Result<Address, Problem> {
        let (scheme, whole) = url.split_once("://").unwrap_or((url, ""));
        let (rest, query) = whole.split_once('?').unwrap_or((whole, ""));
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (account, hosts) = match authority.rsplit_once('@') {
            _ if whole.contains('#') => return Err(ESCAPES),
            Some((account, hosts)) => (read_account(account)?, hosts),
            // A password with one of these ends the host's part early.
            None if whole.contains('@') && scheme != "redis+unix" => return Err(ESCAPES),
            None => (Account::default(), authority),
        };
        let (place, database) = match scheme {
            "redis" | "rediss" => (Place::Node(read_node(hosts, 6379)?), path),
            "redis+unix" if !hosts.is_empty() || path.len() < 2 => {
                return Err("a socket is named by its whole path: `redis+unix:///run/redis.sock`");
            }
            "redis+unix" => (Place::Socket(decode(path)?), ""),
            "redis+sentinel" | "rediss+sentinel" => {
                let names = path.strip_prefix('/').unwrap_or(path);
                let (master, database) = names.split_once('/').unwrap_or((names, ""));
                if master.is_empty() {
                    return Err(
                        "the master's name is missing: `redis+sentinel://host1,host2/mymaster`",
                    );
                }
                let sentinels = hosts.split(',').map(|host| read_node(host, 26379));
                let place = Place::Sentinels {
                    sentinels: sentinels.collect::<Result<_, _>>()?,
                    account: Account::default(),
                    master: decode(master)?,
                };
                (place, database)
            }
            _ => return Err("it is no URL of a Redis server"),
        };
        let mut address = Address {
            tls: scheme.starts_with("rediss"),
            place,
            account,
            database: read_database(database.strip_prefix('/').unwrap_or(database))?,
        };
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            address.take_parameter(parameter)?;
        }
        for account in address.accounts() {
            if account.password.is_empty() && !account.name.is_empty() {
                return Err(ACCOUNT);
            }
        }
        Ok(address)
    }

    fn take_parameter(&mut self, parameter: &str) -> Result<(), Problem> {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = decode(value)?;
        match (name, &mut self.place) {
            ("db", _) => self.database = read_database(&value)?,
            ("user" | "username", _) => self.account.name = value,
            ("pass" | "password", _) => self.account.password = value,
            ("sentinelUsername", Place::Sentinels { account, .. }) => account.name = value,
            ("sentinelPassword", Place::Sentinels { account, .. }) => account.password = value,
            _ => {
                return Err(
                    "of the parameters after `?` only `db`, `user`, `pass` and, for sentinels, \
                     `sentinelUsername` and `sentinelPassword` are known",
                );
            }
        }
        Ok(())
    }

    fn accounts(&self) -> impl Iterator<Item = &Account> {
        let sentinels = match &self.place {
            Place::Sentinels { account, .. } => Some(account),
            _ => None,
        };
        sentinels.into_iter().chain([&self.account])
    }
}

fn read_account(text: &str) -> Result<Account, Problem> {
    let (name, password) = match text.split_once(':') {
        Some(parts) => parts,
        None if text.is_empty() => ("", ""),
        None => return Err(ACCOUNT),
    };
    Ok(Account {
        name: decode(name)?,
        password: decode(password)?,
    })
}

fn read_node(text: &str, default_port: u16) -> Result<Node, Problem> {
    let (host, port) = match text.strip_prefix('[') {
        Some(bracketed) => bracketed
            .split_once(']')
            .ok_or("an IPv6 address ends with `]`")?,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    if host.is_empty() {
        return Err("a host is missing");
    }
    if host.contains(|character: char| character.is_whitespace() || character.is_control()) {
        return Err("a host holds a space or a control character");
    }
    let port = match port {
        "" => default_port,
        _ => port.strip_prefix(':').and_then(digits).filter(|port| *port != 0).ok_or(
            "a port is a number up to 65535; an IPv6 address stands in brackets, and a password before `@`",
        )?,
    };
    let host = host.to_owned();
    Ok(Node { host, port })
}

fn read_database(text: &str) -> Result<u32, Problem> {
    match text {
        "" => Ok(0),
        _ => digits(text).ok_or("the database is a number"),
    }
}

/// A number without a sign.
fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    let number = text.parse().ok()?;
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(number)
}

fn decode(text: &str) -> Result<String, Problem> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map_or(Err("its %XX are no UTF-8"), |text| Ok(text.into_owned()))
}

impl fmt::Display for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An address in words.
    fn told(url: &str) -> String {
        let address = Address::read(url).unwrap_or_else(|problem| panic!("{url}: {problem}"));
        let place = match &address.place {
            Place::Node(node) => node.to_string(),
            Place::Socket(path) => path.clone(),
            Place::Sentinels {
                sentinels,
                account,
                master,
            } => {
                let sentinels: Vec<String> = sentinels.iter().map(Node::to_string).collect();
                let (name, password) = (&account.name, &account.password);
                format!("{} {master} {name}:{password}", sentinels.join(","))
            }
        };
        let (name, password) = (&address.account.name, &address.account.password);
        let (tls, database) = (address.tls, address.database);
        format!("{place} {name}:{password} {database} {tls}")
    }

    #[test]
    fn addresses_in_every_form_are_read() {
        for (url, expected) in [
            ("redis://h", "h:6379 : 0 false"),
            ("redis://h:1/", "h:1 : 0 false"),
            ("redis://:p@h:1/3", "h:1 :p 3 false"),
            ("rediss://u:p@[::1]:1?db=4", "::1:1 u:p 4 true"),
            ("redis://[fe80::1]", "fe80::1:6379 : 0 false"),
            ("redis://u:a%40%2F%23%E9%A1%B9@h", "h:6379 u:a@/#项 0 false"),
            ("redis://u:a@b:c@h", "h:6379 u:a@b:c 0 false"),
            ("redis://@h", "h:6379 : 0 false"),
            ("redis+unix:///run/r.sock", "/run/r.sock : 0 false"),
            (
                "redis+unix:///run/a%20b.sock?db=2&user=u&pass=p",
                "/run/a b.sock u:p 2 false",
            ),
            ("redis+unix://u:p@/r?password=q", "/r u:q 0 false"),
            ("redis+sentinel://h/m", "h:26379 m : : 0 false"),
            (
                "redis+sentinel://u:p@h1:1,[::1]:2,h3/my%20master/5",
                "h1:1,::1:2,h3:26379 my master : u:p 5 false",
            ),
            (
                "rediss+sentinel://h/m?sentinelUsername=s&sentinelPassword=q&db=1",
                "h:26379 m s:q : 1 true",
            ),
        ] {
            assert_eq!(told(url), expected, "{url}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_url_is_said_without_quoting_it() {
        for (url, expected) in [
            ("redis+tcp://hush", "no URL"),
            ("redis://", "host"),
            ("redis:///0", "host"),
            ("redis://:hush@", "host"),
            ("redis://:hush@h ost", "host"),
            ("redis://hush@h", "redis://:password@host"),
            ("redis://hush:@h", "redis://:password@host"),
            ("redis://:hush", "host"),
            ("redis://h:hush", "port"),
            ("redis://h:0", "port"),
            ("redis://h:+1", "port"),
            ("redis://h:65536", "port"),
            ("redis://::1", "host"),
            ("redis://fe80::1", "IPv6"),
            ("redis://[::1", "IPv6"),
            ("redis://h/hush", "database"),
            ("redis://h/-1", "database"),
            ("redis://h?db=hush", "database"),
            ("redis://h?ssl_cert_reqs=hush", "parameters"),
            ("redis://h?sentinelPassword=hush", "parameters"),
            ("redis://:hu#sh@h", "%23"),
            ("redis://:hu/sh@h", "%2F"),
            ("redis://u:hu?sh@h", "%3F"),
            ("redis://:%ff@h", "UTF-8"),
            ("redis+unix://", "redis+unix:///run"),
            ("redis+unix:///", "redis+unix:///run"),
            ("redis+unix://run/redis.sock", "redis+unix:///run"),
            ("redis+sentinel://h1,h2", "mymaster"),
            ("redis+sentinel://h1,h2/", "mymaster"),
            ("redis+sentinel://h1,,h2/m", "host"),
            ("redis+sentinel://h/m/hush", "database"),
            (
                "redis+sentinel://h/m?sentinelUsername=hush",
                "redis://:password@host",
            ),
        ] {
            let problem = Address::read(url).err().unwrap_or_else(|| panic!("{url}"));
            assert!(problem.contains(expected), "{url}: {problem}");
            assert!(!problem.contains("hush"), "{url}: {problem}");
        }
    }
}
