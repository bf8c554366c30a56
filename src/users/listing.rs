//! All users: page by page, every user once, and never knowingly a short list.
//!
//! The interface has pages and a `count` and nothing more: no order is promised, pages shift when
//! users come and go, and the server may cap `pageSize` in silence. So the list is read in passes.
//! A pass is clean if `count` stood still, no id came twice and the distinct ids are `count`. The
//! first clean pass ends the listing; until then another pass looks for users that slipped through
//! between two pages. What was given out once is not given again, and ids are all that is kept.

use std::collections::BTreeMap;

use roaring::RoaringTreemap;

use super::page::{UserPage, missing_page};
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Result};
use crate::platform::requests::PageQuery;
use crate::platform::user_list::{Layout, UserList};
use crate::platform::users::Page;

/// Passes over the list before it is called inconsistent.
const MAX_PASSES: u32 = 5;

/// How to list all users.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Users on a page, from 1 to 10,000. A server that gives fewer is followed.
    pub page_size: u64,
    /// Text that the platform searches for.
    pub keyword: Option<String>,
    /// How many pages to fetch at once, from 1 to 16.
    pub prefetch: u64,
}

impl Default for ListQuery {
    fn default() -> ListQuery {
        ListQuery {
            page_size: 500,
            keyword: None,
            prefetch: 4,
        }
    }
}

/// A listing under way.
///
/// ```no_run
/// # fn main() -> panda_water::Result<()> {
/// # let client = panda_water::Client::new(panda_water::Config::from_json("{}")?)?;
/// let mut users = client.users(panda_water::ListQuery::default());
/// loop {
///     let page = users.next_page()?;
///     for user in page.users() {
///         println!("{} {:?}", user.id, user.user_name);
///     }
///     if page.is_done() {
///         break;
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Users {
    client: Client,
    query: ListQuery,
    layout: Layout,
    /// Pages fetched and not yet looked at, by index.
    in_hand: BTreeMap<u64, Page>,
    pass: Pass,
    passes: u32,
    /// The ids of all users given out.
    given: RoaringTreemap,
    first_count: Option<u64>,
    count_stood_still: bool,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Reading,
    Done,
    Inconsistent,
}

/// One reading of the list from its first page.
#[derive(Debug)]
struct Pass {
    /// The page to look at next, from 1.
    next_index: u64,
    /// The newest `count`, if the platform gives one.
    count: Option<u64>,
    seen: RoaringTreemap,
    clean: bool,
}

impl Pass {
    fn new() -> Pass {
        Pass {
            next_index: 1,
            count: None,
            seen: RoaringTreemap::new(),
            clean: true,
        }
    }
}

impl Client {
    /// All users (both documents, interface ①), page by page.
    pub fn users(&self, query: ListQuery) -> Users {
        Users::new(self.clone(), query)
    }
}

impl Users {
    fn new(client: Client, query: ListQuery) -> Users {
        Users {
            client,
            query,
            layout: Layout::Objects,
            in_hand: BTreeMap::new(),
            pass: Pass::new(),
            passes: 1,
            given: RoaringTreemap::new(),
            first_count: None,
            count_stood_still: true,
            state: State::Reading,
        }
    }

    /// The same users, written as rows.
    pub(crate) fn in_layout(self, layout: Layout) -> Users {
        Users { layout, ..self }
    }

    /// The next page: users not given before. The last one is marked as done, and after it come
    /// empty ones that are.
    ///
    /// # Errors
    ///
    /// [`Kind::Inconsistent`] if the list does not hold still; then a new listing is needed. After
    /// any other error the call can be made again and goes on where it failed.
    pub fn next_page(&mut self) -> Result<UserPage> {
        loop {
            match self.state {
                State::Reading => {}
                State::Done => {
                    let page = Page {
                        count: self.pass.count,
                        users: UserList::default(),
                    };
                    return Ok(UserPage { page, done: true });
                }
                State::Inconsistent => return Err(inconsistent()),
            }
            let page = match self.in_hand.remove(&self.pass.next_index) {
                Some(page) => page,
                None => self.fetch()?,
            };
            let page = self.take(page);
            let done = self.state == State::Done;
            if done || !page.users.is_empty() {
                return Ok(UserPage { page, done });
            }
        }
    }

