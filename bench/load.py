"""The service under load: an open loop of 15 requests a second from 220 invented people, idle and while returns are checked.

    python -m bench.load [--databases sqlite postgresql] [--rate 15] [--seconds 60]

`vkpp serve --service` (two processes of four threads) and one `vkpp work` are processes of their own, as in a deployment, and
share the machine with this program. Arrivals are drawn beforehand (exponential gaps, a fixed seed) and never wait for each
other: a request's time runs from the instant at which it was due, so that a stall counts for everybody who came into it.
A write is an invitation, acknowledged when the redirect arrives; afterwards each must be a person with one letter.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import _load_nation as nation

ROOT = Path(__file__).resolve().parents[1]
_LONGEST = 900.0  # seconds for which checks are waited for
MARK = "a" * 32  # the mark of a browser's forms; the server holds no copy
# What people do, how often, by the name of its address, and who does it. A page that is not there yet falls to the home page.
MIX = (
    ("home", 30, "home", ()),
    ("list of returns", 15, "force:returns", ("force_analyst", "certifier")),
    ("one return", 15, "force:return", ("force_analyst", "certifier")),
    ("results of a return", 5, "force:results", ("force_analyst",)),
    ("rounds", 4, "national:rounds", ("national_analyst", "national_lead")),
    ("can I publish?", 4, "national:round", ("national_analyst", "national_lead")),
    ("people", 10, "account:people", ()),
    ("what you can do", 7, "account:roles", ()),
    ("still here", 5, "account:still_here", ()),
    ("an invitation (write)", 5, "account:invite", ("access_manager",)),
)


@dataclass(frozen=True)
class Due:
    """One request: when (seconds from the start), of which kind, by whom, where; `sent` when it writes."""

    at: float
    kind: str
    session: str
    path: str
    sent: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """What came back: how long after it was due, in seconds, and the status (0: no answer)."""

    due: Due
    seconds: float
    status: int


def plan(scene: nation.Scene, sessions: dict[Any, str], rate: float, seconds: float, seed: int) -> list[Due]:
    draws = random.Random(seed)
    due, at = [], draws.expovariate(rate)
    while at < seconds:
        kind, _, name, roles = draws.choices(MIX, weights=[weight for _, weight, _, _ in MIX])[0]
        who = draws.choice([one for one in scene.people if one.role in roles] if roles else list(scene.people))
        path = _address(name, scene, who)
        sent = _invitation(who, f"{seed}.{len(due)}") if kind.endswith("(write)") else {}
        due.append(Due(at, kind if path else "home", sessions[who.id], path or "/", sent))
        at += draws.expovariate(rate)
    return due


def _address(name: str, scene: nation.Scene, who: nation.Somebody) -> str:
    from django.urls import NoReverseMatch, reverse

    of_one = {"force:return": scene.returns, "force:results": scene.returns}
    args = [of_one[name][who.place]] if name in of_one else [scene.round] if name == "national:round" else []
    try:
        return str(reverse(name, args=args))
    except NoReverseMatch:
        return ""


def _invitation(who: nation.Somebody, mark: str) -> dict[str, str]:
    return {
        "csrfmiddlewaretoken": MARK,
        "organisation": str(who.place),
        "name": "Invented Joiner",
        "email": f"joiner.{mark}@example.invalid",
    }


def _ask(due: Due, begun: float, port: int, told: list[Told]) -> None:
    headers = {"Cookie": f"session={due.session}; csrf={MARK}", "Host": f"localhost:{port}"}
    status = 0
    try:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        if due.sent:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            line.request("POST", due.path, urlencode(due.sent), headers)
        else:
            line.request("GET", due.path, headers=headers)
        answer = line.getresponse()
        answer.read()
        status = answer.status
        line.close()
    except OSError:
        pass
    told.append(Told(due, time.monotonic() - begun - due.at, status))


def loop(planned: list[Due], port: int, enough: threading.Event | None = None) -> list[Told]:
    """Every request at its instant, whatever became of those before. The threads are more than can ever be under way.

    Ends before its time when `enough` is set.
    """
    told: list[Told] = []
    with ThreadPoolExecutor(max_workers=256) as pool:
        begun = time.monotonic()
        for due in planned:
            time.sleep(max(0.0, begun + due.at - time.monotonic()))
            if enough is not None and enough.is_set():
                break
            pool.submit(_ask, due, begun, port, told)
    return told


# What ran


@contextlib.contextmanager
def running(verb: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    code = "from vkpp.ops.command_line import main; raise SystemExit(main())"
    with log.open("ab") as out:
        process = subprocess.Popen([sys.executable, "-c", code, *verb], stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _until_it_answers(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the service did not start")


def _busy() -> float:
    """CPU seconds that the whole machine has worked."""
    user, nice, system = Path("/proc/stat").read_text(encoding="ascii").split()[1:4]
    return (int(user) + int(nice) + int(system)) / os.sysconf("SC_CLK_TCK")


def _ours(postmaster: int) -> float:
    """CPU seconds of this program's session, and of the database server's processes."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            parts = path.read_text(encoding="utf-8").rpartition(")")[2].split()
            mine = int(parts[3]) == os.getsid(0)
            if mine or (postmaster and postmaster in (int(path.parent.name), int(parts[1]))):
                ticks += sum(int(value) for value in parts[11 : 15 if mine else 13])
    return ticks / os.sysconf("SC_CLK_TCK")


