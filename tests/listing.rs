//! All users: every one once, and never knowingly a short list.

mod support;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use panda_simulator::{
    Behaviour, CountForm, CountOf, EmptyPage, Encoding, Endpoint, Fault, FaultRule, Move, Moving,
    NewUser, Options, PageCapApplies, PageIndex, Simulator, Stage,
};
use panda_water::{Client, Config, Kind, ListQuery, PageQuery};
use serde_json::{Value, json};
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

/// Everybody by every prefetch, and how many requests it took with one page at a time.
fn assert_all_listed(simulator: &Simulator, page_size: u64, expected: &[u64], case: &str) -> u64 {
    let client = client(simulator);
    let mut requests = 0;
    for prefetch in [4, 1] {
        simulator.reset_counters();
        let users = list(&client, query(page_size, prefetch));
        let users = users.unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!(ids(&users), expected, "{case}");
        requests = simulator.counters().get_users.requests;
    }
    requests
}

fn everybody(users: u32) -> Vec<u64> {
    (1..=u64::from(users)).collect()
}

#[test]
fn a_count_of_the_page_or_a_capped_one_ends_nothing() {
    type Change = fn(&mut Behaviour);
    let counts: [(&str, Change); 5] = [
        ("of the page", |it| it.count_of = CountOf::Page),
        ("500 at most", |it| it.count_cap = Some(500)),
        ("1000 at most", |it| it.count_cap = Some(1000)),
        ("one too few", |it| it.count_offset = -1),
        ("in text", |it| {
            it.count_of = CountOf::Page;
            it.count = CountForm::Text;
        }),
    ];
    for (name, change) in counts {
        for empty_page in [EmptyPage::List, EmptyPage::NullList, EmptyPage::NullData] {
            for users in [25, 500, 600, 1200, 1301] {
                let simulator = of(users);
                simulator.change_behaviour(|behaviour| {
                    change(behaviour);
                    behaviour.empty_page = empty_page;
                });
                for page_size in [100, 500, 600] {
                    let case = format!("{name}, {empty_page:?}, {users} by {page_size}");
                    let requests =
                        assert_all_listed(&simulator, page_size, &everybody(users), &case);
                    let pages = u64::from(users).div_ceil(page_size);
                    assert!(requests <= pages + 1, "{case}: {requests} requests");
                }
            }
        }
    }
}

#[test]
fn a_page_beyond_is_asked_for_only_where_the_last_one_is_not_shorter() {
    for (users, page_size, expected) in [(250, 100, 3), (200, 100, 3), (25, 500, 2), (0, 500, 1)] {
        for prefetch in [1, 4, 16] {
            let simulator = of(users);
            list(&client(&simulator), query(page_size, prefetch)).unwrap();
            let requests = simulator.counters().get_users.requests;
            assert_eq!(requests, expected, "{users} by {page_size}, {prefetch}");
        }
    }
}

#[test]
fn a_full_last_page_is_marked_as_the_last() {
    for count in [CountForm::Number, CountForm::Missing] {
        let simulator = of(200);
        simulator.change_behaviour(|behaviour| behaviour.count = count);
        let mut users = client(&simulator).users(query(100, 4));
        let pages: Vec<_> = (0..3)
            .map(|_| {
                let page = users.next_page().unwrap();
                (page.ids().count(), page.is_done())
            })
            .collect();
        assert_eq!(pages, [(100, false), (100, true), (0, true)], "{count:?}");
    }
}

#[test]
fn a_server_that_caps_pages_and_counts_those_alone_is_followed() {
    for applies in [PageCapApplies::BeforeSkip, PageCapApplies::TakeOnly] {
        let simulator = of(333);
        simulator.change_behaviour(|behaviour| {
            behaviour.page_cap = Some(50);
            behaviour.page_cap_applies = applies;
            behaviour.count_of = CountOf::Page;
        });
        assert_all_listed(&simulator, 200, &everybody(333), &format!("{applies:?}"));
    }
}

#[test]
fn null_past_the_end_is_the_end() {
    for empty_page in [EmptyPage::NullList, EmptyPage::NullData] {
        for count in [CountForm::Number, CountForm::Missing, CountForm::Null] {
            for users in [25, 200, 250] {
                let simulator = of(users);
                simulator.change_behaviour(|behaviour| {
                    behaviour.empty_page = empty_page;
                    behaviour.count = count;
                });
                let case = format!("{empty_page:?} {count:?} {users}");
                assert_all_listed(&simulator, 100, &everybody(users), &case);
                let beyond = PageQuery {
                    page_index: Some(99),
                    ..PageQuery::default()
                };
                let page = client(&simulator).get_users(&beyond).unwrap();
                assert_eq!(page.ids().count(), 0, "{case}");
            }
        }
    }
    let simulator = of(0);
    simulator.change_behaviour(|behaviour| {
        behaviour.empty_page = EmptyPage::NullList;
        behaviour.count = CountForm::Missing;
    });
    let error = list(&client(&simulator), query(100, 4)).unwrap_err();
    assert_eq!(error.kind(), Kind::Response);
}

