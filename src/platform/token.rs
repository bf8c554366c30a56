//! What `GenerateToken` answers (access document 2024, section 2).

use jiff::Timestamp;
use jiff::tz::Offset;

use super::envelope::{self, Answer, Refusal};
use super::{text, time};
use crate::error::{Error, Kind};
use crate::json::{Object, checked_depth, string};

/// A token as the platform granted it.
pub(crate) struct Grant {
    pub(crate) token: String,
    /// As it came, a JSON value.
    pub(crate) expiration_time: String,
    /// The same as a point in time, on the platform's clock.
    pub(crate) expires_at: Option<Timestamp>,
}

/// Reads the answer: a grant, or the platform's refusal of the login.
pub(crate) fn read(
    body: &str,
    secrets: &[&str],
    zone: Offset,
) -> Result<Result<Grant, Refusal>, Error> {
    let object = envelope::read_object(body, secrets)?;
    let Some(code) = object.get("code").map_err(Error::response)? else {
        return read_fields(&object, secrets, zone);
    };
    match envelope::answer(&object, code, secrets)? {
        Answer::Refused(refusal) => Ok(Err(refusal)),
        Answer::Accepted(Some(data)) if data.starts_with('"') => {
            let inner = string(data).unwrap_or_default();
            read_fields(&inner_object(&inner)?, secrets, zone)
        }
        Answer::Accepted(Some(data)) => read_fields(&inner_object(data)?, secrets, zone),
        Answer::Accepted(None) => read_fields(&object, secrets, zone),
    }
}

fn inner_object(json: &str) -> Result<Object<'_>, Error> {
    serde_json::from_str(json).map_err(|error| envelope::unreadable(&error))
}

fn read_fields(
    fields: &Object<'_>,
    secrets: &[&str],
    zone: Offset,
) -> Result<Result<Grant, Refusal>, Error> {
    if let Some(reason) = fields.get("errMsg").map_err(Error::response)? {
        let reason_text = string(reason).unwrap_or_else(|| reason.to_owned());
        if !matches!(reason_text.trim(), "" | "0") {
            let message = text::excerpt(&reason_text, secrets);
            let is_code = reason.parse::<i64>().is_ok() && message == reason;
            return Ok(Err(Refusal {
                code: Kind::Auth.code(),
                platform_code: is_code.then(|| reason.to_owned()),
                message,
            }));
        }
    }
    let token = fields.get("token").map_err(Error::response)?;
    let token = token.and_then(string).unwrap_or_default();
    if token.trim().is_empty() {
        let has_token = |(key, value): (&str, &str)| {
            key.eq_ignore_ascii_case("token") && matches!(value, "null" | "\"\"")
        };
        // A place for a token and nothing in it: a refusal without words.
        if fields.members().any(has_token) {
            let message = "no token and no reason".to_owned();
            return Ok(Err(Refusal {
                code: Kind::Auth.code(),
                platform_code: None,
                message,
            }));
        }
        return Err(Error::response("the answer to the login holds no token"));
    }
    let expiration_time = fields.get("expirationTime").map_err(Error::response)?;
    let expiration_time = checked_depth(expiration_time.unwrap_or("null"))
        .map_err(|error| envelope::unreadable(&error))?;
    let expiration_text = string(expiration_time).unwrap_or_else(|| expiration_time.to_owned());
    Ok(Ok(Grant {
        token,
        expiration_time: expiration_time.to_owned(),
        expires_at: time::parse(&expiration_text, zone),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(body: &str) -> Grant {
        match read(body, &[], Offset::UTC) {
            Ok(Ok(grant)) => grant,
            Ok(Err(refusal)) => panic!("{body}: {refusal:?}"),
            Err(error) => panic!("{body}: {error}"),
        }
    }

    #[test]
    fn reads_the_flat_and_the_enveloped_answer() {
        for body in [
            r#"{"errMsg":"","expirationTime":"1714536000","token":"t"}"#,
            r#"{"errMsg":null,"expirationTime":1714536000,"token":"t"}"#,
            r#"{"ErrMsg":0,"ExpirationTime":"1714536000","Token":"t"}"#,
            r#"{"errMsg":"0","expirationTime":"\/Date(1714536000000)\/","token":"t"}"#,
            r#"{"expirationTime":"1714536000","token":"t"}"#,
            r#"{"code":0,"msg":"OK","data":{"errMsg":"","expirationTime":"1714536000","token":"t"}}"#,
            r#"{"code":"0","data":"{\"expirationTime\":1714536000,\"token\":\"t\"}"}"#,
            r#"{"code":0,"data":null,"expirationTime":1714536000,"token":"t"}"#,
        ] {
            let grant = grant(body);
            assert_eq!(grant.token, "t");
            assert_eq!(
                grant.expires_at.map(|time| time.as_second()),
                Some(1_714_536_000),
                "{body}"
            );
        }
    }

    #[test]
    fn an_unreadable_expiration_is_no_failure() {
        let grant = grant(r#"{"expirationTime":"明天","token":"t"}"#);
        assert_eq!(
            (grant.expiration_time.as_str(), grant.expires_at),
            (r#""明天""#, None)
        );
        let grant = super::tests::grant(r#"{"token":"t"}"#);
        assert_eq!(grant.expiration_time, "null");
    }

    #[test]
    fn a_numeric_password_is_masked_where_it_stands_as_a_number() {
        let refusal = read(
            r#"{"errMsg":20301147,"token":""}"#,
            &["20301147"],
            Offset::UTC,
        );
        let refusal = refusal.unwrap().err().unwrap();
        assert!(!format!("{refusal:?}").contains("20301147"), "{refusal:?}");
    }

    #[test]
    fn a_refused_login_is_told_from_a_broken_answer() {
        for (body, code) in [
            (r#"{"errMsg":"密码错误","token":""}"#, -10020),
            (r#"{"errMsg":5,"token":"t"}"#, -10020),
            (r#"{"code":1001,"msg":"密码错误","data":null}"#, 1001),
            (r#"{"errMsg":"","token":""}"#, -10020),
            (r#"{"code":0,"data":{"errMsg":null,"token":null}}"#, -10020),
        ] {
            let refusal = read(body, &[], Offset::UTC).unwrap().err();
            assert_eq!(refusal.map(|refusal| refusal.code), Some(code), "{body}");
        }
        for body in [
            r#"{"errMsg":""}"#,
            "{}",
            r#"{"code":0,"data":[]}"#,
            r#"{"token":5}"#,
        ] {
            assert!(read(body, &[], Offset::UTC).is_err(), "{body}");
        }
    }
}
