"""A configured platform and what can be asked of it."""

from __future__ import annotations

import os
import weakref
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Iterable, Mapping

from . import _linking, _ticket
from ._config import Settings, configuration, read_environment
from ._linking import ExistingLinks, LinkOutcome, OwnUsers, PandaUsers
from ._listing import UserIterator
from ._loader import load
from ._models import (
    Changes,
    TicketUrl,
    Token,
    User,
    UserPage,
    changes_from_json,
    page_from_json,
    token_from_json,
    user_from_json,
)
from ._text import to_json, to_utf8
from ._waiting import Calls

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack


class PandaClient:
    """A client of one Panda Smart Water platform (熊猫智慧水务).

    Opening it makes no connection. The token is fetched when it is first needed, shared by all calls, and
    renewed in time; failures that may pass are tried again. Close it with `close` or a ``with`` block; a
    client that is forgotten is closed when it is garbage collected.

    Threads: one client serves any number of threads at once. A call works on the thread that makes it and
    lets the other Python threads run meanwhile. Processes: after ``os.fork()`` the client works in the child as well.
    Greenlets: where gevent or eventlet have patched the program, a call works in a thread of their pool, the other
    greenlets go on, and a greenlet that is killed, or whose ``Timeout`` comes, ends its call.

    Signals: while a call waits, Ctrl-C and every other signal handler runs about every 50 ms, on the main thread as
    always. What it raises ends the call and is raised by it; a handler that raises nothing lets the call go on.

    Example:
        >>> with PandaClient("http://10.0.0.8:8080/water", username="xiaomi", password=password) as client:
        ...     for user in client.iter_users():
        ...         print(user.id, user.user_name)
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        username: str | None = None,
        password: str | None = None,
        timeout_ms: int | None = None,
        connect_timeout_ms: int | None = None,
        deadline_ms: int | None = None,
        retries: int | None = None,
        login_cooldown_ms: int | None = None,
        ticket_param: str | None = None,
        time_zone: str | None = None,
        token_store: str | None = None,
        proxy: str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        client_cert_file: str | os.PathLike[str] | None = None,
        client_key_file: str | os.PathLike[str] | None = None,
        user_agent: str | None = None,
        headers: Mapping[str, str] | None = None,
        max_response_bytes: int | None = None,
        host: str | None = None,
        port: int | None = None,
        project_name: str | None = None,
        library: str | os.PathLike[str] | None = None,
    ) -> None:
        """Opens a client. An argument that is None, or not given, has the default.

        Access document 2024, section 一 "名词说明" (address) and section 二 "身份验证说明" (user name and password).

        Args:
            base_url: The platform's address: ``http://ip:port/projectName`` (2024) or ``http://ip`` (2022); or
                give ``host``, ``port`` and ``project_name``.
            username: The user name for ``GenerateToken``. Without it no token is fetched or sent (2022).
            password: The password for ``GenerateToken``; both or none.
            timeout_ms: Milliseconds for one attempt as a whole, 1 to 600000; default 10000. No attempt takes more
                than half of what is left of the call while others may follow.
            connect_timeout_ms: Milliseconds for connecting, 1 to 600000; default 3000. A kept connection on which
                no answer begins for as long is replaced.
            deadline_ms: Milliseconds for a call with all its attempts and a token fetch, 1 to 3600000; default
                30000. In a listing it holds for each page.
            retries: Further attempts, for as long as the call's time lasts, 0 to 100; default 10.
            login_cooldown_ms: Milliseconds for which a refused login is not tried again, so that a wrong
                password does not lock the account, 0 to 600000; default 30000.
            ticket_param: The name of the ticket's parameter in sign-in URLs; default ``ticket``.
            time_zone: The offset of times that name none; default ``+08:00``.
            token_store: Where the token is shared: ``memory`` (the default), ``file:<path>``, or Redis: ``redis://…``,
                ``rediss://…``, ``redis+unix:///path`` or ``redis+sentinel://host1,host2/master``, in the forms that the
                C header lists.
            proxy: The URL of a proxy. The environment's proxy variables are not read.
            ca_file: A file of certificates (PEM, DER, PKCS#7) to trust besides the system's and the built-in ones.
            client_cert_file: A PEM file with the client's own certificate, for servers that ask for it; both or none
                of this and ``client_key_file``.
            client_key_file: A PEM file with its key, not encrypted; it is never shown.
            user_agent: The ``User-Agent`` header; default ``panda-water/<version>``.
            headers: Further headers of every request. ``panda-token``, ``host`` and framing headers are refused.
            max_response_bytes: A longer answer is refused, 1 KiB to 1 GiB; default 16 MiB.
            host: The platform's host, instead of ``base_url``.
            port: The platform's port.
            project_name: The platform's project name (``projectName``).
            library: The native library's file. Default: the file that the environment's ``PANDA_WATER_LIBRARY``
                names, the copy inside this package, or the one on the system's search path.

        Raises:
            PandaConfigError: A setting is missing, unknown, or out of range; the message names it.
            PandaArgumentError: A setting holds what is not text.
            PandaLibraryError: The native library cannot be loaded.
        """
        # The arguments are the settings; no other variable is there yet.
        settings = configuration(locals())
        self._library = load(library)
        self._ticket_param = ticket_param
        self._handle = self._library.open(self._library.client_open, to_json(settings) or b"{}")
        self._release = weakref.finalize(self, self._library.client_close, self._handle)
        self._calls = Calls(self._library, deadline_ms)
        self._calls.watch(self._handle)

    @classmethod
    def from_env(
        cls, prefix: str = "PANDA_WATER_", environ: Mapping[str, str] | None = None, **overrides: Unpack[Settings]
    ) -> Self:
        """Opens a client with the settings that the environment holds.

        Every argument of the class has a variable: ``PANDA_WATER_BASE_URL``, ``PANDA_WATER_USERNAME``,
        ``PANDA_WATER_PASSWORD``, ``PANDA_WATER_TIMEOUT_MS``... ``PANDA_WATER_HEADERS`` is a JSON object. An empty
        variable counts as not set.

        Args:
            prefix: What the variables' names begin with. Every variable that begins so has to be a setting.
            environ: The environment; default ``os.environ``.
            **overrides: Settings that take the place of the environment's.

        Raises:
            PandaConfigError: A variable cannot be read, or is none of the settings; the message names it.
            PandaLibraryError: The native library cannot be loaded.

        Example:
            >>> with PandaClient.from_env(timeout_ms=5000) as client:
            ...     client.get_token()
        """
        settings = read_environment(prefix, os.environ if environ is None else environ)
        return cls(**{**settings, **overrides})

    @property
    def closed(self) -> bool:
        """Whether the client has been closed (bool)."""
        return not self._release.alive

    def close(self) -> None:
        """Closes the client. Closing twice is harmless.

        Calls that other threads have under way end normally; later ones raise `PandaHandleError`. Listings
        that are open go on.
        """
        self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'closed' if self.closed else 'open'}>"

    def get_token(self) -> Token:
        """The token, from the cache while it is good.

        No other method needs it: they send it by themselves. It is for calls to other interfaces of the
        platform.

        Access document 2024, section 二 "获取授权 token".

        Returns:
            Token: The token and when it expires.

        Raises:
            PandaConfigError: The client has no user name and password.
            PandaAuthError: The platform refused them.
            PandaError: The platform cannot be reached, or its answer not be read.

        Example:
            >>> request.add_header("panda-token", client.get_token().token)
        """
        return self._calls.make(token_from_json, self._library.get_token, self._handle)

    def get_users(
        self, page_index: int | None = None, page_size: int | None = None, keyword: str | None = None
    ) -> UserPage:
        """One page of the platform's users. `iter_users` gives all of them.

        What is None is not sent, and left to the platform.

        Access document 2024, interface ①; 2022, "获取熊猫智慧水务用户".

        Args:
            page_index: The page's number, 1 and up.
            page_size: Users in a page, 1 to 10000. The platform may give fewer.
            keyword: What to search for.

        Returns:
            UserPage: The users and how many there are in all.

        Raises:
            PandaArgumentError: An argument is out of range.
            PandaError: The platform cannot be reached, refused, or its answer cannot be read.

        Example:
            >>> page = client.get_users(page_index=1, page_size=100)
            >>> print(len(page.users), "of", page.count)
        """
        query = to_json({"pageIndex": page_index, "pageSize": page_size, "keyword": keyword, "rows": True})
        return self._calls.make(page_from_json, self._library.get_users, self._handle, query)

    def iter_users(
        self, page_size: int | None = None, keyword: str | None = None, prefetch: int | None = None
    ) -> UserIterator:
        """All users, every one once, in pages that are fetched when they are needed.

        Access document 2024, section 三 step 1 and interface ①; 2022, step 1.

        Args:
            page_size: Users to ask for at once, 1 to 10000; default 500.
            keyword: What to search for.
            prefetch: How many pages are fetched at once, 1 to 16; default 4.

        Returns:
            UserIterator: An iterator, which can be closed early.

        Raises:
            PandaArgumentError: An argument is out of range.
            PandaHandleError: The client is closed.

        Example:
            >>> for user in client.iter_users():
            ...     own_users.link(user.id, user.job_number)
        """
        return UserIterator(self._calls, self._handle, page_size, keyword, prefetch)

    def sync(
        self,
        previous_state: str | None,
        *,
        page_size: int | None = None,
        prefetch: int | None = None,
        max_removed_percent: int | None = None,
    ) -> Changes:
        """Compares all users with an earlier state: who came, changed or left.

        Store ``state`` in one transaction with the changes that you apply: the library keeps nothing, so a crash in
        between loses nothing. A user counts as removed only if two complete listings in a row lack them. The
        deadline of the client holds for each page.

        Access document 2024, section 三 step 1 and interface ①; 2022, step 1.

        Args:
            previous_state: The ``state`` of the last sync; None for the first: then everybody is added.
            page_size: Users to ask for at once, 1 to 10000; default 500.
            prefetch: How many pages are fetched at once, 1 to 16; default 4.
            max_removed_percent: How many of the state's users may be removed, 0 to 100; default 20. Up to 5 users
                always may.

        Returns:
            Changes: The changes, and the state for the next time.

        Raises:
            PandaGuardError: More users would be removed than allowed, or the platform lists nobody: a half answer
                must not lock people out. Nothing has changed.
            PandaArgumentError: The state is damaged or of another platform, or an argument is out of range.
            PandaInconsistentError: The list kept changing while it was read.
            PandaError: The platform cannot be reached, refused, or its answer cannot be read.

        Example:
            >>> changes = client.sync(load_state())
            >>> with database:  # one transaction
            ...     apply(changes)
            ...     store_state(changes.state)
        """
        options = to_json(
            {
                "state": previous_state,
                "pageSize": page_size,
                "prefetch": prefetch,
                "maxRemovedPercent": max_removed_percent,
            }
        )
        return self._calls.make(changes_from_json, self._library.sync_users, self._handle, options)

    def link_users(
        self,
        panda_users: PandaUsers,
        own_users: OwnUsers,
        *,
        rules: Iterable[str] | None = None,
        existing: ExistingLinks | None = None,
        names: str = "compare",
    ) -> LinkOutcome:
        """Matches the platform's users with the application's own, as the function `link_users` does.

        It asks nobody.

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
            PandaArgumentError: An id comes twice, or a value is none of those allowed.

        Example:
            >>> outcome = client.link_users(client.iter_users(), own_users, existing=links_so_far)
        """
        return _linking.link_users(self._library, panda_users, own_users, rules, existing, names)

    def get_user_by_ticket(self, ticket: str) -> User:
        """The user who holds a ticket. The platform prolongs the ticket's life by this.

        Access document 2024, interface ②; 2022, "通过票据获取对应的用户".

        Args:
            ticket: The ticket, as decoded by `ticket_from_url`.

        Returns:
            User: Who is signing in.

        Raises:
            PandaTicketError: The platform does not accept the ticket: nobody is signed in.
            PandaArgumentError: The ticket is not text.
            PandaError: The platform cannot be reached, refused, or its answer cannot be read.

        Example:
            >>> session["user_id"] = own_users.linked_with(client.get_user_by_ticket(ticket).id)
        """
        text = to_utf8("ticket", ticket)
        return self._calls.make(user_from_json, self._library.get_user_by_ticket, self._handle, text)

    def ticket_from_url(self, url: str, param: str | None = None) -> TicketUrl:
        """Takes the ticket from a sign-in URL, as the function `ticket_from_url` does.

        Access document 2024, section 三 steps 3 and 4; 2022, steps 3 to 5.

        Args:
            url: A whole URL, a path with its query, or a query.
            param: The name of the ticket's parameter; default the client's ``ticket_param``.

        Returns:
            TicketUrl: The ticket, the URL without it, and the place on your own site to redirect the browser to.

        Raises:
            PandaTicketError: The URL holds no ticket, several, or an unusable one.

        Example:
            >>> parts = client.ticket_from_url(request.url)
            >>> user = client.get_user_by_ticket(parts.ticket)
            >>> return redirect(parts.local_target)
        """
        return _ticket.ticket_from_url(self._library, url, self._ticket_param if param is None else param)

    def user_from_url(self, url: str, param: str | None = None) -> User:
        """Who is signing in by this URL: the ticket is taken from it and looked up.

        Access document 2024, section 三 steps 3 to 5 and interface ②; 2022, steps 3 to 6.

        Args:
            url: A whole URL, a path with its query, or a query.
            param: The name of the ticket's parameter; default the client's ``ticket_param``.

        Returns:
            User: Who is signing in.

        Raises:
            PandaTicketError: The URL holds no usable ticket, or the platform does not accept it.
            PandaError: The platform cannot be reached, refused, or its answer cannot be read.

        Example:
            >>> user = client.user_from_url("http://oa.example/oa?user=3F2C", param="user")
        """
        return self.get_user_by_ticket(self.ticket_from_url(url, param).ticket)

    def trim(self) -> int:
        """Closes the connections that no call is using, such as before a long pause.

        By themselves, those that rested for 60 seconds are closed by the client's next call: between calls, nothing
        runs.

        Returns:
            int: How many connections were closed; 0 for a closed client.

        Example:
            >>> client.trim()
        """
        closed: int = self._library.client_trim(self._handle)
        return closed

    def set_check(self, check: Callable[[], object] | None) -> None:
        """Has calls of this client ask a function whether they are to end.

        It is asked about every 50 ms while a call waits, on the thread that makes the call, also for the client's
        listings. A call that is short does not ask. The function may be asked by several threads at once, has to be
        quick, and should not call this package. Calls that are under way ask the new one from then on. Signals need no
        check: see above.

        Args:
            check: What it returns ends the call with `PandaCancelledError` if it is true. What it raises ends the call
                and is raised by it. None for no check.

        Example:
            >>> stopping = threading.Event()  # set when the server is told to end
            >>> client.set_check(stopping.is_set)
        """
        self._calls.check = check

    def stats(self) -> dict[str, Any]:
        """What the client has done so far: per endpoint calls, failures by kind, HTTP requests, retries, bytes.

        Returns:
            dict[str, Any]: The counters, by the names that the library gives them.

        Raises:
            PandaHandleError: The client is closed.

        Example:
            >>> print(json.dumps(client.stats(), indent=2))
        """
        stats: dict[str, Any] = self._library.take(self._library.client_stats(self._handle))
        return stats
