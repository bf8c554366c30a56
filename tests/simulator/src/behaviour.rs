//! The settings that can change while the simulator runs: how it reads the vendor's documents where they leave a choice.

use std::num::NonZeroU64;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::options::Options;

/// Every setting, with the value in force. As JSON: camelCase names, see `GET /behaviour`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Behaviour {
    /// How long a token issued from now on lives.
    pub token_life_ms: u64,
    /// How long a ticket issued from now on lives, and by how much each look-up renews it.
    pub ticket_life_ms: u64,
    /// How far the platform's clock is ahead (behind, if negative): `Date` and `expirationTime` shift together.
    pub clock_skew_ms: i64,
    /// Whether answers carry a `Date`.
    pub date_header: bool,
    /// The platform's time zone, in minutes east of UTC, for the `expirationTime` formats that show local time.
    pub zone_offset_minutes: i32,
    /// How `expirationTime` is written.
    pub expiration_format: ExpirationFormat,
    /// Whether `GenerateToken` answers its three fields flat or in the envelope.
    pub token_shape: TokenShape,
    /// What `errMsg` holds when a login succeeds.
    pub err_msg: SuccessMessage,
    /// How a refused login looks.
    pub refused_login: RefusedLogin,
    /// Whether a new login kills the earlier tokens.
    pub one_token_at_a_time: bool,
    /// How a call with a dead or missing token is refused.
    pub dead_token: DeadToken,
    /// The `code` of [`DeadToken::Code`].
    pub dead_token_code: i64,
    /// The `msg` of [`DeadToken::Code`].
    pub dead_token_message: String,
    /// How an unknown or expired ticket is refused.
    pub bad_ticket: BadTicket,
    /// The `code` of [`BadTicket::Code`].
    pub bad_ticket_code: i64,
    /// The `msg` of [`BadTicket::Code`].
    pub bad_ticket_message: String,
    /// Whether `data` is a JSON value or a string that holds it.
    pub data_as: Nesting,
    /// Whether the users in `data.data` are a JSON array or a string that holds it.
    pub list_as: Nesting,
    /// Whether ids are numbers or numeric strings.
    pub ids: NumberForm,
    /// Whether `code` is a number or a numeric string.
    pub code_as: NumberForm,
    /// The letter case of property names, those of the envelope included.
    pub names: NameCase,
    /// Whether users and envelopes carry fields that no document mentions, nested ones too.
    pub extra_fields: bool,
    /// What stands for a user's missing phone, job number or image.
    pub empty_fields: EmptyFields,
    /// How text is encoded.
    pub encoding: Encoding,
    /// The `Content-Type` of JSON answers; null for the one that fits `encoding`.
    pub content_type: Option<String>,
    /// How `count` is written.
    pub count: CountForm,
    /// Which users `count` counts.
    pub count_of: CountOf,
    /// What is added to that `count`.
    pub count_offset: i64,
    /// The most that `count` tells; null for no limit.
    pub count_cap: Option<u64>,
    /// The most users in a page; null for no limit.
    pub page_cap: Option<u64>,
    /// Where `page_cap` takes hold.
    pub page_cap_applies: PageCapApplies,
    /// What becomes of `pageIndex`.
    pub page_index: PageIndex,
    /// What a page without users looks like.
    pub empty_page: EmptyPage,
    /// The page that comes empty although it has users; null for none.
    pub lost_page: Option<u64>,
    /// Each so-manieth user is taken out of its page after the pages were cut, and not counted; null for none.
    pub hide_every: Option<NonZeroU64>,
    /// How the list moves while it is read; null to hold still.
    pub moving: Option<Moving>,
    /// When answers are compressed.
    pub gzip: Gzip,
    /// How long after an answer a connection is closed without announcement; 0 at once, null never.
    pub idle_close_ms: Option<u64>,
    /// What becomes of TLS handshakes.
    pub tls_handshake: TlsHandshake,
}

impl Behaviour {
    /// The settings that a simulator starts with.
    pub(crate) fn initial(options: &Options) -> Result<Self, String> {
        let documented = Self {
            token_life_ms: options.token_life_ms,
            ticket_life_ms: options.ticket_life_ms,
            ..Self::default()
        };
        documented.changed(&options.behaviour)
    }

    /// These settings with some of them replaced; the error names the key that is at fault.
    pub(crate) fn changed(&self, change: &BehaviourChange) -> Result<Self, String> {
        let mut changed = self.clone();
        for (key, value) in &change.0 {
            changed = changed
                .with(key, value)
                .map_err(|error| format!("{key}: {error}"))?;
        }
        Ok(changed)
    }

