"""Each kind of failure is an exception of its own, and none shows a secret."""

from __future__ import annotations

import json
import pickle
import traceback
from typing import Any, Callable

import pytest

import panda_water
from panda_water import (
    PandaArgumentError,
    PandaAuthError,
    PandaClient,
    PandaConfigError,
    PandaConnectError,
    PandaError,
    PandaGuardError,
    PandaHttpError,
    PandaInconsistentError,
    PandaRejectedError,
    PandaResponseError,
    PandaTicketError,
    PandaTimeoutError,
    PandaTlsError,
)
from panda_water._errors import error_from_envelope
from simulator import Simulator

# tests/parity holds them against the library's.
KINDS = {error.kind: error for error in PandaError.__subclasses__()}


def envelope(kind: str, code: int) -> dict[str, Any]:
    details = {
        "kind": kind,
        "retryable": True,
        "endpoint": "GetUsers",
        "httpStatus": 502,
        "platformCode": "E7",
        "attempts": 3,
    }
    return {"code": code, "msg": "出错了", "data": None, "error": details}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_raised_as_its_class(kind: str) -> None:
    assert type(error_from_envelope(envelope(kind, 7))) is KINDS[kind]


def test_all_that_an_error_tells() -> None:
    error = error_from_envelope(envelope("rejected", 7))
    assert str(error) == error.message == "出错了"
    assert error.code == 7
    assert error.retryable is True
    assert error.endpoint == "GetUsers"
    assert error.http_status == 502
    assert error.platform_code == "E7"
    assert error.attempts == 3


def test_kind_of_a_later_library() -> None:
    error = error_from_envelope(envelope("novel", -10060))
    assert type(error) is PandaError
    assert error.kind == "novel"
    assert error.code == -10060


@pytest.mark.parametrize("kind", [*KINDS, "novel"])
def test_errors_can_be_pickled(kind: str) -> None:
    error = error_from_envelope(envelope(kind, 7))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_timeout_is_a_timeout_error() -> None:
    assert issubclass(PandaTimeoutError, TimeoutError)


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.get_users(page_index=0),
        lambda client: client.get_users(page_size=10001),
        lambda client: client.get_users(page_size="ten"),
        lambda client: client.get_users(page_size=object()),
        lambda client: client.get_users(page_size=float("nan")),
        lambda client: client.get_users(keyword="\ud800"),
        lambda client: client.get_user_by_ticket("a\0b"),
        lambda client: client.get_user_by_ticket("a\udcffb"),
        lambda client: client.get_user_by_ticket(b"bytes"),
        lambda client: client.get_user_by_ticket(None),
        lambda client: client.ticket_from_url("/oa?ticket=x\0"),
        lambda client: client.ticket_from_url("/oa?ticket=x", "\ud800"),
        lambda client: client.user_from_url(None),
    ],
)
def test_argument(client: PandaClient, call: Callable[[PandaClient], object]) -> None:
    with pytest.raises(PandaArgumentError) as caught:
        call(client)
    assert caught.value.code == -10001
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "`base_url`"),
        ({"base_url": "ftp://h"}, "`base_url`"),
        ({"base_url": "http://h", "username": "u"}, "`password`"),
        ({"base_url": "http://h", "timeout_ms": 0}, "`timeout_ms`"),
        ({"base_url": "http://h", "retries": 101}, "`retries`"),
        ({"base_url": "http://h", "headers": {"panda-token": "x"}}, "panda-token"),
        ({"base_url": "http://h", "ca_file": "/does/not/exist.pem"}, "`ca_file`"),
    ],
)
def test_config(settings: dict[str, Any], name: str) -> None:
    with pytest.raises(PandaConfigError, match=name) as caught:
        PandaClient(**settings)
    assert caught.value.code == -10002


@pytest.mark.parametrize(
    "settings", [{"password": "\ud800hush"}, {"password": b"hush"}, {"headers": {"x": object()}}, {"port": {1}}]
)
def test_setting_that_is_no_text(settings: dict[str, Any]) -> None:
    with pytest.raises(PandaArgumentError, match=next(iter(settings))) as caught:
        PandaClient("http://h", **settings)
    assert "hush" not in "".join(traceback.format_exception(PandaArgumentError, caught.value, None))


def test_what_is_no_setting_keeps_its_name(client: PandaClient) -> None:
    with pytest.raises(PandaTicketError, match=r"`userName` is not .* set by `ticket_param`, or the argument `param`"):
        client.ticket_from_url("/oa", "userName")


def test_unknown_setting() -> None:
    with pytest.raises(TypeError, match="colour"):
        PandaClient("http://h", colour="red")  # type: ignore[call-arg]


def test_token_without_an_account(simulator: Simulator) -> None:
    with PandaClient(simulator.base_url) as client, pytest.raises(PandaConfigError):
        client.get_token()


