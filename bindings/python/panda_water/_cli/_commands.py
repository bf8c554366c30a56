"""The commands that ask the platform about its users."""

from __future__ import annotations

import argparse
import getpass
import itertools
import os
import sys
from contextlib import contextmanager
from typing import Any, Iterable, Iterator

from .._errors import PandaArgumentError, PandaError
from .._linking import LinkOutcome, OwnUser
from .._models import User
from ._exits import PARTIAL, USAGE, CommandError, exit_code
from ._files import Write, csv_writer, jsonl_writer, output, read_table
from ._screen import print_table, watched
from ._settings import open_client
from ._signals import Interrupted
from ._streams import say

_USER = ("id", "userName", "phone", "jobNumber", "userImage")
_CHANGE = ("change", "id", "userName", "phone", "jobNumber")
_LINK = ("result", "why", "group", "pandaId", "pandaUserName", "ownId", "ownUserName", "namesDiffer")

# How columns may be called, in lower case without spaces and `_`.
_OWN_COLUMNS = {
    "id": "id",
    "编号": "id",
    "username": "user_name",
    "name": "user_name",
    "姓名": "user_name",
    "用户名": "user_name",
    "phone": "phone",
    "电话": "phone",
    "手机": "phone",
    "手机号": "phone",
    "jobnumber": "job_number",
    "工号": "job_number",
}
_LINK_COLUMNS = {"result": "result", "pandaid": "panda_id", "ownid": "own_id"}


def users(given: argparse.Namespace) -> int:
    """All users."""
    on_terminal = given.out is None and sys.stdout.isatty()
    form = given.format or ("table" if on_terminal else "csv")
    if form == "table" and given.out is not None:
        raise CommandError("a table is for the screen; write csv or jsonl to a file", USAGE)
    with open_client(given) as client:
        listing = client.iter_users(given.page_size, given.keyword)
        everybody = watched(listing, shown=not given.quiet and (form == "table" or not on_terminal))
        _show_users(everybody, form, given.out)
    return 0


def ticket(given: argparse.Namespace) -> int:
    """Who holds a ticket."""
    if given.source not in (None, "-"):
        raise CommandError(
            "a ticket is a secret, and a command line is none: other users of the machine and the shell's history see "
            "it; pass the URL on standard input, or start the command without it and be asked",
            USAGE,
        )
    # First the client, so that its password is asked for before the ticket.
    with open_client(given) as client:
        text = _read_secret_line("Sign-in URL or ticket: ")
        param = given.ticket_param or os.environ.get("PANDA_WATER_TICKET_PARAM") or "ticket"
        is_url = any(mark in text for mark in ("://", "?", "#", "&")) or text.startswith(f"{param}=")
        user = client.user_from_url(text, param) if is_url else client.get_user_by_ticket(text)
    _show_users([user], given.format, None)
    return 0


def sync(given: argparse.Namespace) -> int:
    """Who came, changed or left since the last time."""
    form = given.format or ("jsonl" if given.out.endswith(".jsonl") else "csv")
    if given.no_clobber and os.path.exists(given.out):
        raise CommandError(f"{given.out} is still there; nothing has been fetched")
    if os.path.realpath(given.out) == os.path.realpath(given.state):
        raise CommandError("--state and --out name the same file", USAGE)
    state = _read_state(given.state)
    with open_client(given) as client:
        try:
            changes = client.sync(state, page_size=given.page_size, max_removed_percent=given.max_removed_percent)
        except PandaArgumentError as error:
            if "`state`" in str(error):
                message = f"{given.state}: {error}; remove that file, and everybody counts as added"
                raise CommandError(message, exit_code(error)) from None
            raise
    # The state comes last: after a crash in between, the same changes come again.
    with output(given.out, "utf-8-sig" if form == "csv" else "utf-8") as file:
        write = csv_writer(file, _CHANGE) if form == "csv" else jsonl_writer(file)
        for change, changed in (("added", changes.added), ("updated", changes.updated)):
            for user in changed:
                write({"change": change, **_values(user)})
        for number in changes.removed:
            write({"change": "removed", "id": number})
    with output(given.state, "ascii") as file:
        file.write(changes.state + "\n")
    if not given.quiet:
        say(
            f"{changes.count} users: {len(changes.added)} added, {len(changes.updated)} updated, "
            f"{len(changes.removed)} removed, {changes.unchanged} unchanged"
        )
    return 0


