"""The sync with a state file of bindings/c/examples: the file is the platform's list, whatever comes between."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
from pathlib import Path

import pytest

from simulator import PROJECT, Simulator
from toolchain import C_COMPILERS, VALGRIND, Toolchain, run

SOURCE = PROJECT / "bindings" / "c" / "examples" / "sync_file.c"


class Sync:
    """The program with its configuration, its file, and a platform of 20 users."""

    def __init__(self, program: Path, folder: Path, simulator: Simulator) -> None:
        self.program = program
        self.simulator = simulator
        self.file = folder / "users.json"
        self.configuration = folder / "configuration.json"
        account = {"baseUrl": simulator.base_url, "username": simulator.username, "password": simulator.password}
        self.configuration.write_text(json.dumps(account), encoding="utf-8")

    @property
    def command(self) -> list[str]:
        return [str(self.program), str(self.configuration), str(self.file)]

    def run(self, status: int = 0) -> list[str]:
        """The changes that it prints."""
        return run(*VALGRIND, *self.command, status=status).stdout.splitlines()

    def stored(self) -> dict[int, str]:
        """The users in the file by their ids."""
        users = json.loads(self.file.read_text(encoding="utf-8"))["users"]
        assert [user["id"] for user in users] == sorted(user["id"] for user in users)
        return {user["id"]: user["userName"] for user in users}


@pytest.fixture
def sync(toolchain: Toolchain, tmp_path: Path) -> object:
    with Simulator("--users", "20") as simulator:
        yield Sync(toolchain.link("gcc", SOURCE, "-std=c89"), tmp_path, simulator)


@pytest.mark.parametrize("compiler", C_COMPILERS)
def test_it_is_c90(toolchain: Toolchain, compiler: str) -> None:
    toolchain.link(compiler, SOURCE, "-std=c89")


def test_the_file_follows_the_platform(sync: Sync) -> None:
    changes = sync.run()
    assert len(changes) == 20 and changes[0] == "+ 1 陈涛"
    assert len(sync.stored()) == 20
    assert sync.run() == []

    sync.simulator.control("DELETE", "/users/3")
    sync.simulator.control("PATCH", "/users/5", {"phone": None})
    sync.simulator.control("PATCH", "/users/1", {"userName": '陈"涛\\二'})
    new = sync.simulator.control("POST", "/users", {"userName": "新用户", "at": "front"})["id"]
    gone, changed = "-" + changes[2][1:], "~" + changes[4][1:]
    assert sorted(sync.run()) == sorted([f"+ {new} 新用户", '~ 1 陈"涛\\二', changed, gone])
    stored = sync.stored()
    assert stored[1] == '陈"涛\\二' and stored[new] == "新用户" and 3 not in stored and len(stored) == 20
    assert sync.run() == []


def test_too_many_removals_change_nothing(sync: Sync) -> None:
    sync.run()
    before = sync.file.read_bytes()
    for number in range(1, 11):
        sync.simulator.control("DELETE", f"/users/{number}")
    assert sync.run(status=2) == []
    assert sync.file.read_bytes() == before


def test_a_platform_that_fails_changes_nothing(sync: Sync) -> None:
    sync.run()
    before = sync.file.read_bytes()
    sync.simulator.fail({"status": {"status": 404}}, endpoint="GetUsers")
    assert sync.run(status=1) == []
    assert sync.file.read_bytes() == before


def test_a_disk_that_is_full_leaves_the_earlier_file(sync: Sync) -> None:
    sync.run()
    before = sync.file.read_bytes()
    sync.simulator.control("PATCH", "/users/1", {"userName": "陈涛二"})

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))

    ended = subprocess.run(sync.command, preexec_fn=limit, stdout=subprocess.DEVNULL, timeout=60, check=False)
    assert ended.returncode == 1
    assert sync.file.read_bytes() == before
    assert sorted(path.name for path in sync.file.parent.iterdir()) == ["configuration.json", "users.json"]
    assert sync.run() == ["~ 1 陈涛二"]


def test_a_damaged_file_is_not_taken_for_none(sync: Sync) -> None:
    sync.run()
    sync.file.write_bytes(sync.file.read_bytes()[:-20])
    before = sync.file.read_bytes()
    assert run(*sync.command, status=1).stdout == ""
    assert sync.file.read_bytes() == before
