//! From a ticket to a user: every reading of the answer, and nobody where nobody is meant.

mod support;

use panda_simulator::{
    BadTicket, EmptyFields, Encoding, Endpoint, Fault, FaultRule, NameCase, Nesting, NumberForm,
    TicketRequest,
};
use panda_water::{Client, Kind, PageQuery, User};
use serde_json::json;
use support::*;

/// What the platform answers to a look-up, in place of the truth.
fn look_up(body: &[u8], content_type: &str) -> Result<User, panda_water::Error> {
    let simulator = simulator();
    let raw = panda_simulator::RawAnswer::new(body).header("Content-Type", content_type);
    simulator.add_fault(FaultRule::on(Endpoint::GetUserByTicket, Fault::Answer(raw)));
    client_with(&simulator, json!({"retries": 0})).get_user_by_ticket("ticket-text")
}

fn look_up_json(body: &str) -> Result<User, panda_water::Error> {
    look_up(body.as_bytes(), "application/json; charset=utf-8")
}

fn first(client: &Client) -> User {
    let query = PageQuery {
        page_size: Some(1),
        ..PageQuery::default()
    };
    client.get_users(&query).unwrap().users().next().unwrap()
}

#[test]
fn every_reading_of_an_answer_gives_the_same_user() {
    let simulator = simulator();
    let ticket = simulator.issue_ticket(1);
    let client = client(&simulator);
    let check = |what: &str| {
        let user = client.get_user_by_ticket(&ticket).unwrap();
        assert_eq!(
            (user.id, user.user_name.as_deref()),
            (1, Some("陈涛")),
            "{what}"
        );
        assert_eq!(user.phone.as_deref(), Some("1822199904"), "{what}");
        assert_eq!(first(&client).user_name.as_deref(), Some("陈涛"), "{what}");
    };
    for encoding in [
        Encoding::Utf8,
        Encoding::Utf8Bom,
        Encoding::Escaped,
        Encoding::Gbk,
        Encoding::Gb18030,
    ] {
        simulator.change_behaviour(|behaviour| behaviour.encoding = encoding);
        check(&format!("{encoding:?}"));
    }
    simulator.reset_behaviour();
    for names in [NameCase::Pascal, NameCase::Lower, NameCase::Upper] {
        for empty in [
            EmptyFields::Empty,
            EmptyFields::Null,
            EmptyFields::Missing,
            EmptyFields::Mixed,
        ] {
            simulator.change_behaviour(|behaviour| {
                behaviour.names = names;
                behaviour.empty_fields = empty;
                behaviour.extra_fields = true;
            });
            check(&format!("{names:?} {empty:?}"));
        }
    }
    simulator.reset_behaviour();
    for nesting in [Nesting::Value, Nesting::Text] {
        simulator.change_behaviour(|behaviour| {
            behaviour.data_as = nesting;
            behaviour.list_as = Nesting::Text;
            behaviour.ids = NumberForm::Text;
            behaviour.code_as = NumberForm::Text;
            behaviour.encoding = Encoding::Escaped;
        });
        check(&format!("{nesting:?}"));
    }
}

#[test]
fn a_ticket_that_is_not_accepted_signs_nobody_in() {
    let simulator = simulator();
    let client = client(&simulator);
    for (reading, code) in [
        (BadTicket::Code, 1),
        (BadTicket::NullData, -10021),
        (BadTicket::EmptyObject, -10021),
        (BadTicket::ZeroId, -10021),
    ] {
        simulator.change_behaviour(|behaviour| behaviour.bad_ticket = reading);
        let error = client.get_user_by_ticket("bogus-text").unwrap_err();
        assert_eq!(
            (error.kind(), error.code()),
            (Kind::Ticket, code),
            "{reading:?}"
        );
        assert_eq!(
            error.endpoint(),
            Some(panda_water::Endpoint::GetUserByTicket)
        );
        assert!(!format!("{error:?}").contains("bogus-text"));
    }
}

#[test]
fn whatever_a_ticket_holds_arrives_as_it_is() {
    let simulator = simulator();
    let client = client(&simulator);
    for text in [
        "a+b/=&?#% 中",
        "%41",
        "a;b,c'\"<>\\",
        "../../x",
        "\u{1F600}\t\n",
        "T%2B/+==",
    ] {
        let ticket = Some(text.to_owned());
        simulator.issue_ticket_with(TicketRequest {
            user_id: 3,
            ticket,
            ..TicketRequest::default()
        });
        assert_eq!(client.get_user_by_ticket(text).unwrap().id, 3, "{text}");
    }
    assert_eq!(
        client.get_user_by_ticket("").unwrap_err().kind(),
        Kind::Argument
    );
}

