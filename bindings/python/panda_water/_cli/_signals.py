"""Signals that end a command, which then leaves no half-written file behind."""

from __future__ import annotations

import signal
import threading
from types import FrameType

_ENDING = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}


class Interrupted(KeyboardInterrupt):
    """A signal has come.

    Attributes:
        code (int): The exit code, as shells have it.
        lost (str): What is incomplete by this.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.code = 128 + number
        self.lost = ""


def heed() -> None:
    """Has the signals raise `Interrupted`, unless whoever started the program has them ignored."""
    if threading.current_thread() is threading.main_thread():
        for number, usual in _ENDING.items():
            if signal.getsignal(number) == usual:
                signal.signal(number, _interrupt)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    # One is enough: what follows is a matter of a moment, and not to be interrupted.
    for each in _ENDING:
        signal.signal(each, signal.SIG_IGN)
    raise Interrupted(number)
