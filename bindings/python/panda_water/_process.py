"""What concerns no client but the whole process."""

from __future__ import annotations

import os
from typing import Iterable, TypedDict

from . import _linking, _ticket
from ._linking import ExistingLinks, LinkOutcome, OwnUsers, PandaUsers
from ._loader import load
from ._models import TicketUrl


class ProcessStats(TypedDict):
    """What a process holds in the native library: how many of each."""

    clients: int
    cursors: int
    strings: int


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


def process_stats(*, library: str | os.PathLike[str] | None = None) -> ProcessStats:
    """What this process holds in the native library, for leak tests. From any thread.

    Args:
        library: The native library's file; default as in `PandaClient`.

    Returns:
        ProcessStats: How many ``clients``, ``cursors`` (open listings) and ``strings`` there are.

    Raises:
        PandaLibraryError: The native library cannot be loaded.

    Example:
        >>> assert process_stats()["cursors"] == 0
    """
    native = load(library)
    stats: ProcessStats = native.take(native.process_stats())
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
        TicketUrl: The ticket, the URL without it, and the place on your own site to redirect the browser to.

    Raises:
        PandaTicketError: The URL holds no ticket, several, or an unusable one.
        PandaArgumentError: The URL or the name is not text.
        PandaLibraryError: The native library cannot be loaded.

    Example:
        >>> ticket_from_url("http://oa.example/oa?a=1&user=3F2C", "user").local_target
        '/oa?a=1'
    """
    return _ticket.ticket_from_url(load(library), url, param)


def link_users(
    panda_users: PandaUsers,
    own_users: OwnUsers,
    *,
    rules: Iterable[str] | None = None,
    existing: ExistingLinks | None = None,
    names: str = "compare",
    library: str | os.PathLike[str] | None = None,
) -> LinkOutcome:
    """Matches the platform's users with the application's own, without asking the platform. From any thread.

    A rule links two users only where each is the only one of *all* users on its side with that value: nobody is
    linked by elimination. A pair whose job numbers (or, those lacking, phones) contradict each other is a conflict.
    Nobody is linked against their name: where both have one and they differ, the pair is a suggestion with
    ``names_differ``, since job numbers of two systems can be unrelated and phones change owners. A name alone gives a
    suggestion too. An administrator confirms suggestions, and they are passed as ``existing`` from then on. Pairs in
    ``existing`` stay, unless a side is gone or their job numbers contradict each other.

    Compared are texts without spaces and invisible characters and without regard to how wide their characters are;
    phones without ``-``, ``.``, brackets, ``+86``, ``0086`` and ``86-``, if 7 to 15 digits are left, so never masked
    ones (``138****0001``); job numbers without regard to letter case; names with any middle dot. What identifies nobody
    matches nobody: zeros, and words such as ``无``, ``暂无``, ``null`` and ``N/A``. The outcome does not depend on the
    order of the users.

    Access document 2024, section 三 step 2; 2022, step 2.

    Args:
        panda_users: All users of the platform: each a `User`, or a mapping with ``id``, ``user_name``, ``phone`` and
            ``job_number``, as from a row of a database.
        own_users: All users of the application's own: each an `OwnUser`, or such a mapping.
        rules: What to match by, the strongest first; default ``("jobNumber", "phone", "userName")``.
        existing: Who is linked already: each a stored `Link`, a confirmed suggestion, or a pair ``(panda_id, own_id)``.
        names: ``"compare"``, or ``"ignore"`` to link by job number and phone whatever the names are.
        library: The native library's file; default as in `PandaClient`.

    Returns:
        LinkOutcome: Who is who, and what an administrator has to decide.

    Raises:
        PandaArgumentError: An id comes twice, or a value is none of those allowed.
        PandaLibraryError: The native library cannot be loaded.

    Example:
        >>> outcome = link_users([User(1, "陈涛", job_number="A7")], [OwnUser("chentao", job_number="a7")])
        >>> outcome.links
        (Link(panda_id=1, own_id='chentao', by='jobNumber', names_differ=False),)
    """
    return _linking.link_users(load(library), panda_users, own_users, rules, existing, names)
