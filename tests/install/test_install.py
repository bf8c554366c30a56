"""`make install`: what is where, and that programs are built and run by what is installed, whichever way they ask."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from simulator import LIBRARY, PROJECT, Simulator
from toolchain import SONAME, output_of, run, settings_for

VERSION = re.findall(r'^version = "(.+)"', (PROJECT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE)[0]
PROGRAMS = PROJECT / "tests" / "c"

FILES = {
    f"lib/libpanda_water.so.{VERSION}",
    f"lib/{SONAME}",
    "lib/libpanda_water.so",
    "lib/libpanda_water.a",
    "lib/pkgconfig/panda_water.pc",
    "lib/pkgconfig/panda_water-static.pc",
    "lib/cmake/PandaWater/PandaWaterConfig.cmake",
    "lib/cmake/PandaWater/PandaWaterConfigVersion.cmake",
    "include/panda_water.h",
    "include/panda_water.hpp",
    "include/panda_water98.hpp",
    "share/bash-completion/completions/panda-water",
    "share/doc/panda-water/LICENSE-APACHE",
    "share/doc/panda-water/LICENSE-MIT",
    "share/doc/panda-water/THIRD-PARTY-NOTICES.txt",
}

CMAKE = """\
cmake_minimum_required(VERSION 3.5)
project(program C CXX)
find_package(PandaWater {version} REQUIRED CONFIG)
add_executable(shared {programs}/sign_in.c)
target_link_libraries(shared PandaWater::shared)
add_executable(static {programs}/sign_in.c)
target_link_libraries(static PandaWater::static)
add_executable(wrapped ten.cpp)
target_link_libraries(wrapped PandaWater::static)
add_library(plugin MODULE {programs}/plugin.c)
target_link_libraries(plugin PandaWater::static)
"""


def install(*, remove: bool = False, **settings: str | Path) -> None:
    usual = {name: value for name, value in os.environ.items() if name not in ("PREFIX", "LIBDIR", "DESTDIR")}
    command = [str(PROJECT / "packaging" / "install"), *(["--remove"] if remove else []), str(LIBRARY.parent)]
    subprocess.run(command, check=True, env={**usual, **{name: str(value) for name, value in settings.items()}})


def files_in(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_symlink() or file.is_file()}


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prefix in which it is installed; with a blank in its path, as some have."""
    folder = tmp_path_factory.mktemp("opt") / "panda-water"
    install(PREFIX=folder)
    return folder


def pkg_config(prefix: Path, *arguments: str, **settings: str) -> list[str]:
    environment = {**os.environ, "PKG_CONFIG_LIBDIR": str(prefix / "lib" / "pkgconfig"), **settings}
    command = ["pkg-config", *arguments]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout.split()


def compiled(name: str, output: Path, flags: list[str], *options: str) -> Path:
    command = ["gcc", "-std=c99", *options, str(PROGRAMS / f"{name}.c"), "-o", str(output), *flags]
    subprocess.run(command, check=True)
    return output


def signs_in(program: Path, simulator: Simulator, *, where: Path | None = None) -> None:
    settings = settings_for(simulator)
    if where:
        settings["LD_LIBRARY_PATH"] = str(where)
    ended = run(program, f"http://oa.example/oa?ticket={simulator.ticket(1)}", settings=settings)
    assert ended.stdout.startswith("user 1 is signing in: 陈涛\n")


def needed(program: Path) -> list[str]:
    return re.findall(r"\(NEEDED\).*\[(.+)\]", output_of("readelf", "--dynamic", "--wide", program))


def exports(library: Path) -> list[str]:
    return [line.split()[-1] for line in output_of("nm", "-D", "--defined-only", library).splitlines()]


