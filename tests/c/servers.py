"""What the tests of modules share that run inside a server: a folder that the server's own user may read."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator import LIBRARY
from toolchain import INCLUDE, SONAME


@contextmanager
def folder_of(user: str) -> Iterator[Path]:
    """A folder outside of those that root alone may enter, with the library in it."""
    folder = Path(tempfile.mkdtemp(prefix="panda-water-"))
    try:
        shutil.copy(LIBRARY, folder / SONAME)
        (folder / "libpanda_water.so").symlink_to(SONAME)
        for path in (folder, folder / SONAME):
            path.chmod(0o755)
        if os.getuid() == 0:
            account = pwd.getpwnam(user)
            os.chown(folder, account.pw_uid, account.pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder)


def compile_module(source: Path, folder: Path, *options: str) -> Path:
    """A module that a server loads, linked with the library beside it."""
    module = folder / f"{source.stem}.so"
    warnings = ("-std=gnu99", "-Wall", "-Wextra", "-Werror")
    link = (f"-L{folder}", f"-Wl,-rpath,{folder}", "-lpanda_water")
    command = [
        "gcc",
        *warnings,
        "-g",
        "-fPIC",
        "-shared",
        f"-I{INCLUDE}",
        *options,
        str(source),
        "-o",
        str(module),
        *link,
    ]
    subprocess.run(command, check=True)
    module.chmod(0o755)
    return module
