//! The platform's clock, and how it writes the time.

use std::time::{Duration, Instant};

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::behaviour::{Behaviour, ExpirationFormat};
use crate::json;

/// What the platform takes for the present.
fn now(behaviour: &Behaviour) -> Timestamp {
    later(
        Timestamp::now(),
        SignedDuration::from_millis(behaviour.clock_skew_ms),
    )
}

/// Times beyond what the calendar holds end at its end, so that no setting can be too large.
fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_add(by).unwrap_or(time)
}

/// The moment when something that lives this long dies; a life beyond the machine's clock is as good as endless.
pub(crate) fn end_of_life(life: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(life).unwrap_or(now + ENDLESS)
}

const ENDLESS: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The `Date` header.
pub(crate) fn date_header(behaviour: &Behaviour) -> String {
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&now(behaviour))
        .unwrap_or_default()
}

/// The JSON of `expirationTime` for a token that lives this long from now; `None` leaves the field out.
pub(crate) fn expiration(behaviour: &Behaviour, life: Duration) -> Option<String> {
    use ExpirationFormat as Format;

    let life = SignedDuration::try_from(life).unwrap_or(SignedDuration::MAX);
    let expires = later(now(behaviour), life);
    let offset = Offset::from_seconds(behaviour.zone_offset_minutes.saturating_mul(60));
    let zone = TimeZone::fixed(offset.unwrap_or(Offset::UTC));
    let text = |format: &str, zone: TimeZone| {
        Some(json::quote(
            &expires.to_zoned(zone).strftime(format).to_string(),
        ))
    };
    match behaviour.expiration_format {
        Format::Space => text("%Y-%m-%d %H:%M:%S", zone),
        Format::SpaceFraction => text("%Y-%m-%d %H:%M:%S%.7f", zone),
        Format::Slash => text("%Y/%-m/%-d %H:%M:%S", zone),
        Format::SlashFraction => text("%Y/%-m/%-d %H:%M:%S%.7f", zone),
        Format::T => text("%Y-%m-%dT%H:%M:%S", zone),
        Format::TFraction => text("%Y-%m-%dT%H:%M:%S%.7f", zone),
        Format::Z => text("%Y-%m-%dT%H:%M:%SZ", TimeZone::UTC),
        Format::ZFraction => text("%Y-%m-%dT%H:%M:%S%.7fZ", TimeZone::UTC),
        Format::Offset => text("%Y-%m-%dT%H:%M:%S%:z", zone),
        Format::OffsetFraction => text("%Y-%m-%dT%H:%M:%S%.7f%:z", zone),
        Format::MsDate => Some(json::quote(&format!(
            "/Date({})/",
            expires.as_millisecond()
        ))),
        Format::MsDateOffset => {
            let zone = expires.to_zoned(zone).strftime("%z").to_string();
            Some(json::quote(&format!(
                "/Date({}{zone})/",
                expires.as_millisecond()
            )))
        }
        Format::UnixSeconds => Some(expires.as_second().to_string()),
        Format::UnixSecondsText => Some(json::quote(&expires.as_second().to_string())),
        Format::UnixMillis => Some(expires.as_millisecond().to_string()),
        Format::UnixMillisText => Some(json::quote(&expires.as_millisecond().to_string())),
        Format::Unreadable => Some(json::quote("两小时后")),
        Format::Empty => Some(json::quote("")),
        Format::Null => Some("null".to_owned()),
        Format::Absent => None,
    }
}
