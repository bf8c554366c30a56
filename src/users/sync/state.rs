//! What a sync remembers: of each user the id and a salted hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Url;
use ring::digest::{Context, SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use serde::Deserialize;

use crate::error::{Error, Kind, Result};
use crate::json::Text;
use crate::memory;
use crate::platform::user_list::MAX_ID;

/// A user's id and the hash of what is compared.
pub(super) type Entry = (u64, u64);

/// The first byte of every state; another one is of a later release.
const FORMAT: u8 = 1;
const SALT: usize = 16;
const PLATFORM: usize = 8;
const CHECKSUM: usize = 8;
/// The longest distance, and a hash.
const MAX_ENTRY: usize = 8 + 8;
const HEAD: usize = 1 + PLATFORM + SALT;

/// What a sync remembers: of each user the id and a salted hash, ascending by id.
///
/// As bytes: the format, the platform's address (hashed), the salt, then for each user the distance
/// to the id before it (seven bits a byte, the lowest first, the eighth bit set but in the last) and
/// eight bytes of hash; at last a checksum of it all. As text: base64 for URLs, without padding.
pub(super) struct State {
    pub(super) salt: [u8; SALT],
    pub(super) entries: Vec<Entry>,
}

impl State {
    pub(super) fn first() -> Result<State> {
        let mut salt = [0; SALT];
        let filled = SystemRandom::new().fill(&mut salt);
        filled.map_err(|_| Error::new(Kind::Internal, "the system gives no random numbers"))?;
        Ok(State {
            salt,
            entries: Vec::new(),
        })
    }

    pub(super) fn find(&self, id: u64) -> Option<u64> {
        let index = self.entries.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(self.entries[index].1)
    }

    /// Of a user's JSON, the fields that are compared, whatever way their text is escaped.
    pub(super) fn hash(&self, json: &str) -> u64 {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Compared<'a> {
            #[serde(borrow)]
            user_name: Option<Text<'a>>,
            phone: Option<Text<'a>>,
            job_number: Option<Text<'a>>,
        }
        let user: Compared<'_> =
            serde_json::from_str(json).expect("users are normalised to valid JSON");
        let mut context = Context::new(&SHA256);
        context.update(&self.salt);
        for text in [user.user_name, user.phone, user.job_number] {
            let text = text.as_ref().map(|text| text.0.as_bytes());
            let length = text.map_or(u64::MAX, |text| text.len() as u64);
            context.update(&length.to_le_bytes());
            context.update(text.unwrap_or_default());
        }
        first_eight(context.finish().as_ref())
    }

    pub(super) fn encode(&self, platform: &Url) -> Result<String> {
        let mut bytes = Vec::new();
        memory::reserve(&mut bytes, HEAD + self.entries.len() * 10 + CHECKSUM)?;
        bytes.push(FORMAT);
        bytes.extend_from_slice(&address(platform));
        bytes.extend_from_slice(&self.salt);
        let mut before = 0;
        for (id, hash) in &self.entries {
            memory::reserve(&mut bytes, MAX_ENTRY)?;
            let mut distance = id - before;
            before = *id;
            while distance > 0x7f {
                bytes.push(distance as u8 | 0x80);
                distance >>= 7;
            }
            bytes.push(distance as u8);
            bytes.extend_from_slice(&hash.to_le_bytes());
        }
        bytes.extend_from_slice(&digest(&SHA256, &bytes).as_ref()[..CHECKSUM]);
        let mut text = String::new();
        memory::reserve_text(&mut text, bytes.len() / 3 * 4 + 4)?;
        URL_SAFE_NO_PAD.encode_string(&bytes, &mut text);
        Ok(text)
    }

    pub(super) fn decode(text: &str, platform: &Url) -> Result<State> {
        let damaged =
            || Error::argument("`state` is damaged; sync without one, and compare all users");
        // Its bytes, and the entries, which take less than twice as much.
        memory::expect(text.len().saturating_mul(3))?;
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| damaged())?;
        let body_end = bytes
            .len()
            .checked_sub(CHECKSUM)
            .filter(|end| *end >= HEAD)
            .ok_or_else(damaged)?;
        let (body, checksum) = bytes.split_at(body_end);
        if digest(&SHA256, body).as_ref()[..CHECKSUM] != *checksum {
            return Err(damaged());
        }
        if body[0] != FORMAT {
            return Err(Error::argument(
                "`state` was written by a later release of the library",
            ));
        }
        if body[1..1 + PLATFORM] != address(platform) {
            return Err(Error::argument(
                "`state` is of a platform at another address",
            ));
        }
        let salt = body[1 + PLATFORM..HEAD].try_into().map_err(|_| damaged())?;
        let entries = decode_entries(&body[HEAD..]).ok_or_else(damaged)?;
        Ok(State { salt, entries })
    }
}

