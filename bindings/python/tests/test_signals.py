"""Signals, and the end of the interpreter, while calls are under way: real signals, to processes of their own."""

from __future__ import annotations

import signal
import sys
from typing import Iterator

import pytest

from programs import Start
from simulator import Simulator, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")


@pytest.fixture
def platform() -> Iterator[Simulator]:
    """A platform that answers logins alone."""
    with Simulator("--users", "40") as platform:
        for endpoint in ("GetUsers", "GetUserByTicket"):
            platform.fail({"stall": "beforeHead"}, endpoint)
        yield platform


def waits(platform: Simulator, endpoint: str = "getUsers", requests: int = 1) -> None:
    wait_until(lambda: platform.requests(endpoint) >= requests)


@pytest.mark.parametrize(
    ("call", "endpoint"),
    [
        ("client.get_token()", "generateToken"),
        ("client.get_users()", "getUsers"),
        ("all_users()", "getUsers"),
        ("client.sync(None)", "getUsers"),
        ("client.get_user_by_ticket('x')", "getUserByTicket"),
        ("client.user_from_url('?ticket=x')", "getUserByTicket"),
    ],
)
def test_ctrl_c_ends_a_call(platform: Simulator, start: Start, call: str, endpoint: str) -> None:
    if endpoint == "generateToken":
        platform.fail({"stall": "beforeHead"}, "GenerateToken")
    program = start(
        platform,
        f"""
        try:
            {call}
        except KeyboardInterrupt as error:
            print(error.__context__, error.__cause__, strings())
        """,
    )
    waits(platform, endpoint)
    program.send(signal.SIGINT)
    assert program.said() == "None None 0\n"


def test_ctrl_c_ends_the_call_of_a_forked_child(platform: Simulator, start: Start) -> None:
    program = start(
        platform,
        """
        import warnings
        warnings.simplefilter("ignore")
        # The fork finds the question put on another thread.
        threading.Thread(target=client.get_users, daemon=True).start()
        while client.stats()["endpoints"]["GetUsers"]["httpRequests"] < 1: time.sleep(0.01)
        time.sleep(0.2)
        asked, asks = os.pipe()
        child = os.fork()
        if child == 0:
            client.set_check(lambda: os.write(asks, b"?") != 1)
            try:
                client.get_users()
            except KeyboardInterrupt:
                os._exit(7)
            os._exit(8)
        os.read(asked, 1)
        os.kill(child, signal.SIGINT)
        print(os.waitpid(child, 0)[1] >> 8)
        """,
    )
    waits(platform, requests=2)
    assert program.said() == "7\n"


def test_exception_of_a_signal_handler_ends_a_call(platform: Simulator, start: Start) -> None:
    program = start(
        platform,
        """
        class Alarm(BaseException): pass

        def ring(*_): raise Alarm

        signal.signal(signal.SIGALRM, ring)
        try:
            client.get_users()
        except Alarm:
            print(strings(), client.stats()["endpoints"]["GetUsers"]["failures"])
        """,
    )
    waits(platform)
    program.send(signal.SIGALRM)
    assert program.said() == "0 {'cancelled': 1}\n"


def test_signal_handler_that_returns_runs_meanwhile_and_lets_the_call_go_on(platform: Simulator, start: Start) -> None:
    platform.heal()
    platform.fail({"latency": {"ms": 2000}}, "GetUsers")
    program = start(
        platform,
        """
        rung = []
        signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        users = client.get_users(page_size=10).users
        signal.setitimer(signal.ITIMER_REAL, 0)
        # All those that come before a handler can run are one.
        print(len(users), len(rung) > 3)
        """,
    )
    assert program.said() == "10 True\n"


def test_signal_handler_may_make_a_call_of_its_own(platform: Simulator, start: Start) -> None:
    program = start(
        platform,
        """
        def ring(*_):
            print("token" if client.get_token().token else "", flush=True)
            # While it waits in turn, Ctrl-C ends that call, and so this one.
            client.get_users()

        signal.signal(signal.SIGALRM, ring)
        try:
            client.get_users()
        except KeyboardInterrupt:
            print(strings())
        """,
    )
    waits(platform)
    program.send(signal.SIGALRM)
    waits(platform, requests=2)
    program.send(signal.SIGINT)
    assert program.said() == "token\n0\n"


def test_no_signal_of_a_storm_is_lost(platform: Simulator, start: Start) -> None:
    """Every exception of a handler comes out of a call, and none where nobody can catch it."""
    platform.heal()
    platform.fail({"latency": {"ms": 70}}, "GetUsers")
    program = start(
        platform,
        """
        class Alarm(BaseException): pass

        calm, raised, caught = True, 0, 0

        def ring(*_):
            global raised
            if not calm:
                raised += 1
                raise Alarm

        signal.signal(signal.SIGUSR1, ring)
        ending = threading.Event()

        def storm():
            while not ending.is_set():
                signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
                time.sleep(0.0001)

        thread = threading.Thread(target=storm)
        thread.start()
        client.get_users()
        until = time.monotonic() + 5
        while time.monotonic() < until:
            try:
                try:
                    calm = False
                    client.get_users(page_size=1)
                finally:
                    calm = True
            except Alarm:
                caught += 1
        ending.set()
        thread.join()
        print(raised > 20, caught > 20)
        """,
    )
    assert program.said() == "True True\n"


