//! A configured platform, and what can be asked of it.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::Instant;

use http::Uri;
use http::header::{CONTENT_TYPE, DATE};
use http::uri::PathAndQuery;
use hyper::body::Bytes;

use crate::config::{Config, Credentials};
use crate::error::{Endpoint, Error, Kind, Result};
use crate::listing::{ListQuery, Users};
use crate::liveness::Liveness;
use crate::platform::envelope::{self, Answer, Refusal};
use crate::platform::users::{self, Layout, Page};
use crate::platform::{percent_encode, time, token};
use crate::stats::Stats;
use crate::token::Token;
use crate::token_cache::TokenCache;
use crate::transport::{Reply, Request, Transport};
use crate::user::{User, UserPage, from_normalised};

/// Rounds of one call over tokens that died under it: the first, the one repetition that it is
/// owed, and more where others had replaced the repetition's token already.
const MAX_ROUNDS: u32 = 4;

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
pub struct Client(Arc<Inner>);

struct Inner {
    config: Config,
    transport: Transport,
    tokens: TokenCache,
    liveness: Liveness,
    stats: Arc<Stats>,
}

/// Which page of the users to get. What is `None` is not sent.
#[derive(Clone, Debug, Default)]
pub struct PageQuery {
    /// The page, from 1.
    pub page_index: Option<u64>,
    /// Users on a page, from 1 to 10,000; the platform's own default is 25.
    pub page_size: Option<u64>,
    /// Text that the platform searches for.
    pub keyword: Option<String>,
}

/// Reads the text that answers one of the requests, which it is told by its index; the last
/// argument is what must be masked.
type ReadText<'a> = &'a mut dyn FnMut(usize, &str, &[&str]) -> Result<Said>;

/// What the platform said to a request.
enum Said {
    Accepted,
    Refused(Refusal),
}

impl Client {
    /// A client of the configured platform. Connects to nothing.
    ///
    /// # Errors
    ///
    /// [`Kind::Internal`] if TLS cannot be set up.
    pub fn new(config: Config) -> Result<Client> {
        let stats = Arc::new(Stats::default());
        let tokens = TokenCache::new(
            config.login_cooldown,
            config.token_store.clone(),
            stats.clone(),
        );
        Ok(Client(Arc::new(Inner {
            transport: Transport::new(&config, stats.clone())?,
            config,
            tokens,
            liveness: Liveness::new(),
            stats,
        })))
    }

