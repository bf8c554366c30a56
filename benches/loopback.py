"""The library that is measured, where the benchmarks are built, and the server that they talk to."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
BUILD = PROJECT / "build" / "benches"
LIBRARY = Path(os.environ.get("PANDA_WATER_LIBRARY") or PROJECT / "target" / "release" / "libpanda_water.so")


@contextmanager
def server(users: int, latency_ms: int = 0, prefix: tuple[str, ...] = ()) -> Iterator[str]:
    """The benchmarks' server, as the port that it listens at."""
    command = [*prefix, str(BUILD / "server"), str(users), str(latency_ms)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="ascii")
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        # It ends with its input.
        process.communicate()
