"""The library's C interface, driven directly: what a wrapper never does must not break it either."""

from __future__ import annotations

import ctypes
import json
import os
import threading
from ctypes import POINTER, byref, c_char_p, c_int32, c_size_t, c_uint32, c_void_p
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from simulator import Simulator

NATIVE = ctypes.CDLL(os.environ["PANDA_WATER_LIBRARY"])

ARGUMENT, CONFIG, HANDLE = -10001, -10002, -10003


def function(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """One of the library's functions, apart from the ones that the package has set up."""
    return ctypes.CFUNCTYPE(result, *arguments)((name, NATIVE))


string_free = function("panda_string_free", None, c_void_p)
client_open = function("panda_client_open", c_int32, c_char_p, POINTER(c_void_p))
client_close = function("panda_client_close", c_int32, c_int32)
get_token = function("panda_get_token", c_void_p, c_int32)
get_users = function("panda_get_users", c_void_p, c_int32, c_char_p)
users_open = function("panda_users_open", c_int32, c_int32, c_char_p, POINTER(c_void_p))
users_next = function("panda_users_next", c_void_p, c_int32)
users_close = function("panda_users_close", c_int32, c_int32)
get_user_by_ticket = function("panda_get_user_by_ticket", c_void_p, c_int32, c_char_p)
ticket_from_url = function("panda_ticket_from_url", c_void_p, c_char_p, c_char_p)
client_stats = function("panda_client_stats", c_void_p, c_int32)
process_stats = function("panda_process_stats", c_void_p)
json_code = function("panda_json_code", c_int32, c_char_p)
json_get = function("panda_json_get", c_void_p, c_char_p, c_char_p)
json_next = function("panda_json_next", c_void_p, c_char_p, POINTER(c_size_t))
json_quote = function("panda_json_quote", c_void_p, c_char_p)
gbk_to_utf8 = function("panda_gbk_to_utf8", c_void_p, c_char_p)
utf8_to_gbk = function("panda_utf8_to_gbk", c_void_p, c_char_p)


def take(pointer: int | None) -> bytes | None:
    """Copies a string of the library and gives it back."""
    if pointer is None:
        return None
    text = ctypes.string_at(pointer)
    string_free(pointer)
    return text


def envelope(pointer: int | None) -> Any:
    text = take(pointer)
    assert text is not None
    return json.loads(text)


def refused(reply: Any, code: int) -> Any:
    """Checks that a reply is a whole failure envelope with this code, and gives its message."""
    assert reply["code"] == code
    assert reply["data"] is None
    assert reply["error"].keys() >= {"kind", "retryable", "endpoint", "httpStatus", "platformCode", "attempts"}
    return reply["msg"]


def configuration(simulator: Simulator, **further: object) -> bytes:
    account = {"baseUrl": simulator.base_url, "username": simulator.username, "password": simulator.password}
    return json.dumps({**account, **further}).encode()


@pytest.fixture
def handle(simulator: Simulator) -> Iterator[int]:
    client = client_open(configuration(simulator), None)
    assert client > 0
    yield client
    client_close(client)


def test_versions() -> None:
    assert function("panda_abi_version", c_uint32)() == 1
    assert function("panda_version", c_char_p)().count(b".") == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, ARGUMENT),
        (b"", ARGUMENT),
        (b"{", ARGUMENT),
        (b"[]", ARGUMENT),
        (b'{"baseUrl":"http://h\xff"}', ARGUMENT),
        (b"{}", CONFIG),
        (b'{"baseUrl":"http://h","colour":"red"}', CONFIG),
        (b"[" * 100_000, ARGUMENT),
    ],
)
def test_configuration_that_is_none(text: bytes | None, code: int) -> None:
    error = c_void_p()
    assert client_open(text, byref(error)) == 0
    refused(envelope(error.value), code)
    assert client_open(text, None) == 0


