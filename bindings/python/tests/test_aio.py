"""The client for asyncio."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any, Coroutine

import pytest

from panda_water import (
    AsyncPandaClient,
    PandaArgumentError,
    PandaCancelledError,
    PandaHandleError,
    PandaTicketError,
    PandaTimeoutError,
    process_stats,
)
from panda_water._aio import _Work
from panda_water._loader import load
from simulator import PATIENT, Simulator, wait_until


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


def test_every_call(simulator: Simulator) -> None:
    async def work() -> None:
        async with AsyncPandaClient(**simulator.account) as client:
            assert (await client.get_token()).token
            assert len((await client.get_users(page_size=10)).users) == 10
            ticket = simulator.ticket(1)
            assert (await client.get_user_by_ticket(ticket)).user_name == "陈涛"
            assert (await client.user_from_url(f"/oa?user={ticket}", "user")).id == 1
            assert (await client.ticket_from_url(f"/oa?ticket={ticket}&a=1")).url_without_ticket == "/oa?a=1"
            assert await client.trim() == 1
            assert await client.stats()
            with pytest.raises(PandaTicketError):
                await client.get_user_by_ticket("unknown")
        assert client.closed

    run(work())


def test_from_env(simulator: Simulator) -> None:
    environ = {f"PANDA_WATER_{name.upper()}": text for name, text in simulator.account.items()}

    async def work() -> None:
        async with AsyncPandaClient.from_env(environ=environ, max_workers=1, retries=0) as client:
            assert await client.get_token()

    run(work())


def test_listing(simulator: Simulator) -> None:
    async def work() -> None:
        async with AsyncPandaClient(**simulator.account) as client:
            users = client.iter_users()
            assert [user.id async for user in users] == list(range(1, 3662))
            assert users.count == 3661
            assert users.closed
            assert process_stats()["cursors"] == 0

    run(work())


def test_listing_that_is_left_early(simulator: Simulator) -> None:
    async def work() -> None:
        async with AsyncPandaClient(**simulator.account) as client:
            async with client.iter_users(page_size=10) as users:
                async for user in users:
                    assert user
                    break
            assert process_stats()["cursors"] == 0
            async for user in client.iter_users(page_size=10):
                assert user
                break
            gc.collect()
            assert process_stats()["cursors"] == 0
            with pytest.raises(PandaArgumentError):
                client.iter_users(prefetch=0)

    run(work())


def test_calls_run_at_the_same_time(simulator: Simulator) -> None:
    async def work() -> None:
        async with AsyncPandaClient(**simulator.account) as client:
            await client.get_token()
            simulator.fail({"latency": {"ms": 300}}, "GetUsers")
            await asyncio.gather(*(client.get_users(page_size=1) for _ in range(16)))
            assert simulator.control("GET", "/counters")["getUsers"]["maxConcurrent"] > 1

    run(work())


def test_bounded_number_of_threads(simulator: Simulator) -> None:
    async def work() -> None:
        async with AsyncPandaClient(**simulator.account, max_workers=2) as client:
            await client.get_token()
            simulator.fail({"latency": {"ms": 50}}, "GetUsers")
            await asyncio.gather(*(client.get_users(page_size=1) for _ in range(8)))
            assert simulator.control("GET", "/counters")["getUsers"]["maxConcurrent"] <= 2

    run(work())


def test_cancelling_ends_the_calls_and_frees_their_threads(simulator: Simulator) -> None:
    async def work() -> None:
        async with AsyncPandaClient(**simulator.account, **PATIENT, max_workers=4) as client:
            await client.get_token()
            simulator.fail({"stall": "beforeHead"}, "GetUsers")
            calls = [asyncio.ensure_future(client.get_users()) for _ in range(4)]
            while simulator.requests("getUsers") < 4:
                await asyncio.sleep(0.01)
            for call in calls:
                call.cancel()
            for call in calls:
                with pytest.raises(asyncio.CancelledError):
                    await call
            simulator.heal()
            assert (await asyncio.wait_for(client.get_users(page_size=1), 20)).users
            while (await client.stats())["endpoints"]["GetUsers"]["failures"] != {"cancelled": 4}:
                await asyncio.sleep(0.01)

    run(work())


def test_call_that_is_cancelled_before_its_turn_is_not_made(simulator: Simulator) -> None:
    async def work() -> None:
        async with AsyncPandaClient(**simulator.account, max_workers=1) as client:
            await client.get_token()
            simulator.fail({"latency": {"ms": 300}}, "GetUsers", times=1)
            first, second = (asyncio.ensure_future(client.get_users(page_size=1)) for _ in range(2))
            await asyncio.sleep(0)
            second.cancel()
            assert (await first).users
            assert await client.get_token()
            assert simulator.requests("getUsers") == 1

    run(work())


def test_threads_end_with_the_client(simulator: Simulator) -> None:
    def threads() -> int:
        return sum(thread.name == "panda-water" for thread in threading.enumerate())

    async def work() -> None:
        async with AsyncPandaClient(**simulator.account, max_workers=2) as client:
            await asyncio.gather(*(client.get_users(page_size=1) for _ in range(8)))
            assert 0 < threads() <= 2
        forgotten = AsyncPandaClient(**simulator.account)
        await forgotten.get_token()

    run(work())
    gc.collect()
    wait_until(lambda: threads() == 0)


def test_call_that_comes_while_another_loop_closes_the_client_is_not_left(simulator: Simulator) -> None:
    async def work() -> None:
        async with AsyncPandaClient(**simulator.account) as client:
            await client.get_token()
            crew = client._threads._crew
            client._threads.close()
            late = _Work(int)
            crew.add(late)
            assert await asyncio.wait_for(late.result, 20) == 0
            crew.dismiss()

    run(work())


def test_check_that_raises_what_no_future_takes_ends_calls(simulator: Simulator) -> None:
    def stop() -> None:
        raise StopIteration

    async def work() -> None:
        simulator.fail({"stall": "beforeHead"}, "GetUsers")
        async with AsyncPandaClient(**simulator.account, **PATIENT) as client:
            client.set_check(stop)
            with pytest.raises(RuntimeError, match="StopIteration"):
                await asyncio.wait_for(client.get_users(), 20)

    run(work())


def test_check_ends_calls(simulator: Simulator) -> None:
    async def work() -> None:
        simulator.fail({"stall": "beforeHead"}, "GetUsers")
        async with AsyncPandaClient(**simulator.account, **PATIENT) as client:
            client.set_check(lambda: True)
            with pytest.raises(PandaCancelledError):
                await client.get_users()

    run(work())


def test_number_of_threads_that_is_none(simulator: Simulator) -> None:
    with pytest.raises(ValueError, match="max_workers"):
        AsyncPandaClient(**simulator.account, max_workers=0)


def test_cancelled_step_of_a_listing_loses_nobody(simulator: Simulator) -> None:
    async def work() -> None:
        async with AsyncPandaClient(**simulator.account) as client:
            await client.get_token()
            simulator.fail({"latency": {"ms": 300}}, "GetUsers", times=1)
            users = client.iter_users(prefetch=1)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(users.__anext__(), 0.05)
            assert [user.id async for user in users] == list(range(1, 3662))

    run(work())


def test_step_that_is_cancelled_when_its_page_has_come_loses_nobody(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = load()
    take, here, shown = library.take, threading.Event(), threading.Event()

    def take_slowly(reply: int) -> Any:
        if not here.is_set():
            here.set()
            # Only then has the next step shown whether it waits.
            shown.wait(2)
        return take(reply)

    async def work() -> None:
        async with AsyncPandaClient(**simulator.account) as client:
            users = client.iter_users(page_size=2000, prefetch=2)
            monkeypatch.setattr(library, "take", take_slowly)
            step = asyncio.ensure_future(users.__anext__())
            while not here.is_set():
                await asyncio.sleep(0.01)
            step.cancel()
            ids = [user.id async for user in users]
            shown.set()
            assert ids == list(range(1, 3662))

    run(work())


def test_deadline(simulator: Simulator) -> None:
    async def work() -> None:
        simulator.fail({"stall": "beforeHead"}, "GetUsers")
        async with AsyncPandaClient(**simulator.account, deadline_ms=300) as client:
            with pytest.raises(PandaTimeoutError):
                await client.get_users()

    run(work())


def test_closed_client(simulator: Simulator) -> None:
    async def work() -> None:
        client = AsyncPandaClient(**simulator.account)
        await client.close()
        await client.aclose()
        for call in (client.get_token(), client.get_users(), client.stats()):
            with pytest.raises(PandaHandleError):
                await call

    run(work())


def test_several_event_loops(simulator: Simulator) -> None:
    client = AsyncPandaClient(**simulator.account)

    async def work() -> None:
        assert (await client.get_users(page_size=1)).users

    run(work())
    run(work())
    run(client.close())
