"""The same client for asyncio: each call runs in a thread."""

from __future__ import annotations

import asyncio
import functools
import os
import queue
import threading
import weakref
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, AsyncIterator, Awaitable, Callable, Iterable, Mapping, TypeVar

from ._client import PandaClient
from ._config import read_environment
from ._here import Call, here
from ._linking import ExistingLinks, LinkOutcome, OwnUsers, PandaUsers
from ._listing import UserIterator
from ._models import Changes, TicketUrl, Token, User, UserPage

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from ._config import Options, Settings

Result = TypeVar("Result")


class AsyncPandaClient:
    """`PandaClient` for asyncio: the same methods, to be awaited.

    Calls run in threads of the client's own, ``max_workers`` at most, so that slow answers hold up neither the
    event loop nor what else the program runs in the loop's default executor; further calls wait for their turn.
    The threads start when they are needed and end with the client.

    Cancelling a task ends its call, which frees its thread within about 0.1 s; a call that waits for its turn is not
    made at all. Neither the loop nor the interpreter waits for calls when it ends.

    Threads: one client serves any number of tasks, event loops and threads at once. Processes: after
    ``os.fork()`` the client works in the child as well.

    Example:
        >>> async with AsyncPandaClient("http://10.0.0.8:8080/water", username="xiaomi", password=password) as client:
        ...     async for user in client.iter_users():
        ...         print(user.id, user.user_name)
    """

    def __init__(self, base_url: str | None = None, *, max_workers: int = 32, **options: Unpack[Options]) -> None:
        """Opens a client.

        Access document 2024, sections 一 and 二.

        Args:
            base_url: As in `PandaClient`.
            max_workers: How many calls may be under way at once, 1 and up.
            **options: The other arguments of `PandaClient`, by the same names.

        Raises:
            ValueError: ``max_workers`` is less than 1.
            PandaError: As `PandaClient` does.
        """
        self._threads = _Threads(max_workers)
        self._client = PandaClient(base_url, **options)

    @classmethod
    def from_env(
        cls,
        prefix: str = "PANDA_WATER_",
        environ: Mapping[str, str] | None = None,
        *,
        max_workers: int = 32,
        **overrides: Unpack[Settings],
    ) -> Self:
        """Opens a client with the settings that the environment holds, as `PandaClient.from_env` does.

        Args:
            prefix: What the variables' names begin with.
            environ: The environment; default ``os.environ``.
            max_workers: How many calls may be under way at once, 1 and up.
            **overrides: Settings that take the place of the environment's.

        Raises:
            PandaError: As `PandaClient.from_env` does.

        Example:
            >>> async with AsyncPandaClient.from_env() as client:
            ...     await client.get_token()
        """
        settings = read_environment(prefix, os.environ if environ is None else environ)
        return cls(max_workers=max_workers, **{**settings, **overrides})

    @property
    def closed(self) -> bool:
        """Whether the client has been closed (bool)."""
        return self._client.closed

    async def close(self) -> None:
        """Closes the client, without waiting for calls that are under way: they end normally.

        Closing twice is harmless. Later calls raise `PandaHandleError`.
        """
        self._client.close()
        self._threads.close()

    # The name that `contextlib.aclosing` asks for.
    aclose = close

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'closed' if self.closed else 'open'}>"

    async def get_token(self) -> Token:
        """The token, from the cache while it is good; see `PandaClient.get_token`.

        Access document 2024, section 二 "获取授权 token".

        Returns:
            Token: The token and when it expires.

        Raises:
            PandaError: As `PandaClient.get_token` does.

        Example:
            >>> token = await client.get_token()
        """
        return await self._threads.run(self._client.get_token)

    async def get_users(
        self, page_index: int | None = None, page_size: int | None = None, keyword: str | None = None
    ) -> UserPage:
        """One page of the platform's users; see `PandaClient.get_users`.

        Access document 2024, interface ①; 2022, "获取熊猫智慧水务用户".

        Args:
            page_index: The page's number, 1 and up.
            page_size: Users in a page, 1 to 10000.
            keyword: What to search for.

        Returns:
            UserPage: The users and how many there are in all.

        Raises:
            PandaError: As `PandaClient.get_users` does.

        Example:
            >>> page = await client.get_users(page_index=1, page_size=100)
        """
        return await self._threads.run(self._client.get_users, page_index, page_size, keyword)

    def iter_users(
        self, page_size: int | None = None, keyword: str | None = None, prefetch: int | None = None
    ) -> AsyncUserIterator:
        """All users, every one once, for ``async for``; see `PandaClient.iter_users`.

        Access document 2024, section 三 step 1 and interface ①; 2022, step 1.

        Args:
            page_size: Users to ask for at once, 1 to 10000; default 500.
            keyword: What to search for.
            prefetch: How many pages are fetched at once, 1 to 16; default 4.

        Returns:
            AsyncUserIterator: An asynchronous iterator, which can be closed early.

        Raises:
            PandaError: As `PandaClient.iter_users` does.

        Example:
            >>> names = [user.user_name async for user in client.iter_users()]
        """
        return AsyncUserIterator(self._client.iter_users(page_size, keyword, prefetch), self._threads)

    async def sync(
        self,
        previous_state: str | None,
        *,
        page_size: int | None = None,
        prefetch: int | None = None,
        max_removed_percent: int | None = None,
    ) -> Changes:
        """Compares all users with an earlier state; see `PandaClient.sync`.

        Access document 2024, section 三 step 1 and interface ①; 2022, step 1.

        Args:
            previous_state: The ``state`` of the last sync; None for the first.
            page_size: Users to ask for at once, 1 to 10000; default 500.
            prefetch: How many pages are fetched at once, 1 to 16; default 4.
            max_removed_percent: How many of the state's users may be removed, 0 to 100; default 20.

        Returns:
            Changes: The changes, and the state for the next time.

        Raises:
            PandaError: As `PandaClient.sync` does.

        Example:
            >>> changes = await client.sync(state)
        """
        call = functools.partial(
            self._client.sync,
            previous_state,
            page_size=page_size,
            prefetch=prefetch,
            max_removed_percent=max_removed_percent,
        )
        return await self._threads.run(call)

    async def link_users(
        self,
        panda_users: PandaUsers,
        own_users: OwnUsers,
        *,
        rules: Iterable[str] | None = None,
        existing: ExistingLinks | None = None,
        names: str = "compare",
    ) -> LinkOutcome:
        """Matches the platform's users with the application's own; see the function `link_users`.

        It runs in a thread, which reads what is passed: that must not change meanwhile.

        Access document 2024, section 三 step 2; 2022, step 2.

        Args:
            panda_users: All users of the platform.
            own_users: All users of the application's own.
            rules: What to match by; default ``("jobNumber", "phone", "userName")``.
            existing: Who is linked already.
            names: ``"compare"``, or ``"ignore"`` to link by job number and phone whatever the names are.

        Returns:
            LinkOutcome: Who is who, and what an administrator has to decide.

        Raises:
            PandaError: As the function `link_users` does.

        Example:
            >>> outcome = await client.link_users([user async for user in client.iter_users()], own_users)
        """
        call = functools.partial(
            self._client.link_users, panda_users, own_users, rules=rules, existing=existing, names=names
        )
        return await self._threads.run(call)

    async def get_user_by_ticket(self, ticket: str) -> User:
        """The user who holds a ticket; see `PandaClient.get_user_by_ticket`.

        Access document 2024, interface ②; 2022, "通过票据获取对应的用户".

        Args:
            ticket: The ticket, as decoded by `ticket_from_url`.

        Returns:
            User: Who is signing in.

        Raises:
            PandaError: As `PandaClient.get_user_by_ticket` does.

        Example:
            >>> user = await client.get_user_by_ticket(ticket)
        """
        return await self._threads.run(self._client.get_user_by_ticket, ticket)

    async def ticket_from_url(self, url: str, param: str | None = None) -> TicketUrl:
        """Takes the ticket from a sign-in URL; see `PandaClient.ticket_from_url`. It needs no thread.

        Access document 2024, section 三 steps 3 and 4; 2022, steps 3 to 5.

        Args:
            url: A whole URL, a path with its query, or a query.
            param: The name of the ticket's parameter; default the client's ``ticket_param``.

        Returns:
            TicketUrl: The ticket, the URL without it, and the place on your own site to redirect the browser to.

        Raises:
            PandaError: As `PandaClient.ticket_from_url` does.

        Example:
            >>> parts = await client.ticket_from_url(url)
        """
        return self._client.ticket_from_url(url, param)

    async def user_from_url(self, url: str, param: str | None = None) -> User:
        """Who is signing in by this URL; see `PandaClient.user_from_url`.

        Access document 2024, section 三 steps 3 to 5 and interface ②; 2022, steps 3 to 6.

        Args:
            url: A whole URL, a path with its query, or a query.
            param: The name of the ticket's parameter; default the client's ``ticket_param``.

        Returns:
            User: Who is signing in.

        Raises:
            PandaError: As `PandaClient.user_from_url` does.

        Example:
            >>> user = await client.user_from_url(url)
        """
        return await self._threads.run(self._client.user_from_url, url, param)

    async def trim(self) -> int:
        """Closes the connections that no call is using; see `PandaClient.trim`. It needs no thread.

        Returns:
            int: How many connections were closed.

        Example:
            >>> await client.trim()
        """
        return self._client.trim()

    def set_check(self, check: Callable[[], object] | None) -> None:
        """Has calls of this client ask a function whether they are to end; see `PandaClient.set_check`.

        It is asked in the threads that make the calls. To end a single call, cancel its task.

        Args:
            check: The function, or None for no check.

        Example:
            >>> client.set_check(stopping.is_set)
        """
        self._client.set_check(check)

    async def stats(self) -> dict[str, Any]:
        """What the client has done so far; see `PandaClient.stats`. It needs no thread.

        Returns:
            dict[str, Any]: The counters.

        Raises:
            PandaHandleError: The client is closed.

        Example:
            >>> counters = await client.stats()
        """
        return self._client.stats()


