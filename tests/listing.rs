//! All users: every one once, and never knowingly a short list.

mod support;

use std::collections::BTreeSet;

use panda_simulator::{
    CountForm, Endpoint, Fault, FaultRule, Move, Moving, NewUser, Options, PageCapApplies,
    Simulator,
};
use panda_water::{Kind, ListQuery, PageQuery};
use serde_json::json;
use support::*;

fn of(users: u32) -> Simulator {
    simulator_with(Options {
        users,
        ..Options::default()
    })
}

fn query(page_size: u64, prefetch: u64) -> ListQuery {
    ListQuery {
        page_size,
        prefetch,
        keyword: None,
    }
}

fn moving(simulator: &Simulator, action: Move, every: u64, times: Option<u64>) {
    simulator.change_behaviour(|behaviour| {
        behaviour.moving = Some(Moving {
            action,
            every: every.try_into().unwrap(),
            times,
        });
    });
}

/// What a listing must hold: everybody who was there all the time, nobody twice.
fn assert_complete(simulator: &Simulator, listed: &[u64], before: &BTreeSet<u64>) {
    let unique: BTreeSet<u64> = listed.iter().copied().collect();
    assert_eq!(unique.len(), listed.len(), "a user came twice");
    let stayed = before
        .iter()
        .filter(|id| simulator.user(**id as i64).is_some());
    let missing: Vec<_> = stayed.filter(|id| !unique.contains(id)).collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
}

#[test]
fn every_user_comes_once_whatever_the_page_size_and_prefetch() {
    let simulator = of(1234);
    let client = client(&simulator);
    for (page_size, prefetch) in [
        (500, 4),
        (1, 16),
        (100, 1),
        (617, 3),
        (1234, 4),
        (10_000, 16),
    ] {
        let users = list(&client, query(page_size, prefetch)).unwrap();
        assert_eq!(
            ids(&users),
            (1..=1234).collect::<Vec<_>>(),
            "{page_size} by {prefetch}"
        );
    }
}

#[test]
fn pages_are_fetched_at_once_on_one_thread_and_given_one_by_one() {
    let simulator = of(1000);
    simulator.add_fault(FaultRule::on(Endpoint::GetUsers, Fault::Latency { ms: 50 }));
    let client = client(&simulator);
    let mut users = client.users(query(100, 3));
    let mut requests = Vec::new();
    for _ in 0..5 {
        assert_eq!(users.next_page().unwrap().ids().count(), 100);
        requests.push(simulator.counters().get_users.requests);
    }
    assert_eq!(requests, [1, 4, 4, 4, 7]);
    assert_eq!(simulator.counters().get_users.max_concurrent, 3);
}

#[test]
fn the_last_page_says_so_and_after_it_come_empty_ones() {
    let simulator = of(250);
    let mut users = client(&simulator).users(query(100, 4));
    let pages: Vec<_> = (0..5)
        .map(|_| {
            let page = users.next_page().unwrap();
            (page.ids().count(), page.is_done(), page.count())
        })
        .collect();
    let count = Some(250);
    assert_eq!(
        pages,
        [
            (100, false, count),
            (100, false, count),
            (50, true, count),
            (0, true, count),
            (0, true, count)
        ]
    );
    assert_eq!(simulator.counters().get_users.requests, 3);
}

#[test]
fn an_empty_list_is_done_at_once() {
    let simulator = of(0);
    let mut users = client(&simulator).users(ListQuery::default());
    let page = users.next_page().unwrap();
    assert_eq!(
        (page.ids().count(), page.is_done(), page.count()),
        (0, true, Some(0))
    );
}

#[test]
fn a_server_that_caps_the_page_size_is_followed() {
    for applies in [PageCapApplies::BeforeSkip, PageCapApplies::TakeOnly] {
        for count in [CountForm::Number, CountForm::Missing] {
            let simulator = of(333);
            simulator.change_behaviour(|behaviour| {
                behaviour.page_cap = Some(50);
                behaviour.page_cap_applies = applies;
                behaviour.count = count;
            });
            let users = list(&client(&simulator), query(200, 4)).unwrap();
            assert_eq!(
                ids(&users),
                (1..=333).collect::<Vec<_>>(),
                "{applies:?} {count:?}"
            );
        }
    }
}

#[test]
fn without_a_count_the_list_ends_at_the_first_empty_page() {
    for form in [CountForm::Missing, CountForm::Null] {
        let simulator = of(300);
        simulator.change_behaviour(|behaviour| behaviour.count = form);
        let mut users = client(&simulator).users(query(100, 2));
        let mut total = 0;
        loop {
            let page = users.next_page().unwrap();
            assert_eq!(page.count(), None);
            total += page.ids().count();
            if page.is_done() {
                break;
            }
        }
        assert_eq!(total, 300, "{form:?}");
    }
}

#[test]
fn a_list_that_moved_for_a_while_is_read_again_until_it_is_complete() {
    let actions = [
        Move::InsertFront,
        Move::RemoveFront,
        Move::Append,
        Move::Replace,
        Move::Rotate,
        Move::Shuffle,
    ];
    for action in actions {
        for prefetch in [1, 4] {
            let simulator = of(500);
            let before: BTreeSet<u64> = (1..=500).collect();
            moving(&simulator, action, 3, Some(2));
            let users = list(&client(&simulator), query(50, prefetch)).unwrap();
            if action != Move::Replace {
                // Who leaves while another comes, with the same count, cannot be seen in one pass.
                assert_complete(&simulator, &ids(&users), &before);
            }
        }
    }
}