def test_error_is_cleared_on_success(handle: int) -> None:
    error = c_void_p(0xDEAD)
    cursor = users_open(handle, None, byref(error))
    assert cursor > 0
    assert error.value is None
    assert users_close(cursor) == 1


@pytest.mark.parametrize("invented", [0, -1, 2**31 - 1, -(2**31)])
def test_invented_handle(invented: int) -> None:
    for call in (get_token, users_next, client_stats):
        refused(envelope(call(invented)), HANDLE)
    refused(envelope(get_users(invented, None)), HANDLE)
    refused(envelope(get_user_by_ticket(invented, b"x")), HANDLE)
    error = c_void_p()
    assert users_open(invented, None, byref(error)) == 0
    refused(envelope(error.value), HANDLE)
    assert client_close(invented) == users_close(invented) == 0


def test_handle_of_the_other_type(handle: int) -> None:
    cursor = users_open(handle, None, None)
    refused(envelope(get_token(cursor)), HANDLE)
    refused(envelope(users_next(handle)), HANDLE)
    assert client_close(cursor) == users_close(handle) == 0
    assert users_close(cursor) == 1


def test_handles_are_closed_once_and_never_used_again(simulator: Simulator) -> None:
    handles = []
    for _ in range(100):
        client = client_open(configuration(simulator), None)
        cursor = users_open(client, None, None)
        assert client_close(client) == users_close(cursor) == 1
        assert client_close(client) == users_close(cursor) == 0
        refused(envelope(get_token(client)), HANDLE)
        handles += [client, cursor]
    assert len(set(handles)) == len(handles)


@pytest.mark.parametrize("ticket", [None, b"\xff\xfe", b"a\xc3"])
def test_ticket_that_is_no_text(handle: int, ticket: bytes | None) -> None:
    assert "ticket" in refused(envelope(get_user_by_ticket(handle, ticket)), ARGUMENT)


@pytest.mark.parametrize(
    "query", [b"", b"[]", b"{", b"\xff", b'{"pageSize":0}', b'{"pageSize":"1"}', b'{"pagesize":1}', b'{"pageSize":1.5}']
)
def test_query_that_is_none(handle: int, query: bytes) -> None:
    refused(envelope(get_users(handle, query)), ARGUMENT)
    error = c_void_p()
    assert users_open(handle, query, byref(error)) == 0
    refused(envelope(error.value), ARGUMENT)


def test_url_that_is_none() -> None:
    assert "url" in refused(envelope(ticket_from_url(None, None)), ARGUMENT)
    refused(envelope(ticket_from_url(b"\xff", None)), ARGUMENT)
    refused(envelope(ticket_from_url(b"?ticket=a", b"\xff")), ARGUMENT)


def test_freeing_nothing() -> None:
    string_free(None)


def test_strings_are_counted() -> None:
    def strings() -> int:
        count: int = envelope(process_stats())["data"]["strings"]
        return count

    before = strings()
    reply = ticket_from_url(b"?ticket=a", None)
    assert strings() == before + 1
    take(reply)
    assert strings() == before


@pytest.mark.parametrize(
    ("text", "code"),
    [(b'{"code":0,"msg":"OK","data":null}', 0), (b'{"code":-10021}', -10021)]
    + [(text, ARGUMENT) for text in (None, b"", b"[]", b"{}", b"{", b"\xff", b'{"code":null}')],
)
def test_json_code(text: bytes | None, code: int) -> None:
    assert json_code(text) == code


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        (b"", b'{"a/b":[1,{"~":"\\u9648"}],"n":null,"t":true,"z":"a\\u0000b","":5}'),
        (b"/a~1b/0", b"1"),
        (b"/a~1b/1/~0", "陈".encode()),
        (b"/a~1b/1", b'{"~":"\\u9648"}'),
        (b"/n", b"null"),
        (b"/t", b"true"),
        (b"/", b"5"),
        (b"/z", None),
        (b"/a~1b/2", None),
        (b"/a~1b/01", None),
        (b"/a~1b/-", None),
        (b"/none", None),
        (b"n", None),
        (b"\xff", None),
        (None, None),
    ],
)
def test_json_get(pointer: bytes | None, value: bytes | None) -> None:
    document = b'{"a/b":[1,{"~":"\\u9648"}],"n":null,"t":true,"z":"a\\u0000b","":5}'
    assert take(json_get(document, pointer)) == value


