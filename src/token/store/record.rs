//! What is shared, as it is written: readable by who knows the account's password alone.
//!
//! A record comes from a file or a server that others may write to, so it is believed only under a
//! keyed hash, and then only what could have been written here. Anything else counts as none, and
//! the next login replaces it.

use std::num::NonZeroU32;
use std::time::Duration;

use reqwest::header::HeaderValue;
use ring::digest::{SHA256, digest};
use ring::{hmac, pbkdf2};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::now_ms;
use crate::json::checked_depth;

/// So that who reads a store cannot try passwords at leisure. A few milliseconds, once for a client.
const ROUNDS: NonZeroU32 = NonZeroU32::new(20_000).unwrap();
/// No longer life of a token is believed.
pub(super) const MAX_LIFE: Duration = Duration::from_secs(31 * 24 * 3600);

/// What is shared for one account of one platform.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shared {
    pub(crate) token: Option<SharedToken>,
    pub(crate) refused: Option<SharedRefusal>,
}

/// A token, its times in milliseconds of the Unix epoch by the clocks of those who share it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SharedToken {
    pub(crate) token: String,
    /// As the platform sent it, a JSON value.
    pub(crate) expiration_time: String,
    /// The same as a point in time, on the platform's clock.
    pub(crate) expires_at: Option<i64>,
    pub(crate) renew_at: i64,
    pub(crate) dead_at: i64,
}

/// A login that the platform refused.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SharedRefusal {
    pub(crate) message: String,
    pub(crate) code: i32,
    pub(crate) platform_code: Option<String>,
    pub(crate) http_status: Option<u16>,
    pub(crate) until: i64,
    pub(crate) next_cooldown_ms: u64,
}

/// A record as it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct Sealed {
    shared: Box<RawValue>,
    hash: String,
    /// Until when it is of use to anybody, for who tidies up.
    pub(super) until: i64,
}

/// The account's own place in a store, and the key to what lies there.
#[derive(Clone)]
pub(super) struct Seal {
    key: hmac::Key,
    /// Names neither the platform nor the account, and is another one for another password.
    pub(super) place: String,
}

impl Seal {
    pub(super) fn new(platform: &str, username: &str, password: &str) -> Seal {
        let account = digest(&SHA256, format!("{platform}\n{username}").as_bytes());
        let mut secret = [0; 32];
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
        pbkdf2::derive(
            algorithm,
            ROUNDS,
            account.as_ref(),
            password.as_bytes(),
            &mut secret,
        );
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let place = hex(&hmac::sign(&key, b"place").as_ref()[..16]);
        Seal { key, place }
    }

    pub(super) fn close(&self, shared: &Shared) -> Result<Sealed, serde_json::Error> {
        let json = serde_json::value::to_raw_value(shared)?;
        let token_end = shared.token.as_ref().map_or(0, |token| token.dead_at);
        let refusal_end = shared.refused.as_ref().map_or(0, |refused| refused.until);
        Ok(Sealed {
            hash: hex(hmac::sign(&self.key, json.get().as_bytes()).as_ref()),
            shared: json,
            until: token_end.max(refusal_end),
        })
    }

    /// What is in a record that was closed here or by another process of this account.
    pub(super) fn open(&self, sealed: &Sealed) -> Shared {
        let json = sealed.shared.get();
        let is_ours = unhex(&sealed.hash)
            .is_some_and(|hash| hmac::verify(&self.key, json.as_bytes(), &hash).is_ok());
        if !is_ours {
            return Shared::default();
        }
        let shared: Shared = serde_json::from_str(json).unwrap_or_default();
        Shared {
            token: shared.token.filter(SharedToken::is_valid),
            refused: shared.refused.filter(SharedRefusal::is_valid),
        }
    }
}

