"""The command line, run as its users run it."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Iterator

import pytest

from panda_water._cli._files import protected, unprotected
from programs import running
from simulator import Simulator, wait_until

HERE = Path(__file__).resolve().parents[1]
BOM = b"\xef\xbb\xbf"
PROGRAM = (sys.executable, "-W", "error", "-m", "panda_water")
WITHOUT_RICH = (
    sys.executable,
    "-c",
    "import sys; sys.modules['rich'] = None; from panda_water._cli import main; sys.exit(main())",
)


class Shell:
    """Runs commands with the settings of a platform in their environment."""

    def __init__(self, platform: Simulator | None, folder: Path) -> None:
        self.folder = folder
        self.environ = {name: text for name, text in os.environ.items() if not name.startswith("PANDA_WATER_")}
        self.environ["PANDA_WATER_LIBRARY"] = os.environ["PANDA_WATER_LIBRARY"]
        self.environ["PYTHONPATH"] = str(HERE)
        self.environ["PYTHONIOENCODING"] = "utf-8"
        if platform is not None:
            self.environ["PANDA_WATER_BASE_URL"] = platform.base_url
            self.environ["PANDA_WATER_USERNAME"] = platform.username
            self.environ["PANDA_WATER_PASSWORD"] = platform.password

    def run(
        self, *arguments: str, code: int = 0, entered: str = "", program: tuple[str, ...] = PROGRAM, **environ: str
    ) -> tuple[bytes, str]:
        """Gives what it wrote to standard output and standard error."""
        done = subprocess.run(
            [*program, *arguments],
            check=False,
            cwd=self.folder,
            env={**self.environ, **environ},
            input=entered.encode(),
            capture_output=True,
            timeout=120,
        )
        errors = done.stderr.decode()
        assert done.returncode == code, (done.stdout, errors)
        assert "Traceback" not in errors
        assert b"abcdefg" not in done.stdout + done.stderr
        return done.stdout, errors

    def on_terminal(self, *arguments: str, entered: str = "", program: tuple[str, ...] = PROGRAM) -> str:
        """Gives what a terminal shows."""
        pty = pytest.importorskip("pty")
        ours, theirs = pty.openpty()
        environ = {**self.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
        with running(
            [*program, *arguments],
            cwd=self.folder,
            env=environ,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        ) as process:
            os.close(theirs)
            shown = b""
            while True:
                try:
                    piece = os.read(ours, 65536)
                except OSError:
                    break
                if not piece:
                    break
                shown += piece
                if entered and shown.endswith(b": "):
                    os.write(ours, f"{entered}\n".encode())
                    entered = ""
            os.close(ours)
        assert process.returncode == 0, shown
        return shown.decode()


@pytest.fixture
def shell(simulator: Simulator, tmp_path: Path) -> Shell:
    return Shell(simulator, tmp_path)


@pytest.fixture
def platform() -> Iterator[Simulator]:
    """A platform of this test's own, whose users it may change."""
    with Simulator("--users", "40") as simulator:
        yield simulator


