//! One page of the users, as the platform gives it (both documents, interface ①).

use std::time::Duration;

use super::user::{User, from_normalised};
use crate::client::Client;
use crate::deadline::Deadline;
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Result};
use crate::memory::{self, NO_MEMORY};
use crate::platform::requests::{PageQuery, page_url};
use crate::platform::user_list::Layout;
use crate::platform::users::{self, Page};
use crate::platform::{envelope, text};
use crate::session::read_answer;
use crate::transport::Request;

/// One page of users.
#[derive(Debug)]
pub struct UserPage {
    pub(crate) page: Page,
    /// No users come after these.
    pub(crate) done: bool,
}

impl UserPage {
    /// How many users there are in all, if the platform said so.
    pub fn count(&self) -> Option<u64> {
        self.page.count
    }

    /// Whether this is the last page of a listing.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// The ids of the page's users.
    pub fn ids(&self) -> impl Iterator<Item = u64> {
        self.page.users.ids()
    }

    /// The page's users.
    pub fn users(&self) -> impl Iterator<Item = User> {
        self.page
            .users
            .iter()
            .map(|(_, json)| from_normalised(json))
    }
}

impl Client {
    /// One page of the users in use (both documents, interface ①), as the platform gives it.
    ///
    /// # Errors
    ///
    /// [`Kind::Rejected`] where the platform refuses, and those of every request.
    pub fn get_users(&self, query: &PageQuery) -> Result<UserPage> {
        self.page(query, Layout::Objects)
    }

    pub(crate) fn page(&self, query: &PageQuery, layout: Layout) -> Result<UserPage> {
        let call = self.session().begin();
        let query = std::slice::from_ref(query);
        let (pages, _) = self.pages(query, layout, call.deadline(), true);
        let page = pages.into_iter().next();
        let page = page.ok_or_else(missing_page)??;
        Ok(UserPage { page, done: false })
    }

    /// Pages of the users, all asked for at once on this thread: a result each, and how long the
    /// slowest took to arrive. What does not arrive in the time of an attempt is asked for again
    /// only if `repeats_timeouts`.
    pub(crate) fn pages(
        &self,
        queries: &[PageQuery],
        layout: Layout,
        deadline: Deadline<'_>,
        repeats_timeouts: bool,
    ) -> (Vec<Result<Page>>, Duration) {
        let endpoint = Endpoint::GetUsers;
        let url = self.config().addresses.of(endpoint);
        let request = |query| {
            let mut request = Request::get(endpoint, page_url(url, query)?);
            request.repeats_timeouts = repeats_timeouts;
            Ok(request)
        };
        let requests: Result<Vec<Request>> = memory::expect_reserve()
            .map_err(Error::from)
            .and_then(|()| queries.iter().map(request).collect());
        let mut requests = match requests {
            Ok(requests) => requests,
            Err(error) => {
                let pages = queries.iter().map(|_| Err(error.clone()));
                return (pages.collect(), Duration::ZERO);
            }
        };
        let mut pages: Vec<Option<Page>> = queries.iter().map(|_| None).collect();
        let said = &mut |index: usize, text: &str, secrets: &[&str]| {
            let page = &mut pages[index];
            let number = queries[index].page_index.unwrap_or(1);
            let usual = |text: &str| users::read_usual_page(text, layout);
            let read = |data: Option<&str>| {
                let read = data.map_or(Ok(Page::default()), |data| users::read_page(data, layout));
                read.map_err(|error| unreadable(number, &error, secrets))
            };
            let said = read_answer(text, secrets, usual, read, page)?;
            match page {
                // Beyond the first page, no list of users means that there are no more.
                Some(page) if number == 1 && !page.tells_users => Err(no_users_told()),
                _ => Ok(said),
            }
        };
        let results = self.session().ask(&mut requests, deadline, &[], said);
        let results = results.into_iter().zip(pages);
        let pages = results
            .map(|(result, page)| result.and_then(|()| page.ok_or_else(missing_page)))
            .collect();
        let slowest = requests.iter().map(|request| request.transfer).max();
        (pages, slowest.unwrap_or_default())
    }
}

/// Fewer pages came back than were asked for.
pub(super) fn missing_page() -> Error {
    Error::new(Kind::Internal, "a page is missing")
}

fn no_users_told() -> Error {
    Error::response(
        "page 1 of the users has neither users nor the word that there are none (`data` with `data`: \
         [], or `count`: 0)",
    )
}

fn unreadable(page: u64, error: &serde_json::Error, secrets: &[&str]) -> Error {
    let problem = envelope::problem(error);
    if problem == NO_MEMORY {
        return Error::response(problem);
    }
    let problem = text::excerpt(&problem, secrets);
    Error::response(format!(
        "page {page} of the users is not what the interface promises: {problem}"
    ))
    .retryable(error.is_eof())
}
