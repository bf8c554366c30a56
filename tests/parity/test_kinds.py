"""Every kind of failure has its class in every language, and its row in bindings/README.md."""

from __future__ import annotations

import re
from pathlib import Path

import panda_water
import pytest
from interface import KINDS, PROJECT, read
from panda_water._cli._exits import exit_code
from wrappers import WRAPPERS, Wrapper

# Of the wrappers' own: for no library that could have given a code.
LIBRARY = "library"


@pytest.mark.parametrize("wrapper", WRAPPERS, ids=lambda wrapper: wrapper.language)
def test_every_kind_has_its_class(wrapper: Wrapper) -> None:
    complaints = []
    for kind in KINDS:
        name = wrapper.error_name(kind.name)
        found = wrapper.errors.get(kind.name)
        if found is None or found.name != name:
            complaints.append(f"{wrapper.language} lacks {name} for `{kind.name}`: add it in {wrapper.error_place}")
        elif (found.code, found.retryable) not in ((kind.code, kind.retryable), (None, None)):
            complaints.append(
                f"{wrapper.language}'s {name} has code {found.code} and retryable {found.retryable}, the header "
                f"{kind.code} and {kind.retryable}: see {wrapper.error_place}"
            )
    for kind_name in wrapper.errors.keys() - {kind.name for kind in KINDS} - {LIBRARY}:
        complaints.append(
            f"{wrapper.language} has a class for `{kind_name}`, which include/panda_water.h does not have"
        )
    assert not complaints, "\n".join(complaints)


def row(kind: str, constant: str) -> str:
    cpp, python, java, csharp = (wrapper.error_name(kind) for wrapper in WRAPPERS)
    assert java == csharp
    return f"| `{kind}` | {constant} | `{cpp}` | `{python}` | `{java}` |"


def test_the_table_of_classes() -> None:
    rows = [row(kind.name, f"`PANDA_E_{kind.name.upper()}` {kind.code}") for kind in KINDS]
    rows += [row(LIBRARY, "no library, no code"), "| any | | `error` | `PandaError` | `PandaException` |"]
    table = read("bindings/README.md")
    missing = [row for row in rows if row not in table]
    assert not missing, "bindings/README.md lacks in its table of errors:\n" + "\n".join(missing)
    found = table[table.index("## Errors") : table.index("## Settings")].count("\n| ")
    assert found == len(rows) + 2, f"bindings/README.md has {found - 2} errors, there are {len(rows)}"


READMES = [
    (wrapper, f"bindings/{folder}/{name}")
    for wrapper, folder in zip(WRAPPERS[1:], ["python", "java", "csharp"], strict=True)
    for name in ["README.md", "README.zh-CN.md"]
]


@pytest.mark.parametrize(("wrapper", "readme"), READMES, ids=[readme for _, readme in READMES])
def test_readmes_tell_when_each_is_thrown(wrapper: Wrapper, readme: str) -> None:
    text = read(readme)
    names = [wrapper.error_name(kind.name) for kind in KINDS] + [wrapper.error_name(LIBRARY)]
    missing = [name for name in names if f"`{name}`" not in text]
    assert not missing, f"{readme} lacks in its table of errors: {', '.join(missing)}"


# A further kind would make it wrong.
COUNTED = r"(?:\b\d+|teen|twenty) kinds\b|[\d十一二三四五六七八九] ?种(?:错误|异常)"


@pytest.mark.parametrize(
    "readme",
    [*PROJECT.glob("*.md"), *PROJECT.glob("bindings/**/*.md")],
    ids=lambda readme: str(readme.relative_to(PROJECT)),
)
def test_nobody_counts_the_kinds(readme: Path) -> None:
    found = re.search(COUNTED, readme.read_text(encoding="utf-8"))
    assert not found, f"{readme.relative_to(PROJECT)} says how many kinds there are: leave the number out"


@pytest.mark.parametrize("readme", ["bindings/python/README.md", "bindings/python/README.zh-CN.md"])
def test_exit_codes_of_the_command_line(readme: str) -> None:
    told = re.findall(r"\d+", " ".join(re.findall(r"^\|([\d, 、]+)\|", read(readme), re.MULTILINE)))
    for kind in KINDS:
        code = exit_code(getattr(panda_water, f"Panda{kind.name.capitalize()}Error")("so"))
        assert code == -kind.code % 100
        # A fault of the command itself, which no user can bring about.
        assert str(code) in told or kind.name == "handle", f"{readme} lacks the exit code {code} of `{kind.name}`"
