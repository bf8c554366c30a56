"""The standard streams, which may be closed, full, or read by nobody."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import TextIO

from ._exits import FILE, PIPE_CLOSED


def prepare() -> None:
    """Makes the streams fit to be used, whatever the program was started with."""
    # In this order each gets its own number, so that no other file gets it. A standard output that is put up refuses
    # what is written: who asked for a list has to be told that there is none.
    for name, mode, access in (("stdin", "r", os.O_RDONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_WRONLY)):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, access)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks is no reason to fail.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(message: str) -> None:
    """Writes a line to standard error; where that cannot be written, there is nobody to tell."""
    with suppress(OSError, ValueError):
        print(message, file=sys.stderr, flush=True)


def unwritable(error: OSError) -> str:
    """What is wrong with standard output."""
    return f"standard output cannot be written: {error.strerror}; what is there is incomplete"


def finish(code: int) -> int:
    """Writes out what is left, so that the interpreter has nothing to complain of when it ends; gives the exit code."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _discard(sys.stdout)
        if not code and not isinstance(error, BrokenPipeError):
            say(f"panda-water: {unwritable(error)}")
        code = code or (PIPE_CLOSED if isinstance(error, BrokenPipeError) else FILE)
    try:
        sys.stderr.flush()
    except OSError:
        _discard(sys.stderr)
    return code


def _discard(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