    fn with(&self, key: &str, value: &Value) -> serde_json::Result<Self> {
        let mut settings = serde_json::to_value(self)?;
        settings[key] = value.clone();
        serde_json::from_value(settings)
    }
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            token_life_ms: 7_200_000,
            ticket_life_ms: 300_000,
            clock_skew_ms: 0,
            date_header: true,
            zone_offset_minutes: 8 * 60,
            expiration_format: ExpirationFormat::Space,
            token_shape: TokenShape::Flat,
            err_msg: SuccessMessage::Empty,
            refused_login: RefusedLogin::Message,
            one_token_at_a_time: false,
            dead_token: DeadToken::Unauthorized,
            dead_token_code: 1001,
            dead_token_message: "登录已失效，请重新登录".into(),
            bad_ticket: BadTicket::Code,
            bad_ticket_code: 1,
            bad_ticket_message: "票据无效或已过期".into(),
            data_as: Nesting::Value,
            list_as: Nesting::Value,
            ids: NumberForm::Number,
            code_as: NumberForm::Number,
            names: NameCase::Camel,
            extra_fields: false,
            empty_fields: EmptyFields::Empty,
            encoding: Encoding::Utf8,
            content_type: None,
            count: CountForm::Number,
            count_of: CountOf::All,
            count_offset: 0,
            count_cap: None,
            page_cap: None,
            page_cap_applies: PageCapApplies::BeforeSkip,
            page_index: PageIndex::Followed,
            empty_page: EmptyPage::List,
            lost_page: None,
            hide_every: None,
            moving: None,
            gzip: Gzip::Never,
            idle_close_ms: None,
            tls_handshake: TlsHandshake::Normal,
        }
    }
}

/// Some settings, to replace those in force: a JSON object with any of the keys of [`Behaviour`].
#[derive(Clone, Debug, Default, Deserialize)]
pub struct BehaviourChange(Map<String, Value>);

impl FromStr for BehaviourChange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let change = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Behaviour::default().changed(&change)?;
        Ok(change)
    }
}

