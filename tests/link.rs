//! Linking: nobody by elimination or by name alone, and every user in exactly one place.

use std::collections::BTreeSet;

use panda_water::{Kind, link_users};
use serde_json::{Value, json};

fn link(request: &Value) -> Value {
    let outcome = link_users(&request.to_string()).unwrap_or_else(|error| panic!("{error}"));
    serde_json::from_str(&outcome).unwrap()
}

/// A user of either side: id, name, phone, job number; empty text for none.
fn user(id: impl Into<Value>, name: &str, phone: &str, job: &str) -> Value {
    json!({"id": id.into(), "userName": name, "phone": phone, "jobNumber": job})
}

fn match_one(panda: Value, own: Value) -> Value {
    link(&json!({"pandaUsers": [panda], "ownUsers": [own]}))
}

#[test]
fn each_rule_links_or_suggests() {
    for (panda, own, place, by) in [
        (
            user(1, "甲", "1", "A7"),
            user("x", "乙", "", "a7"),
            "links",
            "jobNumber",
        ),
        (
            user(1, "甲", "+86 138-0000-0001", ""),
            user("x", "乙", "13800000001", "9"),
            "links",
            "phone",
        ),
        (
            user(1, "甲", "１３８", ""),
            user(7, "乙", "0086138", ""),
            "links",
            "phone",
        ),
        (
            user(1, "阿·里 木", "", ""),
            user("x", "阿・里木", "", ""),
            "suggestions",
            "userName",
        ),
    ] {
        let own_id = own["id"].clone();
        let outcome = match_one(panda, own);
        assert_eq!(
            outcome[place],
            json!([{"pandaId": 1, "ownId": own_id, "by": by}]),
            "{outcome}"
        );
    }
}

#[test]
fn what_cannot_be_compared_matches_nobody() {
    for (panda, own) in [
        (user(1, "", "", ""), user("x", "", "", "")),
        (
            user(1, "", "138****0001", ""),
            user("x", "", "138****0001", ""),
        ),
        (user(1, "", "", "007"), user("x", "", "", "7")),
        (
            user(1, " ", "-", "\u{3000}"),
            user("x", " ", "-", "\u{3000}"),
        ),
    ] {
        let outcome = match_one(panda, own);
        assert_eq!(
            (&outcome["unlinkedPanda"], &outcome["unlinkedOwn"]),
            (&json!([1]), &json!(["x"]))
        );
    }
}

#[test]
fn a_contradiction_is_a_conflict_and_not_resolved() {
    for (panda, own, by) in [
        (
            user(1, "甲", "138", "1"),
            user("x", "乙", "138", "2"),
            "phone",
        ),
        (user(1, "甲", "", "1"), user("x", "甲", "", "2"), "userName"),
        (
            user(1, "甲", "138", ""),
            user("x", "甲", "139", "2"),
            "userName",
        ),
    ] {
        let outcome = match_one(panda, own);
        assert_eq!(
            outcome["conflicts"],
            json!([{"by": by, "pandaIds": [1], "ownIds": ["x"]}])
        );
        assert_eq!(
            (&outcome["links"], &outcome["suggestions"]),
            (&json!([]), &json!([]))
        );
    }
}

#[test]
fn nobody_is_linked_by_elimination() {
    // One of two with the same phone is linked by job number; the other is not linked by phone.
    let outcome = link(&json!({
        "pandaUsers": [user(1, "甲", "138", "1"), user(2, "乙", "138", "")],
        "ownUsers": [user("x", "甲", "", "1"), user("y", "丙", "138", "")],
    }));
    assert_eq!(
        outcome["links"],
        json!([{"pandaId": 1, "ownId": "x", "by": "jobNumber"}])
    );
    assert_eq!(
        outcome["conflicts"],
        json!([{"by": "phone", "pandaIds": [2], "ownIds": ["y"]}])
    );
}

#[test]
fn namesakes_are_a_conflict() {
    let outcome = link(&json!({
        "pandaUsers": [user(2, "张伟", "", ""), user(1, "张伟", "", "")],
        "ownUsers": [user("b", "张伟", "", ""), user("a", "张伟", "", "")],
    }));
    assert_eq!(
        outcome["conflicts"],
        json!([{"by": "userName", "pandaIds": [1, 2], "ownIds": ["a", "b"]}])
    );
}

#[test]
fn existing_pairs_stay_unless_they_are_broken() {
    let outcome = link(&json!({
        "pandaUsers": [user(1, "甲", "1", ""), user(2, "乙", "", "2"), user(3, "丙", "", "")],
        "ownUsers": [user("a", "别", "9", ""), user("b", "乙", "", "3"), user("c", "丙", "", "")],
        "existing": [
            {"pandaId": 1, "ownId": "a"}, {"pandaId": 2, "ownId": "b"},
            {"pandaId": 9, "ownId": "c"}, {"pandaId": 3, "ownId": "z"},
        ],
    }));
    assert_eq!(
        outcome["links"],
        json!([{"pandaId": 1, "ownId": "a", "by": "existing"}])
    );
    assert_eq!(
        outcome["broken"],
        json!([
            {"pandaId": 2, "ownId": "b", "reason": "contradicts"},
            {"pandaId": 3, "ownId": "z", "reason": "gone"},
            {"pandaId": 9, "ownId": "c", "reason": "gone"},
        ])
    );
    assert_eq!(outcome["suggestions"], json!([]));
}