def rows(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(BOM)
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


# doctor


def findings(shown: bytes) -> dict[str, tuple[str, str]]:
    found = [re.fullmatch(r"(\w+) +([\w ]+): +(.+)", line) for line in shown.decode().splitlines()]
    return {match[2]: (match[1], match[3]) for match in found if match is not None}


CHECKS = ["library", "configuration", "name", "port", "TLS", "login", "clock", "first page"]


def test_doctor_finds_nothing(shell: Shell) -> None:
    shown, errors = shell.run("doctor")
    found = findings(shown)
    assert list(found) == CHECKS
    assert len(shown.splitlines()) == len(CHECKS)
    assert {outcome for outcome, _ in found.values()} == {"ok", "skipped"}
    assert found["TLS"][0] == "skipped"
    assert "3661" in found["first page"][1]
    assert errors == ""


@pytest.mark.parametrize(
    ("settings", "check", "said", "code"),
    [
        ({"PANDA_WATER_PASSWORD": "hush"}, "login", "check user name and password", 20),
        ({"PANDA_WATER_PASSWORD": ""}, "configuration", "PANDA_WATER_PASSWORD is missing", 2),
        ({"PANDA_WATER_BASE_URL": "http://127.0.0.1:9/panda"}, "port", "nothing listens at port 9", 10),
        ({"PANDA_WATER_BASE_URL": "http://no-such-host.invalid/panda"}, "name", "was not found", 10),
        ({"PANDA_WATER_BASE_URL": "127.0.0.1/panda"}, "configuration", "http://", 2),
        ({"PANDA_WATER_BASE_URL": "http://u:hush@127.0.0.1/panda"}, "configuration", "account", 2),
        ({"PANDA_WATER_COLOUR": "hush"}, "configuration", "PANDA_WATER_COLOUR", 2),
        ({"PANDA_WATER_CA_FILE": "/no/such.pem"}, "configuration", "PANDA_WATER_CA_FILE", 2),
    ],
)
def test_doctor_finds(shell: Shell, settings: dict[str, Any], check: str, said: str, code: int) -> None:
    shown, _ = shell.run("doctor", code=code, **settings)
    found = findings(shown)
    assert list(found) == CHECKS
    assert [name for name, (outcome, _) in found.items() if outcome == "FAILED"] == [check]
    assert said in found[check][1]
    assert b"hush" not in shown


def test_doctor_finds_another_project(shell: Shell, simulator: Simulator) -> None:
    shown, _ = shell.run("doctor", "--base-url", f"{simulator.base_url}x", code=13)
    outcome, said = findings(shown)["login"]
    assert outcome == "FAILED"
    assert "project name" in said


def test_doctor_finds_https_where_none_is(shell: Shell, simulator: Simulator) -> None:
    shown, _ = shell.run("doctor", "--base-url", simulator.base_url.replace("http", "https"), code=12)
    assert findings(shown)["TLS"][0] == "FAILED"


def test_doctor_finds_an_unknown_authority(tmp_path: Path) -> None:
    authority = tmp_path / "authority.pem"
    with Simulator("--tls", "--ca-out", str(authority)) as platform:
        shell = Shell(platform, tmp_path)
        outcome, said = findings(shell.run("doctor", code=12)[0])["TLS"]
        assert outcome == "FAILED"
        assert "authority" in said
        found = findings(shell.run("doctor", "--ca-file", str(authority))[0])
        assert {outcome for outcome, _ in found.values()} == {"ok"}


def test_doctor_finds_an_old_certificate(tmp_path: Path) -> None:
    authority = tmp_path / "authority.pem"
    with Simulator("--tls", "--tls-expired", "--ca-out", str(authority)) as platform:
        shown, _ = Shell(platform, tmp_path).run("doctor", "--ca-file", str(authority), code=12)
    found = findings(shown)
    assert "expired" in found["TLS"][1]
    # A wrong clock would explain it.
    assert found["clock"][0] == "ok"


@pytest.mark.parametrize(("skew", "said"), [(3_700_000, "1 h 1 min"), (-90_000, "behind")])
def test_doctor_finds_a_clock_that_is_wrong(shell: Shell, simulator: Simulator, skew: int, said: str) -> None:
    simulator.behave(clockSkewMs=skew)
    outcome, text = findings(shell.run("doctor")[0])["clock"]
    assert outcome == "warning"
    assert said in text


def test_doctor_without_a_clock_to_compare(shell: Shell, simulator: Simulator) -> None:
    simulator.behave(dateHeader=False)
    assert findings(shell.run("doctor")[0])["clock"][0] == "skipped"


def test_doctor_finds_an_answer_that_is_none(shell: Shell, simulator: Simulator) -> None:
    simulator.fail({"answer": {"body": "<html>hello</html>"}}, "GetUsers")
    outcome, said = findings(shell.run("doctor", code=14)[0])["first page"]
    assert outcome == "FAILED"
    assert "may not be the platform" in said


def test_doctor_finds_an_unusable_token_store(shell: Shell) -> None:
    found = findings(shell.run("doctor", "--token-store", "file:/no/such/folder/token", code=40)[0])
    assert found["configuration"][1].startswith("--token-store: ")


def test_doctor_of_2022(tmp_path: Path) -> None:
    with Simulator("--edition", "2022") as platform:
        shell = Shell(None, tmp_path)
        found = findings(shell.run("doctor", "--base-url", platform.base_url)[0])
    assert found["login"][0] == "skipped"
    assert found["first page"][0] == "ok"


def test_doctor_with_the_address_in_parts(shell: Shell, simulator: Simulator) -> None:
    host, _, rest = simulator.base_url.partition("://")[2].partition(":")
    port, _, project = rest.partition("/")
    shown, _ = shell.run("doctor", "--host", host, "--port", port, "--project-name", project)
    assert findings(shown)["configuration"][1].startswith(simulator.base_url)


def test_doctor_without_the_library(shell: Shell) -> None:
    library = shell.environ.pop("PANDA_WATER_LIBRARY")
    if (HERE / "panda_water" / Path(library).name).exists():
        pytest.skip("the package holds a library")
    assert findings(shell.run("doctor", code=4)[0])["library"][0] == "FAILED"


# users


def test_users_as_csv(shell: Shell) -> None:
    shown, errors = shell.run("users")
    users = rows(shown)
    assert [user["id"] for user in users] == [str(number) for number in range(1, 3662)]
    assert users[0]["userName"] == "陈涛"
    assert users[0]["jobNumber"] == "000001"
    assert errors == ""


def test_users_in_a_file(shell: Shell) -> None:
    shown, _ = shell.run("users", "--out", "用户.csv", "--page-size", "1000")
    assert shown == b""
    file = shell.folder / "用户.csv"
    assert len(rows(file.read_bytes())) == 3661
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    # Who may read the file stays as it was.
    file.chmod(0o640)
    shell.run("users", "--out", "用户.csv", "--keyword", "陈涛")
    assert {row["userName"][:2] for row in rows(file.read_bytes())} == {"陈涛"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in shell.folder.iterdir()] == ["用户.csv"]


def test_users_as_json_lines(shell: Shell, simulator: Simulator) -> None:
    simulator.behave(extraFields=True)
    shown, _ = shell.run("users", "--format", "jsonl")
    users = [json.loads(line) for line in shown.decode().splitlines()]
    assert len(users) == 3661
    assert users[0]["userName"] == "陈涛"
    assert len(users[0]) > 5
    assert "陈涛".encode() in shown


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "gbk"])
def test_users_as_a_table(shell: Shell, encoding: str) -> None:
    shown, _ = shell.run("users", "--format", "table", "--keyword", "陈涛", PYTHONIOENCODING=encoding)
    header, first, *_ = shown.decode(encoding).splitlines()
    assert header.split() == ["id", "userName", "phone", "jobNumber"]
    assert first.split()[0] == "1"
    assert ("陈涛" in first) == (encoding != "ascii")


