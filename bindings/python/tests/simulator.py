"""The simulator of the platform, started and directed by the tests."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Iterator

import pytest

if TYPE_CHECKING:
    from typing_extensions import Self

PROJECT = Path(__file__).resolve().parents[3]
BUILT = PROJECT / (os.environ.get("CARGO_TARGET_DIR") or "target")

# As `make build` leaves them, unless the caller says otherwise.
LIBRARY = Path(os.environ.get("PANDA_WATER_LIBRARY") or BUILT / "release" / "libpanda_water.so")
PROGRAM = os.environ.get("PANDA_SIMULATOR") or str(BUILT / "debug" / "panda-simulator")

# Settings of a call that lasts longer than a test may.
PATIENT: dict[str, Any] = {"timeout_ms": 120_000, "deadline_ms": 120_000}


def wait_until(condition: Callable[[], bool]) -> None:
    """Waits for what happens in another thread or process."""
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it does not happen")


class Simulator:
    """A running simulator."""

    def __init__(self, *options: str) -> None:
        # It ends with the pipe to its standard input, whatever happens to the tests.
        self._process = subprocess.Popen(
            [PROGRAM, "--exit-with-stdin", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        started = json.loads(self._process.stdout.readline())
        self.base_url: str = started["baseUrl"]
        self.username: str = started["username"]
        self.password: str = started["password"]
        self._control_url: str = started["controlUrl"]

    @property
    def account(self) -> dict[str, Any]:
        """What a client of this platform has to know."""
        return {"base_url": self.base_url, "username": self.username, "password": self.password}

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Asks a control endpoint."""
        request = urllib.request.Request(
            self._control_url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def ticket(self, user_id: int = 1, **details: Any) -> str:
        """A new ticket."""
        ticket: str = self.control("POST", "/tickets", {"userId": user_id, **details})["ticket"]
        return ticket

    def behave(self, **settings: Any) -> None:
        """Changes settings until the next `reset`."""
        self.control("PUT", "/behaviour", settings)

    def fail(self, fault: Any, endpoint: str | None = None, **details: Any) -> None:
        """Lets requests go wrong until the next `reset`."""
        self.control("POST", "/faults", {"fault": fault, "endpoint": endpoint, **details})

    def heal(self) -> None:
        """Ends all faults."""
        self.control("DELETE", "/faults")

    def requests(self, endpoint: str) -> int:
        """How many requests an endpoint has had since the last `reset`."""
        count: int = self.control("GET", "/counters")[endpoint]["requests"]
        return count

    def reset(self) -> None:
        """Back to the state of the start; tickets and tokens live on."""
        self.heal()
        self.control("DELETE", "/behaviour")
        self.control("POST", "/counters/reset")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate()


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(name="simulator")
def fresh_simulator(running_simulator: Simulator) -> Iterator[Simulator]:
    yield running_simulator
    running_simulator.reset()