    /// A client for a child process: the same configuration and token, nothing of what is under way.
    pub(crate) fn after_fork(&self) -> Result<Client> {
        let child = Client::new(self.0.config.clone())?;
        child.0.tokens.inherit(&self.0.tokens);
        Ok(child)
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
    /// [`Kind::Config`] without an account, [`Kind::Auth`] where the login is refused, and those of
    /// every request.
    pub fn get_token(&self) -> Result<Token> {
        self.token(self.deadline()).map(|token| (*token).clone())
    }

    /// One page of the users in use (both documents, interface ①), as the platform gives it.
    ///
    /// # Errors
    ///
    /// [`Kind::Rejected`] where the platform refuses, and those of every request.
    pub fn get_users(&self, query: &PageQuery) -> Result<UserPage> {
        self.page(query, Layout::Objects)
    }

    pub(crate) fn page(&self, query: &PageQuery, layout: Layout) -> Result<UserPage> {
        let page = self.pages(std::slice::from_ref(query), layout).pop();
        let page = page.ok_or_else(missing_page)??;
        Ok(UserPage { page, done: false })
    }

    /// All users (both documents, interface ①), page by page.
    pub fn users(&self, query: ListQuery) -> Users {
        Users::new(self.clone(), query)
    }

    /// The user who holds a ticket (both documents, interface ②). A success renews the ticket.
    ///
    /// # Errors
    ///
    /// [`Kind::Ticket`] for a ticket that the platform does not accept, [`Kind::Argument`] for an
    /// empty one, and those of every request.
    pub fn get_user_by_ticket(&self, ticket: &str) -> Result<User> {
        self.user_json_by_ticket(ticket)
            .map(|json| from_normalised(&json))
    }

    /// The same, as the user's normalised JSON.
    pub(crate) fn user_json_by_ticket(&self, ticket: &str) -> Result<String> {
        if ticket.is_empty() {
            return Err(Error::argument("`ticket` is empty"));
        }
        let endpoint = Endpoint::GetUserByTicket;
        let uri = &self.0.config.endpoints.get_user_by_ticket;
        let uri = with_query(uri, &[("ticket", Some(&percent_encode(ticket)))])?;
        let mut request = [Request::get(endpoint, uri)];
        let nobody = || {
            Error::new(
                Kind::Ticket,
                "the platform knows nobody with this ticket; it may have expired",
            )
            .at(endpoint)
        };
        let read = |data: Option<&str>| {
            let user = data.map_or(Ok(None), users::read_user);
            user.map_err(|error| envelope::unreadable(&error))?
                .ok_or_else(nobody)
        };
        let mut user = None;
        let said = &mut |_, text: &str, secrets: &[&str]| {
            read_answer(text, secrets, users::read_usual_user, read, &mut user)
        };
        let results = self.ask(&mut request, &[ticket], self.deadline(), said);
        results.into_iter().collect::<Result<()>>()?;
        user.ok_or_else(nobody)
    }

    /// Pages of the users, all asked for at once on this thread; a result each.
    pub(crate) fn pages(&self, queries: &[PageQuery], layout: Layout) -> Vec<Result<Page>> {
        let uri = &self.0.config.endpoints.get_users;
        let request = |query| Ok(Request::get(Endpoint::GetUsers, page_uri(uri, query)?));
        let mut requests = match queries
            .iter()
            .map(request)
            .collect::<Result<Vec<Request>>>()
        {
            Ok(requests) => requests,
            Err(error) => return queries.iter().map(|_| Err(error.clone())).collect(),
        };
        let mut pages: Vec<Option<Page>> = queries.iter().map(|_| None).collect();
        let said = &mut |index: usize, text: &str, secrets: &[&str]| {
            let page = &mut pages[index];
            let usual = |text: &str| users::read_usual_page(text, layout);
            read_answer(text, secrets, usual, |data| read_page(data, layout), page)
        };
        let results = self.ask(&mut requests, &[], self.deadline(), said);
        let results = results.into_iter().zip(pages);
        results
            .map(|(result, page)| result.and_then(|()| page.ok_or_else(missing_page)))
            .collect()
    }

    pub(crate) fn stats(&self) -> &Stats {
        &self.0.stats
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.0.config.deadline
    }

    /// Makes requests at once under the token, and once more under a new one where it is dead.
    /// `secrets` are masked in messages.
    fn ask(
        &self,
        requests: &mut [Request],
        secrets: &[&str],
        deadline: Instant,
        read: ReadText<'_>,
    ) -> Vec<Result<()>> {
        let mut results: Vec<Option<Result<()>>> = requests.iter().map(|_| None).collect();
        for round in 1..=MAX_ROUNDS {
            let (pending, mut asked): (Vec<usize>, Vec<&mut Request>) =
                (requests.iter_mut().enumerate())
                    .filter(|(index, _)| results[*index].is_none())
                    .unzip();
            let token = match self.token_if_configured(deadline) {
                Ok(token) => token,
                Err(error) => {
                    pending
                        .iter()
                        .for_each(|&index| results[index] = Some(Err(error.clone())));
                    break;
                }
            };
            let mut masked = self.secrets(token.as_deref());
            masked.extend(secrets);
            for request in &mut asked {
                request.token = token.as_ref().map(|token| token.header());
            }
            let mut refusals: Vec<Option<Refusal>> = pending.iter().map(|_| None).collect();
            let transport = &self.0.transport;
            let said = transport.send_all(&mut asked, deadline, &mut |at, reply| {
                if let Said::Refused(refusal) = read(pending[at], &reply.text(), &masked)? {
                    refusals[at] = Some(refusal);
                }
                Ok(())
            });
            let mut renewal_owed = false;
            for ((&index, said), refusal) in pending.iter().zip(said).zip(refusals) {
                let request = &requests[index];
                results[index] = match (said, refusal, &token) {
                    (Ok(()), None, _) => Some(Ok(())),
                    (Ok(()), Some(refusal), None) => {
                        let kind = refused_kind(request.endpoint);
                        Some(Err(refused(refusal, kind, request)))
                    }
                    (Ok(()), Some(refusal), Some(token)) => self
                        .judge_refusal(refusal, request, token, round, deadline)
                        .map(Err),
                    (Err(error), _, Some(token)) if denies_access(&error) => {
                        self.judge_denial(error, request, token, round).map(Err)
                    }
                    (Err(error), ..) => Some(Err(error)),
                };
                renewal_owed |= results[index].is_none();
            }
            if !renewal_owed {
                break;
            }
            if let Some(token) = token {
                self.0.tokens.invalidate(&token);
            }
        }
        let results: Vec<Result<()>> = results.into_iter().flatten().collect();
        debug_assert_eq!(results.len(), requests.len());
        for (request, result) in requests.iter().zip(&results) {
            let stats = self.0.stats.of(request.endpoint);
            stats.calls.add(1);
            if let Err(error) = result {
                stats.failed(error);
            }
        }
        results
    }

    /// The error that a refusal comes to, or `None` where the token is dead and a new one is due.
    fn judge_refusal(
        &self,
        refusal: Refusal,
        request: &Request,
        token: &Token,
        round: u32,
        deadline: Instant,
    ) -> Option<Error> {
        let ask = || self.token_is_accepted(token, deadline);
        let kind = match self.0.liveness.is_alive(token, &refusal, deadline, ask) {
            Err(error) => return Some(error),
            Ok(true) => refused_kind(request.endpoint),
            Ok(false) if self.may_renew(token, round) => return None,
            // Not even a fresh token changes it: for a while, asking again is pointless.
            Ok(false) => {
                self.0.liveness.clear(token, &refusal);
                match refusal.speaks_of_authentication() {
                    true => Kind::Auth,
                    false => refused_kind(request.endpoint),
                }
            }
        };
        Some(refused(refusal, kind, request))
    }

    /// The same for HTTP 401 and 403.
    fn judge_denial(
        &self,
        error: Error,
        request: &Request,
        token: &Token,
        round: u32,
    ) -> Option<Error> {
        if self.may_renew(token, round) {
            return None;
        }
        let status = error.http_status().unwrap_or_default();
        let message = format!(
            "HTTP status {status} under a fresh token; the account may lack the right to this interface"
        );
        let error = Error::new(Kind::Auth, message).with_http_status(status);
        Some(error.at(request.endpoint).with_attempts(request.attempts))
    }

    /// Each call is owed one repetition under a new token, and another one only where its token was
    /// replaced, or fetched, by somebody else.
    fn may_renew(&self, token: &Token, round: u32) -> bool {
        let not_ours = token.is_adopted() || !self.0.tokens.is_current(token);
        round == 1 || (round < MAX_ROUNDS && not_ours)
    }

    /// Asks for one user under a token.
    fn token_is_accepted(&self, token: &Token, deadline: Instant) -> Result<bool> {
        let query = PageQuery {
            page_index: Some(1),
            page_size: Some(1),
            keyword: None,
        };
        let uri = page_uri(&self.0.config.endpoints.get_users, &query)?;
        let mut request = Request::get(Endpoint::GetUsers, uri);
        request.token = Some(token.header());
        let secrets = self.secrets(Some(token));
        let said = self.0.transport.send(&mut request, deadline, |reply| {
            Ok(matches!(
                envelope::read(&reply.text(), &secrets)?,
                Answer::Accepted(_)
            ))
        });
        match said {
            Err(error) if denies_access(&error) => Ok(false),
            said => said,
        }
    }

    fn token_if_configured(&self, deadline: Instant) -> Result<Option<Arc<Token>>> {
        match self.0.config.credentials {
            Some(_) => self.token(deadline).map(Some),
            None => Ok(None),
        }
    }

    fn token(&self, deadline: Instant) -> Result<Arc<Token>> {
        let credentials = self.0.config.credentials.as_ref().ok_or_else(|| {
            Error::config("a token needs `username` and `password` in the configuration")
        })?;
        self.0
            .tokens
            .get(deadline, || self.log_in(credentials, deadline))
    }

    fn log_in(&self, credentials: &Credentials, deadline: Instant) -> Result<Token> {
        let endpoint = Endpoint::GenerateToken;
        let mut request = Request::get(endpoint, self.0.config.endpoints.generate_token.clone());
        request.form = Some(format!(
            "username={}&password={}",
            percent_encode(&credentials.username),
            percent_encode(&credentials.password)
        ));
        let secrets = self.secrets(None);
        let granted = self.0.transport.send(&mut request, deadline, |reply| {
            let date = reply.header(DATE).and_then(time::parse_http_date);
            match token::read(&reply.text(), &secrets, self.0.config.time_zone)? {
                Ok(grant) => Token::new(grant, date),
                Err(refusal) => Err(refusal.into_error(Kind::Auth, endpoint)),
            }
        });
        let granted = granted.map_err(|error| match error.http_status() {
            Some(status @ (401 | 403)) => Error::new(
                Kind::Auth,
                format!("the login was refused with HTTP status {status}"),
            )
            .at(endpoint)
            .with_http_status(status)
            .with_attempts(request.attempts),
            _ => error,
        });
        let stats = self.0.stats.of(endpoint);
        stats.calls.add(1);
        match &granted {
            Ok(_) => log::debug!("a token was fetched"),
            Err(error) => {
                stats.failed(error);
                log::warn!("{error}");
            }
        }
        granted
    }

    /// What must show in no message.
    fn secrets<'a>(&'a self, token: Option<&'a Token>) -> Vec<&'a str> {
        let password = self
            .0
            .config
            .credentials
            .iter()
            .map(|account| account.password.as_str());
        password.chain(token.map(Token::as_str)).collect()
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

impl Reply {
    fn text(&self) -> Cow<'_, str> {
        let content_type = self.header(CONTENT_TYPE);
        crate::platform::text::decode(&self.body, content_type)
    }
}

/// Fewer pages came back than were asked for.
pub(crate) fn missing_page() -> Error {
    Error::new(Kind::Internal, "a page is missing")
}

fn page_uri(uri: &Uri, query: &PageQuery) -> Result<Uri> {
    let keyword = query.keyword.as_deref().map(percent_encode);
    with_query(
        uri,
        &[
            ("pageIndex", query.page_index.as_ref().map(as_display)),
            ("pageSize", query.page_size.as_ref().map(as_display)),
            ("keyword", keyword.as_ref().map(as_display)),
        ],
    )
}

fn as_display<T: fmt::Display>(value: &T) -> &dyn fmt::Display {
    value
}

/// The address of a function with those of the parameters that have a value, percent-encoded
/// already.
fn with_query(uri: &Uri, parameters: &[(&str, Option<&dyn fmt::Display>)]) -> Result<Uri> {
    let mut path = String::with_capacity(256);
    path.push_str(uri.path());
    let mut separator = '?';
    for (name, value) in parameters {
        if let Some(value) = value {
            // Writing to a String cannot fail.
            let _ = write!(path, "{separator}{name}={value}");
            separator = '&';
        }
    }
    let too_long = || {
        // The text comes last; numbers are short.
        let given = parameters.iter().rev().find(|(_, value)| value.is_some());
        let name = given.map_or("query", |(name, _)| name);
        Error::argument(format!("`{name}` is too long for an address"))
    };
    let mut parts = uri.clone().into_parts();
    let path = PathAndQuery::from_maybe_shared(Bytes::from(path)).map_err(|_| too_long())?;
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).map_err(|_| too_long())
}

/// Reads an answer into `value`: as `usual` does where it is as usual, else its `data` by `read`.
fn read_answer<T>(
    text: &str,
    secrets: &[&str],
    usual: impl Fn(&str) -> Option<T>,
    read: impl Fn(Option<&str>) -> Result<T>,
    value: &mut Option<T>,
) -> Result<Said> {
    *value = usual(text);
    if value.is_none() {
        match envelope::read(text, secrets)? {
            Answer::Accepted(data) => *value = Some(read(data)?),
            Answer::Refused(refusal) => return Ok(Said::Refused(refusal)),
        }
    }
    Ok(Said::Accepted)
}

fn read_page(data: Option<&str>, layout: Layout) -> Result<Page> {
    let data = data.ok_or_else(|| Error::response("the answer has no `data`"))?;
    users::read_page(data, layout).map_err(|error| envelope::unreadable(&error))
}

fn refused(refusal: Refusal, kind: Kind, request: &Request) -> Error {
    refusal
        .into_error(kind, request.endpoint)
        .with_attempts(request.attempts)
}

/// What a refusal means once the token is known to live.
fn refused_kind(endpoint: Endpoint) -> Kind {
    match endpoint {
        Endpoint::GetUserByTicket => Kind::Ticket,
        Endpoint::GetUsers | Endpoint::GenerateToken => Kind::Rejected,
    }
}

fn denies_access(error: &Error) -> bool {
    matches!(error.http_status(), Some(401 | 403))
}
