"""Programs that gevent or eventlet have patched: a call that waits holds up nobody else."""

from __future__ import annotations

from typing import Iterator

import pytest

from programs import Start
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
def test_slow_call_holds_up_nobody(platform: Simulator, start: Start, patched: str) -> None:
    platform.fail({"latency": {"ms": 1000}}, "GetUsers")
    program = start(
        platform,
        """
        calls = [spawn(client.get_users, page_size=10) for _ in range(5)]
        calls.append(spawn(lambda: list(client.iter_users(page_size=40))))
        ticks = []

        def tick():
            while True:
                pause(0.01)
                ticks.append(1)

        spawn(tick)
        print([len(result(call).users) for call in calls[:5]], len(result(calls[5])), len(ticks) > 10)
        """,
        patched,
    )
    assert program.said() == "[10, 10, 10, 10, 10] 40 True\n"
    assert platform.control("GET", "/counters")["getUsers"]["maxConcurrent"] > 3


@BOTH
def test_errors_come_through(platform: Simulator, start: Start, patched: str) -> None:
    program = start(
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
def test_killed_greenlet_ends_its_call(platform: Simulator, start: Start, patched: str) -> None:
    platform.fail({"stall": "beforeHead"}, "GetUsers")
    program = start(
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
def test_time_limit_of_a_greenlet_ends_its_call(platform: Simulator, start: Start, patched: str) -> None:
    platform.fail({"stall": "beforeHead"}, "GetUsers")
    program = start(
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
def test_listing_goes_on_after_a_time_limit(platform: Simulator, start: Start, patched: str) -> None:
    platform.fail({"latency": {"ms": 600}}, "GetUsers", times=1)
    program = start(
        platform,
        """
        users = client.iter_users(page_size=10, prefetch=1)
        try:
            with Limit(0.2):
                next(users)
        except Limit:
            pass
        print([user.id for user in users] == list(range(1, 41)))
        """,
        patched,
    )
    assert program.said() == "True\n"


@BOTH
def test_step_that_is_given_up_when_its_page_has_come_loses_nobody(
    platform: Simulator, start: Start, patched: str
) -> None:
    program = start(
        platform,
        """
        from panda_water._greenlets import original
        users = client.iter_users(page_size=20, prefetch=2)
        library, here = users._calls.library, []

        def take(reply, take=library.take):
            here.append(reply)
            if len(here) == 1:
                original("time", "sleep")(1)
            return take(reply)

        library.take = take
        step = spawn(next, users)
        while not here: pause(0.01)
        kill(step)
        print([user.id for user in users] == list(range(1, 41)))
        """,
        patched,
    )
    assert program.said() == "True\n"


@BOTH
def test_interpreter_ends_while_greenlets_make_calls(platform: Simulator, start: Start, patched: str) -> None:
    platform.fail({"stall": "beforeHead"}, "GetUsers")
    program = start(
        platform,
        """
        def call():
            # eventlet lets its greenlets go on at the end, and gevent does not.
            try: client.get_users()
            except PandaCancelledError: pass

        calls = [spawn(call) for _ in range(4)]
        while client.stats()["endpoints"]["GetUsers"]["httpRequests"] < 4: pause(0.01)
        print("ends")
        """,
        patched,
    )
    wait_until(lambda: platform.requests("getUsers") == 4)
    assert program.said() == "ends\n"


@BOTH
def test_thread_without_greenlets_makes_its_call_itself(platform: Simulator, start: Start, patched: str) -> None:
    platform.fail({"latency": {"ms": 300}}, "GetUsers")
    program = start(
        platform,
        """
        if "gevent" in sys.modules:
            pool = gevent.get_hub().threadpool.apply
        else:
            from eventlet.tpool import execute as pool

        from panda_water._greenlets import original
        ident = original("_thread", "get_ident")
        asked = set()
        client.set_check(lambda: asked.add(ident()))

        def call():
            asked.clear()
            users = client.get_users(page_size=10).users
            return len(users), asked == {ident()}

        def native(work):
            came = []
            original("_thread", "start_new_thread")(lambda: came.append(work()), ())
            while not came: pause(0.01)
            return came[0]

        print(pool(call), native(call))
        """,
        patched,
    )
    assert program.said() == "(10, True) (10, True)\n"


def test_unpatched_program_makes_its_calls_itself(platform: Simulator, start: Start) -> None:
    platform.fail({"latency": {"ms": 300}}, "GetUsers")
    program = start(
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
