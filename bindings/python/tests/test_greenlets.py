"""Programs that gevent or eventlet have patched: a call that waits holds up nobody else."""

from __future__ import annotations

from typing import Iterator

import pytest

from programs import Program
from simulator import Simulator, wait_until

# What the two call by other names: `spawn`, `pause`, `kill`, `result` and `limit`, a time limit as a context.
GEVENT = """
import gevent, gevent.monkey
gevent.monkey.patch_all()
spawn, pause, Limit = gevent.spawn, gevent.sleep, gevent.Timeout
def kill(greenlet): greenlet.kill(block=False)
def result(greenlet): return greenlet.get()
"""
EVENTLET = """
import warnings
warnings.simplefilter("ignore")
import eventlet
eventlet.monkey_patch()
spawn, pause, Limit = eventlet.spawn, eventlet.sleep, eventlet.Timeout
def kill(greenlet): greenlet.kill()
def result(greenlet): return greenlet.wait()
"""
HELPERS = """
def failures():
    return client.stats()["endpoints"]["GetUsers"]["failures"]

def until(condition):
    while not condition(): pause(0.01)
"""
BOTH = pytest.mark.parametrize("patched", [GEVENT, EVENTLET], ids=["gevent", "eventlet"])


@pytest.fixture
def platform() -> Iterator[Simulator]:
    """A platform that lists its users slowly."""
    with Simulator("--users", "40") as platform:
        yield platform


@BOTH
def test_slow_call_holds_up_nobody(platform: Simulator, patched: str) -> None:
    platform.fail({"latency": {"ms": 1500}}, "GetUsers")
    program = Program(
        platform,
        """
        begun = time.monotonic()
        calls = [spawn(client.get_users, page_size=10) for _ in range(5)]
        calls.append(spawn(lambda: list(client.iter_users(page_size=40))))
        ticks = []

        def tick():
            while True:
                pause(0.01)
                ticks.append(1)

        spawn(tick)
        print([len(result(call).users) for call in calls[:5]], len(result(calls[5])))
        # One after the other they would take nine seconds.
        print(len(ticks) > 20, time.monotonic() - begun < 7)
        """,
        patched,
    )
    assert program.said() == "[10, 10, 10, 10, 10] 40\nTrue True\n"


@BOTH
def test_errors_come_through(platform: Simulator, patched: str) -> None:
    program = Program(
        platform,
        """
        from panda_water import PandaTicketError
        try:
            client.get_user_by_ticket("unknown")
        except PandaTicketError as error:
            print(error.kind, error.__context__)
        """,
        patched,
    )
    assert program.said() == "ticket None\n"


@BOTH
def test_killed_greenlet_ends_its_call(platform: Simulator, patched: str) -> None:
    platform.fail({"stall": "beforeHead"}, "GetUsers")
    program = Program(
        platform,
        HELPERS
        + """
calls = [spawn(client.get_users) for _ in range(4)]
until(lambda: client.stats()["endpoints"]["GetUsers"]["httpRequests"] == 4)
for call in calls: kill(call)
until(lambda: failures() == {"cancelled": 4})
until(lambda: strings() == 0)
print("ended")
""",
        patched,
    )
    assert program.said() == "ended\n"


@BOTH
def test_time_limit_of_a_greenlet_ends_its_call(platform: Simulator, patched: str) -> None:
    platform.fail({"stall": "beforeHead"}, "GetUsers")
    program = Program(
        platform,
        HELPERS
        + """
users = client.iter_users()
try:
    with Limit(0.3):
        next(users)
except Limit:
    print(True)
until(lambda: failures() == {"cancelled": 1})
print("ended")
""",
        patched,
    )
    assert program.said() == "True\nended\n"


@BOTH
def test_listing_goes_on_after_a_time_limit(platform: Simulator, patched: str) -> None:
    platform.fail({"latency": {"ms": 600}}, "GetUsers", times=1)
    program = Program(
        platform,
        """
        users = client.iter_users(page_size=10, prefetch=1)
        try:
            with Limit(0.2):
                next(users)
        except Limit:
            pass
        print(sorted(user.id for user in users) == list(range(1, 41)))
        """,
        patched,
    )
    assert program.said() == "True\n"


@BOTH
def test_interpreter_ends_while_greenlets_make_calls(platform: Simulator, patched: str) -> None:
    platform.fail({"stall": "beforeHead"}, "GetUsers")
    program = Program(
        platform,
        """
        def call():
            # eventlet lets its greenlets go on at the end, and gevent does not.
            try: client.get_users()
            except PandaCancelledError: pass

        calls = [spawn(call) for _ in range(4)]
        pause(0.5)
        print("ends")
        """,
        patched,
    )
    wait_until(lambda: platform.requests("getUsers") == 4)
    assert program.said() == "ends\n"


@BOTH
def test_thread_of_the_pool_makes_its_call_itself(platform: Simulator, patched: str) -> None:
    program = Program(
        platform,
        """
        if "gevent" in sys.modules:
            pool = gevent.get_hub().threadpool.apply
        else:
            from eventlet.tpool import execute as pool
        print(pool(lambda: len(client.get_users(page_size=10).users)))
        """,
        patched,
    )
    assert program.said() == "10\n"


def test_unpatched_program_makes_its_calls_itself(platform: Simulator) -> None:
    platform.fail({"latency": {"ms": 300}}, "GetUsers")
    program = Program(
        platform,
        """
        seen = []
        client.set_check(lambda: seen.append(threading.current_thread() is threading.main_thread()))
        client.get_users(page_size=10)
        print(set(seen))
        """,
        "import gevent.monkey",
    )
    assert program.said() == "{True}\n"
