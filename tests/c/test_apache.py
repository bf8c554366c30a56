"""The module of bindings/c/examples in a real httpd: prefork and event, under load and while it is reloaded."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from servers import compile_module, folder_of
from simulator import PROJECT, Simulator, wait_until
from toolchain import output_of

SOURCE = PROJECT / "bindings" / "c" / "examples" / "mod_panda_sign_in.c"
USER = "www-data"

CONFIGURATION = """
ServerRoot "{folder}"
DefaultRuntimeDir "{folder}"
PidFile "{folder}/httpd.pid"
ErrorLog "{folder}/error.log"
ServerName oa.example
Listen 127.0.0.1:{port}
User {user}
Group {user}
LoadModule mpm_{mpm}_module {modules}/mod_mpm_{mpm}.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule session_module {modules}/mod_session.so
LoadModule session_cookie_module {modules}/mod_session_cookie.so
LoadModule session_crypto_module {modules}/mod_session_crypto.so
LoadModule panda_sign_in_module "{folder}/mod_panda_sign_in.so"
StartServers 2
MaxConnectionsPerChild 40
PandaConfiguration configuration.json
<Location /oa>
    SetHandler panda-sign-in
    Session On
    SessionCookieName oa_session path=/;HttpOnly;SameSite=Lax
    SessionCryptoPassphrase wanted-for-a-test
    SessionMaxAge 28800
</Location>
"""


class Apache:
    """A running httpd of its own, in its own folder."""

    def __init__(self, folder: Path, mpm: str, simulator: Simulator) -> None:
        self.folder = folder
        account = {"baseUrl": simulator.base_url, "username": simulator.username, "password": simulator.password}
        configuration = {**account, "ticketParam": "user", "tokenStore": f"file:{folder}/token"}
        path = folder / "configuration.json"
        path.write_text(json.dumps(configuration), encoding="utf-8")
        path.chmod(0o600)
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self.port: int = unused.getsockname()[1]
        modules = output_of("apxs", "-q", "LIBEXECDIR").strip()
        settings = CONFIGURATION.format(folder=folder, port=self.port, user=USER, mpm=mpm, modules=modules)
        (folder / "httpd.conf").write_text(settings, encoding="utf-8")
        self.start()

    def start(self) -> None:
        # Where Debian has it, which is in no ordinary user's path.
        command = ["/usr/sbin/apache2", "-f", str(self.folder / "httpd.conf"), "-D", "FOREGROUND"]
        # In a session of its own, since it ends by a signal to its whole process group.
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            wait_until(self._answers)
        except AssertionError:
            self._process.terminate()
            self._process.wait(60)
            raise

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.log()
        try:
            return self.get("/")[0] == 404
        except OSError:
            return False

    def get(self, target: str, cookie: str = "") -> tuple[int, dict[str, str], str]:
        """Status, headers and body of an answer, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", target, headers={"Cookie": cookie, "Connection": "close"})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            connection.close()

    def reload(self) -> None:
        """Gracefully: processes of the earlier configuration end when they have answered."""
        earlier = self.log().count("resuming normal operations")
        self._process.send_signal(signal.SIGUSR1)
        wait_until(lambda: self.log().count("resuming normal operations") > earlier)

    def log(self) -> str:
        path = self.folder / "error.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        assert self._process.wait(60) == 0


def sources() -> tuple[str, ...]:
    """What the module is compiled with besides."""
    flags = output_of("apxs", "-q", "EXTRA_CPPFLAGS").split()
    folders = [output_of("apxs", "-q", name).strip() for name in ("INCLUDEDIR", "APR_INCLUDEDIR")]
    return (*flags, *(option for folder in folders for option in ("-isystem", folder)))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with folder_of(USER) as folder:
        compile_module(SOURCE, folder, *sources())
        yield folder


@pytest.fixture(params=["prefork", "event"])
def apache(request: pytest.FixtureRequest, folder: Path, simulator: Simulator) -> Iterator[Apache]:
    for earlier in ("error.log", "token"):
        (folder / earlier).unlink(missing_ok=True)
    apache = Apache(folder, request.param, simulator)
    try:
        yield apache
    finally:
        apache.stop()


def signs_in(apache: Apache, ticket: str) -> str:
    """Goes through a sign-in as a browser does; gives the cookie."""
    status, headers, _ = apache.get(f"/oa?page=1&user={ticket}&tab=2")
    assert status == 303, apache.log()
    # httpd makes the address whole.
    assert headers["Location"].endswith("/oa?page=1&tab=2") and ticket not in headers["Location"]
    assert headers["Cache-Control"] == "no-store"
    cookie = headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    return cookie.split(";")[0]


