"""Programs whose threads are greenlets, by gevent or eventlet: a call must not hold up the other greenlets."""

from __future__ import annotations

import sys
import time
from typing import Any, Callable

HandOver = Callable[[Callable[[], Any]], Any]
"""Runs a function in a real thread and gives what it gives; other greenlets go on meanwhile."""

# What a program has patched that means to do something else while it waits for the network.
_SIGNS = ("socket", "threading", "thread")


def hand_over() -> HandOver | None:
    """How a call is given away in this program; None where nothing is patched. It imports neither of the two."""
    gevent = _gevent()
    if gevent is not None:
        hub = gevent.get_hub()
        pool: HandOver = hub.threadpool.apply
        # The hub itself, as in a callback of its loop, cannot wait for a thread.
        return None if gevent.getcurrent() is hub else pool
    if _eventlet() is not None:
        from eventlet import tpool  # noqa: PLC0415  Only where it is there.

        execute: HandOver = tpool.execute
        return execute
    return None


def sleep(seconds: float) -> None:
    """Sleeps without letting other greenlets go on."""
    gevent, patcher = _gevent(), _eventlet()
    if gevent is not None:
        gevent.monkey.get_original("time", "sleep")(seconds)
    elif patcher is not None:
        patcher.original("time").sleep(seconds)
    else:
        time.sleep(seconds)


def _gevent() -> Any:
    """The package, if it has patched the program."""
    monkey = sys.modules.get("gevent.monkey")
    return sys.modules["gevent"] if monkey is not None and any(map(monkey.is_module_patched, _SIGNS)) else None


def _eventlet() -> Any:
    """The patcher of eventlet, if that has."""
    patcher = sys.modules.get("eventlet.patcher")
    return patcher if patcher is not None and any(map(patcher.is_monkey_patched, _SIGNS)) else None