#[test]
fn further_fields_are_passed_on() {
    let user = look_up_json(
        r#"{"code":0,"data":{"id":7,"dept":{"name":"营业"},"x":[1.50],"UserName":"甲"}}"#,
    );
    let user = user.unwrap();
    assert_eq!(user.user_name.as_deref(), Some("甲"));
    assert_eq!(user.extra["dept"]["name"], "营业");
    assert_eq!(user.extra.len(), 2);
}

#[test]
fn text_that_is_not_unicode_shows_the_replacement_character() {
    let user =
        look_up_json(r#"{"code":0,"data":{"id":7,"userName":"a\ud800b","x":"\udc00"}}"#).unwrap();
    assert_eq!(user.user_name.as_deref(), Some("a\u{fffd}b"));
    assert_eq!(user.extra["x"], "\u{fffd}");
    let nested =
        look_up_json(r#"{"code":0,"data":"{\"id\":7,\"userName\":\"a\\ud800b\"}"}"#).unwrap();
    assert_eq!(nested.user_name.as_deref(), Some("a\u{fffd}b"));
}

#[test]
fn an_odd_id_is_a_response_error_and_nobodys_sign_in() {
    for id in [
        "1.5",
        "-1",
        "9007199254740992",
        "true",
        "\"x\"",
        "[1]",
        "1,\"Id\":2",
    ] {
        let error = look_up_json(&format!(
            r#"{{"code":0,"data":{{"id":{id},"userName":"x"}}}}"#
        ));
        assert_eq!(error.unwrap_err().kind(), Kind::Response, "{id}");
    }
}

#[test]
fn what_is_no_answer_is_a_response_error() {
    for body in [
        "",
        "null",
        "[]",
        "OK",
        "{\"code\":0,\"data\":",
        "{\"data\":{\"id\":1}}",
        "{\"code\":0,\"data\":[{\"id\":1}]}",
        "<html><body>ticket-text</body></html>",
        "  <!DOCTYPE html>",
    ] {
        let error = look_up_json(body).unwrap_err();
        assert_eq!(error.kind(), Kind::Response, "{body}");
        assert!(!error.message().contains("ticket-text"), "{body}");
    }
}

#[test]
fn nothing_of_the_platforms_words_shows_a_secret() {
    let body = r#"{"code":5,"msg":"ticket-text / TICKET-TEXT / abcdefg","data":"ticket-text"}"#;
    let error = look_up_json(body).unwrap_err();
    assert_eq!(error.kind(), Kind::Ticket);
    assert!(error.message().ends_with("*** / *** / ***"), "{error}");
}

#[test]
fn a_deep_answer_is_refused() {
    let deep = "[".repeat(200_000) + &"]".repeat(200_000);
    for body in [
        deep.clone(),
        format!(r#"{{"code":0,"data":{deep}}}"#),
        format!(r#"{{"code":0,"data":{{"id":1,"x":{deep}}}}}"#),
        format!(r#"{{"code":0,"x":{deep},"data":{{"id":1,"userName":{deep}}}}}"#),
    ] {
        assert_eq!(look_up_json(&body).unwrap_err().kind(), Kind::Response);
    }
}

#[test]
fn a_refused_list_is_rejected_with_the_platforms_code() {
    let simulator = simulator();
    for (code, shown) in [
        ("1001", 1001),
        ("\"1001\"", 1001),
        ("-10021", -10050),
        ("4294967296", -10050),
    ] {
        simulator.clear_faults();
        let body = format!(r#"{{"code":{code},"msg":"系统繁忙","data":null}}"#);
        simulator.add_fault(FaultRule::on(
            Endpoint::GetUsers,
            Fault::Answer(answer(&body)),
        ));
        let client = client(&simulator);
        let error = client.get_users(&PageQuery::default()).unwrap_err();
        assert_eq!(
            (error.kind(), error.code()),
            (Kind::Rejected, shown),
            "{code}"
        );
        assert_eq!(error.platform_code(), Some(code));
        assert!(error.message().contains("系统繁忙"));
        // Under a token that a moment ago was shown not to be at fault, no further login.
        let before = simulator.counters().generate_token.requests;
        client.get_users(&PageQuery::default()).unwrap_err();
        assert_eq!(simulator.counters().generate_token.requests, before);
    }
}

#[test]
fn a_ticket_or_keyword_that_fits_no_address_is_an_argument_error() {
    let simulator = simulator();
    let client = client(&simulator);
    let long = "票".repeat(10_000);
    let error = client.get_user_by_ticket(&long).unwrap_err();
    assert_eq!(error.kind(), Kind::Argument);
    assert!(error.message().contains("`ticket`"), "{error}");
    assert!(!error.message().contains('票'), "{error}");
    let query = PageQuery {
        keyword: Some(long),
        ..PageQuery::default()
    };
    let error = client.get_users(&query).unwrap_err();
    assert_eq!(error.kind(), Kind::Argument);
    assert!(error.message().contains("`keyword`"), "{error}");
}
