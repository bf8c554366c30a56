"""The settings of a client, from the command line's options, the environment, and files."""

from __future__ import annotations

import argparse
import getpass
import os
import re
import sys
from typing import Any

from .._client import PandaClient
from .._config import Settings, read_environment
from ._exits import USAGE, CommandError

_ADDRESS_IN_PARTS = ("host", "port", "project_name")


def open_client(given: argparse.Namespace) -> PandaClient:
    """A client with the settings of this command line."""
    return PandaClient(**read(given))


def in_own_words(error: Exception, given: argparse.Namespace) -> str:
    """A failure's message, with the settings named as they were given: by an option or by a variable."""

    def named(found: re.Match[str]) -> str:
        name = found[1]
        if name not in Settings.__annotations__:
            return found[0]
        if getattr(given, name, None) is not None:
            return f"--{name.replace('_', '-')}"
        return f"PANDA_WATER_{name.upper()}"

    return re.sub(r"`(\w+)`", named, str(error))


def read(given: argparse.Namespace) -> dict[str, Any]:
    """The settings of this command line and of the environment.

    Raises:
        CommandError: An option holds a secret, or the password's file cannot be read.
        PandaConfigError: A variable of the environment cannot be read.
    """
    given_values = ((name, getattr(given, name, None)) for name in Settings.__annotations__)
    options: dict[str, Any] = {name: value for name, value in given_values if value is not None}
    for name in ("proxy", "token_store"):
        if "@" in options.get(name, "") and not options[name].startswith("file:"):
            variable = f"PANDA_WATER_{name.upper()}"
            raise CommandError(
                f"--{name.replace('_', '-')} with an account in it would show its password; set {variable} instead",
                USAGE,
            )
    settings = read_environment("PANDA_WATER_", os.environ)
    # One address takes the place of the other, however it is given.
    if "base_url" in options:
        settings = {name: value for name, value in settings.items() if name not in _ADDRESS_IN_PARTS}
    elif "host" in options:
        settings.pop("base_url", None)
    settings.update(options)
    if given.password_file is not None:
        settings["password"] = _password_of(given.password_file)
    elif "username" in settings and "password" not in settings and sys.stdin.isatty():
        settings["password"] = getpass.getpass(f"Password of {settings['username']}: ")
    return settings


def _password_of(path: str) -> str:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return file.read().rstrip("\r\n")
    except OSError as error:
        raise CommandError(f"the password's file {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"the password's file {path} is not UTF-8") from None
