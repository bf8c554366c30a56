//! The last requests, as they came over the wire.

use std::collections::{BTreeMap, HashMap, VecDeque};

use axum::http::HeaderMap;
use axum::http::request::Parts;
use serde::Serialize;

use crate::connection::Connection;
use crate::endpoint::Endpoint;

/// A request as it came. Secrets are not kept, save for the ticket in the query: how that is encoded is worth testing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedRequest {
    /// Its number, counted over all endpoints since the start.
    pub sequence: u64,
    /// What it was for.
    pub endpoint: Endpoint,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// The connection's number: the same for requests on the same connection.
    pub connection: u64,
    /// The method.
    pub method: String,
    /// The host that the request line names, as it does when the simulator is used as a proxy.
    pub proxied_host: Option<String>,
    /// The path, as sent.
    pub path: String,
    /// The query, as sent, without its question mark.
    pub query: Option<String>,
    /// The headers by their names in lower case; several of the same name are joined by `, `; secrets show as `***`.
    pub headers: BTreeMap<String, String>,
    /// Whether a `panda-token` came, and was good.
    pub token: TokenState,
}

/// The state of the token that came with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum TokenState {
    /// None came.
    Absent,
    /// It lived.
    Live,
    /// It did not live, or never had.
    Dead,
}

const SECRET_HEADERS: [&str; 4] = [
    "panda-token",
    "authorization",
    "proxy-authorization",
    "cookie",
];

fn recordable(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut recordable: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let text = if SECRET_HEADERS.contains(&name.as_str()) {
            "***".into()
        } else {
            String::from_utf8_lossy(value.as_bytes())
        };
        recordable
            .entry(name.to_string())
            .and_modify(|joined| {
                joined.push_str(", ");
                joined.push_str(&text);
            })
            .or_insert_with(|| text.into_owned());
    }
    recordable
}

/// The last requests of each endpoint.
pub(crate) struct Requests {
    keep: usize,
    sequence: u64,
    kept: HashMap<Endpoint, VecDeque<RecordedRequest>>,
}

impl Requests {
    pub(crate) fn new(keep: usize) -> Self {
        Self {
            keep,
            sequence: 0,
            kept: HashMap::new(),
        }
    }

    pub(crate) fn record(
        &mut self,
        endpoint: Endpoint,
        connection: &Connection,
        token: TokenState,
        request: &Parts,
    ) {
        self.sequence += 1;
        let kept = self.kept.entry(endpoint).or_default();
        kept.push_back(RecordedRequest {
            sequence: self.sequence,
            endpoint,
            scheme: connection.scheme,
            connection: connection.number,
            method: request.method.to_string(),
            proxied_host: request.uri.authority().map(ToString::to_string),
            path: request.uri.path().to_owned(),
            query: request.uri.query().map(ToOwned::to_owned),
            headers: recordable(&request.headers),
            token,
        });
        while kept.len() > self.keep {
            kept.pop_front();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.kept.clear();
    }

    /// All that are kept, in the order in which they came.
    pub(crate) fn list(&self) -> Vec<RecordedRequest> {
        let mut list: Vec<_> = self.kept.values().flatten().cloned().collect();
        list.sort_by_key(|request| request.sequence);
        list
    }
}