impl SharedToken {
    fn is_valid(&self) -> bool {
        let latest = now_ms().saturating_add(MAX_LIFE.as_millis() as i64);
        !self.token.is_empty()
            && HeaderValue::from_str(&self.token).is_ok()
            && is_json(&self.expiration_time)
            && self.renew_at <= self.dead_at
            && self.dead_at <= latest
    }
}

impl SharedRefusal {
    fn is_valid(&self) -> bool {
        // A refusal without a code of its own, or with that of success, is none.
        self.code != 0
            && self
                .http_status
                .is_none_or(|status| (100..600).contains(&status))
            && (self.platform_code.as_ref())
                .is_none_or(|code| is_json(code) && !code.starts_with(['{', '[']))
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok_and(|value| value.get() == text)
        && checked_depth(text).is_ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    let bytes = digits.map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok());
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(password: &str) -> Seal {
        Seal::new("http://h/p", "xiaomi", password)
    }

    fn token() -> SharedToken {
        SharedToken {
            token: "t".to_owned(),
            expiration_time: "\"soon\"".to_owned(),
            expires_at: None,
            renew_at: now_ms() + 1,
            dead_at: now_ms() + 60_000,
        }
    }

    fn refusal() -> SharedRefusal {
        SharedRefusal {
            message: "no".to_owned(),
            code: 1001,
            platform_code: Some("1001".to_owned()),
            http_status: None,
            until: now_ms() + 1_000,
            next_cooldown_ms: 2_000,
        }
    }

    fn opened(token: Option<SharedToken>, refused: Option<SharedRefusal>) -> Shared {
        let seal = seal("p");
        let sealed = seal.close(&Shared { token, refused }).unwrap();
        let text = serde_json::to_string(&sealed).unwrap();
        seal.open(&serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn what_was_closed_is_opened_by_who_knows_the_password_alone() {
        let shared = opened(Some(token()), Some(refusal()));
        assert!(shared.token.is_some() && shared.refused.is_some());
        let sealed = seal("p").close(&shared).unwrap();
        let others = seal("q").open(&sealed);
        assert!(others.token.is_none() && others.refused.is_none());
        assert_ne!(seal("p").place, seal("q").place);
    }

    #[test]
    fn a_record_that_was_changed_is_none() {
        let shared = Shared {
            token: Some(token()),
            refused: None,
        };
        let text = serde_json::to_string(&seal("p").close(&shared).unwrap()).unwrap();
        let changed = text.replace(r#""token":"t""#, r#""token":"u""#);
        assert_ne!(text, changed);
        let sealed = serde_json::from_str(&changed).unwrap();
        assert!(seal("p").open(&sealed).token.is_none());
    }

    #[test]
    fn even_under_the_right_hash_only_what_could_be_written_here_is_believed() {
        let far = now_ms() + 2 * MAX_LIFE.as_millis() as i64;
        let tokens: [fn(&mut SharedToken, i64); 7] = [
            |token, _| token.token = String::new(),
            |token, _| token.token = "a\nb".to_owned(),
            |token, _| token.expiration_time = "null}".to_owned(),
            |token, _| token.expiration_time = String::new(),
            |token, _| token.expiration_time = "[".repeat(100) + &"]".repeat(100),
            |token, _| token.renew_at = token.dead_at + 1,
            |token, far| token.dead_at = far,
        ];
        for (number, change) in tokens.iter().enumerate() {
            let mut changed = token();
            change(&mut changed, far);
            assert!(opened(Some(changed), None).token.is_none(), "{number}");
        }
        let refusals: [fn(&mut SharedRefusal); 4] = [
            |refused| refused.code = 0,
            |refused| refused.platform_code = Some(r#"0,"data":{"id":1}"#.to_owned()),
            |refused| refused.platform_code = Some(r#"{"id":1}"#.to_owned()),
            |refused| refused.http_status = Some(20),
        ];
        for (number, change) in refusals.iter().enumerate() {
            let mut changed = refusal();
            change(&mut changed);
            assert!(opened(None, Some(changed)).refused.is_none(), "{number}");
        }
    }
}
