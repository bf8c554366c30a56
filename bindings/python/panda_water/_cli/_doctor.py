"""What is wrong with the settings or the platform, and what to do about it."""

from __future__ import annotations

import argparse
import socket
import ssl
import time
import urllib.request
from contextlib import ExitStack
from email.utils import parsedate_to_datetime
from typing import Any, Callable
from urllib.error import HTTPError
from urllib.parse import SplitResult, urlsplit

from .._client import PandaClient
from .._errors import PandaConfigError, PandaConnectError, PandaError, PandaTimeoutError, PandaTlsError
from .._loader import load
from .._process import version
from . import _settings
from ._exits import CommandError, exit_code
from ._screen import printable

_CLOCK_MAY_DIFFER = 30

_ADVICE = {
    "auth": "check the user name and the password with the platform's administrator; further tries may lock the account",
    "timeout": "the platform is slow or something holds its answers back: ask its administrator, or raise --timeout-ms",
    "response": "it may not be the platform that answers there: check port and project name",
    "rejected": "ask the platform's administrator what that means",
    "inconsistent": "try again",
    "store": "check the token store",
    "internal": "please report this",
}


def doctor(given: argparse.Namespace) -> int:
    """Checks one thing after the other, each a line."""
    with ExitStack() as cleanup:
        return _Doctor(given, cleanup).run()


class _Problem(Exception):
    """A check that failed, and what goes into its line."""

    def __init__(self, message: str, cause: PandaError | CommandError) -> None:
        super().__init__(message)
        self.code = exit_code(cause)


class _Warning(Exception):
    """A check that found what need not be an obstacle."""


class _NothingToCheck(Exception):
    """A check that does not apply, and why."""


