//! All users against an earlier state (both documents, step 1: "on a schedule").
//!
//! Nothing is kept here: the caller stores the state together with the changes that it applied. What
//! it needs for the next comparison, an id and a hash for each user, is the state.

mod state;

use std::fmt;

use reqwest::Url;
use roaring::RoaringTreemap;

use self::state::{Entry, State};
use super::listing::ListQuery;
use super::user::{User, from_normalised};
use crate::client::Client;
use crate::deadline::Call;
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Result};
use crate::memory;
use crate::platform::user_list::UserList;

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
        let platform = self.config().addresses.of(Endpoint::GetUsers).clone();
        let previous = match &options.state {
            Some(state) => State::decode(state, &platform)?,
            None => State::first()?,
        };
        let call = self.session().begin();
        let mut sync = Sync::new(previous);
        sync.read(self, options, &call)?;
        if sync.missing() > 0 {
            // Gone is who is missing from two complete listings in a row.
            sync.read(self, options, &call)?;
        }
        sync.check_removals(options.max_removed_percent)?;
        sync.finish(&platform)
    }
}

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
    fn read(&mut self, client: &Client, options: &SyncOptions, call: &Call) -> Result<()> {
        let mut users = client.users(ListQuery {
            page_size: options.page_size,
            prefetch: options.prefetch,
            keyword: None,
        });
        loop {
            let page = users.next_page_by(call.deadline())?;
            if let Some(count) = page.count() {
                // Only a hint: the platform's word alone allocates nothing large.
                let expected = (count as usize).min(self.current.len() + (1 << 20));
                let more = expected.saturating_sub(self.current.len());
                memory::reserve(&mut self.current, more)?;
            }
            for (id, json) in page.page.users.iter() {
                if self.current_ids.insert(id) {
                    self.compare(id, json)?;
                }
            }
            if page.is_done() {
                return Ok(());
            }
        }
    }

    fn compare(&mut self, id: u64, json: &str) -> Result<()> {
        let hash = self.previous.hash(json);
        memory::reserve(&mut self.current, 1)?;
        self.current.push((id, hash));
        match self.previous.find(id) {
            None => self.added.push(id, json)?,
            Some(before) => {
                self.seen.insert(id);
                if before == hash {
                    self.unchanged += 1;
                } else {
                    self.updated.push(id, json)?;
                }
            }
        }
        Ok(())
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

    fn finish(mut self, platform: &Url) -> Result<Changes> {
        memory::expect(self.missing() * size_of::<u64>())?;
        let gone = self.previous.entries.iter().map(|(id, _)| *id);
        let removed = gone.filter(|id| !self.seen.contains(*id)).collect();
        self.current.sort_unstable();
        Ok(Changes {
            count: self.current.len() as u64,
            added: self.added,
            updated: self.updated,
            removed,
            unchanged: self.unchanged,
            state: State {
                salt: self.previous.salt,
                entries: self.current,
            }
            .encode(platform)?,
        })
    }
}
