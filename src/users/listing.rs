//! All users: page by page, every user once, and never knowingly a short list.
//!
//! The interface has pages and a `count` and nothing more: no order is promised, pages shift when
//! users come and go, the server may cap `pageSize` in silence or take users out of their pages, and
//! `count` may be the page's own number or a capped one. So the list is read in passes, each up to
//! where the pages themselves show its end (see [`Pass`]). A pass is clean if `count` stood still and
//! every page brought new users alone. The first pass that is clean ends the listing, and so does one
//! that saw just whom the passes before it saw, or the last of several that together saw all that a
//! steady `count` promised. What was given out once is not given again, and ids are all that is kept.
//!
//! Where the line is slow, fewer pages are asked for at once, and smaller ones (see [`Pace`]). The
//! size changes only where the first pass begins, at its first page: what a server makes of another
//! size shows there, and nowhere else.

use std::collections::BTreeMap;
use std::mem;
use std::time::Duration;

use roaring::RoaringTreemap;

use super::pace::Pace;
use super::page::{UserPage, missing_page};
use crate::client::Client;
use crate::deadline::Deadline;
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Result};
use crate::memory;
use crate::platform::requests::PageQuery;
use crate::platform::user_list::{Layout, UserList};
use crate::platform::users::Page;

/// Passes over the list before it is called inconsistent.
const MAX_PASSES: u32 = 5;

/// Pages of fewer users are not made smaller.
const MIN_PAGE_SIZE: u64 = 10;

/// How to list all users. Where the line is slow, fewer pages are asked for at once, and smaller ones.
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
    pace: Pace,
    layout: Layout,
    /// Pages fetched and not yet looked at, by index.
    in_hand: BTreeMap<u64, Page>,
    /// Users to give out. The last of the list wait here until the page beyond them is known.
    held: UserList,
    pass: Pass,
    passes: u32,
    /// The ids of all users given out.
    given: RoaringTreemap,
    /// How many they were when the pass began.
    given_before: u64,
    first_count: Option<u64>,
    count_stood_still: bool,
    /// Every pass ended with the same users and the same `count`.
    passes_agree: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    Reading,
    Done,
    /// Inconsistent, or there was no memory to note who was given out.
    Broken(Error),
}

impl Client {
    /// All users (both documents, interface ①), page by page.
    pub fn users(&self, query: ListQuery) -> Users {
        Users::new(self.clone(), query)
    }
}

impl Users {
    fn new(client: Client, query: ListQuery) -> Users {
        let config = client.config();
        Users {
            pace: Pace::new(
                config.timeout.min(config.deadline / 2),
                config.connect_timeout,
            ),
            client,
            query,
            layout: Layout::Objects,
            in_hand: BTreeMap::new(),
            held: UserList::default(),
            pass: Pass::new(),
            passes: 1,
            given: RoaringTreemap::new(),
            given_before: 0,
            first_count: None,
            count_stood_still: true,
            passes_agree: true,
            state: State::Reading,
        }
    }

