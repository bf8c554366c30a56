"""Many threads, and forks in the middle of calls."""

from __future__ import annotations

import asyncio
import os
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Callable

import pytest

from panda_water import AsyncPandaClient, PandaClient, PandaHandleError, User, process_stats
from simulator import Simulator, wait_until

# Newer interpreters warn of every fork beside threads; that it works is what is shown here.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def in_child(work: Callable[[], object]) -> None:
    """Does the work in a forked child; it has to succeed there."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:  # noqa: BLE001 - the child must not go on with the parent's tests
            traceback.print_exc()
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert status == 0


def test_64_threads_cause_one_login(client: PandaClient, simulator: Simulator) -> None:
    simulator.fail({"latency": {"ms": 100}}, "GenerateToken")
    start = threading.Barrier(64)
    ticket = simulator.ticket(1)

    def look_up(_: int) -> User:
        start.wait()
        return client.get_user_by_ticket(ticket)

    with ThreadPoolExecutor(64) as threads:
        assert {user.id for user in threads.map(look_up, range(64))} == {1}
    assert simulator.requests("generateToken") == 1
    assert simulator.requests("getUserByTicket") == 64


def test_closing_while_in_use(simulator: Simulator) -> None:
    simulator.fail({"latency": {"ms": 300}}, "GetUsers")
    client = PandaClient(**simulator.account)
    client.get_token()
    with ThreadPoolExecutor(8) as threads:
        calls = [threads.submit(client.get_users, page_size=1) for _ in range(8)]
        wait_until(lambda: simulator.requests("getUsers") == 8)
        client.close()
        assert all(call.result().users for call in calls)
    with pytest.raises(PandaHandleError):
        client.get_users()


def test_closing_from_many_threads(simulator: Simulator) -> None:
    client = PandaClient(**simulator.account)
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda _: client.close(), range(64)))
    assert client.closed


def test_fork_beside_calls(client: PandaClient, simulator: Simulator) -> None:
    ticket = simulator.ticket(1)
    ended = threading.Event()

    def call() -> None:
        while not ended.is_set():
            client.get_user_by_ticket(ticket)

    def in_the_child() -> None:
        assert client.get_user_by_ticket(ticket).id == 1
        assert len(list(client.iter_users())) == 3661

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            in_child(in_the_child)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert client.get_user_by_ticket(ticket).id == 1


def test_fork_beside_a_login(client: PandaClient, simulator: Simulator) -> None:
    simulator.fail({"latency": {"ms": 500}}, "GenerateToken", times=1)
    thread = threading.Thread(target=client.get_token)
    thread.start()
    wait_until(lambda: simulator.requests("generateToken") == 1)
    in_child(lambda: client.get_users(page_size=1))
    thread.join()


def test_inherited_listing_cannot_be_carried_on(client: PandaClient) -> None:
    users = client.iter_users(page_size=10, prefetch=1)
    next(users)

    def in_the_child() -> None:
        with pytest.raises(PandaHandleError):
            list(users)
        users.close()

    in_child(in_the_child)
    assert len(list(users)) == 3660


def test_asyncio_client_in_a_child(simulator: Simulator) -> None:
    client = AsyncPandaClient(**simulator.account)

    async def work() -> None:
        assert (await client.get_users(page_size=1)).users

    asyncio.run(work())
    in_child(lambda: asyncio.run(work()))
    asyncio.run(client.close())


def test_children_own_what_they_open(simulator: Simulator) -> None:
    def in_the_child() -> None:
        with PandaClient(**simulator.account) as client:
            list(client.iter_users(page_size=1000))
        assert process_stats()["cursors"] == 0

    before = process_stats()
    in_child(in_the_child)
    assert process_stats() == before
