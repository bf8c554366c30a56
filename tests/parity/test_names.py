"""The tables of functions and types in bindings/README.md, against the header and against every language."""

from __future__ import annotations

import re

import pytest
from interface import FUNCTIONS, pascal_case, read
from wrappers import WRAPPERS

LANGUAGES = pytest.mark.parametrize("column", range(len(WRAPPERS)), ids=[wrapper.language for wrapper in WRAPPERS])

TABLE = read("bindings/README.md")
FUNCTIONS_PART, _, TYPES_PART = TABLE[TABLE.index("## Functions") : TABLE.index("## Errors")].partition("## Types")
SAME_WORD_PART, _, HABITS_PART = TYPES_PART.partition("by a habit of its own")


def rows(part: str) -> list[list[str]]:
    """The cells of a part's table; the two rows of its head are none."""
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def name_in(cell: str) -> str | None:
    """The name that a cell gives, unless it says in words how the language does without."""
    name = re.fullmatch(r"`([\w.:]+)`", cell)
    return name[1].replace("::", ".") if name else None


FUNCTION_ROWS = rows(FUNCTIONS_PART)
SAME_WORD_ROWS = rows(SAME_WORD_PART)
TYPE_ROWS = SAME_WORD_ROWS + rows(HABITS_PART)


def test_every_function_is_in_the_table() -> None:
    named = re.findall(r"`(panda_\w+)`", FUNCTIONS_PART)
    missing = [function for function in FUNCTIONS if function not in named]
    assert not missing, (
        f"bindings/README.md lacks {', '.join(missing)}: add a row to the table of functions, or name it below among "
        "those that wrappers need not show"
    )
    gone = [function for function in named if function not in FUNCTIONS]
    assert not gone, f"bindings/README.md has {', '.join(gone)}, which include/panda_water.h does not have"


@LANGUAGES
def test_every_language_has_every_function(column: int) -> None:
    wrapper = WRAPPERS[column]
    complaints = []
    for first, *cells in FUNCTION_ROWS:
        name, function = name_in(cells[column]), name_in(first)
        if name and name not in wrapper.functions | wrapper.types:
            complaints.append(f"{wrapper.language} lacks {name} ({first}): add it in {wrapper.function_place}")
        if function and function not in wrapper.calls:
            complaints.append(f"{wrapper.language} does not call {function}: add it in {wrapper.call_place}")
    assert not complaints, "\n".join(complaints)


@LANGUAGES
def test_every_language_has_every_type(column: int) -> None:
    wrapper = WRAPPERS[column]
    names = {name for row in TYPE_ROWS if (name := name_in(row[column]))}
    complaints = [
        f"{wrapper.language} lacks the type {name}: add it in {wrapper.type_place}" for name in names - wrapper.types
    ]
    complaints += [
        f"bindings/README.md lacks {wrapper.language}'s type {name}: add it to a table of types, and in the other "
        "languages or a word on how they do without"
        for name in wrapper.types - names
    ]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("row", SAME_WORD_ROWS, ids=lambda row: row[0].strip("`"))
def test_one_thing_has_one_name(row: list[str]) -> None:
    names = [name for cell in row[: len(WRAPPERS)] if (name := name_in(cell))]
    words = {pascal_case(name).removeprefix("Panda") for name in names}
    assert len(words) == 1, f"bindings/README.md: {', '.join(names)} are one thing: give it one name"
