//! One page of the users, as the platform gives it (both documents, interface ①).

use super::user::{User, from_normalised};
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Result};
use crate::platform::envelope;
use crate::platform::requests::{PageQuery, page_url};
use crate::platform::user_list::Layout;
use crate::platform::users::{self, Page};
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
        let page = self.pages(std::slice::from_ref(query), layout).pop();
        let page = page.ok_or_else(missing_page)??;
        Ok(UserPage { page, done: false })
    }

    /// Pages of the users, all asked for at once on this thread; a result each.
    pub(crate) fn pages(&self, queries: &[PageQuery], layout: Layout) -> Vec<Result<Page>> {
        let endpoint = Endpoint::GetUsers;
        let url = self.config().addresses.of(endpoint);
        let request = |query| Ok(Request::get(endpoint, page_url(url, query)?));
        let requests: Result<Vec<Request>> = queries.iter().map(request).collect();
        let mut requests = match requests {
            Ok(requests) => requests,
            Err(error) => return queries.iter().map(|_| Err(error.clone())).collect(),
        };
        let mut pages: Vec<Option<Page>> = queries.iter().map(|_| None).collect();
        let said = &mut |index: usize, text: &str, secrets: &[&str]| {
            let page = &mut pages[index];
            let usual = |text: &str| users::read_usual_page(text, layout);
            read_answer(text, secrets, usual, |data| read_page(data, layout), page)
        };
        let results = self.session().ask(&mut requests, &[], said);
        let results = results.into_iter().zip(pages);
        results
            .map(|(result, page)| result.and_then(|()| page.ok_or_else(missing_page)))
            .collect()
    }
}

/// Fewer pages came back than were asked for.
pub(super) fn missing_page() -> Error {
    Error::new(Kind::Internal, "a page is missing")
}

fn read_page(data: Option<&str>, layout: Layout) -> Result<Page> {
    let data = data.ok_or_else(|| Error::response("the answer has no `data`"))?;
    users::read_page(data, layout).map_err(|error| envelope::unreadable(&error))
}