class AsyncUserIterator(AsyncIterator[User]):
    """`UserIterator` for ``async for``. Made by `AsyncPandaClient.iter_users`.

    Cancelling a step loses no user: the following steps go on at the same place.

    Example:
        >>> async with client.iter_users() as users:
        ...     async for user in users:
        ...         print(user.user_name)
    """

    def __init__(self, users: UserIterator, threads: _Threads) -> None:
        self._users = users
        self._threads = threads

    @property
    def count(self) -> int | None:
        """How many users there are in all (int | None): None before the first page, or if the platform does not say."""
        return self._users.count

    @property
    def closed(self) -> bool:
        """Whether no further page will be fetched (bool)."""
        return self._users.closed

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> User:
        """The next user.

        Raises:
            PandaError: The next page could not be fetched.
        """
        while self._users.waits:
            await self._threads.run(self._users.fetch)
        try:
            return next(self._users)
        except StopIteration:
            raise StopAsyncIteration from None

    async def close(self) -> None:
        """Ends the listing. Closing twice is harmless."""
        self._users.close()

    # The name that `contextlib.aclosing` asks for.
    aclose = close

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()


class _Work:
    """A call that a task waits for."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._call = Call()
        self._loop = asyncio.get_running_loop()
        self.result: asyncio.Future[Any] = self._loop.create_future()
        self.result.add_done_callback(self._end)

    def _end(self, result: asyncio.Future[Any]) -> None:
        self._call.given_up = result.cancelled()

    def run(self) -> None:
        """Makes the call, on the thread that this is called on."""
        if self._call.given_up:
            return
        here.call = self._call
        try:
            settle = functools.partial(self._settle, self.result.set_result, self._work())
        except BaseException as error:  # noqa: BLE001 - it is the task's
            settle = functools.partial(self._settle, self.result.set_exception, error)
        finally:
            here.call = None
        # Nobody waits any more where the loop is closed.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(settle)

    def _settle(self, settle: Callable[[Any], None], outcome: object) -> None:
        if not self.result.done():
            settle(outcome)


class _Crew:
    """Threads, as many as there is work for, and ``most`` at most. No interpreter waits for them when it ends."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._work: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        # Garbage collection may dismiss the crew on a thread of its own.
        self._lock = threading.RLock()
        self._threads = 0
        self._unfinished = 0

    def add(self, work: _Work) -> None:
        """Has it done when a thread is free."""
        with self._lock:
            self._unfinished += 1
            starts = self._threads < min(self._most, self._unfinished)
            self._threads += starts
            self._work.put(work)
        if starts:
            threading.Thread(target=self._labour, name="panda-water", daemon=True).start()

    def dismiss(self) -> None:
        """Lets the threads end when the work that there is has been done. Work that comes later starts others."""
        with self._lock:
            while self._threads:
                self._threads -= 1
                self._work.put(None)

    def _labour(self) -> None:
        while True:
            work = self._work.get()
            if work is None:
                return
            work.run()
            # Nothing is kept until there is more to do.
            del work
            with self._lock:
                self._unfinished -= 1


class _Threads:
    """The threads that calls run in."""

    def __init__(self, most: int) -> None:
        if most < 1:
            raise ValueError("max_workers must be 1 or more")
        self._most = most
        self._begin()

    def _begin(self) -> None:
        # The crew is this process's own: a forked child inherits none of its threads.
        self._process = os.getpid()
        self._crew = _Crew(self._most)
        self._dismiss = weakref.finalize(self, self._crew.dismiss)
        # Threads that do not hold up the interpreter need not be dismissed when it ends.
        self._dismiss.atexit = False

    def run(self, function: Callable[..., Result], *arguments: Any) -> Awaitable[Result]:
        """Runs the function in a thread, and gives what can be awaited for its result."""
        if self._process != os.getpid():
            self._dismiss.detach()
            self._begin()
        work = _Work(functools.partial(function, *arguments))
        self._crew.add(work)
        return work.result

    def close(self) -> None:
        """Lets the threads end once they are idle. Later work starts others."""
        self._dismiss()
        self._begin()
