"""What can be said on the command line. Secrets cannot: other users of the machine, and the shell's history, see it."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, NoReturn, Sequence

from . import _commands, _doctor
from ._exits import USAGE, CommandError

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

_DESCRIPTION = """Client of the Panda Smart Water platform (熊猫智慧水务).

Settings are read from the environment (PANDA_WATER_BASE_URL, PANDA_WATER_USERNAME, PANDA_WATER_PASSWORD, ...) and from
the options of each command, which come first. The password comes from PANDA_WATER_PASSWORD, from --password-file, or
is asked for. Secrets are never taken from the command line, and never shown."""

_FORMATS = ("csv", "jsonl", "table")


class _Parser(argparse.ArgumentParser):
    """Does not repeat what it could not understand: that may be a secret in the wrong place."""

    def error(self, message: str) -> NoReturn:
        said, choose, choices = message.partition(" (choose from")
        raise CommandError(f"{re.sub(_QUOTED, '', said)}{choose}{choices}; see {self.prog} --help", USAGE)

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        # The inherited one passes over a stream that cannot be written.
        print(message, end="", file=file)


_QUOTED = re.compile(r""":? ['"].*['"]""", re.DOTALL)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Reads the command line.

    Raises:
        CommandError: It cannot be understood.
    """
    given, unknown = _parser().parse_known_args(arguments)
    if unknown:
        options = sorted({text.partition("=")[0] for text in unknown if text.startswith("--")})
        said = f"no such option: {', '.join(options)}" if options else "there are arguments too many"
        if "--password" in options:
            said += "; a password is read from PANDA_WATER_PASSWORD or --password-file"
        raise CommandError(f"{said}; see panda-water {given.command} --help", USAGE)
    return given


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="panda-water",
        description=_DESCRIPTION,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {_version()}")
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)
    settings = _settings()

    def command(name: str, run: object, about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about, parents=[settings], allow_abbrev=False)
        added.set_defaults(run=run)
        return added

    doctor = command(
        "doctor", _doctor.doctor, "Check the settings and the platform, and say what is wrong and what to do."
    )
    doctor.add_argument("--json", action="store_true", help="as one JSON object, for programs")

    users = command("users", _commands.users, "All users of the platform.")
    users.add_argument("--format", choices=_FORMATS, help="default: table on a terminal, else csv")
    _out(users, required=False)
    users.add_argument("--keyword", help="what to search for")
    _page_size(users)

    ticket = command(
        "ticket",
        _commands.ticket,
        "Who holds a ticket. The sign-in URL, or the ticket alone, is read from standard input or asked for.",
    )
    ticket.add_argument("source", nargs="?", metavar="-", help="standard input, as without it; never the ticket itself")
    ticket.add_argument("--format", choices=_FORMATS, default="table", help="default: table")

    sync = command("sync", _commands.sync, "Who came, changed or left since the last time.")
    sync.add_argument(
        "--state", required=True, metavar="FILE", help="what the last sync left here; written anew after the changes"
    )
    _out(sync, required=True)
    sync.add_argument("--format", choices=("csv", "jsonl"), help="default: jsonl if the file is named so, else csv")
    sync.add_argument("--no-clobber", action="store_true", help="fail if the file of changes is still there")
    sync.add_argument(
        "--max-removed-percent", type=int, metavar="N", help="of the known users who may be removed; default 20"
    )
    _page_size(sync)

    link = command("link", _commands.link, "The platform's users matched with your own.")
    link.add_argument(
        "--own", required=True, metavar="FILE", help="your users: a CSV file with id, userName, phone, jobNumber"
    )
    _out(link, required=True)
    link.add_argument(
        "--existing", metavar="FILE", help="a file that this command wrote: its links, and those you confirmed, stay"
    )
    link.add_argument("--rules", metavar="RULE,...", help="default: jobNumber,phone,userName")
    link.add_argument(
        "--names",
        choices=("compare", "ignore"),
        default="compare",
        help="compare (default): who agrees in job number or phone and differs in name is suggested; ignore: is linked",
    )
    return parser


def _settings() -> _Parser:
    """The options that every command has: the settings of `PandaClient` that are no secrets."""
    parser = _Parser(add_help=False, allow_abbrev=False)
    platform = parser.add_argument_group("the platform")
    platform.add_argument("--base-url", metavar="URL", help="http://ip:port/projectName (2024) or http://ip (2022)")
    platform.add_argument("--host", help="instead of --base-url, with --port and --project-name")
    platform.add_argument("--port", type=int, metavar="N")
    platform.add_argument("--project-name", metavar="NAME")
    platform.add_argument("--username", metavar="NAME")
    platform.add_argument("--password-file", metavar="FILE", help="holds the password and nothing else")
    platform.add_argument("--ca-file", metavar="FILE", help="certificates to trust besides the system's")
    platform.add_argument("--client-cert-file", metavar="FILE", help="your own certificate, where the platform asks")
    platform.add_argument("--client-key-file", metavar="FILE", help="its key")
    platform.add_argument("--ticket-param", metavar="NAME", help="of the ticket's parameter; default: ticket")
    more = parser.add_argument_group("further settings")
    for name, unit, about in (
        ("--timeout-ms", "MS", "for one attempt; default 10000"),
        ("--connect-timeout-ms", "MS", "for connecting; default 3000"),
        ("--deadline-ms", "MS", "for a call with all its attempts; default 30000"),
        ("--retries", "N", "further attempts; default 10"),
        ("--login-cooldown-ms", "MS", "how long a refused login is not tried again; default 30000"),
        ("--max-response-bytes", "N", "a longer answer is refused; default 16 MiB"),
    ):
        more.add_argument(name, type=int, metavar=unit, help=about)
    more.add_argument("--time-zone", metavar="OFFSET", help="of times that name none; default +08:00")
    more.add_argument("--token-store", metavar="STORE", help="memory, file:PATH, redis://HOST; default memory")
    more.add_argument("--proxy", metavar="URL")
    more.add_argument("--user-agent", metavar="TEXT")
    more.add_argument("--library", metavar="FILE", help="the native library")
    noise = more.add_mutually_exclusive_group()
    noise.add_argument("-v", "--verbose", action="store_true", help="show the library's log lines")
    noise.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors, as is right for cron")
    return parser


def _out(parser: argparse.ArgumentParser, *, required: bool) -> None:
    default = "" if required else "; default: standard output"
    parser.add_argument("--out", required=required, metavar="FILE", help=f"where to write it{default}")


def _page_size(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--page-size", type=int, metavar="N", help="users to ask for at once; default 500")


def _version() -> str:
    from .. import __version__  # noqa: PLC0415  The package is complete only now.

    return __version__