def test_what_is_installed(prefix: Path) -> None:
    assert files_in(prefix) == FILES
    library = prefix / "lib"
    assert os.readlink(library / SONAME) == f"libpanda_water.so.{VERSION}"
    assert os.readlink(library / "libpanda_water.so") == SONAME
    assert "ring 0." in (prefix / "share/doc/panda-water/THIRD-PARTY-NOTICES.txt").read_text(encoding="utf-8")
    texts = [file for name in FILES if (file := prefix / name).suffix in (".pc", ".cmake")]
    for text in texts:
        assert "@" not in re.sub(r"#.*", "", text.read_text(encoding="utf-8")), text


def test_staging(tmp_path: Path) -> None:
    """DESTDIR is where a packager gathers the files, and stands in none of them."""
    command = ["make", "--silent", "-C", str(PROJECT), "install", f"DESTDIR={tmp_path}", "PREFIX=/usr"]
    if LIBRARY.parent.name != "release":
        pytest.skip("make installs what it has built, and another library is tested")
    subprocess.run([*command, "LIBDIR=/usr/lib/x86_64-linux-gnu"], check=True)
    assert files_in(tmp_path) == {f"usr/{name}".replace("usr/lib/", "usr/lib/x86_64-linux-gnu/") for name in FILES}
    description = (tmp_path / "usr/lib/x86_64-linux-gnu/pkgconfig/panda_water.pc").read_text(encoding="utf-8")
    assert description.startswith("prefix=/usr\nlibdir=${prefix}/lib/x86_64-linux-gnu\nincludedir=${prefix}/include\n")
    for name in files_in(tmp_path):
        assert str(tmp_path).encode() not in (tmp_path / name).read_bytes()


def test_uninstalling_leaves_nothing(tmp_path: Path) -> None:
    neighbour = tmp_path / "share" / "doc" / "panda-water" / "note.txt"
    neighbour.parent.mkdir(parents=True)
    neighbour.write_text("of somebody else", encoding="utf-8")
    install(PREFIX=tmp_path)
    install(PREFIX=tmp_path, remove=True)
    assert files_in(tmp_path) == {"share/doc/panda-water/note.txt"}
    assert not (tmp_path / "lib" / "cmake" / "PandaWater").exists()


def test_a_relative_prefix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        install(PREFIX="opt", DESTDIR=tmp_path)


def test_the_tree_that_make_build_leaves(simulator: Simulator, tmp_path: Path) -> None:
    folder = LIBRARY.parent
    flags = [f"-I{PROJECT / 'include'}", f"-L{folder}", f"-Wl,-rpath,{folder}", "-lpanda_water"]
    program = compiled("sign_in", tmp_path / "program", flags)
    assert SONAME in needed(program)
    signs_in(program, simulator)


def test_by_pkg_config(prefix: Path, simulator: Simulator, tmp_path: Path) -> None:
    assert pkg_config(prefix, "--modversion", "panda_water") == [VERSION]
    flags = pkg_config(prefix, "--cflags", "--libs", "panda_water")
    program = compiled("sign_in", tmp_path / "program", flags)
    assert SONAME in needed(program)
    signs_in(program, simulator, where=prefix / "lib")


def test_statically_by_pkg_config(prefix: Path, simulator: Simulator, tmp_path: Path) -> None:
    flags = pkg_config(prefix, "--cflags", "--libs", "panda_water-static")
    program = compiled("sign_in", tmp_path / "program", flags)
    assert SONAME not in needed(program)
    signs_in(program, simulator)


def test_nothing_but_static_libraries(prefix: Path, simulator: Simulator, tmp_path: Path) -> None:
    """As for a machine that has no libraries at all."""
    flags = pkg_config(prefix, "--static", "--cflags", "--libs", "panda_water")
    # glibc warns that names are looked up by its shared libraries all the same.
    program = compiled("sign_in", tmp_path / "program", [*flags, "-Wl,--no-warnings"], "-static")
    assert needed(program) == []
    signs_in(program, simulator)


