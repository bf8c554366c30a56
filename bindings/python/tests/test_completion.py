"""What bash completes is what the command line takes."""

from __future__ import annotations

import argparse
import shutil
import subprocess
from pathlib import Path

import pytest

from panda_water._cli import _arguments

FILE = Path(__file__).resolve().parents[1] / "completion" / "panda-water.bash"

PROGRAM = """
. "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_panda_water "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""

COMMANDS: dict[str, argparse.ArgumentParser] = next(
    action.choices for action in _arguments._parser()._actions if isinstance(action, argparse._SubParsersAction)
)

if not shutil.which("bash"):
    pytest.skip("there is no bash", allow_module_level=True)


def completed(*words: str) -> set[str]:
    command = ["bash", "-c", PROGRAM, "bash", str(FILE), "panda-water", *words]
    return set(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode().split())


def test_commands() -> None:
    assert completed("") == {*COMMANDS, "--help", "--version"}


@pytest.mark.parametrize("command", COMMANDS)
def test_options(command: str) -> None:
    options = {option for option in COMMANDS[command]._option_string_actions if option.startswith("--")}
    assert completed(command, "--") == options


@pytest.mark.parametrize("command", COMMANDS)
def test_choices(command: str) -> None:
    for option, action in COMMANDS[command]._option_string_actions.items():
        if action.choices:
            assert completed(command, option, "") == set(action.choices)
