"""Programs whose threads are greenlets, by gevent or eventlet: a call must not hold up the other greenlets."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Callable

HandOver = Callable[[Callable[[], Any]], Any]
"""Runs a function in a real thread and gives what it gives; other greenlets go on meanwhile."""

# What a program has patched that means to do something else while it waits for the network.
_SIGNS = ("socket", "threading", "thread")


def hand_over() -> HandOver | None:
    """How a call is given away by this thread; None where it has no greenlets. It imports neither of the two."""
    gevent = _gevent()
    if gevent is not None:
        from gevent._hub_local import get_hub_if_exists  # noqa: PLC0415  Only where it is there.

        # A thread without a hub, such as one of a pool, has no greenlets. To ask for its hub would make one.
        hub = get_hub_if_exists()
        # The hub itself, as in a callback of its loop, cannot wait for a thread.
        if hub is None or gevent.getcurrent() is hub:
            return None
        pool: HandOver = hub.threadpool.apply
        return pool
    if _eventlet() is not None:
        from eventlet import hubs, tpool  # noqa: PLC0415  Only where it is there.

        execute: HandOver = tpool.execute
        return execute if hasattr(hubs._threadlocal, "hub") else None
    return None


def original(module: str, name: str) -> Any:
    """What the name stands for in a module of the standard library where nothing is patched: for real threads."""
    gevent, patcher = _gevent(), _eventlet()
    if gevent is not None:
        return gevent.monkey.get_original(module, name)
    return getattr(importlib.import_module(module) if patcher is None else patcher.original(module), name)


def _gevent() -> Any:
    """The package, if it has patched the program."""
    monkey = sys.modules.get("gevent.monkey")
    return sys.modules["gevent"] if monkey is not None and any(map(monkey.is_module_patched, _SIGNS)) else None


def _eventlet() -> Any:
    """The patcher of eventlet, if that has."""
    patcher = sys.modules.get("eventlet.patcher")
    return patcher if patcher is not None and any(map(patcher.is_monkey_patched, _SIGNS)) else None
