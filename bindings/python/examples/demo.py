"""Runs the whole flow against the simulator of the platform.

Usage: python demo.py SIMULATOR

SIMULATOR is the path of the simulator's program. It is started on a free port, asked for a sign-in ticket, and
stopped when the flow has ended. Needs nothing but Python, this package and the native library.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

HERE = Path(__file__).resolve().parent


@contextmanager
def simulator(program: str) -> Iterator[dict[str, Any]]:
    """Starts the simulator, gives what it says about itself, and stops it."""
    # It also stops by itself when this program ends and with it the pipe to its standard input.
    command = [program, "--exit-with-stdin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            started = process.stdout.readline()
            if not started:
                sys.exit(f"{program} is not a simulator, or could not start.")
            yield json.loads(started)
        finally:
            process.terminate()


def ticket_for(user_id: int, control_url: str) -> str:
    """Asks the simulator for a ticket; the real platform makes one when a user opens our sign-in route."""
    request = urllib.request.Request(f"{control_url}/tickets", json.dumps({"userId": user_id}).encode())
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as answer:
        ticket: str = json.load(answer)["ticket"]
        return ticket


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with simulator(sys.argv[1]) as platform:
        print(f"A simulator of the platform answers at {platform['baseUrl']}.")
        settings = {
            "PANDA_WATER_BASE_URL": platform["baseUrl"],
            "PANDA_WATER_USERNAME": platform["username"],
            "PANDA_WATER_PASSWORD": platform["password"],
            "PANDA_WATER_TICKET_PARAM": "user",
            # The package beside the examples, installed or not.
            "PYTHONPATH": os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(HERE.parent)])),
        }
        sign_in_url = f"http://oa.example/oa?page=home&user={ticket_for(1, platform['controlUrl'])}"
        # On standard input, since every user of the machine can read the arguments of a program.
        flow = [sys.executable, str(HERE / "whole_flow.py")]
        return subprocess.run(flow, env={**os.environ, **settings}, input=sign_in_url.encode(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
