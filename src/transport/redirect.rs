//! Redirects: one kind is followed, the others are told.

use reqwest::Url;
use reqwest::header::LOCATION;

use super::request::Reply;

/// The one redirect that is followed: of the same host from `http` to `https`. The token goes
/// nowhere else.
pub(super) fn to_https(from: &Url, reply: &Reply) -> Option<Url> {
    let to = target(from, reply)?;
    let upgrades = from.scheme() == "http" && to.scheme() == "https";
    (upgrades && from.host() == to.host() && to.username().is_empty() && to.password().is_none())
        .then_some(to)
}

/// Where a redirect leads.
pub(super) fn target(from: &Url, reply: &Reply) -> Option<Url> {
    from.join(reply.header(LOCATION)?).ok()
}
