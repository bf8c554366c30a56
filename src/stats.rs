//! Counters of a client, per endpoint of the platform.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::endpoint::Endpoint;
use crate::error::{self, Kind};

/// What was done at one endpoint.
#[derive(Default)]
pub(crate) struct EndpointStats {
    calls: Counter,
    pub(crate) http_requests: Counter,
    pub(crate) retries: Counter,
    pub(crate) bytes_received: Counter,
    failures: [Counter; Kind::ALL.len()],
}

impl EndpointStats {
    /// Counts a call, and how it failed if it did.
    pub(crate) fn called<T>(&self, result: &error::Result<T>) {
        self.calls.add(1);
        let Err(error) = result else { return };
        if let Some(kind) = Kind::ALL.iter().position(|kind| *kind == error.kind()) {
            self.failures[kind].add(1);
        }
    }
}

/// The counters of a client.
#[derive(Default)]
pub(crate) struct Stats {
    /// Logins, or their sharing, that had to do without the token store.
    pub(crate) store_fallbacks: Counter,
    endpoints: [EndpointStats; Endpoint::ALL.len()],
}

impl Stats {
    pub(crate) fn of(&self, endpoint: Endpoint) -> &EndpointStats {
        &self.endpoints[endpoint as usize]
    }
}

/// A number that many threads add to.
#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, number: u64) {
        self.0.fetch_add(number, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Serialize for Stats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry(
            "tokenFetches",
            &self.of(Endpoint::GenerateToken).calls.get(),
        )?;
        map.serialize_entry("storeFallbacks", &self.store_fallbacks.get())?;
        map.serialize_entry("endpoints", &ByEndpoint(self))?;
        map.end()
    }
}

struct ByEndpoint<'a>(&'a Stats);

impl Serialize for ByEndpoint<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            Endpoint::ALL
                .iter()
                .map(|endpoint| (endpoint.name(), self.0.of(*endpoint))),
        )
    }
}

impl Serialize for EndpointStats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("calls", &self.calls.get())?;
        map.serialize_entry("failures", &Failures(self))?;
        map.serialize_entry("httpRequests", &self.http_requests.get())?;
        map.serialize_entry("retries", &self.retries.get())?;
        map.serialize_entry("bytesReceived", &self.bytes_received.get())?;
        map.end()
    }
}

struct Failures<'a>(&'a EndpointStats);

impl Serialize for Failures<'_> {
    /// Only the kinds that occurred.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts = Kind::ALL.iter().zip(&self.0.failures);
        let occurred = counts.filter(|(_, count)| count.get() > 0);
        serializer.collect_map(occurred.map(|(kind, count)| (kind.name(), count.get())))
    }
}
