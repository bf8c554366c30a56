//! A user as programs in Rust get one.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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

/// A user of JSON that this library wrote.
pub(crate) fn from_normalised(json: &str) -> User {
    serde_json::from_str(json).expect("users are normalised to valid JSON")
}
