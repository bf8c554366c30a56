"""All users, page by page, without holding more than a page."""

from __future__ import annotations

import weakref
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Any, Iterator

from ._errors import PandaHandleError
from ._models import User, users_from_rows
from ._text import to_json
from ._waiting import Calls, Turn

if TYPE_CHECKING:
    from typing_extensions import Self


class UserIterator(Iterator[User]):
    """All users, one after the other, fetched when they are needed. Made by `PandaClient.iter_users`.

    The first ``next()`` asks the platform. When a ``next()`` fails, a later one goes on at the same place,
    save after `PandaInconsistentError`, which needs a new listing. So does an exception of a signal handler, which may
    have come up when a user was already taken out.

    What the listing holds in the library is given back when its last page has come, by `close`, at the end of
    a ``with`` block, and when the iterator is garbage collected. It outlives its client.

    Threads: several threads may share one iterator; each user goes to one of them. They fetch one at a time. `close`
    from another thread ends the iteration. Processes: it cannot be carried on in a forked child.

    Example:
        >>> with client.iter_users() as users:
        ...     first = next(users, None)
    """

    def __init__(
        self, calls: Calls, client: int, page_size: int | None, keyword: str | None, prefetch: int | None
    ) -> None:
        query = to_json({"pageSize": page_size, "keyword": keyword, "prefetch": prefetch, "rows": True})
        library = calls.library
        self._calls = calls
        self._cursor = library.open(library.users_open, client, query)
        self._release = weakref.finalize(self, library.users_close, self._cursor)
        # Pages are put in hand in their order, and so the last one when all others are.
        self._turn = Turn()
        self._in_hand: deque[User] = deque()
        self._count: int | None = None

    @property
    def count(self) -> int | None:
        """How many users there are in all (int | None): None before the first page, or if the platform does not say."""
        return self._count

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> User:
        """The next user.

        Raises:
            PandaError: The next page could not be fetched.
        """
        while True:
            try:
                return self._in_hand.popleft()
            except IndexError:
                pass
            if not self.closed:
                self.fetch()
            # Another thread may have fetched the last page meanwhile: it puts the users in hand, then closes.
            elif not self._in_hand:
                raise StopIteration

    @property
    def closed(self) -> bool:
        """Whether no further page will be fetched (bool)."""
        return not self._release.alive

    @property
    def waits(self) -> bool:
        """Whether the next ``next()`` has to ask the platform (bool)."""
        return not (self.closed or self._in_hand)

    def fetch(self) -> None:
        """Fetches the next page, so that the next ``next()`` need not.

        Raises:
            PandaError: It could not be fetched.
        """
        # `close` puts another in its place, so that a page that comes later is not given out.
        in_hand = self._in_hand

        def keep(page: dict[str, Any]) -> None:
            self._count = page["count"]
            in_hand.extend(users_from_rows(page["data"]))
            if page["done"]:
                self._release()

        try:
            self._calls.make(keep, self._calls.library.users_next, self._cursor, turn=self._turn)
        except PandaHandleError:
            # Another thread has fetched the last page, or closed the listing, since this one looked.
            if not self.closed:
                raise

    def close(self) -> None:
        """Ends the listing, also while another thread waits for a page. Closing twice is harmless."""
        self._in_hand = deque()
        self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
