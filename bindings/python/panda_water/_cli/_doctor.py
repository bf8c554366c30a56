"""What is wrong with the settings or the platform, and what to do about it."""

from __future__ import annotations

import argparse
import json
import socket
import ssl
import time
import urllib.request
from contextlib import ExitStack
from email.utils import parsedate_to_datetime
from typing import Any, Callable, Iterator, NamedTuple, TypeVar
from urllib.error import HTTPError
from urllib.parse import SplitResult, urlsplit

from .._client import PandaClient
from .._errors import PandaConfigError, PandaConnectError, PandaError, PandaTimeoutError, PandaTlsError
from .._loader import load
from .._process import version
from .._waiting import apart, done
from . import _settings
from ._exits import CommandError, exit_code
from ._screen import printable

Result = TypeVar("Result")

_CLOCK_MAY_DIFFER = 30

_ADVICE = {
    "auth": "check user name and password with the platform's administrator; further tries may lock the account",
    "timeout": "the platform is slow or something holds its answers back: ask its administrator, or raise --timeout-ms",
    "response": "it may not be the platform that answers there: check port and project name",
    "rejected": "ask the platform's administrator what that means",
    "inconsistent": "try again",
    "internal": "please report this",
}


def doctor(given: argparse.Namespace) -> int:
    """Checks one thing after the other, each a line."""
    checks: list[dict[str, str]] = []
    with ExitStack() as cleanup:
        doctor = _Doctor(given, cleanup)
        code = 0
        for what, finding in doctor.run():
            code = code or finding.code
            if given.json:
                checks.append({"check": what, "outcome": finding.outcome.lower(), "message": finding.text})
            elif finding.code or not given.quiet:
                print(f"{finding.outcome:8} {what + ':':15} {printable(finding.text)}", flush=True)
    if given.json:
        print(json.dumps({"exitCode": code, "checks": checks}, indent=2))
    return code


class _Finding(NamedTuple):
    outcome: str
    text: str
    # The exit code of what failed.
    code: int = 0


def _ok(text: str) -> _Finding:
    return _Finding("ok", text)


def _skipped(text: str) -> _Finding:
    return _Finding("skipped", text)


def _warning(text: str) -> _Finding:
    return _Finding("warning", text)


class _Doctor:
    def __init__(self, given: argparse.Namespace, cleanup: ExitStack) -> None:
        self.given = given
        self.cleanup = cleanup
        self.settings: dict[str, Any] = {}
        self.address: SplitResult
        self.client: PandaClient
        # How the first request ended; the checks of TLS and of the login each look at their part of it.
        self.answer: PandaError | None = None

    def run(self) -> Iterator[tuple[str, _Finding]]:
        """Runs the checks. Those that need one that failed are not made."""
        checks: dict[str, Callable[[], _Finding]] = {
            "library": self.library,
            "configuration": self.configuration,
            "name": self.name,
            "port": self.port,
            "TLS": self.tls,
            "login": self.login,
            "clock": self.clock,
            "first page": self.first_page,
        }
        failed = False
        for what, check in checks.items():
            # The clock is looked at also after a failed login, which it may explain.
            if failed and not (what == "clock" and self.answer is not None and not _unreachable(self.answer)):
                yield what, _skipped("not checked, since something before it failed")
                continue
            try:
                finding = check()
            except (PandaError, CommandError) as error:
                advice = _ADVICE.get(error.kind) if isinstance(error, PandaError) else None
                message = _settings.in_own_words(error, self.given)
                finding = _Finding("FAILED", f"{message}; {advice}" if advice else message, exit_code(error))
                failed = True
            yield what, finding

    def library(self) -> _Finding:
        return _ok(f"{version(library=self.given.library)}, {load(self.given.library).path}")

    def configuration(self) -> _Finding:
        self.settings = _settings.read(self.given)
        self.client = self.cleanup.enter_context(PandaClient(**self.settings))
        self.address = urlsplit(self.settings.get("base_url") or _address_of_parts(self.settings))
        username = self.settings.get("username")
        account = f"user name {username}" if username else "no account, as for the 2022 edition"
        return _ok(f"{self.address.geturl()}, {account}")

    def name(self) -> _Finding:
        host, port = self.endpoint()
        try:
            found = _apart(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            raise CommandError(
                f"{host} was not found: check how it is written, and that this machine's DNS server knows it",
                exit_code(PandaConnectError()),
            ) from None
        addresses = sorted({str(address[0]) for *_, address in found})
        return _ok(f"{host} is an address" if addresses == [host] else f"{host} is {', '.join(addresses)}")

    def port(self) -> _Finding:
        host, port = self.endpoint()
        what = "the proxy" if self.settings.get("proxy") else "the platform"
        seconds = (self.settings.get("connect_timeout_ms") or 3000) / 1000
        try:
            _apart(lambda: socket.create_connection((host, port), seconds).close())
        except ConnectionRefusedError:
            raise CommandError(
                f"nothing listens at port {port} of {host}: check the port, and that {what} is running",
                exit_code(PandaConnectError()),
            ) from None
        except socket.timeout:
            raise CommandError(
                f"port {port} of {host} did not answer within {seconds:g} s: check the address, and whether a "
                "firewall lies in between",
                exit_code(PandaTimeoutError()),
            ) from None
        except OSError as error:
            raise CommandError(
                f"port {port} of {host} cannot be reached ({error.strerror}): check the address and the network",
                exit_code(PandaConnectError()),
            ) from None
        return _ok(f"{host}:{port} accepts connections")

    def tls(self) -> _Finding:
        self.answer = self.first_request()
        if self.address.scheme != "https":
            return _skipped("the address is http: passwords, tokens and tickets travel in clear")
        if isinstance(self.answer, PandaTlsError):
            raise self.answer
        return _ok("the certificate is trusted")

    def first_request(self) -> PandaError | None:
        try:
            if self.settings.get("username"):
                self.client.get_token()
            else:
                self.client.get_users(1, 1)
        except PandaError as error:
            return error
        return None

    def login(self) -> _Finding:
        if not self.settings.get("username"):
            if self.answer is not None:
                raise self.answer
            return _skipped("there is no account to log in with, as is right for the 2022 edition")
        if self.answer is not None:
            raise self.answer
        expires_at = self.client.get_token().expires_at
        return _ok(f"accepted; the token is good until {expires_at or 'a time that cannot be read'}")

    def clock(self) -> _Finding:
        date = _apart(self.date)
        if date is None:
            return _skipped("the platform does not tell the time")
        ahead = date - time.time()
        if abs(ahead) <= _CLOCK_MAY_DIFFER:
            return _ok("the platform's clock and this machine's agree")
        return _warning(
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

    def first_page(self) -> _Finding:
        page = self.client.get_users(1, 100)
        if not page.users:
            return _warning("the platform lists no users: ask its administrator what this account may see")
        return _ok(f"{len(page.users)} users of {'an unknown number' if page.count is None else page.count}")

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


def _apart(work: Callable[[], Result]) -> Result:
    """Does it in a thread: a name look-up of Python's own would let no Ctrl-C through."""
    return done(apart, work)
