"""The examples, run as a reader runs them, by every Python that is at hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import PROGRAM

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
PYTHONS = [sys.executable, *(f"python3.{minor}" for minor in range(8, 16))]


@pytest.mark.parametrize("python", PYTHONS)
def test_whole_flow(python: str) -> None:
    if shutil.which(python) is None or subprocess.call([python, "--version"], stderr=subprocess.DEVNULL) != 0:
        pytest.skip(f"{python} is not installed")
    environ = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    demo = subprocess.run(
        [python, "-W", "error", str(EXAMPLES / "demo.py"), PROGRAM], check=True, env=environ, stdout=subprocess.PIPE
    )
    shown = demo.stdout.decode()
    assert "3661 users in all" in shown
    assert "   /oa?page=home\n" in shown
    assert "陈涛 (user 1) is signing in" in shown


def test_failure_is_told_and_shows_in_the_exit_code() -> None:
    environ = {
        **os.environ,
        "PANDA_WATER_BASE_URL": "http://127.0.0.1:9",
        "PYTHONPATH": str(EXAMPLES.parent),
    }
    flow = subprocess.run(
        [sys.executable, str(EXAMPLES / "whole_flow.py")],
        check=False,
        env=environ,
        input=b"/oa?ticket=abc\n",
        capture_output=True,
    )
    assert flow.returncode == 1
    assert b"That did not work" in flow.stderr
    assert b"Traceback" not in flow.stderr
