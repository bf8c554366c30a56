"""Arguments on their way into the library: UTF-8 without a NUL, and JSON."""

from __future__ import annotations

import json
import os
from typing import Any, Mapping

from ._errors import PandaArgumentError


def to_utf8(name: str, text: str) -> bytes:
    """The text as the library takes it.

    Args:
        name: What the argument is called, for the error message.
        text: The argument.

    Raises:
        PandaArgumentError: The argument is not a string, holds a NUL, or a lone surrogate.
    """
    try:
        encoded = text.encode()
    except (AttributeError, UnicodeEncodeError):
        encoded = None
    # Raised outside the except block: the exception caught there holds the text, which may be a secret.
    if encoded is None:
        raise PandaArgumentError(_why_not_text(name, text))
    if b"\0" in encoded:
        raise PandaArgumentError(f"{name} contains a NUL character")
    return encoded


def to_json(values: Mapping[str, Any]) -> bytes | None:
    """A JSON object of the values that are not None, or None where there are none left.

    Raises:
        PandaArgumentError: A value cannot be written as JSON; the message names its key.
    """
    given = {key: value for key, value in values.items() if value is not None}
    if not given:
        return None
    encoded = _encode(given)
    if encoded is None:
        key = next(key for key, value in given.items() if _encode(value) is None)
        raise PandaArgumentError(_why_not_text(key, given[key]))
    return encoded


def _encode(value: Any) -> bytes | None:
    try:
        return json.dumps(value, default=os.fspath, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        return None


def _why_not_text(name: str, value: object) -> str:
    if isinstance(value, str):
        return f"{name} contains a lone surrogate, which is not a character and has no UTF-8 form"
    return f"{name} has an unusable value of type {type(value).__name__}"
