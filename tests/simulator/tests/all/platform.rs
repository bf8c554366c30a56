//! The platform as its documents describe it, and in its other readings.

use std::io::Read;

use panda_simulator::{
    BadTicket, DeadToken, Edition, Encoding, ExpirationFormat, Gzip, Move, Moving, NameCase,
    Nesting, NumberForm, Options, PageCapApplies, RefusedLogin, Simulator, TicketRequest,
    TokenShape,
};
use serde_json::{Value, json};

use crate::http::{Answer, request};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

pub fn start(users: u32) -> Simulator {
    Simulator::start(Options {
        users,
        ..Options::default()
    })
    .expect("a free port")
}

pub fn log_in(simulator: &Simulator) -> Answer {
    let url = format!("{}/GenerateToken", simulator.base_url());
    request("POST", &url, &[FORM], "username=xiaomi&password=abcdefg").expect("an answer")
}

pub fn token(simulator: &Simulator) -> String {
    log_in(simulator).json()["token"]
        .as_str()
        .expect("a token")
        .to_owned()
}

pub fn get(simulator: &Simulator, token: &str, path: &str) -> Answer {
    let url = format!("{}/PandaOMS/OMS/{path}", simulator.base_url());
    request("GET", &url, &[("panda-token", token)], "").expect("an answer")
}

fn ids(page: &Value) -> Vec<i64> {
    let users = page["data"]["data"].as_array().expect("users");
    users
        .iter()
        .map(|user| user["id"].as_i64().expect("an id"))
        .collect()
}

#[test]
fn the_2024_edition_wants_a_token_and_gives_users() {
    let simulator = start(3661);
    assert_eq!(get(&simulator, "none", "GetUsers").status, 401);

    let token = token(&simulator);
    let page = get(&simulator, &token, "GetUsers").json();
    assert_eq!((&page["code"], &page["msg"]), (&json!(0), &json!("OK")));
    assert_eq!(page["data"]["count"], 3661);
    assert_eq!(ids(&page), (1..=25).collect::<Vec<_>>());
    let first = &page["data"]["data"][0];
    assert_eq!(
        (&first["userName"], &first["phone"]),
        (&json!("陈涛"), &json!("1822199904"))
    );
    assert!(first.get("jobNumber").is_some());
    assert_eq!(page["data"]["data"][1]["userName"], "黑龙江");
    assert_eq!(page["data"]["data"][1]["phone"], "");

    let last = get(&simulator, &token, "GetUsers?pageIndex=37&pageSize=100").json();
    assert_eq!(ids(&last), (3601..=3661).collect::<Vec<_>>());
    let found = get(
        &simulator,
        &token,
        "GetUsers?keyword=%E6%96%B0%E8%80%80%E5%88%86%E5%85%AC%E5%8F%B8",
    )
    .json();
    assert_eq!((&found["data"]["count"], ids(&found)), (&json!(1), vec![3]));
}

#[test]
fn the_2022_edition_wants_none() {
    let simulator = Simulator::start(Options {
        edition: Edition::Of2022,
        ..Options::default()
    })
    .expect("a free port");
    let ticket = simulator.issue_ticket(2);
    let url = format!(
        "{}/PandaOMS/OMS/GetUserByTicket?ticket={ticket}",
        simulator.base_url()
    );
    let user = request("GET", &url, &[], "").expect("an answer").json();
    assert_eq!(
        user["data"],
        json!({"id": 2, "userName": "黑龙江", "phone": ""})
    );
    assert_eq!(log_in(&simulator).status, 404);
}

#[test]
fn users_follow_from_the_seed() {
    let of_seed = |seed| {
        let simulator = Simulator::start(Options {
            seed,
            ..Options::default()
        })
        .expect("a free port");
        (4..40).map(|id| simulator.user(id)).collect::<Vec<_>>()
    };
    assert_eq!(of_seed(7), of_seed(7));
    assert_ne!(of_seed(7), of_seed(8));
}

