"""The function of bindings/c/examples in a real PostgreSQL: under load, while it is reloaded, and cancelled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from servers import compile_module, folder_of
from simulator import PROJECT, Simulator, wait_until
from toolchain import output_of

SOURCE = PROJECT / "bindings" / "c" / "examples" / "panda_user.c"
USER = "postgres"

CREATE = """
CREATE FUNCTION panda_user_by_ticket(ticket text) RETURNS json
    AS '{module}' LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;
"""


def as_user() -> dict[str, object]:
    """How the server is started: it refuses to run as root."""
    return {"user": USER, "group": USER, "extra_groups": []} if os.getuid() == 0 else {}


class Postgres:
    """A cluster of its own in its own folder, on a socket there."""

    def __init__(self, folder: Path, preloaded: str) -> None:
        self.folder = folder
        self.create = ""
        self._programs = Path(output_of("pg_config", "--bindir").strip())
        data = folder / "data"
        self.command(
            "initdb", "--no-sync", "--auth=trust", f"--username={USER}", "--encoding=UTF8", "--locale=C", f"-D{data}"
        )
        self._log = (folder / "server.log").open("wb")
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "fsync": "off",
            "shared_preload_libraries": preloaded,
            "panda_water.configuration_file": str(folder / "configuration.json"),
        }
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        self.process = subprocess.Popen(
            [self._programs / "postgres", f"-D{data}", *options],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            **as_user(),  # type: ignore[call-overload]
        )
        try:
            wait_until(lambda: self.try_sql("SELECT 1").returncode == 0)
        except AssertionError:
            self.process.terminate()
            raise AssertionError(self.log()) from None

    def command(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        ended: subprocess.CompletedProcess[str] = subprocess.run(
            [str(self._programs / program), *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
            **as_user(),  # type: ignore[call-overload]
        )
        return ended

    def try_sql(self, *statements: str) -> subprocess.CompletedProcess[str]:
        """One session that makes these statements, and shows the SQLSTATE of a failure."""
        commands = [option for statement in ("\\set VERBOSITY verbose", *statements) for option in ("-c", statement)]
        return self.command("psql", "-XqAt", "-h", str(self.folder), "-U", USER, *commands)

    def sql(self, *statements: str) -> str:
        ended = self.try_sql(*statements)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    def log(self) -> str:
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """As at a shutdown of the machine: sessions are ended."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(60) == 0
        self._log.close()


