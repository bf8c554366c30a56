//! Asks the platform under a good token, once more under a new one where that died, and judges what a
//! refusal means.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::config::Config;
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Result};
use crate::platform::envelope::{self, Answer, Refusal};
use crate::stats::Stats;
use crate::token::{Token, Tokens};
use crate::transport::{Request, Transport};

/// Rounds of one call over tokens that died under it: the first, the one repetition that it is
/// owed, and more where others had replaced the repetition's token already.
const MAX_ROUNDS: u32 = 4;

/// The connection to a platform, and the right to ask it.
pub(crate) struct Session {
    transport: Arc<Transport>,
    /// `None` without an account: then no token is sent (2022).
    tokens: Option<Tokens>,
    deadline: Duration,
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
    pub(crate) fn new(config: &Config) -> Result<Session> {
        let stats = Arc::new(Stats::default());
        let transport = Arc::new(Transport::new(config, stats.clone())?);
        Ok(Session {
            tokens: Tokens::new(config, transport.clone(), stats.clone())?,
            transport,
            deadline: config.deadline,
            stats,
        })
    }

    /// Takes over the token of the session that a fork brought along.
    pub(crate) fn inherit(&self, parent: &Session) {
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
        tokens.get(self.deadline())
    }

    /// When a call that begins now has to end.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.deadline
    }

    /// Makes requests at once under the token, and once more under a new one where it is dead.
    /// `secrets` are masked in messages.
    pub(crate) fn ask(
        &self,
        requests: &mut [Request],
        deadline: Instant,
        secrets: &[&str],
        read: ReadText<'_>,
    ) -> Vec<Result<()>> {
        let mut results: Vec<Option<Result<()>>> = requests.iter().map(|_| None).collect();
        for round in 1..=MAX_ROUNDS {
            let (pending, mut asked): (Vec<usize>, Vec<&mut Request>) =
                (requests.iter_mut().enumerate())
                    .filter(|(index, _)| results[*index].is_none())
                    .unzip();
            let token = self.tokens.as_ref().map(|tokens| tokens.get(deadline));
            let token = match token.transpose() {
                Ok(token) => token,
                Err(error) => {
                    pending
                        .iter()
                        .for_each(|&index| results[index] = Some(Err(error.clone())));
                    break;
                }
            };
            let tokens = self.tokens.as_ref().zip(token.as_deref());
            let mut masked = tokens.map_or(Vec::new(), |(tokens, token)| tokens.secrets(token));
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
            let mut renewal_owed = false;
            for ((&index, said), refusal) in pending.iter().zip(said).zip(refusals) {
                let request = &requests[index];
                results[index] = match (said, refusal, tokens) {
                    (Ok(()), None, _) => Some(Ok(())),
                    (Ok(()), Some(refusal), None) => {
                        let kind = refused_kind(request.endpoint);
                        Some(Err(refused(refusal, kind, request)))
                    }
                    (Ok(()), Some(refusal), Some(under)) => {
                        judge_refusal(refusal, request, under, round, deadline).map(Err)
                    }
                    (Err(error), _, Some(under)) if error.denies_access() => {
                        judge_denial(error, request, under, round).map(Err)
                    }
                    (Err(error), ..) => Some(Err(error)),
                };
                renewal_owed |= results[index].is_none();
            }
            if !renewal_owed {
                break;
            }
            if let Some((tokens, token)) = tokens {
                tokens.invalidate(token);
            }
        }
        let results: Vec<Result<()>> = results.into_iter().flatten().collect();
        debug_assert_eq!(results.len(), requests.len());
        for (request, result) in requests.iter().zip(&results) {
            self.stats.of(request.endpoint).called(result);
        }
        results
    }
}

/// The error that a refusal comes to, or `None` where the token is dead and a new one is due.
fn judge_refusal(
    refusal: Refusal,
    request: &Request,
    (tokens, token): (&Tokens, &Token),
    round: u32,
    deadline: Instant,
) -> Option<Error> {
    let kind = match tokens.is_alive(token, &refusal, deadline) {
        Err(error) => return Some(error),
        Ok(true) => refused_kind(request.endpoint),
        Ok(false) if may_renew(tokens, token, round) => return None,
        // Not even a fresh token changes it: for a while, asking again is pointless.
        Ok(false) => {
            tokens.clear(token, &refusal);
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
    error: Error,
    request: &Request,
    (tokens, token): (&Tokens, &Token),
    round: u32,
) -> Option<Error> {
    if may_renew(tokens, token, round) {
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
fn may_renew(tokens: &Tokens, token: &Token, round: u32) -> bool {
    let not_ours = token.is_adopted() || !tokens.is_current(token);
    round == 1 || (round < MAX_ROUNDS && not_ours)
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
