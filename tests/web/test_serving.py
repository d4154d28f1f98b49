"""`vkpp serve --demo` and `--service`: marked, on this machine only, and never over somebody's records."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from tests.records.nation import AT, Nation
from vkpp.basics.problems import RefusedByRule, UsageProblem
from vkpp.ops.serving import demonstration, people, server
from vkpp.records.people.rules import roles


@pytest.fixture
def demo(records: None, tmp_path: Path) -> Any:
    with override_settings(FOLDER=tmp_path, INVENTED=True):
        yield people.found(AT)


def test_an_empty_database_becomes_the_demonstration_with_an_account_of_every_role(demo: None) -> None:
    assert people.is_demonstration()
    assert [one.role for one in people.accounts(AT)] == list(roles())
    demonstration.demand_mark()  # again, and nothing is founded twice
    assert len(people.accounts(AT)) == len(roles())


def test_a_database_of_others_is_refused(nation: Nation) -> None:
    with pytest.raises(RefusedByRule, match="not made by the demonstration"):
        demonstration.demand_mark()


def test_each_link_signs_in_as_its_role_and_earlier_ones_are_forgotten(demo: None, client_of: Callable[[Any], Any]) -> None:
    first = demonstration.links(8017)
    second = demonstration.links(8017)
    assert len(second) == len(roles()) and not set(first) & set(second)
    for line in second:
        path = re.search(r"localhost:8017(\S+)", line)
        assert path is not None
        client = client_of(None)
        assert client.post(path[1]).headers["Location"] == "/"
        assert line.split("  ")[0].lower() in client.get("/account/roles/").content.decode().lower()
        assert "invented" in client.get("/").content.decode()
    old = re.search(r"localhost:8017(\S+)", first[0])
    assert old is not None and client_of(None).post(old[1]).status_code == 404


def test_it_is_never_production(tmp_path: Path) -> None:
    class Environment(dict[str, str]):
        pass

    with pytest.raises(RefusedByRule, match="production"):
        demonstration.prepare(Environment(VKPP_ENVIRONMENT="production"))  # type: ignore[arg-type]


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageProblem, match="cannot be used"):
            demonstration.demand_port(taken.getsockname()[1])


def test_a_database_without_a_migration_is_not_served(records: None) -> None:
    from django.db.migrations.recorder import MigrationRecorder

    server.demand_migrated()
    MigrationRecorder.Migration.objects.filter(app="work").delete()
    with pytest.raises(RefusedByRule, match="lacks 1 of the changes"):
        server.demand_migrated()


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@pytest.mark.slow
def test_the_command_serves_prints_links_and_stops(tmp_path: Path) -> None:
    port = _free_port()
    environment = {**os.environ, "VKPP_FOLDER": str(tmp_path)}
    environment.pop("VKPP_DATABASE", None)
    command = [
        sys.executable,
        "-c",
        # The rounds take minutes to make; test_rounds_in_every_state makes them.
        "from vkpp.ops.serving import demonstration; demonstration.fill_rounds = lambda: None;"
        " from vkpp.ops.command_line import main; raise SystemExit(main())",
        "serve",
        "--demo",
        "--port",
        str(port),
    ]
    running = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None and running.stderr is not None
    try:
        said = ""
        while "Ctrl-C" not in said:
            line = running.stdout.readline()
            assert line, running.stderr.read()
            said += line
        links = re.findall(r"http://localhost:\d+/account/link/\S+/", said)
        assert len(links) == len(roles())
        answer = _opened(links[0])
        assert "Sign in to the demonstration" in answer
        assert _opened(f"http://localhost:{port}/", status=True) == "200"  # the sign-in page
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(timeout=60)
        running.stdout.close()
        running.stderr.close()
    assert running.returncode == 0
    with pytest.raises(urllib.error.URLError):
        _opened(links[0])


def _opened(address: str, status: bool = False) -> str:
    for _ in range(100):
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310
                return str(answer.status) if status else answer.read().decode()
        except urllib.error.URLError as problem:
            if not isinstance(problem.reason, ConnectionRefusedError):
                raise
            last = problem
            import time

            time.sleep(0.1)
    raise last


@pytest.mark.slow
def test_rounds_in_every_state_and_a_return_in_every_state(demo: None, tmp_path: Path) -> None:
    """Made by commands, checks and the store; what the index says is what the store holds; each force can finish its own."""
    from vkpp.ops.jobs import reindex
    from vkpp.ops.serving import rounds
    from vkpp.records.collections import queries
    from vkpp.records.collections.states import MACHINES

    at = datetime.now(UTC)
    rounds.fill(at, tmp_path / "files")
    assert [one.role for one in people.accounts(at)] == list(roles())
    who = people.viewers(at)
    colleagues = {one.role: people.viewer(one.person, at) for one in people.colleagues(at)}
    assert set(colleagues) == {"force_analyst", "certifier"} and len(demonstration.links(8017)) == len(roles()) + 2
    found = queries.rounds(viewer=who["national_analyst"])
    assert {row.state for row in found} == set(MACHINES["round"].states.words)
    overviews = [queries.round_overview(viewer=who["national_analyst"], round_=row.id) for row in found]
    states = {one.state for overview in overviews for one in overview.returns}
    # checking and accepting last as long as a job does
    assert states == set(MACHINES["return"].states.words) - {"checking", "accepting"}
    assert {row.state for row in queries.taskings(viewer=who["national_analyst"])} == {"draft", "open", "closed"}
    assert {row.state for row in queries.waivers(viewer=who["national_analyst"])} == {"asked", "signed"}
    (running,) = (one for row, one in zip(found, overviews, strict=True) if row.state == "open")
    unfinished = {one.organisation for one in running.returns if one.state != "accepted"}
    for role, act in (("force_analyst", "collections.prepare"), ("certifier", "collections.certify")):
        both = (who[role], colleagues[role])
        assert all(any(one.may(act, force) for one in both) for force in unfinished), role
    told = {row.state for row in queries.force_home(viewer=who["force_analyst"]).returns}
    assert {"to_fix", "to_certify"} <= told  # something to do for the analyst and for the certifier
    (corrected,) = (
        one.id for overview in overviews for one in overview.returns if one.state == "with_national" and one.accepted
    )
    page = queries.submission_page(viewer=who["national_analyst"], submission=corrected)
    assert any("removed" in words for words in page.versions[0].difference)
    counts = reindex(at)
    assert counts["known"] > 100 and not any(counts[kind] for kind in ("mended", "added", "strange", "missing"))