    /// Fetches the page that is due and those after it, and keeps what came for later calls.
    fn fetch(&mut self) -> Result<Page> {
        let due = self.pass.next_index;
        let wanted: Vec<u64> = (due..due + self.pages_at_once())
            .filter(|index| !self.in_hand.contains_key(index))
            .collect();
        let query = |index: &u64| PageQuery {
            page_index: Some(*index),
            page_size: Some(self.query.page_size),
            keyword: self.query.keyword.clone(),
        };
        let queries: Vec<PageQuery> = wanted.iter().map(query).collect();
        let mut due_page = Err(missing_page());
        for (index, result) in wanted
            .into_iter()
            .zip(self.client.pages(&queries, self.layout))
        {
            match result {
                result if index == due => due_page = result,
                Ok(page) => drop(self.in_hand.insert(index, page)),
                // It is asked for again when its turn comes.
                Err(error) => log::info!("page {index} of the users: {error}"),
            }
        }
        due_page
    }

    /// The first page comes alone: it tells how many users there are, and how many make a page.
    fn pages_at_once(&self) -> u64 {
        if self.pass.next_index == 1 {
            return 1;
        }
        let left = self.pass.count.map_or(u64::MAX, |count| {
            count
                .div_ceil(self.query.page_size)
                .saturating_sub(self.pass.next_index - 1)
        });
        left.clamp(1, self.query.prefetch)
    }

    /// Takes the page that is due into the pass. What is left in it is to be given out.
    fn take(&mut self, mut page: Page) -> Page {
        let index = self.pass.next_index;
        self.pass.next_index += 1;
        self.note_count(page.count);
        let mut anything_new = false;
        for id in page.users.ids() {
            match self.pass.seen.insert(id) {
                true => anything_new = true,
                false => self.pass.clean = false,
            }
        }
        if index == 1 {
            self.adapt_page_size(page.users.len() as u64);
        }
        page.users.retain(|id| self.given.insert(id));
        page.count = self.pass.count;

        // A page without anything new ends a pass too: a server that ignores `pageIndex` would
        // never give an empty one.
        let reached = |count: u64| index >= count.div_ceil(self.query.page_size);
        if !anything_new || self.pass.count.is_some_and(reached) {
            self.end_pass();
        }
        page
    }

    fn note_count(&mut self, count: Option<u64>) {
        let Some(count) = count else { return };
        if self
            .pass
            .count
            .replace(count)
            .is_some_and(|before| before != count)
        {
            self.pass.clean = false;
        }
        self.count_stood_still &= *self.first_count.get_or_insert(count) == count;
    }

    /// A server that caps `pageSize`, or has a size of its own, is asked for what it gives: only so
    /// does its idea of where a page begins agree with ours.
    fn adapt_page_size(&mut self, users: u64) {
        let is_all = self.pass.count.is_some_and(|count| users >= count);
        if users > 0 && users != self.query.page_size && !is_all {
            log::info!(
                "the platform gives {users} users on a page, not {}",
                self.query.page_size
            );
            self.query.page_size = users;
        }
    }

    fn end_pass(&mut self) {
        let matches = |ids: &RoaringTreemap| self.pass.count.is_none_or(|count| ids.len() == count);
        let clean = self.pass.clean && matches(&self.pass.seen);
        // Several passes together: all that `count` promised from the first page to this one.
        let complete = self.count_stood_still && self.first_count.is_some() && matches(&self.given);
        if clean || complete {
            self.state = State::Done;
        } else if self.passes == MAX_PASSES {
            self.state = State::Inconsistent;
        } else {
            log::info!("the list of users changed while it was read; reading it again");
            self.in_hand.clear();
            self.pass = Pass::new();
            self.passes += 1;
        }
    }
}

fn inconsistent() -> Error {
    let message = format!(
        "the list of users kept changing through {MAX_PASSES} readings; list again when it is at rest"
    );
    Error::new(Kind::Inconsistent, message).at(Endpoint::GetUsers)
}
