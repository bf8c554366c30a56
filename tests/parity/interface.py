"""What the header offers, which every wrapper is held against: functions, kinds of failure, configuration keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def read(path: str | Path) -> str:
    """The text of a file of the project."""
    return (PROJECT / path).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Kind:
    """A kind of failure."""

    name: str
    code: int
    # Where it is so in every case; else the envelope says.
    retryable: bool


_HEADER = read("include/panda_water.h")


def _kinds() -> list[Kind]:
    documented = re.findall(r"/\*\*((?:(?!\*/).)*)\*/\s*#define (PANDA_E_\w+) \((-\d+)\)", _HEADER, re.DOTALL)
    kinds = []
    for comment, constant, code in documented:
        name = re.search(r"Kind `(\w+)`", comment)
        assert name, f"include/panda_water.h: the comment of {constant} does not begin with its kind"
        assert constant == f"PANDA_E_{name[1].upper()}", f"include/panda_water.h: {constant} is the kind {name[1]}"
        kinds.append(Kind(name[1], int(code), bool(re.search(r"\bRetryable\.", comment))))
    assert len(kinds) == _HEADER.count("#define PANDA_E_"), "include/panda_water.h: a PANDA_E_ constant has no comment"
    return kinds


def _keys() -> list[str]:
    table = _HEADER[_HEADER.index("| key | meaning |") : _HEADER.index("panda_client_open(")]
    return [key for row in re.findall(r"^ \* \|([^|]*)\|", table, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)]


FUNCTIONS: list[str] = re.findall(r"PANDA_CALL (panda_\w+)\(", _HEADER)
KINDS = _kinds()
KEYS = _keys()
ABI_VERSION = int(re.findall(r"#define PANDA_ABI_VERSION (\d+)", _HEADER)[0])
VERSION: str = re.findall(r'^\[workspace\.package\]\nversion = "(.+)"', read("Cargo.toml"), re.MULTILINE)[0]

assert FUNCTIONS
assert KINDS
assert KEYS


def snake_case(name: str) -> str:
    """`timeout_ms` for `timeoutMs`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def pascal_case(name: str) -> str:
    """`TimeoutMs` for `timeoutMs` and for `timeout_ms`."""
    return "".join(word[0].upper() + word[1:] for word in name.split("_"))
