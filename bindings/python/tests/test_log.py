"""The library's log lines."""

from __future__ import annotations

import logging
import os
import subprocess
import sys

import pytest

from panda_water import LogLevel, PandaArgumentError, PandaClient, PandaConnectError, log_to_logging, set_log
from simulator import Simulator


def work(simulator: Simulator) -> str:
    """Makes the library log something, and gives a secret that it has held."""
    with PandaClient(**simulator.account) as client:
        ticket = simulator.ticket(1)
        client.user_from_url(f"/oa?ticket={ticket}")
        secrets = [ticket, simulator.password, client.get_token().token]
    with PandaClient("http://127.0.0.1:9", retries=1) as client, pytest.raises(PandaConnectError):
        client.get_users()
    return "|".join(secrets)


def test_lines_and_silence(simulator: Simulator) -> None:
    lines: list[tuple[int, str]] = []
    set_log(lambda level, message: lines.append((level, message)), LogLevel.DEBUG)
    secrets = work(simulator)
    assert lines
    assert all(1 <= level <= 4 and message for level, message in lines)
    assert not any(secret in message for _, message in lines for secret in secrets.split("|"))
    set_log(None)
    lines.clear()
    work(simulator)
    assert lines == []


def test_level(simulator: Simulator) -> None:
    levels: list[int] = []
    set_log(lambda level, _: levels.append(level), LogLevel.ERROR)
    work(simulator)
    set_log(None)
    assert set(levels) <= {1}


def test_callback_is_kept_alive(simulator: Simulator) -> None:
    lines: list[str] = []
    for _ in range(100):
        set_log(lambda _, message: lines.append(message), LogLevel.DEBUG)
    work(simulator)
    set_log(None)
    assert lines


@pytest.mark.parametrize("level", [0, 5, -1])
def test_level_that_is_none(level: int) -> None:
    with pytest.raises(PandaArgumentError):
        set_log(print, level)


def test_logging(simulator: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    log_to_logging(level=logging.DEBUG)
    work(simulator)
    set_log(None)
    assert caplog.records
    assert {record.name for record in caplog.records} == {"panda_water"}
    assert {record.levelno for record in caplog.records} <= {10, 20, 30, 40}


def test_logger_and_level_of_the_caller(simulator: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    log_to_logging(logging.getLogger("oa.panda"), logging.CRITICAL)
    work(simulator)
    set_log(None)
    assert all(record.levelno == logging.ERROR and record.name == "oa.panda" for record in caplog.records)


def test_interpreter_that_ends_while_a_thread_logs() -> None:
    program = (
        "import sys, threading, time, panda_water\n"
        "panda_water.set_log(lambda level, message: None, 4)\n"
        "client = panda_water.PandaClient('http://127.0.0.1:9', retries=10)\n"
        "def call():\n"
        "    while True:\n"
        "        try: client.get_users()\n"
        "        except panda_water.PandaError: pass\n"
        "for _ in range(8): threading.Thread(target=call, daemon=True).start()\n"
        "time.sleep(0.2)\n"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", program], check=True, env=environ, timeout=60)