def test_csv_does_not_depend_on_the_encoding_of_the_terminal(shell: Shell) -> None:
    assert shell.run("users", PYTHONIOENCODING="ascii")[0] == shell.run("users")[0]


def test_formulas_are_text(platform: Simulator, tmp_path: Path) -> None:
    names = ["=cmd|' /C calc'!A0", "+86 1", "-1", "@SUM(A1)", "＝1", "\t=1", "'=1", "安全"]
    for name in names:
        platform.control("POST", "/users", {"userName": name})
    users = rows(Shell(platform, tmp_path).run("users")[0])[-len(names) :]
    for user, name in zip(users, names):
        assert unprotected(user["userName"]) == name
        assert not user["userName"].startswith(("=", "+", "-", "@", "＝", "\t"))
        assert (user["userName"] == name) == (name == "安全")


@pytest.mark.parametrize("text", ["", "'", "a", "'a", "=", "'=", "''=", "''a", "-'", "中"])
def test_protection_can_be_taken_back(text: str) -> None:
    assert unprotected(protected(text)) == text


def test_names_direct_no_terminal(platform: Simulator, tmp_path: Path) -> None:
    platform.control("POST", "/users", {"userName": "\x1b[2Jhush[bold]x[/bold]"})
    shown, _ = Shell(platform, tmp_path).run("users", "--format", "table")
    assert b"\x1b" not in shown
    assert "\ufffd[2Jhush[bold]x[/bold]" in shown.decode()


def test_terminal_with_rich(shell: Shell) -> None:
    pytest.importorskip("rich")
    shown = shell.on_terminal("users", "--out", "users.csv")
    assert "/3661" in shown
    shown = shell.on_terminal("users", "--keyword", "陈涛")
    assert "┃" in shown
    assert "陈涛" in shown


def test_terminal_without_rich(shell: Shell) -> None:
    shown = shell.on_terminal("users", "--out", "users.csv", program=WITHOUT_RICH)
    assert "\r3600 of 3661 users" in shown
    shown = shell.on_terminal("users", "--keyword", "陈涛", program=WITHOUT_RICH)
    assert "id  userName" in shown
    assert "陈涛" in shown


