"""All users against an earlier state: who came, changed or left."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Iterator

import pytest

from panda_water import (
    AsyncPandaClient,
    Changes,
    PandaArgumentError,
    PandaClient,
    PandaGuardError,
    PandaHandleError,
    PandaHttpError,
)
from simulator import Simulator


@pytest.fixture
def platform() -> Iterator[Simulator]:
    """A platform of this test's own, whose users it may change."""
    with Simulator("--users", "40") as simulator:
        yield simulator


@pytest.fixture
def client(platform: Simulator) -> Iterator[PandaClient]:
    with PandaClient(**platform.account, retries=0) as client:
        yield client


def change_users(platform: Simulator) -> int:
    """One comes, three change, one leaves; a picture does not matter. Gives the id of the one who comes."""
    new: dict[str, Any] = platform.control("POST", "/users", {"userName": "新用户", "phone": "13800000000"})
    platform.control("PATCH", "/users/2", {"userName": "陈涛二"})
    platform.control("PATCH", "/users/3", {"phone": "13900000003"})
    platform.control("PATCH", "/users/4", {"jobNumber": "A-1"})
    platform.control("PATCH", "/users/5", {"userImage": "/other.png"})
    platform.control("DELETE", "/users/7")
    number: int = new["id"]
    return number


def check(changes: Changes, new: int) -> None:
    assert changes.count == 40
    assert [(user.id, user.user_name, user.phone) for user in changes.added] == [(new, "新用户", "13800000000")]
    assert sorted(user.id for user in changes.updated) == [2, 3, 4]
    assert {user.id: user.user_name for user in changes.updated}[2] == "陈涛二"
    assert changes.removed == (7,)
    assert changes.unchanged == 36


def test_first_sync_adds_everybody(client: PandaClient) -> None:
    changes = client.sync(None)
    assert isinstance(changes, Changes)
    assert changes.count == len(changes.added) == 40
    assert sorted(user.id for user in changes.added) == list(range(1, 41))
    assert [*changes.updated, *changes.removed] == []
    assert changes.unchanged == 0


def test_nothing_changed(client: PandaClient) -> None:
    state = client.sync(None).state
    changes = client.sync(state)
    assert [*changes.added, *changes.updated, *changes.removed] == []
    assert changes.unchanged == 40
    assert changes.state == state


def test_who_came_changed_and_left(client: PandaClient, platform: Simulator) -> None:
    state = client.sync(None, page_size=7, prefetch=2).state
    new = change_users(platform)
    changes = client.sync(state, page_size=7)
    check(changes, new)
    # The old state is as good as before: whoever lost the answer syncs again.
    assert client.sync(state) == changes
    assert client.sync(changes.state).unchanged == 40


def test_state_is_for_any_client_of_the_platform(client: PandaClient, platform: Simulator) -> None:
    state = client.sync(None).state
    with PandaClient(**platform.account) as other:
        assert other.sync(state).unchanged == 40


def test_state_is_not_shown_and_holds_nothing_in_clear(client: PandaClient) -> None:
    changes = client.sync(None)
    assert changes.state not in repr(changes)
    assert changes.state.isascii()
    assert all(user.phone not in changes.state for user in changes.added if user.phone)


def test_guard(client: PandaClient, platform: Simulator) -> None:
    state = client.sync(None).state
    for number in range(1, 21):
        platform.control("DELETE", f"/users/{number}")
    with pytest.raises(PandaGuardError, match=r"20 .* 40 ") as caught:
        client.sync(state)
    assert caught.value.code == -10031
    assert not caught.value.retryable
    with pytest.raises(PandaGuardError):
        client.sync(state, max_removed_percent=49)
    assert client.sync(state, max_removed_percent=50).removed == tuple(range(1, 21))


def test_guard_against_an_empty_list(client: PandaClient, platform: Simulator) -> None:
    state = client.sync(None).state
    platform.fail({"answer": {"body": '{"code":0,"msg":"OK","data":{"count":0,"data":[]}}'}}, "GetUsers")
    with pytest.raises(PandaGuardError):
        client.sync(state, max_removed_percent=100)


def test_damaged_state(client: PandaClient) -> None:
    state = client.sync(None).state
    middle = len(state) // 2
    other = "A" if state[middle] != "A" else "B"
    for damaged in ("x", "", state[:-1], state[:middle] + other + state[middle + 1 :], f"{state}中"):
        with pytest.raises(PandaArgumentError, match="state"):
            client.sync(damaged)


@pytest.mark.parametrize("state", [7, b"bytes", "a\ud800", "a\0"])
def test_state_that_is_no_text(client: PandaClient, state: Any) -> None:
    with pytest.raises(PandaArgumentError, match="state"):
        client.sync(state)


def test_state_of_another_platform(client: PandaClient) -> None:
    with Simulator("--users", "3") as other, PandaClient(**other.account) as other_client:
        state = other_client.sync(None).state
    with pytest.raises(PandaArgumentError, match="another address"):
        client.sync(state)


@pytest.mark.parametrize("options", [{"page_size": 0}, {"prefetch": 17}, {"max_removed_percent": 101}])
def test_option_out_of_range(client: PandaClient, options: dict[str, int]) -> None:
    with pytest.raises(PandaArgumentError):
        client.sync(None, **options)


def test_half_a_list_is_no_answer(client: PandaClient, platform: Simulator) -> None:
    state = client.sync(None).state
    platform.fail({"status": {"status": 500}}, "GetUsers", after=2)
    with pytest.raises(PandaHttpError):
        client.sync(state, page_size=10, prefetch=1)
    platform.heal()
    assert client.sync(state).unchanged == 40


def test_who_is_missing_from_one_listing_only_stays(client: PandaClient, platform: Simulator) -> None:
    state = client.sync(None).state
    all_but_one = [
        {"id": user.id, "userName": user.user_name, "phone": user.phone, "jobNumber": user.job_number}
        for user in client.iter_users()
    ][1:]
    answer = json.dumps({"code": 0, "msg": "OK", "data": {"count": 39, "data": all_but_one}})
    platform.fail({"answer": {"body": answer}}, "GetUsers", times=1)
    changes = client.sync(state)
    assert (changes.removed, changes.unchanged) == ((), 40)


def test_closed_client(platform: Simulator) -> None:
    client = PandaClient(**platform.account)
    client.close()
    with pytest.raises(PandaHandleError):
        client.sync(None)


def test_for_asyncio(platform: Simulator) -> None:
    async def work() -> None:
        async with AsyncPandaClient(**platform.account) as client:
            state = (await client.sync(None, page_size=10, prefetch=1)).state
            new = change_users(platform)
            check(await client.sync(state, max_removed_percent=3), new)
            with pytest.raises(PandaArgumentError):
                await client.sync("x")

    asyncio.run(asyncio.wait_for(work(), 60))
