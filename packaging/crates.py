"""Which crates are compiled into the native files."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def read(path: str) -> str:
    """The text of a file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")


VERSION: str = re.findall(r'^version = "(.+)"', read("Cargo.toml"), re.MULTILINE)[0]


def targets() -> list[str]:
    """The targets that native files are made for, as Rust names them."""
    rows = read("packaging/targets").splitlines()
    return [row.split()[1].replace(".2.17", "") for row in rows if row.strip() and not row.startswith("#")]


def cargo(*arguments: str) -> str:
    """What cargo prints."""
    command = ("cargo", *arguments)
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def metadata() -> Any:
    """The workspace and all its crates, as `cargo metadata` describes them."""
    return json.loads(cargo("metadata", "--locked", "--format-version", "1"))


def inside(package: str, described: Any) -> list[dict[str, Any]]:
    """The crates that are compiled into a package, for any of the targets."""
    # Not by `cargo metadata` alone: it mixes the features of all packages, and has crates that only generate code.
    tree = ("tree", "--locked", "--package", package, "--edges", "normal,no-proc-macro", "--prefix", "none")
    lines = [line for target in targets() for line in cargo(*tree, "--target", target, "--format", "{p}").splitlines()]
    found = {tuple(line.split()[:2]) for line in lines if line}
    return sorted(
        (crate for crate in described["packages"] if crate["source"] and named(crate) in found),
        key=lambda crate: (crate["name"], crate["version"]),
    )


def named(crate: dict[str, Any]) -> tuple[str, str]:
    """How `cargo tree` names a crate."""
    return crate["name"], f"v{crate['version']}"
