//! The platform's users: generated from a seed, as needed, with the changes that were made since.

use std::collections::{HashMap, HashSet, VecDeque};

use serde::{Deserialize, Deserializer, Serialize};

use crate::behaviour::Move;

/// A user of the platform. `None` is a field that the user does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The id, by which third parties link their own users.
    pub id: i64,
    /// The name.
    pub user_name: String,
    /// The phone number.
    pub phone: Option<String>,
    /// The job number (2024).
    pub job_number: Option<String>,
    /// The path of the portrait (2024).
    pub user_image: Option<String>,
}

/// A user to add.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewUser {
    /// The id, any at all; by default the next free one.
    #[serde(default)]
    pub id: Option<i64>,
    /// The name.
    pub user_name: String,
    /// The phone number.
    #[serde(default)]
    pub phone: Option<String>,
    /// The job number.
    #[serde(default)]
    pub job_number: Option<String>,
    /// The path of the portrait.
    #[serde(default)]
    pub user_image: Option<String>,
    /// At which end of the list it appears.
    #[serde(default)]
    pub at: ListEnd,
}

/// An end of the user list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ListEnd {
    /// Before all others.
    Front,
    /// After all others.
    #[default]
    Back,
}

/// A change to a user: what is `None` stays; `Some(None)` takes the value away.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserChange {
    /// The new name.
    #[serde(default)]
    pub user_name: Option<String>,
    /// The new phone number.
    #[serde(default, deserialize_with = "given")]
    pub phone: Option<Option<String>>,
    /// The new job number.
    #[serde(default, deserialize_with = "given")]
    pub job_number: Option<Option<String>>,
    /// The new portrait.
    #[serde(default, deserialize_with = "given")]
    pub user_image: Option<Option<String>>,
}

/// Tells a key that is null from one that is not there.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// All users in the order in which pages show them.
///
/// Only the order is held (eight bytes a user): the users themselves are generated when they are looked at,
/// so that a million of them cost little.
pub(crate) struct Users {
    seed: u64,
    generated: i64,
    order: VecDeque<i64>,
    /// Users that were added or changed.
    written: HashMap<i64, User>,
    removed: HashSet<i64>,
    next_id: i64,
    shuffles: u64,
}

impl Users {
    pub(crate) fn new(seed: u64, count: u32) -> Self {
        let generated = i64::from(count);
        Self {
            seed,
            generated,
            order: (1..=generated).collect(),
            written: HashMap::new(),
            removed: HashSet::new(),
            next_id: generated + 1,
            shuffles: 0,
        }
    }

