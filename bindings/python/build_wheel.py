"""Puts the native library and the licences into the wheel and names the platform that the wheel is for."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# The names that the package's loader looks for.
FILE_NAME = {"win32": "panda_water.dll", "darwin": "libpanda_water.dylib"}.get(sys.platform, "libpanda_water.so")


class NativeLibraryHook(BuildHookInterface[Any]):
    """Runs when a wheel is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Adds to what the wheel holds. An editable installation finds the library as the loader does."""
        if version == "editable":
            return
        library = self._library()
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform_tag(library)}"
        build_data["force_include"][str(library)] = f"panda_water/{FILE_NAME}"
        # They lie above this folder, where the backend's own setting for licences does not reach.
        for licence in self._project.glob("LICENSE-*"):
            build_data["extra_metadata"][str(licence)] = f"licenses/{licence.name}"

    @property
    def _project(self) -> Path:
        return Path(self.root).parents[1]

    def _library(self) -> Path:
        built = self._project / (os.environ.get("CARGO_TARGET_DIR") or "target") / "release" / FILE_NAME
        library = Path(os.environ.get("PANDA_WATER_LIBRARY") or built).resolve()
        if not library.is_file():
            raise FileNotFoundError(
                f"there is no native library to put into the wheel at {library}: "
                "run `cargo build --release` first, or name its file in PANDA_WATER_LIBRARY"
            )
        return library


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