class _Doctor:
    def __init__(self, given: argparse.Namespace, cleanup: ExitStack) -> None:
        self.given = given
        self.cleanup = cleanup
        self.settings: dict[str, Any] = {}
        self.address: SplitResult
        self.client: PandaClient
        # How the first request ended; the checks of TLS and of the login each look at their part of it.
        self.answer: PandaError | None = None

    def run(self) -> int:
        """Runs the checks. Those that need one that failed are not made."""
        checks: dict[str, Callable[[], str]] = {
            "library": self.library,
            "configuration": self.configuration,
            "name": self.name,
            "port": self.port,
            "TLS": self.tls,
            "login": self.login,
            "clock": self.clock,
            "first page": self.first_page,
        }
        code = 0
        for what, check in checks.items():
            # The clock is looked at also after a failed login, which it may explain.
            if code and not (what == "clock" and self.answer is not None and not _unreachable(self.answer)):
                _tell("skipped", what, "not checked, since something before it failed")
                continue
            try:
                _tell("ok", what, check())
            except _NothingToCheck as error:
                _tell("skipped", what, str(error))
            except _Warning as error:
                _tell("warning", what, str(error))
            except _Problem as error:
                _tell("FAILED", what, str(error))
                code = code or error.code
            except (PandaError, CommandError) as error:
                advice = _ADVICE.get(error.kind) if isinstance(error, PandaError) else None
                _tell("FAILED", what, f"{error}; {advice}" if advice else str(error))
                code = code or exit_code(error)
        return code

    def library(self) -> str:
        return f"{version(library=self.given.library)}, {load(self.given.library).path}"

    def configuration(self) -> str:
        self.settings = _settings.read(self.given)
        self.client = self.cleanup.enter_context(PandaClient(**self.settings))
        self.address = urlsplit(self.settings.get("base_url") or _address_of_parts(self.settings))
        username = self.settings.get("username")
        account = f"user name {username}" if username else "no account, as for the 2022 edition"
        return f"{self.address.geturl()}, {account}"

    def name(self) -> str:
        host, port = self.endpoint()
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise _Problem(
                f"{host} was not found: check how it is written, and that this machine's DNS server knows it",
                PandaConnectError(),
            ) from None
        addresses = sorted({str(address[0]) for *_, address in found})
        return f"{host} is an address" if addresses == [host] else f"{host} is {', '.join(addresses)}"

    def port(self) -> str:
        host, port = self.endpoint()
        what = "the proxy" if self.settings.get("proxy") else "the platform"
        seconds = (self.settings.get("connect_timeout_ms") or 3000) / 1000
        try:
            socket.create_connection((host, port), seconds).close()
        except ConnectionRefusedError:
            raise _Problem(
                f"nothing listens at port {port} of {host}: check the port, and that {what} is running",
                PandaConnectError(),
            ) from None
        except socket.timeout:
            raise _Problem(
                f"port {port} of {host} did not answer within {seconds:g} s: check the address, and whether a "
                "firewall lies in between",
                PandaTimeoutError(),
            ) from None
        except OSError as error:
            raise _Problem(
                f"port {port} of {host} cannot be reached ({error.strerror}): check the address and the network",
                PandaConnectError(),
            ) from None
        return f"{host}:{port} accepts connections"

    def tls(self) -> str:
        self.answer = self.first_request()
        if self.address.scheme != "https":
            raise _NothingToCheck("the address is http: passwords, tokens and tickets travel in clear")
        if isinstance(self.answer, PandaTlsError):
            raise self.answer
        return "the certificate is trusted"

    def first_request(self) -> PandaError | None:
        try:
            if self.settings.get("username"):
                self.client.get_token()
            else:
                self.client.get_users(1, 1)
        except PandaError as error:
            return error
        return None

    def login(self) -> str:
        if not self.settings.get("username"):
            if self.answer is not None:
                raise self.answer
            raise _NothingToCheck("there is no account to log in with, as is right for the 2022 edition")
        if self.answer is not None:
            raise self.answer
        expires_at = self.client.get_token().expires_at
        return f"accepted; the token is good until {expires_at or 'a time that cannot be read'}"

    def clock(self) -> str:
        date = self.date()
        if date is None:
            raise _NothingToCheck("the platform does not tell the time")
        ahead = date - time.time()
        if abs(ahead) <= _CLOCK_MAY_DIFFER:
            return "the platform's clock and this machine's agree"
        raise _Warning(
            f"the platform's clock is {_duration(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} this machine's: "
            "have both set by a time server (NTP)"
        )

    def date(self) -> float | None:
        """What the platform's clock says, by any answer of its. No secret is sent."""
        # Nothing that is read here is trusted, so the certificate need not be.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        proxy = self.settings.get("proxy")
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else {}),
            urllib.request.HTTPSHandler(context=context),
            _NoRedirects,
        )
        seconds = (self.settings.get("timeout_ms") or 10000) / 1000
        try:
            with opener.open(self.address.geturl(), timeout=seconds) as answer:
                text = answer.headers["Date"]
        except HTTPError as error:
            text = error.headers["Date"]
            error.close()
        except (OSError, ValueError):
            return None
        try:
            return parsedate_to_datetime(text).timestamp()
        except (TypeError, ValueError):
            return None

    def first_page(self) -> str:
        page = self.client.get_users(1, 100)
        if not page.users:
            raise _Warning("the platform lists no users: ask its administrator what this account may see")
        return f"{len(page.users)} users of {'an unknown number' if page.count is None else page.count}"

    def endpoint(self) -> tuple[str, int]:
        """What is connected to: the platform, or the proxy in front of it."""
        proxy = self.settings.get("proxy")
        address = urlsplit(proxy) if proxy else self.address
        return address.hostname or "", address.port or (443 if address.scheme == "https" else 80)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        """None: a redirect is an answer as good as any to tell the time by."""


def _unreachable(error: PandaError) -> bool:
    return isinstance(error, (PandaConnectError, PandaTimeoutError, PandaConfigError))


def _address_of_parts(settings: dict[str, Any]) -> str:
    host = settings["host"]
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    port = f":{settings['port']}" if "port" in settings else ""
    return f"http://{host}{port}/{settings.get('project_name', '')}"


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def _tell(outcome: str, what: str, text: str) -> None:
    print(f"{outcome:8} {what + ':':15} {printable(text)}", flush=True)
