"""The ticket in a sign-in URL."""

from __future__ import annotations

from ._models import TicketUrl, ticket_url_from_json
from ._native import Library
from ._text import to_utf8


def ticket_from_url(library: Library, url: str, param: str | None) -> TicketUrl:
    """The URL's parts; see the public functions of this name."""
    name = None if param is None else to_utf8("param", param)
    return ticket_url_from_json(library.take(library.ticket_from_url(to_utf8("url", url), name)))
