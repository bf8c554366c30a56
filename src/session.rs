//! Asks the platform under a good token, again under a new one where that died, and tells what a
//! refusal comes to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::config::Config;
use crate::deadline::{Call, Check, Deadline};
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Result};
use crate::platform::envelope::{self, Answer, Refusal};
use crate::stats::Stats;
use crate::token::{Denial, Denied, Token, Tokens, Verdict};
use crate::transport::{Request, Transport};

/// The connection to a platform, and the right to ask it.
pub(crate) struct Session {
    transport: Arc<Transport>,
    /// `None` without an account: then no token is sent (2022).
    tokens: Option<Tokens>,
    deadline: Duration,
    check: Arc<Check>,
    stats: Arc<Stats>,
}

/// What the platform said to a request.
pub(crate) enum Said {
    Accepted,
    Refused(Refusal),
}

/// Reads the text that answers one of the requests, which it is told by its index; the last
/// argument is what must be masked.
type ReadText<'a> = &'a mut dyn FnMut(usize, &str, &[&str]) -> Result<Said>;

impl Session {
    /// A token store is looked at only if it `checks_store`.
    pub(crate) fn new(config: &Config, checks_store: bool) -> Result<Session> {
        let stats = Arc::new(Stats::default());
        let transport = Arc::new(Transport::new(config, stats.clone())?);
        Ok(Session {
            tokens: Tokens::new(config, transport.clone(), stats.clone(), checks_store)?,
            transport,
            deadline: config.deadline,
            check: Arc::default(),
            stats,
        })
    }

    /// Takes over the token and the check of the session that a fork brought along.
    pub(crate) fn inherit(&self, parent: &Session) {
        self.check.inherit(&parent.check);
        if let (Some(own), Some(parents)) = (&self.tokens, &parent.tokens) {
            own.inherit(parents);
        }
    }

    pub(crate) fn stats(&self) -> &Stats {
        &self.stats
    }

    /// A good token.
    pub(crate) fn token(&self) -> Result<Arc<Token>> {
        let tokens = self.tokens.as_ref().ok_or_else(|| {
            Error::config("a token needs `username` and `password` in the configuration")
        })?;
        let call = self.begin();
        let token = tokens.get(call.deadline());
        token.map_err(|error| call.explain(error))
    }

    /// A call that begins now.
    pub(crate) fn begin(&self) -> Call {
        Call::new(self.deadline, self.check.clone())
    }

    /// Closes the connections that no call is using; how many.
    pub(crate) fn trim(&self) -> usize {
        self.transport.trim()
    }

    /// The caller's own function that ends calls.
    pub(crate) fn check(&self) -> &Check {
        &self.check
    }

    /// Makes requests at once under the token, and again under a new one where it is dead. `secrets`
    /// are masked in messages.
    pub(crate) fn ask(
        &self,
        requests: &mut [Request],
        deadline: Deadline<'_>,
        secrets: &[&str],
        read: ReadText<'_>,
    ) -> Vec<Result<()>> {
        let mut results: Vec<Option<Result<()>>> = requests.iter().map(|_| None).collect();
        let mut renewals = 0;
        loop {
            let mut died = false;
            let (pending, mut asked): (Vec<usize>, Vec<&mut Request>) =
                (requests.iter_mut().enumerate())
                    .filter(|(index, _)| results[*index].is_none())
                    .unzip();
            if pending.is_empty() {
                break;
            }
            let token = self.tokens.as_ref().map(|tokens| tokens.get(deadline));
            let token = match token.transpose() {
                Ok(token) => token,
                Err(error) => {
                    for &index in &pending {
                        let request = &requests[index];
                        results[index] = Some(Err(match error.kind() {
                            // Its time went by with tokens that died.
                            Kind::Timeout if renewals > 0 && !request.page_judged => {
                                taken_away(request.endpoint).with_attempts(request.attempts)
                            }
                            _ => error.clone(),
                        }));
                    }
                    break;
                }
            };
            let under = self.tokens.as_ref().zip(token.as_deref());
            let mut masked = under.map_or(Vec::new(), |(tokens, token)| tokens.secrets(token));
            masked.extend(secrets);
            for request in &mut asked {
                request.token = token.as_ref().map(|token| token.header());
            }
            let mut refusals: Vec<Option<Refusal>> = pending.iter().map(|_| None).collect();
            let said = (self.transport).send_all(&mut asked, deadline, &mut |at, reply| {
                if let Said::Refused(refusal) = read(pending[at], &reply.text()?, &masked)? {
                    refusals[at] = Some(refusal);
                }
                Ok(())
            });
            let at = Instant::now();
            for ((&index, said), refusal) in pending.iter().zip(said).zip(refusals) {
                let request = &mut requests[index];
                let mut page = false;
                let denial = match (said, refusal) {
                    (Ok(()), None) => {
                        if let Some((tokens, _)) = under {
                            tokens.note_accepted(request.endpoint, renewals);
                        }
                        results[index] = Some(Ok(()));
                        continue;
                    }
                    (Ok(()), Some(refusal)) => Denial::Refusal(refusal),
                    (Err(error), _) => match error.http_status() {
                        Some(status @ (401 | 403))
                            if under.is_some()
                                && !(error.is_retryable() && request.page_judged) =>
                        {
                            page = error.is_retryable();
                            Denial::Status(status)
                        }
                        _ => {
                            results[index] = Some(Err(error));
                            continue;
                        }
                    },
                };
                let denied = Denied {
                    endpoint: request.endpoint,
                    denial: &denial,
                    at,
                    renewals,
                };
                let verdict = judge(under, denied, deadline);
                died |= verdict.is_none();
                match verdict {
                    // A gateway's page says nothing of the token, and may be gone the next time; but
                    // the web server may have put one in the place of a denial.
                    _ if page => request.page_judged = true,
                    verdict => {
                        results[index] =
                            verdict.map(|error| Err(error.with_attempts(request.attempts)));
                    }
                }
            }
            renewals += u32::from(died);
        }
        let results = results.into_iter().flatten();
        let results: Vec<Result<()>> = results
            .map(|result| result.map_err(|error| deadline.explain(error)))
            .collect();
        debug_assert_eq!(results.len(), requests.len());
        for (request, result) in requests.iter().zip(&results) {
            self.stats.of(request.endpoint).called(result);
        }
        results
    }
}

