"""Every call of the client, as an application makes it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import panda_water
from panda_water import PandaClient, PandaTlsError, TicketUrl, User, UserPage
from simulator import Simulator


def test_token(client: PandaClient) -> None:
    token = client.get_token()
    assert token.token
    assert isinstance(token.expiration_time, str)
    assert token.expires_at is not None
    assert token.expires_at.utcoffset() is not None
    now = datetime.now(timezone.utc)
    assert now < token.expires_at < now + timedelta(days=1)


def test_token_is_cached(client: PandaClient, simulator: Simulator) -> None:
    assert client.get_token() == client.get_token()
    assert simulator.requests("generateToken") == 1


@pytest.mark.parametrize(
    "expiration_format", ["space", "slashFraction", "tFraction", "zFraction", "msDateOffset", "unixSeconds"]
)
def test_every_form_of_expiry(client: PandaClient, simulator: Simulator, expiration_format: str) -> None:
    simulator.behave(expirationFormat=expiration_format)
    expires_at = client.get_token().expires_at
    assert expires_at is not None
    life = expires_at - datetime.now(timezone.utc)
    assert timedelta(hours=1, minutes=50) < life < timedelta(hours=2, minutes=10)


def test_expiry_as_the_platform_sent_it(client: PandaClient, simulator: Simulator) -> None:
    simulator.behave(expirationFormat="unixMillis")
    assert isinstance(client.get_token().expiration_time, int)


def test_unreadable_expiry(client: PandaClient, simulator: Simulator) -> None:
    simulator.behave(expirationFormat="unreadable")
    assert client.get_token().expires_at is None


def test_page_of_users(client: PandaClient) -> None:
    page = client.get_users(page_index=2, page_size=10)
    assert page.count == 3661
    assert [user.id for user in page.users] == list(range(11, 21))
    assert isinstance(page, UserPage)


def test_page_by_default(client: PandaClient) -> None:
    page = client.get_users()
    assert page.users[0].user_name == "陈涛"


def test_keyword(client: PandaClient) -> None:
    page = client.get_users(keyword="陈涛", page_size=1000)
    assert page.users
    assert all("陈涛" in (user.user_name or "") for user in page.users)


def test_count_that_the_platform_does_not_say(client: PandaClient, simulator: Simulator) -> None:
    simulator.behave(count="missing")
    assert client.get_users(page_size=5).count is None


def test_user_by_ticket(client: PandaClient, simulator: Simulator) -> None:
    user = client.get_user_by_ticket(simulator.ticket(1))
    assert (user.id, user.user_name, user.phone) == (1, "陈涛", "1822199904")
    assert type(user) is User


@pytest.mark.parametrize("ticket", ["a+b/=", "&?#% 中", "%41", "𠮷", "'\"\\"])
def test_ticket_of_any_text(client: PandaClient, simulator: Simulator, ticket: str) -> None:
    simulator.ticket(7, ticket=ticket)
    assert client.get_user_by_ticket(ticket).id == 7


def test_further_fields(client: PandaClient, simulator: Simulator) -> None:
    simulator.behave(extraFields=True)
    user = client.get_user_by_ticket(simulator.ticket(1))
    assert user.extra
    assert not {"id", "userName", "phone", "jobNumber", "userImage"} & set(user.extra)
    assert all(user.extra for user in client.get_users(page_size=10).users)


@pytest.mark.parametrize("encoding", ["utf8Bom", "escaped", "gbk", "gb18030"])
def test_text_in_any_encoding(client: PandaClient, simulator: Simulator, encoding: str) -> None:
    expected = client.get_users(page_size=50)
    simulator.behave(encoding=encoding)
    assert client.get_users(page_size=50) == expected


def test_edition_of_2022() -> None:
    with Simulator("--edition", "2022") as platform, PandaClient(platform.base_url) as client:
        assert client.get_users().users[0].user_name == "陈涛"
        assert client.get_user_by_ticket(platform.ticket(2)).id == 2


def test_private_authority(tmp_path: Path) -> None:
    ca_file = tmp_path / "authority.pem"
    with Simulator("--tls", "--ca-out", str(ca_file)) as platform:
        assert platform.base_url.startswith("https:")
        with PandaClient(**platform.account, ca_file=ca_file) as client:
            assert client.get_user_by_ticket(platform.ticket(3)).id == 3


def test_certificate_of_the_client(tmp_path: Path) -> None:
    ca_file, own_file = tmp_path / "authority.pem", tmp_path / "client.pem"
    with Simulator("--tls", "--ca-out", str(ca_file), "--client-out", str(own_file)) as platform:
        with PandaClient(
            **platform.account, ca_file=ca_file, client_cert_file=own_file, client_key_file=own_file
        ) as client:
            assert client.get_user_by_ticket(platform.ticket(3)).id == 3
        nobody = PandaClient(**platform.account, ca_file=ca_file)
        with nobody, pytest.raises(PandaTlsError, match="`client_cert_file`"):
            nobody.get_token()


def test_address_in_parts(simulator: Simulator) -> None:
    host, _, rest = simulator.base_url.partition("://")[2].partition(":")
    port, _, project_name = rest.partition("/")
    with PandaClient(
        host=host,
        port=int(port),
        project_name=project_name,
        username=simulator.username,
        password=simulator.password,
        headers={"X-Tenant": "oa"},
        user_agent="test/1",
    ) as client:
        assert client.get_users(page_size=1).users


@pytest.mark.parametrize(
    ("url", "param", "ticket", "without", "target"),
    [
        ("http://h/oa?a=1&user=abc&b=2", "user", "abc", "http://h/oa?a=1&b=2", "/oa?a=1&b=2"),
        ("http://h/oa?user=abc", "user", "abc", "http://h/oa", "/oa"),
        ("/oa?x=%B2%E2&ticket=T%2B/+=", None, "T+/+=", "/oa?x=%B2%E2", "/oa?x=%B2%E2"),
        ("?ticket=abc&k=v", None, "abc", "?k=v", "/?k=v"),
        ("http://h/p?z=1#/oa?a=1&user=a%20b", "user", "a b", "http://h/p?z=1#/oa?a=1", "/p?z=1#/oa?a=1"),
        ("http://h/oa?user=a&user=a", "user", "a", "http://h/oa", "/oa"),
        ("http://h/登录?票据=abc", "票据", "abc", "http://h/登录", "/登录"),
        ("/oa?x=1?ticket=abc", None, "abc", "/oa?x=1", "/oa?x=1"),
        ("/oa?x=1&amp;ticket=abc", None, "abc", "/oa?x=1", "/oa?x=1"),
        ("//evil.example/..//doc?ticket=abc", None, "abc", "//evil.example/..//doc", "/"),
    ],
)
def test_ticket_from_url(
    client: PandaClient, url: str, param: str | None, ticket: str, without: str, target: str
) -> None:
    assert panda_water.ticket_from_url(url, param) == TicketUrl(ticket, without, target)
    assert client.ticket_from_url(url, param) == TicketUrl(ticket, without, target)


def test_user_from_url(client: PandaClient, simulator: Simulator) -> None:
    ticket = simulator.ticket(5)
    assert client.user_from_url(f"http://oa.example/oa?ticket={ticket}").id == 5
    assert client.user_from_url(f"http://oa.example/oa?user={ticket}", param="user").id == 5


def test_ticket_parameter_of_the_client(simulator: Simulator) -> None:
    with PandaClient(**simulator.account, ticket_param="user") as client:
        assert client.user_from_url(f"/oa?user={simulator.ticket(6)}").id == 6
        assert client.ticket_from_url("/oa?user=abc&ticket=x").ticket == "abc"
        assert client.ticket_from_url("/oa?user=abc&ticket=x", "ticket").ticket == "x"


def test_trim_closes_what_rests(client: PandaClient, simulator: Simulator) -> None:
    assert client.trim() == 0
    client.get_user_by_ticket(simulator.ticket(1))
    assert client.trim() == 1
    assert client.trim() == 0
    assert client.get_user_by_ticket(simulator.ticket(1)).id == 1
    client.close()
    assert client.trim() == 0


def test_stats(client: PandaClient, simulator: Simulator) -> None:
    client.get_user_by_ticket(simulator.ticket(1))
    stats = client.stats()
    assert isinstance(stats, dict)
    assert "GetUserByTicket" in str(stats)


def test_version_fits() -> None:
    assert panda_water.version() == panda_water.__version__


def test_close(simulator: Simulator) -> None:
    client = PandaClient(**simulator.account)
    assert not client.closed
    client.close()
    client.close()
    assert client.closed
    with pytest.raises(panda_water.PandaHandleError):
        client.get_token()


def test_forgotten_client_is_closed(simulator: Simulator) -> None:
    before = panda_water.process_stats()["clients"]
    client = PandaClient(**simulator.account)
    assert panda_water.process_stats()["clients"] == before + 1
    del client
    assert panda_water.process_stats()["clients"] == before


def test_nothing_is_connected_before_a_call() -> None:
    with PandaClient("http://127.0.0.1:9") as client:
        assert not client.closed


def test_a_token_store_that_is_down_stops_no_call_and_shows_in_the_statistics(simulator: Simulator) -> None:
    with PandaClient(**simulator.account, token_store="redis://127.0.0.1:1") as client:
        assert client.get_users(page_size=1).count == 3661
        assert client.stats()["storeFallbacks"] == 1
