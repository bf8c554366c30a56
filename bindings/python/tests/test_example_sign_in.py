"""The sign-in route, over real HTTP."""

from __future__ import annotations

import http.client
import importlib.util
import io
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Iterator
from wsgiref.simple_server import make_server
from wsgiref.validate import validator

import pytest

from panda_water import PandaClient
from programs import running
from simulator import Simulator

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "sign_in_wsgi.py"


def load_example() -> Any:
    spec = importlib.util.spec_from_file_location("sign_in_wsgi", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


example = load_example()


class Browser:
    """Sends requests as they are given, follows nothing, and remembers no cookie."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str, cookie: str = "", method: str = "GET") -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, headers={"Cookie": cookie} if cookie else {})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        return answer.status, headers, text


@pytest.fixture
def browser(simulator: Simulator, capfd: pytest.CaptureFixture[str]) -> Iterator[Browser]:
    with PandaClient(**simulator.account, retries=0, deadline_ms=20000) as client:
        application = example.Application(client, "user")
        with make_server(
            "127.0.0.1", 0, validator(application), example.ThreadingServer, example.QuietHandler
        ) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            try:
                yield Browser(server.server_port)
            finally:
                server.shutdown()
                thread.join()
    assert "Traceback" not in capfd.readouterr().err


def session_of(headers: dict[str, str]) -> str:
    found = re.fullmatch(r"(session=[\w-]{43}); Path=/; HttpOnly; SameSite=Lax", headers["set-cookie"])
    assert found is not None
    return found[1]


def test_sign_in(browser: Browser, simulator: Simulator) -> None:
    ticket = simulator.ticket(1)
    status, headers, text = browser.get(f"/oa?a=%E4%B8%AD&user={ticket}&b=2")
    assert (status, headers["location"]) == (303, "/oa?a=%E4%B8%AD&b=2")
    assert ticket not in text + str(headers)
    status, _, text = browser.get(headers["location"], session_of(headers))
    assert status == 200
    assert "陈涛" in text


def test_new_session_id(browser: Browser, simulator: Simulator) -> None:
    ticket = simulator.ticket(1)
    planted = "session=" + "x" * 43
    first = session_of(browser.get(f"/oa?user={ticket}", planted)[1])
    assert first != planted
    second = session_of(browser.get(f"/oa?user={ticket}", first)[1])
    assert second != first
    assert browser.get("/oa", planted)[0] == 403
    assert browser.get("/oa", first)[0] == 403
    assert browser.get("/oa", second)[0] == 200


@pytest.mark.parametrize("query", ["user=unknown", "user=", "user=a&user=b", "user=%00", "user=%FF", "user"])
def test_invalid_ticket(browser: Browser, query: str) -> None:
    status, headers, text = browser.get(f"/oa?{query}")
    assert status == 403
    assert "not valid" in text
    assert "unknown" not in text
    assert "set-cookie" not in headers


@pytest.mark.parametrize("path", ["//evil.example/oa", "/%2Fevil.example/oa", "//evil.example", "///evil.example"])
def test_only_to_the_same_site(browser: Browser, simulator: Simulator, path: str) -> None:
    status, headers, _ = browser.get(f"{path}?user={simulator.ticket(1)}")
    assert status == 303
    # Some servers shorten the path before.
    assert re.match(r"/(?!/)[^\\]*\Z", headers["location"])


def test_backslash(browser: Browser, simulator: Simulator) -> None:
    status, headers, _ = browser.get(f"/%5Cevil.example?user={simulator.ticket(1)}")
    assert (status, headers["location"]) == (303, "/%5Cevil.example")
    status, headers, _ = browser.get(f"/oa?next=\\\\evil.example&user={simulator.ticket(1)}")
    assert (status, headers["location"]) == (303, "/oa?next=%5C%5Cevil.example")


def test_other_failures_are_told_without_details(
    browser: Browser, simulator: Simulator, capfd: pytest.CaptureFixture[str]
) -> None:
    ticket = simulator.ticket(1)
    simulator.fail({"status": {"status": 502}}, "GetUserByTicket")
    status, headers, text = browser.get(f"/oa?user={ticket}")
    assert status == 503
    assert "502" not in text
    assert "set-cookie" not in headers
    logged = capfd.readouterr().err
    assert "502" in logged
    assert ticket not in logged


def test_log_holds_no_ticket(browser: Browser, simulator: Simulator, capfd: pytest.CaptureFixture[str]) -> None:
    ticket = simulator.ticket(1)
    browser.get(f"/oa?user={ticket}")
    browser.get("/oa?user=hush")
    logged = capfd.readouterr().err
    assert "GET /oa 303" in logged
    assert ticket not in logged
    assert "hush" not in logged


@pytest.mark.parametrize("cookie", ["", "session=unknown", "session", "a b=c; session=;;", '"'])
def test_without_a_session(browser: Browser, cookie: str) -> None:
    assert browser.get("/oa", cookie)[0] == 403
    assert browser.get("/oa?a=1&xuser=b", cookie)[0] == 403


def test_only_get(browser: Browser, simulator: Simulator) -> None:
    ticket = simulator.ticket(1)
    for method in ("POST", "PUT", "DELETE"):
        assert browser.get(f"/oa?user={ticket}", method=method)[0] == 405


def test_names_are_escaped(browser: Browser, simulator: Simulator) -> None:
    user = simulator.control("POST", "/users", {"userName": "<script>alert(1)</script>"})
    _, headers, _ = browser.get(f"/oa?user={simulator.ticket(user['id'])}")
    text = browser.get(headers["location"], session_of(headers))[2]
    simulator.control("DELETE", f"/users/{user['id']}")
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def call(application: Any, **environ: Any) -> tuple[str, dict[str, str]]:
    """A request as another server would pass it on."""
    told: list[Any] = []
    request = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/oa",
        "QUERY_STRING": "",
        "wsgi.url_scheme": "https",
        "wsgi.errors": io.StringIO(),
    }
    application({**request, **environ}, lambda status, headers: told.extend((status, dict(headers))))
    return told[0], told[1]


def test_behind_another_server(simulator: Simulator) -> None:
    ticket = simulator.ticket(1)
    with PandaClient(**simulator.account) as client:
        application = example.Application(client, session_seconds=0)
        status, headers = call(application, SCRIPT_NAME="/app", QUERY_STRING=f"ticket={ticket}")
        assert (status[:3], headers["Location"]) == ("303", "/app/oa")
        assert headers["Set-Cookie"].endswith("; SameSite=Lax; Secure")
        # The session has ended.
        assert call(application, HTTP_COOKIE=headers["Set-Cookie"].partition(";")[0])[0][:3] == "403"
        for path in ("//evil.example/oa", "/\\evil.example", "http://evil.example/", "oa", "", "\t//evil.example"):
            status, headers = call(application, PATH_INFO=path, QUERY_STRING=f"ticket={ticket}")
            target = headers.get("Location", "/")
            assert re.match(r"/(?!/)[^\\\t]*\Z", target)
        raw = "/文件".encode().decode("latin-1")
        assert call(application, PATH_INFO=raw, QUERY_STRING=f"ticket={ticket}")[1]["Location"] == (
            "/%E6%96%87%E4%BB%B6"
        )


def test_as_a_program(simulator: Simulator) -> None:
    environ = {
        **os.environ,
        "PYTHONPATH": str(EXAMPLE.parents[1]),
        "PANDA_WATER_BASE_URL": simulator.base_url,
        "PANDA_WATER_USERNAME": simulator.username,
        "PANDA_WATER_PASSWORD": simulator.password,
        "PANDA_WATER_TICKET_PARAM": "user",
    }
    command = [sys.executable, str(EXAMPLE), "0"]
    with running(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        address = re.fullmatch(r"http://localhost:(\d+)/oa\n", process.stdout.readline().decode())
        assert address is not None
        ticket = simulator.ticket(1)
        status, _, _ = Browser(int(address[1])).get(f"/oa?user={ticket}")
        process.terminate()
        assert status == 303
        assert ticket.encode() not in process.stderr.read()


@pytest.mark.parametrize("path", ["//evil.example/oa", "/\t/evil.example", "/..//evil.example", "/a/..//evil.example"])
def test_servers_that_pass_paths_on_as_they_are(simulator: Simulator, path: str) -> None:
    with PandaClient(**simulator.account) as client:
        application = example.Application(client)
        status, headers = call(application, PATH_INFO=path, QUERY_STRING=f"ticket={simulator.ticket(1)}")
    assert status == "303 See Other"
    assert re.match(r"/(?!/)[^\\]*\Z", headers["Location"])
    assert (headers["Location"] == "/") == ("\t" not in path)  # It is quoted, and so a letter as any other.
