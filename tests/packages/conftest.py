"""Makes the simulator of the tests of Python, and the toolchain of those of C, importable."""

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / folder) for folder in ("tests/c", "bindings/python/tests")]

from simulator import fresh_simulator, running_simulator  # noqa: E402, F401
