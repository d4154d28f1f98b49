"""The service with invented people only: its own database, a mark in it, one-time links, this machine only."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from vkpp.basics.problems import Problem, RefusedByRule, UsageProblem
from vkpp.ops.serving import server

FOLDER = "var/demo-service"


def prepare(environ: os._Environ[str]) -> None:
    """Settings, database and people. Raises RefusedByRule where the database holds anything but the demonstration."""
    if environ.get("VKPP_ENVIRONMENT", "development") == "production":
        raise RefusedByRule(
            "This is a production environment, and the demonstration gives sign-in links.",
            where="the environment variable VKPP_ENVIRONMENT",
            expected="development",
            next_step="run the demonstration on another machine",
        )
    environ.setdefault("VKPP_FOLDER", FOLDER)
    environ["VKPP_DEMO"] = "yes"
    Path(environ["VKPP_FOLDER"]).mkdir(parents=True, exist_ok=True)
    server.prepare()
    server.migrate()
    demand_mark()
    fill_rounds()


def main() -> int:
    """Prepare in a process of its own, for `vkpp demo`; a problem is told on standard error, in a line."""
    try:
        prepare(os.environ)
    except Problem as problem:
        sys.stderr.write(" ".join(str(problem).split()) + "\n")
        return 1
    return 0


def demand_mark() -> None:
    """An empty database becomes the demonstration's; one that is not its own is left alone."""
    from vkpp.ops.serving import people

    if people.is_empty():
        people.found(datetime.now(UTC))
    elif not people.is_demonstration():
        raise RefusedByRule(
            "This database was not made by the demonstration: somebody may work with it.",
            where="the database of the settings",
            expected="a database whose trail begins with the demonstration, or an empty one",
            next_step="name another folder with VKPP_FOLDER, and take VKPP_DATABASE away",
        )


def fill_rounds() -> None:
    """Rounds, returns and what was accepted, the first time; see rounds.fill_apart."""
    from vkpp.ops.serving import rounds

    rounds.fill_apart()


def links(port: int) -> tuple[str, ...]:
    """A line for every account: its role, where, and a link that signs in once. Earlier links are forgotten.

    The last two are for the forces that have no account of their own: one prepares in all of them, one certifies.
    """
    from vkpp.ops.serving import people
    from vkpp.web.account import links as one_time

    one_time.forget_all()
    now = datetime.now(UTC)
    found = (*people.accounts(now), *people.colleagues(now))
    width = max((len(one.title) for one in found), default=0)
    return tuple(
        f"{one.title:<{width}}  http://localhost:{port}/account/link/{one_time.make(one.person)}/  ({one.organisation})"
        for one in found
    )


@contextmanager
def worker() -> Iterator[None]:
    """A worker beside the server, so that checks and mail are done; it ends with it."""
    code = "from vkpp.ops.command_line import main; raise SystemExit(main(['work']))"
    running = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)  # noqa: S603  our own program
    try:
        yield
    finally:
        running.terminate()
        running.wait(timeout=60)


def demand_port(port: int) -> None:
    import socket

    with socket.socket() as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind((server.LOOPBACK, port))
        except (OSError, OverflowError) as problem:
            raise UsageProblem(f"Port {port} cannot be used.", next_step="name another with --port") from problem
