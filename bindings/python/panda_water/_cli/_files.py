"""Files that are read and written: CSV that Excel opens rightly, JSON Lines, and replacement in one step."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import sys
import tempfile
from contextlib import contextmanager, suppress
from typing import IO, Any, Callable, Iterator, Mapping, Sequence, TextIO

from .._errors import PandaError
from ._exits import CommandError

Write = Callable[[Mapping[str, Any]], object]

# What a spreadsheet takes for the beginning of a formula, also as wide characters.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def protected(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text


def unprotected(text: str) -> str:
    """The text that `protected` was given."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_FORMULA) else text


def csv_writer(file: TextIO, columns: Sequence[str]) -> Write:
    """Writes the header, and gives what writes a row. Missing values are empty."""
    writer = csv.writer(file)
    writer.writerow(columns)

    def write(row: Mapping[str, Any]) -> None:
        cells = (row.get(column) for column in columns)
        writer.writerow([protected(cell) if isinstance(cell, str) else cell for cell in cells])

    return write


def jsonl_writer(file: TextIO) -> Write:
    """Gives what writes an object to a line of its own."""
    return lambda row: file.write(json.dumps(row, ensure_ascii=False) + "\n")


def read_table(path: str, columns: Mapping[str, str], required: Sequence[str]) -> Iterator[dict[str, str | None]]:
    """The rows of a CSV file.

    It may be UTF-8 or, as Excel writes it on a Chinese Windows, GBK. Columns that are not asked for are passed over,
    empty cells are None.

    Args:
        path: The file.
        columns: The names that a column may have, in lower case without spaces and ``_``, each with the one it is
            given under.
        required: Which columns have to be there, and not to be empty.

    Raises:
        CommandError: The file cannot be read, or lacks a column or a value.
    """
    reader = csv.reader(io.StringIO(_read(path), newline=""), strict=True)
    try:
        header = [columns.get(name.lower().replace(" ", "").replace("_", "")) for name in next(reader, [])]
        missing = [name for name in required if name not in header]
        if missing:
            raise CommandError(f"{path} has no column {' and '.join(missing)} in its first line")
        for cells in reader:
            texts = [unprotected(cell.strip()) or None for cell in cells]
            row = {name: text for name, text in zip(header, texts) if name is not None}
            if not any(texts):
                continue
            for name in required:
                if row.get(name) is None:
                    raise CommandError(f"{path}, line {reader.line_num}: {name} is empty")
            yield row
    except csv.Error as error:
        raise CommandError(f"{path}, line {reader.line_num}: {error}") from None


def _read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from None
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    raise CommandError(f"{path} is neither UTF-8 nor GBK")


@contextmanager
def output(path: str | None, encoding: str) -> Iterator[TextIO]:
    """Where to write text to: standard output without a path, else the file, which appears when all is written.

    Raises:
        CommandError: The file cannot be written. What was there before is still there.
        OSError: Standard output cannot be written.
    """
    if path is None:
        sys.stdout.flush()
        with open(sys.stdout.fileno(), "w", encoding=encoding, newline="", closefd=False) as stream:
            yield stream
        return
    try:
        with _replacing(path) as file:
            text = io.TextIOWrapper(file, encoding=encoding, newline="")
            try:
                yield text
                text.flush()
            finally:
                with suppress(ValueError, OSError):
                    text.detach()
    except PandaError:
        # One of them is an OSError too.
        raise
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from None


@contextmanager
def _replacing(path: str) -> Iterator[IO[bytes]]:
    """A file that takes the place of the one of this name in one step, once it is on the disk."""
    target = os.path.realpath(path)
    before = os.stat(target) if os.path.exists(target) else None
    if before is not None and not stat.S_ISREG(before.st_mode):
        # A device or a pipe is written to, and not replaced.
        with open(target, "wb") as file:
            yield file
        return
    folder, name = os.path.split(target)
    # For its owner alone, unless there is a file already that others may read: it holds personal data.
    handle, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    try:
        with os.fdopen(handle, "wb", closefd=True) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if before is not None:
            os.chmod(temporary, stat.S_IMODE(before.st_mode))
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    if os.name == "posix":
        # The new name, too, outlives a power failure.
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