#[test]
fn users_hidden_after_paging_leave_pages_short_and_the_list_complete() {
    for (users, hide_every) in [(1010, 101), (1010, 50), (1000, 10), (95, 7)] {
        for count in [CountForm::Number, CountForm::Missing] {
            let simulator = of(users);
            simulator.change_behaviour(|behaviour| {
                behaviour.hide_every = hide_every.try_into().ok();
                behaviour.count = count;
            });
            let shown = everybody(users)
                .into_iter()
                .filter(|id| id % hide_every != 0);
            let case = format!("{users} without each {hide_every}th, {count:?}");
            assert_all_listed(&simulator, 100, &shown.collect::<Vec<_>>(), &case);
            // Each reading asks for as many as the first page of all gave.
            let sizes: BTreeSet<_> = (simulator.requests().into_iter())
                .filter_map(|request| Some(request.query?.split_once("pageSize=")?.1.to_owned()))
                .collect();
            assert!(sizes.len() <= 2, "{case}: {sizes:?}");
        }
    }
}

#[test]
fn an_empty_page_in_the_middle_is_read_again_and_then_inconsistent() {
    type Change = fn(&mut Behaviour);
    let counts: [(&str, Change); 4] = [
        ("true", |_| {}),
        ("none", |it| it.count = CountForm::Missing),
        ("none, null", |it| {
            it.count = CountForm::Missing;
            it.empty_page = EmptyPage::NullData;
        }),
        ("2000", |it| it.count_offset = 699),
    ];
    for (name, change) in counts {
        for prefetch in [1, 4] {
            let simulator = of(1301);
            simulator.change_behaviour(|behaviour| {
                change(behaviour);
                behaviour.lost_page = Some(2);
            });
            let error = list(&client(&simulator), query(500, prefetch)).unwrap_err();
            assert_eq!(error.kind(), Kind::Inconsistent, "{name} by {prefetch}");
            assert!(error.is_retryable(), "{name} by {prefetch}: {error}");
            assert!(error.message().contains("page 2 "), "{error}");
        }
    }
    // By a capped count it is the end, but the page after it is in hand.
    let simulator = of(1301);
    simulator.change_behaviour(|behaviour| {
        behaviour.count_cap = Some(500);
        behaviour.lost_page = Some(7);
    });
    let error = list(&client(&simulator), query(100, 4)).unwrap_err();
    assert!(error.message().contains("page 7 "), "{error}");

    let empty = r#"{"code":0,"msg":"OK","data":{"data":[]}}"#;
    let simulator = of(1301);
    simulator.change_behaviour(|behaviour| behaviour.count = CountForm::Missing);
    let lost = FaultRule::on(Endpoint::GetUsers, Fault::Answer(answer(empty)));
    simulator.add_fault(lost.after(1).times(1));
    let mut users = ids(&list(&client(&simulator), query(500, 4)).unwrap());
    users.sort_unstable();
    assert_eq!(users, everybody(1301));
}

#[test]
fn a_count_that_no_reading_reaches_is_told_with_the_numbers_and_not_retryable() {
    for offset in [1, 1000] {
        let simulator = of(120);
        simulator.change_behaviour(|behaviour| behaviour.count_offset = offset);
        let error = list(&client(&simulator), query(50, 4)).unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (Kind::Inconsistent, false),
            "{error}"
        );
        let count = (120 + offset).to_string();
        assert!(
            error.message().contains(&count) && error.message().contains("120 "),
            "{error}"
        );
    }
}

#[test]
fn a_server_that_ignores_the_page_index_is_complete_only_by_its_count() {
    let simulator = of(300);
    simulator.change_behaviour(|behaviour| behaviour.page_index = PageIndex::Ignored);
    let case = "all on one page";
    assert_eq!(assert_all_listed(&simulator, 300, &everybody(300), case), 2);
    for count in [CountForm::Number, CountForm::Missing] {
        simulator.change_behaviour(|behaviour| behaviour.count = count);
        let error = list(&client(&simulator), query(100, 4)).unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (Kind::Inconsistent, false),
            "{count:?}"
        );
        let message = error.message();
        assert!(
            message.contains("100 users") && message.contains("pageIndex"),
            "{message}"
        );
        assert_eq!(
            message.contains("300"),
            count == CountForm::Number,
            "{message}"
        );
    }
}

