"""The library's log lines."""

from __future__ import annotations

import atexit
import enum
import logging
import os
import threading
from typing import Any, Callable

from ._errors import PandaArgumentError
from ._here import listened_to
from ._loader import load
from ._native import LogCallback


class LogLevel(enum.IntEnum):
    """How much a log line matters."""

    ERROR = 1
    WARNING = 2
    INFO = 3
    DEBUG = 4


_LOGGING_LEVELS = {
    LogLevel.ERROR: logging.ERROR,
    LogLevel.WARNING: logging.WARNING,
    LogLevel.INFO: logging.INFO,
    LogLevel.DEBUG: logging.DEBUG,
}

# The library calls what was set last, so that has to be kept, for each loaded library.
_kept: dict[str, Any] = {}
_setting = threading.Lock()


def set_log(
    callback: Callable[[int, str], object] | None,
    level: int = LogLevel.INFO,
    *,
    library: str | os.PathLike[str] | None = None,
) -> None:
    """Has the library's log lines given to a function, or to none any more.

    There is one such function for the process. It may be called on any thread that has a call under way,
    and must neither call this package nor wait for a thread that does. While there is one, the main thread's calls are
    made in another thread, so that no signal handler runs in it. When `set_log` returns, the
    function set before is not running and will not run. Log lines never hold a password, a token or a ticket.

    Args:
        callback: Is called with a level (1 error, 2 warning, 3 info, 4 debug) and a message; None for silence.
        level: Up to which level, 1 to 4.
        library: The native library's file; default as in `PandaClient`.

    Raises:
        PandaArgumentError: The level is none.
        PandaLibraryError: The native library cannot be loaded.

    Example:
        >>> set_log(lambda level, message: print(LogLevel(level).name, message), LogLevel.DEBUG)
    """
    if level not in _LOGGING_LEVELS:
        raise PandaArgumentError("level must be from 1 (error) to 4 (debug)")
    native = load(library)
    entry = _entry(callback)
    with _setting:
        native.set_log(entry, level, None)
        (listened_to.discard if callback is None else listened_to.add)(native.path)
        # An interpreter that is going away cannot be called any more, while daemon threads may still log.
        if native.path not in _kept:
            atexit.register(native.set_log, _entry(None), level, None)
        _kept[native.path] = entry


def log_to_logging(
    logger: logging.Logger | None = None,
    level: int = logging.INFO,
    *,
    library: str | os.PathLike[str] | None = None,
) -> None:
    """Has the library's log lines given to a logger of the standard ``logging``.

    Args:
        logger: The logger; default the one named ``panda_water``.
        level: Up to which level, as ``logging`` numbers them: ``logging.DEBUG`` to ``logging.ERROR``. The logger's
            own level holds besides.
        library: The native library's file; default as in `PandaClient`.

    Raises:
        PandaLibraryError: The native library cannot be loaded.

    Example:
        >>> logging.basicConfig(level=logging.INFO)
        >>> log_to_logging()
    """
    target = logging.getLogger("panda_water") if logger is None else logger

    def log(line_level: int, message: str) -> None:
        target.log(_LOGGING_LEVELS[LogLevel(line_level)], "%s", message)

    most = max((ours for ours, theirs in _LOGGING_LEVELS.items() if theirs >= level), default=LogLevel.ERROR)
    set_log(log, most, library=library)


def _entry(callback: Callable[[int, str], object] | None) -> Any:
    if callback is None:
        return LogCallback()
    given = callback

    def enter(level: int, message: bytes, _user: int | None) -> None:
        given(level, message.decode())

    return LogCallback(enter)