def test_no_signal_is_lost_to_a_log_line(platform: Simulator, start: Start) -> None:
    platform.heal()
    platform.fail({"status": {"status": 503}}, "GetUsers")
    program = start(
        platform,
        """
        from panda_water import LogLevel, set_log
        from panda_water._waiting import _under_way

        lines = []
        set_log(lambda level, message: lines.append((level, message)), LogLevel.DEBUG)
        client = PandaClient(**settings, retries=10)

        def ring(*_):
            global raised
            if not calm:
                raised += 1
                raise Alarm

        class Alarm(BaseException): pass

        calm, raised, caught = True, 0, 0
        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.0013)
        until = time.monotonic() + 5
        while time.monotonic() < until:
            try:
                try:
                    calm = False
                    client.get_users()
                finally:
                    calm = True
            except Alarm:
                caught += 1
        print(raised > 20, caught > 20)
        # The lines of a call that is let alone come through, once those are over that were given up.
        signal.setitimer(signal.ITIMER_REAL, 0)
        while _under_way: time.sleep(0.01)
        lines.clear()
        client = PandaClient(**settings, retries=2)
        try: client.get_users()
        except Exception as error: print(error.http_status)
        print([level for level, message in lines if "trying again" in message])
        """,
    )
    assert program.said() == "True True\n503\n[3, 3]\n"


def test_ctrl_c_ends_the_calls_of_an_event_loop(platform: Simulator, start: Start) -> None:
    program = start(
        platform,
        """
        async def work():
            async with AsyncPandaClient(**settings) as client:
                await asyncio.gather(*(client.get_users() for _ in range(40)))

        try:
            asyncio.run(work())
        except KeyboardInterrupt:
            print("interrupted")
        """,
    )
    waits(platform, requests=32)
    program.send(signal.SIGINT)
    assert program.said() == "interrupted\n"


def test_loop_ends_while_calls_are_under_way(platform: Simulator, start: Start) -> None:
    program = start(
        platform,
        """
        async def work():
            # Nobody closes it.
            client = AsyncPandaClient(**settings)
            calls = [asyncio.ensure_future(client.get_users()) for _ in range(40)]
            await asyncio.sleep(0.5)

        asyncio.run(work())
        print("ends")
        """,
    )
    assert program.said() == "ends\n"


def test_interpreter_ends_over_calls_that_nobody_cancels(platform: Simulator, start: Start) -> None:
    program = start(
        platform,
        """
        client = AsyncPandaClient(**settings)
        loop = asyncio.new_event_loop()

        async def work():
            return [asyncio.ensure_future(client.get_users()) for _ in range(40)]

        calls = loop.run_until_complete(work())
        loop.run_until_complete(asyncio.sleep(0.5))
        print("ends", [call.done() for call in calls].count(False))
        # What asyncio itself says of tasks that are left is not meant.
        for call in calls: call._log_destroy_pending = False
        """,
    )
    assert program.said() == "ends 40\n"


def test_interpreter_ends_over_the_calls_of_daemon_threads_without_a_word(platform: Simulator, start: Start) -> None:
    program = start(
        platform,
        """
        def work():
            while True:
                try:
                    client.get_users()
                except Exception:
                    print("not to be seen", flush=True)

        for _ in range(8):
            threading.Thread(target=work, daemon=True).start()
        while client.stats()["endpoints"]["GetUsers"]["httpRequests"] < 8: time.sleep(0.01)
        # Their calls go on, and ask for longer than the client is there.
        client.close()

        class Slow:
            # When the interpreter is going away already.
            def __del__(self, sleep=time.sleep): sleep(0.3)

        slow = Slow()
        print("ends")
        """,
        "import atexit, time; atexit.register(time.sleep, 0.3)  # and when it is about to",
    )
    waits(platform)
    assert program.said() == "ends\n"


def test_calls_in_exit_handlers_work(platform: Simulator, start: Start) -> None:
    platform.heal()
    platform.fail({"latency": {"ms": 300}}, "GetUsers")
    program = start(platform, "atexit.register(lambda: print(len(client.get_users(page_size=10).users)))")
    assert program.said() == "10\n"


def test_thread_that_the_interpreter_waits_for_makes_its_call_to_the_end(platform: Simulator, start: Start) -> None:
    platform.heal()
    platform.fail({"latency": {"ms": 500}}, "GetUsers")
    program = start(
        platform, "threading.Thread(target=lambda: print(len(client.get_users(page_size=10).users))).start()"
    )
    assert program.said() == "10\n"


def test_check(platform: Simulator, start: Start) -> None:
    program = start(
        platform,
        """
        class Stop(Exception): pass

        def stop(): raise Stop

        stopping = threading.Event()
        client.set_check(stopping.is_set)
        threading.Timer(0.3, stopping.set).start()
        users = client.iter_users()
        for call in (client.get_users, lambda: next(users)):
            try:
                call()
            except PandaCancelledError as error:
                print(error.kind, error.code, error.retryable)
        client.set_check(stop)
        for call in (client.get_users, lambda: next(users)):
            try:
                call()
            except Stop as error:
                print(error.__context__)
        client.set_check(None)
        """,
    )
    assert program.said() == "cancelled -10015 False\n" * 2 + "None\n" * 2
