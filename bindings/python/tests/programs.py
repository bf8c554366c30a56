"""Programs that use the package, each a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator, Sequence

import pytest

from simulator import PATIENT, Simulator

PACKAGE = Path(__file__).resolve().parents[1]

# A call that nobody ends lasts longer.
SOON = 30

BEFORE = """
import asyncio, atexit, json, os, signal, sys, threading, time
from panda_water import AsyncPandaClient, PandaClient, PandaCancelledError, process_stats
settings = json.loads(sys.argv[1])
client = PandaClient(**settings)

def strings():
    return process_stats()["strings"]

def all_users():
    # The listing outlives its client.
    return list(PandaClient(**settings).iter_users())
"""


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is waited for at the end, and killed where the test has failed."""
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


class Program:
    """A Python program that uses the package."""

    def __init__(self, platform: Simulator, code: str, before: str = "") -> None:
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                before + BEFORE + textwrap.dedent(code),
                json.dumps({**platform.account, **PATIENT}),
            ],
            env={**os.environ, "PYTHONPATH": str(PACKAGE)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def send(self, number: int) -> None:
        """Sends it a signal."""
        self._process.send_signal(number)

    def said(self, code: int = 0) -> str:
        """What it wrote, once it has ended by itself, soon and without complaints."""
        shown, errors = self._process.communicate(timeout=SOON)
        assert errors == b""
        assert self._process.returncode == code
        return shown.decode()

    def end(self) -> None:
        """Ends it, and what it has forked, whatever they do."""
        if self._process.poll() is None:
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


Start = Callable[..., Program]
"""Starts a `Program`, with the same arguments."""


@pytest.fixture
def start() -> Iterator[Start]:
    """The programs that it starts end with the test at the latest."""
    with ExitStack() as started:

        def program(platform: Simulator, code: str, before: str = "") -> Program:
            program = Program(platform, code, before)
            started.callback(program.end)
            return program

        yield program
