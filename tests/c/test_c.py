"""The header, the built library as C sees it, and the programs beside this file."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from simulator import Simulator
from toolchain import (
    C_COMPILERS,
    CXX_COMPILERS,
    INCLUDE,
    LIBRARY,
    SONAME,
    STATIC_LIBRARIES,
    VALGRIND,
    WARNINGS,
    Toolchain,
    output_of,
    run,
    settings_for,
)

HERE = Path(__file__).resolve().parent
HEADER = INCLUDE / "panda_water.h"
C99 = "-std=c99"


def program(toolchain: Toolchain, name: str, compiler: str = "gcc", standard: str = C99) -> Path:
    return toolchain.link(compiler, HERE / f"{name}.c", standard)


# The header


@pytest.mark.parametrize(
    ("compiler", "standard"),
    [(compiler, standard) for compiler in C_COMPILERS for standard in ("c89", "c99", "c11", "c17")]
    + [(compiler, standard) for compiler in CXX_COMPILERS for standard in ("c++98", "c++11", "c++17", "c++20")],
)
def test_header_compiles(compiler: str, standard: str) -> None:
    language = "c++" if "++" in compiler else "c"
    command = [compiler, f"-std={standard}", *WARNINGS, "-Wshadow", "-Wundef", f"-I{INCLUDE}", "-x", language]
    # Twice, since the guard is a part of it; the header comes first, so that it must bring what it needs.
    source = "#include <panda_water.h>\n#include <panda_water.h>\nint main(void) { return (int)panda_abi_version(); }\n"
    subprocess.run([*command, "-fsyntax-only", "-"], input=source, encoding="utf-8", check=True)


def declared_functions() -> set[str]:
    without_comments = re.sub(r"/\*.*?\*/", "", HEADER.read_text(encoding="utf-8"), flags=re.DOTALL)
    return set(re.findall(r"PANDA_CALL (panda_\w+)\(", without_comments))


# The built library


def test_exports_are_the_functions_of_the_header() -> None:
    symbols = output_of("nm", "-D", "--defined-only", LIBRARY)
    exported = {line.split()[-1] for line in symbols.splitlines()}
    assert exported == declared_functions()
    assert exported


def test_soname_and_no_unloading() -> None:
    dynamic = output_of("readelf", "--dynamic", "--wide", LIBRARY)
    assert f"soname: [{SONAME}]" in dynamic
    assert re.search(r"\(FLAGS_1\).*\bNODELETE\b", dynamic)


def test_static_archive(toolchain: Toolchain, simulator: Simulator) -> None:
    token = toolchain.link_statically("gcc", HERE / "token.c", C99)
    assert "libpanda_water" not in output_of("readelf", "--dynamic", "--wide", token)
    run(token, settings=settings_for(simulator))


def test_archive_within_a_plugin(toolchain: Toolchain, tmp_path: Path) -> None:
    """With --exclude-libs it exports nothing of the library, so that two plug-ins have a copy each."""
    plugins = []
    for name in ("one.so", "other.so"):
        plugins.append(tmp_path / name)
        archive = LIBRARY.with_suffix(".a")
        link = [str(archive), f"-Wl,--exclude-libs,{archive.name}", *STATIC_LIBRARIES, "-o", str(plugins[-1])]
        command = ["gcc", C99, *WARNINGS, "-fPIC", "-shared", f"-I{INCLUDE}", str(HERE / "plugin.c"), *link]
        subprocess.run(command, check=True)
        exported = output_of("nm", "-D", "--defined-only", plugins[-1])
        assert [line.split()[-1] for line in exported.splitlines()] == ["plugin_works"]
    run(program(toolchain, "host_of_plugin"), *plugins)


def test_symbols_are_in_a_file_beside_the_library() -> None:
    symbols = LIBRARY.with_name(f"{LIBRARY.name}.debug")
    if ".symtab" in output_of("readelf", "--sections", "--wide", LIBRARY):
        pytest.skip("this library was built without make: it has its symbols in itself")
    build_ids = [re.findall(r"Build ID: (\w+)", output_of("readelf", "--notes", file)) for file in (LIBRARY, symbols)]
    assert build_ids[0] == build_ids[1] != []
    addresses = re.findall(r"^(\w+) T panda_json_get$", output_of("nm", "-D", LIBRARY), re.MULTILINE)
    # The debugger's way: from the library to the file by its name and checksum.
    function, place = output_of("addr2line", "-f", "-e", LIBRARY, f"0x{addresses[0]}").splitlines()
    assert function == "panda_json_get"
    assert re.search(r"src/ffi/json\.rs:\d+", place)


# The examples: one program for each task. Valgrind sees to it that they leave nothing behind, in success and failure.


def test_token(toolchain: Toolchain, simulator: Simulator) -> None:
    ended = run(*VALGRIND, program(toolchain, "token"), settings=settings_for(simulator))
    assert re.fullmatch(r"a token of \d+ characters, good until \d{4}-\d\d-\d\dT\S+\n", ended.stdout)


def test_token_refused(toolchain: Toolchain, simulator: Simulator) -> None:
    # Quotes and backslashes are a configuration's matter, not the platform's.
    settings = {**settings_for(simulator), "PANDA_WATER_PASSWORD": 'not "the" pass\\word'}
    ended = run(*VALGRIND, program(toolchain, "token"), settings=settings, status=1)
    assert ended.stderr.startswith("auth error: ")
    assert "pass\\word" not in ended.stderr


def test_configuration_that_is_wrong(toolchain: Toolchain) -> None:
    ended = run(*VALGRIND, program(toolchain, "token"), settings={"PANDA_WATER_BASE_URL": "gopher://h"}, status=1)
    assert ended.stderr.startswith("config error: ")


def test_listing(toolchain: Toolchain, simulator: Simulator) -> None:
    ended = run(*VALGRIND, program(toolchain, "listing"), settings=settings_for(simulator))
    ids = [line.split("\t")[0] for line in ended.stdout.splitlines()]
    assert len(ids) == len(set(ids)) == 3661
    assert ended.stdout.startswith("1\t陈涛\t")


def test_listing_that_fails(toolchain: Toolchain, simulator: Simulator) -> None:
    simulator.fail({"answer": {"body": "{}"}}, endpoint="GetUsers")
    ended = run(*VALGRIND, program(toolchain, "listing"), settings=settings_for(simulator), status=1)
    assert ended.stderr.startswith("response error: ")


@pytest.mark.parametrize(("compiler", "standard"), [("gcc", "-std=c99"), ("g++", "-std=c++98"), ("g++", "-std=c++17")])
def test_sign_in(toolchain: Toolchain, simulator: Simulator, compiler: str, standard: str) -> None:
    sign_in = program(toolchain, "sign_in", compiler, standard)
    url = f"http://oa.example/oa?page=1&user={simulator.ticket(1)}"
    ended = run(*VALGRIND, sign_in, url, "user", settings=settings_for(simulator))
    assert ended.stdout == "user 1 is signing in: 陈涛\ngo on to: /oa?page=1\n"


@pytest.mark.parametrize("url", ["/oa?ticket=nobody's", "/oa"])
def test_sign_in_without_a_good_ticket(toolchain: Toolchain, simulator: Simulator, url: str) -> None:
    ended = run(*VALGRIND, program(toolchain, "sign_in"), url, settings=settings_for(simulator), status=1)
    assert ended.stderr.startswith("ticket error: ")
    assert "nobody's" not in ended.stderr


@pytest.mark.parametrize("compiler", C_COMPILERS)
@pytest.mark.parametrize("name", ["token", "listing", "sign_in"])
def test_examples_compile_everywhere(toolchain: Toolchain, compiler: str, name: str) -> None:
    program(toolchain, name, compiler)


# The check programs: each ends with status 0, or says which line is not so


def test_handles(toolchain: Toolchain, simulator: Simulator) -> None:
    run(*VALGRIND, program(toolchain, "handles"), settings=settings_for(simulator))


@pytest.mark.parametrize("compiler", C_COMPILERS)
def test_json_in_c90(toolchain: Toolchain, simulator: Simulator, compiler: str) -> None:
    urls = (f"/oa?ticket={simulator.ticket(1)}", f"http://oa.example/#/oa?user={simulator.ticket(2)}&a=1")
    # Debian's valgrind cannot read the debug information that clang writes.
    checker = VALGRIND if compiler == "gcc" else ()
    run(*checker, program(toolchain, "json", compiler, "-std=c89"), *urls, settings=settings_for(simulator))


def test_panic(toolchain: Toolchain, simulator: Simulator) -> None:
    ended = run(program(toolchain, "panic"), settings=settings_for(simulator))
    assert not ended.stdout
    assert not ended.stderr


@pytest.mark.parametrize("fault", ["reset", "drop", {"truncate": {"framing": "contentLength", "reset": True}}])
def test_no_sigpipe(toolchain: Toolchain, simulator: Simulator, fault: object) -> None:
    simulator.behave(idleCloseMs=0)
    simulator.fail(fault, endpoint="GetUsers", every=2)
    # Without an account no login comes before the call.
    run(program(toolchain, "sigpipe"), json.dumps({"baseUrl": simulator.base_url, "retries": 1}))


# As in a bare container.
NO_CERTIFICATE_STORE = {"SSL_CERT_FILE": "/nonexistent", "SSL_CERT_DIR": "/nonexistent"}


@pytest.mark.parametrize("gzip", ["never", "always"])
def test_small_stack(toolchain: Toolchain, simulator: Simulator, gzip: str) -> None:
    simulator.behave(gzip=gzip)
    settings = {**settings_for(simulator), **NO_CERTIFICATE_STORE}
    run(program(toolchain, "small_stack"), simulator.ticket(1), settings=settings)


def test_small_stack_over_tls(toolchain: Toolchain, tmp_path: Path) -> None:
    ca_file = tmp_path / "authority.pem"
    with Simulator("--tls", "--ca-out", str(ca_file)) as simulator:
        settings = {**settings_for(simulator), "PANDA_WATER_CA_FILE": str(ca_file), **NO_CERTIFICATE_STORE}
        run(program(toolchain, "small_stack"), simulator.ticket(1), settings=settings)


def test_fork(toolchain: Toolchain, simulator: Simulator) -> None:
    # Calls that last are under way when the process forks.
    simulator.fail({"latency": {"ms": 5}})
    run(program(toolchain, "fork"), simulator.ticket(1), settings=settings_for(simulator))


def test_last_moments_of_threads_and_of_the_process(toolchain: Toolchain, simulator: Simulator) -> None:
    # With a name to be looked up.
    settings = {**settings_for(simulator), "PANDA_WATER_BASE_URL": simulator.base_url.replace("127.0.0.1", "localhost")}
    ended = run(program(toolchain, "last_moments"), simulator.ticket(1), settings=settings)
    assert ended.stdout == "all\n"
    assert not ended.stderr


@pytest.mark.parametrize("threads", [0, 4])
def test_fork_in_a_signal_handler(toolchain: Toolchain, simulator: Simulator, threads: int) -> None:
    handler = program(toolchain, "fork_in_handler")
    run(handler, simulator.ticket(1), str(threads), settings=settings_for(simulator))


def test_a_thread_that_is_cancelled_ends_after_its_call(toolchain: Toolchain, simulator: Simulator) -> None:
    simulator.fail({"latency": {"ms": 5}})
    run(program(toolchain, "cancelled_thread"), simulator.ticket(1), settings=settings_for(simulator))


def test_sockets_take_no_standard_descriptor(toolchain: Toolchain, simulator: Simulator) -> None:
    simulator.behave(idleCloseMs=50)
    run(program(toolchain, "descriptors"), simulator.ticket(1), settings=settings_for(simulator))


@pytest.mark.parametrize(
    ("call", "step", "most"),
    [("get", 160, 8000), ("list", 640, 32000), ("first", 640, 32000), ("sync", 640, 32000), ("link", 640, 32000)],
)
def test_little_memory_is_an_error(toolchain: Toolchain, call: str, step: int, most: int) -> None:
    memory = program(toolchain, "memory")
    with Simulator("--users", "20000") as simulator:
        ended = run(memory, call, str(step), str(most), settings=settings_for(simulator))
    # Every size is one or the other, and both are there.
    assert not ended.stderr
    counts = re.fullmatch(r"(\d+) successes, (\d+) failures\n", ended.stdout)
    assert counts
    successes, failures = map(int, counts.groups())
    assert successes + failures == most // step + 1
    assert successes and failures


def test_connections_at_rest_are_closed_on_request(toolchain: Toolchain, simulator: Simulator) -> None:
    run(*VALGRIND, program(toolchain, "trim"), simulator.ticket(1), settings=settings_for(simulator))


def test_cancel(toolchain: Toolchain, simulator: Simulator) -> None:
    simulator.fail({"stall": "beforeHead"}, endpoint="GetUsers")
    account = {"username": simulator.username, "password": simulator.password}
    patience = {"timeoutMs": 600000, "deadlineMs": 600000}
    run(program(toolchain, "cancel"), json.dumps({"baseUrl": simulator.base_url, **account, **patience}))


def test_unload(toolchain: Toolchain, simulator: Simulator) -> None:
    base_url = simulator.base_url.replace("127.0.0.1", "localhost")
    assert "localhost" in base_url
    account = {"baseUrl": base_url, "username": simulator.username, "password": simulator.password}
    unload = program(toolchain, "unload")
    assert "libpanda_water" not in output_of("readelf", "--dynamic", "--wide", unload)
    run(unload, LIBRARY, json.dumps(account))
