"""The packages in build/dist, installed into places of their own. What was not made is skipped."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from simulator import PROJECT, Simulator
from toolchain import SONAME, run, settings_for

DIST = PROJECT / "build" / "dist"
ROWS = [row.split() for row in (PROJECT / "packaging" / "targets").read_text(encoding="utf-8").splitlines()]
TARGETS = {row[0]: row[2] for row in ROWS if row and row[0] != "#" and (DIST / "native" / row[0] / "stamp").is_file()}
NOTICES = "ring 0."

# What the first bytes of a target's library say: the format and the processor.
MACHINES = {"x64": (b"\x3e\0", b"\x64\x86"), "arm64": (b"\xb7\0", b"\x64\xaa"), "x86": (b"\x03\0", b"\x4c\x01")}

IN_PYTHON = """
import sys
from panda_water import PandaClient
base_url, username, password, ticket = sys.argv[1:]
with PandaClient(base_url, username=username, password=password) as client:
    print(client.get_user_by_ticket(ticket).user_name, sum(1 for _ in client.iter_users()))
"""

IN_JAVA = """
import io.github.pandawater.*;
public class Probe {
    public static void main(String[] a) {
        try (PandaClient client = PandaClient.builder().baseUrl(a[0]).username(a[1]).password(a[2]).build()) {
            System.out.println(client.getUserByTicket(a[3]).id());
        }
    }
}
"""


IN_C = """
#include <stdio.h>
#include "panda_water.h"
int main(void) { puts(panda_version()); return 0; }
"""

IN_CMAKE = """
cmake_minimum_required(VERSION 3.5)
project(program C)
find_package(PandaWater REQUIRED CONFIG)
foreach(kind shared static)
  add_executable(${kind} program.c)
  target_link_libraries(${kind} PandaWater::${kind})
