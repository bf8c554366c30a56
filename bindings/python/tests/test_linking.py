"""Users of the platform matched with the application's own."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import random
import typing
from typing import Any

import pytest

from panda_water import (
    AsyncPandaClient,
    BrokenLink,
    Changes,
    Link,
    LinkConflict,
    LinkOutcome,
    OwnUser,
    PandaArgumentError,
    PandaClient,
    User,
    link_users,
)

NOTHING = LinkOutcome((), (), (), (), (), ())

PANDA_USERS = [
    User(1, "陈涛", "13800000001", "A7"),
    User(2, "李娜", "+86 138-0000-0002"),
    User(3, "买买提·艾力"),
    User(4, "王芳", "13800000004", "B1"),
    User(5, "张伟"),
    User(6, "张伟"),
    User(7, "赵敏", "138****0007"),
]
OWN_USERS = [
    OwnUser("chen", "陈 涛", job_number="ａ7"),
    OwnUser(2, "李娜", "13800000002"),
    OwnUser("maimaiti", "买买提•艾力"),
    OwnUser("wang", "王芳", "13800000004", "B2"),
    OwnUser("zhang", "张伟"),
    OwnUser("zhao", None, "138****0007"),
]


def test_rules() -> None:
    outcome = link_users(PANDA_USERS, OWN_USERS)
    assert outcome.links == (Link(1, "chen", "jobNumber"), Link(2, 2, "phone"))
    assert outcome.suggestions == (Link(3, "maimaiti", "userName"),)
    assert LinkConflict("phone", (4,), ("wang",)) in outcome.conflicts
    assert LinkConflict("userName", (5, 6), ("zhang",)) in outcome.conflicts
    assert outcome.broken == ()
    assert outcome.unlinked_panda == (7,)
    assert outcome.unlinked_own == ("zhao",)


def test_order_does_not_matter() -> None:
    expected = link_users(PANDA_USERS, OWN_USERS)
    for seed in range(20):
        chance = random.Random(seed)
        shuffled = link_users(chance.sample(PANDA_USERS, len(PANDA_USERS)), chance.sample(OWN_USERS, len(OWN_USERS)))
        assert shuffled == expected


def test_fed_back() -> None:
    first = link_users(PANDA_USERS, OWN_USERS)
    again = link_users(PANDA_USERS, OWN_USERS, existing=[*first.links, *first.suggestions])
    assert {(link.panda_id, link.own_id) for link in again.links} == {(1, "chen"), (2, 2), (3, "maimaiti")}
    assert {link.by for link in again.links} == {"existing"}
    assert again.suggestions == ()
    assert (again.conflicts, again.unlinked_panda, again.unlinked_own) == (
        first.conflicts,
        first.unlinked_panda,
        first.unlinked_own,
    )


def test_existing_of_every_form() -> None:
    panda_users = [User(number, f"甲{number}") for number in range(1, 6)]
    own_users = [OwnUser(number) for number in range(1, 6)]
    outcome = link_users(
        panda_users,
        own_users,
        existing=[
            Link(1, 1, "phone"),
            Link(2, 2, "userName"),
            (3, 3),
            {"panda_id": 4, "own_id": 4},
            {"pandaId": 5, "ownId": 5},
        ],
    )
    assert outcome == dataclasses.replace(NOTHING, links=tuple(Link(n, n, "existing") for n in range(1, 6)))


def test_broken() -> None:
    outcome = link_users(
        [User(1, "陈涛", job_number="A1"), User(2, "李娜")],
        [OwnUser("a", job_number="A2"), OwnUser("b")],
        existing=[(1, "a"), (2, "gone"), (9, "b")],
    )
    assert set(outcome.broken) == {
        BrokenLink(1, "a", "contradicts"),
        BrokenLink(2, "gone", "gone"),
        BrokenLink(9, "b", "gone"),
    }
    assert outcome.links == ()


def test_chosen_rules() -> None:
    outcome = link_users(PANDA_USERS, OWN_USERS, rules=["phone"])
    assert outcome.links == (Link(2, 2, "phone"),)
    assert outcome.suggestions == ()
    assert link_users(PANDA_USERS, OWN_USERS, rules=()).links == ()


def test_mappings_and_iterators() -> None:
    rows: list[dict[str, Any]] = [dataclasses.asdict(user) for user in OWN_USERS]
    json_rows = [
        {"id": u.id, "userName": u.user_name, "phone": u.phone, "jobNumber": u.job_number} for u in PANDA_USERS
    ]
    assert link_users(iter(json_rows), iter(rows)) == link_users(PANDA_USERS, OWN_USERS)
    assert link_users([dataclasses.asdict(user) for user in PANDA_USERS], OWN_USERS) == link_users(
        PANDA_USERS, OWN_USERS
    )


def test_nobody() -> None:
    assert link_users([], []) == NOTHING
    assert link_users([User(1, "陈涛")], ()).unlinked_panda == (1,)


def test_text_and_number_are_one_id() -> None:
    with pytest.raises(PandaArgumentError, match="twice"):
        link_users([], [OwnUser(7), OwnUser("7")])
    outcome = link_users([User(1, "陈涛"), User(2, "李娜")], [OwnUser(5), OwnUser("6")], existing=[(1, "5"), (2, 6)])
    assert outcome.links == (Link(1, 5, "existing"), Link(2, "6", "existing"))


def test_nobody_is_linked_against_their_name() -> None:
    panda_users = [User(1, "陈涛", job_number="1001"), User(2, "李娜", "13800000002"), User(3, "王芳", job_number="7")]
    own_users = [
        OwnUser("a", "李四", job_number="1001"),
        OwnUser("b", "赵敏", "13800000002"),
        OwnUser("c", job_number="7"),
    ]
    outcome = link_users(panda_users, own_users)
    assert outcome.links == (Link(3, "c", "jobNumber"),)
    assert outcome.suggestions == (Link(1, "a", "jobNumber", True), Link(2, "b", "phone", names_differ=True))
    assert outcome == link_users(panda_users, own_users, names="compare")
    ignored = link_users(panda_users, own_users, names="ignore")
    assert ignored.suggestions == ()
    assert ignored.links == (Link(1, "a", "jobNumber"), Link(2, "b", "phone"), Link(3, "c", "jobNumber"))
    # Confirmed, in any form, they stay.
    for confirmed in (outcome.suggestions, list(map(dataclasses.asdict, outcome.suggestions))):
        assert len(link_users(panda_users, own_users, existing=confirmed).links) == 3


@pytest.mark.parametrize("value", ["无", "0", "N/A", "/", "暂无", "null", "00000000000", "未知", "138****0001"])
def test_placeholder_matches_nobody(value: str) -> None:
    outcome = link_users([User(1, "陈涛", value)], [OwnUser("x", "李四", value)], names="ignore")
    assert outcome == dataclasses.replace(NOTHING, unlinked_panda=(1,), unlinked_own=("x",))


@pytest.mark.parametrize(
    "arguments",
    [
        {"panda_users": [User(1, "a"), User(1, "b")]},
        {"panda_users": [User(0, "a")]},
        {"panda_users": [OwnUser("a")]},
        {"panda_users": [1]},
        {"own_users": [OwnUser("a"), OwnUser("a")]},
        {"own_users": [OwnUser(1.5)]},  # type: ignore[arg-type]
        {"own_users": [OwnUser("a", "\ud800")]},
        {"own_users": [OwnUser("a", phone=b"1")]},  # type: ignore[arg-type]
        {"own_users": [{"user_name": "a"}]},
        {"own_users": [{"id": "a", "colour": "red"}]},
        {"own_users": ["chen"]},
        {"rules": ["colour"]},
        {"rules": "phone"},
        {"names": "both"},
        {"names": True},
        {"rules": ["phone", "phone"]},
        {"existing": {1: "a"}},
        {"existing": [(1, "a", "phone")]},
        {"existing": [(1, "a"), (1, "b")]},
    ],
)
def test_bad_argument(arguments: dict[str, Any]) -> None:
    with pytest.raises(PandaArgumentError) as caught:
        link_users(**{"panda_users": [], "own_users": [], **arguments})
    assert caught.value.code == -10001


def test_of_the_clients() -> None:
    expected = link_users(PANDA_USERS, OWN_USERS, rules=["phone"], existing=[(1, "chen")])
    against_name = ([User(1, "陈涛", "13800000001")], [OwnUser("x", "李四", "13800000001")])

    async def work() -> None:
        async with AsyncPandaClient("http://127.0.0.1:9") as client:
            found = await client.link_users(PANDA_USERS, OWN_USERS, rules=["phone"], existing=[(1, "chen")])
            assert found == expected
            assert (await client.link_users(*against_name, names="ignore")).links == (Link(1, "x", "phone"),)

    asyncio.run(work())
    with PandaClient("http://127.0.0.1:9") as client:
        assert client.link_users(PANDA_USERS, OWN_USERS, rules=["phone"], existing=[(1, "chen")]) == expected
        assert client.link_users(*against_name, names="ignore").links == (Link(1, "x", "phone"),)


def test_outcomes_are_values() -> None:
    outcome = link_users(PANDA_USERS, OWN_USERS)
    assert copy.deepcopy(outcome) == outcome
    assert hash(outcome) == hash(copy.deepcopy(outcome))
    with pytest.raises(dataclasses.FrozenInstanceError):
        outcome.links = ()  # type: ignore[misc]
    for model in (OwnUser, Link, LinkConflict, BrokenLink, LinkOutcome, Changes):
        assert typing.get_type_hints(model)


def test_many_users() -> None:
    many = 20_000
    outcome = link_users(
        (User(number, f"用户{number}", job_number=f"N{number}") for number in range(1, many + 1)),
        (OwnUser(number, job_number=f"n{number}") for number in range(1, many + 1)),
    )
    assert [(link.panda_id, link.own_id) for link in outcome.links] == [(n, n) for n in range(1, many + 1)]
