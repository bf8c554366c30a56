"""Programs that use the package, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

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
        )

    def send(self, number: int) -> None:
        """Sends it a signal."""
        self._process.send_signal(number)

    def said(self, code: int = 0) -> str:
        """What it wrote, once it has ended by itself, soon and without complaints."""
        try:
            shown, errors = self._process.communicate(timeout=SOON)
        finally:
            self._process.kill()
        assert errors == b""
        assert self._process.returncode == code
        return shown.decode()
