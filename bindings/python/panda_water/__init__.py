"""Client of the Panda Smart Water platform (熊猫智慧水务): users, sign-in tickets and tokens.

`PandaClient` asks the platform, `AsyncPandaClient` does so for asyncio, and `PandaError` is what goes wrong.

Example:
    >>> from panda_water import PandaClient
    >>> with PandaClient("http://10.0.0.8:8080/water", username="xiaomi", password=password) as client:
    ...     user = client.user_from_url("http://oa.example/oa?ticket=3F2C")
"""

from ._aio import AsyncPandaClient, AsyncUserIterator
from ._client import PandaClient
from ._errors import (
    PandaArgumentError,
    PandaAuthError,
    PandaCancelledError,
    PandaConfigError,
    PandaConnectError,
    PandaError,
    PandaGuardError,
    PandaHandleError,
    PandaHttpError,
    PandaInconsistentError,
    PandaInternalError,
    PandaLibraryError,
    PandaRejectedError,
    PandaResponseError,
    PandaStoreError,
    PandaTicketError,
    PandaTimeoutError,
    PandaTlsError,
)
from ._linking import BrokenLink, Link, LinkConflict, LinkOutcome, OwnUser
from ._listing import UserIterator
from ._log import LogLevel, log_to_logging, set_log
from ._models import Changes, TicketUrl, Token, User, UserPage
from ._process import ProcessStats, link_users, process_stats, ticket_from_url, version

# The workspace's version, which lies outside of what an installed package has; tests/parity compares them.
__version__ = "0.1.0"

__all__ = [
    "AsyncPandaClient",
    "AsyncUserIterator",
    "BrokenLink",
    "Changes",
    "Link",
    "LinkConflict",
    "LinkOutcome",
    "LogLevel",
    "OwnUser",
    "PandaArgumentError",
    "PandaAuthError",
    "PandaCancelledError",
    "PandaClient",
    "PandaConfigError",
    "PandaConnectError",
    "PandaError",
    "PandaGuardError",
    "PandaHandleError",
    "PandaHttpError",
    "PandaInconsistentError",
    "PandaInternalError",
    "PandaLibraryError",
    "PandaRejectedError",
    "PandaResponseError",
    "PandaStoreError",
    "PandaTicketError",
    "PandaTimeoutError",
    "PandaTlsError",
    "ProcessStats",
    "TicketUrl",
    "Token",
    "User",
    "UserIterator",
    "UserPage",
    "link_users",
    "log_to_logging",
    "process_stats",
    "set_log",
    "ticket_from_url",
    "version",
]
