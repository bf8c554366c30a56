"""All users: each once, no sooner than needed, and nothing left behind."""

from __future__ import annotations

import gc
import threading
from contextlib import closing
from typing import Any

import pytest

from panda_water import (
    PandaArgumentError,
    PandaCancelledError,
    PandaClient,
    PandaError,
    PandaHandleError,
    PandaHttpError,
    PandaInconsistentError,
    PandaTimeoutError,
    User,
    process_stats,
)
from panda_water._loader import load
from simulator import PATIENT, Simulator, wait_until

ALL_IDS = list(range(1, 3662))


def cursors() -> int:
    return process_stats()["cursors"]


def test_every_user_once(client: PandaClient) -> None:
    users = list(client.iter_users())
    assert [user.id for user in users] == ALL_IDS
    assert users[0] == User(1, "陈涛", "1822199904", users[0].job_number)


def test_count(client: PandaClient) -> None:
    users = client.iter_users()
    assert users.count is None
    next(users)
    assert users.count == 3661
    users.close()


def test_keyword(client: PandaClient) -> None:
    users = list(client.iter_users(keyword="陈涛"))
    assert 0 < len(users) < 3661
    assert all("陈涛" in (user.user_name or "") for user in users)


def test_nobody(client: PandaClient) -> None:
    assert list(client.iter_users(keyword="nobody is called that")) == []


def test_capped_pages(client: PandaClient, simulator: Simulator) -> None:
    simulator.behave(pageCap=100)
    assert [user.id for user in client.iter_users(page_size=1000, prefetch=16)] == ALL_IDS


def test_lazy(client: PandaClient, simulator: Simulator) -> None:
    with client.iter_users(page_size=100, prefetch=2) as users:
        assert simulator.requests("getUsers") == 0
        next(users)
        assert 0 < simulator.requests("getUsers") < 10


def test_exhaustion_closes(client: PandaClient) -> None:
    users = client.iter_users()
    assert cursors() == 1
    for _ in users:
        pass
    assert cursors() == 0
    assert users.closed
    assert next(users, None) is None


def test_closing(client: PandaClient) -> None:
    with closing(client.iter_users()) as users:
        next(users)
        assert cursors() == 1
    assert cursors() == 0
    assert next(users, None) is None
    users.close()


def test_garbage_collection_closes(client: PandaClient) -> None:
    for user in client.iter_users(page_size=10):
        assert user
        break
    gc.collect()
    assert cursors() == 0


def test_one_that_was_never_asked_is_closed_too(client: PandaClient) -> None:
    users = client.iter_users()
    assert cursors() == 1
    del users
    assert cursors() == 0


def test_arguments_are_checked_at_once(client: PandaClient) -> None:
    with pytest.raises(PandaArgumentError, match="pageSize"):
        client.iter_users(page_size=0)
    with pytest.raises(PandaArgumentError, match="prefetch"):
        client.iter_users(prefetch=17)


def test_goes_on_after_a_failure(simulator: Simulator) -> None:
    with PandaClient(**simulator.account, retries=0) as client:
        users = client.iter_users(page_size=1000, prefetch=1)
        read = [next(users)]
        simulator.fail({"status": {"status": 503}}, "GetUsers")
        with pytest.raises(PandaHttpError):
            read.extend(iter(lambda: next(users), None))
        read_before = len(read)
        simulator.heal()
        read.extend(users)
        assert read_before < 3661
        assert [user.id for user in read] == ALL_IDS


def test_goes_on_after_an_exception_of_the_check(simulator: Simulator) -> None:
    def stop() -> None:
        raise RuntimeError("stop")

    with PandaClient(**simulator.account, **PATIENT) as client:
        users = client.iter_users(page_size=1000, prefetch=1)
        read = [next(users) for _ in range(1000)]
        simulator.fail({"stall": "beforeHead"}, "GetUsers")
        client.set_check(stop)
        with pytest.raises(RuntimeError, match="stop"):
            next(users)
        simulator.heal()
        client.set_check(None)
        read.extend(users)
        assert [user.id for user in read] == ALL_IDS


@pytest.mark.parametrize("raised", [StopIteration, StopAsyncIteration])
def test_check_cannot_make_a_list_look_whole(simulator: Simulator, raised: type[Exception]) -> None:
    def stop() -> None:
        raise raised

    simulator.fail({"stall": "beforeHead"}, "GetUsers")
    with PandaClient(**simulator.account, **PATIENT) as client:
        client.set_check(stop)
        with pytest.raises(RuntimeError, match=raised.__name__):
            list(client.iter_users())


def test_page_that_is_lost_to_an_exception_ends_the_listing_with_an_error(
    client: PandaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = client.iter_users(page_size=1000)
    read = [next(users) for _ in range(1000)]

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("panda_water._listing.users_from_rows", interrupted)
        with pytest.raises(KeyboardInterrupt):
            next(users)
    for _ in range(2):
        with pytest.raises(PandaInconsistentError):
            read.extend(users)
    assert len(read) == 1000
    users.close()


@pytest.mark.parametrize(
    ("settings", "error"), [({"deadline_ms": 300}, PandaTimeoutError), (PATIENT, PandaCancelledError)]
)
def test_wait_for_the_call_of_another_thread_ends_as_that_of_any_call(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], error: type[PandaError]
) -> None:
    library = load()
    take, here, goes_on = library.take, threading.Event(), threading.Event()

    def take_slowly(reply: int) -> Any:
        here.set()
        goes_on.wait(60)
        return take(reply)

    with PandaClient(**simulator.account, **settings) as client:
        users = client.iter_users(page_size=1000)
        read: list[User] = []
        thread = threading.Thread(target=lambda: read.append(next(users)))
        with monkeypatch.context() as patch:
            patch.setattr(library, "take", take_slowly)
            thread.start()
            here.wait(60)
            client.set_check(lambda: error is PandaCancelledError)
            with pytest.raises(error):
                next(users)
        client.set_check(None)
        goes_on.set()
        thread.join()
        read.extend(users)
        assert [user.id for user in read] == ALL_IDS


def test_outlives_its_client(client: PandaClient) -> None:
    users = client.iter_users(page_size=1000)
    next(users)
    client.close()
    assert len(list(users)) == 3660
    with pytest.raises(PandaHandleError):
        client.iter_users()


def test_shared_by_threads(client: PandaClient) -> None:
    users = client.iter_users(page_size=100)
    ids: list[int] = []

    def read() -> None:
        ids.extend(user.id for user in users)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids) == ALL_IDS


def test_closed_while_another_thread_waits(client: PandaClient, simulator: Simulator) -> None:
    simulator.fail({"latency": {"ms": 300}}, "GetUsers")
    users = client.iter_users()
    read: list[User] = []
    thread = threading.Thread(target=lambda: read.extend(users))
    thread.start()
    wait_until(lambda: simulator.requests("getUsers") > 0)
    users.close()
    thread.join()
    assert read == []
    assert cursors() == 0
