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

/// The port of a redirect that changes nothing else than to https; 0 of another.
pub(super) fn https_port(from: &Url, to: &Url) -> u16 {
    match (from.path(), from.query()) == (to.path(), to.query()) {
        true => to.port_or_known_default().unwrap_or(0),
        false => 0,
    }
}

/// Does to an address what the platform's redirects do to it; port 0 stands for none.
pub(super) fn anticipate(url: &mut Url, port: u16) {
    if port != 0 && url.scheme() == "http" {
        // Both can be set of an address with a host.
        let _ = url.set_scheme("https");
        let _ = url.set_port(Some(port));
    }
}
