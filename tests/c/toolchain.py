"""How the tests of C and C++ compile programs against the built library and run them."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulator import LIBRARY, PROJECT, Simulator

if TYPE_CHECKING:
    from typing import Mapping

INCLUDE = PROJECT / "include"
SONAME = "libpanda_water.so.1"

WARNINGS = ("-Wall", "-Wextra", "-pedantic", "-Werror")
C_COMPILERS = [compiler for compiler in ("gcc", "clang") if shutil.which(compiler)]
CXX_COMPILERS = [compiler for compiler in ("g++", "clang++") if shutil.which(compiler)]

SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")

# What a C program needs that takes in the static archive: `rustc --print native-static-libs`.
STATIC_LIBRARIES = ("-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc")

# Far beyond what any program takes on a slow machine: for those that hang.
PATIENCE_SECONDS = 600

VALGRIND = ("valgrind", "--quiet", "--leak-check=full", "--error-exitcode=99")


def output_of(*command: str | Path) -> str:
    """What a tool prints."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


@lru_cache(maxsize=None)
def has_sanitizers(compiler: str) -> bool:
    """Whether the compiler's sanitizers are installed: clang's runtime is a package of its own."""
    command = [compiler, *SANITIZERS, "-x", "c++", "-", "-o", os.devnull]
    source = "int main() { return 0; }"
    return subprocess.run(command, input=source, encoding="utf-8", stderr=subprocess.DEVNULL).returncode == 0


class Toolchain:
    """Compiles programs into a folder of its own, in which the library lies as an installation has it.

    The first option names the standard. A program is compiled once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in (SONAME, "libpanda_water.so"):
            (folder / name).symlink_to(LIBRARY.resolve())

    def link(self, compiler: str, source: Path, *options: str) -> Path:
        """A program that uses the shared library."""
        found_at = (f"-L{self._folder}", f"-Wl,-rpath,{self._folder}")
        return self._compile(compiler, source, options, *found_at, "-lpanda_water", "-lpthread", "-ldl")

    def link_statically(self, compiler: str, source: Path, *options: str) -> Path:
        """A program that takes in the static archive."""
        return self._compile(compiler, source, options, str(LIBRARY.with_suffix(".a")), *STATIC_LIBRARIES)

    def _compile(self, compiler: str, source: Path, options: tuple[str, ...], *libraries: str) -> Path:
        language = "c++" if "++" in compiler else "c"
        linked = "static" if libraries[0].endswith(".a") else "shared"
        program = self._folder / f"{source.stem}-{compiler}{options[0]}-{linked}"
        if not program.exists():
            command = [compiler, *WARNINGS, *options, "-g", f"-I{INCLUDE}", "-x", language, str(source), "-x", "none"]
            subprocess.run([*command, "-o", str(program), *libraries], check=True)
        return program


def run(
    *command: str | Path, settings: Mapping[str, str] | None = None, status: int = 0
) -> subprocess.CompletedProcess[str]:
    """Runs a program with these settings in its environment; it must end with this status."""
    usual = {name: value for name, value in os.environ.items() if not name.startswith("PANDA_WATER_")}
    ended = subprocess.run(
        command,
        env={**usual, **(settings or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
    )
    assert ended.returncode == status, f"status {ended.returncode}\n{ended.stdout[-2000:]}\n{ended.stderr[-8000:]}"
    return ended


def settings_for(simulator: Simulator) -> dict[str, str]:
    """The environment by which a program finds the simulator."""
    return {"PANDA_WATER_" + name.upper(): value for name, value in simulator.account.items()}


@pytest.fixture(scope="session")
def toolchain(tmp_path_factory: pytest.TempPathFactory) -> Toolchain:
    return Toolchain(tmp_path_factory.mktemp("programs"))
