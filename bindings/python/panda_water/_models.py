"""What the platform answers, as values that do not change."""

# No postponed annotations here: `typing.get_type_hints` of these classes has to work on Python 3.8.
import dataclasses
from datetime import datetime
from typing import Any, Dict, Iterable, List, Mapping, NoReturn, Optional, Tuple, Union

from . import _rfc3339


class _Extra(Dict[str, Any]):
    """Further fields of a user: a dictionary that cannot be changed, and so can be hashed."""

    __slots__ = ()

    def _unchangeable(self, *_arguments: object, **_fields: object) -> NoReturn:
        raise TypeError("the further fields of a user cannot be changed")

    __setitem__ = __delitem__ = __ior__ = _unchangeable
    clear = pop = popitem = setdefault = update = _unchangeable

    def __hash__(self) -> int:  # type: ignore[override]
        # Values may be lists, which have no hash; equal dictionaries have equal keys.
        return hash(frozenset(self))

    # Copying and unpickling would otherwise set item by item.
    def __reduce__(self) -> Tuple[Any, ...]:
        return _Extra, (dict(self),)


_NO_EXTRA = _Extra()


@dataclasses.dataclass(frozen=True)
class User:
    """A user of the platform.

    Cannot be changed, compares by value, can be hashed, copied and pickled, and works with
    ``dataclasses.replace`` and ``dataclasses.asdict``.

    Access document 2024, interface ① and interface ②; 2022, "获取熊猫智慧水务用户" and "通过票据获取对应的用户".

    Attributes:
        id (int): The user's number on the platform, from 1 to 2^53-1. This is what identifies a user.
        user_name (str | None): The name, or None where the platform has none. Several users may have the same one.
        phone (str | None): The phone number, or None where there is none or the platform does not say.
        job_number (str | None): The job number, likewise. Listings of the 2024 edition give it.
        user_image (str | None): The user's picture, likewise. Ticket look-ups of the 2024 edition give it.
        extra (Mapping[str, Any]): Every further field that the platform sent, under its own name. Read-only.

    Example:
        >>> user = client.get_user_by_ticket(ticket)
        >>> print(user.id, user.user_name, user.phone or "no phone")
    """

    __slots__ = ("id", "user_name", "phone", "job_number", "user_image", "extra")

    id: int
    user_name: Optional[str]
    phone: Optional[str]
    job_number: Optional[str]
    user_image: Optional[str]
    extra: Mapping[str, Any]

    # By hand, since a class with slots cannot hold default values for a generated one.
    def __init__(
        self,
        id: int,
        user_name: Optional[str],
        phone: Optional[str] = None,
        job_number: Optional[str] = None,
        user_image: Optional[str] = None,
        extra: Mapping[str, Any] = _NO_EXTRA,
    ) -> None:
        """Makes a user, as tests of applications do; see the class for the arguments."""
        values = (id, user_name, phone, job_number, user_image, _Extra(extra))
        for name, value in zip(self.__slots__, values):
            object.__setattr__(self, name, value)

    def __reduce__(self) -> Tuple[Any, ...]:
        return User, tuple(getattr(self, name) for name in self.__slots__)


class _Draft(User):
    """A user that is being filled in.

    Six plain assignments and a change of class take a third of the time that the assignments of a frozen
    class take, which counts in listings of a hundred thousand users.
    """

    __slots__ = ()

    # Both, or the interpreter goes on looking each of them up at every assignment.
    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__


_FIELDS = ("id", "userName", "phone", "jobNumber", "userImage")


def users_from_rows(rows: Iterable[Iterable[Any]], _new: Any = object.__new__) -> List[User]:
    """The users that the library describes by these rows, as it gives them for ``"rows": true``."""
    users: List[User] = []
    append = users.append
    user: User
    for user_id, user_name, phone, job_number, user_image, extra in rows:
        user = _new(_Draft)
        user.id = user_id  # type: ignore[misc]
        user.user_name = user_name  # type: ignore[misc]
        user.phone = phone  # type: ignore[misc]
        user.job_number = job_number  # type: ignore[misc]
        user.user_image = user_image  # type: ignore[misc]
        user.extra = _NO_EXTRA if extra is None else _Extra(extra)  # type: ignore[misc]
        user.__class__ = User
        append(user)
    return users


