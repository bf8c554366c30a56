"""The sign-in route of bindings/c/examples, run as a web server runs a CGI program."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest

from simulator import PROJECT, Simulator
from toolchain import VALGRIND, Toolchain, run

SOURCE = PROJECT / "bindings" / "c" / "examples" / "sign_in_cgi.c"
SCRIPT = "/cgi-bin/sign_in"


class Answer(NamedTuple):
    headers: dict[str, str]
    body: str
    log: str

    @property
    def status(self) -> int:
        return int(self.headers["Status"].split()[0])


class Route:
    """The program, installed with a configuration and a folder for sessions."""

    def __init__(self, program: Path, folder: Path, simulator: Simulator) -> None:
        self._program = program
        self.sessions = folder / "sessions"
        self.sessions.mkdir(mode=0o700)
        self._configuration = folder / "configuration.json"
        self.configure(simulator.base_url, simulator.username, simulator.password)

    def configure(self, base_url: str, username: str, password: str) -> None:
        account = {"baseUrl": base_url, "username": username, "password": password, "retries": 0}
        self._configuration.write_text(json.dumps(account), encoding="utf-8")

    def get(self, query: str, **variables: str) -> Answer:
        settings = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": SCRIPT,
            "QUERY_STRING": query,
            "OA_CONFIGURATION": str(self._configuration),
            "OA_SESSIONS": str(self.sessions),
            **variables,
        }
        ended = run(*VALGRIND, self._program, settings=settings)
        head, _, body = ended.stdout.replace("\r\n", "\n").partition("\n\n")
        headers = dict(line.split(": ", 1) for line in head.splitlines())
        # Whatever is answered, it is kept nowhere, and the address with the ticket is passed to nobody.
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        return Answer(headers, body, ended.stderr)

    def stored(self) -> list[Path]:
        return sorted(self.sessions.iterdir())


@pytest.fixture
def route(toolchain: Toolchain, simulator: Simulator, tmp_path: Path) -> Route:
    return Route(toolchain.link("gcc", SOURCE, "-std=c99"), tmp_path, simulator)


def test_signing_in(route: Route, simulator: Simulator) -> None:
    answer = route.get(f"page=%E4%B8%AD&ticket={simulator.ticket(1)}&tab=2")
    assert answer.status == 303
    assert answer.headers["Location"] == f"{SCRIPT}?page=%E4%B8%AD&tab=2"
    cookie = re.fullmatch(r"oa_session=([0-9a-f]{64}); Path=/; HttpOnly; SameSite=Lax", answer.headers["Set-Cookie"])
    assert cookie
    (session,) = route.stored()
    assert session.name == cookie[1]
    assert session.read_text() == "1"
    assert stat.S_IMODE(session.stat().st_mode) == 0o600

    greeting = route.get("page=%E4%B8%AD&tab=2", HTTP_COOKIE=f"theme=dark; oa_session={cookie[1]}")
    assert greeting.status == 200
    assert "user 1" in greeting.body


def test_every_sign_in_begins_a_session_of_its_own(route: Route, simulator: Simulator) -> None:
    ticket = simulator.ticket(1)
    planted = "0" * 64
    for _ in range(2):
        assert planted not in route.get(f"ticket={ticket}", HTTP_COOKIE=f"oa_session={planted}").headers["Set-Cookie"]
    assert len(route.stored()) == 2


def test_cookie_over_https(route: Route, simulator: Simulator) -> None:
    assert route.get(f"ticket={simulator.ticket(1)}", HTTPS="on").headers["Set-Cookie"].endswith("; Secure")


def test_own_name_of_the_parameter(route: Route, simulator: Simulator) -> None:
    ticket = "a+b/=&?#% 中"
    simulator.ticket(1, ticket=ticket)
    answer = route.get(f"user={quote(ticket, safe='')}", OA_TICKET_PARAM="user")
    assert answer.status == 303
    assert answer.headers["Location"] == SCRIPT


@pytest.mark.parametrize("ticket", ["nobody's", "%3Cscript%3E"])
def test_ticket_of_nobody(route: Route, ticket: str) -> None:
    answer = route.get(f"ticket={ticket}")
    assert answer.status == 403
    assert "not valid" in answer.body
    assert "Set-Cookie" not in answer.headers
    assert not route.stored()
    for text in (answer.body, answer.log):
        assert "nobody's" not in text
        assert "script" not in text


@pytest.mark.parametrize("query", ["", "page=1", "ticket=", "ticket=a&ticket=b", "ticket=a%00"])
def test_no_usable_ticket(route: Route, query: str) -> None:
    answer = route.get(query)
    assert answer.status == 403
    assert not route.stored()


@pytest.mark.parametrize(
    "cookie",
    ["", "oa_session=", f"oa_session={'0' * 64}", "oa_session=../configuration.json", f"x_oa_session={'0' * 64}"],
)
def test_no_session(route: Route, cookie: str) -> None:
    assert route.get("", HTTP_COOKIE=cookie).status == 403


@pytest.mark.parametrize(
    ("script", "target"),
    [
        ("//evil.example/oa", "/"),
        ("/\\evil.example/oa", "/"),
        ("/..//evil.example/oa", "/"),
        ("http://evil.example/", "/"),
        ("/a\r\nX: y", "/aX: y"),
        ("", "/"),
    ],
)
def test_redirect_stays_on_this_site(route: Route, simulator: Simulator, script: str, target: str) -> None:
    answer = route.get(f"ticket={simulator.ticket(1)}", SCRIPT_NAME=script)
    assert answer.status == 303
    assert answer.headers["Location"] == target
    assert "X" not in answer.headers


def test_platform_that_does_not_answer(route: Route, simulator: Simulator) -> None:
    simulator.fail({"status": {"status": 503}}, endpoint="GetUserByTicket")
    answer = route.get(f"ticket={simulator.ticket(1)}")
    assert answer.status == 503
    assert "503" not in answer.body
    assert "503" in answer.log


def test_configuration_that_is_wrong(route: Route, simulator: Simulator) -> None:
    route.configure("gopher://h", simulator.username, simulator.password)
    answer = route.get("ticket=abc")
    assert answer.status == 503
    assert "gopher" not in answer.body


def test_other_method(route: Route, simulator: Simulator) -> None:
    assert route.get(f"ticket={simulator.ticket(1)}", REQUEST_METHOD="POST").status == 405
    assert not route.stored()
