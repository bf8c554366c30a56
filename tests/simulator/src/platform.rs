//! What the platform answers when nothing goes wrong.

use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode};
use bytes::Bytes;

use crate::behaviour::{
    BadTicket, Behaviour, CountForm, CountOf, DeadToken, EmptyFields, EmptyPage, Encoding, Nesting,
    NumberForm, PageCapApplies, PageIndex, RefusedLogin, SuccessMessage, TokenShape,
};
use crate::clock;
use crate::endpoint::Endpoint;
use crate::json::{self, Object, quote};
use crate::options::{Edition, Options};
use crate::requests::TokenState;
use crate::state::State;
use crate::users::User;

/// An answer, not yet on its way.
pub(crate) type Answer = Response<Bytes>;

/// The `code` and `msg` for a request with parameters that make no sense.
const BAD_PARAMETER: (i64, &str) = (2, "参数错误");

/// Answers a request.
pub(crate) fn answer(
    state: &mut State,
    options: &Options,
    endpoint: Endpoint,
    request: &Parts,
    body: &[u8],
) -> Answer {
    let method = match endpoint {
        Endpoint::GenerateToken => Method::POST,
        Endpoint::GetUsers | Endpoint::GetUserByTicket => Method::GET,
        Endpoint::Other => return error_page(StatusCode::NOT_FOUND),
    };
    if options.edition == Edition::Of2022 && endpoint == Endpoint::GenerateToken {
        return error_page(StatusCode::NOT_FOUND);
    }
    if request.method != method {
        let mut refusal = error_page(StatusCode::METHOD_NOT_ALLOWED);
        let allowed = HeaderValue::from_str(method.as_str());
        refusal
            .headers_mut()
            .extend(allowed.ok().map(|allowed| (ALLOW, allowed)));
        return refusal;
    }
    if endpoint == Endpoint::GenerateToken {
        return generate_token(state, options, request, body);
    }
    let token_needed = options.edition == Edition::Of2024;
    if token_needed && state.token_state(token(request)) != TokenState::Live {
        state.counters.tokens_refused += 1;
        return refuse_token(state.behaviour(), options);
    }
    let query = Parameters::parse(request.uri.query().unwrap_or_default().as_bytes());
    match endpoint {
        Endpoint::GetUsers => get_users(state, options, &query),
        _ => get_user_by_ticket(state, options, &query),
    }
}

/// The value of `panda-token`.
pub(crate) fn token(request: &Parts) -> Option<&str> {
    let value = request.headers.get("panda-token")?;
    // Every token is ASCII; anything else is a dead one.
    Some(value.to_str().unwrap_or_default())
}

/// A query or a form, decoded as ASP.NET does: `+` is a space.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(given, _)| given == name)?;
        Some(value)
    }

    /// A positive number, the default if it is not there, `None` if it is no positive number.
    fn positive(&self, name: &str, default: u64) -> Option<u64> {
        match self.get(name) {
            None | Some("") => Some(default),
            Some(text) => text.parse().ok().filter(|number| *number > 0),
        }
    }
}

