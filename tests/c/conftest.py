"""What the tests of C share with those of Python and C++."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "bindings" / "python" / "tests")]

from simulator import fresh_simulator, running_simulator  # noqa: E402, F401
from toolchain import toolchain  # noqa: E402, F401
