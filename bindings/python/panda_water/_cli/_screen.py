"""What is shown on a terminal: progress and tables, by ``rich`` where it is installed, else in plain text."""

from __future__ import annotations

import sys
import unicodedata
from importlib.util import find_spec
from typing import TYPE_CHECKING, Iterator, Sequence

if TYPE_CHECKING:
    from .._listing import UserIterator
    from .._models import User

# The package is large: it is imported where a terminal shows something by it, and not by every command.


def watched(users: UserIterator, *, shown: bool) -> Iterator[User]:
    """The users, while a line on standard error says how far it is, if that is a terminal."""
    if not (shown and sys.stderr.isatty()):
        yield from users
    elif _has_rich():
        yield from _with_a_bar(users)
    else:
        yield from _with_a_count(users)


def _has_rich() -> bool:
    return find_spec("rich") is not None


def _with_a_bar(users: UserIterator) -> Iterator[User]:
    import rich.console  # noqa: PLC0415
    import rich.progress  # noqa: PLC0415

    columns = (
        rich.progress.TextColumn("users"),
        rich.progress.BarColumn(),
        rich.progress.MofNCompleteColumn(),
        rich.progress.TimeRemainingColumn(),
    )
    with rich.progress.Progress(*columns, console=rich.console.Console(stderr=True), transient=True) as progress:
        task = progress.add_task("users", total=None)
        for number, user in enumerate(users, 1):
            yield user
            if number % 100 == 0:
                progress.update(task, completed=number, total=users.count)


def _with_a_count(users: UserIterator) -> Iterator[User]:
    told = ""
    try:
        for number, user in enumerate(users, 1):
            yield user
            if number % 100 == 0:
                told = f"{number} of {users.count} users" if users.count is not None else f"{number} users"
                print(f"\r{told}", end="", file=sys.stderr, flush=True)
    finally:
        print("\r" + " " * len(told) + "\r", end="", file=sys.stderr, flush=True)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Prints a table to standard output."""
    cells = [["" if cell is None else printable(str(cell)) for cell in row] for row in rows]
    if sys.stdout.isatty() and _has_rich():
        import rich.console  # noqa: PLC0415
        import rich.table  # noqa: PLC0415
        import rich.text  # noqa: PLC0415

        table = rich.table.Table(*columns)
        for row in cells:
            table.add_row(*(rich.text.Text(cell, overflow="fold") for cell in row))
        rich.console.Console().print(table)
        return
    widths = [max(map(_width, column)) for column in zip(columns, *cells)]
    for line in (columns, *cells):
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(line, widths))
        print("  ".join(padded).rstrip())


def printable(text: str) -> str:
    """The text without what would direct the terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _width(text: str) -> int:
    """How many columns of a terminal the text takes: Chinese characters take two each."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
