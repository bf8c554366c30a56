"""What the tests of C++ share with those of C."""

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "tests" / "c"), str(PROJECT / "bindings" / "python" / "tests")]

from simulator import fresh_simulator, running_simulator  # noqa: E402, F401
from toolchain import toolchain  # noqa: E402, F401
