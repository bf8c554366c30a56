"""Exit codes, by what went wrong."""

from __future__ import annotations

from .._errors import PandaError

USAGE = 2
"""The command line cannot be understood."""

FILE = 5
"""A file cannot be read or written."""

INTERRUPTED = 130
PIPE_CLOSED = 141

# The last two digits of the library's code for the kind, -10001 to -10099; and `library`, which has none.
_BY_KIND = {
    "argument": 1,
    "config": 2,
    "handle": 3,
    "library": 4,
    "connect": 10,
    "timeout": 11,
    "tls": 12,
    "http": 13,
    "response": 14,
    "auth": 20,
    "ticket": 21,
    "inconsistent": 30,
    "guard": 31,
    "store": 40,
    "rejected": 50,
    "internal": 99,
}


class CommandError(Exception):
    """Something that a command cannot work with."""

    def __init__(self, message: str, code: int = FILE) -> None:
        super().__init__(message)
        self.code = code


def exit_code(error: PandaError | CommandError) -> int:
    """The exit code for this failure."""
    if isinstance(error, CommandError):
        return error.code
    return _BY_KIND.get(error.kind, _BY_KIND["internal"])
