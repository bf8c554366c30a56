"""The synchronisation example: killed at any point and run again, its table equals the platform's list."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Iterator

import pytest

from panda_water import PandaClient
from simulator import Simulator

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "sync_sqlite.py"

# Runs the example, and kills it in front of the statement of this number.
KILLED_AT_STATEMENT = """
import os, runpy, signal, sqlite3, sys

left = int(sys.argv.pop(1))
connect = sqlite3.connect

def trace(statement):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def traced(*arguments, **options):
    database = connect(*arguments, **options)
    database.set_trace_callback(trace)
    return database

sqlite3.connect = traced
sys.argv.pop(0)
runpy.run_path(sys.argv[0], run_name="__main__")
"""


class Staff:
    """A platform whose users change, and the database that follows it."""

    def __init__(self, platform: Simulator, folder: Path) -> None:
        self.platform = platform
        self.database = folder / "oa.sqlite"
        self.started = ExitStack()
        self.chance = random.Random(4)
        self.environ = {
            **os.environ,
            "PYTHONPATH": str(EXAMPLE.parents[1]),
            "PANDA_WATER_BASE_URL": platform.base_url,
            "PANDA_WATER_USERNAME": platform.username,
            "PANDA_WATER_PASSWORD": platform.password,
        }

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        arguments = [sys.executable, *command, str(EXAMPLE), str(self.database)]
        process = subprocess.Popen(arguments, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.started.callback(process.kill)
        return process

    def run(self) -> str:
        process = self.start()
        shown, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, b"")
        return shown.decode()

    def change(self) -> None:
        """Some come, some change, one leaves."""
        numbers = sorted(self.listed())
        for number in self.chance.sample(numbers, 3):
            self.platform.control("PATCH", f"/users/{number}", {"userName": f"改名{self.chance.random()}"})
        self.platform.control("DELETE", f"/users/{self.chance.choice(numbers)}")
        for _ in range(2):
            phone = str(self.chance.randrange(13000000000, 14000000000))
            self.platform.control("POST", "/users", {"userName": "新用户", "phone": phone})

    def listed(self) -> dict[int, tuple[str | None, str | None, str | None]]:
        """The platform's list."""
        with PandaClient(**self.platform.account) as client:
            return {user.id: (user.user_name, user.phone, user.job_number) for user in client.iter_users()}

    def stored(self) -> dict[int, tuple[str | None, str | None, str | None]]:
        """The application's table."""
        with closing(sqlite3.connect(self.database)) as database:
            rows = database.execute("SELECT id, user_name, phone, job_number FROM panda_user").fetchall()
        return {number: (user_name, phone, job_number) for number, user_name, phone, job_number in rows}


@pytest.fixture
def staff(tmp_path: Path) -> Iterator[Staff]:
    with Simulator("--users", "600") as platform:
        staff = Staff(platform, tmp_path)
        with staff.started:
            yield staff


def test_every_kind_of_change(staff: Staff) -> None:
    assert staff.run() == "600 users: 600 came, 0 changed, 0 left.\n"
    assert staff.stored() == staff.listed()
    staff.change()
    shown = staff.run()
    assert shown.startswith("601 users: 2 came")
    assert shown.endswith(" 1 left.\n")
    assert staff.stored() == staff.listed()
    assert "0 came, 0 changed, 0 left" in staff.run()


def test_killed_at_every_statement(staff: Staff) -> None:
    killed = 0
    # The first sync stores 600 users, each with a statement of its own; the later ones only what has changed.
    points = [*range(1, 12), 100, 400, 604, *range(2, 40)]
    for point in points:
        process = staff.start("-c", KILLED_AT_STATEMENT, str(point))
        process.communicate(timeout=120)
        assert process.returncode in (0, -signal.SIGKILL)
        killed += process.returncode != 0
        # What is stored is a state that was, never a part of one.
        if staff.database.exists() and point > 3:
            assert len(staff.stored()) in (0, *range(600, 720))
        staff.change()
    assert killed > 20
    staff.run()
    assert staff.stored() == staff.listed()


def test_killed_at_random(staff: Staff) -> None:
    began = time.monotonic()
    staff.run()
    usual = time.monotonic() - began
    for _ in range(40):
        staff.change()
        process = staff.start()
        time.sleep(staff.chance.uniform(0, 1.1 * usual))
        process.kill()
        process.communicate()
    staff.run()
    assert staff.stored() == staff.listed()


def test_two_at_once(staff: Staff) -> None:
    for _ in range(5):
        processes = [staff.start() for _ in range(4)]
        for process in processes:
            _, errors = process.communicate(timeout=120)
            assert (process.returncode, errors) == (0, b"")
        assert staff.stored() == staff.listed()
        staff.change()


def test_lost_state(staff: Staff) -> None:
    staff.run()
    with closing(sqlite3.connect(staff.database)) as database, database:
        database.execute("UPDATE panda_sync SET state = NULL")
    staff.change()
    staff.run()
    assert staff.stored() == staff.listed()


def test_failure_changes_nothing(staff: Staff) -> None:
    staff.run()
    before = staff.stored()
    with closing(sqlite3.connect(staff.database)) as database, database:
        database.execute("UPDATE panda_sync SET state = 'damaged'")
    process = staff.start()
    shown, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert shown == b""
    assert b"Nothing has changed" in errors
    assert staff.stored() == before
