"""What the tests share: the native library, a simulator, a client, and a look at what is left behind."""

from __future__ import annotations

import gc
import os
import signal
from typing import Iterator

import pytest

from panda_water import PandaClient, process_stats
from programs import start  # noqa: F401
from simulator import LIBRARY, Simulator, fresh_simulator, running_simulator  # noqa: F401

os.environ["PANDA_WATER_LIBRARY"] = str(LIBRARY)

# A shell that starts the tests in the background has them ignore Ctrl-C, and so would the programs that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def client(simulator: Simulator) -> Iterator[PandaClient]:
    with PandaClient(**simulator.account) as client:
        yield client


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = process_stats()
    yield
    gc.collect()
    assert process_stats() == before
