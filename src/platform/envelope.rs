//! `code`, `msg` and `data`: what "all interfaces" answer (both documents, "返回格式参数说明").

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{page, text};
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind};
use crate::json::{Object, Text, string};

/// The library's own codes, which a platform's code must not be taken for.
const OWN_CODES: std::ops::RangeInclusive<i64> = -10099..=-10001;

/// A number with more digits is passed on as an excerpt.
const MAX_NUMBER: usize = 40;

/// A number that is also a secret is masked from so many digits on; a shorter one is a code as a rule.
const MIN_SECRET: usize = 6;

/// An answer that was understood.
pub(crate) enum Answer<'a> {
    /// `code` 0, and `data` as JSON; `None` for an absent or null one.
    Accepted(Option<&'a str>),
    /// Another `code`.
    Refused(Refusal),
}

/// The platform said no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The code as callers see it.
    pub(crate) code: i32,
    /// The code as it came: a JSON number or string.
    pub(crate) platform_code: Option<String>,
    /// The reason in the platform's words, secrets masked.
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn into_error(self, kind: Kind, endpoint: Endpoint) -> Error {
        let code = (self.platform_code.as_ref()).map(|code| format!(" (code {code})"));
        let message = format!(
            "the platform refused{}: {}",
            code.unwrap_or_default(),
            if self.message.is_empty() {
                "it gave no reason"
            } else {
                &self.message
            }
        );
        Error::new(kind, message)
            .at(endpoint)
            .with_platform_code(self.code, self.platform_code)
    }

    /// Whether the wording is about authentication. Wording decides nothing that asking can.
    pub(crate) fn speaks_of_authentication(&self) -> bool {
        const WORDS: [&str; 8] = [
            "token",
            "令牌",
            "授权",
            "身份",
            "登录",
            "认证",
            "unauthorized",
            "forbidden",
        ];
        let message = self.message.to_lowercase();
        matches!(self.code, 401 | 403) || WORDS.iter().any(|word| message.contains(word))
    }
}

/// Reads an answer in one pass if it is as usual: `code` 0 and then a `data` that `seed` reads.
/// `None` for any other, which [`read`] looks into.
pub(crate) fn read_usual<'de, S: DeserializeSeed<'de>>(
    text: &'de str,
    seed: S,
) -> Option<S::Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let data = deserializer.deserialize_map(Usual(seed)).ok()?;
    deserializer.end().ok()?;
    Some(data)
}

struct Usual<S>(S);

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Usual<S> {
    type Value = S::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an envelope")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<S::Value, A::Error> {
        let unusual = || A::Error::custom("unusual");
        let (mut seed, mut data, mut accepted) = (Some(self.0), None, false);
        while let Some(Text(key)) = map.next_key()? {
            if key.eq_ignore_ascii_case("code") {
                let is_zero = map.next_value::<&RawValue>()?.get() == "0";
                accepted = (is_zero && !accepted).then_some(true).ok_or_else(unusual)?;
            } else if key.eq_ignore_ascii_case("data") {
                let seed = seed.take().filter(|_| accepted).ok_or_else(unusual)?;
                data = Some(map.next_value_seed(seed)?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        data.ok_or_else(unusual)
    }
}

/// Reads the envelope of an answer. `secrets` are masked in the platform's words.
pub(crate) fn read<'a>(text: &'a str, secrets: &[&str]) -> Result<Answer<'a>, Error> {
    let object = read_object(text, secrets)?;
    let code = object.get("code").map_err(Error::response)?;
    let code = code.ok_or_else(|| {
        Error::response(
            "the answer has no `code`; check that `baseUrl` names the platform's project",
        )
    })?;
    answer(&object, code, secrets)
}

/// The same, of an object that is known to have a `code`.
pub(crate) fn answer<'a>(
    object: &Object<'a>,
    code: &str,
    secrets: &[&str],
) -> Result<Answer<'a>, Error> {
    let (shown, platform_code) = read_code(code, secrets)?;
    if shown == 0 {
        return Ok(Answer::Accepted(
            object.get("data").map_err(Error::response)?,
        ));
    }
    let message = match object.get("msg").map_err(Error::response)? {
        Some(json) => string(json).unwrap_or_else(|| json.to_owned()),
        None => String::new(),
    };
    let message = text::excerpt(&message, secrets);
    Ok(Answer::Refused(Refusal {
        code: shown,
        platform_code: Some(platform_code),
        message,
    }))
}

/// The whole answer as an object, or why it is none.
pub(crate) fn read_object<'a>(text: &'a str, secrets: &[&str]) -> Result<Object<'a>, Error> {
    serde_json::from_str(text).map_err(|error| {
        if let Some(words) = page::words(text, secrets) {
            return Error::response(format!(
                "the answer is an HTML page (\"{words}\"), not JSON; check `baseUrl`: its port and \
                 project name, or a gateway in between"
            ));
        }
        if text.trim().is_empty() {
            return Error::response("the answer is empty").retryable(true);
        }
        unreadable(&error)
    })
}

/// Why an answer could not be read. One that ends too early may come whole the next time.
pub(crate) fn unreadable(error: &serde_json::Error) -> Error {
    let problem = problem(error);
    Error::response(match error.is_eof() {
        true => format!("the answer is truncated: {problem}"),
        false => format!("the answer is not what the interface promises: {problem}"),
    })
    .retryable(error.is_eof())
}

