"""Puts the program into the wheel; packaging/simulator-wheels says which, and for what system."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ["PANDA_SIMULATOR"]).resolve()


class ProgramHook(BuildHookInterface[Any]):
    """Runs when a wheel is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Adds the program, which pip puts beside the environment's Python, as a file that can be run."""
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{os.environ['PANDA_WATER_WHEEL_PLATFORM']}"
        build_data["shared_scripts"][str(PROGRAM)] = PROGRAM.name


class PackageHook(MetadataHookInterface):
    """Runs when the package is described."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Gathers the licences; version and README are the project's."""
        root = Path(self.root)
        for licence in (*PROJECT.glob("LICENSE-*"), PROGRAM.with_name("THIRD-PARTY-NOTICES.txt")):
            shutil.copyfile(licence, root / licence.name)
        workspace = (PROJECT / "Cargo.toml").read_text(encoding="utf-8")
        metadata["version"] = re.findall(r'^version = "(.+)"', workspace, re.MULTILINE)[0]
        readme = (PROJECT / "tests" / "simulator" / "README.md").read_text(encoding="utf-8")
        # Links to other files of the project lead nowhere from here.
        text = re.sub(r"\[([^\]]+)\]\((?!https?:|#)[^)]*\)", r"\1", readme)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
