"""Users of the platform matched with the application's own."""

# No postponed annotations here: `typing.get_type_hints` of these classes has to work on Python 3.8.
import dataclasses
from typing import Any, Dict, Iterable, Mapping, Optional, Tuple, Union

from ._errors import PandaArgumentError
from ._models import User
from ._native import Library
from ._text import to_json

OwnId = Union[str, int]
"""What the application knows a user by. ``7`` and ``"7"`` are the same, and given back as they were in the users."""


@dataclasses.dataclass(frozen=True)
class OwnUser:
    """A user of the application's own, to be linked with one of the platform's.

    Access document 2024, section 三 step 2; 2022, step 2.

    Attributes:
        id (str | int): What the application knows the user by.
        user_name (str | None): The name, or None.
        phone (str | None): The phone number, or None.
        job_number (str | None): The job number, or None.

    Example:
        >>> own_users = [OwnUser(*row) for row in database.execute("SELECT id, name, phone, job_number FROM staff")]
    """

    id: OwnId
    user_name: Optional[str] = None
    phone: Optional[str] = None
    job_number: Optional[str] = None


@dataclasses.dataclass(frozen=True)
class Link:
    """Two users who are one person, or may be.

    Attributes:
        panda_id (int): The platform's user.
        own_id (str | int): The application's user.
        by (str): The rule that speaks for it, ``"jobNumber"``, ``"phone"`` or ``"userName"``; ``"existing"`` if they
            were linked before.
        names_differ (bool): Whether both have a name and the names differ; only of a suggestion by job number or phone.
    """

    panda_id: int
    own_id: OwnId
    by: str
    names_differ: bool = False


@dataclasses.dataclass(frozen=True)
class LinkConflict:
    """Users whom a rule would link and something else forbids: an administrator has to decide.

    Attributes:
        by (str): The rule: ``"jobNumber"``, ``"phone"`` or ``"userName"``.
        panda_ids (tuple[int, ...]): The platform's users in it.
        own_ids (tuple[str | int, ...]): The application's users in it.
    """

    by: str
    panda_ids: Tuple[int, ...]
    own_ids: Tuple[OwnId, ...]


@dataclasses.dataclass(frozen=True)
class BrokenLink:
    """A link of ``existing`` that does not hold any more.

    Attributes:
        panda_id (int): The platform's user.
        own_id (str | int): The application's user.
        reason (str): ``"gone"``, where a side is no longer there; ``"contradicts"``, where the job numbers differ now.
    """

    panda_id: int
    own_id: OwnId
    reason: str


@dataclasses.dataclass(frozen=True)
class LinkOutcome:
    """What `link_users` found. Every user is in exactly one place.

    Attributes:
        links (tuple[Link, ...]): Who is who. They can be passed as ``existing`` the next time.
        suggestions (tuple[Link, ...]): Who may be who, for an administrator to confirm: by name alone, or by job number
            or phone while the names differ. Confirmed ones are passed as ``existing`` from then on.
        conflicts (tuple[LinkConflict, ...]): What contradicts itself, for an administrator to decide.
        broken (tuple[BrokenLink, ...]): Links of ``existing`` that do not hold any more.
        unlinked_panda (tuple[int, ...]): The platform's users of whom nothing is known.
        unlinked_own (tuple[str | int, ...]): The application's users of whom nothing is known.
    """

    links: Tuple[Link, ...]
    suggestions: Tuple[Link, ...]
    conflicts: Tuple[LinkConflict, ...]
    broken: Tuple[BrokenLink, ...]
    unlinked_panda: Tuple[int, ...]
    unlinked_own: Tuple[OwnId, ...]


PandaUsers = Iterable[Union[User, Mapping[str, Any]]]
OwnUsers = Iterable[Union[OwnUser, Mapping[str, Any]]]
ExistingLinks = Iterable[Union[Link, Tuple[int, OwnId], Mapping[str, Any]]]


def link_users(
    library: Library,
    panda_users: PandaUsers,
    own_users: OwnUsers,
    rules: Optional[Iterable[str]],
    existing: Optional[ExistingLinks],
    names: str,
) -> LinkOutcome:
    """Matches the users; see the public functions of this name."""
    request = to_json(
        {
            "pandaUsers": list(map(_user, panda_users)),
            "ownUsers": list(map(_user, own_users)),
            "rules": None if rules is None else list(rules),
            "existing": None if existing is None else list(map(_pair, existing)),
            "names": names,
        }
    )
    return _outcome_from_json(library.take(library.link_users(request)))


_JSON_NAMES: Dict[str, str] = {
    "user_name": "userName",
    "job_number": "jobNumber",
    "panda_id": "pandaId",
    "own_id": "ownId",
    "names_differ": "namesDiffer",
}


def _user(user: Union[User, OwnUser, Mapping[str, Any]]) -> Mapping[str, Any]:
    if isinstance(user, (User, OwnUser)):
        return {"id": user.id, "userName": user.user_name, "phone": user.phone, "jobNumber": user.job_number}
    return _renamed(user)


def _pair(pair: Union[Link, Tuple[int, OwnId], Mapping[str, Any]]) -> Mapping[str, Any]:
    if isinstance(pair, Link):
        return {"pandaId": pair.panda_id, "ownId": pair.own_id}
    if isinstance(pair, tuple) and len(pair) == 2:
        panda_id, own_id = pair
        return {"pandaId": panda_id, "ownId": own_id}
    return _renamed(pair)


def _renamed(values: Any) -> Mapping[str, Any]:
    if not isinstance(values, Mapping):
        raise PandaArgumentError(f"neither a user, a link nor a mapping: a value of type {type(values).__name__}")
    named: Mapping[str, Any] = values
    return {_JSON_NAMES.get(name, name): value for name, value in named.items()}


def _outcome_from_json(values: Mapping[str, Any]) -> LinkOutcome:
    return LinkOutcome(
        links=tuple(Link(*_ids(pair), pair["by"]) for pair in values["links"]),
        suggestions=tuple(
            Link(*_ids(pair), pair["by"], pair.get("namesDiffer", False)) for pair in values["suggestions"]
        ),
        conflicts=tuple(_conflict(conflict) for conflict in values["conflicts"]),
        broken=tuple(BrokenLink(*_ids(pair), pair["reason"]) for pair in values["broken"]),
        unlinked_panda=tuple(values["unlinkedPanda"]),
        unlinked_own=tuple(values["unlinkedOwn"]),
    )


def _ids(pair: Dict[str, Any]) -> Tuple[int, OwnId]:
    return pair["pandaId"], pair["ownId"]


def _conflict(conflict: Dict[str, Any]) -> LinkConflict:
    return LinkConflict(conflict["by"], tuple(conflict["pandaIds"]), tuple(conflict["ownIds"]))
