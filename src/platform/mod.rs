//! The platform's side: its functions, and the readings of what it answers.
//!
//! Lenient in reading, strict in trusting: every spelling of an answer that is met in the field is
//! understood, but no user comes out of it without a valid id.

pub(crate) mod envelope;
pub(crate) mod json;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod token;
pub(crate) mod users;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A text as the value of a query or form parameter.
pub(crate) fn percent_encode(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, RESERVED)
}
