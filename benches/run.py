"""Runs the benchmarks, and writes RESULTS.md with what came out and on what machine.

    run.py           everything, nine rounds
    run.py --quick   the most telling part, three rounds; writes nothing

In each round every program runs once in each scenario, in random order, each in a process of its own; what is shown is
the median. Ratios are of medians of the same run. With one thread, server and program share one processor, so that no
figure depends on where the kernel puts them.
"""

from __future__ import annotations

import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import chart
import instructions
from loopback import BUILD, LIBRARY, PROJECT, server

RESULTS = Path(__file__).with_name("RESULTS.md")
CHART = Path(__file__).with_name("results.svg")
ENVIRONMENT = {**os.environ, "PANDA_WATER_LIBRARY": str(LIBRARY), "PYTHONPATH": str(PROJECT / "bindings" / "python")}
ONE_PROCESSOR = ("taskset", "-c", "0")

Figures = dict[str, float]
Engines = Mapping["Program", Iterable[str]]


@dataclass(frozen=True)
class Program:
    """A program that makes the calls, and how many of them make a round."""

    name: str
    command: tuple[str, ...]
    # Timed calls of a round, and calls before them, of all threads together: ticket look-ups, and pages.
    tickets: int
    tickets_before: int
    pages: int
    pages_before: int

    def run(self, engine: str, scenario: str, port: str, threads: int, calls: int, warm_up: int) -> Figures:
        prefix = ONE_PROCESSOR if threads == 1 else ()
        arguments = [engine, scenario, port, str(threads), str(calls), str(warm_up)]
        ended = subprocess.run(
            [*prefix, *self.command, *arguments], env=ENVIRONMENT, stdout=subprocess.PIPE, encoding="utf-8", check=True
        )
        figures: Figures = json.loads(ended.stdout)
        return figures


def java_command() -> tuple[str, ...]:
    classes = (
        BUILD / "java" / "classes",
        PROJECT / "bindings" / "java" / "target" / "classes",
        BUILD / "java" / "lib/*",
    )
    return ("java", "-cp", ":".join(map(str, classes)), "Peers")


NATIVE = Program("C", (str(BUILD / "native"),), 20_000, 20, 600, 20)
PYTHON = Program(
    "Python", (str(BUILD / "venv/bin/python"), str(Path(__file__).with_name("peers.py"))), 4_000, 50, 200, 20
)
JAVA = Program("Java", java_command(), 20_000, 20_000, 1_000, 2_000)
MONO = Program("C# on Mono", ("mono", str(BUILD / "csharp/Peers.exe")), 5_000, 2_000, 300, 300)
# With one processor it takes seconds to compile what is called often.
CORECLR = Program(
    "C# on CoreCLR",
    (str(BUILD / "csharp/dotnet"), "exec", str(BUILD / "csharp/Peers.exe")),
    *(10_000, 20_000, 500, 7_000),
)

OURS = "**panda-water**"
# The engines of each program, and what they are; `panda` is this library.
ENGINES = {
    NATIVE: {
        "raw": "raw socket loop",
        "libcurl": "libcurl, GET only",
        "libcurl-same": "libcurl + cJSON, the same work",
        "panda": OURS,
    },
    PYTHON: {
        "http.client": "http.client + json",
        "urllib3": "urllib3 + json",
        "requests": "requests + json",
        "httpx": "httpx + json",
        "panda": OURS,
    },
    JAVA: {
        "urlconnection": "HttpURLConnection + Jackson",
        "httpclient": "HttpClient + Jackson",
        "okhttp": "OkHttp + Jackson",
        "panda": OURS,
    },
    MONO: {"webrequest": "HttpWebRequest + Newtonsoft", "panda": OURS},
    CORECLR: {"httpclient": "HttpClient + System.Text.Json", "panda": OURS},
}


def name_of(program: Program, engine: str) -> str:
    cursor, _, prefetch = engine.partition("-")
    return f"{OURS}, prefetch {prefetch}" if cursor == "panda" and prefetch else ENGINES[program][engine]


@dataclass
class Job:
    """One program's part in a scenario, and what each round gave."""

    program: Program
    engine: str
    scenario: str
    threads: int
    calls: int
    warm_up: int
    users: int = 1000
    latency_ms: int = 0
    rounds: list[Figures] = field(default_factory=list)

    def run(self, servers: Servers) -> None:
        port = servers.port(self.users, self.latency_ms, self.threads == 1)
        self.rounds.append(self.program.run(self.engine, self.scenario, port, self.threads, self.calls, self.warm_up))

    def __getitem__(self, figure: str) -> float:
        return statistics.median(figures[figure] for figures in self.rounds)

    @property
    def label(self) -> str:
        return f"{self.program.name}: {name_of(self.program, self.engine)}"


