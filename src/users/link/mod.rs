//! Platform users matched with the caller's own (both documents, step 2).
//!
//! Careful on purpose: nobody is linked by elimination, by a name alone, against the name or by a
//! value that identifies nobody. What is not certain is shown, for an administrator to decide.

mod comparable;
mod matching;
mod outcome;
mod own_id;
mod placeholder;
mod request;

use memchr::memchr_iter;

use self::matching::Matching;
use self::request::Request;
use crate::error::{Error, Kind, Result};
use crate::memory;

/// What is kept of a user to compare it, besides its text.
const PER_USER: usize = 320;

/// Matches users; request and answer are JSON as `panda_link_users` takes and gives it.
///
/// # Errors
///
/// [`Kind::Argument`] for a request that is not of that form, an unknown key,
/// and an id that comes twice (`5` and `"5"` are one); [`Kind::Response`] where there is no memory for it.
pub fn link_users(request_json: &str) -> Result<String> {
    let users = memchr_iter(b'{', request_json.as_bytes()).count();
    memory::expect(request_json.len().saturating_mul(2) + users.saturating_mul(PER_USER))?;
    let request = Request::read(request_json)?;
    let outcome = Matching::new(&request).run();
    serde_json::to_string(&outcome).map_err(|error| Error::new(Kind::Internal, error.to_string()))
}
