//! From the bytes of an answer to text that a JSON parser accepts, and from the platform's texts to
//! our messages.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8};
use memchr::{memchr, memmem};

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
    let secrets: Vec<Secret> = secrets
        .iter()
        .filter_map(|secret| Secret::new(secret))
        .collect();
    let mut rest = text.trim_start();
    let (mut line, mut length) = (String::new(), 0);
    while let Some(next) = rest.chars().next() {
        if length == EXCERPT {
            line.push('…');
            break;
        }
        length += 1;
        match secrets
            .iter()
            .filter_map(|secret| secret.at_start(rest))
            .max()
        {
            Some(end) => {
                line.push_str("***");
                rest = &rest[end..];
            }
            None => {
                line.push(if next.is_control() { ' ' } else { next });
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    line.trim().to_owned()
}

/// A secret in the spellings in which platforms echo what they were sent: each of its characters
/// plain or escaped, in any letter case.
struct Secret(Vec<Vec<String>>);

impl Secret {
    fn new(secret: &str) -> Option<Secret> {
        // As a number it has lost its leading zeros.
        let is_number = secret.bytes().all(|byte| byte.is_ascii_digit());
        let shortest = secret.trim_start_matches('0').len().max(1);
        let optional = if is_number {
            secret.len().saturating_sub(shortest)
        } else {
            0
        };
        let characters = secret.chars().enumerate().map(|(index, character)| {
            let mut spellings = spellings(character);
            if index < optional && shortest >= MIN_NUMBER {
                spellings.push(String::new());
            }
            spellings
        });
        let characters: Vec<_> = characters.collect();
        (!characters.is_empty()).then_some(Secret(characters))
    }

    /// Where the secret ends that the text begins with; the last such place.
    fn at_start(&self, text: &str) -> Option<usize> {
        let mut ends = vec![0];
        for spellings in &self.0 {
            let mut next: Vec<usize> = Vec::new();
            for end in ends {
                for spelling in spellings {
                    let end_of_spelling = end + spelling.len();
                    let is_there = (text.as_bytes().get(end..end_of_spelling))
                        .is_some_and(|bytes| bytes.eq_ignore_ascii_case(spelling.as_bytes()));
                    if is_there && !next.contains(&end_of_spelling) {
                        next.push(end_of_spelling);
                    }
                }
            }
            if next.is_empty() {
                return None;
            }
            ends = next;
        }
        ends.into_iter().max()
    }
}

/// A shorter number is not looked for without its leading zeros: too much else reads like it.
const MIN_NUMBER: usize = 4;

/// A character as itself, and as URLs, forms, HTML and JSON spell it.
fn spellings(character: char) -> Vec<String> {
    let percent =
        |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("%{byte:02x}")).collect() };
    let (code, text) = (u32::from(character), character.to_string());
    let mut spellings = vec![
        percent(text.as_bytes()),
        percent(&GB18030.encode(&text).0),
        format!("&#{code};"),
        format!("&#0{code};"),
        format!("&#x{code:x};"),
        format!("&#x0{code:x};"),
        (character.encode_utf16(&mut [0; 2]).iter())
            .map(|unit| format!("\\u{unit:04x}"))
            .collect(),
    ];
    match character {
        ' ' => spellings.push("+".to_owned()),
        '"' => spellings.push("&quot;".to_owned()),
        '&' => spellings.push("&amp;".to_owned()),
        '\'' => spellings.push("&apos;".to_owned()),
        '<' => spellings.push("&lt;".to_owned()),
        '>' => spellings.push("&gt;".to_owned()),
        _ => {}
    }
    if matches!(character, '"' | '\\' | '/' | '\'') {
        spellings.push(format!("\\{character}"));
    }
    spellings.push(text);
    spellings
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

    #[test]
    fn an_excerpt_masks_what_forms_html_and_json_made_of_a_secret() {
        let secret = r#"my "p"&<1>'/\é 密"#;
        for echo in [
            secret,
            r#"my+%22p%22%26%3C1%3E%27%2F%5C%C3%A9+%E5%AF%86"#,
            r#"my%20%22p%22%26%3c1%3e'%2f%5c%c3%a9%20%C3%DC"#,
            r#"my &quot;p&quot;&amp;&lt;1&gt;&#039;/\é 密"#,
            r#"my &#34;p&#34;&amp;&lt;1&gt;&#x27;/\&#233; &#x5bC6;"#,
            r#"my \"p\"&<1>'\/\\\u00e9 \u5BC6"#,
            r#"MY \u0022P\u0022\u0026\u003C1\u003e\u0027\/\\é 密"#,
        ] {
            assert_eq!(
                excerpt(&format!("no [{echo}]!"), &[secret]),
                "no [***]!",
                "{echo}"
            );
        }
        // A percent sign, a plus and a backslash of its own are no escapes.
        for secret in ["100%25", "a+b", r"a\nb", "%", "&amp;"] {
            assert_eq!(excerpt(&format!("({secret})"), &[secret]), "(***)");
        }
    }

    #[test]
    fn an_excerpt_masks_a_number_without_its_leading_zeros() {
        assert_eq!(excerpt("00123456 or 123456", &["00123456"]), "*** or ***");
        assert_eq!(excerpt("1 and 001", &["001"]), "1 and ***");
        assert_eq!(excerpt("0 and 0000", &["0000"]), "0 and ***");
    }

    #[test]
    fn the_longer_secret_is_masked_whole() {
        assert_eq!(excerpt("abcdef abc", &["abc", "abcdef"]), "*** ***");
    }
}