    /// The same users, written as rows.
    pub(crate) fn in_layout(self, layout: Layout) -> Users {
        Users { layout, ..self }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The next page: users not given before. The last one is marked as done, and after it come
    /// empty ones that are.
    ///
    /// # Errors
    ///
    /// [`Kind::Inconsistent`] if the list does not hold still, or its numbers do not fit together;
    /// then a new listing is needed. After any other error the call can be made again and goes on
    /// where it failed; not where there was no memory to note who was given out, a
    /// [`Kind::Response`] that comes again at every call.
    pub fn next_page(&mut self) -> Result<UserPage> {
        let call = self.client.session().begin();
        self.next_page_by(call.deadline())
    }

    /// The same, where the first fetch has the time until then; any further one has its own.
    pub(crate) fn next_page_by(&mut self, mut deadline: Deadline<'_>) -> Result<UserPage> {
        loop {
            let holds_users = !self.held.is_empty();
            match &self.state {
                State::Done => return Ok(self.give(true)),
                State::Broken(error) if !holds_users => return Err(error.clone()),
                State::Broken(_) => return Ok(self.give(false)),
                State::Reading => {}
            }
            if holds_users && !self.pass.may_be_over() {
                return Ok(self.give(false));
            }
            if !self.in_hand.contains_key(&self.pass.next_index) {
                self.fetch(deadline)?;
                deadline = deadline.anew();
            }
            // Before anything is changed: what was noted as given has to be given.
            let due = self.in_hand.get(&self.pass.next_index);
            due.map_or(Ok(()), |page| memory::expect(page.users.size()))?;
            let Some(page) = self.in_hand.remove(&self.pass.next_index) else {
                return Err(missing_page());
            };
            if holds_users && self.pass.is_news(&page) {
                self.in_hand.insert(self.pass.next_index, page);
                return Ok(self.give(false));
            }
            self.take(page)?;
        }
    }

    fn give(&mut self, done: bool) -> UserPage {
        let page = Page {
            count: self.pass.count.or(self.first_count),
            users: mem::take(&mut self.held),
            ..Page::default()
        };
        UserPage { page, done }
    }

    /// Fetches the page that is due and those after it, and keeps what came. What the line does not
    /// bring in the time of an attempt is asked for again in smaller parts.
    fn fetch(&mut self, deadline: Deadline<'_>) -> Result<()> {
        let due = self.pass.next_index;
        let mut attempts = 0;
        let mut repeats_left = self.client.config().retries;
        loop {
            let wanted: Vec<u64> = (due..due + self.pages_at_once())
                .filter(|index| !self.in_hand.contains_key(index))
                .collect();
            let query = |index: &u64| PageQuery {
                page_index: Some(*index),
                page_size: Some(self.query.page_size),
                keyword: self.query.keyword.clone(),
            };
            let queries: Vec<PageQuery> = wanted.iter().map(query).collect();
            let may_be_smaller =
                due == 1 && self.passes == 1 && self.query.page_size > MIN_PAGE_SIZE;
            let has_parts = repeats_left > 0 && (wanted.len() > 1 || may_be_smaller);
            let (pages, slowest) = (self.client).pages(&queries, self.layout, deadline, !has_parts);
            let mut fetched = Ok(());
            for (&index, result) in wanted.iter().zip(pages) {
                match result {
                    Ok(page) => drop(self.in_hand.insert(index, page)),
                    Err(error) if index == due => fetched = Err(error),
                    // It is asked for again when its turn comes.
                    Err(error) => log::info!("page {index} of the users: {error}"),
                }
            }
            // What else ends the page that is due says nothing of the line.
            let says_pace = (fetched.as_ref().err()).is_none_or(|it| it.kind() == Kind::Timeout);
            if says_pace {
                self.pace.note(slowest, wanted.len() as u64);
            }
            let Err(error) = fetched else { return Ok(()) };
            attempts += error.attempts();
            let is_too_much = error.kind() == Kind::Timeout && slowest == Duration::MAX;
            if !is_too_much || deadline.has_passed() {
                return Err(error.with_attempts(attempts));
            }
            repeats_left -= 1;
            if wanted.len() == 1 {
                self.query.page_size = (self.query.page_size / 4).max(MIN_PAGE_SIZE);
            }
            log::info!("{error}; asking for less at once");
        }
    }

    /// The first page comes alone: it tells how many users there are, and how many make a page. By
    /// `count` those that it promises are asked for, and the one that shows that it was right.
    /// Without one, no more than were read before, so that few are asked for in vain.
    fn pages_at_once(&self) -> u64 {
        let (pass, seen) = (&self.pass, self.pass.seen.len());
        let expected = match pass.count {
            _ if pass.empty.is_some() => 1,
            Some(count) if seen <= count => (count - seen) / self.query.page_size + 1,
            _ if pass.is_short => 1,
            _ => pass.next_index - 1,
        };
        expected.clamp(1, self.query.prefetch.min(self.pace.pages_at_once()))
    }

    /// Takes the page that is due into the pass. What is left in it is to be given out.
    fn take(&mut self, mut page: Page) -> Result<()> {
        if let Some(count) = page.count {
            self.count_stood_still &= *self.first_count.get_or_insert(count) == count;
        }
        let is_first = self.pass.next_index == 1;
        let may_end = self.pass.take(&page);
        let length = page.users.len() as u64;
        if let Err(error) = page.users.retain(|id| self.given.insert(id)) {
            // Whom it notes as given has not been.
            let error = Error::from(error);
            self.state = State::Broken(error.clone());
            return Err(error);
        }
        if !page.users.is_empty() {
            self.held = page.users;
        }
        if is_first && self.passes == 1 {
            let goes_on = page.count.is_none_or(|count| count > length);
            let smaller = self.pace.smaller(self.query.page_size);
            if let Some(size) = smaller.filter(|_| goes_on && length == self.query.page_size) {
                log::info!("the line is slow: pages of {size} users from here on");
                self.query.page_size = size;
                self.pass = Pass::new();
                return Ok(());
            }
            self.adapt_page_size(length);
        }
        // What is in hand already is not left unread.
        if may_end && !self.in_hand.values().any(|page| self.pass.is_news(page)) {
            self.end_pass();
        }
        Ok(())
    }

    /// A server that caps `pageSize`, or has a size of its own, is asked for what it gives: only so
    /// does its idea of where a page begins agree with ours. Once, since pages may also be short
    /// because users were taken out of them.
    fn adapt_page_size(&mut self, users: u64) {
        if users > 0 && users != self.query.page_size {
            log::debug!(
                "the first page holds {users} users, not {}",
                self.query.page_size
            );
            self.query.page_size = users;
        }
    }

    fn end_pass(&mut self) {
        let (seen, given) = (self.pass.seen.len(), self.given.len());
        // Nobody new, and nobody missing: what is odd about the pages is the platform's way.
        let as_before = self.passes > 1 && given == self.given_before && seen == given;
        let clean = self.pass.is_whole() && (self.pass.clean || as_before);
        // Several passes together: all that `count` promised from the first page to this one.
        let complete = self.count_stood_still && self.first_count == Some(given);
        self.passes_agree &= self.passes == 1 || (as_before && self.count_stood_still);
        if clean || complete {
            self.state = State::Done;
        } else if self.passes == MAX_PASSES {
            self.state = State::Broken(self.inconsistent());
        } else {
            log::info!("the list of users does not fit together; reading it again");
            self.in_hand.clear();
            self.pass = Pass::new();
            self.passes += 1;
            self.given_before = given;
        }
    }

    /// What did not fit together in the last pass, with its numbers.
    fn inconsistent(&self) -> Error {
        let (pass, seen) = (&self.pass, self.pass.seen.len());
        let count = match pass.count {
            Some(count) => format!("its `count` is {count}"),
            None => "it tells no `count`".to_owned(),
        };
        let message = if let Some(page) = pass.hole {
            format!(
                "page {page} of the users came empty, and the pages after it did not: {seen} users \
                 seen, and {count}, in the last of {MAX_PASSES} readings; list again later"
            )
        } else if !self.passes_agree {
            format!(
                "the list of users kept changing through {MAX_PASSES} readings: {seen} users seen in \
                 the last, {} in all, and {count}; list again when it is at rest",
                self.given.len()
            )
        } else if let Some(page) = pass.repeats {
            format!(
                "the platform ignores `pageIndex`: page {page} repeats users of the pages before it, \
                 in each of {MAX_PASSES} readings; {seen} users seen, and {count}; a `pageSize` of as \
                 many as there are may help"
            )
        } else {
            format!(
                "the platform lists {seen} users, and {count}, in each of {MAX_PASSES} readings: \
                 users are missing from its list, or its `count` is wrong"
            )
        };
        let error = Error::new(Kind::Inconsistent, message).at(Endpoint::GetUsers);
        error.retryable(pass.hole.is_some() || !self.passes_agree)
    }
}

/// One reading of the list from its first page.
///
/// It ends where the pages show that no more come, once at least `count` users were seen: at a page
/// shorter than an earlier one, or at a page beyond that is empty or, where there is a `count`,
/// repeats users alone. Where `count` is missing or was exceeded, it says nothing about the end: then
/// a short page counts only with the page after it, since users may have been taken out of it.
#[derive(Debug)]
struct Pass {
    /// The page to look at next, from 1.
    next_index: u64,
    /// The newest `count`, if the platform gives one.
    count: Option<u64>,
    /// Every `count` so far was the number of its own page's users.
    counts_pages: bool,
    seen: RoaringTreemap,
    /// The users of the largest page.
    largest: usize,
    /// The last page with new users was shorter than an earlier one.
    is_short: bool,
    /// An empty page after which nobody came yet.
    empty: Option<u64>,
    /// An empty page after which users came.
    hole: Option<u64>,
    /// A page of users that had been seen, all of them.
    repeats: Option<u64>,
    /// `count` stood still, and every page with new users had no others.
    clean: bool,
}

impl Pass {
    fn new() -> Pass {
        Pass {
            next_index: 1,
            count: None,
            counts_pages: true,
            seen: RoaringTreemap::new(),
            largest: 0,
            is_short: false,
            empty: None,
            hole: None,
            repeats: None,
            clean: true,
        }
    }