#[test]
fn the_rules_are_the_callers() {
    let request = json!({
        "pandaUsers": [user(1, "甲", "138", "1")], "ownUsers": [user("x", "甲", "138", "1")],
        "rules": ["phone"],
    });
    assert_eq!(link(&request)["links"][0]["by"], "phone");
    let mut none = request;
    none["rules"] = json!([]);
    assert_eq!(link(&none)["unlinkedPanda"], json!([1]));
}

#[test]
fn a_request_that_is_not_understood_is_refused() {
    for request in [
        json!({}),
        json!({"pandaUsers": [], "ownUsers": [], "x": 1}),
        json!({"pandaUsers": [user(1, "", "", ""), user(1, "", "", "")], "ownUsers": []}),
        json!({"pandaUsers": [user(0, "", "", "")], "ownUsers": []}),
        json!({"pandaUsers": [], "ownUsers": [user("x", "", "", ""), user("x", "", "", "")]}),
        json!({"pandaUsers": [], "ownUsers": [{"id": 1.5}]}),
        json!({"pandaUsers": [], "ownUsers": [{"id": 1, "jobNo": "1"}]}),
        json!({"pandaUsers": [], "ownUsers": [{"id": 1, "phone": 138}]}),
        json!({"pandaUsers": [], "ownUsers": [], "rules": ["phone", "phone"]}),
        json!({"pandaUsers": [], "ownUsers": [], "rules": ["email"]}),
        json!({"pandaUsers": [], "ownUsers": [], "existing": [
            {"pandaId": 1, "ownId": 1}, {"pandaId": 1, "ownId": 2}]}),
        json!({"pandaUsers": [], "ownUsers": [], "existing": [
            {"pandaId": 1, "ownId": 1}, {"pandaId": 2, "ownId": 1}]}),
    ] {
        assert_eq!(
            link_users(&request.to_string()).unwrap_err().kind(),
            Kind::Argument,
            "{request}"
        );
    }
}

/// Users with values from a small choice, so that every kind of coincidence comes up.
fn random_request(random: &mut fastrand::Rng) -> Value {
    let mut value = |prefix: &str| match random.u32(0..9) {
        0 | 1 => String::new(),
        number => format!("{prefix}{number}"),
    };
    let mut users = |ids: Vec<Value>| -> Vec<Value> {
        ids.into_iter()
            .map(|id| user(id, &value("n"), &value("1"), &value("J")))
            .collect()
    };
    let panda = users((1..=8).map(Value::from).collect());
    let own_ids = (1..=8).map(|id| {
        if id % 2 == 0 {
            json!(id)
        } else {
            json!(id.to_string())
        }
    });
    json!({"pandaUsers": panda, "ownUsers": users(own_ids.collect())})
}

/// Every id of a side, in all the places of an outcome.
fn places(outcome: &Value, single: &str, several: &str, unlinked: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for list in ["links", "suggestions", "broken"] {
        ids.extend(
            outcome[list]
                .as_array()
                .unwrap()
                .iter()
                .map(|pair| pair[single].to_string()),
        );
    }
    for conflict in outcome["conflicts"].as_array().unwrap() {
        ids.extend(
            conflict[several]
                .as_array()
                .unwrap()
                .iter()
                .map(Value::to_string),
        );
    }
    ids.extend(
        outcome[unlinked]
            .as_array()
            .unwrap()
            .iter()
            .map(Value::to_string),
    );
    ids.sort();
    ids
}

#[test]
fn properties_hold_for_any_users() {
    let mut random = fastrand::Rng::with_seed(2024);
    for _ in 0..3000 {
        let request = random_request(&mut random);
        let outcome = link(&request);

        let all = |side: &str| {
            let mut ids: Vec<String> = request[side]
                .as_array()
                .unwrap()
                .iter()
                .map(|user| user["id"].to_string())
                .collect();
            ids.sort();
            ids
        };
        assert_eq!(
            places(&outcome, "pandaId", "pandaIds", "unlinkedPanda"),
            all("pandaUsers")
        );
        assert_eq!(
            places(&outcome, "ownId", "ownIds", "unlinkedOwn"),
            all("ownUsers")
        );

        let mut shuffled = request.clone();
        for side in ["pandaUsers", "ownUsers"] {
            random.shuffle(shuffled[side].as_array_mut().unwrap());
        }
        assert_eq!(link(&shuffled), outcome, "{request}");

        // Confirmed by an administrator and passed back, nothing else changes.
        let mut confirmed = request.clone();
        let pairs = ["links", "suggestions"].map(|list| outcome[list].as_array().unwrap().clone());
        confirmed["existing"] = pairs.concat().into();
        let again = link(&confirmed);
        for place in ["conflicts", "broken", "unlinkedPanda", "unlinkedOwn"] {
            assert_eq!(again[place], outcome[place], "{request}");
        }
        let pair_set = |outcome: &Value| -> BTreeSet<String> {
            let lists =
                ["links", "suggestions"].map(|list| outcome[list].as_array().unwrap().clone());
            lists
                .concat()
                .iter()
                .map(|pair| format!("{} {}", pair["pandaId"], pair["ownId"]))
                .collect()
        };
        assert_eq!(pair_set(&again), pair_set(&outcome));
    }
}
