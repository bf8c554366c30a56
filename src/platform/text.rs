//! From the bytes of an answer to text that a JSON parser accepts, and from the platform's texts to
//! our messages.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};
use memchr::{memchr, memmem};

use super::requests::percent_encode;

/// Decodes a body by the charset that its `Content-Type` names, UTF-8 where it names none.
/// A byte-order mark is taken off; what is not valid becomes U+FFFD.
pub(crate) fn decode<'a>(body: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    if let Some(text) = UTF_8.decode_without_bom_handling_and_without_replacement(body) {
        return replace_lone_surrogates(match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned().into(),
            None => text,
        });
    }
    let encoding = content_type.and_then(charset).unwrap_or(UTF_8);
    replace_lone_surrogates(encoding.decode(body).0)
}

fn charset(content_type: &str) -> Option<&'static Encoding> {
    content_type
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .and_then(|(_, value)| Encoding::for_label(value.trim().trim_matches('"').as_bytes()))
}

/// JSON can escape half of a surrogate pair, which no Unicode text can hold: `\ufffd` in its place.
pub(crate) fn replace_lone_surrogates(text: Cow<'_, str>) -> Cow<'_, str> {
    let starts = |at: usize| matches!(text.as_bytes().get(at + 2), Some(b'd' | b'D'));
    if !memmem::find_iter(text.as_bytes(), br"\u").any(starts) {
        return text;
    }
    let mut bytes = text.into_owned().into_bytes();
    let mut position = 0;
    while let Some(offset) = memchr(b'\\', &bytes[position..]) {
        let start = position + offset;
        position = match escaped_unit(&bytes, start) {
            Some(0xd800..=0xdbff)
                if matches!(escaped_unit(&bytes, start + 6), Some(0xdc00..=0xdfff)) =>
            {
                start + 12
            }
            Some(0xd800..=0xdfff) => {
                bytes[start..start + 6].copy_from_slice(br"\ufffd");
                start + 6
            }
            _ => (start + 2).min(bytes.len()),
        };
    }
    // Only ASCII was replaced by ASCII.
    Cow::Owned(String::from_utf8(bytes).unwrap_or_default())
}

/// The UTF-16 unit of the `\uXXXX` escape at that place.
fn escaped_unit(bytes: &[u8], start: usize) -> Option<u16> {
    let digits = bytes.get(start..start + 6)?.strip_prefix(br"\u")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The longest excerpt of a platform's text in a message, in characters.
const EXCERPT: usize = 200;

/// A text of the platform as it may be shown: secrets masked, on one line, shortened.
pub(crate) fn excerpt(text: &str, secrets: &[&str]) -> String {
    let mut masked = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        masked = mask(&masked, secret);
        let encoded = percent_encode(secret).to_string();
        if encoded != *secret {
            masked = mask(&masked, &encoded);
        }
    }
    let mut line: String = masked
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(EXCERPT + 1)
        .collect();
    if line.chars().count() > EXCERPT {
        line.pop();
        line.push('…');
    }
    line.trim().to_owned()
}

/// Every occurrence in any letter case, since platforms upper-case what they echo.
fn mask(text: &str, secret: &str) -> String {
    let (haystack, needle) = (text.to_ascii_lowercase(), secret.to_ascii_lowercase());
    let mut masked = String::with_capacity(text.len());
    let mut position = 0;
    for start in memmem::find_iter(haystack.as_bytes(), needle.as_bytes()) {
        masked.push_str(&text[position..start]);
        masked.push_str("***");
        position = start + needle.len();
    }
    masked.push_str(&text[position..]);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_the_named_charset_and_takes_off_the_mark() {
        let gbk = [0xb3, 0xc2, 0xcc, 0xce];
        assert_eq!(decode(&gbk, Some("application/json; charset=GBK")), "陈涛");
        assert_eq!(decode(&gbk, Some("text/json;Charset=\"gb18030\"")), "陈涛");
        assert_eq!(decode(b"\xef\xbb\xbf{}", None), "{}");
        assert_eq!(
            decode(
                "陈涛".as_bytes(),
                Some("application/json; charset=nonsense")
            ),
            "陈涛"
        );
        assert_eq!(decode(b"a\xffb", None), "a\u{fffd}b");
    }

    #[test]
    fn lone_surrogates_become_the_replacement_character() {
        let replaced = |text: &'static str| replace_lone_surrogates(text.into());
        assert_eq!(replaced(r#""\ud800""#), r#""\ufffd""#);
        assert_eq!(replaced(r#""\uDC00x""#), r#""\ufffdx""#);
        assert_eq!(replaced(r#""\ud83d\ude00""#), r#""\ud83d\ude00""#);
        assert_eq!(
            replaced(r#""\ud83d\ud83d\ude00""#),
            r#""\ufffd\ud83d\ude00""#
        );
        assert_eq!(replaced(r#""\\ud800""#), r#""\\ud800""#);
        assert_eq!(replaced(r#""\u9648\ud8"#), r#""\u9648\ud8"#);
    }

    #[test]
    fn an_excerpt_masks_secrets_in_every_spelling() {
        assert_eq!(
            excerpt("ticket T/1 bad, t%2F1 too", &["T/1"]),
            "ticket *** bad, *** too"
        );
        assert_eq!(excerpt("a\nb\u{0}c ", &[""]), "a b c");
        assert_eq!(excerpt(&"票".repeat(300), &[]).chars().count(), EXCERPT + 1);
        assert_eq!(excerpt("ÀTOKENÀ", &["token"]), "À***À");
    }
}
