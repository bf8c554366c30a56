"""The wheel: what it holds, and that it works in an environment of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from simulator import Simulator

pytest.importorskip("hatchling")

HERE = Path(__file__).resolve().parents[1]

TEN_LINES = """
import sys
from panda_water import PandaClient, process_stats

base_url, username, password, ticket = sys.argv[1:]
with PandaClient(base_url, username=username, password=password) as client:
    assert client.user_from_url("http://oa.example/oa?ticket=" + ticket).user_name == "陈涛"
    assert sum(1 for user in client.iter_users()) == 3661
assert process_stats() == {"clients": 0, "cursors": 0, "strings": 0}
"""


def build(folder: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    return subprocess.run(command, cwd=HERE, env=environ, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = build(folder, dict(os.environ))
    assert built.returncode == 0, built.stdout.decode()
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_name_and_contents(wheel: Path) -> None:
    assert re.fullmatch(r"panda_water-[\d.]+-py3-none-(?!any)\w+\.whl", wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (name for name in names if name.endswith("/METADATA"))
        assert "License-Expression: MIT OR Apache-2.0" in archive.read(metadata).decode()
    assert "panda_water/libpanda_water.so" in names
    assert "panda_water/py.typed" in names
    assert any(name.endswith("/LICENSE-MIT") for name in names)
    assert any(name.endswith("/LICENSE-APACHE") for name in names)
    assert not any(name.startswith(("tests/", "examples/")) for name in names)


def test_in_an_environment_of_its_own(wheel: Path, simulator: Simulator, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv")
    python = str(tmp_path / "venv" / "bin" / "python")
    environ = {name: text for name, text in os.environ.items() if not name.startswith(("PANDA_", "PYTHON"))}
    pip = [sys.executable, "-m", "pip", "--python", python, "--quiet", "--disable-pip-version-check"]
    install = [*pip, "install", "--no-index", str(wheel)]
    subprocess.run(install, check=True, env=environ, cwd=tmp_path)
    arguments = [simulator.base_url, simulator.username, simulator.password, simulator.ticket(1)]
    subprocess.run([python, "-W", "error", "-c", TEN_LINES, *arguments], check=True, env=environ, cwd=tmp_path)
    settings = {
        "PANDA_WATER_BASE_URL": simulator.base_url,
        "PANDA_WATER_USERNAME": simulator.username,
        "PANDA_WATER_PASSWORD": simulator.password,
    }
    script = [str(tmp_path / "venv" / "bin" / "panda-water"), "doctor"]
    shown = subprocess.run(script, check=True, env={**environ, **settings}, cwd=tmp_path, stdout=subprocess.PIPE)
    assert shown.stdout.count(b"\n") == 8


def test_missing_library_is_told(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.so")
    built = build(tmp_path, {**os.environ, "PANDA_WATER_LIBRARY": missing})
    assert built.returncode != 0
    assert missing in built.stdout.decode()
    assert "cargo build --release" in built.stdout.decode()
