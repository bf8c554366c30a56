//! Sync: what changed since the last state, and nothing half-read taken for a change.

mod support;

use std::collections::BTreeMap;

use panda_simulator::{
    Behaviour, CountForm, CountOf, Encoding, Endpoint, Fault, FaultRule, Move, Moving, NewUser,
    Options, PageIndex, Simulator, UserChange,
};
use panda_water::{Changes, Client, Error, Kind, SyncOptions};
use serde_json::json;
use support::*;

fn of(users: u32) -> (Simulator, Client) {
    let simulator = simulator_with(Options {
        users,
        ..Options::default()
    });
    let client = client(&simulator);
    (simulator, client)
}

fn sync(client: &Client, state: Option<&str>) -> Result<Changes, Error> {
    client.sync_users(&SyncOptions {
        state: state.map(str::to_owned),
        ..SyncOptions::default()
    })
}

fn numbers(changes: &Changes) -> (u64, usize, usize, usize, u64) {
    let (added, updated) = (changes.added().count(), changes.updated().count());
    (
        changes.count,
        added,
        updated,
        changes.removed.len(),
        changes.unchanged,
    )
}

#[test]
fn the_first_sync_adds_all_and_the_next_finds_nothing() {
    let (simulator, client) = of(1200);
    let first = sync(&client, None).unwrap();
    assert_eq!(numbers(&first), (1200, 1200, 0, 0, 0));
    let requests = simulator.counters().get_users.requests;
    let second = sync(&client, Some(&first.state)).unwrap();
    assert_eq!(numbers(&second), (1200, 0, 0, 0, 1200));
    assert_eq!(second.state, first.state);
    // Where nobody is missing, one listing is enough.
    assert_eq!(simulator.counters().get_users.requests, 2 * requests);
    assert!(first.state.len() < 1200 * 16);
}

#[test]
fn who_came_changed_and_left_is_told() {
    let (simulator, client) = of(100);
    let first = sync(&client, None).unwrap();
    simulator
        .add_user(NewUser {
            user_name: "新人".to_owned(),
            ..NewUser::default()
        })
        .unwrap();
    let renamed = UserChange {
        user_name: Some("改名".to_owned()),
        ..UserChange::default()
    };
    simulator.change_user(5, renamed).unwrap();
    simulator.remove_user(9).unwrap();
    let changes = sync(&client, Some(&first.state)).unwrap();
    assert_eq!(numbers(&changes), (100, 1, 1, 1, 98));
    assert_eq!(
        changes.added().next().unwrap().user_name.as_deref(),
        Some("新人")
    );
    assert_eq!(changes.updated().next().unwrap().id, 5);
    assert_eq!(changes.removed, [9]);
    let again = sync(&client, Some(&changes.state)).unwrap();
    assert_eq!(numbers(&again), (100, 0, 0, 0, 100));
}

#[test]
fn another_spelling_of_the_same_text_is_no_change() {
    let (simulator, client) = of(50);
    let first = sync(&client, None).unwrap();
    for encoding in [Encoding::Escaped, Encoding::Gbk, Encoding::Gb18030] {
        simulator.change_behaviour(|behaviour| {
            behaviour.encoding = encoding;
            behaviour.content_type = Some("application/json".to_owned());
        });
        assert_eq!(
            sync(&client, Some(&first.state)).unwrap().unchanged,
            50,
            "{encoding:?}"
        );
    }
}

#[test]
fn who_is_missing_from_one_listing_only_is_not_removed() {
    let (simulator, client) = of(10);
    let first = sync(&client, None).unwrap();
    let nine: Vec<_> = (1..=9)
        .map(|id| json!({"id": id, "userName": format!("{id}")}))
        .collect();
    let short = json!({"code": 0, "msg": "OK", "data": {"count": 9, "data": nine}}).to_string();
    let beyond = json!({"code": 0, "msg": "OK", "data": {"count": 9, "data": []}}).to_string();
    for body in [short, beyond] {
        let rule = FaultRule::on(Endpoint::GetUsers, Fault::Answer(answer(&body)));
        simulator.add_fault(rule.times(1));
    }
    let changes = sync(&client, Some(&first.state)).unwrap();
    assert_eq!(changes.removed, [0u64; 0]);
    assert_eq!(changes.count, 10);
    // The first sync's two requests, and those of two listings.
    assert_eq!(simulator.counters().get_users.requests, 6);
}