/// Declares the settings that choose one of several words; their JSON is the word in camelCase.
macro_rules! choice {
    ($(#[$about:meta])* $name:ident { $($(#[$meaning:meta])* $word:ident),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum $name { $($(#[$meaning])* $word),+ }
    };
}

choice! {
    /// How `expirationTime` is written. Fractions have seven digits, as .NET writes them.
    ExpirationFormat {
        /// `2024-05-01 12:00:00`, local time
        Space,
        /// `2024-05-01 12:00:00.1234567`, local time
        SpaceFraction,
        /// `2024/5/1 12:00:00`, local time
        Slash,
        /// `2024/5/1 12:00:00.1234567`, local time
        SlashFraction,
        /// `2024-05-01T12:00:00`, local time
        T,
        /// `2024-05-01T12:00:00.1234567`, local time
        TFraction,
        /// `2024-05-01T04:00:00Z`
        Z,
        /// `2024-05-01T04:00:00.1234567Z`
        ZFraction,
        /// `2024-05-01T12:00:00+08:00`
        Offset,
        /// `2024-05-01T12:00:00.1234567+08:00`
        OffsetFraction,
        /// `/Date(1714536000000)/`
        MsDate,
        /// `/Date(1714536000000+0800)/`
        MsDateOffset,
        /// `1714536000`
        UnixSeconds,
        /// `"1714536000"`
        UnixSecondsText,
        /// `1714536000000`
        UnixMillis,
        /// `"1714536000000"`
        UnixMillisText,
        /// Text that is no time at all
        Unreadable,
        /// `""`
        Empty,
        /// `null`
        Null,
        /// The field is missing
        Absent,
    }
}

choice! {
    /// The shape of `GenerateToken`'s answer.
    TokenShape {
        /// The three fields at the top, as the document shows them
        Flat,
        /// `code`, `msg`, and the three fields in `data`
        Envelope,
    }
}

choice! {
    /// What `errMsg` holds when a login succeeds.
    SuccessMessage {
        /// `""`
        Empty,
        /// `null`
        Null,
        /// The field is missing
        Absent,
        /// `0`
        Zero,
        /// `"0"`
        ZeroText,
    }
}

choice! {
    /// How a refused login looks.
    RefusedLogin {
        /// A text in `errMsg`, an empty token
        Message,
        /// `errMsg` 1, token null
        Number,
        /// A non-zero `code` with `data` null
        Code,
        /// `errMsg` as on success, but an empty token
        EmptyToken,
        /// `errMsg` as on success, but token null
        NullToken,
        /// HTTP 401 without a body
        Unauthorized,
        /// HTTP 403 without a body
        Forbidden,
    }
}

choice! {
    /// How a call with a dead or missing token is refused.
    DeadToken {
        /// HTTP 401 without a body
        Unauthorized,
        /// HTTP 403 without a body
        Forbidden,
        /// HTTP 403, in whose place the web server puts its own HTML page
        ForbiddenPage,
        /// HTTP 200 with `deadTokenCode` and `deadTokenMessage`
        Code,
        /// Exactly as a bad ticket is refused
        LikeTicket,
    }
}

choice! {
    /// How an unknown or expired ticket is refused.
    BadTicket {
        /// `badTicketCode` and `badTicketMessage`
        Code,
        /// `code` 0, `data` null
        NullData,
        /// `code` 0, `data` `{}`
        EmptyObject,
        /// `code` 0, a user with id 0
        ZeroId,
    }
}

choice! {
    /// Whether a value stands in JSON as itself or as text.
    Nesting {
        /// As itself
        Value,
        /// As a string that holds its JSON
        Text,
    }
}

choice! {
    /// Whether a number stands in JSON as a number or as text.
    NumberForm {
        /// `1`
        Number,
        /// `"1"`
        Text,
    }
}

choice! {
    /// The letter case of property names.
    NameCase {
        /// `userName`
        Camel,
        /// `UserName`
        Pascal,
        /// `username`
        Lower,
        /// `USERNAME`
        Upper,
    }
}

choice! {
    /// What stands for a user's missing phone, job number or image.
    EmptyFields {
        /// `""`
        Empty,
        /// `null`
        Null,
        /// The field is missing
        Missing,
        /// One of the three, changing from user to user
        Mixed,
    }
}

choice! {
    /// How text is encoded.
    Encoding {
        /// UTF-8
        Utf8,
        /// UTF-8 after a byte-order mark
        Utf8Bom,
        /// ASCII with `\uXXXX` for the rest
        Escaped,
        /// GBK, named by the charset in `Content-Type`
        Gbk,
        /// GB18030, named by the charset in `Content-Type`
        Gb18030,
    }
}

choice! {
    /// How `count` is written.
    CountForm {
        /// `3661`
        Number,
        /// `"3661"`
        Text,
        /// `null`
        Null,
        /// The field is missing
        Missing,
    }
}

choice! {
    /// Which users `count` counts.
    CountOf {
        /// All that the list has
        All,
        /// Those on the page that it comes with
        Page,
    }
}

choice! {
    /// What becomes of `pageIndex`.
    PageIndex {
        /// It is followed; beyond the last page there are no users
        Followed,
        /// The first page always comes
        Ignored,
        /// Beyond the last page that one comes again
        Clamped,
    }
}

choice! {
    /// What a page without users looks like.
    EmptyPage {
        /// `data.data` is `[]`
        List,
        /// `data.data` is null
        NullList,
        /// `data` is null, so that there is no `count` either
        NullData,
    }
}

choice! {
    /// Where the cap of a page takes hold.
    PageCapApplies {
        /// The page size is lowered first: page 2 begins where the capped page 1 ended
        BeforeSkip,
        /// Only the page is cut: page 2 begins where the whole page 1 would have ended
        TakeOnly,
    }
}

choice! {
    /// What happens to a list that moves.
    Move {
        /// A new user appears before all others
        InsertFront,
        /// The first user goes
        RemoveFront,
        /// A new user appears after all others
        Append,
        /// The first user goes and a new one appears at the end: the count stays
        Replace,
        /// The first user becomes the last: the same users in another order
        Rotate,
        /// All users change places
        Shuffle,
    }
}

choice! {
    /// When answers are compressed.
    Gzip {
        /// Never
        Never,
        /// When the request accepts it
        Accepted,
        /// Always, asked or not
        Always,
    }
}

choice! {
    /// What becomes of TLS handshakes.
    TlsHandshake {
        /// They succeed
        Normal,
        /// They are never answered
        Stall,
        /// The connection is closed
        Drop,
        /// The connection is reset
        Reset,
    }
}

/// How the list moves while it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Moving {
    /// What happens.
    pub action: Move,
    /// After how many pages it happens, each time.
    #[serde(default = "every_time")]
    pub every: NonZeroU64,
    /// How often it happens; null without end.
    #[serde(default)]
    pub times: Option<u64>,
}

pub(crate) fn every_time() -> NonZeroU64 {
    NonZeroU64::MIN
}