class Servers:
    """The servers of a run: one for each list and latency, bound to one processor or not."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._ports: dict[tuple[int, int, bool], str] = {}

    def port(self, users: int, latency_ms: int = 0, pinned: bool = False) -> str:
        key = users, latency_ms, pinned
        if key not in self._ports:
            serving = server(users, latency_ms, ONE_PROCESSOR if pinned else ())
            self._ports[key] = self._stack.enter_context(serving)
        return self._ports[key]


# What the targets compare.
TELLING = {
    NATIVE: ("raw", "libcurl", "libcurl-same", "panda"),
    PYTHON: ("http.client", "requests", "panda"),
    JAVA: ("urlconnection", "httpclient", "panda"),
    MONO: ("webrequest", "panda"),
}


def ticket_jobs(engines: Engines, threads: int, share: float) -> list[Job]:
    """Look-ups of a ticket, with this share of the usual number of calls."""
    return [
        Job(
            *(program, engine, "ticket", threads),
            calls=max(int(program.tickets * share) // threads, 20),
            warm_up=max(program.tickets_before // threads, 20),
        )
        for program, names in engines.items()
        for engine in names
    ]


def page_jobs(engines: Engines, share: float) -> list[Job]:
    """A page of 1,000 users; to typed users where a program has such."""
    return [
        Job(program, engine, "page", 1, max(int(program.pages * share), 50), program.pages_before)
        for program, names in engines.items()
        for engine in names
    ]


def list_jobs(latency_ms: int) -> list[Job]:
    """All of 100,000 users: peers by a loop over pages, this library by its cursor."""
    listed = {
        program: [name for name in engines if name not in ("raw", "panda")] for program, engines in ENGINES.items()
    }
    for program, engines in listed.items():
        engines.extend(["panda-1", "panda-4", "panda-16"] if program is NATIVE else ["panda-16"])
    return [
        Job(program, engine, "all", 1, 1, 0 if latency_ms else 1, users=100_000, latency_ms=latency_ms)
        for program, engines in listed.items()
        for engine in engines
    ]


def run_rounds(jobs: list[Job], rounds: int, servers: Servers) -> None:
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        for job in random.sample(jobs, len(jobs)):
            job.run(servers)


def find(jobs: Iterable[Job], program: Program, engine: str) -> Job:
    return next(job for job in jobs if job.program is program and job.engine == engine)


def table(jobs: list[Job]) -> list[str]:
    """The figures of a scenario, with ratios to libcurl's."""
    base = find(jobs, NATIVE, "libcurl")
    lines = [
        "| | wall µs | × libcurl | CPU µs | × libcurl | p50 µs | p99 µs |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for job in jobs:
        wall, cpu = (f"{job[name]:,.1f} | {job[name] / base[name]:.2f}" for name in ("wall", "cpu"))
        lines.append(f"| {job.label} | {wall} | {cpu} | {job['p50']:,.1f} | {job['p99']:,.1f} |")
    return lines


@dataclass(frozen=True)
class Target:
    """What the library is to reach, and what it did."""

    text: str
    limit: float
    reached: float
    unit: str = "×"

    @property
    def line(self) -> str:
        verdict = "yes" if self.reached <= self.limit else "**no**"
        return f"| {self.text} | {self.limit:g} {self.unit} | {self.reached:.3g} {self.unit} | {verdict} |"


def ratios(
    what: str, jobs: list[Job], program: Program, peer: str, limit: float, figures: Iterable[str]
) -> list[Target]:
    ours, other = find(jobs, program, "panda"), find(jobs, program, peer)
    return [
        Target(
            f"{what}, {program.name}: {'CPU' if figure == 'cpu' else figure} of {name_of(program, peer)}",
            limit,
            ours[figure] / other[figure],
        )
        for figure in figures
    ]


def ticket_targets(jobs: list[Job], threads: int) -> list[Target]:
    what = f"ticket, {threads} thread{'s' * (threads > 1)}"
    if threads == 64:
        return ratios(what, jobs, NATIVE, "libcurl", 1.5, ("wall", "cpu", "p99"))
    targets = ratios(what, jobs, NATIVE, "libcurl", 1.1, ("wall", "cpu"))
    targets += ratios(what, jobs, NATIVE, "libcurl-same", 1.0, ("wall", "cpu"))
    if threads == 8:
        return targets + ratios(what, jobs, NATIVE, "libcurl", 1.5, ("p99",))
    for program, peer, limit in [
        (PYTHON, "requests", 0.1),
        (PYTHON, "http.client", 0.5),
        (JAVA, "urlconnection", 1.0),
        (JAVA, "httpclient", 0.3),
        (MONO, "webrequest", 0.3),
    ]:
        targets += ratios(what, jobs, program, peer, limit, ("wall", "cpu"))
    return targets


def page_targets(jobs: list[Job]) -> list[Target]:
    over = find(jobs, NATIVE, "panda")["cpu"] - find(jobs, NATIVE, "libcurl")["cpu"]
    return [
        Target("page, C: CPU over the transport's (libcurl)", 200, over, "µs"),
        *ratios("page", jobs, PYTHON, "requests", 0.5, ("wall", "cpu")),
    ]


def list_table(jobs: list[Job]) -> list[str]:
    lines = ["| | seconds | CPU seconds |", "|---|--:|--:|"]
    return lines + [f"| {job.label} | {job['wall'] / 1e6:.3f} | {job['cpu'] / 1e6:.3f} |" for job in jobs]


def output_of(*command: str | Path) -> Any:
    return json.loads(subprocess.check_output(command, env=ENVIRONMENT))


def medians(samples: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(sample[name] for sample in samples) for name in samples[0]}


def scale(servers: Servers, rounds: int) -> tuple[list[str], list[Target]]:
    """Many users in one go."""
    lines = ["| | users | seconds | KiB over the first page |", "|---|--:|--:|--:|"]
    seconds = {}
    for users in (250_000, 500_000, 1_000_000):
        port = servers.port(users)
        figures = medians([output_of(BUILD / "scale", "cursor", port) for _ in range(rounds)])
        seconds[users] = figures["seconds"]
        lines.append(f"| cursor | {users:,} | {figures['seconds']:.3f} | {figures['KiBOverFirstPage']:,.0f} |")
    port = servers.port(100_000)
    synced = medians([output_of(BUILD / "scale", "sync", port) for _ in range(rounds)])
    linked = medians([output_of(BUILD / "scale", "link", port) for _ in range(rounds)])
    lines += [
        f"| first sync | 100,000 | {synced['first']:.3f} | |",
        f"| sync, nothing changed | 100,000 | {synced['unchanged']:.3f} | |",
        f"| linking with as many own users | 100,000 | {linked['seconds']:.3f} | |",
    ]
    targets = [
        Target(
            "a million users by the cursor: memory over the first page", 24, figures["KiBOverFirstPage"] / 1024, "MiB"
        ),
        Target(
            "a million users by the cursor: time over four times 250,000's",
            1.2,
            seconds[1_000_000] / 4 / seconds[250_000],
        ),
    ]
    return lines, targets


def start(servers: Servers, rounds: int) -> tuple[list[str], list[Target]]:
    """A process that begins with the library."""
    port = servers.port(1000)
    begun = medians([output_of(BUILD / "start", LIBRARY, port) for _ in range(rounds)])
    stripped = BUILD / "stripped.so"
    subprocess.run(["strip", "-o", stripped, LIBRARY], check=True)
    size = stripped.stat().st_size
    lines = [
        "| | |",
        "|---|--:|",
        f"| the library, stripped | {size:,} bytes |",
        f"| loading it | {begun['load']:,.0f} µs |",
        f"| opening a client and a first look-up, login included | {begun['firstCall']:,.0f} µs |",
        f"| memory after loading | {begun['loadKiB']:,.0f} KiB |",
        f"| memory that the first look-up adds | {begun['firstCallKiB']:,.0f} KiB |",
    ]
    for program in (PYTHON, JAVA, MONO, CORECLR):
        samples = [whole_process(program, port) for _ in range(rounds)]
        seconds, peak = (statistics.median(values) for values in zip(*samples, strict=True))
        lines.append(f"| {program.name}: a whole process with one look-up | {seconds * 1e3:,.0f} ms, {peak:,.0f} KiB |")
    return lines, [
        Target("library, stripped", 3.9, size / 1e6, "MB"),
        Target("loading", 1000, begun["load"], "µs"),
        Target("allocations at load", 0, begun["allocationsAtLoad"], ""),
    ]


def whole_process(program: Program, port: str) -> tuple[float, float]:
    """Seconds and KiB of a process that makes one call."""
    before = time.perf_counter()
    process = subprocess.Popen(
        [*program.command, "panda", "ticket", port, "1", "1", "0"], env=ENVIRONMENT, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise RuntimeError(f"{program.name} ended with {status}")
    return time.perf_counter() - before, usage.ru_maxrss


def first_line(*command: str) -> str:
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
    return ended.stdout.splitlines()[0].strip()


def machine() -> list[str]:
    cpu = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    memory = Path("/proc/meminfo").read_text().split()[1]
    versions = [
        first_line("rustc", "--version"),
        first_line("curl-config", "--version"),
        f"Python {platform.python_version()}",
        first_line("java", "-version"),
        first_line("mono", "--version").split(" (")[0],
    ]
    return [
        f"- {cpu.split(':')[1].strip()}, {os.cpu_count()} processors, {int(memory) // 2**20} GiB, "
        f"Linux {platform.release().split('-')[0]}, {' '.join(platform.libc_ver())}",
        f"- {'; '.join(versions)}",
        f"- {time.strftime('%Y-%m-%d')}; load at the start {os.getloadavg()[0]:.1f}",
    ]


INTRODUCTION = """\
# Measured

Written by `make bench`. Each figure is the median of {rounds} rounds; in a round every program ran once in each
scenario, in random order, in a process of its own, against a server on loopback with prepared answers. Ratios are of
medians of the same run. Wall time with many threads is the whole time over all calls. With one thread, server and
program shared one processor. Peers of the other languages read the answer's JSON into typed values, as the wrappers
do; in C the raw socket loop and libcurl's GET read none, and "the same work" percent-encodes the ticket and reads the
answer into a struct. Java and C# tell processor time in steps of 10 ms, so theirs is coarse
where a round is short.
"""


def main() -> None:
    quick = sys.argv[1:] == ["--quick"]
    rounds = 3 if quick else 9
    about = machine()
    with ExitStack() as stack:
        servers = Servers(stack)
        engines, share = (TELLING, 0.2) if quick else (ENGINES, 1)
        tickets = {threads: ticket_jobs(engines, threads, share) for threads in ((1, 8) if quick else (1, 8, 64))}
        pages = page_jobs(engines, share)
        lists = {} if quick else {latency: list_jobs(latency) for latency in (0, 20)}
        run_rounds([*chain(*tickets.values(), pages, *lists.values())], rounds, servers)

        lines, targets = [], []
        for threads, jobs in tickets.items():
            lines += [f"## A ticket look-up, {threads} thread{'s' * (threads > 1)}", "", *table(jobs), ""]
            targets += ticket_targets(jobs, threads)
        lines += ["## A page of 1,000 users", "", *table(pages), ""]
        targets += page_targets(pages)
        for latency, jobs in lists.items():
            lines += [f"## All of 100,000 users, {latency} ms at the server, pages of 500", "", *list_table(jobs), ""]
        if lists:
            slow = lists[20]
            ratio = find(slow, NATIVE, "panda-16")["wall"] / find(slow, NATIVE, "libcurl")["wall"]
            targets.append(Target("100,000 users, 20 ms: prefetch 16 to the loop over pages", 0.1, ratio))
        for title, (more, reached) in {
            "Many users": scale(servers, rounds),
            "Starting": start(servers, rounds),
        }.items():
            lines += [f"## {title}", "", *more, ""]
            targets += reached
    counts = instructions.baseline()
    lines += [
        "## Instructions",
        "",
        f"One ticket look-up {counts['ticket']:,}, one page of 1,000 users {counts['page']:,} (callgrind, from the C "
        "interface to the socket and back); `make test` holds them.",
        "",
    ]
    head = ["## Targets", "", "| | limit | reached | |", "|---|--:|--:|---|", *(target.line for target in targets), ""]
    print("\n".join([*head, *lines]))
    if not quick:
        text = INTRODUCTION.format(rounds=rounds)
        picture = "![A ticket look-up with one thread, by program](results.svg)"
        RESULTS.write_text("\n".join([text, *about, "", picture, "", *head, *lines]).rstrip() + "\n")
        CHART.write_text(
            chart.bars(
                "A ticket look-up, one thread: µs of wall time",
                [(job.label.replace("**", ""), job["wall"], "panda" in job.engine) for job in tickets[1]],
            )
        )


if __name__ == "__main__":
    main()
