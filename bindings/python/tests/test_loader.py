"""Which library is loaded, and what is said where none is."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from panda_water import PandaClient, PandaLibraryError, version

REAL = os.environ["PANDA_WATER_LIBRARY"]


def compile_library(folder: Path, source: str) -> Path:
    library = folder / "libother.so"
    (folder / "other.c").write_text(source)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(folder / "other.c")], check=True)
    return library


@pytest.fixture
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PANDA_WATER_LIBRARY")


@pytest.mark.usefixtures("no_variable")
def test_path_in_code() -> None:
    assert version(library=REAL)
    assert version(library=Path(REAL))
    PandaClient("http://h", library=REAL).close()


@pytest.mark.usefixtures("no_variable")
def test_relative_path_in_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(REAL).parent)
    assert version(library=Path(REAL).name)


def test_path_in_code_comes_first(tmp_path: Path) -> None:
    copy = tmp_path / "copy.so"
    shutil.copy(REAL, copy)
    program = (
        "import sys, panda_water\n"
        "panda_water.version(library=sys.argv[1])\n"
        "maps = open('/proc/self/maps').read()\n"
        "assert sys.argv[1] in maps and sys.argv[2] not in maps\n"
    )
    run(program, str(copy), REAL)


def test_system_search_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(REAL, tmp_path / "libpanda_water.so.1")
    monkeypatch.delenv("PANDA_WATER_LIBRARY")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    run("import panda_water; panda_water.version()")


def test_copy_in_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = Path(sys.modules["panda_water"].__file__ or "").parent
    shutil.copytree(package, tmp_path / "panda_water")
    shutil.copy(REAL, tmp_path / "panda_water" / "libpanda_water.so")
    monkeypatch.delenv("PANDA_WATER_LIBRARY")
    run(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import panda_water; panda_water.version()")


def test_none_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken.so"
    broken.write_text("this is not a library")
    missing = tmp_path / "missing.so"
    monkeypatch.setenv("PANDA_WATER_LIBRARY", str(broken))
    error = failure_in_a_fresh_process(missing)
    paths = [path for path, _ in error.tried]
    assert paths[:2] == [str(missing), str(broken)]
    assert Path(paths[2]).name == "libpanda_water.so"
    assert Path(paths[2]).parent.name == "panda_water"
    assert paths[3:] == ["libpanda_water.so.1", "libpanda_water.so"]
    for path, reason in error.tried:
        assert path in str(error)
        assert reason in str(error)
    assert "No such file" in error.tried[0][1]
    assert "in code" in error.tried[0][1]
    assert "PANDA_WATER_LIBRARY" in error.tried[1][1]
    assert error.kind == "library"


def test_named_library_is_not_replaced_in_silence(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.so")
    with pytest.warns(RuntimeWarning, match=r"missing\.so"):
        assert version(library=missing)


def test_other_abi_version(tmp_path: Path) -> None:
    other = compile_library(tmp_path, "unsigned panda_abi_version(void) { return 2; }")
    with pytest.raises(PandaLibraryError, match=r"libother\.so.* 2.* 1") as caught:
        PandaClient("http://h", library=other)
    assert [path for path, _ in caught.value.tried] == [str(other)]


@pytest.mark.usefixtures("no_variable")
def test_library_that_lacks_functions(tmp_path: Path) -> None:
    other = compile_library(tmp_path, "unsigned panda_abi_version(void) { return 1; }")
    path, reason = failure_in_a_fresh_process(other).tried[0]
    assert path == str(other)
    assert "panda_string_free" in reason


def test_import_loads_nothing() -> None:
    run("import panda_water; assert 'panda_water.so' not in open('/proc/self/maps').read()")


def failure_in_a_fresh_process(library: Path) -> PandaLibraryError:
    """Loads a library where none has been loaded yet, which the system's search would find again by its name."""
    program = (
        "import pickle, sys, panda_water\n"
        "try: panda_water.version(library=sys.argv[1])\n"
        "except panda_water.PandaLibraryError as error: sys.stdout.buffer.write(pickle.dumps(error))\n"
    )
    error = pickle.loads(run(program, str(library)))
    assert isinstance(error, PandaLibraryError)
    return error


def run(program: str, *arguments: str) -> bytes:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-W", "error", "-c", program, *arguments]
    return subprocess.run(command, check=True, env=environ, stdout=subprocess.PIPE).stdout