#[test]
fn a_server_that_repeats_its_last_page_is_complete() {
    for (users, count) in [
        (250, CountForm::Number),
        (250, CountForm::Missing),
        (200, CountForm::Number),
    ] {
        for cap in [None, Some(100)] {
            let simulator = of(users);
            simulator.change_behaviour(|behaviour| {
                behaviour.page_index = PageIndex::Clamped;
                behaviour.count = count;
                behaviour.count_cap = cap;
            });
            let case = format!("{users} {count:?} {cap:?}");
            assert_all_listed(&simulator, 100, &everybody(users), &case);
        }
    }
}

#[test]
fn a_user_listed_twice_without_a_count_is_no_change() {
    let simulator = of(10);
    simulator.change_behaviour(|behaviour| behaviour.count = CountForm::Missing);
    let page = |ids: [u64; 3]| {
        let users = ids.map(|id| json!({"id": id}));
        json!({"code": 0, "msg": "OK", "data": {"data": users}}).to_string()
    };
    let on = |body: &str| FaultRule::on(Endpoint::GetUsers, Fault::Answer(answer(body)));
    // Two readings with one page at a time, where user 3 is on both pages; then empty ones.
    let empty = r#"{"code":0,"msg":"OK","data":{"data":[]}}"#;
    for _ in 0..2 {
        for body in [&*page([1, 2, 3]), &page([3, 4, 5]), empty, empty] {
            simulator.add_fault(on(body).times(1));
        }
    }
    let users = list(&client(&simulator), query(3, 1)).unwrap();
    assert_eq!(ids(&users), [1, 2, 3, 4, 5]);
}

#[test]
fn a_user_without_an_id_is_named_by_page_position_and_name() {
    let simulator = of(300);
    let client = client(&simulator);
    for user in [
        r#"{"id":0,"userName":"陈涛"}"#,
        r#"{"userName":"陈涛","id":""}"#,
        r#"{"userName":"\u9648涛"}"#,
        r#"{"ID":1.5,"UserName":"陈涛"}"#,
        r#"{"id":7,"Id":8,"userName":"陈涛"}"#,
    ] {
        let body = format!(
            r#"{{"code":0,"msg":"OK","data":{{"count":300,"data":[{{"id":1}},{{"id":2}},{user}]}}}}"#
        );
        let bad = FaultRule::on(Endpoint::GetUsers, Fault::Answer(answer(&body)));
        simulator.add_fault(bad.after(1).times(1));
        let error = list(&client, query(100, 1)).unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (Kind::Response, false)
        );
        let message = error.message();
        for part in ["page 2 ", "user 3 ", "陈涛", "id"] {
            assert!(message.contains(part), "{user}: {message}");
        }
        assert!(!message.contains("column"), "{message}");
        simulator.clear_faults();
    }
}

#[test]
fn names_are_read_by_what_the_bytes_are_whatever_the_label() {
    let simulator = of(300);
    let client = client(&simulator);
    let right = list(&client, query(100, 4)).unwrap();
    let labels = [
        "",
        "; charset=utf-8",
        "; charset=cp936",
        "; charset=936",
        "; charset=GBK",
    ];
    let latin = [
        "; charset=ISO-8859-1",
        "; charset=nonsense",
        "; charset=utf-16",
    ];
    for encoding in [
        Encoding::Utf8,
        Encoding::Gbk,
        Encoding::Gb18030,
        Encoding::Utf8Bom,
    ] {
        for label in labels.iter().chain(&latin) {
            simulator.change_behaviour(|behaviour| {
                behaviour.encoding = encoding;
                behaviour.content_type = Some(format!("application/json{label}"));
            });
            let users = list(&client, query(100, 4)).unwrap();
            assert!(users == right, "{encoding:?}{label}");
        }
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

/// A client at the other end of a line that carries so many bytes a second.
fn over_a_slow_line(simulator: &Simulator, bytes_per_second: u32, mut settings: Value) -> Client {
    let base_url = simulator.base_url();
    let server = base_url.split('/').nth(2).unwrap();
    let line = slow_line(server, bytes_per_second);
    settings["baseUrl"] = json!(base_url.replace(server, &line.address.to_string()));
    client_with(simulator, settings)
}

/// The values of a parameter that pages were asked for with, in turn.
fn asked(simulator: &Simulator, parameter: &str) -> Vec<u64> {
    let requests = simulator.requests();
    let queries = requests.iter().filter_map(|request| request.query.as_ref());
    let values = queries.flat_map(|query| query.split('&'));
    values
        .filter_map(|pair| pair.strip_prefix(parameter)?.strip_prefix('='))
        .map(|value| value.parse().unwrap())
        .collect()
}

#[test]
fn on_a_slow_line_pages_are_fewer_at_once_and_smaller() {
    let simulator = of(1200);
    // A page of 500 takes most of an attempt's time, and four of them more than all attempts have.
    let settings = json!({"timeoutMs": 1000, "deadlineMs": 3000});
    let client = over_a_slow_line(&simulator, 64_000, settings);
    let users = list(&client, query(500, 4)).unwrap();
    assert_eq!(ids(&users), everybody(1200));
    let sizes = asked(&simulator, "pageSize");
    assert_eq!(sizes[0], 500);
    assert!(sizes[1] < 300, "{sizes:?}");
    assert!(sizes.len() < 60, "{sizes:?}");
}

#[test]
fn on_a_line_of_middling_speed_pages_are_fewer_at_once_and_as_large_as_asked_for() {
    let simulator = of(4000);
    let settings = json!({"timeoutMs": 2000, "deadlineMs": 6000});
    let client = over_a_slow_line(&simulator, 100_000, settings);
    let mut users = client.users(query(500, 16));
    for page in 0..2 {
        let ids = users.next_page().unwrap().ids().collect::<Vec<_>>();
        assert_eq!(ids, (page * 500 + 1..=page * 500 + 500).collect::<Vec<_>>());
    }
    let sizes = asked(&simulator, "pageSize");
    assert!(sizes.iter().all(|size| *size == 500), "{sizes:?}");
    assert!(sizes.len() < 5, "{sizes:?}");
}

#[test]
fn a_first_page_that_does_not_arrive_in_time_is_asked_for_in_smaller_ones() {
    let simulator = of(600);
    let settings = json!({"timeoutMs": 1000, "deadlineMs": 8000, "retries": 3});
    let client = over_a_slow_line(&simulator, 24_000, settings);
    let users = list(&client, query(500, 4)).unwrap();
    assert_eq!(ids(&users), everybody(600));
    // Not without leave to try again.
    let settings = json!({"timeoutMs": 1000, "retries": 0});
    let client = over_a_slow_line(&simulator, 24_000, settings);
    simulator.reset_counters();
    let error = list(&client, query(500, 4)).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Timeout, 1));
    assert_eq!(simulator.counters().get_users.requests, 1);
}

