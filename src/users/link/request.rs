//! What to match, as callers pass it.

use std::collections::HashSet;
use std::hash::Hash;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::own_id::OwnId;
use crate::error::{Error, Result};
use crate::json::Text;
use crate::platform::user_list::MAX_ID;

/// What to match.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Request<'a> {
    #[serde(borrow)]
    pub(super) panda_users: Vec<PandaUser<'a>>,
    #[serde(borrow)]
    pub(super) own_users: Vec<OwnUser<'a>>,
    #[serde(default = "Rule::all")]
    pub(super) rules: Vec<Rule>,
    #[serde(borrow, default)]
    pub(super) existing: Vec<ExistingPair<'a>>,
    #[serde(default)]
    pub(super) names: Names,
}

/// A user of the platform; further fields do not matter here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PandaUser<'a> {
    pub(super) id: u64,
    #[serde(borrow, default)]
    pub(super) user_name: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) phone: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) job_number: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct OwnUser<'a> {
    #[serde(borrow)]
    pub(super) id: OwnId<'a>,
    #[serde(borrow, default)]
    pub(super) user_name: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) phone: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) job_number: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ExistingPair<'a> {
    pub(super) panda_id: u64,
    #[serde(borrow)]
    pub(super) own_id: OwnId<'a>,
    /// Links and suggestions of an earlier answer can be passed back as they are.
    #[serde(borrow, default, rename = "by")]
    _by: Option<Text<'a>>,
    #[serde(default, rename = "namesDiffer")]
    _names_differ: Option<bool>,
}

/// What users can be matched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Rule {
    JobNumber,
    Phone,
    UserName,
}

impl Rule {
    fn all() -> Vec<Rule> {
        vec![Rule::JobNumber, Rule::Phone, Rule::UserName]
    }
}

/// Whether a pair by job number or phone has to agree in its names.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Names {
    #[default]
    Compare,
    Ignore,
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        match Text::deserialize(deserializer) {
            Ok(text) if text.0 == "compare" => Ok(Names::Compare),
            Ok(text) if text.0 == "ignore" => Ok(Names::Ignore),
            // A derived error would not say which key it is about.
            _ => Err(D::Error::custom(
                "`names` must be \"compare\" or \"ignore\"",
            )),
        }
    }
}

impl<'a> Request<'a> {
    pub(super) fn read(json: &'a str) -> Result<Request<'a>> {
        let request: Request<'_> = serde_json::from_str(json)
            .map_err(|error| Error::argument(format!("`request_json`: {error}")))?;
        check(&request)?;
        Ok(request)
    }
}

fn check(request: &Request<'_>) -> Result<()> {
    if request
        .panda_users
        .iter()
        .any(|user| user.id == 0 || user.id > MAX_ID)
    {
        return Err(Error::argument(
            "`pandaUsers` has an id that is not from 1 to 2^53-1",
        ));
    }
    check_unique(
        "pandaUsers",
        "id",
        request.panda_users.iter().map(|user| user.id),
    )?;
    check_unique(
        "ownUsers",
        "id",
        request.own_users.iter().map(|user| &user.id),
    )?;
    check_unique("rules", "rule", request.rules.iter())?;
    check_unique(
        "existing",
        "pandaId",
        request.existing.iter().map(|pair| pair.panda_id),
    )?;
    check_unique(
        "existing",
        "ownId",
        request.existing.iter().map(|pair| &pair.own_id),
    )
}

fn check_unique<T: Hash + Eq + Serialize>(
    list: &str,
    what: &str,
    values: impl ExactSizeIterator<Item = T>,
) -> Result<()> {
    let mut seen = HashSet::with_capacity(values.len());
    for value in values {
        let shown = serde_json::to_string(&value).unwrap_or_default();
        if !seen.insert(value) {
            return Err(Error::argument(format!(
                "`{list}` has the {what} {shown} twice"
            )));
        }
    }
    Ok(())
}
