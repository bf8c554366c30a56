//! A request to the platform, and its answer.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::endpoint::Endpoint;
use crate::error::Result;
use crate::memory;
use crate::platform::text;

const PANDA_TOKEN: HeaderName = HeaderName::from_static("panda-token");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// One request to the platform, and what is spent on it within a call.
pub(crate) struct Request {
    pub(crate) endpoint: Endpoint,
    pub(crate) url: Url,
    /// The `panda-token` header.
    pub(crate) token: Option<HeaderValue>,
    /// The form of a POST; a GET has none.
    pub(crate) form: Option<String>,
    /// Whether it is made again after the time of one attempt. Who can ask for less does not want
    /// the same again.
    pub(crate) repeats_timeouts: bool,
    /// The caller can do without an answer: it is not repeated.
    pub(crate) is_once: bool,
    /// HTTP requests made for it so far.
    pub(crate) attempts: u32,
    /// How long the body of a good answer took to arrive, unless it was small; `Duration::MAX` if
    /// an attempt's time did not do, and it was not repeated for that.
    pub(crate) transfer: Duration,
    /// A page denied it access, and whether its token was at fault is known: another page is a
    /// gateway's.
    pub(crate) page_judged: bool,
}

impl Request {
    pub(crate) fn get(endpoint: Endpoint, url: Url) -> Request {
        Request {
            endpoint,
            url,
            token: None,
            form: None,
            repeats_timeouts: true,
            is_once: false,
            attempts: 0,
            transfer: Duration::ZERO,
            page_judged: false,
        }
    }

    pub(crate) fn post(endpoint: Endpoint, url: Url, form: String) -> Request {
        Request {
            form: Some(form),
            ..Request::get(endpoint, url)
        }
    }

    /// As it goes out, once: `headers` are those of every request.
    pub(super) fn to_http(&self, headers: &HeaderMap) -> reqwest::Request {
        let mut http = reqwest::Request::new(Method::GET, self.url.clone());
        *http.headers_mut() = headers.clone();
        if let Some(token) = &self.token {
            http.headers_mut().insert(PANDA_TOKEN, token.clone());
        }
        if let Some(form) = &self.form {
            *http.method_mut() = Method::POST;
            http.headers_mut().insert(CONTENT_TYPE, FORM);
            *http.body_mut() = Some(form.clone().into());
        }
        http
    }

    /// What of it must show in no message.
    pub(super) fn secrets(&self) -> Vec<String> {
        let parameters = [self.url.query(), self.form.as_deref()];
        let parameters = parameters
            .into_iter()
            .flatten()
            .flat_map(|all| all.split('&'));
        let values = parameters.filter_map(|parameter| match parameter.split_once('=')? {
            ("ticket" | "password", value) => Some(percent_decode_str(value).decode_utf8_lossy()),
            _ => None,
        });
        let token = self.token.as_ref().and_then(|token| token.to_str().ok());
        let secrets = values.chain(token.map(Cow::from));
        secrets.map(Cow::into_owned).collect()
    }
}

/// An HTTP answer with its whole body.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// How long the body took to arrive, unless it was small.
    pub(super) transfer: Duration,
}

impl Reply {
    /// The body as text.
    pub(crate) fn text(&self) -> Result<Cow<'_, str>> {
        // In another encoding its text is as long again and half, and for a moment there are two of it.
        memory::expect(self.body.len().saturating_mul(3))?;
        text::decode(&self.body, self.header(CONTENT_TYPE))
    }

    /// A header's text, if it is there and readable.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