#[test]
fn a_million_users_are_served() {
    let simulator = start(1_000_000);
    let page = get(
        &simulator,
        &token(&simulator),
        "GetUsers?pageIndex=10000&pageSize=100",
    )
    .json();
    assert_eq!(ids(&page), (999_901..=1_000_000).collect::<Vec<_>>());
}

#[test]
fn a_ticket_of_any_text_signs_its_user_in_until_it_expires() {
    let simulator = start(10);
    let token = token(&simulator);
    let odd = TicketRequest {
        user_id: 3,
        ticket: Some("a+b/=&?#% 中".into()),
        life_ms: None,
    };
    simulator.issue_ticket_with(odd);
    let encoded = "GetUserByTicket?ticket=a%2Bb%2F%3D%26%3F%23%25%20%E4%B8%AD";
    let user = get(&simulator, &token, encoded).json();
    assert_eq!(user["data"]["id"], 3);
    assert!(user["data"].get("userImage").is_some());
    let recorded = simulator.requests().pop().expect("a request");
    assert_eq!(
        format!("GetUserByTicket?{}", recorded.query.expect("a query")),
        encoded
    );

    let dead = simulator.issue_ticket_with(TicketRequest {
        user_id: 3,
        ticket: None,
        life_ms: Some(0),
    });
    let look_up = format!("GetUserByTicket?ticket={}", dead.ticket);
    let refusals = [
        (BadTicket::Code, json!([1, null])),
        (BadTicket::NullData, json!([0, null])),
        (BadTicket::EmptyObject, json!([0, {}])),
        (
            BadTicket::ZeroId,
            json!([0, {"id": 0, "userName": "", "phone": "", "userImage": ""}]),
        ),
    ];
    for (reading, expected) in refusals {
        simulator.change_behaviour(|behaviour| behaviour.bad_ticket = reading);
        let refusal = get(&simulator, &token, &look_up).json();
        assert_eq!(json!([refusal["code"], refusal["data"]]), expected);
    }
    let counters = simulator.counters();
    assert_eq!(
        (counters.tickets_accepted, counters.tickets_refused),
        (1, 4)
    );
}

#[test]
fn tokens_die_when_revoked_replaced_or_old() {
    let simulator = start(10);
    let first = token(&simulator);
    let second = token(&simulator);
    assert_eq!(get(&simulator, &first, "GetUsers").status, 200);
    simulator.change_behaviour(|behaviour| behaviour.one_token_at_a_time = true);
    let third = token(&simulator);
    assert_eq!(get(&simulator, &second, "GetUsers").status, 401);
    assert_eq!(get(&simulator, &third, "GetUsers").status, 200);
    assert_eq!(simulator.revoke_tokens(), 1);

    let refusal_of = |reading| {
        simulator.change_behaviour(|behaviour| behaviour.dead_token = reading);
        get(&simulator, &third, "GetUsers")
    };
    assert_eq!(refusal_of(DeadToken::Forbidden).status, 403);
    assert_eq!(refusal_of(DeadToken::Code).json()["code"], 1001);
    assert_eq!(
        refusal_of(DeadToken::LikeTicket).json()["msg"],
        "票据无效或已过期"
    );

    simulator.change_behaviour(|behaviour| behaviour.token_life_ms = 0);
    let stillborn = token(&simulator);
    assert_eq!(get(&simulator, &stillborn, "GetUsers").json()["code"], 1);
    assert_eq!(simulator.counters().tokens_issued, 4);
}

