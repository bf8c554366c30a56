"""The Python side of the benchmarks: HTTP clients with `.json()`, and this library's wrapper, in the same loop.

    peers.py ENGINE SCENARIO PORT THREADS CALLS WARM_UP

ENGINE is http.client, urllib3, requests, httpx or panda; SCENARIO is `ticket`, `page` (1,000 users to typed users)
or `all` (every user, by a loop over pages of 500; the engines panda-1, panda-4 and panda-16 are the listing with
that prefetch). Prints a line of JSON: microseconds per call.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

TOKEN = TICKET = "0123456789abcdef0123456789abcdef"
PREFIX = "/panda/PandaOMS/OMS/"
HEADERS = {"panda-token": TOKEN}
TIMEOUT = 30

Get = Callable[[str], Any]
"""Gets a path, and gives the answer's JSON."""


@dataclass(frozen=True)
class User:
    """What an application would read a user into."""

    id: int
    user_name: str | None
    phone: str | None
    job_number: str | None
    user_image: str | None


def read_users(values: Iterable[dict[str, Any]]) -> list[User]:
    return [
        User(user["id"], user["userName"], user.get("phone"), user.get("jobNumber"), user.get("userImage"))
        for user in values
    ]


def http_client(port: int) -> Callable[[], Get]:
    def per_thread() -> Get:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)

        def get(path: str) -> Any:
            connection.request("GET", path, headers=HEADERS)
            return json.loads(connection.getresponse().read())

        return get

    return per_thread


def urllib3(port: int) -> Callable[[], Get]:
    import urllib3

    pool = urllib3.HTTPConnectionPool("127.0.0.1", port, maxsize=64, timeout=TIMEOUT, headers=HEADERS)
    return lambda: lambda path: pool.request("GET", path).json()


def requests(port: int) -> Callable[[], Get]:
    import requests

    def per_thread() -> Get:
        session = requests.Session()
        session.trust_env = False
        session.headers.update(HEADERS)
        return lambda path: session.get(f"http://127.0.0.1:{port}{path}", timeout=TIMEOUT).json()

    return per_thread


def httpx(port: int) -> Callable[[], Get]:
    import httpx

    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=HEADERS, timeout=TIMEOUT, trust_env=False)
    return lambda: lambda path: client.get(path).json()


PEERS = {"http.client": http_client, "urllib3": urllib3, "requests": requests, "httpx": httpx}


def peer_calls(engine: str, scenario: str, port: int) -> Callable[[], Callable[[], Any]]:
    """What makes each thread's call."""
    per_thread = PEERS[engine](port)

    def make() -> Callable[[], Any]:
        get = per_thread()

        def ticket() -> Any:
            return get(f"{PREFIX}GetUserByTicket?ticket={TICKET}")["data"]["id"]

        def page(index: int = 1, size: int = 1000) -> tuple[int, list[User]]:
            data = get(f"{PREFIX}GetUsers?pageIndex={index}&pageSize={size}")["data"]
            return data["count"], read_users(data["data"])

        def every() -> int:
            users: list[User] = []
            count = index = 1
            while len(users) < count:
                count, more = page(index, 500)
                users += more
                index += 1
            return len(users)

        return {"ticket": ticket, "page": page, "all": every}[scenario]

    return make


def panda_calls(engine: str, scenario: str, port: int) -> Callable[[], Callable[[], Any]]:
    from panda_water import PandaClient

    client = PandaClient(f"http://127.0.0.1:{port}/panda", username="xiaomi", password="abcdefg")

    def every() -> int:
        with client.iter_users(page_size=500, prefetch=int(engine.removeprefix("panda-"))) as users:
            read = sum(1 for _ in users)
            if read != users.count:
                sys.exit(f"{read} of {users.count} users")
            return read

    calls: dict[str, Callable[[], Any]] = {
        "ticket": lambda: client.get_user_by_ticket(TICKET).id,
        "page": lambda: client.get_users(page_index=1, page_size=1000).users,
        "all": every,
    }
    return lambda: calls[scenario]


def main() -> None:
    engine, scenario = sys.argv[1:3]
    port, threads, calls, warm_up = map(int, sys.argv[3:])
    make = (panda_calls if engine.startswith("panda") else peer_calls)(engine, scenario, port)
    barrier = threading.Barrier(threads + 1)
    latencies: list[float] = []

    def run() -> None:
        call = make()
        own = []
        try:
            for _ in range(warm_up):
                call()
            barrier.wait()
            barrier.wait()  # the clocks are read in between
            before = time.perf_counter()
            for _ in range(calls):
                if not call():
                    sys.exit(f"{engine}: nobody came")
                after = time.perf_counter()
                own.append(after - before)
                before = after
            barrier.wait()
            latencies.extend(own)
        except BaseException as error:
            # A benchmark that goes on with fewer threads would print a wrong number.
            print(engine, repr(error), file=sys.stderr)
            os._exit(1)

    workers = [threading.Thread(target=run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    barrier.wait()
    wall, cpu = time.perf_counter(), time.process_time()
    barrier.wait()
    barrier.wait()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    for worker in workers:
        worker.join()
    latencies.sort()
    total = len(latencies)
    figures = {
        "wall": wall / total,
        "cpu": cpu / total,
        "p50": latencies[total // 2],
        "p99": latencies[total * 99 // 100],
    }
    print(json.dumps({name: round(value * 1e6, 3) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
