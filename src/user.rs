//! Users as programs in Rust get them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::platform::users::Page;

/// A user of the platform (both documents, interfaces ① and ②).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The platform's identity of the user, from 1 to 2^53-1: what links are kept by.
    pub id: u64,
    /// The name.
    pub user_name: Option<String>,
    /// The phone number as it was entered.
    pub phone: Option<String>,
    /// The job number (2024).
    pub job_number: Option<String>,
    /// The portrait (2024, by ticket).
    pub user_image: Option<String>,
    /// Every further field that the platform sent.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

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

/// A user of JSON that this library wrote.
pub(crate) fn from_normalised(json: &str) -> User {
    serde_json::from_str(json).expect("users are normalised to valid JSON")
}
