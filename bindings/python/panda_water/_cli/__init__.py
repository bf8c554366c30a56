"""The command line: ``panda-water``, or ``python -m panda_water``."""

from __future__ import annotations

import argparse
import io
import os
import sys
from typing import Sequence

from .._errors import PandaError
from .._log import LogLevel, set_log
from . import _arguments, _settings
from ._exits import FILE, INTERRUPTED, PIPE_CLOSED, CommandError, exit_code


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: What stands behind the program's name; default what it was started with.

    Returns:
        int: The exit code; see the README for their meaning.
    """
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks is no reason to fail.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    given = argparse.Namespace()
    try:
        given = _arguments.parse(arguments)
        if given.verbose:
            set_log(_log, LogLevel.DEBUG, library=given.library)
        run: int = given.run(given)
        sys.stdout.flush()
    except (PandaError, CommandError) as error:
        print(f"panda-water: {_settings.in_own_words(error, given)}", file=sys.stderr)
        return exit_code(error)
    except KeyboardInterrupt:
        print("panda-water: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Who read the output has gone; the interpreter would complain about it when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except OSError as error:
        print(f"panda-water: {error.strerror}", file=sys.stderr)
        return FILE
    return run


def _log(level: int, message: str) -> None:
    print(f"{LogLevel(level).name.lower()}: {message}", file=sys.stderr)