def test_signing_in(apache: Apache, simulator: Simulator) -> None:
    cookie = signs_in(apache, simulator.ticket(1))
    assert "user 1." in apache.get("/oa?page=1&tab=2", cookie)[2]
    assert apache.get("/oa")[0] == 403
    assert apache.get("/oa", cookie.replace("=", "=0"))[0] == 403
    status, headers, body = apache.get("/oa?user=nobodys")
    assert status == 403 and "not valid" in body and "Location" not in headers
    assert apache.get("/oa?user=a&user=b")[0] == 403
    simulator.fail({"status": {"status": 404}}, endpoint="GetUserByTicket")
    assert apache.get(f"/oa?user={simulator.ticket(1)}")[0] == 503
    assert "nobodys" not in apache.log()


def test_load_and_graceful_reloads(apache: Apache, simulator: Simulator) -> None:
    tickets = [simulator.ticket(user) for user in range(1, 9)]
    reloading = threading.Event()

    def browse(number: int) -> int:
        signed_in = 0
        while signed_in < 20 or not reloading.is_set():
            cookie = signs_in(apache, tickets[number])
            assert f"user {number + 1}." in apache.get("/oa", cookie)[2]
            signed_in += 1
        return signed_in

    with ThreadPoolExecutor(8) as pool:
        browsers = [pool.submit(browse, number) for number in range(8)]
        try:
            for _ in range(3):
                time.sleep(0.2)
                apache.reload()
        finally:
            reloading.set()
        assert sum(browser.result() for browser in browsers) >= 160
    log = apache.log()
    assert "exit signal" not in log and "panda-water: " not in log, log
    # The processes share a token: they do not take it from each other.
    assert simulator.requests("generateToken") <= 4


def test_a_call_under_way_is_answered_while_httpd_is_reloaded(apache: Apache, simulator: Simulator) -> None:
    ticket = simulator.ticket(1)
    signs_in(apache, ticket)
    simulator.fail({"latency": {"ms": 1500}}, endpoint="GetUserByTicket", times=1)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(signs_in, apache, ticket)
        wait_until(lambda: simulator.control("GET", "/counters")["getUserByTicket"]["inFlight"] == 1)
        apache.reload()
        signs_in(apache, ticket)
        slow.result()


def test_a_stop_waits_for_no_call(apache: Apache, simulator: Simulator) -> None:
    ticket = simulator.ticket(1)
    simulator.fail({"stall": "beforeHead"}, endpoint="GetUserByTicket")
    with ThreadPoolExecutor(4) as pool:
        slow = [pool.submit(apache.get, f"/oa?user={ticket}") for _ in range(4)]
        wait_until(lambda: simulator.control("GET", "/counters")["getUserByTicket"]["inFlight"] == 4)
        apache.stop()
        # httpd closes the connections of its own accord, with an answer or without.
        assert all(call.exception() is None or isinstance(call.exception(), OSError) for call in slow)
    # What it says of a process for which it waited 3 seconds.
    assert "did not exit" not in apache.log()


def test_a_browser_that_goes_away_frees_its_thread(apache: Apache, simulator: Simulator) -> None:
    ticket = simulator.ticket(1)
    simulator.fail({"stall": "beforeHead"}, endpoint="GetUserByTicket")
    with socket.create_connection(("127.0.0.1", apache.port)) as browser:
        browser.sendall(f"GET /oa?user={ticket} HTTP/1.1\r\nHost: oa.example\r\n\r\n".encode())
        wait_until(lambda: simulator.control("GET", "/counters")["getUserByTicket"]["inFlight"] == 1)
    wait_until(lambda: "the caller's check ended the call" in apache.log())


@pytest.mark.parametrize("configuration", ["[]", "{", None])
def test_httpd_does_not_start_with_a_wrong_configuration(
    folder: Path, simulator: Simulator, configuration: object
) -> None:
    apache = Apache(folder, "event", simulator)
    apache.stop()
    path = folder / "configuration.json"
    path.unlink()
    if configuration is not None:
        path.write_text(str(configuration), encoding="utf-8")
    try:
        apache.start()
    except AssertionError as refused:
        assert "PandaConfiguration" in str(refused)
    else:
        apache.stop()
        pytest.fail("it starts")
