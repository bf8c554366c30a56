"""Puts the native library into the wheel and names the platform that the wheel is for; gathers the licences."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

# The names that the package's loader looks for.
FILE_NAME = {"win32": "panda_water.dll", "darwin": "libpanda_water.dylib"}.get(sys.platform, "libpanda_water.so")

NOTICES = "THIRD-PARTY-NOTICES.txt"


class NativeLibraryHook(BuildHookInterface[Any]):
    """Runs when a wheel is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Adds to what the wheel holds. An editable installation finds the library as the loader does."""
        if version == "editable":
            return
        library = library_of(Path(self.root))
        # For another system than this one both are said.
        platform = os.environ.get("PANDA_WATER_WHEEL_PLATFORM") or platform_tag(library)
        name = "panda_water.dll" if library.suffix == ".dll" else FILE_NAME
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
        build_data["force_include"][str(library)] = f"panda_water/{name}"


class PackageHook(MetadataHookInterface):
    """Runs when the package is described."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Gathers the licences, and makes the README one that can be read away from the project."""
        root = Path(self.root)
        if not is_unpacked(root):
            gather_licences(root)
        readme = (root / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": standalone(readme)}


def is_unpacked(root: Path) -> bool:
    """Whether this is a source distribution, which has the library's sources within itself."""
    return (root / "rust").is_dir()


def library_of(root: Path) -> Path:
    """The library's file; a source distribution builds it."""
    named = os.environ.get("PANDA_WATER_LIBRARY")
    sources = root / "rust" if is_unpacked(root) else root.parents[1]
    folder = sources / (os.environ.get("CARGO_TARGET_DIR") or "target") / "release"
    library = Path(named or folder / FILE_NAME).resolve()
    if is_unpacked(root) and not named:
        compile_library(sources)
    if not library.is_file():
        raise FileNotFoundError(
            f"there is no native library to put into the wheel at {library}: "
            "run `cargo build --release` first, or name its file in PANDA_WATER_LIBRARY"
        )
    return library


def compile_library(sources: Path) -> None:
    """Builds the library, optimised at link time."""
    if not shutil.which("cargo"):
        raise FileNotFoundError(
            "panda-water has no wheel for this system, and Rust (1.90 or newer) is not there to build one: "
            "install it, or name a built library's file in PANDA_WATER_LIBRARY"
        )
    command = ["cargo", "rustc", "--release", "--locked", "--lib", "--crate-type", "cdylib"]
    subprocess.run(command, cwd=sources, check=True)


def gather_licences(root: Path) -> None:
    """Copies what licences there are into the package's folder: tools look for them nowhere else."""
    project = root.parents[1]
    for licence in project.glob("LICENSE-*"):
        shutil.copyfile(licence, root / licence.name)
    notices, lock = root / NOTICES, project / "Cargo.lock"
    if not notices.is_file() or notices.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run([sys.executable, str(project / "packaging" / "notices"), str(notices)], check=True)


def standalone(readme: str) -> str:
    """The text with the links to other files of the project as plain words."""
    without_languages = re.sub(r"^\[中文\]\(.*\)\n\n", "", readme, flags=re.MULTILINE)
    return re.sub(r"\[([^\]]+)\]\((?!https?:|#)[^)]*\)", r"\1", without_languages)


def platform_tag(library: Path) -> str:
    """The tag of the systems that the library runs on.

    On Linux the glibc that it needs is the highest version that its symbols name; a library without such symbols is
    tagged for the build machine's kind of system only.
    """
    tag = re.sub(r"[-.]", "_", sysconfig.get_platform())
    versions = re.findall(rb"GLIBC_2\.(\d+)", library.read_bytes())
    if not versions:
        return tag
    return tag.replace("linux", f"manylinux_2_{max(map(int, versions))}", 1)