def test_a_plugin_exports_nothing_of_the_library(prefix: Path, tmp_path: Path) -> None:
    flags = pkg_config(prefix, "--cflags", "--libs", "panda_water-static")
    plugins = [compiled("plugin", tmp_path / name, flags, "-fPIC", "-shared") for name in ("one.so", "other.so")]
    assert [exports(plugin) for plugin in plugins] == [["plugin_works"]] * 2
    run(compiled("host_of_plugin", tmp_path / "host", ["-ldl"]), *plugins)


def test_from_a_staged_root(tmp_path: Path, simulator: Simulator) -> None:
    """As a cross compiler has it: nothing is installed, and the root is named."""
    root = tmp_path / "root"
    install(DESTDIR=root, PREFIX="/opt/panda-water")
    flags = pkg_config(
        root / "opt" / "panda-water", "--cflags", "--libs", "panda_water", PKG_CONFIG_SYSROOT_DIR=str(root)
    )
    assert f"-I{root}/opt/panda-water/include" in flags
    signs_in(compiled("sign_in", tmp_path / "program", flags), simulator, where=root / "opt/panda-water/lib")


def test_a_relocatable_tree(tmp_path: Path, simulator: Simulator) -> None:
    install(PREFIX="/", LIBDIR="/lib", INCLUDEDIR="/include", DESTDIR=tmp_path / "packed", RELOCATABLE="1")
    shutil.move(tmp_path / "packed", tmp_path / "unpacked")
    flags = pkg_config(tmp_path / "unpacked", "--cflags", "--libs", "panda_water")
    signs_in(compiled("sign_in", tmp_path / "program", flags), simulator, where=tmp_path / "unpacked" / "lib")


def configure(folder: Path, prefix: Path, version: str) -> subprocess.CompletedProcess[str]:
    folder.mkdir()
    (folder / "CMakeLists.txt").write_text(CMAKE.format(version=version, programs=PROGRAMS), encoding="utf-8")
    source = '#include "panda_water.hpp"\nint main() { return panda_water::version().empty(); }\n'
    (folder / "ten.cpp").write_text(source, encoding="utf-8")
    command = ["cmake", "-S", str(folder), "-B", str(folder / "build"), f"-DCMAKE_PREFIX_PATH={prefix}"]
    return subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")


def test_by_find_package(prefix: Path, simulator: Simulator, tmp_path: Path) -> None:
    moved = tmp_path / "a place" / "panda"
    shutil.copytree(prefix, moved, symlinks=True)
    configured = configure(tmp_path / "program", moved, VERSION)
    assert configured.returncode == 0, configured.stdout
    build = tmp_path / "program" / "build"
    subprocess.run(["cmake", "--build", str(build)], check=True, stdout=subprocess.DEVNULL)
    assert SONAME in needed(build / "shared")
    assert SONAME not in needed(build / "static")
    for program in ("shared", "static"):
        signs_in(build / program, simulator)
    run(build / "wrapped")
    assert exports(build / "libplugin.so") == ["plugin_works"]


VERSIONS = {"": True, "0.1": True, "0.1.99": False, "0.2": False, "1": False}


@pytest.mark.parametrize(("version", "fits"), VERSIONS.items())
def test_versions_by_find_package(prefix: Path, tmp_path: Path, version: str, fits: bool) -> None:
    configured = configure(tmp_path / "program", prefix, version)
    assert (configured.returncode == 0) is fits, configured.stdout


def test_find_package_through_a_link(tmp_path: Path) -> None:
    """As where /lib is a link to /usr/lib."""
    install(DESTDIR=tmp_path / "root", PREFIX="/usr")
    (tmp_path / "root" / "lib").symlink_to("usr/lib")
    configured = configure(tmp_path / "program", tmp_path / "root", VERSION)
    assert configured.returncode == 0, configured.stdout
    subprocess.run(["cmake", "--build", str(tmp_path / "program" / "build")], check=True, stdout=subprocess.DEVNULL)
