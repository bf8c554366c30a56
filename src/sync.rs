//! All users against an earlier state (both documents, step 1: "on a schedule").
//!
//! Nothing is kept here: the caller stores the state together with the changes that it applied. What
//! it needs for the next comparison, an id and a hash for each user, is the state.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Uri;
use ring::digest::{Context, SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use roaring::RoaringTreemap;
use serde::Deserialize;

use crate::client::Client;
use crate::error::{Endpoint, Error, Kind, Result};
use crate::listing::ListQuery;
use crate::platform::json::Text;
use crate::platform::users::{MAX_ID, UserList};
use crate::user::{User, from_normalised};

/// Fewer removals than this never hold a sync up: in a small staff they are a large part.
const ALWAYS_ALLOWED_REMOVALS: usize = 5;

/// How to sync.
#[derive(Clone)]
pub struct SyncOptions {
    /// The state of the last sync; `None` for the first.
    pub state: Option<String>,
    /// As in [`ListQuery`].
    pub page_size: u64,
    /// As in [`ListQuery`].
    pub prefetch: u64,
    /// More removals than this part of the state's users are an error, from 0 to 100.
    pub max_removed_percent: u64,
}

impl Default for SyncOptions {
    fn default() -> SyncOptions {
        let ListQuery {
            page_size,
            prefetch,
            ..
        } = ListQuery::default();
        SyncOptions {
            state: None,
            page_size,
            prefetch,
            max_removed_percent: 20,
        }
    }
}

/// What changed since the state of the last sync.
pub struct Changes {
    /// How many users there are.
    pub count: u64,
    pub(crate) added: UserList,
    pub(crate) updated: UserList,
    /// The ids of those who are gone, ascending.
    pub removed: Vec<u64>,
    /// How many users did not change.
    pub unchanged: u64,
    /// For the next sync. To be stored in one transaction with the changes.
    pub state: String,
}

impl Changes {
    /// Users who were not in the state.
    pub fn added(&self) -> impl Iterator<Item = User> {
        self.added.iter().map(|(_, json)| from_normalised(json))
    }

    /// Users whose name, phone or job number changed.
    pub fn updated(&self) -> impl Iterator<Item = User> {
        self.updated.iter().map(|(_, json)| from_normalised(json))
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Changes")
            .field("count", &self.count)
            .field("added", &self.added.len())
            .field("updated", &self.updated.len())
            .field("removed", &self.removed)
            .field("unchanged", &self.unchanged)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Compares all users with an earlier state.
    ///
    /// # Errors
    ///
    /// [`Kind::Argument`] for a damaged state or one of another platform, [`Kind::Guard`] where too
    /// many users would be removed, and those of a listing. After an error nothing has changed.
    pub fn sync_users(&self, options: &SyncOptions) -> Result<Changes> {
        let platform = self.config().endpoints.get_users.clone();
        let previous = match &options.state {
            Some(state) => State::decode(state, &platform)?,
            None => State::first()?,
        };
        let mut sync = Sync::new(previous);
        sync.read(self, options)?;
        if sync.missing() > 0 {
            // Gone is who is missing from two complete listings in a row.
            sync.read(self, options)?;
        }
        sync.check_removals(options.max_removed_percent)?;
        Ok(sync.finish(&platform))
    }
}

/// A user's id and the hash of what is compared.
type Entry = (u64, u64);

struct Sync {
    previous: State,
    /// Which of the previous users were seen.
    seen: RoaringTreemap,
    current: Vec<Entry>,
    current_ids: RoaringTreemap,
    added: UserList,
    updated: UserList,
    unchanged: u64,
}

impl Sync {
    fn new(previous: State) -> Sync {
        Sync {
            current: Vec::new(),
            previous,
            seen: RoaringTreemap::new(),
            current_ids: RoaringTreemap::new(),
            added: UserList::default(),
            updated: UserList::default(),
            unchanged: 0,
        }
    }

    /// Reads the whole list. Whoever was read before is not looked at again.
    fn read(&mut self, client: &Client, options: &SyncOptions) -> Result<()> {
        let mut users = client.users(ListQuery {
            page_size: options.page_size,
            prefetch: options.prefetch,
            keyword: None,
        });
        loop {
            let page = users.next_page()?;
            if let Some(count) = page.count() {
                // Only a hint: the platform's word alone allocates nothing large.
                let expected = (count as usize).min(self.current.len() + (1 << 20));
                self.current
                    .reserve_exact(expected.saturating_sub(self.current.len()));
            }
            for (id, json) in page.page.users.iter() {
                if self.current_ids.insert(id) {
                    self.compare(id, json);
                }
            }
            if page.is_done() {
                return Ok(());
            }
        }
    }

    fn compare(&mut self, id: u64, json: &str) {
        let hash = self.previous.hash(json);
        self.current.push((id, hash));
        match self.previous.find(id) {
            None => self.added.push(id, json),
            Some(before) => {
                self.seen.insert(id);
                if before == hash {
                    self.unchanged += 1;
                } else {
                    self.updated.push(id, json);
                }
            }
        }
    }

    fn missing(&self) -> usize {
        self.previous.entries.len() - self.seen.len() as usize
    }

    fn check_removals(&self, max_removed_percent: u64) -> Result<()> {
        let (before, missing) = (self.previous.entries.len(), self.missing());
        let too_many = missing > ALWAYS_ALLOWED_REMOVALS
            && missing as u64 * 100 > before as u64 * max_removed_percent;
        let message = if self.current.is_empty() && before > 0 {
            format!("the platform lists no users, and the state has {before}; nothing was changed")
        } else if too_many {
            format!(
                "{missing} of the state's {before} users would be removed ({} are listed), more than \
                 `maxRemovedPercent` {max_removed_percent}; nothing was changed; allow more if that \
                 is right",
                self.current.len()
            )
        } else {
            return Ok(());
        };
        Err(Error::new(Kind::Guard, message).at(Endpoint::GetUsers))
    }

    fn finish(mut self, platform: &Uri) -> Changes {
        let gone = self.previous.entries.iter().map(|(id, _)| *id);
        let removed = gone.filter(|id| !self.seen.contains(*id)).collect();
        self.current.sort_unstable();
        Changes {
            count: self.current.len() as u64,
            added: self.added,
            updated: self.updated,
            removed,
            unchanged: self.unchanged,
            state: State {
                salt: self.previous.salt,
                entries: self.current,
            }
            .encode(platform),
        }
    }
}

/// The first byte of every state; another one is of a later release.
const FORMAT: u8 = 1;
const SALT: usize = 16;
const PLATFORM: usize = 8;
const CHECKSUM: usize = 8;
const HEAD: usize = 1 + PLATFORM + SALT;

/// What a sync remembers: of each user the id and a salted hash, ascending by id.
///
/// As bytes: the format, the platform's address (hashed), the salt, then for each user the distance
/// to the id before it (seven bits a byte, the lowest first, the eighth bit set but in the last) and
/// eight bytes of hash; at last a checksum of it all. As text: base64 for URLs, without padding.
struct State {
    salt: [u8; SALT],
    entries: Vec<Entry>,
}

impl State {
    fn first() -> Result<State> {
        let mut salt = [0; SALT];
        let filled = SystemRandom::new().fill(&mut salt);
        filled.map_err(|_| Error::new(Kind::Internal, "the system gives no random numbers"))?;
        Ok(State {
            salt,
            entries: Vec::new(),
        })
    }

    fn find(&self, id: u64) -> Option<u64> {
        let index = self.entries.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(self.entries[index].1)
    }

    /// Of a user's JSON, the fields that are compared, whatever way their text is escaped.
    fn hash(&self, json: &str) -> u64 {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Compared<'a> {
            #[serde(borrow)]
            user_name: Option<Text<'a>>,
            phone: Option<Text<'a>>,
            job_number: Option<Text<'a>>,
        }
        let user: Compared<'_> =
            serde_json::from_str(json).expect("users are normalised to valid JSON");
        let mut context = Context::new(&SHA256);
        context.update(&self.salt);
        for text in [user.user_name, user.phone, user.job_number] {
            let text = text.as_ref().map(|text| text.0.as_bytes());
            let length = text.map_or(u64::MAX, |text| text.len() as u64);
            context.update(&length.to_le_bytes());
            context.update(text.unwrap_or_default());
        }
        first_eight(context.finish().as_ref())
    }

    fn encode(&self, platform: &Uri) -> String {
        let mut bytes = Vec::with_capacity(HEAD + self.entries.len() * 10 + CHECKSUM);
        bytes.push(FORMAT);
        bytes.extend_from_slice(&address(platform));
        bytes.extend_from_slice(&self.salt);
        let mut before = 0;
        for (id, hash) in &self.entries {
            let mut distance = id - before;
            before = *id;
            while distance > 0x7f {
                bytes.push(distance as u8 | 0x80);
                distance >>= 7;
            }
            bytes.push(distance as u8);
            bytes.extend_from_slice(&hash.to_le_bytes());
        }
        bytes.extend_from_slice(&digest(&SHA256, &bytes).as_ref()[..CHECKSUM]);
        URL_SAFE_NO_PAD.encode(&bytes)
    }

    fn decode(text: &str, platform: &Uri) -> Result<State> {
        let damaged =
            || Error::argument("`state` is damaged; sync without one, and compare all users");
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| damaged())?;
        let body_end = bytes
            .len()
            .checked_sub(CHECKSUM)
            .filter(|end| *end >= HEAD)
            .ok_or_else(damaged)?;
        let (body, checksum) = bytes.split_at(body_end);
        if digest(&SHA256, body).as_ref()[..CHECKSUM] != *checksum {
            return Err(damaged());
        }
        if body[0] != FORMAT {
            return Err(Error::argument(
                "`state` was written by a later release of the library",
            ));
        }
        if body[1..1 + PLATFORM] != address(platform) {
            return Err(Error::argument(
                "`state` is of a platform at another address",
            ));
        }
        let salt = body[1 + PLATFORM..HEAD].try_into().map_err(|_| damaged())?;
        let entries = decode_entries(&body[HEAD..]).ok_or_else(damaged)?;
        Ok(State { salt, entries })
    }
}

