"""Makes the Python package, and the simulator of its tests, importable."""

import sys
from pathlib import Path

PYTHON = Path(__file__).resolve().parents[2] / "bindings" / "python"
sys.path[:0] = [str(PYTHON), str(PYTHON / "tests")]
