"""Instructions of one call, as callgrind counts them: the same on a busy machine as on an idle one.

instructions.py            compares with the baseline, instructions.json
instructions.py --update   writes it
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from loopback import BUILD, server

BASELINE = Path(__file__).with_name("instructions.json")
# A little of it is the C library's and the processor's choice of routines.
TOLERANCE = 0.08
# Calls that are not counted, and calls that are.
CALLS = {"ticket": (20, 500), "page": (4, 20)}


def count(scenario: str) -> int:
    """The instructions of one call."""
    few, many = CALLS[scenario]
    with server(1000) as port:
        difference = run(scenario, port, few + many) - run(scenario, port, few)
    return difference // many


def run(scenario: str, port: str, calls: int) -> int:
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    ended = subprocess.run(
        [*tool, str(BUILD / "calls"), scenario, port, str(calls)], check=False, stderr=subprocess.PIPE, encoding="utf-8"
    )
    collected = re.search(r"Collected : (\d+)", ended.stderr)
    if ended.returncode or not collected:
        raise RuntimeError(ended.stderr)
    return int(collected.group(1))


def baseline() -> dict[str, int]:
    counts: dict[str, int] = json.loads(BASELINE.read_text())
    return counts


def main() -> None:
    counts = {scenario: count(scenario) for scenario in CALLS}
    if sys.argv[1:] == ["--update"]:
        BASELINE.write_text(json.dumps(counts, indent=2) + "\n")
        return
    for scenario, before in baseline().items():
        print(f"{scenario}: {counts[scenario]:,} instructions, {counts[scenario] / before:.3f} of the baseline")


if __name__ == "__main__":
    main()