/// The same in words, with the place in the text only where that is not JSON at all.
pub(crate) fn problem(error: &serde_json::Error) -> String {
    let mut text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    if error.is_data() && text.ends_with(&place) {
        text.truncate(text.len() - place.len());
    }
    text
}

/// The code as callers see it, and as it came.
fn read_code(json: &str, secrets: &[&str]) -> Result<(i32, String), Error> {
    let text = string(json);
    let number = text.as_deref().unwrap_or(json).trim();
    let is_number = number.parse::<f64>().is_ok() && !number.contains(['n', 'N']);
    if !is_number && text.as_deref().is_none_or(|text| text.trim().is_empty()) {
        return Err(Error::response(
            "the answer's `code` is neither a number nor a text",
        ));
    }
    let is_secret = number.len() >= MIN_SECRET && secrets.contains(&number);
    let code = match number.parse::<i64>() {
        Ok(_) if is_secret => Kind::Rejected.code(),
        Ok(code) if OWN_CODES.contains(&code) => Kind::Rejected.code(),
        Ok(code) => i32::try_from(code).unwrap_or(Kind::Rejected.code()),
        Err(_) if number.parse::<f64>() == Ok(0.0) => 0,
        Err(_) => Kind::Rejected.code(),
    };
    let platform_code = match &text {
        None if json.len() <= MAX_NUMBER && !is_secret => json.to_owned(),
        _ => serde_json::to_string(&text::excerpt(text.as_deref().unwrap_or(json), secrets))
            .unwrap_or_default(),
    };
    Ok((code, platform_code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Refusal {
        match read(text, &["secret"]) {
            Ok(Answer::Refused(refusal)) => refusal,
            Ok(Answer::Accepted(data)) => panic!("accepted with {data:?}"),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn zero_in_every_spelling_is_success() {
        for code in ["0", r#""0""#, "0.0", r#"" 0 ""#, "-0"] {
            let text = format!(r#"{{"Code":{code},"Msg":"OK","Data":[1]}}"#);
            assert!(
                matches!(read(&text, &[]), Ok(Answer::Accepted(Some("[1]")))),
                "{code}"
            );
        }
    }

    #[test]
    fn a_refusal_keeps_the_platforms_code() {
        let cases = [
            ("1001", 1001, "1001"),
            (r#""1001""#, 1001, r#""1001""#),
            ("-1", -1, "-1"),
            ("-10021", -10050, "-10021"),
            ("4294967296", -10050, "4294967296"),
            (r#""E12""#, -10050, r#""E12""#),
            ("1e99", -10050, "1e99"),
            ("99999999999999999999", -10050, "99999999999999999999"),
        ];
        for (code, shown, platform_code) in cases {
            let refusal = refusal(&format!(
                r#"{{"code":{code},"msg":"no","data":"anything"}}"#
            ));
            assert_eq!(
                (refusal.code, refusal.platform_code.as_deref()),
                (shown, Some(platform_code))
            );
        }
    }

    #[test]
    fn a_numeric_secret_is_no_code() {
        let text = r#"{"code":20301147,"msg":20301147}"#;
        let Ok(Answer::Refused(refusal)) = read(text, &["20301147"]) else {
            panic!("not refused");
        };
        assert_eq!(refusal.code, Kind::Rejected.code());
        assert!(!format!("{refusal:?}").contains("20301147"), "{refusal:?}");
    }

    #[test]
    fn secrets_in_the_platforms_words_are_masked() {
        assert_eq!(
            refusal(r#"{"code":1,"msg":"bad SECRET"}"#).message,
            "bad ***"
        );
        assert_eq!(
            refusal(r#"{"code":"x secret","msg":null}"#)
                .platform_code
                .as_deref(),
            Some(r#""x ***""#)
        );
    }

    #[test]
    fn what_is_no_envelope_is_a_response_error() {
        for text in [
            "",
            "null",
            "[]",
            "\"x\"",
            "{",
            "{}",
            r#"{"code":null}"#,
            r#"{"code":true}"#,
            r#"{"code":{}}"#,
            r#"{"code":""}"#,
            r#"{"code":0,"code":1}"#,
            "<html></html>",
        ] {
            let error = read(text, &[]).err().unwrap_or_else(|| panic!("{text}"));
            assert_eq!(error.kind(), Kind::Response, "{text}");
            assert_eq!(error.is_retryable(), matches!(text, "" | "{"), "{text}");
        }
    }

    #[test]
    fn an_answer_that_cannot_be_read_is_told_in_words() {
        for (text, words) in [
            ("", "the answer is empty"),
            (" \r\n", "the answer is empty"),
            (r#"{"code":0,"da"#, "the answer is truncated"),
            ("5", "expected an object"),
            (r#""secret""#, "a string in place of an object"),
        ] {
            let error = read(text, &[]).err().unwrap_or_else(|| panic!("{text}"));
            assert!(error.message().contains(words), "{text}: {error}");
            let is_cut = error.message().contains("truncated");
            assert!(is_cut || !error.message().contains("column"), "{error}");
        }
    }
}
