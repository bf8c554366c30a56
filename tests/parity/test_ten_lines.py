"""The ten lines of the README, as a newcomer would paste them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from interface import PROJECT
from simulator import LIBRARY, Simulator


def blocks(language: str, readme: str = "README.md") -> list[str]:
    text = (PROJECT / readme).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def ten_lines(language: str, simulator: Simulator, readme: str = "README.md") -> str:
    (code,) = blocks(language, readme)
    ticket = simulator.control("POST", "/tickets", {"userId": 1})["ticket"]
    assert "http://10.0.0.8:8080/water" in code and "3F2C" in code
    return code.replace("http://10.0.0.8:8080/water", simulator.base_url).replace("3F2C", ticket)


def run(command: list[str], **environment: str) -> str:
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_compiled(language: str, suffix: str, compiler: list[str], simulator: Simulator, folder: Path) -> str:
    """The last line that the ten lines of a compiled language print."""
    source, program = folder / f"ten_lines{suffix}", folder / "ten_lines"
    source.write_text(ten_lines(language, simulator), encoding="utf-8")
    # The name that the program will ask for at run time.
    (folder / "libpanda_water.so.1").symlink_to(LIBRARY)
    warnings = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
    include, link = f"-I{PROJECT / 'include'}", [str(LIBRARY), f"-Wl,-rpath,{folder}"]
    run([*compiler, *warnings, include, "-o", str(program), str(source), *link])
    return run([str(program)]).splitlines()[-1]


@pytest.mark.parametrize(
    ("readme", "words"), [("README.md", "陈涛 is signing in"), ("README.zh-CN.md", "陈涛 正在登录")]
)
def test_python(tmp_path: Path, readme: str, words: str) -> None:
    with Simulator() as simulator:
        program = tmp_path / "ten_lines.py"
        program.write_text(ten_lines("python", simulator, readme), encoding="utf-8")
        path = str(PROJECT / "bindings" / "python")
        lines = run([sys.executable, str(program)], PYTHONPATH=path, PANDA_WATER_LIBRARY=str(LIBRARY)).splitlines()
    assert len(lines) == 3662
    assert lines[-1] == words


@pytest.mark.parametrize(
    ("language", "suffix", "compiler", "output"),
    [("c", ".c", ["gcc", "-std=c99"], "陈涛"), ("cpp", ".cpp", ["g++", "-std=c++11"], "1 is signing in")],
)
def test_c_and_cpp(tmp_path: Path, language: str, suffix: str, compiler: list[str], output: str) -> None:
    with Simulator() as simulator:
        assert run_compiled(language, suffix, compiler, simulator, tmp_path) == output


def test_c_does_not_call_a_user_without_a_name_null(tmp_path: Path) -> None:
    with Simulator() as simulator:
        body = '{"code":0,"msg":"OK","data":{"id":1,"userName":null}}'
        simulator.fail({"answer": {"body": body}}, endpoint="GetUserByTicket")
        assert run_compiled("c", ".c", ["gcc", "-std=c99"], simulator, tmp_path) == "a user without a name"


def test_java_is_what_the_wrappers_own_tests_run() -> None:
    example = PROJECT / "bindings" / "java" / "examples" / "TenLines.java"
    assert blocks("java") == [example.read_text(encoding="utf-8")]


def test_csharp(tmp_path: Path) -> None:
    package = PROJECT / "build" / "csharp" / "out"
    if not shutil.which("mcs") or not (package / "PandaWater.dll").exists():
        pytest.skip("bindings/csharp/check builds the package with mcs")
    with Simulator() as simulator:
        source, program = tmp_path / "TenLines.cs", tmp_path / "TenLines.exe"
        source.write_text(ten_lines("csharp", simulator), encoding="utf-8")
        for assembly in ["PandaWater.dll", "Newtonsoft.Json.dll"]:
            shutil.copy(package / assembly, tmp_path)
        run(["mcs", f"-r:{tmp_path}/PandaWater.dll", f"-out:{program}", str(source)])
        lines = run(["mono", str(program)], PANDA_WATER_LIBRARY=str(LIBRARY)).splitlines()
    assert len(lines) == 3662
    assert lines[-1] == "陈涛 is signing in"