    pub(crate) fn find(&self, id: i64) -> Option<User> {
        if self.removed.contains(&id) {
            return None;
        }
        let written = self.written.get(&id).cloned();
        written.or_else(|| {
            (1..=self.generated)
                .contains(&id)
                .then(|| generate(self.seed, id))
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.order.len()
    }

    /// How many users match the keyword, and those of them that remain after `skip`, at most `take`.
    pub(crate) fn page(&self, keyword: &str, skip: usize, take: usize) -> (usize, Vec<User>) {
        if keyword.is_empty() {
            let begin = skip.min(self.order.len());
            let end = begin.saturating_add(take).min(self.order.len());
            let ids = self.order.range(begin..end);
            return (
                self.order.len(),
                ids.filter_map(|id| self.find(*id)).collect(),
            );
        }
        let mut count = 0;
        let mut page = Vec::new();
        for user in self.order.iter().filter_map(|id| self.find(*id)) {
            if matches(&user, keyword) {
                if count >= skip && page.len() < take {
                    page.push(user);
                }
                count += 1;
            }
        }
        (count, page)
    }

    /// Adds a user, unless its id is taken.
    pub(crate) fn add(&mut self, new: NewUser) -> Option<User> {
        let id = new.id.unwrap_or(self.next_id);
        if self.find(id).is_some() {
            return None;
        }
        let user = User {
            id,
            user_name: new.user_name,
            phone: new.phone,
            job_number: new.job_number,
            user_image: new.user_image,
        };
        self.next_id = self.next_id.max(id.saturating_add(1));
        self.removed.remove(&id);
        self.written.insert(id, user.clone());
        match new.at {
            ListEnd::Front => self.order.push_front(id),
            ListEnd::Back => self.order.push_back(id),
        }
        Some(user)
    }

    pub(crate) fn remove(&mut self, id: i64) -> Option<User> {
        let user = self.find(id)?;
        let place = self.order.iter().position(|listed| *listed == id)?;
        self.order.remove(place);
        self.written.remove(&id);
        self.removed.insert(id);
        Some(user)
    }

    pub(crate) fn change(&mut self, id: i64, change: UserChange) -> Option<User> {
        let old = self.find(id)?;
        let user = User {
            id,
            user_name: change.user_name.unwrap_or(old.user_name),
            phone: change.phone.unwrap_or(old.phone),
            job_number: change.job_number.unwrap_or(old.job_number),
            user_image: change.user_image.unwrap_or(old.user_image),
        };
        self.written.insert(id, user.clone());
        Some(user)
    }

    /// Moves the list, as happens between two pages of a living platform.
    pub(crate) fn apply(&mut self, action: Move) {
        match action {
            Move::InsertFront => self.add_someone(ListEnd::Front),
            Move::Append => self.add_someone(ListEnd::Back),
            Move::RemoveFront => self.remove_first(),
            Move::Replace => {
                self.remove_first();
                self.add_someone(ListEnd::Back);
            }
            Move::Rotate => {
                if let Some(first) = self.order.pop_front() {
                    self.order.push_back(first);
                }
            }
            Move::Shuffle => self.shuffle(),
        }
    }

    fn add_someone(&mut self, at: ListEnd) {
        let someone = generate(self.seed, self.next_id);
        self.add(NewUser {
            id: Some(someone.id),
            user_name: someone.user_name,
            phone: someone.phone,
            job_number: someone.job_number,
            user_image: someone.user_image,
            at,
        });
    }

    fn remove_first(&mut self) {
        if let Some(first) = self.order.front().copied() {
            self.remove(first);
        }
    }

    fn shuffle(&mut self) {
        self.shuffles += 1;
        let mut random = Random(self.seed ^ self.shuffles);
        for place in (1..self.order.len()).rev() {
            let other = random.below(place as u64 + 1) as usize;
            self.order.swap(place, other);
        }
    }
}

fn matches(user: &User, keyword: &str) -> bool {
    let fields = [&user.phone, &user.job_number];
    user.user_name.contains(keyword)
        || fields
            .into_iter()
            .flatten()
            .any(|field| field.contains(keyword))
}

/// The user with this id: the first three as in the vendor's 2022 document, the rest plausible.
fn generate(seed: u64, id: i64) -> User {
    let mut random = Random(seed.wrapping_add((id as u64).wrapping_mul(0xD134_2543_DE82_EF95)));
    let (name, phone) = match id {
        1 => ("陈涛".to_owned(), Some("1822199904".to_owned())),
        2 => ("黑龙江".to_owned(), None),
        3 => ("新耀分公司".to_owned(), None),
        _ => (name(&mut random), phone(&mut random)),
    };
    User {
        id,
        user_name: name,
        phone,
        job_number: (!random.one_in(10)).then(|| format!("{id:06}")),
        user_image: (!random.one_in(4)).then(|| format!("/UserImage/{id}.png")),
    }
}

fn name(random: &mut Random) -> String {
    let mut name = random.pick(SURNAMES).to_owned();
    name.push_str(random.pick(GIVEN_NAMES));
    if !random.one_in(3) {
        name.push_str(random.pick(GIVEN_NAMES));
    }
    name
}

fn phone(random: &mut Random) -> Option<String> {
    let second = random.below(7) + 3;
    let rest = random.below(1_000_000_000);
    (!random.one_in(20)).then(|| format!("1{second}{rest:09}"))
}

const SURNAMES: &str =
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕";
const GIVEN_NAMES: &str = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国文辉力永健世广志义兴良海山仁波宁贵福生龙元全胜学祥才发武新利清飞彬富顺信子成康星光天达安岩中茂进林有坚和彪博诚先敬震振壮会思群豪心邦承乐";

/// SplitMix64: all that is wanted of it is the same users for the same seed, on every machine and in every version.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    /// One of the characters, each of which takes three bytes.
    fn pick<'text>(&mut self, characters: &'text str) -> &'text str {
        let at = 3 * self.below(characters.len() as u64 / 3) as usize;
        &characters[at..at + 3]
    }
}
