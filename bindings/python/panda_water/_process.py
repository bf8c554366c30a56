"""What concerns no client but the whole process."""

from __future__ import annotations

import os

from . import _ticket
from ._loader import load
from ._models import TicketUrl


def version(*, library: str | os.PathLike[str] | None = None) -> str:
    """The native library's version.

    Args:
        library: The native library's file; default as in `PandaClient`.

    Returns:
        str: The version, such as ``"0.1.0"``.

    Raises:
        PandaLibraryError: The native library cannot be loaded.

    Example:
        >>> version()
        '0.1.0'
    """
    text: bytes = load(library).version()
    return text.decode()


def process_stats(*, library: str | os.PathLike[str] | None = None) -> dict[str, int]:
    """What this process holds in the native library, for leak tests. From any thread.

    Args:
        library: The native library's file; default as in `PandaClient`.

    Returns:
        dict[str, int]: How many ``clients``, ``cursors`` (open listings) and ``strings`` there are.

    Raises:
        PandaLibraryError: The native library cannot be loaded.

    Example:
        >>> assert process_stats()["cursors"] == 0
    """
    native = load(library)
    stats: dict[str, int] = native.take(native.process_stats())
    return stats


def ticket_from_url(url: str, param: str | None = None, *, library: str | os.PathLike[str] | None = None) -> TicketUrl:
    """Takes the ticket from a sign-in URL, without asking the platform. From any thread.

    The ticket may be in the query, or in a query inside the fragment (``/#/oa?user=…``). It is
    ``%XX``-decoded; ``+`` stays ``+``.

    Access document 2024, section 三 steps 3 and 4; 2022, steps 3 to 5.

    Args:
        url: A whole URL, a path with its query, or a query.
        param: The name of the ticket's parameter; default ``ticket``.
        library: The native library's file; default as in `PandaClient`.

    Returns:
        TicketUrl: The ticket, and the URL without it.

    Raises:
        PandaTicketError: The URL holds no ticket, several, or an unusable one.
        PandaArgumentError: The URL or the name is not text.
        PandaLibraryError: The native library cannot be loaded.

    Example:
        >>> ticket_from_url("http://oa.example/oa?a=1&user=3F2C", "user").url_without_ticket
        'http://oa.example/oa?a=1'
    """
    return _ticket.ticket_from_url(load(library), url, param)