def users_from_json(users: Iterable[Dict[str, Any]]) -> List[User]:
    """The users that the library describes by these objects."""
    return users_from_rows(map(_row, users))


def user_from_json(values: Dict[str, Any]) -> User:
    """The user that the library describes by these values."""
    return users_from_rows((_row(values),))[0]


_FIELDS = ("id", "userName", "phone", "jobNumber", "userImage")


def _row(values: Dict[str, Any]) -> Tuple[Any, ...]:
    extra = None
    if len(values) > len(_FIELDS):
        extra = {name: value for name, value in values.items() if name not in _FIELDS}
    return (values["id"], values["userName"], values["phone"], values["jobNumber"], values["userImage"], extra)


@dataclasses.dataclass(frozen=True)
class UserPage:
    """One page of the platform's users.

    Access document 2024, interface ①; 2022, "获取熊猫智慧水务用户".

    Attributes:
        count (int | None): How many users there are in all, or None where the platform does not say.
        users (tuple[User, ...]): The users of this page.
    """

    count: Optional[int]
    users: Tuple[User, ...]


def page_from_json(values: Mapping[str, Any]) -> UserPage:
    """The page that the library describes by these values."""
    return UserPage(values["count"], tuple(users_from_rows(values["data"])))


@dataclasses.dataclass(frozen=True)
class Changes:
    """Who came, changed or left since an earlier state.

    Access document 2024, section 三 step 1; 2022, step 1.

    Attributes:
        count (int): How many users there are now.
        added (tuple[User, ...]): Who is not in the earlier state.
        updated (tuple[User, ...]): Whose name, phone or job number has changed, as they are now.
        removed (tuple[int, ...]): The ids of those who are gone, ascending.
        unchanged (int): How many users are as they were.
        state (str): What to pass to the next sync. It holds no personal data in clear; ``repr`` leaves it out.
    """

    count: int
    added: Tuple[User, ...]
    updated: Tuple[User, ...]
    removed: Tuple[int, ...]
    unchanged: int
    state: str = dataclasses.field(repr=False)


def changes_from_json(values: Mapping[str, Any]) -> Changes:
    """The changes that the library describes by these values."""
    return Changes(
        values["count"],
        tuple(users_from_json(values["added"])),
        tuple(users_from_json(values["updated"])),
        tuple(values["removed"]),
        values["unchanged"],
        values["state"],
    )


@dataclasses.dataclass(frozen=True)
class Token:
    """What the platform knows the third party by.

    Access document 2024, section 二 "身份验证说明".

    Attributes:
        token (str): The value of the ``panda-token`` header. It is a secret: ``repr`` and ``str`` leave it out.
        expiration_time (str | int | float | None): When it expires, exactly as the platform sent it.
        expires_at (datetime | None): The same as a time with an offset, or None where it cannot be read.
    """

    token: str = dataclasses.field(repr=False)
    expiration_time: Union[str, int, float, None]
    expires_at: Optional[datetime]


def token_from_json(values: Mapping[str, Any]) -> Token:
    """The token that the library describes by these values."""
    expires_at = values["expiresAt"]
    return Token(values["token"], values["expirationTime"], None if expires_at is None else _rfc3339.parse(expires_at))


@dataclasses.dataclass(frozen=True)
class TicketUrl:
    """A sign-in URL, taken apart.

    Access document 2024, section 三 step 3 and 4; 2022, steps 3 to 5.

    Attributes:
        ticket (str): The ticket, decoded. It is a secret: ``repr`` and ``str`` leave it out.
        url_without_ticket (str): The URL without the ticket and otherwise unchanged. It may lead to another site.
        local_target (str): Its path, query and fragment as a place on your own site, to redirect the browser to once
            the user is signed in: "/" where a browser would go to another site.
    """

    ticket: str = dataclasses.field(repr=False)
    url_without_ticket: str
    local_target: str = "/"


def ticket_url_from_json(values: Mapping[str, Any]) -> TicketUrl:
    """The parts of a URL that the library describes by these values."""
    return TicketUrl(values["ticket"], values["urlWithoutTicket"], values["localTarget"])
