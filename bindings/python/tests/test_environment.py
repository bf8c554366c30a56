"""Settings from the environment."""

from __future__ import annotations

import os

import pytest

from panda_water import PandaClient, PandaConfigError, PandaTicketError
from panda_water._cli._arguments import parse
from panda_water._cli._settings import read
from panda_water._config import Settings, configuration, read_environment
from simulator import Simulator


def environment(simulator: Simulator, **further: str) -> dict[str, str]:
    return {
        "PANDA_WATER_BASE_URL": simulator.base_url,
        "PANDA_WATER_USERNAME": simulator.username,
        "PANDA_WATER_PASSWORD": simulator.password,
        **further,
    }


def test_client_from_the_process_environment(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(simulator, PANDA_WATER_TICKET_PARAM="user").items():
        monkeypatch.setenv(name, value)
    assert "PANDA_WATER_LIBRARY" in os.environ
    with PandaClient.from_env() as client:
        assert client.user_from_url(f"/oa?user={simulator.ticket(4)}").id == 4


def test_client_from_another_environment(simulator: Simulator) -> None:
    environ = {name.replace("PANDA_WATER", "OA_PANDA"): text for name, text in environment(simulator).items()}
    with PandaClient.from_env("OA_PANDA_", {**environ, "PANDA_WATER_BASE_URL": "http://h"}) as client:
        assert client.get_users(page_size=1).users


def test_arguments_take_the_place_of_variables(simulator: Simulator) -> None:
    environ = environment(simulator, PANDA_WATER_TICKET_PARAM="user")
    with PandaClient.from_env(environ=environ, ticket_param="t") as client, pytest.raises(PandaTicketError):
        client.ticket_from_url("/oa?user=abc")


def test_every_setting_has_a_variable() -> None:
    environ = {f"PANDA_WATER_{name.upper()}": "5" for name in Settings.__annotations__}
    environ["PANDA_WATER_HEADERS"] = '{"X-Tenant": "水务"}'
    settings = read_environment("PANDA_WATER_", environ)
    assert settings.keys() == Settings.__annotations__.keys()
    assert settings["headers"] == {"X-Tenant": "水务"}
    assert settings["timeout_ms"] == settings["port"] == settings["max_response_bytes"] == 5
    assert settings["username"] == settings["ca_file"] == "5"


def test_service_links_of_kubernetes_are_passed_over(simulator: Simulator) -> None:
    links: dict[str, str] = {}
    for service in ("PANDA_WATER_", "PANDA_WATER_SIMULATOR_"):
        links |= {
            service + "SERVICE_HOST": "10.0.0.11",
            service + "SERVICE_PORT": "80",
            service + "SERVICE_PORT_HTTP": "80",
            service + "PORT": "tcp://10.0.0.11:80",
            service + "PORT_80_TCP": "tcp://10.0.0.11:80",
            service + "PORT_80_TCP_PROTO": "tcp",
            service + "PORT_80_TCP_PORT": "80",
            service + "PORT_80_TCP_ADDR": "10.0.0.11",
            service + "PORT_53_UDP": "udp://10.0.0.11:53",
        }
    assert read_environment("PANDA_WATER_", environment(simulator, **links)).keys() == {
        "base_url",
        "username",
        "password",
    }


def test_the_command_line_passes_service_links_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANDA_WATER_PORT", "tcp://10.0.0.11:80")
    monkeypatch.setenv("PANDA_WATER_SERVICE_HOST", "10.0.0.11")
    settings = read(parse(["users", "--base-url", "http://h"]))
    assert settings["base_url"] == "http://h"
    assert "port" not in settings


@pytest.mark.parametrize(
    ("name", "text"),
    [("SERVICE_HOSTS", "h"), ("PORTS", "tcp://h:1"), ("PORT_80", "80"), ("PORT", "tcp:80"), ("HTTP_PORT", "80")],
)
def test_what_looks_like_a_service_link_is_told(name: str, text: str) -> None:
    with pytest.raises(PandaConfigError, match=f"PANDA_WATER_{name}"):
        read_environment("PANDA_WATER_", {f"PANDA_WATER_{name}": text})


def test_names_that_the_library_uses() -> None:
    assert configuration({"base_url": "b", "login_cooldown_ms": 1, "ca_file": "c", "library": "l"}) == {
        "baseUrl": "b",
        "loginCooldownMs": 1,
        "caFile": "c",
    }


@pytest.mark.parametrize("text", ["ten", "1.5", "-1", " 1", "1_000", "٣", "0x10", "1e3"])
def test_number_that_is_none(text: str) -> None:
    with pytest.raises(PandaConfigError, match="PANDA_WATER_TIMEOUT_MS"):
        PandaClient.from_env(environ={"PANDA_WATER_BASE_URL": "http://h", "PANDA_WATER_TIMEOUT_MS": text})


@pytest.mark.parametrize("text", ["hush", "[]", '"hush"', '{"a": 1}', '{"a": null}', "[" * 100_000])
def test_headers_that_are_none(text: str) -> None:
    with pytest.raises(PandaConfigError, match="PANDA_WATER_HEADERS") as caught:
        PandaClient.from_env(environ={"PANDA_WATER_BASE_URL": "http://h", "PANDA_WATER_HEADERS": text})
    assert "hush" not in str(caught.value)
    assert caught.value.__context__ is None


def test_unknown_variables_are_named() -> None:
    environ = {"PANDA_WATER_BASE_URL": "http://h", "PANDA_WATER_PASWORD": "hush", "PANDA_WATER_timeout_ms": "5"}
    with pytest.raises(PandaConfigError, match="PANDA_WATER_PASWORD, PANDA_WATER_timeout_ms;") as caught:
        PandaClient.from_env(environ=environ)
    assert "hush" not in str(caught.value)


def test_empty_variable_counts_as_not_set() -> None:
    with PandaClient.from_env(environ={"PANDA_WATER_BASE_URL": "http://h", "PANDA_WATER_RETRIES": ""}) as client:
        assert not client.closed


def test_value_out_of_range_is_refused() -> None:
    with pytest.raises(PandaConfigError, match="retries"):
        PandaClient.from_env(environ={"PANDA_WATER_BASE_URL": "http://h", "PANDA_WATER_RETRIES": "101"})