#[test]
fn logins_are_answered_and_refused_in_every_reading() {
    let simulator = start(1);
    simulator.change_behaviour(|behaviour| {
        behaviour.token_shape = TokenShape::Envelope;
        behaviour.data_as = Nesting::Text;
    });
    let answer = log_in(&simulator).json();
    let data: Value = serde_json::from_str(answer["data"].as_str().expect("text")).expect("JSON");
    assert_eq!(data["errMsg"], "");
    assert_eq!(data["token"].as_str().map(str::len), Some(32));

    simulator.reset_behaviour();
    let url = format!("{}/GenerateToken", simulator.base_url());
    let refusal_of = |reading| {
        simulator.change_behaviour(|behaviour| behaviour.refused_login = reading);
        request("POST", &url, &[FORM], "username=xiaomi&password=wrong").expect("an answer")
    };
    assert_eq!(
        refusal_of(RefusedLogin::Message).json()["errMsg"],
        "用户名或密码错误"
    );
    assert_eq!(refusal_of(RefusedLogin::Number).json()["errMsg"], 1);
    assert_eq!(refusal_of(RefusedLogin::Code).json()["code"], 1);
    assert_eq!(refusal_of(RefusedLogin::EmptyToken).json()["token"], "");
    assert_eq!(refusal_of(RefusedLogin::Unauthorized).status, 401);
    assert_eq!(simulator.counters().logins_refused, 5);
}