class Share:
    """How much of the machine this measurement and everything else took while it was watched."""

    def __init__(self, postmaster: int) -> None:
        self.postmaster = postmaster
        self.busy, self.ours, self.at = _busy(), _ours(postmaster), time.monotonic()

    def words(self) -> str:
        whole = (time.monotonic() - self.at) * (os.cpu_count() or 1)
        ours = _ours(self.postmaster) - self.ours
        others = max(0.0, _busy() - self.busy - ours)
        return f"{ours / whole:.0%} of the machine ours, {others / whole:.0%} others'"


# What came of it


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))] * 1000 if values else 0.0


def row(what: str, told: list[Told]) -> str:
    times = sorted(one.seconds for one in told)
    wrong = Counter(one.status for one in told if one.status not in (200, 204, 302))
    words = ", ".join(f"{count} × {status or 'no answer'}" for status, count in sorted(wrong.items())) or "0"
    return f"| {what} | {len(times)} | {_at(times, 0.5):.0f} | {_at(times, 0.95):.0f} | {_at(times, 1):.0f} | {words} |"


def written(told: list[Told]) -> str:
    asked = [one for one in told if one.due.sent]
    known = [one.due.sent["email"] for one in asked if one.status == 302]
    people, letters = nation.kept(known)
    return f"{len(asked)} writes, {len(known)} acknowledged, {len(known) - people} lost, {len(known) - letters} letters missing"


HEAD = "| | requests | p50 ms | p95 ms | max ms | errors |\n|---|---|---|---|---|---|"


def report(what: str, told: list[Told], share: str, more: str = "") -> None:
    print(f"\n{what}: {share}; {written(told)}{more}\n\n{HEAD}")
    print(row("**all**", told))
    for kind in dict.fromkeys(kind for kind, *_ in MIX):
        if of_kind := [one for one in told if one.due.kind == kind]:
            print(row(kind, of_kind))
    sys.stdout.flush()


# One database


def measure(database: str, rate: float, seconds: float, postmaster: int) -> None:
    """In a process of its own, in which the environment already says which database."""
    from vkpp.ops.serving import server

    server.prepare()
    server.migrate()
    folder = Path(os.environ["VKPP_FOLDER"])
    scene = nation.found()
    sessions = {one.id: nation.session_of(one.id) for one in scene.people}
    files = nation.write_returns(folder / "made")
    sizes = sum(path.stat().st_size for paths in files.values() for path in paths)
    print(
        f"\n{database}: {len(scene.people)} people, {len(scene.returns)} forces, {len(files)} returns of {sizes / 1e6:.0f} MB"
    )
    port = _free_port()
    with running(["serve", "--service", "--port", str(port)], folder / "log"):
        _until_it_answers(port)
        loop(plan(scene, sessions, rate, 10, seed=1), port)  # templates compiled, pages in memory
        share = Share(postmaster)
        report(f"{database}, idle", loop(plan(scene, sessions, rate, seconds, seed=2), port), share.words())
        nation.send(scene, files)
        with running(["work"], folder / "log"):
            while_checking(database, plan(scene, sessions, rate, _LONGEST, seed=3), port, postmaster, len(files))


def while_checking(database: str, planned: list[Due], port: int, postmaster: int, returns: int) -> None:
    """The same load from the first check to the end of the last; a row for the first minute too, in which all still wait."""
    share, enough, took = Share(postmaster), threading.Event(), [0.0]
    began = time.monotonic()

    def watch() -> None:
        while nation.checked()[0] < returns and time.monotonic() - began < _LONGEST:
            time.sleep(2)
        took[0] = time.monotonic() - began
        enough.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    told = loop(planned, port, enough)
    watcher.join()
    checked, records = nation.checked()
    more = f"; {checked} returns of {records:,} records checked in {took[0]:.0f} s"
    report(f"{database}, while returns are checked", told, share.words(), more)
    print(row("the first minute", [one for one in told if one.due.at < 60]))


@contextlib.contextmanager
def environment(database: str, folder: Path) -> Iterator[dict[str, str]]:
    base = {name: value for name, value in os.environ.items() if not name.startswith("VKPP_")}
    base |= {"VKPP_FOLDER": str(folder), "VKPP_DEMO": "yes", "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    if database == "sqlite":
        yield base
        return
    from tests.records.cluster import postgresql, programs

    where = programs()
    if where is None:
        raise SystemExit("PostgreSQL is missing: apt-get install -y --no-install-recommends postgresql")
    with postgresql(where, fsync=True) as address:
        yield base | {"VKPP_DATABASE": address}


def _postmaster(environ: dict[str, str]) -> int:
    from urllib.parse import parse_qs, urlsplit

    address = environ.get("VKPP_DATABASE", "")
    if not address:
        return 0
    (folder,) = parse_qs(urlsplit(address).query)["host"]
    return int((Path(folder) / "data" / "postmaster.pid").read_text(encoding="ascii").split()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--rate", type=float, default=15.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=60.0, help="of the idle part; the other ends with the last check")
    parser.add_argument("--inside", default="", help=argparse.SUPPRESS)
    parser.add_argument("--postmaster", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        threading.stack_size(256 * 1024)
        measure(given.inside, given.rate, given.seconds, given.postmaster)
        return
    for database in given.databases:
        with tempfile.TemporaryDirectory(prefix="vkpp-load-") as folder, environment(database, Path(folder)) as environ:
            inside = ["--inside", database, "--postmaster", str(_postmaster(environ))]
            command = [sys.executable, "-m", "bench.load", *inside, "--rate", str(given.rate), "--seconds", str(given.seconds)]
            subprocess.run(command, cwd=ROOT, env=environ, check=True, start_new_session=True)


if __name__ == "__main__":
    main()