def test_reader_that_goes_away(shell: Shell) -> None:
    with running([*PROGRAM, "users"], env=shell.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode in (0, 141)


def test_failed_listing_leaves_the_file_as_it_was(shell: Shell, simulator: Simulator) -> None:
    file = shell.folder / "users.csv"
    file.write_text("before")
    simulator.fail({"status": {"status": 500}}, "GetUsers", after=2)
    _, errors = shell.run("users", "--out", "users.csv", "--retries", "0", code=13)
    assert "500" in errors
    assert file.read_text() == "before"
    assert [path.name for path in shell.folder.iterdir()] == ["users.csv"]


def test_link_to_a_file_stays(shell: Shell) -> None:
    (shell.folder / "real.csv").write_text("before")
    (shell.folder / "users.csv").symlink_to("real.csv")
    shell.run("users", "--out", "users.csv")
    assert (shell.folder / "users.csv").is_symlink()
    assert len(rows((shell.folder / "real.csv").read_bytes())) == 3661


def test_file_that_cannot_be_written(shell: Shell) -> None:
    for path in ("no/such/folder.csv", ".", "/dev/full"):
        _, errors = shell.run("users", "--out", path, code=5)
        assert "cannot be written" in errors


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("verbose", [[], ["--verbose"]])
def test_interrupted(shell: Shell, simulator: Simulator, number: int, code: int, verbose: list[str]) -> None:
    simulator.fail({"stall": "beforeHead"}, "GetUsers", after=2)
    shell.environ.update(PANDA_WATER_TIMEOUT_MS="120000", PANDA_WATER_DEADLINE_MS="120000")
    command = [*PROGRAM, "users", "--out", "users.csv", "--page-size", "10", *verbose]
    with running(command, cwd=shell.folder, env=shell.environ, stderr=subprocess.PIPE) as process:
        wait_until(lambda: simulator.requests("getUsers") > 2)
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert errors.splitlines()[-1] == b"panda-water: interrupted"
    assert verbose or len(errors.splitlines()) == 1
    assert process.returncode == code
    assert list(shell.folder.iterdir()) == []


def test_interrupted_list_on_standard_output_is_said_to_be_incomplete(shell: Shell, simulator: Simulator) -> None:
    simulator.fail({"stall": "beforeHead"}, "GetUsers", after=2)
    shell.environ.update(PANDA_WATER_TIMEOUT_MS="120000", PANDA_WATER_DEADLINE_MS="120000")
    command = [*PROGRAM, "users", "--page-size", "10"]
    with running(command, env=shell.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        wait_until(lambda: simulator.requests("getUsers") > 2)
        process.send_signal(signal.SIGINT)
        shown, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.count(b"\n") == 1
    assert (b"incomplete" in errors) == (shown != b"")


@pytest.mark.skipif(sys.platform != "linux", reason="a lock of its C library")
def test_interrupted_name_look_up_of_the_doctor(shell: Shell) -> None:
    # As a look-up is: code in C that waits and does not care for signals.
    code = """
import ctypes, socket, sys
lock, native = ctypes.create_string_buffer(64), ctypes.CDLL(None)
def look_up(*_, **__):
    print("waits", flush=True)
    while True: native.pthread_mutex_lock(lock)
socket.getaddrinfo = look_up
from panda_water._cli import main
sys.exit(main())
"""
    with running(
        [sys.executable, "-c", code, "doctor"],
        env=shell.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"ok       library")
        assert process.stdout.readline().startswith(b"ok       configuration")
        assert process.stdout.readline() == b"waits\n"
        # It waits a moment later; if not yet, this shows less, and fails no more.
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr.read() == b"panda-water: interrupted\n"


def test_list_that_fails_at_once_leaves_nothing_that_looks_like_one(shell: Shell, simulator: Simulator) -> None:
    simulator.fail({"status": {"status": 500}}, "GetUsers")
    for form in ("csv", "jsonl", "table"):
        shown, errors = shell.run("users", "--format", form, "--retries", "0", code=13)
        assert shown == b""
        assert "incomplete" not in errors


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_list_that_fails_later_is_said_to_be_incomplete(shell: Shell, simulator: Simulator, form: str) -> None:
    simulator.fail({"status": {"status": 500}}, "GetUsers", after=5)
    shown, errors = shell.run("users", "--format", form, "--retries", "0", code=6)
    assert 10 < len(shown.splitlines()) < 3661
    assert "500" in errors
    assert "the list on standard output is incomplete" in errors
    simulator.heal()
    simulator.fail({"status": {"status": 500}}, "GetUsers", after=5)
    shell.run("users", "--format", form, "--retries", "0", "--out", "users", code=13)


# Standard streams


def redirected(to: str) -> tuple[str, ...]:
    return ("sh", "-c", f'exec "$@" {to}', "sh", *PROGRAM)


@pytest.mark.parametrize(("to", "said"), [(">&-", "Bad file descriptor"), (">/dev/full", "No space left on device")])
@pytest.mark.parametrize("command", [["users"], ["users", "--format", "table"], ["ticket"], ["doctor"], ["--help"]])
def test_standard_output_that_cannot_be_written(
    shell: Shell, simulator: Simulator, to: str, said: str, command: list[str]
) -> None:
    shown, errors = shell.run(*command, program=redirected(to), entered=simulator.ticket(1), code=5)
    assert shown == b""
    assert errors == f"panda-water: standard output cannot be written: {said}; what is there is incomplete\n"


@pytest.mark.parametrize("to", [">&-", ">/dev/full", "2>&-", "2>/dev/full", "<&-", "<&- >&- 2>&-"])
def test_work_that_needs_no_standard_stream(platform: Simulator, tmp_path: Path, to: str) -> None:
    shell = Shell(platform, tmp_path)
    (tmp_path / "own.csv").write_text(OWN, encoding="utf-8")
    program = redirected(to)
    assert shell.run("users", "--out", "users.csv", program=program)[0] == b""
    assert len(rows((tmp_path / "users.csv").read_bytes())) == 40
    assert shell.run("sync", "--state", "state", "--out", "changes.csv", program=program)[0] == b""
    assert len(rows((tmp_path / "changes.csv").read_bytes())) == 40
    assert shell.run("link", "--own", "own.csv", "--out", "links.csv", program=program)[0] == b""
    assert rows((tmp_path / "links.csv").read_bytes())


@pytest.mark.parametrize("to", ["2>&-", "2>/dev/full"])
def test_exit_code_without_standard_error(shell: Shell, simulator: Simulator, to: str) -> None:
    program = redirected(to)
    assert len(rows(shell.run("users", "--verbose", program=program)[0])) == 3661
    shell.run("users", "--colour", program=program, code=2)
    shown, _ = shell.run("users", "--username", "nobody", program=program, code=20)
    assert shown == b""
    simulator.fail({"status": {"status": 500}}, "GetUsers", after=5)
    shell.run("users", "--retries", "0", program=program, code=6)


def test_ticket_without_standard_input(shell: Shell) -> None:
    assert shell.run("ticket", program=redirected("<&-"), code=1)[0] == b""


def test_quiet(platform: Simulator, tmp_path: Path) -> None:
    shell = Shell(platform, tmp_path)
    (tmp_path / "own.csv").write_text(OWN, encoding="utf-8")
    for arguments in (
        ["doctor"],
        ["users", "--out", "users.csv"],
        ["sync", "--state", "state", "--out", "changes.csv"],
        ["link", "--own", "own.csv", "--out", "links.csv"],
    ):
        assert shell.run(*arguments, "--quiet") == (b"", "")
    assert shell.on_terminal("users", "--out", "users.csv", "--quiet") == ""
    assert len(rows(shell.run("users", "-q")[0])) == 40
    shown, _ = shell.run("doctor", "--quiet", "--username", "nobody", code=20)
    assert list(findings(shown)) == ["login"]
    assert "refused" in shell.run("users", "--quiet", "--username", "nobody", code=20)[1]
    shell.run("users", "--quiet", "--verbose", code=2)


def test_doctor_for_programs(shell: Shell) -> None:
    found = json.loads(shell.run("doctor", "--json", PYTHONIOENCODING="ascii")[0])
    assert found["exitCode"] == 0
    assert [check["check"] for check in found["checks"]] == CHECKS
    assert {check["outcome"] for check in found["checks"]} == {"ok", "skipped"}
    shown, errors = shell.run("doctor", "--json", "--username", "陈涛", code=20)
    found = json.loads(shown)
    assert found["exitCode"] == 20
    assert [check["check"] for check in found["checks"] if check["outcome"] == "failed"] == ["login"]
    assert "陈涛" in found["checks"][1]["message"]
    assert errors == ""


# ticket


@pytest.mark.parametrize("arguments", [[], ["-"], ["--format", "jsonl"], ["--format", "csv"]])
@pytest.mark.parametrize(
    "form", ["{}", "http://oa.example/oa?a=1&ticket={}", "/oa?ticket={}\n", "ticket={}", "?ticket={}"]
)
def test_ticket(shell: Shell, simulator: Simulator, arguments: list[str], form: str) -> None:
    ticket = simulator.ticket(1)
    shown, errors = shell.run("ticket", *arguments, entered=form.format(ticket))
    assert "陈涛" in shown.decode()
    assert ticket not in shown.decode() + errors


def test_ticket_of_another_parameter(shell: Shell, simulator: Simulator) -> None:
    url = f"/oa?user={simulator.ticket(1)}"
    shell.run("ticket", "--ticket-param", "user", entered=url)
    shell.run("ticket", entered=url, PANDA_WATER_TICKET_PARAM="user")
    shell.run("ticket", entered=url, code=21)


def test_ticket_that_looks_like_an_address(shell: Shell, simulator: Simulator) -> None:
    simulator.ticket(1, ticket="/a+b==")
    shell.run("ticket", entered="/a+b==")


def test_invalid_ticket(shell: Shell) -> None:
    for entered in ("hush", "/oa?ticket=hush", "/oa?user=hush"):
        shown, errors = shell.run("ticket", entered=entered, code=21)
        assert shown == b""
        assert "hush" not in errors
    shell.run("ticket", entered="", code=1)


def test_ticket_is_not_taken_from_the_command_line(shell: Shell, simulator: Simulator) -> None:
    ticket = simulator.ticket(1)
    for arguments in (
        ["ticket", f"http://oa.example/oa?ticket={ticket}"],
        ["ticket", ticket],
        ["ticket", "-", ticket],
        [ticket],
        ["ticket", f"--ticket={ticket}"],
        ["ticket", f"--verbose={ticket}"],
        ["ticket", "--format", ticket],
    ):
        shown, errors = shell.run(*arguments, code=2)
        assert ticket not in shown.decode() + errors
    assert simulator.requests("getUserByTicket") == 0


def test_ticket_that_is_asked_for_is_not_shown(shell: Shell, simulator: Simulator) -> None:
    ticket = simulator.ticket(1)
    shown = shell.on_terminal("ticket", entered=f"/oa?ticket={ticket}")
    assert "Sign-in URL or ticket: " in shown
    assert "陈涛" in shown
    assert ticket not in shown


# Configuration


def test_password_that_is_asked_for_is_not_shown(shell: Shell) -> None:
    password = shell.environ.pop("PANDA_WATER_PASSWORD")
    shown = shell.on_terminal("users", "--keyword", "陈涛", entered=password)
    assert "Password of xiaomi: " in shown
    assert "陈涛" in shown
    assert password not in shown


def test_password_in_a_file(shell: Shell) -> None:
    file = shell.folder / "password"
    for content in (b"abcdefg", b"abcdefg\n", BOM + b"abcdefg\r\n"):
        file.write_bytes(content)
        shell.run("doctor", "--password-file", "password", PANDA_WATER_PASSWORD="wrong")
    shell.run("doctor", "--password-file", "missing", code=5)
    file.write_bytes(b"\xff\xff")
    shell.run("doctor", "--password-file", "password", code=5)


def test_options_come_before_the_environment(shell: Shell, simulator: Simulator) -> None:
    shell.run("users", "--base-url", simulator.base_url, PANDA_WATER_BASE_URL="http://127.0.0.1:9")
    address: dict[str, Any] = {"PANDA_WATER_BASE_URL": "", "PANDA_WATER_HOST": "127.0.0.1", "PANDA_WATER_PORT": "9"}
    shell.run("users", "--base-url", simulator.base_url, **address)
    shell.run("users", "--username", "nobody", code=20)


def test_secrets_are_refused_and_not_repeated(shell: Shell) -> None:
    for arguments in (
        ["--password", "hush"],
        ["--password=hush"],
        ["--headers", "hush"],
        ["--proxy", "http://u:hush@127.0.0.1:9"],
        ["--token-store", "redis://:hush@127.0.0.1"],
        ["--base-url", "http://u:hush@127.0.0.1"],
        ["--port", "hush"],
        ["hush"],
    ):
        shown, errors = shell.run("users", *arguments, code=2)
        assert "hush" not in shown.decode() + errors
        assert errors


def test_verbose_shows_no_secret(shell: Shell, simulator: Simulator) -> None:
    ticket = simulator.ticket(1)
    _, errors = shell.run("ticket", "--verbose", entered=ticket)
    assert "debug" in errors
    assert ticket not in errors


# Exit codes


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": {"status": 502}}, 13),
        ({"stall": "beforeHead"}, 11),
        ({"answer": {"body": "<html></html>"}}, 14),
        ({"answer": {"body": '{"code":7,"msg":"维护中","data":null}'}}, 50),
        ("drop", 10),
    ],
)
def test_exit_codes(shell: Shell, simulator: Simulator, fault: Any, code: int) -> None:
    simulator.fail(fault, "GetUsers")
    _, errors = shell.run("users", "--retries", "0", "--timeout-ms", "2000", "--deadline-ms", "5000", code=code)
    assert errors.startswith("panda-water: ")


