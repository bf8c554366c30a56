"""What the tests of C share with those of Python and C++."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "bindings" / "python" / "tests")]

from toolchain import running_simulator, simulator, toolchain  # noqa: E402, F401
