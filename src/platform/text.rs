//! From the bytes of an answer to text that a JSON parser accepts, and from the platform's texts to
//! our messages.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_8};
use memchr::{memchr, memmem};

use crate::error::{Error, Result};

/// Decodes a body by what its bytes are: UTF-8 where they are valid UTF-8, GB18030 where they are that
/// and no UTF-8. A label is asked last, since platforms and gateways send wrong ones. A byte-order mark
/// is taken off.
///
/// # Errors
///
/// [`Kind::Response`](crate::Kind::Response) for bytes that are neither, and for broken UTF-8, which may
/// happen to be valid GB18030: a name that was cut must not turn all names into others.
pub(crate) fn decode<'a>(body: &'a [u8], content_type: Option<&str>) -> Result<Cow<'a, str>> {
    let strictly = |encoding: &'static Encoding, bytes: &'a [u8]| {
        encoding.decode_without_bom_handling_and_without_replacement(bytes)
    };
    let labelled = || content_type.and_then(multi_byte_charset);
    let text = strictly(UTF_8, body).or_else(|| {
        let legacy = strictly(GB18030, body).or_else(|| strictly(labelled()?, body));
        legacy.filter(|_| !is_broken_utf8(body))
    });
    if let Some(text) = text {
        return Ok(replace_lone_surrogates(
            match text.strip_prefix('\u{feff}') {
                Some(rest) => rest.to_owned().into(),
                None => text,
            },
        ));
    }
    // A page of a web server, not the platform's answer: who reads it tells so.
    if body.trim_ascii_start().starts_with(b"<") {
        return Ok(String::from_utf8_lossy(body));
    }
    if ends_within_a_character(body) {
        let message = "the answer is truncated: it ends within a character";
        return Err(Error::response(message).retryable(true));
    }
    Err(Error::response(
        "the answer's text is neither valid UTF-8 nor valid GB18030 (GBK)",
    ))
}

/// Whether most of what is not ASCII is UTF-8: more characters of three or four bytes than places that
/// are none. Chinese text in GBK has such a place at nearly every character, and in a hundred
/// characters one or two groups of bytes that could be such a character.
fn is_broken_utf8(bytes: &[u8]) -> bool {
    let (mut characters, mut faults) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        let is_long = |character: &char| character.len_utf8() > 2;
        characters += chunk.valid().chars().filter(is_long).count();
        faults += usize::from(!chunk.invalid().is_empty());
    }
    characters > faults
}

/// Whether all but the last bytes are text, and those are the beginning of a character.
fn ends_within_a_character(bytes: &[u8]) -> bool {
    if std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none()) {
        return true;
    }
    if is_broken_utf8(bytes) {
        return false;
    }
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
    let mut text = String::with_capacity(room.unwrap_or_default());
    let (result, _) = decoder.decode_to_string_without_replacement(bytes, &mut text, false);
    result == DecoderResult::InputEmpty
}

/// The charset of a label, if not any bytes at all are valid in it, as in ISO-8859-1.
fn multi_byte_charset(content_type: &str) -> Option<&'static Encoding> {
    charset(content_type).filter(|encoding| !encoding.is_single_byte())
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

    fn decoded(bytes: &[u8], label: &str) -> String {
        let content_type = format!("application/json{label}");
        let text = decode(bytes, Some(&content_type));
        text.unwrap_or_else(|error| panic!("{label}: {error}"))
            .into_owned()
    }

    const LABELS: [&str; 9] = [
        "",
        "; charset=utf-8",
        "; charset=cp936",
        "; charset=936",
        "; charset=GBK",
        ";Charset=\"gb18030\"",
        "; charset=ISO-8859-1",
        "; charset=utf-16",
        "; charset=nonsense",
    ];

    #[test]
    fn bytes_decide_and_no_label() {
        for text in [
            "陈涛",
            "黑龙江",
            "镕𠮷·é",
            "{\"userName\":\"王伟\"}",
            "a",
            "",
        ] {
            let gb18030 = GB18030.encode(text).0;
            for label in LABELS {
                assert_eq!(decoded(text.as_bytes(), label), text, "{label}");
                assert_eq!(decoded(&gb18030, label), text, "{label}");
                assert_eq!(decoded(format!("\u{feff}{text}").as_bytes(), label), text);
            }
        }
        let utf_16 = [0xff, 0xfe, 0x48, 0x96, b'a', 0];
        assert_eq!(decoded(&utf_16, "; charset=utf-16"), "陈a");
    }

    #[test]
    fn what_is_neither_is_an_error_under_every_label() {
        // The third is UTF-8 with a name cut within its second character, and valid GB18030.
        let cut = [&*"王伟\",\"陈涛".repeat(3).into_bytes(), b"\xe9\""].concat();
        assert!(
            GB18030
                .decode_without_bom_handling_and_without_replacement(&cut[..])
                .is_none()
        );
        let even = ["[\"王伟\",\"陈涛\",\"欧阳\",\"陈".as_bytes(), b"\xe9\"]"].concat();
        assert!(
            GB18030
                .decode_without_bom_handling_and_without_replacement(&even[..])
                .is_some()
        );
        for bytes in [b"a\xffb".as_slice(), &cut, &even, b"{\"x\":\"Jos\xe9\"}"] {
            for label in LABELS.iter().filter(|label| !label.contains("16")) {
                let error = decode(bytes, Some(&format!("application/json{label}"))).unwrap_err();
                assert_eq!(error.kind(), crate::Kind::Response, "{label}");
                assert!(!error.is_retryable(), "{label}: {error}");
            }
        }
    }

    #[test]
    fn an_answer_that_ends_within_a_character_is_truncated() {
        let text = "{\"data\":[{\"userName\":\"陈涛\"},{\"userName\":\"黑龙江";
        let (utf_8, gb18030) = (text.as_bytes(), GB18030.encode(text).0);
        for bytes in [
            &utf_8[..utf_8.len() - 1],
            &utf_8[..utf_8.len() - 2],
            &gb18030[..gb18030.len() - 1],
        ] {
            let error = decode(bytes, None).unwrap_err();
            assert!(
                error.is_retryable() && error.message().contains("truncated"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_web_page_stays_one_in_any_charset() {
        assert!(
            decode(b" <html>\xa9</html>", None)
                .unwrap()
                .starts_with(" <html>")
        );
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
