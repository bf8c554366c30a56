"""Users and tokens as values."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import typing
from datetime import datetime, timedelta, timezone

import pytest

from panda_water import TicketUrl, Token, User, UserPage
from panda_water._models import user_from_json
from panda_water._rfc3339 import parse

ANSWER = {"id": 1, "userName": "陈涛", "phone": "1822199904", "jobNumber": None, "userImage": None}


def test_user_from_an_answer_is_the_user_that_is_made_by_hand() -> None:
    user = user_from_json(dict(ANSWER))
    assert type(user) is User
    assert user == User(1, "陈涛", "1822199904")
    assert hash(user) == hash(User(1, "陈涛", "1822199904"))
    assert user != User(2, "陈涛", "1822199904")
    assert repr(user) == repr(User(1, "陈涛", "1822199904"))


def test_further_fields_are_part_of_the_value() -> None:
    user = user_from_json({**ANSWER, "roles": ["a", "b"]})
    assert user.extra == {"roles": ["a", "b"]}
    assert user != User(1, "陈涛", "1822199904")
    assert user == User(1, "陈涛", "1822199904", extra={"roles": ["a", "b"]})
    assert len({user, user_from_json({**ANSWER, "roles": ["a", "b"]})}) == 1


@pytest.mark.parametrize("name", ["id", "user_name", "phone", "job_number", "user_image", "extra", "other"])
def test_user_cannot_be_changed(name: str) -> None:
    user = user_from_json(dict(ANSWER))
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        setattr(user, name, None)
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        delattr(user, name)


def test_further_fields_cannot_be_changed() -> None:
    extra = typing.cast("typing.Dict[str, object]", User(1, "陈涛", extra={"a": 1}).extra)
    changes: list[typing.Callable[[], object]] = [
        lambda: extra.update(a=2),
        lambda: extra.setdefault("b", 2),
        lambda: extra.pop("a"),
        extra.popitem,
        extra.clear,
        lambda: extra.__setitem__("a", 2),
        lambda: extra.__delitem__("a"),
    ]
    for change in changes:
        with pytest.raises(TypeError):
            change()
    assert extra == {"a": 1}


def test_user_can_be_copied_pickled_and_written_as_json() -> None:
    user = user_from_json({**ANSWER, "roles": ["a"]})
    assert pickle.loads(pickle.dumps(user)) == user
    assert copy.copy(user) == user
    assert copy.deepcopy(user) == user
    assert dataclasses.replace(user, phone=None) == User(1, "陈涛", extra={"roles": ["a"]})
    assert json.loads(json.dumps(dataclasses.asdict(user)))["extra"] == {"roles": ["a"]}
    assert [field.name for field in dataclasses.fields(user)] == list(User.__slots__)


def test_types_can_be_read_at_run_time() -> None:
    for model in (User, UserPage, Token, TicketUrl):
        assert typing.get_type_hints(model)


def test_secrets_are_not_shown() -> None:
    for value in (Token("hush", "2024-05-01 12:00:00", None), TicketUrl("hush", "/oa")):
        assert "hush" not in repr(value)
        assert "hush" not in str(value)
        assert "hush" not in f"{value}"


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-05-01T12:00:00Z", datetime(2024, 5, 1, 12, tzinfo=timezone.utc)),
        ("2024-05-01T12:00:00+08:00", datetime(2024, 5, 1, 12, tzinfo=timezone(timedelta(hours=8)))),
        ("2024-05-01T12:00:00.5-03:30", datetime(2024, 5, 1, 15, 30, 0, 500000, timezone.utc)),
        ("2024-05-01T12:00:00.123456789Z", datetime(2024, 5, 1, 12, 0, 0, 123456, timezone.utc)),
    ],
)
def test_times(text: str, time: datetime) -> None:
    assert parse(text) == time


@pytest.mark.parametrize("text", ["2024-05-01T12:00:00", "2024-05-01 12:00:00Z", "2024-13-01T12:00:00Z", "x", ""])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)