    /// Takes the page that is due. Whether the pass may end with it.
    fn take(&mut self, page: &Page) -> bool {
        let index = self.next_index;
        self.next_index += 1;
        let length = page.users.len();
        self.note_count(page.count, length as u64);
        let seen_before = self.seen.len();
        self.seen.extend(page.users.ids());
        let new = self.seen.len() - seen_before;
        if new > 0 {
            self.clean &= new == length as u64 && self.repeats.is_none();
            self.hole = self.hole.or(self.empty.take());
            self.is_short = length < self.largest;
            self.largest = self.largest.max(length);
            self.is_short && self.count == Some(self.seen.len())
        } else if length > 0 {
            self.repeats = Some(index);
            true
        } else {
            // Two in a row, where one alone may be a page that was lost on its way.
            self.empty.replace(index).is_some() || self.shows_end()
        }
    }

    fn note_count(&mut self, count: Option<u64>, users: u64) {
        let Some(count) = count else { return };
        self.counts_pages &= count == users;
        let before = self.count.replace(count);
        self.clean &= self.counts_pages || before.is_none_or(|before| before == count);
    }

    /// Whether a page without new users is the end.
    fn shows_end(&self) -> bool {
        match self.count {
            Some(count) => self.seen.len() >= count,
            None => self.is_short,
        }
    }

    /// Whether the page that is due may show that there are no more.
    fn may_be_over(&self) -> bool {
        self.next_index > 1 && self.count.is_none_or(|count| self.seen.len() >= count)
    }

    /// Whether a page has users that were not seen.
    fn is_news(&self, page: &Page) -> bool {
        page.users.ids().any(|id| !self.seen.contains(id))
    }

    /// Whether the pass, at its end, has read the whole list, if that held still.
    fn is_whole(&self) -> bool {
        let seen = self.seen.len();
        self.count.is_none_or(|count| seen >= count)
            && (self.repeats.is_none() || self.shows_end())
            && (self.hole.is_none() || self.count == Some(seen))
    }
}