fn decode_entries(mut bytes: &[u8]) -> Option<Vec<Entry>> {
    // No user takes less than nine bytes.
    let mut entries = Vec::with_capacity(bytes.len() / 9);
    let mut id = 0u64;
    while !bytes.is_empty() {
        let end = bytes.iter().take(8).position(|byte| byte & 0x80 == 0)? + 1;
        let (distance, rest) = bytes.split_at(end);
        let distance = distance
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7f));
        let (hash, rest) = rest.split_first_chunk::<8>()?;
        bytes = rest;
        id = id
            .checked_add(distance)
            .filter(|id| distance > 0 && *id <= MAX_ID)?;
        entries.push((id, u64::from_le_bytes(*hash)));
    }
    Some(entries)
}

/// What tells platforms apart: host, port and path. `http` and `https` of a host are one platform.
fn address(platform: &Uri) -> [u8; PLATFORM] {
    let port = platform
        .port_u16()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    let address = format!(
        "{}{port}{}",
        platform.host().unwrap_or_default(),
        platform.path()
    );
    first_eight(digest(&SHA256, address.as_bytes()).as_ref()).to_le_bytes()
}

fn first_eight(digest: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(url: &str) -> Uri {
        url.parse().unwrap()
    }

    #[test]
    fn a_state_comes_back_as_it_was_and_is_compact() {
        let url = platform("http://h:81/p");
        let entries: Vec<Entry> = [1, 2, 200, 1 << 20, MAX_ID - 1, MAX_ID]
            .iter()
            .map(|id| (*id, id * 3))
            .collect();
        let state = State {
            salt: [7; SALT],
            entries: entries.clone(),
        };
        let text = state.encode(&url);
        let decoded = State::decode(&text, &url).unwrap();
        assert_eq!((decoded.salt, decoded.entries), ([7; SALT], entries));
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        assert!(bytes.len() - HEAD - CHECKSUM <= 6 * 16);
    }

    #[test]
    fn a_damaged_state_or_one_of_another_platform_is_refused() {
        let url = platform("http://h/p");
        let state = State {
            salt: [7; SALT],
            entries: vec![(1, 2), (3, 4)],
        };
        let text = state.encode(&url);
        assert!(State::decode(&text, &platform("https://h/p")).is_ok());
        for other in ["http://h/q", "http://h:81/p", "http://g/p"] {
            let error = State::decode(&text, &platform(other)).err().unwrap();
            assert!(error.message().contains("another address"), "{error}");
        }
        for position in 0..text.len() {
            let mut damaged = text.clone().into_bytes();
            damaged[position] = if damaged[position] == b'A' {
                b'B'
            } else {
                b'A'
            };
            let damaged = String::from_utf8(damaged).unwrap();
            assert!(State::decode(&damaged, &url).is_err(), "{position}");
            assert!(
                State::decode(&text[..position], &url).is_err(),
                "{position}"
            );
        }
    }

    #[test]
    fn the_format_is_stable() {
        let state = State {
            salt: [7; SALT],
            entries: vec![(1, 2), (300, 4)],
        };
        assert_eq!(state.encode(&platform("http://h/p")), GOLDEN);
        let json = r#"{"userName":"\u9648涛","phone":"1","jobNumber":null}"#;
        assert_eq!(
            state.hash(json),
            state.hash(r#"{"jobNumber":null,"userName":"陈涛","phone":"1"}"#)
        );
        assert_ne!(
            state.hash(json),
            state.hash(r#"{"userName":"陈涛","phone":null,"jobNumber":"1"}"#)
        );
        assert_eq!(state.hash(json), 4_113_187_034_000_351_909);
    }

    const GOLDEN: &str = "AZ64iCN0UJcQBwcHBwcHBwcHBwcHBwcHBwECAAAAAAAAAKsCBAAAAAAAAAC3P125ANWl3w";
}
