"""Exceptions: one class for each kind of failure that the library tells apart."""

from __future__ import annotations

from typing import Any, Mapping, Sequence


class PandaError(Exception):
    """A call that failed. Every exception of this package derives from it.

    Catch a subclass to react to one kind of failure, this class to react to any. The message is written
    for people; it never holds a password, a token or a ticket. Instances can be pickled.

    Attributes:
        message (str): What went wrong, the same as ``str(error)``.
        code (int): The platform's own number where it refused, else one between -10099 and -10001.
        kind (str): What happened, in one word: ``"timeout"``, ``"auth"``, ``"ticket"``...
        retryable (bool): Whether the same call may succeed later without a change by anybody.
        http_status (int | None): The HTTP status of the last answer, if the failure lies there.
        endpoint (str | None): ``"GenerateToken"``, ``"GetUsers"`` or ``"GetUserByTicket"``, if one was asked.
        platform_code (int | str | None): The platform's ``code`` as it was sent, if it refused.
        attempts (int): How many HTTP requests the call made to that endpoint.

    Example:
        >>> try:
        ...     user = client.get_user_by_ticket(ticket)
        ... except PandaTicketError:
        ...     show("This sign-in link is no longer valid.")
        ... except PandaError as error:
        ...     show("Please try again later." if error.retryable else "Please tell the administrator.")
    """

    # What an exception shows that was made without details, as tests of applications do.
    code: int = -10099
    kind: str = "internal"
    retryable: bool = False
    http_status: int | None = None
    endpoint: str | None = None
    platform_code: int | str | None = None
    attempts: int = 0

    # The message is the only positional argument, so that a pickled exception is made again from it;
    # the other attributes travel in the instance's dictionary.
    def __init__(self, message: str = "", **details: Any) -> None:
        """Makes an exception.

        Args:
            message: What went wrong.
            **details: Values of the attributes above that differ from the class's own.
        """
        super().__init__(message)
        self.message = message
        self.__dict__.update(details)


class PandaArgumentError(PandaError):
    """A bad argument: wrong type, out of range, or text that the library cannot be given."""

    code = -10001
    kind = "argument"


class PandaConfigError(PandaError):
    """A bad configuration, or one that the call needs more of."""

    code = -10002
    kind = "config"


class PandaHandleError(PandaError):
    """The client or the listing has been closed, or belongs to the process that this one was forked from."""

    code = -10003
    kind = "handle"


class PandaConnectError(PandaError):
    """The platform cannot be reached: name look-up, refused, reset or unreachable."""

    code = -10010
    kind = "connect"
    retryable = True


class PandaTimeoutError(PandaError, TimeoutError):
    """A time limit ran out. It is a ``TimeoutError`` as well."""

    code = -10011
    kind = "timeout"
    retryable = True


class PandaCancelledError(PandaError):
    """The call was ended by the client's check; see `PandaClient.set_check`."""

    code = -10015
    kind = "cancelled"


class PandaTlsError(PandaError):
    """The platform's certificate is not trusted, or the TLS handshake failed."""

    code = -10012
    kind = "tls"


class PandaHttpError(PandaError):
    """An HTTP status outside 2xx; see ``http_status``. Retryable for 408, 429 and 5xx."""

    code = -10013
    kind = "http"


class PandaResponseError(PandaError):
    """An answer that is not what the interface promises, or is too large."""

    code = -10014
    kind = "response"


class PandaAuthError(PandaError):
    """The platform refused the user name and password, or did not accept a fresh token."""

    code = -10020
    kind = "auth"


class PandaTicketError(PandaError):
    """No usable ticket in the URL, or a ticket that the platform does not accept: nobody is signed in."""

    code = -10021
    kind = "ticket"


class PandaInconsistentError(PandaError):
    """The user list kept changing while it was read, or its numbers do not fit together. Start a new listing."""

    code = -10030
    kind = "inconsistent"
    retryable = True


class PandaGuardError(PandaError):
    """A synchronisation would remove suspiciously many users."""

    code = -10031
    kind = "guard"


class PandaStoreError(PandaError):
    """The file or address of the shared token store is unusable."""

    code = -10040
    kind = "store"


class PandaRejectedError(PandaError):
    """The platform refused for a reason of its own; see ``code`` and ``platform_code``."""

    code = -10050
    kind = "rejected"


class PandaInternalError(PandaError):
    """A fault of the library itself. Please report it."""

    code = -10099
    kind = "internal"


class PandaLibraryError(PandaError):
    """The native library could not be loaded, or is one that this package does not work with.

    Attributes:
        tried (Sequence[tuple[str, str]]): Every path tried, in order, each with the reason why it failed.
    """

    # Not one of the library's codes: there is no library that could have given one.
    code = -1
    kind = "library"
    tried: Sequence[tuple[str, str]] = ()


_CLASSES = {error.kind: error for error in PandaError.__subclasses__()}


def error_from_envelope(envelope: Mapping[str, Any]) -> PandaError:
    """The exception that a failure envelope of the library stands for."""
    details = envelope["error"]
    kind = details["kind"]
    return _CLASSES.get(kind, PandaError)(
        envelope["msg"],
        code=envelope["code"],
        kind=kind,
        retryable=details["retryable"],
        http_status=details["httpStatus"],
        endpoint=details["endpoint"],
        platform_code=details["platformCode"],
        attempts=details["attempts"],
    )
