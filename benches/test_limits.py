"""What must not grow unnoticed: instructions of a call, the library's size, what it does when it is loaded."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import instructions
from loopback import BUILD, LIBRARY, server

MAX_SIZE = 3_900_000


@pytest.mark.parametrize("scenario", instructions.CALLS)
def test_instructions_of_a_call(scenario: str) -> None:
    before = instructions.baseline()[scenario]
    counted = instructions.count(scenario)
    assert counted <= before * (1 + instructions.TOLERANCE), (
        f"{scenario}: {counted:,} instructions, {before:,} before; if that is what the change is worth, "
        "`make bench-baseline` writes the new number"
    )


def test_size_of_the_library(tmp_path: Path) -> None:
    stripped = tmp_path / "stripped"
    subprocess.run(["strip", "-o", stripped, LIBRARY], check=True)
    assert stripped.stat().st_size <= MAX_SIZE


def test_nothing_is_allocated_at_load() -> None:
    with server(1000) as port:
        output = subprocess.check_output([BUILD / "start", LIBRARY.resolve(), port])
    assert json.loads(output)["allocationsAtLoad"] == 0


def test_memory_of_a_long_listing_is_bounded() -> None:
    with server(200_000) as port:
        output = subprocess.check_output([BUILD / "scale", "cursor", port])
    assert json.loads(output)["KiBOverFirstPage"] <= 24 * 1024