#[test]
fn expiry_is_written_in_every_format_and_moves_with_the_clock() {
    use ExpirationFormat::*;
    let simulator = start(1);
    let shape_of = |format| {
        simulator.change_behaviour(|behaviour| behaviour.expiration_format = format);
        let answer = log_in(&simulator).json();
        let digits_as_nines = |character: char| {
            if character.is_ascii_digit() {
                '9'
            } else {
                character
            }
        };
        answer.get("expirationTime").map(|time| {
            time.to_string()
                .chars()
                .map(digits_as_nines)
                .collect::<String>()
        })
    };
    let shapes = [
        (Space, r#""9999-99-99 99:99:99""#),
        (SpaceFraction, r#""9999-99-99 99:99:99.9999999""#),
        (T, r#""9999-99-99T99:99:99""#),
        (TFraction, r#""9999-99-99T99:99:99.9999999""#),
        (Z, r#""9999-99-99T99:99:99Z""#),
        (ZFraction, r#""9999-99-99T99:99:99.9999999Z""#),
        (Offset, r#""9999-99-99T99:99:99+99:99""#),
        (OffsetFraction, r#""9999-99-99T99:99:99.9999999+99:99""#),
        (MsDate, r#""/Date(9999999999999)/""#),
        (MsDateOffset, r#""/Date(9999999999999+9999)/""#),
        (UnixSeconds, "9999999999"),
        (UnixSecondsText, r#""9999999999""#),
        (UnixMillis, "9999999999999"),
        (UnixMillisText, r#""9999999999999""#),
        (Unreadable, r#""两小时后""#),
        (Empty, r#""""#),
        (Null, "null"),
    ];
    for (format, shape) in shapes {
        assert_eq!(shape_of(format).as_deref(), Some(shape), "{format:?}");
    }
    assert_eq!(shape_of(Absent), None);
    // Without leading zeros the length depends on the day.
    assert!(
        shape_of(Slash)
            .is_some_and(|shape| shape.starts_with("\"9999/9") && shape.ends_with(" 99:99:99\""))
    );

    simulator.change_behaviour(|behaviour| {
        behaviour.expiration_format = UnixSeconds;
        behaviour.clock_skew_ms = -86_400_000 * 365;
    });
    let answer = log_in(&simulator);
    let date = jiff::fmt::rfc2822::parse(&answer.headers["date"])
        .expect("a date")
        .timestamp();
    let expires = answer.json()["expirationTime"].as_i64().expect("a number");
    assert!((7199..=7200).contains(&(expires - date.as_second())));
    assert!(date < jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * 364));

    simulator.change_behaviour(|behaviour| behaviour.date_header = false);
    assert!(!log_in(&simulator).headers.contains_key("date"));
}

#[test]
fn pages_come_in_every_reading() {
    let simulator = start(30);
    let token = token(&simulator);
    let page = || get(&simulator, &token, "GetUsers?pageSize=3");
    let plain = page().json();

    simulator.change_behaviour(|behaviour| {
        behaviour.data_as = Nesting::Text;
        behaviour.list_as = Nesting::Text;
        behaviour.ids = NumberForm::Text;
        behaviour.code_as = NumberForm::Text;
        behaviour.names = NameCase::Pascal;
        behaviour.extra_fields = true;
    });
    let answer = page().json();
    assert_eq!(answer["Code"], "0");
    let data: Value = serde_json::from_str(answer["Data"].as_str().expect("text")).expect("JSON");
    let users: Value = serde_json::from_str(data["Data"].as_str().expect("text")).expect("JSON");
    assert_eq!(
        (&users[0]["Id"], &users[0]["UserName"]),
        (&json!("1"), &json!("陈涛"))
    );
    assert_eq!(
        users[0]["Department"]["parents"],
        json!([1, [2, {"id": 3}]])
    );

    simulator.reset_behaviour();
    let decoded_as = |encoding, decode: fn(&[u8]) -> String| {
        simulator.change_behaviour(|behaviour| behaviour.encoding = encoding);
        serde_json::from_str::<Value>(&decode(&page().body)).expect("JSON")
    };
    let utf8 = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let gbk = |bytes: &[u8]| encoding_rs::GBK.decode(bytes).0.into_owned();
    assert_eq!(
        decoded_as(Encoding::Utf8Bom, |bytes| String::from_utf8_lossy(
            &bytes[3..]
        )
        .into_owned()),
        plain
    );
    assert_eq!(decoded_as(Encoding::Gbk, gbk), plain);
    assert_eq!(decoded_as(Encoding::Gb18030, gbk), plain);
    assert_eq!(
        page().headers["content-type"],
        "application/json; charset=GB18030"
    );
    assert_eq!(decoded_as(Encoding::Escaped, utf8), plain);
    assert!(page().body.is_ascii());

    simulator.reset_behaviour();
    simulator.change_behaviour(|behaviour| behaviour.gzip = Gzip::Always);
    let mut unzipped = String::new();
    flate2::read::GzDecoder::new(&page().body[..])
        .read_to_string(&mut unzipped)
        .expect("gzip");
    assert_eq!(
        serde_json::from_str::<Value>(&unzipped).expect("JSON"),
        plain
    );
}

#[test]
fn page_caps_and_moving_lists() {
    let simulator = start(10);
    let token = token(&simulator);
    let page = |index| {
        ids(&get(
            &simulator,
            &token,
            &format!("GetUsers?pageSize=4&pageIndex={index}"),
        )
        .json())
    };
    simulator.change_behaviour(|behaviour| behaviour.page_cap = Some(3));
    assert_eq!((page(1), page(2)), (vec![1, 2, 3], vec![4, 5, 6]));
    simulator.change_behaviour(|behaviour| behaviour.page_cap_applies = PageCapApplies::TakeOnly);
    assert_eq!((page(1), page(2)), (vec![1, 2, 3], vec![5, 6, 7]));

    let moving = |action| {
        simulator.change_behaviour(|behaviour| {
            behaviour.page_cap = None;
            behaviour.moving = Some(Moving {
                action,
                every: 2.try_into().expect("not zero"),
                times: Some(1),
            });
        });
        [page(1), page(2), page(1), page(1), page(1)]
    };
    let still = [vec![1, 2, 3, 4], vec![5, 6, 7, 8]];
    assert_eq!(moving(Move::InsertFront)[..2], still);
    assert_eq!((page(1), simulator.user_count()), (vec![11, 1, 2, 3], 11));
    assert_eq!(
        moving(Move::RemoveFront)[2..],
        [[1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4]]
    );
    assert_eq!(
        moving(Move::Rotate)[2..],
        [[2, 3, 4, 5], [2, 3, 4, 5], [2, 3, 4, 5]]
    );
    moving(Move::Shuffle);
    let mut all = ids(&get(&simulator, &token, "GetUsers").json());
    all.sort_unstable();
    assert_eq!(all, (1..=10).collect::<Vec<_>>());
}