#[test]
fn a_list_that_does_not_hold_still_is_inconsistent_and_stays_so() {
    let simulator = of(500);
    moving(&simulator, Move::InsertFront, 1, None);
    let mut users = client(&simulator).users(query(50, 4));
    let error = loop {
        match users.next_page() {
            Ok(page) => assert!(!page.is_done()),
            Err(error) => break error,
        }
    };
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (Kind::Inconsistent, true)
    );
    simulator.change_behaviour(|behaviour| behaviour.moving = None);
    assert_eq!(users.next_page().unwrap_err().kind(), Kind::Inconsistent);
}

#[test]
fn a_count_that_disagrees_with_the_users_is_never_taken_for_complete() {
    for offset in [-1, 1, 1000] {
        let simulator = of(120);
        simulator.change_behaviour(|behaviour| behaviour.count_offset = offset);
        let error = list(&client(&simulator), query(50, 4)).unwrap_err();
        assert_eq!(error.kind(), Kind::Inconsistent, "{offset}");
    }
}

#[test]
fn a_server_that_ignores_the_page_index_is_inconsistent_and_no_endless_loop() {
    let simulator = of(10);
    let page = r#"{"code":0,"msg":"OK","data":{"data":[{"id":1},{"id":2}]}}"#;
    for count in ["", r#""count":10,"#] {
        simulator.clear_faults();
        let page = page.replace(r#""data":["#, &format!(r#"{count}"data":["#));
        simulator.add_fault(FaultRule::on(
            Endpoint::GetUsers,
            Fault::Answer(answer(&page)),
        ));
        let error = list(&client(&simulator), query(2, 4)).unwrap_err();
        assert_eq!(error.kind(), Kind::Inconsistent);
    }
}

#[test]
fn a_failed_page_can_be_asked_for_again_and_the_listing_goes_on() {
    let simulator = of(1000);
    let client = client_with(&simulator, json!({"retries": 0}));
    for prefetch in [1, 4] {
        simulator.add_fault(
            FaultRule::on(
                Endpoint::GetUsers,
                Fault::Status {
                    status: 503,
                    retry_after: None,
                },
            )
            .every(2),
        );
        let mut users = client.users(query(100, prefetch));
        let (mut listed, mut failures) = (Vec::new(), 0);
        loop {
            match users.next_page() {
                Ok(page) => {
                    listed.extend(page.ids());
                    if page.is_done() {
                        break;
                    }
                }
                Err(error) => {
                    assert_eq!(error.http_status(), Some(503));
                    failures += 1;
                }
            }
        }
        assert_eq!(listed, (1..=1000).collect::<Vec<_>>());
        assert!(failures > 0);
        simulator.clear_faults();
    }
}

#[test]
fn a_token_revoked_in_the_middle_of_a_listing_is_renewed() {
    let simulator = of(1000);
    let client = client(&simulator);
    let mut users = client.users(query(100, 4));
    let mut listed = Vec::new();
    loop {
        let page = users.next_page().unwrap();
        listed.extend(page.ids());
        if page.is_done() {
            break;
        }
        simulator.revoke_tokens();
    }
    assert_eq!(listed.len(), 1000);
}

#[test]
fn a_keyword_is_passed_on_percent_encoded() {
    let simulator = of(100);
    let name = "张 &三=+%".to_owned();
    simulator
        .add_user(NewUser {
            user_name: name.clone(),
            ..NewUser::default()
        })
        .unwrap();
    let client = client(&simulator);
    let found = list(
        &client,
        ListQuery {
            keyword: Some(name.clone()),
            ..ListQuery::default()
        },
    );
    assert_eq!(found.unwrap()[0].user_name.as_ref(), Some(&name));
    let page = client
        .get_users(&PageQuery {
            keyword: Some(name),
            ..PageQuery::default()
        })
        .unwrap();
    assert_eq!(page.count(), Some(1));
    let query = simulator.requests().last().unwrap().query.clone();
    assert_eq!(
        query.as_deref(),
        Some("keyword=%E5%BC%A0%20%26%E4%B8%89%3D%2B%25")
    );
}

#[test]
fn a_page_is_asked_for_with_what_was_given_alone() {
    let simulator = of(100);
    let client = client(&simulator);
    let page = client.get_users(&PageQuery::default()).unwrap();
    assert_eq!((page.ids().count(), page.count()), (25, Some(100)));
    let query = PageQuery {
        page_index: Some(4),
        page_size: Some(30),
        keyword: None,
    };
    assert_eq!(
        client.get_users(&query).unwrap().ids().collect::<Vec<_>>(),
        (91..=100).collect::<Vec<_>>()
    );
    let queries: Vec<_> = simulator
        .requests()
        .into_iter()
        .filter(|request| request.endpoint == Endpoint::GetUsers)
        .collect();
    assert_eq!(queries[0].query, None);
    assert_eq!(queries[1].query.as_deref(), Some("pageIndex=4&pageSize=30"));
}
