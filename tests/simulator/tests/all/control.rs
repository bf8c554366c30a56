//! The control endpoints.

use panda_simulator::{Options, Simulator};
use serde_json::{Value, json};

use crate::http::{Answer, request};
use crate::platform::{get, start, token};

fn control(simulator: &Simulator, method: &str, path: &str, body: Value) -> Answer {
    let url = format!("{}/{path}", simulator.control_url());
    request(method, &url, &[], &body.to_string()).expect("an answer")
}

#[test]
fn every_endpoint_does_what_it_says() {
    let simulator = start(10);
    let token = token(&simulator);
    let ticket = control(
        &simulator,
        "POST",
        "tickets",
        json!({"userId": 4, "lifeMs": 60_000}),
    )
    .json();
    let path = format!(
        "GetUserByTicket?ticket={}",
        ticket["ticket"].as_str().expect("a ticket")
    );
    assert_eq!(get(&simulator, &token, &path).json()["data"]["id"], 4);

    let added = control(
        &simulator,
        "POST",
        "users",
        json!({"userName": "新", "id": 77, "at": "front"}),
    );
    assert_eq!(
        added.json(),
        json!({"id": 77, "userName": "新", "phone": null, "jobNumber": null, "userImage": null})
    );
    control(
        &simulator,
        "PATCH",
        "users/1",
        json!({"userName": "陈二", "phone": null}),
    );
    control(&simulator, "DELETE", "users/2", json!(null));
    let page = get(&simulator, &token, "GetUsers?pageSize=3").json();
    let names: Vec<_> = (0..3)
        .map(|place| page["data"]["data"][place]["userName"].clone())
        .collect();
    assert_eq!(names, ["新", "陈二", "新耀分公司"]);
    assert_eq!(page["data"]["data"][1]["phone"], "");

    control(&simulator, "PUT", "behaviour", json!({"names": "upper"}));
    assert!(get(&simulator, &token, "GetUsers").json()["DATA"].is_object());
    control(&simulator, "DELETE", "behaviour", json!(null));
    assert!(get(&simulator, &token, "GetUsers").json()["data"].is_object());

    assert_eq!(
        control(&simulator, "GET", "counters", json!(null)).json()["getUsers"]["requests"],
        3
    );
    let requests = control(&simulator, "GET", "requests", json!(null)).json();
    let last = requests["requests"]
        .as_array()
        .and_then(|list| list.last())
        .expect("a request");
    assert_eq!(
        (&last["endpoint"], &last["token"]),
        (&json!("GetUsers"), &json!("live"))
    );
    assert!(!requests.to_string().contains(&token));
    let reset = control(&simulator, "POST", "counters/reset", json!(null)).json();
    assert_eq!(
        (&reset["getUsers"]["requests"], simulator.requests().len()),
        (&json!(0), 0)
    );

    assert_eq!(
        control(&simulator, "POST", "tokens/revoke", json!(null)).json(),
        json!({"revoked": 1})
    );
    assert_eq!(get(&simulator, &token, "GetUsers").status, 401);
}

#[test]
fn mistakes_are_refused_by_name() {
    let simulator = start(10);
    let before = simulator.behaviour();
    let mistakes = [
        (
            "POST",
            "tickets",
            json!({"userId": 1, "lifems": 5}),
            400,
            "lifems",
        ),
        ("POST", "tickets", json!({"userId": 99}), 404, "user"),
        (
            "PUT",
            "behaviour",
            json!({"tokenLifeMs": 1, "tokenlife": 5}),
            400,
            "tokenlife",
        ),
        ("PUT", "behaviour", json!({"gzip": "no"}), 400, "gzip"),
        (
            "PUT",
            "behaviour",
            json!({"moving": {"action": "append", "each": 2}}),
            400,
            "each",
        ),
        (
            "POST",
            "faults",
            json!({"fault": "drop", "time": 1}),
            400,
            "time",
        ),
        (
            "POST",
            "faults",
            json!({"fault": {"status": {"status": 503, "retry": "1"}}}),
            400,
            "retry",
        ),
        (
            "POST",
            "faults",
            json!({"fault": {"status": {"status": 99}}}),
            400,
            "status",
        ),
        (
            "POST",
            "faults",
            json!({"fault": {"answer": {"headers": {"a b": "c"}}}}),
            400,
            "a b",
        ),
        (
            "POST",
            "users",
            json!({"userName": "x", "id": 1}),
            409,
            "id",
        ),
        ("GET", "nowhere", json!(null), 404, "endpoint"),
    ];
    for (method, path, body, status, named) in mistakes {
        let answer = control(&simulator, method, path, body);
        let error = answer.json()["error"].to_string();
        assert_eq!(answer.status, status, "{error}");
        assert!(error.contains(named), "{error}");
    }
    assert_eq!(simulator.behaviour(), before);
}

#[test]
fn faults_do_not_touch_control() {
    let simulator = start(10);
    control(&simulator, "POST", "faults", json!({"fault": "reset"}));
    control(
        &simulator,
        "PUT",
        "behaviour",
        json!({"idleCloseMs": 0, "encoding": "gbk"}),
    );
    assert_eq!(
        control(&simulator, "GET", "behaviour", json!(null)).json()["encoding"],
        "gbk"
    );
    assert_eq!(
        control(&simulator, "DELETE", "faults", json!(null)).status,
        200
    );
    assert_eq!(token(&simulator).len(), 32);
}

#[test]
fn settings_can_be_given_at_the_start() {
    let behaviour = r#"{"names":"lower","tokenLifeMs":5}"#.parse().expect("settings");
    let simulator = Simulator::start(Options {
        behaviour,
        ..Options::default()
    })
    .expect("a free port");
    simulator.change_behaviour(|behaviour| behaviour.token_life_ms = 9);
    simulator.reset_behaviour();
    assert_eq!(simulator.behaviour().token_life_ms, 5);
}