def link(given: argparse.Namespace) -> int:
    """The platform's users matched with one's own."""
    rows = read_table(given.own, _OWN_COLUMNS, ("id",))
    own_users = [
        OwnUser(row["id"] or "", row.get("user_name"), row.get("phone"), row.get("job_number")) for row in rows
    ]
    existing = [] if given.existing is None else list(_read_links(given.existing))
    rules = None if given.rules is None else given.rules.split(",")
    with open_client(given) as client:
        panda_users = list(watched(client.iter_users(), shown=not given.quiet))
        outcome = client.link_users(panda_users, own_users, rules=rules, existing=existing, names=given.names)
    names = {user.id: user.user_name for user in panda_users}
    own_names = {user.id: user.user_name for user in own_users}
    with output(given.out, "utf-8-sig") as file:
        write = csv_writer(file, _LINK)
        for row in _link_rows(outcome):
            row["pandaUserName"] = names.get(row.get("pandaId", 0))
            row["ownUserName"] = own_names.get(row.get("ownId", ""))
            write(row)
    if not given.quiet:
        differing = sum(suggested.names_differ for suggested in outcome.suggestions)
        say(
            f"{len(outcome.links)} linked, {len(outcome.suggestions)} suggested, {len(outcome.conflicts)} in conflict, "
            f"{len(outcome.broken)} broken, {len(outcome.unlinked_panda)} of the platform and "
            f"{len(outcome.unlinked_own)} of your own left over"
            + (f"; {differing} suggested although the names differ" if differing else "")
        )
    return 0


def _link_rows(outcome: LinkOutcome) -> Iterator[dict[str, Any]]:
    for found in outcome.links:
        yield {"result": "link", "why": found.by, "pandaId": found.panda_id, "ownId": found.own_id}
    for suggested in outcome.suggestions:
        row = {"result": "suggestion", "why": suggested.by, "pandaId": suggested.panda_id, "ownId": suggested.own_id}
        yield {**row, "namesDiffer": "yes"} if suggested.names_differ else row
    for group, conflict in enumerate(outcome.conflicts, 1):
        # A conflict is as many rows as it has users.
        row = {"result": "conflict", "why": conflict.by, "group": group}
        yield from ({**row, "pandaId": number} for number in conflict.panda_ids)
        yield from ({**row, "ownId": own_id} for own_id in conflict.own_ids)
    for broken in outcome.broken:
        yield {"result": "broken", "why": broken.reason, "pandaId": broken.panda_id, "ownId": broken.own_id}
    yield from ({"result": "unlinked", "pandaId": number} for number in outcome.unlinked_panda)
    yield from ({"result": "unlinked", "ownId": own_id} for own_id in outcome.unlinked_own)


def _read_links(path: str) -> Iterator[tuple[int, str]]:
    for row in read_table(path, _LINK_COLUMNS, ("result",)):
        if row["result"] != "link":
            continue
        panda_id, own_id = row.get("panda_id"), row.get("own_id")
        if panda_id is None or own_id is None or not (panda_id.isascii() and panda_id.isdigit()):
            raise CommandError(f"{path} has a link without a pandaId in digits or without an ownId")
        yield int(panda_id), own_id


def _read_state(path: str) -> str | None:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read().strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from None


def _read_secret_line(prompt: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(prompt).strip()
    try:
        line = sys.stdin.buffer.readline()
    except OSError as error:
        raise CommandError(f"standard input cannot be read: {error.strerror}") from None
    try:
        return line.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        pass
    # Raised outside the except block: the exception caught there holds the line.
    raise CommandError("what came on standard input is not UTF-8", USAGE)


def _show_users(everybody: Iterable[User], form: str, out: str | None) -> None:
    if form == "table":
        print_table(_USER[:4], [[_values(user)[name] for name in _USER[:4]] for user in everybody])
        return
    # Excel knows UTF-8 by the mark at the beginning; a terminal would show it.
    marked = form == "csv" and not (out is None and sys.stdout.isatty())
    # Nothing is written before there is somebody to write: a header alone would look like a list of nobody.
    everybody = iter(everybody)
    first = list(itertools.islice(everybody, 1))
    with output(out, "utf-8-sig" if marked else "utf-8") as file:
        write: Write = csv_writer(file, _USER) if form == "csv" else jsonl_writer(file)
        with _told_if_partial(out):
            for user in itertools.chain(first, everybody):
                write(_values(user))


@contextmanager
def _told_if_partial(out: str | None) -> Iterator[None]:
    """Says so if what is on standard output is a part of the list. A file is replaced by the whole, or stays."""
    incomplete = "; the list on standard output is incomplete, which --out FILE would never be"
    try:
        yield
    except PandaError as error:
        if out is None:
            raise CommandError(f"{error}{incomplete}", PARTIAL) from None
        raise
    except Interrupted as interrupted:
        if out is None:
            interrupted.lost = incomplete
        raise


def _values(user: User) -> dict[str, Any]:
    """The user under the platform's names."""
    return {
        "id": user.id,
        "userName": user.user_name,
        "phone": user.phone,
        "jobNumber": user.job_number,
        "userImage": user.user_image,
        **user.extra,
    }
