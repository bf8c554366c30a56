//! The times that the platform writes: many formats, often without a zone.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// Numbers from here on are milliseconds, below it seconds: 1973 as milliseconds, 5138 as seconds.
const FIRST_MILLISECONDS: i64 = 100_000_000_000;
/// Smaller numbers (before 1973 as seconds) are not a point in time.
const FIRST_SECONDS: i64 = 100_000_000;

/// Reads an `expirationTime`: a date and time in one of the usual spellings, `/Date(…)/`, or Unix
/// seconds or milliseconds. `zone` is that of a time that names none.
pub(crate) fn parse(text: &str, zone: Offset) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(inner) = text
        .strip_prefix("/Date(")
        .and_then(|rest| rest.strip_suffix(")/"))
    {
        // A zone after the milliseconds only says how to show them.
        let digits = inner.split_once('+').map_or(inner, |(digits, _)| digits);
        return Timestamp::from_millisecond(digits.parse().ok()?).ok();
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: i64 = text.parse().ok()?;
        return match number {
            FIRST_MILLISECONDS.. => Timestamp::from_millisecond(number).ok(),
            FIRST_SECONDS.. => Timestamp::from_second(number).ok(),
            _ => None,
        };
    }
    parse_civil(text, zone)
}

fn parse_civil(text: &str, zone: Offset) -> Option<Timestamp> {
    let (date, time) = text.split_once([' ', 'T', 't'])?;
    let separator = if date.contains('/') { '/' } else { '-' };
    let [year, month, day] = numbers(date, separator)?;

    let zone_start = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (time, zone_text) = time.split_at(zone_start);
    let zone = if zone_text.is_empty() {
        zone
    } else {
        parse_offset(zone_text)?
    };
    let (time, fraction) = time.trim().split_once('.').unwrap_or((time.trim(), "0"));
    let [hour, minute, second] = numbers(time, ':')?;

    let civil = DateTime::new(
        year,
        month.try_into().ok()?,
        day.try_into().ok()?,
        hour.try_into().ok()?,
        minute.try_into().ok()?,
        second.try_into().ok()?,
        nanoseconds(fraction)?,
    );
    zone.to_timestamp(civil.ok()?).ok()
}

fn numbers(text: &str, separator: char) -> Option<[i16; 3]> {
    let mut parts = text.split(separator).map(|part| {
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse().ok())
            .flatten()
    });
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

fn nanoseconds(fraction: &str) -> Option<i32> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{fraction:0<9.9}").parse().ok()
}

/// Reads `Z`, `+08:00`, `+0800` or `+08`.
pub(crate) fn parse_offset(text: &str) -> Option<Offset> {
    if text.eq_ignore_ascii_case("z") {
        return Some(Offset::UTC);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.len() {
        2 => (digits, "00"),
        4 => digits.split_at_checked(2)?,
        5 => digits.split_once(':')?,
        _ => return None,
    };
    let two_digits = |text: &str| -> Option<i32> {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().ok())
            .flatten()
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// RFC 3339 in the given zone, to the millisecond.
pub(crate) fn to_rfc3339(time: Timestamp, zone: Offset) -> String {
    let time = Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time);
    time.display_with_offset(zone).to_string()
}

/// Reads an HTTP `Date` header.
pub(crate) fn parse_http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text)
        .ok()
        .map(|zoned| zoned.timestamp())
}

/// How long until a `Retry-After` header allows another request: seconds or an HTTP date.
pub(crate) fn parse_retry_after(text: &str, now: Timestamp) -> Option<std::time::Duration> {
    let text = text.trim();
    let wait = match text.parse::<u32>() {
        Ok(seconds) => SignedDuration::from_secs(seconds.into()),
        Err(_) => parse_http_date(text)?.duration_since(now),
    };
    Some(wait.try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn china() -> Offset {
        parse_offset("+08:00").unwrap()
    }

    #[test]
    fn reads_every_spelling_of_one_instant() {
        for text in [
            "2024-05-01 12:00:00",
            "2024/5/1 12:00:00",
            "2024-05-01T12:00:00",
            "2024-05-01T12:00:00.000",
            "2024-05-01 12:00:00.0000000",
            "2024-05-01T04:00:00Z",
            "2024-05-01T12:00:00+08:00",
            "2024-05-01T06:00:00 +0200",
            "2024-04-30T22:00:00.0-06",
            "/Date(1714536000000)/",
            "/Date(1714536000000+0800)/",
            "1714536000",
            "1714536000000",
            " 2024-05-01 12:00:00 ",
        ] {
            let time = parse(text, china());
            assert_eq!(
                time.map(|time| time.as_second()),
                Some(1_714_536_000),
                "{text}"
            );
        }
    }

    #[test]
    fn keeps_fractions() {
        let time = parse("2024-05-01T12:00:00.1234567", china()).unwrap();
        assert_eq!(time.subsec_nanosecond(), 123_456_700);
        assert_eq!(to_rfc3339(time, china()), "2024-05-01T12:00:00.123+08:00");
    }

    #[test]
    fn what_is_no_time_is_unreadable() {
        for text in [
            "",
            "soon",
            "7200",
            "2024-05-01",
            "2024-13-01 00:00:00",
            "2024-02-30 00:00:00",
            "2024-05-01 25:00:00",
            "1-1-1 1:1",
            "2024-05-01 12:00:00.",
            "2024-05-01 12:00:00+8",
            "+024-05-01 12:00:00",
            "99999999999999999999",
            "/Date(x)/",
            "2024-05-01 12:00:00+15:00",
        ] {
            assert_eq!(parse(text, china()), None, "{text}");
        }
    }

    #[test]
    fn reads_dates_of_headers() {
        let date = parse_http_date("Wed, 01 May 2024 04:00:00 GMT").unwrap();
        assert_eq!(date.as_second(), 1_714_536_000);
        assert_eq!(parse_retry_after("3", date).unwrap().as_secs(), 3);
        let later = parse_retry_after("Wed, 01 May 2024 04:00:09 GMT", date).unwrap();
        assert_eq!(later.as_secs(), 9);
        let past = parse_retry_after("Wed, 01 May 2024 03:00:00 GMT", date).unwrap();
        assert_eq!(past.as_secs(), 0);
        assert_eq!(parse_retry_after("soon", date), None);
    }
}