#[test]
fn a_line_that_becomes_slow_is_asked_for_less_at_once() {
    let simulator = of(3000);
    let base_url = simulator.base_url();
    let server = base_url.split('/').nth(2).unwrap();
    let line = slow_line(server, 50_000_000);
    let base_url = base_url.replace(server, &line.address.to_string());
    let settings = json!({"baseUrl": base_url, "timeoutMs": 1000, "retries": 3});
    let client = client_with(&simulator, settings);
    let mut users = client.users(query(500, 4));
    let mut listed: Vec<u64> = users.next_page().unwrap().ids().collect();
    line.set_speed(96_000);
    loop {
        let page = users.next_page().unwrap();
        listed.extend(page.ids());
        if page.is_done() {
            break;
        }
    }
    assert_eq!(listed, everybody(3000));
}

/// A platform of 2022 whose pages have a size of its own, whatever is asked for, and no `count`.
fn fixed_pages(size: u64, users: u64) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap();
            let request = String::from_utf8_lossy(&request[..length]);
            let (_, rest) = request.split_once("pageIndex=").unwrap();
            let index: u64 = rest.split(['&', ' ']).next().unwrap().parse().unwrap();
            let first = (index - 1) * size + 1;
            let page: Vec<Value> = (first..(first + size).min(users + 1))
                .map(|id| json!({"id": id, "userName": "陈涛".repeat(40)}))
                .collect();
            let body = json!({"code": 0, "msg": "OK", "data": {"data": page}}).to_string();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            thread::spawn(move || stream.write_all(answer.as_bytes()));
        }
    });
    address
}

#[test]
fn a_server_with_a_page_size_of_its_own_is_listed_to_its_end_over_a_slow_line() {
    let server = fixed_pages(100, 250).to_string();
    // A page takes more than half of an attempt's time.
    let line = slow_line(&server, 40_000);
    let base_url = format!("http://{}", line.address);
    let config = json!({"baseUrl": base_url, "timeoutMs": 1000, "deadlineMs": 8000});
    let client = Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap();
    let users = list(&client, query(100, 4)).unwrap();
    assert_eq!(ids(&users), everybody(250));
}

#[test]
fn a_last_attempt_that_is_cut_short_hides_no_failure_before_it() {
    let simulator = simulator();
    let busy = Fault::Status {
        status: 503,
        retry_after: None,
    };
    simulator.add_fault(FaultRule::on(Endpoint::GetUsers, busy).times(1));
    let stall = Fault::Stall(Stage::BeforeHead);
    simulator.add_fault(FaultRule::on(Endpoint::GetUsers, stall));
    let settings = json!({"deadlineMs": 2000, "retries": 1});
    let client = client_with(&simulator, settings);
    let error = list(&client, ListQuery::default()).unwrap_err();
    assert_eq!(error.http_status(), Some(503), "{error}");
}