#[test]
fn a_half_told_list_removes_nobody() {
    type Change = fn(&mut Behaviour);
    let complete: [(u32, Change); 4] = [
        (600, |it| it.count_of = CountOf::Page),
        (1200, |it| it.count_cap = Some(500)),
        (1200, |it| it.count_cap = Some(1000)),
        (1000, |it| it.count = CountForm::Missing),
    ];
    let refused: [(u32, Change); 4] = [
        (1301, |it| {
            it.count = CountForm::Missing;
            it.lost_page = Some(2);
        }),
        (1301, |it| it.lost_page = Some(3)),
        (1301, |it| it.page_index = PageIndex::Ignored),
        (1301, |it| {
            it.count = CountForm::Missing;
            it.page_index = PageIndex::Ignored;
        }),
    ];
    for page_size in [100, 500] {
        let options = |state: &str| SyncOptions {
            state: Some(state.to_owned()),
            page_size,
            // Nothing but the listing holds a removal back.
            max_removed_percent: 100,
            ..SyncOptions::default()
        };
        for (users, change) in complete {
            let (simulator, client) = of(users);
            let first = sync(&client, None).unwrap();
            simulator.change_behaviour(change);
            simulator.remove_user(7).unwrap();
            let changes = client.sync_users(&options(&first.state)).unwrap();
            assert_eq!(changes.removed, [7], "{users} by {page_size}");
            assert_eq!(changes.unchanged, u64::from(users) - 1);
        }
        for (users, change) in refused {
            let (simulator, client) = of(users);
            let first = sync(&client, None).unwrap();
            simulator.change_behaviour(change);
            let error = client.sync_users(&options(&first.state)).unwrap_err();
            assert_eq!(error.kind(), Kind::Inconsistent, "{users} by {page_size}");
        }
    }
}

#[test]
fn too_many_removals_are_held_back() {
    let (simulator, client) = of(100);
    let first = sync(&client, None).unwrap();
    for id in 1..=25 {
        simulator.remove_user(id).unwrap();
    }
    let error = sync(&client, Some(&first.state)).unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (Kind::Guard, false));
    assert!(
        error.message().contains("25") && error.message().contains("100"),
        "{error}"
    );
    let options = |max_removed_percent| SyncOptions {
        state: Some(first.state.clone()),
        max_removed_percent,
        ..SyncOptions::default()
    };
    assert_eq!(
        client.sync_users(&options(24)).unwrap_err().kind(),
        Kind::Guard
    );
    assert_eq!(client.sync_users(&options(25)).unwrap().removed.len(), 25);
}

#[test]
fn a_small_staff_may_lose_five_but_not_all() {
    let (simulator, client) = of(6);
    let first = sync(&client, None).unwrap();
    for id in 1..=5 {
        simulator.remove_user(id).unwrap();
    }
    assert_eq!(sync(&client, Some(&first.state)).unwrap().removed.len(), 5);
    simulator.remove_user(6).unwrap();
    assert_eq!(
        sync(&client, Some(&first.state)).unwrap_err().kind(),
        Kind::Guard
    );
    let options = SyncOptions {
        state: Some(first.state),
        max_removed_percent: 100,
        ..SyncOptions::default()
    };
    assert_eq!(client.sync_users(&options).unwrap_err().kind(), Kind::Guard);
}

#[test]
fn an_incomplete_listing_changes_nothing() {
    let (simulator, client) = of(1000);
    let first = sync(&client, None).unwrap();
    simulator.change_behaviour(|behaviour| {
        let every = 1.try_into().unwrap();
        behaviour.moving = Some(Moving {
            action: Move::RemoveFront,
            every,
            times: None,
        });
    });
    let options = SyncOptions {
        state: Some(first.state.clone()),
        page_size: 50,
        ..SyncOptions::default()
    };
    assert_eq!(
        client.sync_users(&options).unwrap_err().kind(),
        Kind::Inconsistent
    );
    simulator.reset_behaviour();
    simulator.add_fault(
        FaultRule::on(
            Endpoint::GetUsers,
            Fault::Status {
                status: 503,
                retry_after: None,
            },
        )
        .after(1),
    );
    let impatient = client_with(&simulator, json!({"retries": 1}));
    assert_eq!(
        sync(&impatient, Some(&first.state)).unwrap_err().kind(),
        Kind::Http
    );
}

#[test]
fn a_state_of_another_platform_or_a_damaged_one_is_an_argument_error() {
    let (_one, client) = of(10);
    let (_other, other_client) = of(10);
    let state = sync(&client, None).unwrap().state;
    assert_eq!(
        sync(&other_client, Some(&state)).unwrap_err().kind(),
        Kind::Argument
    );
    for damaged in [
        "",
        "x",
        &state[1..],
        &state[..state.len() - 4],
        &format!("{state}AAAA"),
    ] {
        assert_eq!(
            sync(&client, Some(damaged)).unwrap_err().kind(),
            Kind::Argument
        );
    }
    let names: BTreeMap<_, _> = sync(&client, None)
        .unwrap()
        .added()
        .map(|user| (user.id, user))
        .collect();
    assert!(!state.contains("陈涛") && names.len() == 10);
}
