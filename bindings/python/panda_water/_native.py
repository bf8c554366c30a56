"""The native library: its functions with their prototypes, and how their replies are taken over."""

from __future__ import annotations

import ctypes
import json
from ctypes import POINTER, byref, c_char_p, c_int32, c_uint32, c_void_p, py_object, string_at
from typing import Any, Callable

from ._config import in_own_words
from ._errors import error_from_envelope

ABI_VERSION = 1
"""The version of the library's interface that this package speaks."""

LogCallback = ctypes.CFUNCTYPE(None, c_int32, c_char_p, c_void_p)
"""What the library calls with a log line: level, message, and a pointer that is not used here."""

CheckCallback = ctypes.CFUNCTYPE(c_int32, py_object)
"""What the library asks whether to end a call, with the object that was passed along."""

_decode = json.JSONDecoder().raw_decode


class AbiVersionError(Exception):
    """The library speaks another version of the interface."""


class Library:
    """A loaded native library.

    Prototypes are set here, once. A string that the library gives is a ``c_void_p`` and never a ``c_char_p``:
    ctypes would turn the latter into ``bytes`` and lose the pointer that has to be given back.
    """

    def __init__(self, path: str) -> None:
        """Loads the file.

        Raises:
            OSError: The file cannot be loaded.
            AttributeError: It lacks a function.
            AbiVersionError: It speaks another version of the interface.
        """
        native = ctypes.CDLL(path)
        # This one keeps Python's global lock: it is over sooner than the lock is given up and taken again.
        unblocking = ctypes.PyDLL(path, handle=native._handle)

        def prototype(name: str, result: Any, *arguments: Any, within: ctypes.CDLL = native) -> Callable[..., Any]:
            function = within[name]
            function.restype = result
            function.argtypes = arguments
            return function

        abi_version = prototype("panda_abi_version", c_uint32)()
        if abi_version != ABI_VERSION:
            raise AbiVersionError(f"its ABI version is {abi_version}, this package works with {ABI_VERSION}")

        handle, error, owned = c_int32, POINTER(c_void_p), c_void_p
        self.path = path
        self.string_free = prototype("panda_string_free", None, owned, within=unblocking)
        self.version = prototype("panda_version", c_char_p)
        self.client_open = prototype("panda_client_open", handle, c_char_p, error)
        self.client_close = prototype("panda_client_close", c_int32, handle)
        self.client_set_check = prototype("panda_client_set_check", c_int32, handle, CheckCallback, py_object)
        self.get_token = prototype("panda_get_token", owned, handle)
        self.get_users = prototype("panda_get_users", owned, handle, c_char_p)
        self.users_open = prototype("panda_users_open", handle, handle, c_char_p, error)
        self.users_next = prototype("panda_users_next", owned, handle)
        self.users_close = prototype("panda_users_close", c_int32, handle)
        self.get_user_by_ticket = prototype("panda_get_user_by_ticket", owned, handle, c_char_p)
        self.ticket_from_url = prototype("panda_ticket_from_url", owned, c_char_p, c_char_p)
        self.sync_users = prototype("panda_sync_users", owned, handle, c_char_p)
        self.link_users = prototype("panda_link_users", owned, c_char_p)
        self.client_trim = prototype("panda_client_trim", c_int32, handle)
        self.client_stats = prototype("panda_client_stats", owned, handle)
        self.process_stats = prototype("panda_process_stats", owned)
        self.set_log = prototype("panda_set_log", None, LogCallback, c_int32, c_void_p)

    def take(self, reply: int | c_void_p) -> Any:
        """Takes over a reply: copies it, gives it back, and returns its data.

        Raises:
            PandaError: The reply is a failure.
        """
        try:
            text = string_at(reply)
        finally:
            self.string_free(reply)
        envelope, _ = _decode(text.decode())
        if envelope["code"] == 0:
            return envelope["data"]
        raise error_from_envelope({**envelope, "msg": in_own_words(envelope["msg"])})

    def open(self, function: Callable[..., int], *arguments: Any) -> int:
        """Calls a function that gives a handle.

        Raises:
            PandaError: It gave none.
        """
        error = c_void_p()
        handle = function(*arguments, byref(error))
        if handle == 0:
            self.take(error)
        return handle
