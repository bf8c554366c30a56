"""Where the native library is looked for, in the order that all of panda-water's wrappers share."""

from __future__ import annotations

import ctypes.util
import functools
import os
import sys
import warnings

from ._errors import PandaLibraryError
from ._native import AbiVersionError, Library

VARIABLE = "PANDA_WATER_LIBRARY"
"""The environment variable that names the library's file."""

if sys.platform == "win32":
    _FILE_NAME = "panda_water.dll"
    # Looked up along PATH, since a bare name would also be taken from the current directory.
    _SYSTEM_NAMES = (ctypes.util.find_library("panda_water") or _FILE_NAME,)
elif sys.platform == "darwin":
    _FILE_NAME = "libpanda_water.dylib"
    _SYSTEM_NAMES = (_FILE_NAME,)
else:
    _FILE_NAME = "libpanda_water.so"
    # The name that a system's package manager installs, then the plain one.
    _SYSTEM_NAMES = ("libpanda_water.so.1", _FILE_NAME)


def load(path: str | os.PathLike[str] | None = None) -> Library:
    """The native library, loaded at most once for each path.

    It is the first of these that loads: ``path``; the file that ``PANDA_WATER_LIBRARY`` names; the copy inside this
    package; the one that the system's search path finds. Where ``path`` or the variable names a file that does not
    load and a later one does, a ``RuntimeWarning`` says which and why.

    Raises:
        PandaLibraryError: None loads, or the first that loads speaks another version of the interface.
    """
    return _load(_absolute(path), _absolute(os.environ.get(VARIABLE)))


def _absolute(path: str | os.PathLike[str] | None) -> str | None:
    # The system's loader would look for a bare file name elsewhere than in the current directory.
    return os.path.abspath(path) if path else None


@functools.lru_cache(maxsize=None)
def _load(in_code: str | None, in_environment: str | None) -> Library:
    candidates = _candidates(in_code, in_environment)
    tried: list[tuple[str, str]] = []
    for path, origin in candidates.items():
        try:
            library = Library(path)
        except (OSError, AttributeError, AbiVersionError) as error:
            tried.append((path, f"{origin}: {error}"))
            if isinstance(error, AbiVersionError):
                # Two versions have been mixed up: going on to the next file would hide it.
                break
        else:
            passed_over = [(path, reason) for path, reason in tried if path in (in_code, in_environment)]
            if passed_over:
                warnings.warn(f"panda_water uses {library.path}; {_listed(passed_over)}", RuntimeWarning, stacklevel=4)
            return library
    raise PandaLibraryError(f"no usable native library; {_listed(tried)}", tried=tuple(tried))


def _candidates(in_code: str | None, in_environment: str | None) -> dict[str, str]:
    """The paths in their order, each with where it comes from."""
    candidates = {}
    if in_code:
        candidates[in_code] = "the path given in code"
    if in_environment:
        candidates[in_environment] = VARIABLE
    candidates[os.path.join(os.path.dirname(os.path.abspath(__file__)), _FILE_NAME)] = "the copy in the package"
    candidates.update(dict.fromkeys(_SYSTEM_NAMES, "the system's search path"))
    return candidates


def _listed(tried: list[tuple[str, str]]) -> str:
    return "tried " + "; ".join(f"{path} ({reason})" for path, reason in tried)