def test_exit_code_of_a_moving_list(tmp_path: Path) -> None:
    moving = {"moving": {"action": "insertFront", "every": 1}}
    with Simulator("--behaviour", json.dumps(moving)) as platform:
        Shell(platform, tmp_path).run("users", "--out", "users.csv", code=30)


def test_help_and_version(shell: Shell) -> None:
    for command in ((), ("doctor",), ("users",), ("ticket",), ("sync",), ("link",)):
        assert b"usage: panda-water" in shell.run(*command, "--help")[0]
    assert shell.run("--version")[0].startswith(b"panda-water ")
    shell.run(code=2)
    shell.run("sync", code=2)


# sync


def test_sync(platform: Simulator, tmp_path: Path) -> None:
    shell = Shell(platform, tmp_path)
    _, errors = shell.run("sync", "--state", "state", "--out", "changes.csv")
    assert errors == "40 users: 40 added, 0 updated, 0 removed, 0 unchanged\n"
    assert {row["change"] for row in rows((tmp_path / "changes.csv").read_bytes())} == {"added"}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o600
    platform.control("POST", "/users", {"userName": "新用户"})
    platform.control("PATCH", "/users/2", {"userName": "陈涛二"})
    platform.control("DELETE", "/users/7")
    _, errors = shell.run("sync", "--state", "state", "--out", "changes.csv", "--page-size", "7")
    assert errors == "40 users: 1 added, 1 updated, 1 removed, 38 unchanged\n"
    changes = rows((tmp_path / "changes.csv").read_bytes())
    assert [(row["change"], row["id"], row["userName"]) for row in changes] == [
        ("added", "41", "新用户"),
        ("updated", "2", "陈涛二"),
        ("removed", "7", ""),
    ]
    shell.run("sync", "--state", "state", "--out", "changes.csv")
    assert rows((tmp_path / "changes.csv").read_bytes()) == []