/// The error that a denial comes to, or `None` where the token is dead and a new one is due.
fn judge(
    under: Option<(&Tokens, &Token)>,
    denied: Denied<'_>,
    deadline: Deadline<'_>,
) -> Option<Error> {
    let verdict = match under {
        Some((tokens, token)) => tokens.judge(token, &denied, deadline),
        None => Ok(Verdict::TokenIsGood),
    };
    let endpoint = denied.endpoint;
    let error = match (verdict, denied.denial) {
        (Err(error), _) => error,
        (Ok(Verdict::TokenIsDead), _) => return None,
        (Ok(Verdict::NoTokenIsAccepted { some_were: true }), Denial::Status(status)) => {
            taken_away(endpoint).with_http_status(*status)
        }
        (Ok(Verdict::NoTokenIsAccepted { some_were: true }), Denial::Refusal(refusal)) => {
            let said = refusal.clone().into_error(Kind::Auth, endpoint);
            let message = format!("{}; {}", said.message(), taken_away(endpoint).message());
            Error::new(Kind::Auth, message)
                .retryable(true)
                .with_platform_code(refusal.code, refusal.platform_code.clone())
        }
        (Ok(Verdict::NoTokenIsAccepted { some_were: false }), Denial::Status(status)) => {
            denied_access(Kind::Auth, *status)
        }
        (Ok(Verdict::NoTokenIsAccepted { some_were: false }), Denial::Refusal(refusal)) => {
            // A list can be refused for its own reasons; a ticket that nobody could ask about is
            // never called a bad one.
            let kind = match endpoint {
                Endpoint::GetUsers if !refusal.speaks_of_authentication() => Kind::Rejected,
                _ => Kind::Auth,
            };
            refusal.clone().into_error(kind, endpoint)
        }
        (Ok(Verdict::TokenIsGood), Denial::Status(status)) => {
            denied_access(refused_kind(endpoint), *status)
        }
        (Ok(Verdict::TokenIsGood), Denial::Refusal(refusal)) => {
            refusal.clone().into_error(refused_kind(endpoint), endpoint)
        }
    };
    Some(error.at(endpoint))
}

/// The platform accepts tokens of this account, and none for long.
fn taken_away(endpoint: Endpoint) -> Error {
    let message = "the platform accepts no token of this account for long: other programs seem to \
                   log in with it and to take the token; let all of them share one by `tokenStore`, \
                   or give each an account of its own";
    Error::new(Kind::Auth, message).retryable(true).at(endpoint)
}

fn denied_access(kind: Kind, status: u16) -> Error {
    let message = match kind {
        Kind::Auth => format!(
            "HTTP status {status} under a fresh token; the account may lack the right to this \
             interface"
        ),
        _ => format!("the platform refused with HTTP status {status}"),
    };
    Error::new(kind, message).with_http_status(status)
}

/// What a refusal means once the token is known to live.
fn refused_kind(endpoint: Endpoint) -> Kind {
    match endpoint {
        Endpoint::GetUserByTicket => Kind::Ticket,
        Endpoint::GetUsers | Endpoint::GenerateToken => Kind::Rejected,
    }
}

/// Reads an answer into `value`: as `usual` does where it is as usual, else its `data` by `read`.
pub(crate) fn read_answer<T>(
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