fn decode_entries(mut bytes: &[u8]) -> Option<Vec<Entry>> {
    // No user takes less than nine bytes.
    let mut entries = Vec::with_capacity(bytes.len() / 9);
    let mut id = 0u64;
    while !bytes.is_empty() {
        let end = bytes.iter().take(8).position(|byte| byte & 0x80 == 0)? + 1;
        let (distance, rest) = bytes.split_at(end);
        let distance = distance
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7f));
        let (hash, rest) = rest.split_first_chunk::<8>()?;
        bytes = rest;
        id = id
            .checked_add(distance)
            .filter(|id| distance > 0 && *id <= MAX_ID)?;
        entries.push((id, u64::from_le_bytes(*hash)));
    }
    Some(entries)
}

/// What tells platforms apart: host, port and path. `http` and `https` of a host are one platform.
fn address(platform: &Url) -> [u8; PLATFORM] {
    let port = platform
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    let address = format!(
        "{}{port}{}",
        platform.host_str().unwrap_or_default(),
        platform.path()
    );
    first_eight(digest(&SHA256, address.as_bytes()).as_ref()).to_le_bytes()
}

fn first_eight(digest: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(url: &str) -> Url {
        url.parse().unwrap()
    }

    #[test]
    fn a_state_comes_back_as_it_was_and_is_compact() {
        let url = platform("http://h:81/p");
        let entries: Vec<Entry> = [1, 2, 200, 1 << 20, MAX_ID - 1, MAX_ID]
            .iter()
            .map(|id| (*id, id * 3))
            .collect();
        let state = State {
            salt: [7; SALT],
            entries: entries.clone(),
        };
        let text = state.encode(&url).unwrap();
        let decoded = State::decode(&text, &url).unwrap();
        assert_eq!((decoded.salt, decoded.entries), ([7; SALT], entries));
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        assert!(bytes.len() - HEAD - CHECKSUM <= 6 * 16);
    }

    #[test]
    fn a_state_from_a_file_may_end_with_a_line_break() {
        let url = platform("http://h/p");
        let text = State {
            salt: [7; SALT],
            entries: vec![(1, 2)],
        }
        .encode(&url)
        .unwrap();
        for text in [
            format!("{text}\n"),
            format!("{text}\r\n"),
            format!(" {text} \n\n"),
        ] {
            assert_eq!(State::decode(&text, &url).unwrap().entries, [(1, 2)]);
        }
        let broken = format!("{}\n{}", &text[..8], &text[8..]);
        assert!(State::decode(&broken, &url).is_err());
    }

    #[test]
    fn a_damaged_state_or_one_of_another_platform_is_refused() {
        let url = platform("http://h/p");
        let state = State {
            salt: [7; SALT],
            entries: vec![(1, 2), (3, 4)],
        };
        let text = state.encode(&url).unwrap();
        assert!(State::decode(&text, &platform("https://h/p")).is_ok());
        for other in ["http://h/q", "http://h:81/p", "http://g/p"] {
            let error = State::decode(&text, &platform(other)).err().unwrap();
            assert!(error.message().contains("another address"), "{error}");
        }
        for position in 0..text.len() {
            let mut damaged = text.clone().into_bytes();
            damaged[position] = if damaged[position] == b'A' {
                b'B'
            } else {
                b'A'
            };
            let damaged = String::from_utf8(damaged).unwrap();
            assert!(State::decode(&damaged, &url).is_err(), "{position}");
            assert!(
                State::decode(&text[..position], &url).is_err(),
                "{position}"
            );
        }
    }

    #[test]
    fn the_format_is_stable() {
        let state = State {
            salt: [7; SALT],
            entries: vec![(1, 2), (300, 4)],
        };
        let text = state.encode(&platform("http://h/p")).unwrap();
        assert_eq!(text, GOLDEN);
        let json = r#"{"userName":"\u9648涛","phone":"1","jobNumber":null}"#;
        assert_eq!(
            state.hash(json),
            state.hash(r#"{"jobNumber":null,"userName":"陈涛","phone":"1"}"#)
        );
        assert_ne!(
            state.hash(json),
            state.hash(r#"{"userName":"陈涛","phone":null,"jobNumber":"1"}"#)
        );
        assert_eq!(state.hash(json), 4_113_187_034_000_351_909);
    }

    const GOLDEN: &str = "AZ64iCN0UJcQBwcHBwcHBwcHBwcHBwcHBwECAAAAAAAAAKsCBAAAAAAAAAC3P125ANWl3w";
}
