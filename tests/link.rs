//! Linking: nobody by elimination, by name alone, against the name or by a value that identifies
//! nobody; and every user in exactly one place.

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

/// Whether two users with these values alone are matched by them.
fn matches(rule: &str, one: &str, another: &str) -> bool {
    let side = |id: Value, value: &str| {
        let mut user = json!({"id": id});
        user[rule] = value.into();
        user
    };
    let outcome = match_one(side(1.into(), one), side("x".into(), another));
    let place = if rule == "userName" {
        "suggestions"
    } else {
        "links"
    };
    let is_match = outcome[place] == json!([{"pandaId": 1, "ownId": "x", "by": rule}]);
    let is_nothing =
        outcome["unlinkedPanda"] == json!([1]) && outcome["unlinkedOwn"] == json!(["x"]);
    assert!(is_match != is_nothing, "{one:?}, {another:?}: {outcome}");
    is_match
}

#[test]
fn each_rule_links_or_suggests() {
    for (panda, own, place, by) in [
        (
            user(1, "甲", "1", "A7"),
            user("x", "甲", "", "a7"),
            "links",
            "jobNumber",
        ),
        (
            user(1, "甲", "+86 138-0000-0001", ""),
            user("x", "甲", "13800000001", "9"),
            "links",
            "phone",
        ),
        (
            user(1, "", "１３８００００", ""),
            user(7, "乙", "00861380000", ""),
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
fn words_for_nothing_match_nobody_as_phone_job_number_or_name() {
    for value in [
        "",
        " ",
        "\u{3000}",
        "\u{200B}",
        "无",
        "無",
        " 无 ",
        "（无）",
        "-无-",
        "无。",
        "暂无",
        "暂 无",
        "暫無",
        "未知",
        "没有",
        "空",
        "无工号",
        "暂无手机号",
        "没有电话",
        "电话未知",
        "工号",
        "未填写",
        "不详",
        "待补充",
        "待定",
        "某某",
        "null",
        "NULL",
        "(null)",
        "<null>",
        "ｎｕｌｌ",
        "Nil",
        "none",
        "N/A",
        "n/a",
        "NA",
        "n.a.",
        "#N/A",
        "NaN",
        "unknown",
        "Unknown",
        "undefined",
        "\\N",
        "#REF!",
        "#VALUE!",
        "#DIV/0!",
        "no phone",
        "not available",
        "TBD",
        "[object Object]",
        "-",
        "--",
        "/",
        "／",
        "\\",
        ".",
        "—",
        "——",
        "*",
        "***",
        "?",
        "？",
        "_",
        "·",
        "[]",
        "{}",
        "''",
        "xx",
        "XXXX",
        "××",
        "0",
        "00000000000",
        "０",
        "0-0",
        "0.00",
        "(0)",
    ] {
        for rule in ["jobNumber", "phone", "userName"] {
            assert!(!matches(rule, value, value), "{rule} {value:?}");
        }
    }
}

#[test]
fn what_only_looks_like_nothing_matches() {
    for job_number in [
        "7",
        "A",
        "007",
        "0A",
        "0000000001",
        "N1",
        "NA-7",
        "X",
        "无1",
        "工号12",
        "空调01",
        "11111",
        "9999",
        "甲",
    ] {
        assert!(matches("jobNumber", job_number, job_number), "{job_number}");
    }
    for name in [
        "吴", "无忌", "空海", "梅有", "Nan Li", "Nina", "Noa", "Nullius", "Naomi", "Xi", "xxi",
        "用户7", "未央", "零露",
    ] {
        assert!(matches("userName", name, name), "{name}");
    }
}

#[test]
fn phones_without_enough_different_digits_or_masked_match_nobody() {
    for phone in [
        "1",
        "138",
        "123456",
        "1234567890123456",
        "1111111",
        "13800000001/13800000002",
        "11111111111",
        "+86 000-0000-0000",
        "000 0000",
        "138****0001",
        "138＊＊＊＊0001",
        "138xxxx0001",
        "138XXXX0001",
        "138××××0001",
        "138....0001",
        "138…0001",
        "138----0001",
        "138――0001",
        "138____0001",
        "138••••0001",
        "138····0001",
        "138####0001",
        "电话13800000001",
        "1.38E+10",
        "(无)",
        "+",
        "+86",
        "86-",
        "0086",
        "()",
        "86-123456",
        "13800000001转",
        "١٣٨٠٠٠٠٠٠٠١",
    ] {
        assert!(!matches("phone", phone, phone), "{phone}");
    }
}

#[test]
fn spellings_of_one_phone_match() {
    for (phone, spellings) in [
        (
            "13800000001",
            &[
                "138-0000-0001",
                "138 0000 0001",
                "138.0000.0001",
                "138‑0000‑0001",
                "138–0000—0001",
                "１３８－００００－０００１",
                "138．0000．0001",
                "(138)00000001",
                "（138）0000-0001",
                "【138】0000〔0001〕",
                "[138] 0000 0001",
                "+8613800000001",
                "+86-138-0000-0001",
                "(+86)13800000001",
                "+(86) 138 0000 0001",
                "＋８６ 13800000001",
                "008613800000001",
                "0086-13800000001",
                "00 86 138 0000 0001",
                "8613800000001",
                "86-13800000001",
                "86 138 0000 0001",
                "86—13800000001",
                "（86）13800000001",
                "\u{202D}13800000001\u{202C}",
                "\u{FEFF}138\u{200B}0000\u{AD}0001\u{2060}",
                "\t13800000001\r\n",
                "138\u{A0}0000\u{2009}0001",
            ][..],
        ),
        (
            "057188888881",
            &[
                "0571-88888881",
                "(0571) 8888-8881",
                "+86 0571 88888881",
                "+86 (0)571 8888 8881",
                "86-0571-88888881",
                "86 0571 88888881",
            ],
        ),
        ("57188888881", &["+86 571 88888881", "86-571-88888881"]),
        ("5551234", &["555-1234", "86-555-1234"]),
        ("123456789012345", &["12345678901-2345"]),
        ("+85291234567", &["+852 9123-4567", "(+852) 91234567"]),
    ] {
        for spelling in spellings {
            assert!(matches("phone", phone, spelling), "{phone} {spelling:?}");
            assert!(matches("phone", spelling, phone), "{phone} {spelling:?}");
        }
    }
}

#[test]
fn other_phones_do_not_match() {
    for (one, another) in [
        // A local number may begin with 86.
        ("86571888", "571888"),
        ("8655512341", "55512341"),
        ("861234567", "1234567"),
        ("+13800000001", "13800000001"),
        ("+85291234567", "85291234567"),
        ("013800000001", "13800000001"),
        ("13800000001", "13800000002"),
    ] {
        assert!(!matches("phone", one, another), "{one} {another}");
    }
}

#[test]
fn invisible_characters_and_letter_case_do_not_count() {
    for invisible in [
        "\u{200B}",
        "\u{200C}",
        "\u{200D}",
        "\u{200E}",
        "\u{200F}",
        "\u{202A}",
        "\u{202B}",
        "\u{202C}",
        "\u{202D}",
        "\u{202E}",
        "\u{2060}",
        "\u{2066}",
        "\u{2069}",
        "\u{FEFF}",
        "\u{AD}",
        "\u{FE0F}",
        "\u{E0100}",
        "\u{180E}",
        "\u{61C}",
        "\u{34F}",
        "\u{0}",
        "\u{7F}",
        "\u{3164}",
        "\u{2800}",
    ] {
        for (rule, text) in [
            ("jobNumber", "A07"),
            ("phone", "13900000002"),
            ("userName", "买买提·艾力"),
        ] {
            for at in text.char_indices().map(|(at, _)| at).chain([text.len()]) {
                let mut hidden = text.to_owned();
                hidden.insert_str(at, invisible);
                assert!(matches(rule, text, &hidden), "{rule} {hidden:?}");
            }
        }
    }
    assert!(matches("userName", "Andre\u{301}", "Andre\u{200D}\u{301}"));
    assert!(matches("jobNumber", "ＺＨ-007", "zh-007"));
    assert!(!matches("jobNumber", "007", "7"));
    assert!(!matches("jobNumber", "A*7", "A*7"));
}

#[test]
fn a_placeholder_contradicts_nobody_and_is_no_name() {
    // 陈涛 and 李四 have nothing in common but what says nothing.
    for value in ["无", "0", "N/A", "/", "暂无", "null", "00000000000"] {
        let outcome = match_one(
            user(1, "陈涛", value, value),
            user("x", "李四", value, value),
        );
        assert_eq!(
            (&outcome["unlinkedPanda"], &outcome["unlinkedOwn"]),
            (&json!([1]), &json!(["x"])),
            "{outcome}"
        );
        let outcome = match_one(
            user(1, "陈涛", "13800000001", value),
            user("x", value, "13800000001", "B7"),
        );
        assert_eq!(
            outcome["links"],
            json!([{"pandaId": 1, "ownId": "x", "by": "phone"}]),
            "{outcome}"
        );
        let outcome = link(&json!({
            "pandaUsers": [user(1, "陈涛", "", "A7")], "ownUsers": [user("x", "陈涛", "", value)],
            "existing": [{"pandaId": 1, "ownId": "x"}],
        }));
        assert_eq!(outcome["broken"], json!([]), "{value}");
    }
}

#[test]
fn a_pair_whose_names_differ_is_a_suggestion_that_says_so() {
    for (panda, own, by) in [
        (
            user(1, "陈涛", "", "1001"),
            user("x", "李四", "", "1001"),
            "jobNumber",
        ),
        (
            user(1, "陈涛", "13800000001", ""),
            user("x", "王芳", "138-0000-0001", ""),
            "phone",
        ),
        // Job number and phone agree, and it is not for a program to say why the names do not.
        (
            user(1, "Chen Tao", "13800000001", "A7"),
            user("x", "陈涛", "13800000001", "a7"),
            "jobNumber",
        ),
    ] {
        let mut request = json!({"pandaUsers": [panda], "ownUsers": [own]});
        for names in [None, Some("compare")] {
            if let Some(names) = names {
                request["names"] = names.into();
            }
            let outcome = link(&request);
            assert_eq!(
                outcome["suggestions"],
                json!([{"pandaId": 1, "ownId": "x", "by": by, "namesDiffer": true}])
            );
            assert_eq!(outcome["links"], json!([]));
            // Confirmed and passed back as it is, it is a link.
            let mut confirmed = request.clone();
            confirmed["existing"] = outcome["suggestions"].clone();
            assert_eq!(
                link(&confirmed)["links"],
                json!([{"pandaId": 1, "ownId": "x", "by": "existing"}])
            );
        }
        request["names"] = "ignore".into();
        let outcome = link(&request);
        assert_eq!(
            outcome["links"],
            json!([{"pandaId": 1, "ownId": "x", "by": by}])
        );
        assert_eq!(outcome["suggestions"], json!([]));
    }
}

#[test]
fn spellings_of_one_name_and_a_missing_name_link() {
    for (one, another) in [
        ("陈涛", "陈 涛"),
        ("陈涛", "陈\u{200B}涛\u{FEFF}"),
        ("买买提·艾力", "买买提•艾力"),
        ("ＡＢ", "AB"),
        ("", "李四"),
        ("陈涛", ""),
        ("陈涛", "未知"),
        ("-", "N/A"),
    ] {
        let outcome = match_one(user(1, one, "", "1001"), user("x", another, "", "1001"));
        assert_eq!(
            outcome["links"],
            json!([{"pandaId": 1, "ownId": "x", "by": "jobNumber"}]),
            "{one:?} {another:?}"
        );
    }
    let outcome = match_one(
        json!({"id": 1, "userName": null, "jobNumber": "1001"}),
        user("x", "李四", "", "1001"),
    );
    assert_eq!(outcome["links"][0]["by"], "jobNumber");
}

#[test]
fn whoever_is_suggested_is_linked_with_nobody_else() {
    // By phone and name, 陈涛 is "y", whom no other rule may take either; by job number, "x".
    let outcome = link(&json!({
        "pandaUsers": [user(1, "陈涛", "13800000001", "1001")],
        "ownUsers": [user("x", "李四", "", "1001"), user("y", "陈涛", "13800000001", "")],
    }));
    assert_eq!(
        outcome["suggestions"],
        json!([{"pandaId": 1, "ownId": "x", "by": "jobNumber", "namesDiffer": true}])
    );
    assert_eq!(
        (&outcome["links"], &outcome["unlinkedOwn"]),
        (&json!([]), &json!(["y"]))
    );
    // The value of a suggested pair still counts: it leaves no other the only one.
    let outcome = link(&json!({
        "pandaUsers": [user(1, "陈涛", "13800000001", "1001"), user(2, "王芳", "13800000001", "")],
        "ownUsers": [user("x", "李四", "", "1001"), user("y", "王芳", "13800000001", "")],
    }));
    assert_eq!(
        outcome["conflicts"],
        json!([{"by": "phone", "pandaIds": [2], "ownIds": ["y"]}])
    );
    assert_eq!(outcome["links"], json!([]));
}

#[test]
fn unrelated_job_numbers_link_nobody() {
    let outcome = link(&json!({
        "pandaUsers": [user(1, "陈涛", "", "1001"), user(2, "李四", "", "1002"), user(3, "王芳", "", "1003")],
        "ownUsers": [user(1, "李四", "", "1001"), user(2, "王芳", "", "1002"), user(3, "陈涛", "", "1003")],
    }));
    assert_eq!(outcome["links"], json!([]));
    let suggestions = outcome["suggestions"].as_array().unwrap();
    assert_eq!(suggestions.len(), 3);
    assert!(suggestions.iter().all(|pair| pair["namesDiffer"] == true));
}

#[test]
fn a_contradiction_is_a_conflict_and_not_resolved() {
    for (panda, own, by) in [
        (
            user(1, "甲", "13800000001", "1"),
            user("x", "乙", "13800000001", "2"),
            "phone",
        ),
        (user(1, "甲", "", "1"), user("x", "甲", "", "2"), "userName"),
        (
            user(1, "甲", "13800000001", ""),
            user("x", "甲", "13900000001", "2"),
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
fn an_own_id_is_the_same_as_text_and_as_a_number() {
    // Given back as the users have it, whatever the existing pair has.
    for (of_user, of_pair) in [
        (json!(5), json!("5")),
        (json!("5"), json!(5)),
        (json!("-7"), json!(-7)),
        (json!(0), json!("0")),
        (json!("9223372036854775807"), json!(i64::MAX)),
        (json!(i64::MIN), json!("-9223372036854775808")),
    ] {
        let outcome = link(&json!({
            "pandaUsers": [user(1, "甲", "", "")], "ownUsers": [user(of_user.clone(), "乙", "", "")],
            "existing": [{"pandaId": 1, "ownId": of_pair}],
        }));
        assert_eq!(
            outcome["links"],
            json!([{"pandaId": 1, "ownId": of_user, "by": "existing"}])
        );
        assert_eq!(outcome["unlinkedOwn"], json!([]));
        // Broken too.
        let outcome = link(&json!({
            "pandaUsers": [user(1, "", "", "A")], "ownUsers": [user(of_user.clone(), "", "", "B")],
            "existing": [{"pandaId": 1, "ownId": of_pair}],
        }));
        assert_eq!(
            outcome["broken"],
            json!([{"pandaId": 1, "ownId": of_user, "reason": "contradicts"}])
        );
    }
    // No other spelling is that number.
    let ids = json!([5, "05", "+5", "5.0", " 5", "", "9223372036854775808"]);
    let own = ids.as_array().unwrap().iter();
    let own: Vec<Value> = own.map(|id| user(id.clone(), "", "", "")).collect();
    let outcome = link(&json!({"pandaUsers": [], "ownUsers": own}));
    let unlinked = outcome["unlinkedOwn"].as_array().unwrap();
    assert_eq!(unlinked.len(), 7);
    assert!((ids.as_array().unwrap().iter()).all(|id| unlinked.contains(id)));
    // Twice is twice.
    for request in [
        json!({"pandaUsers": [], "ownUsers": [user(5, "", "", ""), user("5", "", "", "")]}),
        json!({"pandaUsers": [], "ownUsers": [], "existing": [
            {"pandaId": 1, "ownId": "5"}, {"pandaId": 2, "ownId": 5}]}),
    ] {
        let error = link_users(&request.to_string()).unwrap_err();
        assert_eq!(error.kind(), Kind::Argument);
        assert!(error.to_string().contains("twice"), "{error}");
    }
}

#[test]
fn nobody_is_linked_by_elimination() {
    // One of two with the same phone is linked by job number; the other is not linked by phone.
    let outcome = link(&json!({
        "pandaUsers": [user(1, "甲", "13800000001", "1"), user(2, "乙", "13800000001", "")],
        "ownUsers": [user("x", "甲", "", "1"), user("y", "丙", "13800000001", "")],
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
        "pandaUsers": [user(1, "甲", "13800000001", "1")],
        "ownUsers": [user("x", "甲", "13800000001", "1")],
        "rules": ["phone"],
    });
    assert_eq!(link(&request)["links"][0]["by"], "phone");
    let mut none = request;
    none["rules"] = json!([]);
    assert_eq!(link(&none)["unlinkedPanda"], json!([1]));
}

#[test]
fn names_are_compared_or_ignored_and_nothing_else() {
    for names in [
        json!("Compare"),
        json!(""),
        json!("both"),
        json!(true),
        json!(null),
        json!(["ignore"]),
        json!({"ignore": null}),
    ] {
        let request = json!({"pandaUsers": [], "ownUsers": [], "names": names});
        let error = link_users(&request.to_string()).unwrap_err();
        assert_eq!(error.kind(), Kind::Argument);
        assert!(error.to_string().contains("`names`"), "{error}");
    }
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
        0 => String::new(),
        1 => "无".to_owned(),
        number => format!("{prefix}{number}"),
    };
    let mut users = |ids: Vec<Value>| -> Vec<Value> {
        ids.into_iter()
            .map(|id| user(id, &value("n"), &value("138000001"), &value("J")))
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
    let own = users(own_ids.collect());
    let names = ["compare", "ignore"][random.usize(0..2)];
    json!({"pandaUsers": panda, "ownUsers": own, "names": names})
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

        let name = |side: &str, id: &Value| {
            let mut users = request[side].as_array().unwrap().iter();
            let name = &users.find(|user| user["id"] == *id).unwrap()["userName"];
            (name != "" && name != "无").then_some(name)
        };
        for (list, by_rule) in [("links", true), ("suggestions", false)] {
            for pair in outcome[list].as_array().unwrap() {
                let names = (
                    name("pandaUsers", &pair["pandaId"]),
                    name("ownUsers", &pair["ownId"]),
                );
                let differ = matches!(names, (Some(panda), Some(own)) if panda != own && request["names"] == "compare");
                assert!(!(by_rule && differ), "{pair} of {request}");
                assert_eq!(pair["namesDiffer"] == true, differ, "{pair} of {request}");
                assert!(
                    differ || by_rule || pair["by"] == "userName",
                    "{pair} of {request}"
                );
            }
        }

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
