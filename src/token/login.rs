//! The login: one `GenerateToken`, and what its answer means.

use std::sync::Arc;

use jiff::tz::Offset;
use reqwest::Url;
use reqwest::header::DATE;

use super::granted::Token;
use crate::config::{Config, Credentials};
use crate::deadline::Deadline;
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Result};
use crate::platform::requests::login_form;
use crate::platform::{time, token};
use crate::stats::Stats;
use crate::transport::{Request, Transport};

const ENDPOINT: Endpoint = Endpoint::GenerateToken;

pub(super) struct Login {
    url: Url,
    account: Credentials,
    time_zone: Offset,
    transport: Arc<Transport>,
    stats: Arc<Stats>,
}

impl Login {
    pub(super) fn new(
        config: &Config,
        account: Credentials,
        transport: Arc<Transport>,
        stats: Arc<Stats>,
    ) -> Login {
        Login {
            url: config.addresses.of(ENDPOINT).clone(),
            account,
            time_zone: config.time_zone,
            transport,
            stats,
        }
    }

    pub(super) fn password(&self) -> &str {
        &self.account.password
    }

    /// Asks the platform for a token; once alone where the caller has one that lives.
    pub(super) fn log_in(&self, deadline: Deadline<'_>, is_once: bool) -> Result<Token> {
        let form = login_form(&self.account.username, &self.account.password);
        let mut request = Request::post(ENDPOINT, self.url.clone(), form);
        request.is_once = is_once;
        let secrets = [self.password()];
        let granted = self.transport.send(&mut request, deadline, |reply| {
            let date = reply.header(DATE).and_then(time::parse_http_date);
            match token::read(&reply.text()?, &secrets, self.time_zone)? {
                Ok(grant) => Token::new(grant, date),
                Err(refusal) => Err(refusal.into_error(Kind::Auth, ENDPOINT)),
            }
        });
        let granted = granted.map_err(|error| match error.http_status() {
            // A gateway's page, which may pass, is no refusal.
            Some(status @ (401 | 403)) if !error.is_retryable() => Error::new(
                Kind::Auth,
                format!("the login was refused with HTTP status {status}"),
            )
            .at(ENDPOINT)
            .with_http_status(status)
            .with_attempts(request.attempts),
            _ => error,
        });
        // Whom it is fetched for decides by the error itself.
        let told = (granted.as_ref()).map_err(|error| deadline.explain(error.clone()));
        self.stats.of(ENDPOINT).called(&told);
        match told {
            Ok(_) => log::debug!("a token was fetched"),
            Err(error) if deadline.is_cancelled() => log::info!("{error}"),
            Err(error) => log::warn!("{error}"),
        }
        granted
    }
}
