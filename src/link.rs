//! Platform users matched with the caller's own (both documents, step 2).
//!
//! Careful on purpose: nobody is linked by elimination, by a name alone or against a contradiction.
//! What is not certain is shown, for an administrator to decide.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::Hash;

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::error::{Error, Result};
use crate::platform::json::Text;

/// What to match.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Request<'a> {
    #[serde(borrow)]
    panda_users: Vec<PandaUser<'a>>,
    #[serde(borrow)]
    own_users: Vec<OwnUser<'a>>,
    #[serde(default = "Rule::all")]
    rules: Vec<Rule>,
    #[serde(borrow, default)]
    existing: Vec<ExistingPair<'a>>,
}

/// A user of the platform; further fields do not matter here.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct PandaUser<'a> {
    id: u64,
    #[serde(borrow, default)]
    user_name: Option<Text<'a>>,
    #[serde(borrow, default)]
    phone: Option<Text<'a>>,
    #[serde(borrow, default)]
    job_number: Option<Text<'a>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct OwnUser<'a> {
    #[serde(borrow)]
    id: OwnId<'a>,
    #[serde(borrow, default)]
    user_name: Option<Text<'a>>,
    #[serde(borrow, default)]
    phone: Option<Text<'a>>,
    #[serde(borrow, default)]
    job_number: Option<Text<'a>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ExistingPair<'a> {
    panda_id: u64,
    #[serde(borrow)]
    own_id: OwnId<'a>,
    /// Links and suggestions of an earlier answer can be passed back as they are.
    #[serde(borrow, default, rename = "by")]
    _by: Option<Text<'a>>,
}

/// An id of the caller's: a text or an integer. `7` and `"7"` are two.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum OwnId<'a> {
    Integer(i64),
    Text(Cow<'a, str>),
}

impl<'de: 'a, 'a> Deserialize<'de> for OwnId<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct TextOrInteger;

        impl<'de> Visitor<'de> for TextOrInteger {
            type Value = OwnId<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an own id: a text or a 64-bit integer")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> std::result::Result<Self::Value, E> {
                Ok(OwnId::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> std::result::Result<Self::Value, E> {
                Ok(OwnId::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_i64<E>(self, number: i64) -> std::result::Result<Self::Value, E> {
                Ok(OwnId::Integer(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> std::result::Result<Self::Value, E> {
                let unexpected = de::Unexpected::Unsigned(number);
                let number = i64::try_from(number);
                number
                    .map(OwnId::Integer)
                    .map_err(|_| E::invalid_value(unexpected, &self))
            }
        }

        deserializer.deserialize_any(TextOrInteger)
    }
}

impl Serialize for OwnId<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            OwnId::Integer(number) => serializer.serialize_i64(*number),
            OwnId::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// What users can be matched by.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "camelCase")]
enum Rule {
    JobNumber,
    Phone,
    UserName,
}

impl Rule {
    fn all() -> Vec<Rule> {
        vec![Rule::JobNumber, Rule::Phone, Rule::UserName]
    }
}

/// By what a link was decided.
#[derive(Clone, Copy, serde::Serialize)]
#[serde(rename_all = "camelCase")]
enum Decision {
    Existing,
    #[serde(untagged)]
    By(Rule),
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Pair<'a> {
    panda_id: u64,
    own_id: &'a OwnId<'a>,
    by: Decision,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Conflict<'a> {
    by: Rule,
    panda_ids: Vec<u64>,
    own_ids: Vec<&'a OwnId<'a>>,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct BrokenPair<'a> {
    panda_id: u64,
    own_id: &'a OwnId<'a>,
    reason: Reason,
}

#[derive(Clone, Copy, serde::Serialize)]
#[serde(rename_all = "camelCase")]
enum Reason {
    Gone,
    Contradicts,
}

/// The answer: every user in exactly one place.
#[derive(Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    links: Vec<Pair<'a>>,
    suggestions: Vec<Pair<'a>>,
    conflicts: Vec<Conflict<'a>>,
    broken: Vec<BrokenPair<'a>>,
    unlinked_panda: Vec<u64>,
    unlinked_own: Vec<&'a OwnId<'a>>,
}

/// Matches users; request and answer are JSON as `panda_link_users` takes and gives it.
///
/// # Errors
///
/// [`Kind::Argument`](crate::Kind::Argument) for a request that is not of that form, an unknown key,
/// and an id that comes twice.
pub fn link_users(request_json: &str) -> Result<String> {
    let request: Request<'_> = serde_json::from_str(request_json)
        .map_err(|error| Error::argument(format!("`request_json`: {error}")))?;
    check(&request)?;
    let outcome = Matching::new(&request).run();
    serde_json::to_string(&outcome)
        .map_err(|error| Error::new(crate::error::Kind::Internal, error.to_string()))
}

fn check(request: &Request<'_>) -> Result<()> {
    if request
        .panda_users
        .iter()
        .any(|user| user.id == 0 || user.id > crate::platform::users::MAX_ID)
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

/// A user's values as they are compared; what cannot be compared is `None`.
struct Comparable<'a> {
    job_number: Option<Cow<'a, str>>,
    phone: Option<Cow<'a, str>>,
    user_name: Option<Cow<'a, str>>,
}

impl<'a> Comparable<'a> {
    fn new(
        job_number: &'a Option<Text<'a>>,
        phone: &'a Option<Text<'a>>,
        user_name: &'a Option<Text<'a>>,
    ) -> Comparable<'a> {
        Comparable {
            job_number: comparable(job_number).map(lower_case),
            phone: comparable(phone).and_then(comparable_phone),
            user_name: comparable(user_name).map(one_middle_dot),
        }
    }

    fn value(&self, rule: Rule) -> Option<&str> {
        match rule {
            Rule::JobNumber => self.job_number.as_deref(),
            Rule::Phone => self.phone.as_deref(),
            Rule::UserName => self.user_name.as_deref(),
        }
    }

    /// Whether the job numbers contradict each other or, those lacking, the phones.
    fn contradicts(&self, other: &Comparable<'_>) -> bool {
        let have_job_numbers = self.job_number.is_some() && other.job_number.is_some();
        self.differs(
            other,
            if have_job_numbers {
                Rule::JobNumber
            } else {
                Rule::Phone
            },
        )
    }

    /// Whether both have a value for the rule, and not the same.
    fn differs(&self, other: &Comparable<'_>, rule: Rule) -> bool {
        matches!((self.value(rule), other.value(rule)), (Some(one), Some(another)) if one != another)
    }
}

/// NFKC without spaces; nothing for empty text.
fn comparable<'a>(text: &'a Option<Text<'_>>) -> Option<Cow<'a, str>> {
    let text: &str = &text.as_ref()?.0;
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    let text = match plain {
        true => Cow::Borrowed(text),
        false => Cow::Owned({
            let normalised = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
            normalised.chars().filter(|c| !c.is_whitespace()).collect()
        }),
    };
    (!text.is_empty()).then_some(text)
}

fn lower_case(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.chars().any(|c| c.is_uppercase()) {
        true => Cow::Owned(text.to_lowercase()),
        false => text,
    }
}

/// Without hyphens and the prefix of China; nothing for a masked one.
fn comparable_phone(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if text.contains('*') {
        return None;
    }
    let digits = match text.contains('-') {
        true => Cow::Owned(text.replace('-', "")),
        false => text,
    };
    let national = digits
        .strip_prefix("+86")
        .or_else(|| digits.strip_prefix("0086"));
    let digits = match national {
        Some(national) => Cow::Owned(national.to_owned()),
        None => digits,
    };
    (!digits.is_empty()).then_some(digits)
}

fn one_middle_dot(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.contains(['•', '・']) {
        true => Cow::Owned(text.replace(['•', '・'], "·")),
        false => text,
    }
}

/// The users of both sides with the same value, as indexes.
#[derive(Default)]
struct Group {
    panda: Vec<usize>,
    own: Vec<usize>,
}

struct Matching<'a> {
    request: &'a Request<'a>,
    panda: Vec<Comparable<'a>>,
    own: Vec<Comparable<'a>>,
    /// Who has a place already.
    panda_placed: Vec<bool>,
    own_placed: Vec<bool>,
    outcome: Outcome<'a>,
}

impl<'a> Matching<'a> {
    fn new(request: &'a Request<'a>) -> Matching<'a> {
        let panda = request.panda_users.iter();
        let panda =
            panda.map(|user| Comparable::new(&user.job_number, &user.phone, &user.user_name));
        let own = request.own_users.iter();
        let own = own.map(|user| Comparable::new(&user.job_number, &user.phone, &user.user_name));
        Matching {
            request,
            panda: panda.collect(),
            own: own.collect(),
            panda_placed: vec![false; request.panda_users.len()],
            own_placed: vec![false; request.own_users.len()],
            outcome: Outcome::default(),
        }
    }

    fn run(mut self) -> Outcome<'a> {
        self.keep_existing();
        for rule in &self.request.rules {
            self.apply(*rule);
        }
        self.list_unlinked();
        self.sort();
        self.outcome
    }

    fn keep_existing(&mut self) {
        if self.request.existing.is_empty() {
            return;
        }
        let panda: HashMap<u64, usize> =
            indexes(self.request.panda_users.iter().map(|user| user.id));
        let own: HashMap<&OwnId<'_>, usize> =
            indexes(self.request.own_users.iter().map(|user| &user.id));
        for pair in &self.request.existing {
            let panda_index = panda.get(&pair.panda_id).copied();
            let own_index = own.get(&pair.own_id).copied();
            let reason = match (panda_index, own_index) {
                (Some(panda), Some(own)) => (self.panda[panda]
                    .differs(&self.own[own], Rule::JobNumber))
                .then_some(Reason::Contradicts),
                _ => Some(Reason::Gone),
            };
            // Who is left of a broken pair is not linked with somebody else on the quiet.
            panda_index
                .into_iter()
                .for_each(|index| self.panda_placed[index] = true);
            own_index
                .into_iter()
                .for_each(|index| self.own_placed[index] = true);
            let (panda_id, own_id) = (pair.panda_id, &pair.own_id);
            match reason {
                None => self.outcome.links.push(Pair {
                    panda_id,
                    own_id,
                    by: Decision::Existing,
                }),
                Some(reason) => self.outcome.broken.push(BrokenPair {
                    panda_id,
                    own_id,
                    reason,
                }),
            }
        }
    }

    fn apply(&mut self, rule: Rule) {
        let mut places = Vec::new();
        for (_, mut group) in groups(&self.panda, &self.own, rule) {
            // All users of a side count, placed or not: nobody is linked by elimination.
            let is_pair = group.panda.len() == 1 && group.own.len() == 1;
            group.panda.retain(|index| !self.panda_placed[*index]);
            group.own.retain(|index| !self.own_placed[*index]);
            if group.panda.is_empty() || group.own.is_empty() {
                continue;
            }
            let contradicts =
                is_pair && self.panda[group.panda[0]].contradicts(&self.own[group.own[0]]);
            places.push((group, is_pair && !contradicts));
        }
        for (group, is_match) in places {
            group
                .panda
                .iter()
                .for_each(|index| self.panda_placed[*index] = true);
            group
                .own
                .iter()
                .for_each(|index| self.own_placed[*index] = true);
            let request = self.request;
            let panda_ids = group
                .panda
                .iter()
                .map(|index| request.panda_users[*index].id);
            let own_ids = group.own.iter().map(|index| &request.own_users[*index].id);
            if is_match {
                let list = match rule {
                    Rule::UserName => &mut self.outcome.suggestions,
                    Rule::JobNumber | Rule::Phone => &mut self.outcome.links,
                };
                let pairs = panda_ids.zip(own_ids);
                list.extend(pairs.map(|(panda_id, own_id)| Pair {
                    panda_id,
                    own_id,
                    by: Decision::By(rule),
                }));
            } else {
                let (panda_ids, own_ids) = (panda_ids.collect(), own_ids.collect());
                self.outcome.conflicts.push(Conflict {
                    by: rule,
                    panda_ids,
                    own_ids,
                });
            }
        }
    }

    fn list_unlinked(&mut self) {
        let users = self.request.panda_users.iter().zip(&self.panda_placed);
        self.outcome.unlinked_panda = users
            .filter(|(_, placed)| !**placed)
            .map(|(user, _)| user.id)
            .collect();
        let users = self.request.own_users.iter().zip(&self.own_placed);
        self.outcome.unlinked_own = users
            .filter(|(_, placed)| !**placed)
            .map(|(user, _)| &user.id)
            .collect();
    }

    /// The answer does not depend on the order of the request.
    fn sort(&mut self) {
        let outcome = &mut self.outcome;
        outcome.links.sort_unstable_by_key(|pair| pair.panda_id);
        outcome
            .suggestions
            .sort_unstable_by_key(|pair| pair.panda_id);
        outcome.broken.sort_unstable_by_key(|pair| pair.panda_id);
        outcome.unlinked_panda.sort_unstable();
        outcome.unlinked_own.sort_unstable();
        for conflict in &mut outcome.conflicts {
            conflict.panda_ids.sort_unstable();
            conflict.own_ids.sort_unstable();
        }
        let rank = |rule: Rule| self.request.rules.iter().position(|other| *other == rule);
        outcome.conflicts.sort_unstable_by(|one, other| {
            let by_rule = rank(one.by).cmp(&rank(other.by));
            by_rule.then_with(|| one.panda_ids.cmp(&other.panda_ids))
        });
    }
}

fn indexes<T: Hash + Eq>(ids: impl Iterator<Item = T>) -> HashMap<T, usize> {
    ids.enumerate().map(|(index, id)| (id, index)).collect()
}

/// The users of both sides by their value for a rule.
fn groups<'a>(
    panda: &'a [Comparable<'_>],
    own: &'a [Comparable<'_>],
    rule: Rule,
) -> HashMap<&'a str, Group> {
    let mut groups: HashMap<&str, Group> = HashMap::with_capacity(panda.len());
    for (index, user) in panda.iter().enumerate() {
        if let Some(value) = user.value(rule) {
            groups.entry(value).or_default().panda.push(index);
        }
    }
    for (index, user) in own.iter().enumerate() {
        // A value of this side alone matches nobody.
        if let Some(group) = user.value(rule).and_then(|value| groups.get_mut(value)) {
            group.own.push(index);
        }
    }
    groups
}