def test_sync_as_json_lines(platform: Simulator, tmp_path: Path) -> None:
    shell = Shell(platform, tmp_path)
    shell.run("sync", "--state", "state", "--out", "changes.jsonl")
    platform.control("DELETE", "/users/7")
    lines = (tmp_path / "changes.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0])["change"] == "added"
    assert json.loads(lines[0])["userName"] == "陈涛"
    shell.run("sync", "--state", "state", "--out", "changes", "--format", "jsonl")
    assert json.loads((tmp_path / "changes").read_text()) == {"change": "removed", "id": 7}


def test_sync_that_cannot_write_the_changes_keeps_the_state(platform: Simulator, tmp_path: Path) -> None:
    shell = Shell(platform, tmp_path)
    shell.run("sync", "--state", "state", "--out", "changes.csv")
    before = (tmp_path / "state").read_bytes()
    platform.control("DELETE", "/users/7")
    shell.run("sync", "--state", "state", "--out", "no/such/folder.csv", code=5)
    shell.run("sync", "--state", "state", "--out", "changes.csv", "--no-clobber", code=5)
    assert (tmp_path / "state").read_bytes() == before
    shell.run("sync", "--state", "state", "--out", "more.csv", "--no-clobber")
    assert [row["id"] for row in rows((tmp_path / "more.csv").read_bytes())] == ["7"]


def test_sync_that_cannot_write_the_state_tells_the_changes_again(platform: Simulator, tmp_path: Path) -> None:
    shell = Shell(platform, tmp_path)
    shell.run("sync", "--state", "no/such/state", "--out", "changes.csv", code=5)
    shell.run("sync", "--state", "state", "--out", "changes.csv")
    assert len(rows((tmp_path / "changes.csv").read_bytes())) == 40


def test_sync_is_guarded(platform: Simulator, tmp_path: Path) -> None:
    shell = Shell(platform, tmp_path)
    shell.run("sync", "--state", "state", "--out", "changes.csv")
    for number in range(1, 21):
        platform.control("DELETE", f"/users/{number}")
    shell.run("sync", "--state", "state", "--out", "changes.csv", code=31)
    shell.run("sync", "--state", "state", "--out", "changes.csv", "--max-removed-percent", "50")
    assert len(rows((tmp_path / "changes.csv").read_bytes())) == 20


@pytest.mark.parametrize("state", ["", "damaged", "中"])
def test_damaged_state(platform: Simulator, tmp_path: Path, state: str) -> None:
    (tmp_path / "state").write_text(state, encoding="utf-8")
    _, errors = Shell(platform, tmp_path).run("sync", "--state", "state", "--out", "changes.csv", code=1)
    assert "remove that file" in errors
    assert not (tmp_path / "changes.csv").exists()


def test_state_in_the_file_of_changes(shell: Shell) -> None:
    shell.run("sync", "--state", "file", "--out", "./file", code=2)


# link

OWN = """id,userName,phone,jobNumber
chen,陈涛,,000001
zhang,,16417280315,
hu,胡和林,,999
wang,谢发乐,,
wang2,谢发乐,,
han,韩秀,,
new,不存在的人,,
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_link(platform: Simulator, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "own.csv").write_bytes(OWN.replace("\n", "\r\n").encode(encoding))
    _, errors = Shell(platform, tmp_path).run("link", "--own", "own.csv", "--out", "links.csv")
    assert errors.startswith("2 linked, 1 suggested, 2 in conflict, 0 broken")
    found = rows((tmp_path / "links.csv").read_bytes())
    assert [(row["why"], row["pandaId"], row["ownId"]) for row in found if row["result"] == "link"] == [
        ("jobNumber", "1", "chen"),
        ("phone", "5", "zhang"),
    ]
    assert found[0]["pandaUserName"] == "陈涛"
    assert found[0]["ownUserName"] == "陈涛"
    assert {row["namesDiffer"] for row in found} == {""}
    (suggestion,) = (row for row in found if row["result"] == "suggestion")
    assert (suggestion["why"], suggestion["pandaId"], suggestion["ownId"]) == ("userName", "7", "han")
    groups = [(row["group"], row["pandaId"], row["ownId"]) for row in found if row["result"] == "conflict"]
    assert ("", "new") in [(row["pandaId"], row["ownId"]) for row in found if row["result"] == "unlinked"]
    assert len({group for group, _, _ in groups}) == 2
    # Every user is in exactly one place.
    assert sorted(int(row["pandaId"]) for row in found if row["pandaId"]) == list(range(1, 41))
    assert len([row for row in found if row["ownId"]]) == 7


def test_confirmed_suggestions_stay(platform: Simulator, tmp_path: Path) -> None:
    shell = Shell(platform, tmp_path)
    (tmp_path / "own.csv").write_text(OWN, encoding="utf-8")
    shell.run("link", "--own", "own.csv", "--out", "links.csv")
    confirmed = (tmp_path / "links.csv").read_text(encoding="utf-8-sig").replace("suggestion,userName", "link,me")
    (tmp_path / "links.csv").write_text(confirmed, encoding="utf-8-sig")
    # The same file may be read and written.
    _, errors = shell.run("link", "--own", "own.csv", "--out", "links.csv", "--existing", "links.csv")
    assert errors.startswith("3 linked, 0 suggested, 2 in conflict, 0 broken")
    found = rows((tmp_path / "links.csv").read_bytes())
    assert {row["why"] for row in found if row["result"] == "link"} == {"existing"}
    (tmp_path / "own.csv").write_text(OWN.replace("chen,", "chen2,"), encoding="utf-8")
    shell.run("link", "--own", "own.csv", "--out", "links.csv", "--existing", "links.csv")
    found = rows((tmp_path / "links.csv").read_bytes())
    assert [(row["why"], row["ownId"]) for row in found if row["result"] == "broken"] == [("gone", "chen")]


def test_names_that_differ(platform: Simulator, tmp_path: Path) -> None:
    shell = Shell(platform, tmp_path)
    (tmp_path / "own.csv").write_text(OWN.replace("陈涛", "李四"), encoding="utf-8")
    link = ("link", "--own", "own.csv", "--out", "links.csv")
    _, errors = shell.run(*link)
    assert errors.startswith("1 linked, 2 suggested, 2 in conflict, 0 broken")
    assert "1 suggested although the names differ" in errors
    found = rows((tmp_path / "links.csv").read_bytes())
    suggested = {row["ownId"]: (row["why"], row["namesDiffer"]) for row in found if row["result"] == "suggestion"}
    assert suggested == {"chen": ("jobNumber", "yes"), "han": ("userName", "")}
    _, errors = shell.run(*link, "--names", "ignore")
    assert errors.startswith("2 linked, 1 suggested, 2 in conflict, 0 broken")
    assert "names" not in errors
    assert {row["namesDiffer"] for row in rows((tmp_path / "links.csv").read_bytes())} == {""}
    shell.run(*link, "--names", "both", code=2)


def test_chinese_header_and_rules(platform: Simulator, tmp_path: Path) -> None:
    own = "工号,姓名,手机号,编号,备注\n000001,陈涛,,=1,x\n,,,,\n"
    (tmp_path / "own.csv").write_text(own, encoding="gbk")
    shell = Shell(platform, tmp_path)
    shell.run("link", "--own", "own.csv", "--out", "links.csv", "--rules", "phone,jobNumber")
    first = rows((tmp_path / "links.csv").read_bytes())[0]
    assert (first["result"], first["why"], first["ownId"]) == ("link", "jobNumber", "'=1")
    shell.run("link", "--own", "own.csv", "--out", "links.csv", "--existing", "links.csv")
    assert rows((tmp_path / "links.csv").read_bytes())[0]["why"] == "existing"
    shell.run("link", "--own", "own.csv", "--out", "links.csv", "--rules", "colour", code=1)


@pytest.mark.parametrize(
    ("own", "said", "code"),
    [
        (None, "cannot be read", 5),
        ("", "no column id", 5),
        ("name\nx\n", "no column id", 5),
        ("id,name\n,x\n", "line 2: id is empty", 5),
        ('id,name\n1,"x\n', "line", 5),
        ("id\n1\n1\n", "twice", 1),
    ],
)
def test_own_users_that_cannot_be_read(
    platform: Simulator, tmp_path: Path, own: str | None, said: str, code: int
) -> None:
    if own is not None:
        (tmp_path / "own.csv").write_text(own)
    _, errors = Shell(platform, tmp_path).run("link", "--own", "own.csv", "--out", "links.csv", code=code)
    assert said in errors
    assert not (tmp_path / "links.csv").exists()


def test_existing_links_that_cannot_be_read(platform: Simulator, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(OWN, encoding="utf-8")
    (tmp_path / "existing.csv").write_text("result,pandaId,ownId\nlink,x,chen\n")
    shell = Shell(platform, tmp_path)
    _, errors = shell.run("link", "--own", "own.csv", "--out", "links.csv", "--existing", "existing.csv", code=5)
    assert "pandaId" in errors