@pytest.fixture(scope="module", params=["in_backends", "preloaded"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    with folder_of(USER) as folder:
        module = compile_module(SOURCE, folder, "-isystem", output_of("pg_config", "--includedir-server").strip())
        postgres = Postgres(folder, str(module) if request.param == "preloaded" else "")
        try:
            postgres.create = CREATE.format(module=module)
            postgres.sql(postgres.create)
            yield postgres
        finally:
            postgres.stop()


@pytest.fixture
def postgres(cluster: Postgres, simulator: Simulator) -> Postgres:
    account = {"baseUrl": simulator.base_url, "username": simulator.username, "password": simulator.password}
    (cluster.folder / "token").unlink(missing_ok=True)
    path = cluster.folder / "configuration.json"
    path.write_text(json.dumps({**account, "tokenStore": f"file:{cluster.folder}/token"}), encoding="utf-8")
    path.chmod(0o644)
    return cluster


def test_the_user_of_a_ticket(postgres: Postgres, simulator: Simulator) -> None:
    simulator.ticket(1, ticket="o'neill 中")
    call = "SELECT panda_user_by_ticket('o''neill 中')"
    assert json.loads(postgres.sql(call))["id"] == 1
    assert postgres.sql(f"{call} ->> 'userName'") == "陈涛"


def test_a_database_of_another_encoding(postgres: Postgres, simulator: Simulator) -> None:
    simulator.ticket(1, ticket="票据")
    postgres.sql("CREATE DATABASE chinese ENCODING 'EUC_CN' TEMPLATE template0")
    postgres.sql("\\c chinese", postgres.create)
    name = "SELECT panda_user_by_ticket('票据') ->> 'userName'"
    assert postgres.sql("\\c chinese", "SET client_encoding = 'UTF8'", name) == "陈涛"
    ended = postgres.try_sql("\\c chinese", "SET client_encoding = 'UTF8'", "SELECT panda_user_by_ticket('x')")
    assert "28000: " in ended.stderr and "票据无效" in ended.stderr


def test_failures_are_sqlstates(postgres: Postgres, simulator: Simulator) -> None:
    ended = postgres.try_sql("SELECT panda_user_by_ticket('nobodys')")
    assert "ERROR:  28000: " in ended.stderr and "kind: ticket" in ended.stderr
    assert "nobodys" not in ended.stderr.replace("panda_user_by_ticket('nobodys')", "")
    assert "ERROR:  38000: " in postgres.try_sql("SELECT panda_user_by_ticket('')").stderr
    assert postgres.sql("SELECT panda_user_by_ticket(NULL) IS NULL") == "t"
    simulator.fail({"status": {"status": 404}}, endpoint="GetUserByTicket")
    ended = postgres.try_sql(f"SELECT panda_user_by_ticket('{simulator.ticket(1)}')")
    assert "ERROR:  38000: " in ended.stderr and "kind: http" in ended.stderr
    (postgres.folder / "configuration.json").write_text('{"baseUrl":"gopher://h"}', encoding="utf-8")
    assert "kind: config" in postgres.try_sql("SELECT panda_user_by_ticket('x')").stderr
    (postgres.folder / "configuration.json").unlink()
    assert "cannot be read" in postgres.try_sql("SELECT panda_user_by_ticket('x')").stderr


def test_load_and_reloads(postgres: Postgres, simulator: Simulator) -> None:
    """Sessions that last and are reloaded, and sessions for one call each."""
    tickets = [simulator.ticket(user) for user in range(1, 5)]

    def session(number: int) -> None:
        call = f"SELECT panda_user_by_ticket('{tickets[number]}') ->> 'id'; SELECT pg_sleep(0.02)"
        lines = postgres.sql(*[call] * 40).split()
        assert set(lines) == {str(number + 1)} and len(lines) == 40

    def short_sessions(number: int) -> None:
        for _ in range(15):
            assert postgres.sql(f"SELECT panda_user_by_ticket('{tickets[number]}') ->> 'id'") == str(number + 1)

    with ThreadPoolExecutor(8) as pool:
        sessions = [pool.submit(work, number) for number in range(4) for work in (session, short_sessions)]
        for _ in range(5):
            time.sleep(0.1)
            postgres.process.send_signal(signal.SIGHUP)
        for one in sessions:
            one.result()
    assert "terminated by signal" not in postgres.log()
    # The backends share a token: they do not take it from each other.
    assert simulator.requests("generateToken") <= 4


@pytest.mark.parametrize("how", ["pg_cancel_backend", "pg_terminate_backend"])
def test_a_query_that_is_cancelled_ends(postgres: Postgres, simulator: Simulator, how: str) -> None:
    ticket = simulator.ticket(1)
    assert postgres.sql(f"SELECT panda_user_by_ticket('{ticket}') ->> 'id'") == "1"
    simulator.fail({"latency": {"ms": 20_000}}, endpoint="GetUserByTicket")
    begun = time.monotonic()
    cancelled: list[subprocess.CompletedProcess[str]] = []
    query = threading.Thread(
        target=lambda: cancelled.append(postgres.try_sql(f"SELECT panda_user_by_ticket('{ticket}')"))
    )
    query.start()
    wait_until(lambda: simulator.control("GET", "/counters")["getUserByTicket"]["inFlight"] == 1)
    postgres.sql(f"SELECT {how}(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT panda_user%'")
    query.join()
    assert time.monotonic() - begun < 15
    assert "57014" in cancelled[0].stderr if how == "pg_cancel_backend" else "57P01" in cancelled[0].stderr


def test_statement_timeout_ends_a_call(postgres: Postgres, simulator: Simulator) -> None:
    simulator.fail({"latency": {"ms": 20_000}}, endpoint="GetUserByTicket")
    begun = time.monotonic()
    ended = postgres.try_sql("SET statement_timeout = 500", f"SELECT panda_user_by_ticket('{simulator.ticket(1)}')")
    assert "57014" in ended.stderr
    assert time.monotonic() - begun < 15
