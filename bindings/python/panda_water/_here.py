"""What a thread has of its own while it is in the library, and the question that the library then asks it.

Signal handlers run where the main thread runs Python code, so while a call lasts they run in that question. What a
handler raises there before the first ``try`` would be lost. Here nothing is before it: from ctypes on, all is done in C
until a generator goes on, inside of its ``try``.
"""

from __future__ import annotations

import operator
import threading
from typing import Callable

from ._native import CheckCallback


class Call:
    """A call that somebody may give up.

    Attributes:
        given_up: Whether somebody has.
        raised: What was raised meanwhile.
        settled: Whether nothing has come that was not converted.
    """

    __slots__ = ("given_up", "raised", "settled")

    def __init__(self) -> None:
        self.given_up = False
        self.raised: BaseException | None = None
        self.settled = False


class Here(threading.local):
    """The thread's own.

    Attributes:
        ask: What the library's question comes to: not 0 to end the call. `int` says 0, and is no Python code.
        call: The call that somebody outside of this thread waits for.
    """

    ask: Callable[[], int] = int
    call: Call | None = None


here = Here()

# Called with `here`.
question = CheckCallback(operator.methodcaller("ask"))

listened_to: set[str] = set()
"""The paths of the libraries whose log lines are listened to."""
