"""The command line: ``panda-water``, or ``python -m panda_water``."""

from __future__ import annotations

import argparse
from typing import Sequence

from .._errors import PandaError
from .._log import LogLevel, set_log
from . import _arguments, _settings, _signals, _streams
from ._exits import FILE, PIPE_CLOSED, USAGE, CommandError, exit_code
from ._streams import say


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: What stands behind the program's name; default what it was started with.

    Returns:
        int: The exit code; see the README for their meaning.
    """
    _streams.prepare()
    try:
        _signals.heed()
        return _streams.finish(_run(arguments))
    except _signals.Interrupted as interrupted:
        say(f"panda-water: interrupted{interrupted.lost}")
        return _streams.finish(interrupted.code)


def _run(arguments: Sequence[str] | None) -> int:
    given = argparse.Namespace()
    try:
        given = _arguments.parse(arguments)
        if given.verbose:
            set_log(_log, LogLevel.DEBUG, library=given.library)
        code: int = given.run(given)
    except (PandaError, CommandError) as error:
        say(f"panda-water: {_settings.in_own_words(error, given)}")
        return exit_code(error)
    except SystemExit:
        # Of `--help` and `--version`.
        return 0
    except EOFError:
        say("panda-water: nothing was entered")
        return USAGE
    except BrokenPipeError:
        # Who read the output has gone.
        return PIPE_CLOSED
    except OSError as error:
        say(f"panda-water: {_streams.unwritable(error)}")
        return FILE
    return code


def _log(level: int, message: str) -> None:
    say(f"{LogLevel(level).name.lower()}: {message}")