endforeach()
"""


def only(folder: str, pattern: str) -> Path:
    """The one file of this name; without it the test is skipped."""
    found = sorted((DIST / folder).glob(pattern))
    if not found:
        pytest.skip(f"build/dist/{folder} holds no {pattern}")
    assert len(found) == 1, found
    return found[0]


def fits(content: bytes, target: str) -> bool:
    """Whether a library is one for this target."""
    elf, pe = MACHINES[target.rsplit("-", 1)[1]]
    if target.startswith("win-"):
        header = int.from_bytes(content[60:64], "little")
        return content[:2] == b"MZ" and content[header + 4 : header + 6] == pe
    return content[:4] == b"\x7fELF" and content[18:20] == elf


def native_target() -> str:
    machine = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
    return f"linux-{machine}"


def environment(folder: Path) -> Path:
    """A Python with pip and nothing else."""
    venv.create(folder, with_pip=True)
    return folder / "bin"


def bare() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith(("PANDA_", "PYTHON"))}


def pip(python: Path, *arguments: str | Path) -> None:
    offline = ("--quiet", "--no-index", "--disable-pip-version-check", "--find-links", str(DIST / "python"))
    subprocess.run([str(python), "-m", "pip", "install", *offline, *map(str, arguments)], check=True, env=bare())


# Python


@pytest.mark.parametrize("target", TARGETS)
def test_a_wheel_holds_its_library_and_the_licences(target: str) -> None:
    wheel = only("python", f"panda_water-*-py3-none-{TARGETS[target]}.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (library,) = (name for name in names if Path(name).name in ("libpanda_water.so", "panda_water.dll"))
        assert library == "panda_water/" + ("panda_water.dll" if target.startswith("win-") else "libpanda_water.so")
        assert fits(archive.read(library), target)
        (notices,) = (name for name in names if name.endswith("licenses/THIRD-PARTY-NOTICES.txt"))
        assert NOTICES in archive.read(notices).decode()


@pytest.mark.parametrize("target", TARGETS)
def test_pip_finds_the_wheel_of_another_system(target: str, tmp_path: Path) -> None:
    only("python", f"panda_water-*-py3-none-{TARGETS[target]}.whl")
    for tag in TARGETS[target].split("."):
        folder = tmp_path / tag
        pip(Path(sys.executable), "--target", folder, "--platform", tag, "--only-binary=:all:", "panda-water")
        (library,) = (file for file in (folder / "panda_water").iterdir() if "panda_water." in file.name)
        assert fits(library.read_bytes(), target)


def test_in_an_empty_environment_with_the_simulator(tmp_path: Path) -> None:
    """As an integrator begins: one installation, one command, and the first sign-in."""
    only("python", f"panda_water-*-py3-none-{TARGETS[native_target()]}.whl")
    only("python", f"panda_water_simulator-*-py3-none-{TARGETS[native_target()]}.whl")
    programs = environment(tmp_path / "venv")
    pip(programs / "python", "panda-water[simulator]")
    command = [str(programs / "panda-simulator"), "--exit-with-stdin", "--users", "30"]
    with subprocess.Popen(command, env=bare(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as simulator:
        assert simulator.stdin
        assert simulator.stdout
        started = json.loads(simulator.stdout.readline())
        curl = ["curl", "-sS", "-d", '{"userId":1}', started["controlUrl"] + "/tickets"]
        ticket = json.loads(subprocess.run(curl, check=True, stdout=subprocess.PIPE).stdout)["ticket"]
        arguments = [started["baseUrl"], started["username"], started["password"], ticket]
        ended = subprocess.run(
            [str(programs / "python"), "-W", "error", "-c", IN_PYTHON, *arguments],
            env=bare(), cwd=tmp_path, check=True, stdout=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip
        assert ended.stdout == "陈涛 30\n"
        simulator.stdin.close()
    assert (tmp_path / "venv/share/bash-completion/completions/panda-water").is_file()


def test_a_program_by_pyinstaller(simulator: Simulator, tmp_path: Path) -> None:
    pytest.importorskip("PyInstaller")
    only("python", f"panda_water-*-py3-none-{TARGETS[native_target()]}.whl")
    pip(Path(sys.executable), "--force-reinstall", "--no-deps", "panda-water")
    script = tmp_path / "sign_in.py"
    script.write_text(IN_PYTHON, encoding="utf-8")
    command = [sys.executable, "-m", "PyInstaller", "--log-level", "WARN", "--onefile", str(script)]
    subprocess.run(command, check=True, cwd=tmp_path, env=bare())
    account = [simulator.base_url, simulator.username, simulator.password, simulator.ticket(1)]
    assert run(tmp_path / "dist" / "sign_in", *account).stdout.startswith("陈涛 ")


def test_the_source_distribution_has_licences() -> None:
    with tarfile.open(only("python", "panda_water-*.tar.gz")) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    assert {"LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY-NOTICES.txt", "rust/Cargo.lock", "rust/src/lib.rs"} <= names


# Java and .NET


def java_folder(target: str) -> str:
    system, *libc, processor = target.replace("win", "windows").split("-")
    names = {"x64": "x86_64", "arm64": "aarch64", "x86": "x86"}
    return "-".join([system, names[processor], *libc])


def test_the_jar_holds_every_library() -> None:
    with zipfile.ZipFile(only("java", "panda-water-*[0-9].jar")) as archive:
        inside = [name for name in archive.namelist() if Path(name).name in ("libpanda_water.so", "panda_water.dll")]
        for target in TARGETS:
            (library,) = (name for name in inside if Path(name).parent.name == java_folder(target))
            assert fits(archive.read(library), target)
        assert len(inside) == len(TARGETS)
        assert NOTICES in archive.read("META-INF/THIRD-PARTY-NOTICES.txt").decode()


def test_the_jar_works(simulator: Simulator, tmp_path: Path) -> None:
    jar = only("java", "panda-water-*[0-9].jar")
    repository = Path.home() / ".m2" / "repository"
    description = (PROJECT / "bindings/java/pom.xml").read_text(encoding="utf-8")
    needed = [jar]
    for name, place in (("jna", "net/java/dev/jna/jna"), ("jackson", "com/fasterxml/jackson/core/jackson-core")):
        (version,) = re.findall(rf"<{name}.version>(.*?)<", description)
        needed += (repository / place / version).glob(f"*-{version}.jar")
    assert len(needed) == 3
    source = tmp_path / "Probe.java"
    source.write_text(IN_JAVA, encoding="utf-8")
    account = [simulator.base_url, simulator.username, simulator.password, simulator.ticket(7)]
    command = ["java", f"-Dpanda.water.dir={tmp_path}", "-cp", ":".join(map(str, needed)), str(source), *account]
    ended = subprocess.run(command, env=bare(), check=True, stdout=subprocess.PIPE, encoding="utf-8")
    assert ended.stdout == "7\n"


def test_the_folder_of_dotnet() -> None:
    if not (DIST / "dotnet").is_dir():
        pytest.skip("build/dist holds no dotnet")
    libraries = {file for file in (DIST / "dotnet" / "native").rglob("*") if file.suffix in (".so", ".dll")}
    assert {library.parent.name for library in libraries} == set(TARGETS)
    assert all(fits(library.read_bytes(), library.parent.name) for library in libraries)
    assert NOTICES in (DIST / "dotnet" / "native" / "THIRD-PARTY-NOTICES.txt").read_text(encoding="utf-8")


# Archives and packages of distributions


def compile_and_sign_in(root: Path, folder: str, simulator: Simulator) -> None:
    """A program by pkg-config against what was installed below a root, run with it."""
    settings = {"PKG_CONFIG_LIBDIR": str(root / folder / "pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": str(root)}
    settings.update(PKG_CONFIG_ALLOW_SYSTEM_LIBS="1", PKG_CONFIG_ALLOW_SYSTEM_CFLAGS="1")
    command = ["pkg-config", "--cflags", "--libs", "panda_water"]
    found = subprocess.run(
        command, env={**os.environ, **settings}, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    flags = found.stdout.split()
    program = root / "program"
    subprocess.run(["gcc", str(PROJECT / "tests/c/sign_in.c"), "-o", str(program), *flags], check=True)
    url = f"http://oa.example/oa?ticket={simulator.ticket(1)}"
    ended = run(program, url, settings={**settings_for(simulator), "LD_LIBRARY_PATH": str(root / folder)})
    assert ended.stdout.startswith("user 1 is signing in: 陈涛\n")


def test_the_archive(simulator: Simulator, tmp_path: Path) -> None:
    with tarfile.open(only(".", f"panda-water-*[0-9]-{native_target()}.tar.gz")) as archive:
        archive.extractall(tmp_path)
    (root,) = tmp_path.iterdir()
    assert NOTICES in (root / "THIRD-PARTY-NOTICES.txt").read_text(encoding="utf-8")
    compile_and_sign_in(root, "lib", simulator)


@pytest.mark.parametrize(("target", "processor"), [("win-x64", "x86_64"), ("win-x86", "i686")])
def test_the_archive_for_windows_is_found_by_cmake(target: str, processor: str, tmp_path: Path) -> None:
    compiler = f"{processor}-w64-mingw32-gcc"
    if not shutil.which(compiler) or not shutil.which("cmake"):
        pytest.skip(f"there is no {compiler}, or no cmake")
    with zipfile.ZipFile(only(".", f"panda-water-*[0-9]-{target}.zip")) as archive:
        archive.extractall(tmp_path)
    (root,) = tmp_path.iterdir()
    (tmp_path / "program.c").write_text(IN_C, encoding="utf-8")
    (tmp_path / "CMakeLists.txt").write_text(IN_CMAKE, encoding="utf-8")
    system = ["-DCMAKE_SYSTEM_NAME=Windows", f"-DCMAKE_C_COMPILER={compiler}", f"-DCMAKE_PREFIX_PATH={root}"]
    build = ["cmake", "-S", str(tmp_path), "-B", str(tmp_path / "build"), *system]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", str(tmp_path / "build")], check=True, stdout=subprocess.DEVNULL)
    for name, is_imported in (("shared", True), ("static", False)):
        imports = subprocess.run(
            [f"{processor}-w64-mingw32-objdump", "-p", str(tmp_path / "build" / f"{name}.exe")],
            check=True, stdout=subprocess.PIPE, encoding="utf-8",
        ).stdout  # fmt: skip
        assert ("DLL Name: panda_water.dll" in imports) is is_imported


def test_the_debian_packages(simulator: Simulator, tmp_path: Path) -> None:
    architecture = subprocess.run(
        ["dpkg", "--print-architecture"], check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    database = tmp_path / "var/lib/dpkg"
    for folder in ("info", "updates", "triggers"):
        (database / folder).mkdir(parents=True)
    (database / "status").touch()
    names = ("libpanda-water1", "libpanda-water-dev")
    files = [only("debian", f"{name}_*_{architecture.stdout.strip()}.deb") for name in names]
    command = ["dpkg", f"--root={tmp_path}", "--force-depends", "--force-not-root", "--install", *map(str, files)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for name in names:
        assert "MIT" in (tmp_path / "usr/share/doc" / name / "copyright").read_text(encoding="utf-8")
    compile_and_sign_in(tmp_path, f"usr/lib/{platform.machine()}-linux-gnu", simulator)


def queried(package: Path, *query: str) -> list[str]:
    command = ["rpm", "--query", "--package", *query, str(package)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout.splitlines()


@pytest.mark.parametrize("name", ["panda-water", "panda-water-devel"])
def test_an_rpm_asks_for_nothing_that_is_newer_than_centos_7(name: str) -> None:
    package = only("rpm", f"{name}-[0-9]*.{platform.machine()}.rpm")
    assert queried(package, "--queryformat", "%{PAYLOADFORMAT} %{PAYLOADCOMPRESSOR}") == ["cpio gzip"]
    for line in queried(package, "--requires"):
        # Rich dependencies are in parentheses; rpm 4.11 knows these features.
        assert not line.startswith("("), line
        feature = re.match(r"rpmlib\((\w+)\)", line)
        assert not feature or feature[1] in ("CompressedFileNames", "FileDigests", "PayloadFilesHavePrefix"), line
        glibc = re.search(r"\(GLIBC_2\.(\d+)", line)
        assert not glibc or int(glibc[1]) <= 17, line


def test_the_rpms(simulator: Simulator, tmp_path: Path) -> None:
    names = ("panda-water", "panda-water-devel")
    files = [only("rpm", f"{name}-[0-9]*.{platform.machine()}.rpm") for name in names]
    place = ["rpm", "--root", str(tmp_path)]
    subprocess.run([*place, "--initdb"], check=True)
    # The root has no ldconfig.
    subprocess.run([*place, "--install", "--nodeps", "--noscripts", *map(str, files)], check=True)
    assert (tmp_path / "usr/lib64" / SONAME).is_symlink()
    assert (tmp_path / "usr/share/doc/panda-water/THIRD-PARTY-NOTICES.txt").is_file()
    compile_and_sign_in(tmp_path, "usr/lib64", simulator)


# All of them


def test_the_bill_of_materials() -> None:
    bill = only(".", "panda-water-*.cdx.json").read_text(encoding="utf-8")
    schema = pytest.importorskip("cyclonedx.schema")
    validation = pytest.importorskip("cyclonedx.validation.json")
    assert validation.JsonStrictValidator(schema.SchemaVersion.V1_5).validate_str(bill) is None
    assert {"ring", "rustls", "reqwest"} <= {component["name"] for component in json.loads(bill)["components"]}


def test_the_sums() -> None:
    sums = only(".", "SHA256SUMS")
    subprocess.run(["sha256sum", "--check", "--quiet", "--strict", sums.name], check=True, cwd=DIST)
    named = {line.split()[1] for line in sums.read_text(encoding="utf-8").splitlines()}
    for file in DIST.rglob("*.whl"):
        assert str(file.relative_to(DIST)) in named
