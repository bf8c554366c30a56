"""The workspace's version, wherever an ecosystem's tool needs a copy of it; and the interface's."""

from __future__ import annotations

import re

import pytest
from interface import ABI_VERSION, VERSION, read

JAVA = "bindings/java/src/main/java/io/github/pandawater"
MAVEN = r"<artifactId>panda-water</artifactId>\s*(?:<!--.*?-->\s*)?<version>(.*?)</version>"

COPIES = {
    # The newest that has a number.
    "CHANGELOG.md": r"\A# Changelog\b.*?\n## (\d\S*)",
    "bindings/python/panda_water/__init__.py": r'__version__ = "(.*?)"',
    "bindings/python/pyproject.toml": r'"panda-water-simulator==(.*?)"',
    "bindings/java/pom.xml": MAVEN,
    "bindings/java/README.md": MAVEN,
    "bindings/java/README.zh-CN.md": MAVEN,
    f"{JAVA}/PackageVersion.java": r'TEXT = "(.*?)"',
    "bindings/csharp/PandaWater/PandaWater.csproj": r"<VersionPrefix>(.*?)</VersionPrefix>",
    "bindings/csharp/examples/aspnetcore/SignIn.csproj": r'Include="PandaWater" Version="(.*?)"',
    "benches/java/pom.xml": r"<panda.water.version>(.*?)</panda.water.version>",
}


@pytest.mark.parametrize("path", COPIES)
def test_version(path: str) -> None:
    found = re.findall(COPIES[path], read(path), re.DOTALL)
    assert found == [VERSION], f"{path} has the version {found}, Cargo.toml {VERSION}"


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("bindings/python/panda_water/_native.py", r"^ABI_VERSION = (\d+)"),
        (f"{JAVA}/NativeFunctions.java", r"int ABI_VERSION = (\d+)"),
        ("bindings/csharp/PandaWater/Native/PandaLibrary.cs", r"uint SupportedAbiVersion = (\d+)"),
    ],
)
def test_version_of_the_interface(path: str, pattern: str) -> None:
    found = re.findall(pattern, read(path), re.MULTILINE)
    assert found == [str(ABI_VERSION)], (
        f"{path} speaks {found}, include/panda_water.h is PANDA_ABI_VERSION {ABI_VERSION}"
    )
