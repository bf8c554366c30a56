"""The sign-in route of a web application, as a WSGI application.

Usage: python sign_in_wsgi.py [PORT]

The platform opens http://localhost:8000/oa?ticket=... The platform's address and account are read from the
environment: PANDA_WATER_BASE_URL, PANDA_WATER_USERNAME, PANDA_WATER_PASSWORD; the name of the ticket's parameter, if it
is not "ticket", from PANDA_WATER_TICKET_PARAM.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from html import escape
from http.cookies import CookieError, SimpleCookie
from socketserver import ThreadingMixIn
from typing import Any, Callable, Dict, Iterable
from urllib.parse import parse_qs, quote
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from panda_water import PandaClient, PandaError, PandaTicketError, User

StartResponse = Callable[..., Any]
Environ = Dict[str, Any]


class Application:
    """Signs in whoever comes with a ticket, and greets whoever has a session."""

    def __init__(self, client: PandaClient, ticket_param: str = "ticket", session_seconds: int = 8 * 3600) -> None:
        self.client = client
        self.ticket_param = ticket_param
        self.session_seconds = session_seconds
        # By session id. A real application has its framework's sessions, and its own account linked with `user.id`.
        self.sessions: dict[str, tuple[User, float]] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET":
            return page(start_response, "405 Method Not Allowed", "This address can only be opened.")
        if self.ticket_param in parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True):
            return self.sign_in(environ, start_response)
        user = self.signed_in(session_id(environ))
        if user is None:
            return page(start_response, "403 Forbidden", "Please sign in from the platform.")
        return page(start_response, "200 OK", f"Welcome, {user.user_name}.")

    def sign_in(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            parts = self.client.ticket_from_url(own_url(environ), self.ticket_param)
            user = self.client.get_user_by_ticket(parts.ticket)
        except PandaTicketError:
            return page(start_response, "403 Forbidden", "This sign-in link is not valid, or no longer.")
        except PandaError as error:
            print(f"sign-in failed: {error}", file=environ["wsgi.errors"])  # It names no ticket.
            return page(start_response, "503 Service Unavailable", "Signing in does not work now. Please try later.")
        # A session under a new id, whatever the browser brought along; the one before it ends.
        self.sessions.pop(session_id(environ), None)
        session = secrets.token_urlsafe(32)
        self.sessions[session] = (user, time.monotonic() + self.session_seconds)
        secure = "; Secure" if environ["wsgi.url_scheme"] == "https" else ""
        cookie = ("Set-Cookie", f"session={session}; Path=/; HttpOnly; SameSite=Lax{secure}")
        return page(start_response, "303 See Other", "You are signed in.", ("Location", parts.local_target), cookie)

    def signed_in(self, session: str) -> User | None:
        user, end = self.sessions.get(session, (None, 0.0))
        return user if time.monotonic() < end else None


def own_url(environ: Environ) -> str:
    path = quote(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""), encoding="latin-1")
    return f"{path}?{environ['QUERY_STRING']}"


def session_id(environ: Environ) -> str:
    try:
        cookie = SimpleCookie(environ.get("HTTP_COOKIE", ""))
    except CookieError:
        return ""
    return cookie["session"].value if "session" in cookie else ""


def page(start_response: StartResponse, status: str, text: str, *headers: tuple[str, str]) -> Iterable[bytes]:
    start_response(
        status,
        [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            *headers,
        ],
    )
    return [f"<!DOCTYPE html><title>{escape(status[4:])}</title><p>{escape(text)}</p>".encode()]


class ThreadingServer(ThreadingMixIn, WSGIServer):
    """A request that waits for the platform holds up no other."""

    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    """Leaves the query out of the access log: it holds the ticket."""

    def log_request(self, code: int | str = "-", _size: int | str = "-") -> None:
        self.log_message("%s %s %s", self.command, self.path.partition("?")[0], getattr(code, "value", code))


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    with PandaClient.from_env() as client:
        application = Application(client, os.environ.get("PANDA_WATER_TICKET_PARAM") or "ticket")
        with make_server("127.0.0.1", port, application, ThreadingServer, QuietHandler) as server:
            print(f"http://localhost:{server.server_port}/oa", flush=True)
            server.serve_forever()


if __name__ == "__main__":
    main()
