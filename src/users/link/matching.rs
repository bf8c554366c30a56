//! Who belongs to whom: the existing pairs, then rule by rule.

use std::collections::HashMap;
use std::hash::Hash;

use super::comparable::Comparable;
use super::outcome::{BrokenPair, Conflict, Decision, Outcome, Pair, Reason};
use super::own_id::OwnId;
use super::request::{Names, Request, Rule};

/// The users of both sides with the same value, as indexes.
#[derive(Default)]
struct Group {
    panda: Vec<usize>,
    own: Vec<usize>,
}

pub(super) struct Matching<'a> {
    request: &'a Request<'a>,
    panda: Vec<Comparable<'a>>,
    own: Vec<Comparable<'a>>,
    /// Who has a place already.
    panda_placed: Vec<bool>,
    own_placed: Vec<bool>,
    outcome: Outcome<'a>,
}

impl<'a> Matching<'a> {
    pub(super) fn new(request: &'a Request<'a>) -> Matching<'a> {
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

    pub(super) fn run(mut self) -> Outcome<'a> {
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
            let panda_id = pair.panda_id;
            // As the caller's users have it.
            let own_id = own_index.map_or(&pair.own_id, |index| &self.request.own_users[index].id);
            match reason {
                None => self.outcome.links.push(Pair {
                    panda_id,
                    own_id,
                    by: Decision::Existing,
                    names_differ: false,
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
            let panda_ids = (group.panda.iter()).map(|index| request.panda_users[*index].id);
            let own_ids = (group.own.iter()).map(|index| &request.own_users[*index].id);
            if !is_match {
                let (panda_ids, own_ids) = (panda_ids.collect(), own_ids.collect());
                self.outcome.conflicts.push(Conflict {
                    by: rule,
                    panda_ids,
                    own_ids,
                });
                continue;
            }
            // Job numbers of two systems can be unrelated, and phone numbers change owners.
            let names_differ = request.names == Names::Compare
                && self.panda[group.panda[0]].differs(&self.own[group.own[0]], Rule::UserName);
            let list = match rule {
                Rule::JobNumber | Rule::Phone if !names_differ => &mut self.outcome.links,
                _ => &mut self.outcome.suggestions,
            };
            list.extend(panda_ids.zip(own_ids).map(|(panda_id, own_id)| Pair {
                panda_id,
                own_id,
                by: Decision::By(rule),
                names_differ,
            }));
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
        for pairs in [&mut outcome.links, &mut outcome.suggestions] {
            pairs.sort_unstable_by_key(|pair| pair.panda_id);
        }
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
