"""Exit codes, by what went wrong."""

from __future__ import annotations

from .._errors import PandaError, PandaLibraryError

USAGE = 2
"""The command line cannot be understood."""

LIBRARY = 4
"""The native library cannot be loaded."""

FILE = 5
"""A file cannot be read or written."""

PARTIAL = 6
"""A list on standard output is incomplete."""

PIPE_CLOSED = 141
"""Whoever read the output has gone. An interrupted command has 128 and the signal's number as well."""


class CommandError(Exception):
    """Something that a command cannot work with."""

    def __init__(self, message: str, code: int = FILE) -> None:
        super().__init__(message)
        self.code = code


def exit_code(error: PandaError | CommandError) -> int:
    """The exit code for this failure."""
    if isinstance(error, CommandError):
        return error.code
    if isinstance(error, PandaLibraryError):
        return LIBRARY
    # The last two digits of the kind's own code, which the class has: an error's may be the platform's.
    return -type(error).code % 100
