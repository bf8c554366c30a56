"""The wheel and the source distribution: what they hold, and that they work in an environment of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
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


def build(
    folder: Path, environ: dict[str, str], *, target: str = "wheel", source: Path = HERE
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder)]
    return subprocess.run(
        command, cwd=source, env=environ, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = build(folder, dict(os.environ))
    assert built.returncode == 0, built.stdout.decode()
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    built = build(folder, dict(os.environ), target="sdist")
    assert built.returncode == 0, built.stdout.decode()
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(folder)
    return folder / archive.name[: -len(".tar.gz")]


def text_of(wheel: Path, name: str) -> str:
    with zipfile.ZipFile(wheel) as archive:
        (found,) = (each for each in archive.namelist() if each.endswith(f".dist-info/{name}"))
        return archive.read(found).decode()


def test_name_and_contents(wheel: Path) -> None:
    assert re.fullmatch(r"panda_water-[\d.]+-py3-none-(?!any)\w+\.whl", wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "panda_water/libpanda_water.so" in names
    assert "panda_water/py.typed" in names
    assert any(name.endswith(".data/data/share/bash-completion/completions/panda-water") for name in names)
    assert not any(name.startswith(("tests/", "examples/")) for name in names)


def test_licences_are_where_tools_look_for_them(wheel: Path) -> None:
    metadata = text_of(wheel, "METADATA")
    assert "License-Expression: MIT OR Apache-2.0" in metadata
    for name in ("LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY-NOTICES.txt"):
        assert f"License-File: {name}\n" in metadata
        assert text_of(wheel, f"licenses/{name}")
    assert "ring 0." in text_of(wheel, "licenses/THIRD-PARTY-NOTICES.txt")


def test_the_description_links_to_no_file_of_the_project(wheel: Path) -> None:
    metadata = text_of(wheel, "METADATA")
    assert "# panda_water for Python" in metadata
    assert "the table of settings" in metadata
    assert re.findall(r"\]\((?!https://)[^)]*\)", metadata) == []


def test_a_wheel_for_another_system(tmp_path: Path) -> None:
    library = tmp_path / "panda_water.dll"
    library.write_bytes(b"MZ")
    settings = {"PANDA_WATER_LIBRARY": str(library), "PANDA_WATER_WHEEL_PLATFORM": "win_amd64"}
    built = build(tmp_path, {**os.environ, **settings})
    assert built.returncode == 0, built.stdout.decode()
    (wheel,) = tmp_path.glob("*-py3-none-win_amd64.whl")
    with zipfile.ZipFile(wheel) as archive:
        natives = [name for name in archive.namelist() if Path(name).suffix in (".dll", ".so")]
    assert natives == ["panda_water/panda_water.dll"]


def test_the_source_distribution_is_whole(sources: Path) -> None:
    for name in ("LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY-NOTICES.txt", "README.md", "PKG-INFO"):
        assert (sources / name).is_file()
    command = ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"]
    described = subprocess.run(command, cwd=sources / "rust", check=True, stdout=subprocess.PIPE).stdout
    assert b'"panda-water"' in described


def test_a_wheel_of_the_source_distribution(sources: Path, wheel: Path, tmp_path: Path) -> None:
    library = tmp_path / "libpanda_water.so"
    with zipfile.ZipFile(wheel) as archive:
        library.write_bytes(archive.read("panda_water/libpanda_water.so"))
        expected = set(archive.namelist())
    built = build(tmp_path, {**os.environ, "PANDA_WATER_LIBRARY": str(library)}, source=sources)
    assert built.returncode == 0, built.stdout.decode()
    with zipfile.ZipFile(tmp_path / wheel.name) as archive:
        assert set(archive.namelist()) == expected


def test_without_rust_the_source_distribution_says_what_is_missing(sources: Path, tmp_path: Path) -> None:
    environ = {**os.environ, "PATH": "/nonexistent", "CARGO_TARGET_DIR": str(tmp_path)}
    environ.pop("PANDA_WATER_LIBRARY", None)
    built = build(tmp_path, environ, source=sources)
    assert built.returncode != 0
    assert b"no wheel for this system, and Rust (1.90 or newer) is not there" in built.stdout


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
