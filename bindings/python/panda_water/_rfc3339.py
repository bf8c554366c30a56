"""Times as the library writes them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_RFC_3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6})\d*)?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)


def parse(text: str) -> datetime:
    """An RFC 3339 time, to the microsecond, with its offset.

    ``datetime.fromisoformat`` reads neither ``Z`` nor every fraction before Python 3.11.

    Raises:
        ValueError: The text is not such a time.
    """
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise ValueError(f"not an RFC 3339 time: {text}")
    *civil, fraction, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    year, month, day, hour, minute, second = map(int, civil)
    return datetime(
        year,
        month,
        day,
        hour,
        minute,
        second,
        int((fraction or "0").ljust(6, "0")),
        timezone(-offset if sign == "-" else offset),
    )