def test_json_get_of_what_is_no_json() -> None:
    for text in (None, b"", b"{", b"\xff"):
        assert take(json_get(text, b"")) is None


def test_json_next() -> None:
    array = '[1, "陈\\n", {"a":[2]} ,null, []]'.encode()
    position = c_size_t(0)
    elements = []
    while True:
        element = take(json_next(array, byref(position)))
        if element is None:
            break
        elements.append(element.decode())
    assert [json.loads(element) for element in elements if element not in ("陈\n", '"陈\\n"')] == [
        1,
        {"a": [2]},
        None,
        [],
    ]
    assert len(elements) == 5
    assert take(json_next(array, byref(position))) is None


def test_json_next_of_what_is_no_array() -> None:
    for text in (None, b"", b"{}", b"[", b"\xff", b"[]"):
        assert take(json_next(text, byref(c_size_t(0)))) is None
    assert take(json_next(b"[1]", None)) is None
    assert take(json_next(b"[1]", byref(c_size_t(2**64 - 1)))) is None


@pytest.mark.parametrize("text", ["", "a", '"\\\n\t\x01\x7f', "陈涛𠮷", "a/b"])
def test_json_quote(text: str) -> None:
    quoted = take(json_quote(text.encode()))
    assert quoted is not None
    assert json.loads(quoted) == text


def test_json_quote_of_what_is_no_text() -> None:
    assert take(json_quote(None)) is None
    assert take(json_quote(b"\xff")) is None


@pytest.mark.parametrize("text", ["", "abc", "熊猫智慧水务", "𠮷€"])
def test_gbk(text: str) -> None:
    assert take(utf8_to_gbk(text.encode())) == text.encode("gb18030")
    assert take(gbk_to_utf8(text.encode("gb18030"))) == text.encode()


def test_gbk_of_what_is_no_text() -> None:
    assert take(utf8_to_gbk(b"\xff")) is None
    assert take(gbk_to_utf8(b"\xff\xff")) is None
    assert take(utf8_to_gbk(None)) is None
    assert take(gbk_to_utf8(None)) is None


def test_small_stack(simulator: Simulator, tmp_path: Path) -> None:
    """A thread of 128 KiB, from which the interpreter takes its part as well, makes every call, over TLS too."""
    ca_file = tmp_path / "authority.pem"
    replies: list[Any] = []

    def work(platform: Simulator, further: dict[str, object]) -> None:
        client = client_open(configuration(platform, **further), None)
        cursor = users_open(client, b'{"pageSize":1000,"prefetch":16}', None)
        replies.append(envelope(get_token(client)))
        replies.append(envelope(get_users(client, None)))
        replies.append(envelope(get_user_by_ticket(client, platform.ticket(1).encode())))
        replies.append(envelope(users_next(cursor)))
        replies.append(envelope(client_stats(client)))
        replies.append({"code": users_close(cursor) + client_close(client) - 2})

    with Simulator("--tls", "--ca-out", str(ca_file)) as with_tls:
        usual = threading.stack_size(128 * 1024)
        try:
            threads = [
                threading.Thread(target=work, args=(simulator, {})),
                threading.Thread(target=work, args=(with_tls, {"caFile": str(ca_file)})),
            ]
            for thread in threads:
                thread.start()
                thread.join()
        finally:
            threading.stack_size(usual)
    assert [reply["code"] for reply in replies] == [0] * 12
