//! What matching came to: every user in exactly one place.

use serde::Serialize;

use super::own_id::OwnId;
use super::request::Rule;

/// By what a link was decided.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Decision {
    Existing,
    #[serde(untagged)]
    By(Rule),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pair<'a> {
    pub(super) panda_id: u64,
    pub(super) own_id: &'a OwnId<'a>,
    pub(super) by: Decision,
    /// Only a suggestion is against the names.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) names_differ: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Conflict<'a> {
    pub(super) by: Rule,
    pub(super) panda_ids: Vec<u64>,
    pub(super) own_ids: Vec<&'a OwnId<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BrokenPair<'a> {
    pub(super) panda_id: u64,
    pub(super) own_id: &'a OwnId<'a>,
    pub(super) reason: Reason,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Reason {
    Gone,
    Contradicts,
}

/// The answer: every user in exactly one place.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outcome<'a> {
    pub(super) links: Vec<Pair<'a>>,
    pub(super) suggestions: Vec<Pair<'a>>,
    pub(super) conflicts: Vec<Conflict<'a>>,
    pub(super) broken: Vec<BrokenPair<'a>>,
    pub(super) unlinked_panda: Vec<u64>,
    pub(super) unlinked_own: Vec<&'a OwnId<'a>>,
}