fn generate_token(state: &mut State, options: &Options, request: &Parts, body: &[u8]) -> Answer {
    let content_type = request
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let form_type = "application/x-www-form-urlencoded";
    if !content_type.is_some_and(|given| given.to_ascii_lowercase().starts_with(form_type)) {
        return error_page(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let form = Parameters::parse(body);
    let known = form.get("username") == Some(&options.username)
        && form.get("password") == Some(&options.password);
    if !known {
        state.counters.logins_refused += 1;
        return refuse_login(state.behaviour());
    }
    let token = state.issue_token();
    token_answer(
        state.behaviour(),
        &quote(&token),
        success_message(state.behaviour()),
    )
}

fn success_message(behaviour: &Behaviour) -> Option<&'static str> {
    match behaviour.err_msg {
        SuccessMessage::Empty => Some(r#""""#),
        SuccessMessage::Null => Some("null"),
        SuccessMessage::Absent => None,
        SuccessMessage::Zero => Some("0"),
        SuccessMessage::ZeroText => Some(r#""0""#),
    }
}

fn refuse_login(behaviour: &Behaviour) -> Answer {
    const REASON: &str = "用户名或密码错误";
    match behaviour.refused_login {
        RefusedLogin::Message => token_answer(behaviour, r#""""#, Some(&quote(REASON))),
        RefusedLogin::Number => token_answer(behaviour, "null", Some("1")),
        RefusedLogin::Code => envelope(behaviour, 1, REASON, "null"),
        RefusedLogin::EmptyToken => token_answer(behaviour, r#""""#, success_message(behaviour)),
        RefusedLogin::NullToken => token_answer(behaviour, "null", success_message(behaviour)),
        RefusedLogin::Unauthorized => bare(StatusCode::UNAUTHORIZED),
        RefusedLogin::Forbidden => bare(StatusCode::FORBIDDEN),
    }
}

/// The three fields of `GenerateToken`; `token` and `message` are JSON.
fn token_answer(behaviour: &Behaviour, token: &str, message: Option<&str>) -> Answer {
    let life = std::time::Duration::from_millis(behaviour.token_life_ms);
    let fields = Object::new(behaviour.names)
        .field_if_some("errMsg", message)
        .field_if_some(
            "expirationTime",
            clock::expiration(behaviour, life).as_deref(),
        )
        .field("token", token);
    match behaviour.token_shape {
        TokenShape::Flat => json_answer(behaviour, extended(behaviour, fields).finish()),
        TokenShape::Envelope => success(behaviour, &fields.finish()),
    }
}

fn refuse_token(behaviour: &Behaviour, options: &Options) -> Answer {
    match behaviour.dead_token {
        DeadToken::Unauthorized => bare(StatusCode::UNAUTHORIZED),
        DeadToken::Forbidden => bare(StatusCode::FORBIDDEN),
        DeadToken::ForbiddenPage => error_page(StatusCode::FORBIDDEN),
        DeadToken::Code => envelope(
            behaviour,
            behaviour.dead_token_code,
            &behaviour.dead_token_message,
            "null",
        ),
        DeadToken::LikeTicket => refuse_ticket(behaviour, options),
    }
}

fn get_users(state: &mut State, options: &Options, query: &Parameters) -> Answer {
    let (Some(index), Some(size)) = (
        query.positive("pageIndex", 1),
        query.positive("pageSize", 25),
    ) else {
        return envelope(state.behaviour(), BAD_PARAMETER.0, BAD_PARAMETER.1, "null");
    };
    let behaviour = state.behaviour();
    let cap = behaviour.page_cap.unwrap_or(u64::MAX);
    let step = match behaviour.page_cap_applies {
        PageCapApplies::BeforeSkip => size.min(cap),
        PageCapApplies::TakeOnly => size,
    };
    let keyword = query.get("keyword").unwrap_or_default();
    let (rows, _) = state.users.page(keyword, 0, 0);
    let index = match behaviour.page_index {
        PageIndex::Followed => index,
        PageIndex::Ignored => 1,
        PageIndex::Clamped => index.min((rows as u64).div_ceil(step).max(1)),
    };
    let skip = usize::try_from((index - 1).saturating_mul(step)).unwrap_or(usize::MAX);
    let take = usize::try_from(size.min(cap)).unwrap_or(usize::MAX);
    let (_, mut users) = state.users.page(keyword, skip, take);
    let mut count = rows as u64;
    if let Some(every) = behaviour.hide_every {
        count -= count / every;
        let mut row = skip as u64;
        users.retain(|_| {
            row += 1;
            row % every != 0
        });
    }
    if behaviour.lost_page == Some(index) {
        users.clear();
    }
    if behaviour.count_of == CountOf::Page {
        count = users.len() as u64;
    }
    let count = count.min(behaviour.count_cap.unwrap_or(u64::MAX));

    let is_null = |form| users.is_empty() && behaviour.empty_page == form;
    let list = match is_null(EmptyPage::NullList) {
        true => "null".to_owned(),
        false => json::array(
            users
                .iter()
                .map(|user| user_json(behaviour, options.edition, user, Fields::Listed)),
        ),
    };
    let data = Object::new(behaviour.names)
        .field_if_some("count", count_json(behaviour, count).as_deref())
        .field("data", &nested(list, behaviour.list_as))
        .finish();
    let answer = match is_null(EmptyPage::NullData) {
        true => envelope(behaviour, 0, "OK", "null"),
        false => success(behaviour, &data),
    };
    state.page_was_read();
    answer
}

fn count_json(behaviour: &Behaviour, count: u64) -> Option<String> {
    let shown = i64::try_from(count)
        .unwrap_or(i64::MAX)
        .saturating_add(behaviour.count_offset);
    match behaviour.count {
        CountForm::Number => Some(shown.to_string()),
        CountForm::Text => Some(quote(&shown.to_string())),
        CountForm::Null => Some("null".to_owned()),
        CountForm::Missing => None,
    }
}

fn get_user_by_ticket(state: &mut State, options: &Options, query: &Parameters) -> Answer {
    let holder = query
        .get("ticket")
        .and_then(|ticket| state.tickets.look_up(ticket))
        .and_then(|id| state.users.find(id));
    match holder {
        Some(user) => {
            state.counters.tickets_accepted += 1;
            let behaviour = state.behaviour();
            success(
                behaviour,
                &user_json(behaviour, options.edition, &user, Fields::SigningIn),
            )
        }
        None => {
            state.counters.tickets_refused += 1;
            refuse_ticket(state.behaviour(), options)
        }
    }
}

fn refuse_ticket(behaviour: &Behaviour, options: &Options) -> Answer {
    match behaviour.bad_ticket {
        BadTicket::Code => envelope(
            behaviour,
            behaviour.bad_ticket_code,
            &behaviour.bad_ticket_message,
            "null",
        ),
        BadTicket::NullData => success(behaviour, "null"),
        BadTicket::EmptyObject => success(behaviour, "{}"),
        BadTicket::ZeroId => {
            let nobody = User {
                id: 0,
                user_name: String::new(),
                phone: None,
                job_number: None,
                user_image: None,
            };
            success(
                behaviour,
                &user_json(behaviour, options.edition, &nobody, Fields::SigningIn),
            )
        }
    }
}

/// Which of a user's fields an endpoint shows in 2024.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fields {
    /// The job number
    Listed,
    /// The image
    SigningIn,
}

fn user_json(behaviour: &Behaviour, edition: Edition, user: &User, fields: Fields) -> String {
    let id = number(user.id, behaviour.ids);
    let optional = |object: Object, name: &str, value: &Option<String>| {
        let value = match value {
            Some(text) => Some(quote(text)),
            None => empty_field(behaviour.empty_fields, user.id),
        };
        object.field_if_some(name, value.as_deref())
    };
    let mut object = Object::new(behaviour.names)
        .field("id", &id)
        .field("userName", &quote(&user.user_name));
    object = optional(object, "phone", &user.phone);
    if edition == Edition::Of2024 {
        object = match fields {
            Fields::Listed => optional(object, "jobNumber", &user.job_number),
            Fields::SigningIn => optional(object, "userImage", &user.user_image),
        };
    }
    extended(behaviour, object).finish()
}

fn empty_field(empty_fields: EmptyFields, id: i64) -> Option<String> {
    let (empty, null) = (Some(quote("")), Some("null".to_owned()));
    match (empty_fields, id.rem_euclid(3)) {
        (EmptyFields::Empty, _) | (EmptyFields::Mixed, 0) => empty,
        (EmptyFields::Null, _) | (EmptyFields::Mixed, 1) => null,
        (EmptyFields::Missing | EmptyFields::Mixed, _) => None,
    }
}

/// The object with the fields that no document mentions, if they are wanted.
fn extended(behaviour: &Behaviour, object: Object) -> Object {
    if !behaviour.extra_fields {
        return object;
    }
    object
        .field("isEnabled", "true")
        .field("remark", "null")
        .field("rank", "1.50")
        .field(
            "department",
            r#"{"id":7,"name":"调度中心","parents":[1,[2,{"id":3}]],"data":{"id":9}}"#,
        )
}

fn number(value: i64, form: NumberForm) -> String {
    match form {
        NumberForm::Number => value.to_string(),
        NumberForm::Text => quote(&value.to_string()),
    }
}

fn nested(json: String, nesting: Nesting) -> String {
    match nesting {
        Nesting::Value => json,
        Nesting::Text => quote(&json),
    }
}

fn success(behaviour: &Behaviour, data: &str) -> Answer {
    let data = nested(data.to_owned(), behaviour.data_as);
    envelope(behaviour, 0, "OK", &data)
}

fn envelope(behaviour: &Behaviour, code: i64, message: &str, data: &str) -> Answer {
    let object = Object::new(behaviour.names)
        .field("code", &number(code, behaviour.code_as))
        .field("msg", &quote(message))
        .field("data", data);
    json_answer(behaviour, extended(behaviour, object).finish())
}

fn json_answer(behaviour: &Behaviour, json: String) -> Answer {
    let (charset, body) = match behaviour.encoding {
        Encoding::Utf8 => ("utf-8", Bytes::from(json)),
        Encoding::Utf8Bom => ("utf-8", Bytes::from(format!("\u{feff}{json}"))),
        Encoding::Escaped => ("utf-8", Bytes::from(json::escape(&json))),
        Encoding::Gbk => (
            "GBK",
            Bytes::from(encoding_rs::GBK.encode(&json).0.into_owned()),
        ),
        Encoding::Gb18030 => (
            "GB18030",
            Bytes::from(encoding_rs::GB18030.encode(&json).0.into_owned()),
        ),
    };
    let fitting = format!("application/json; charset={charset}");
    let content_type = behaviour.content_type.as_deref().unwrap_or(&fitting);
    with_content_type(StatusCode::OK, content_type, body)
}

/// A status of the platform's own, as ASP.NET Core gives it.
fn bare(status: StatusCode) -> Answer {
    let mut answer = Answer::default();
    *answer.status_mut() = status;
    answer
}

/// An error page as the web server in front of the platform shows it, whatever its status.
pub(crate) fn error_page(status: StatusCode) -> Answer {
    let code = status.as_str();
    let reason = status.canonical_reason().unwrap_or_default();
    let page = format!(
        "<!DOCTYPE html>\r\n<html><head><meta charset=\"utf-8\"><title>{code} - {reason}</title></head>\r\n\
        <body><h1>服务器错误</h1><h2>{code} - {reason}</h2></body></html>\r\n"
    );
    with_content_type(status, "text/html; charset=utf-8", Bytes::from(page))
}

pub(crate) fn with_content_type(status: StatusCode, content_type: &str, body: Bytes) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let content_type = HeaderValue::from_str(content_type);
    answer
        .headers_mut()
        .extend(content_type.ok().map(|value| (CONTENT_TYPE, value)));
    answer
}