def test_connect() -> None:
    with PandaClient("http://127.0.0.1:9", retries=0) as client, pytest.raises(PandaConnectError) as caught:
        client.get_users()
    assert caught.value.retryable
    assert caught.value.attempts == 1


def test_timeout(simulator: Simulator) -> None:
    simulator.fail({"stall": "beforeHead"}, "GetUsers")
    with PandaClient(**simulator.account, deadline_ms=300) as client, pytest.raises(PandaTimeoutError) as caught:
        client.get_users()
    assert caught.value.retryable
    assert caught.value.endpoint == "GetUsers"


def test_tls() -> None:
    with Simulator("--tls") as platform, PandaClient(**platform.account) as client:
        with pytest.raises(PandaTlsError) as caught:
            client.get_users()
        assert not caught.value.retryable


def test_http(simulator: Simulator) -> None:
    simulator.fail({"status": {"status": 502}}, "GetUsers")
    with PandaClient(**simulator.account, retries=1) as client, pytest.raises(PandaHttpError) as caught:
        client.get_users()
    assert caught.value.http_status == 502
    assert caught.value.retryable
    assert caught.value.endpoint == "GetUsers"
    assert caught.value.attempts == 2


def test_response(client: PandaClient, simulator: Simulator) -> None:
    simulator.fail({"answer": {"body": "<html>维护中</html>"}}, "GetUsers")
    with pytest.raises(PandaResponseError) as caught:
        client.get_users()
    assert not caught.value.retryable


def test_response_that_is_too_large(simulator: Simulator) -> None:
    with PandaClient(**simulator.account, max_response_bytes=1024) as client, pytest.raises(PandaResponseError):
        client.get_users(page_size=1000)


def test_auth(simulator: Simulator) -> None:
    account = {**simulator.account, "password": "wrong"}
    with PandaClient(**account) as client, pytest.raises(PandaAuthError) as caught:
        client.get_users()
    assert caught.value.endpoint == "GenerateToken"
    assert not caught.value.retryable


@pytest.mark.parametrize("bad_ticket", ["code", "nullData", "emptyObject", "zeroId"])
def test_ticket(client: PandaClient, simulator: Simulator, bad_ticket: str) -> None:
    simulator.behave(badTicket=bad_ticket)
    with pytest.raises(PandaTicketError) as caught:
        client.get_user_by_ticket("unknown")
    assert not caught.value.retryable
    if bad_ticket == "code":
        assert caught.value.code == caught.value.platform_code == 1


@pytest.mark.parametrize(
    "url", ["http://h/oa", "http://h/oa?ticket=", "http://h/oa?ticket=a&ticket=b", "?ticket=%00", "?ticket=%ff"]
)
def test_url_without_a_usable_ticket(url: str) -> None:
    with pytest.raises(PandaTicketError):
        panda_water.ticket_from_url(url)


def test_inconsistent() -> None:
    moving = {"moving": {"action": "insertFront", "every": 1}}
    with Simulator("--behaviour", json.dumps(moving)) as platform, PandaClient(**platform.account) as client:
        with pytest.raises(PandaInconsistentError) as caught:
            list(client.iter_users(page_size=1000, prefetch=1))
        assert caught.value.retryable


def test_guard(client: PandaClient, simulator: Simulator) -> None:
    state = client.sync(None).state
    simulator.fail({"answer": {"body": '{"code":0,"msg":"OK","data":{"count":0,"data":[]}}'}}, "GetUsers")
    with pytest.raises(PandaGuardError, match="3661") as caught:
        client.sync(state)
    assert caught.value.code == -10031
    assert caught.value.endpoint == "GetUsers"
    assert not caught.value.retryable


def test_rejected(client: PandaClient, simulator: Simulator) -> None:
    client.get_users(page_size=1)
    simulator.fail({"answer": {"body": '{"code":7,"msg":"维护中","data":null}'}}, "GetUsers")
    with pytest.raises(PandaRejectedError, match="维护中") as caught:
        client.get_users()
    assert caught.value.code == caught.value.platform_code == 7


def test_no_secret_is_shown(simulator: Simulator) -> None:
    account = {**simulator.account, "password": "hush-password"}
    with PandaClient(**account) as client:
        assert "hush" not in repr(client)
        with pytest.raises(PandaError) as refused:
            client.get_users()
        with pytest.raises(PandaError) as unusable:
            client.get_user_by_ticket("hush-ticket\ud800")
        with pytest.raises(PandaError) as unknown:
            client.user_from_url("/oa?ticket=hush-ticket")
    for caught in (refused, unusable, unknown):
        text = "".join(traceback.format_exception(caught.type, caught.value, caught.value.__traceback__))
        told = [line for line in text.splitlines() if "hush" in line and not line.lstrip().startswith("client.")]
        assert told == []
        assert caught.value.__context__ is None
