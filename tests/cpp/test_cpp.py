"""include/panda_water.hpp and panda_water98.hpp: compiled by every standard that they promise, and run under
sanitizers where they are installed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator
from toolchain import (
    CXX_COMPILERS,
    INCLUDE,
    PROJECT,
    SANITIZERS,
    WARNINGS,
    Toolchain,
    has_sanitizers,
    output_of,
    run,
    settings_for,
)

SOURCE = Path(__file__).resolve().parent / "wrapper.cpp"
STANDARDS = ("c++11", "c++14", "c++17", "c++20")
OPTIONS = ("-pthread", f"-I{PROJECT / 'tests' / 'c'}")
BUILDS = [(compiler, standard) for compiler in CXX_COMPILERS for standard in STANDARDS]


def linked(toolchain: Toolchain, compiler: str, standard: str) -> Path:
    sanitizers = SANITIZERS if has_sanitizers(compiler) else ()
    return toolchain.link(compiler, SOURCE, f"-std={standard}", *OPTIONS, *sanitizers)


@pytest.fixture(scope="module", params=BUILDS, ids="-".join)
def wrapper(request: pytest.FixtureRequest, toolchain: Toolchain) -> Path:
    return linked(toolchain, *request.param)


@pytest.mark.parametrize("compiler", CXX_COMPILERS)
def test_header_in_two_files_of_a_program(compiler: str, tmp_path: Path) -> None:
    """Every function is inline: what two files include can be linked together."""
    objects = []
    for name in ("one", "other"):
        source, compiled = tmp_path / f"{name}.cpp", tmp_path / f"{name}.o"
        source.write_text(f"#include <panda_water.hpp>\nvoid {name}() {{ panda_water::set_log(nullptr); }}\n")
        command = [compiler, "-std=c++11", *WARNINGS, "-Wshadow", "-Wconversion", f"-I{INCLUDE}", "-c", str(source)]
        subprocess.run([*command, "-o", str(compiled)], check=True)
        objects.append(str(compiled))
    subprocess.run([compiler, "-r", "-nostdlib", *objects, "-o", str(tmp_path / "both.o")], check=True)


@pytest.mark.parametrize("standard", ["c++98", *STANDARDS])
@pytest.mark.parametrize("compiler", CXX_COMPILERS)
def test_cxx98(toolchain: Toolchain, simulator: Simulator, compiler: str, standard: str) -> None:
    source = SOURCE.with_name("wrapper98.cpp")
    sanitizers = SANITIZERS if has_sanitizers(compiler) else ()
    program = toolchain.link(compiler, source, f"-std={standard}", *OPTIONS, "-Weffc++", "-Wshadow", *sanitizers)
    run(program, f"/oa?ticket={simulator.ticket(1)}", settings=settings_for(simulator))


@pytest.mark.parametrize("standard", STANDARDS)
def test_no_warning_of_effective_cxx(standard: str) -> None:
    source = """#include <panda_water.hpp>
        int main() {
            panda_water::client client{panda_water::config("http://h")};
            panda_water::link_users(client.users(), {}, {});
            return client.sync({}).added.empty() && client.get_users().users.empty();
        }"""
    command = ["g++", f"-std={standard}", *WARNINGS, "-Weffc++", f"-I{INCLUDE}", "-x", "c++", "-fsyntax-only", "-"]
    subprocess.run(command, input=source, encoding="utf-8", check=True)


@pytest.mark.parametrize("compiler", CXX_COMPILERS)
def test_sanitizers_are_in_the_program(toolchain: Toolchain, compiler: str) -> None:
    if not has_sanitizers(compiler):
        pytest.skip(f"{compiler}'s sanitizers are not installed: its programs ran without them")
    for standard in STANDARDS:
        symbols = output_of("nm", toolchain.link(compiler, SOURCE, f"-std={standard}", *OPTIONS, *SANITIZERS))
        assert "__asan_init" in symbols
        assert "__ubsan_handle_" in symbols


@pytest.mark.parametrize(
    "scenario",
    ["without_a_platform", "configuration", "users", "algorithms", "sync", "link", "handles", "classes", "log"],
)
def test_scenario(wrapper: Path, simulator: Simulator, scenario: str) -> None:
    run(wrapper, scenario, settings=settings_for(simulator))


@pytest.mark.parametrize("scenario", ["calls", "arguments", "threads"])
def test_scenario_with_a_ticket(wrapper: Path, simulator: Simulator, scenario: str) -> None:
    run(wrapper, scenario, simulator.ticket(1), settings=settings_for(simulator))


def test_environment(wrapper: Path, simulator: Simulator) -> None:
    variables = {
        "OA_BASE_URL": "b",
        "OA_MAX_RESPONSE_BYTES": "5",
        "OA_HEADERS": '{"X-One": "1"}',
        "OA_PROXY": "",
        "BAD0_RETRIES": "ten",
        "BAD1_RETRIES": "-1",
        "BAD2_TIMEOUT_MS": "99999999999999999999",
        "BAD3_HEADERS": "hush",
        "BAD4_HEADERS": '"{hush"',
        "BAD5_HEADERS": '{"hush": ',
    }
    prefixes = ["OA_", *(f"BAD{number}_" for number in range(6))]
    run(wrapper, "environment", *prefixes, settings={**settings_for(simulator), **variables})


def test_sync_of_changes(wrapper: Path) -> None:
    with Simulator("--users", "20") as simulator:
        settings = settings_for(simulator)
        state = run(wrapper, "state", settings=settings).stdout.strip()
        simulator.control("DELETE", "/users/3")
        simulator.control("PATCH", "/users/1", {"userName": "陈涛二"})
        run(wrapper, "sync_of_changes", state, "3", settings=settings)


def test_listing_goes_on_where_it_failed(wrapper: Path, simulator: Simulator) -> None:
    simulator.fail({"status": {"status": 503}}, endpoint="GetUsers", after=1, times=1)
    run(wrapper, "resumed_listing", settings=settings_for(simulator))


def test_calls_that_their_caller_ends(wrapper: Path, simulator: Simulator) -> None:
    simulator.fail({"stall": "beforeHead"}, endpoint="GetUsers")
    run(wrapper, "cancelling", settings=settings_for(simulator))


@pytest.mark.parametrize("compiler", CXX_COMPILERS)
def test_a_stop_token_ends_a_call(toolchain: Toolchain, simulator: Simulator, compiler: str) -> None:
    simulator.fail({"stall": "beforeHead"}, endpoint="GetUsers")
    run(linked(toolchain, compiler, "c++20"), "stop_token", settings=settings_for(simulator))


def test_user_of_the_name_null(wrapper: Path, simulator: Simulator) -> None:
    user = {
        "dept": {"phone": "13", "name": '水厂"phone":', "jobNumber": None},
        "id": 2**53 - 1,
        "userName": "null",
        "jobNumber": "null",
        "phone": None,
        "roles": ["a", "b"],
    }
    answer = {"answer": {"body": json.dumps({"code": 0, "msg": "OK", "data": user})}}
    simulator.fail(answer, endpoint="GetUserByTicket")
    run(wrapper, "odd_user", settings=settings_for(simulator))


def test_missing_count(wrapper: Path, simulator: Simulator) -> None:
    simulator.behave(count="missing")
    run(wrapper, "missing_count", settings=settings_for(simulator))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (None, "ticket 0 0 GetUserByTicket 1 1"),
        ({"status": {"status": 503}}, "http 1 503 GetUserByTicket - 2"),
        ({"status": {"status": 404}}, "http 0 404 GetUserByTicket - 1"),
        # The first one went out on the connection that the login left, and is not counted as a retry.
        ("drop", "connect 1 0 GetUserByTicket - 3"),
        ({"stall": "beforeHead"}, "timeout 1 0 GetUserByTicket - 2"),
        ({"answer": {"body": "{}"}}, "response 0 0 GetUserByTicket - 1"),
    ],
    ids=["ticket", "http", "http_for_good", "connect", "timeout", "response"],
)
def test_failure(wrapper: Path, simulator: Simulator, fault: Any, expected: str) -> None:
    if fault:
        simulator.fail(fault, endpoint="GetUserByTicket")
    run(wrapper, "failure", expected, settings=settings_for(simulator))


def test_refused_login(wrapper: Path, simulator: Simulator) -> None:
    settings = {**settings_for(simulator), "PANDA_WATER_PASSWORD": "wrong"}
    run(wrapper, "failure", "auth 0 0 GenerateToken - 1", settings=settings)


def test_certificate_that_nobody_trusts(wrapper: Path) -> None:
    with Simulator("--tls") as simulator:
        run(wrapper, "failure", "tls 0 0 GenerateToken - 1", settings=settings_for(simulator))
