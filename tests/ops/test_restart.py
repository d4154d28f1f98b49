"""The database server goes away in the middle of everything and comes back: nothing lost, nothing twice, told in words."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from tests.ops.test_faults import SETTINGS, connected, free_port, nothing_kept, served, upload
from tests.records import cluster, database
from tests.records.collecting import found_scene
from tests.records.test_collections_work import accepted_up_to_the_job, begun, row, send
from tests.web.clients import sign_in_by_cookie
from vkpp.engine.keeping import Store
from vkpp.ops.settings.building import build
from vkpp.records.collections import commands
from vkpp.records.collections.models import CheckOutcome, Version
from vkpp.records.collections.rules import places, register
from vkpp.records.trail import queries as trail
from vkpp.records.work.models import Letter, Task

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not database.SERVER, reason="SQLite has no server that could go away"),
]
PROGRAMS = cluster.programs()
_DOWN = "the database did not answer"


@pytest.fixture
def own(service: dict[str, str]) -> Iterator[dict[str, str]]:
    """The same service on a server of its own, that may be stopped while others test."""
    assert PROGRAMS is not None
    with cluster.postgresql(PROGRAMS) as address:
        environment = service | {"VKPP_DATABASE": address}
        connections.close_all()
        before = dict(connections.settings["default"])
        connections.settings["default"].update(build(environment)["DATABASES"]["default"])
        try:
            call_command("migrate", interactive=False, verbosity=0)
            yield environment
        finally:
            connections.close_all()
            connections.settings["default"].update(before)


@contextmanager
def worker(environment: dict[str, str]) -> Iterator[Callable[[], str]]:
    """`vkpp work` as it is deployed. Gives what it has said so far; it must still be there at the end."""
    connections.close_all()
    log = Path(environment["VKPP_FOLDER"]) / "work.log"
    code = "from vkpp.ops.command_line import main; raise SystemExit(main(['work']))"
    with log.open("wb") as out:
        running = subprocess.Popen([sys.executable, "-c", code], env=dict(os.environ) | environment | SETTINGS, stderr=out)
    try:
        yield lambda: log.read_text(encoding="utf-8")
        assert running.poll() is None, log.read_text(encoding="utf-8")[-2000:]
    finally:
        running.terminate()
        running.wait(timeout=60)


def left() -> list[tuple[str, str, str]]:
    return list(Task.objects.unscoped("test").exclude(state="done").values_list("name", "state", "fault"))


def until(so: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < deadline, f"it did not come about in time; to do: {left()}"
        time.sleep(0.1)


def at_work(name: str) -> bool:
    """Claimed, and the process of its own that does it has begun: the task's own questions to the database are behind it."""
    claimed = Task.objects.unscoped("test").filter(name=name, state="running").values_list("worker", flat=True).first()
    if not claimed:
        return False
    own = Path("/proc") / claimed.rpartition(".")[2]
    return len((own / "task" / own.name / "children").read_text(encoding="ascii").split()) > 1


@contextmanager
def away(environment: dict[str, str]) -> Iterator[None]:
    connections.close_all()
    assert PROGRAMS is not None
    with cluster.stopped(PROGRAMS, environment["VKPP_DATABASE"]):
        yield
    connections.close_all()


def done_once(name: str) -> bool:
    (task,) = Task.objects.unscoped("test").filter(name=name)
    return bool(task.state == "done")


def test_the_server_restarts_under_a_check_and_stays_away_under_an_acceptance(own: dict[str, str], files: list[Path]) -> None:
    scene, key = begun(files)
    version = send(scene, key, files)
    with worker(own) as said:
        until(lambda: at_work(commands.CHECK))
        with away(own):  # back before the check is through, which must not be lost
            time.sleep(1)
        until(lambda: row(scene, key).state in ("ready", "to_answer"))
        task = Task.objects.unscoped("test").get(name=commands.CHECK)
        assert (task.state, task.attempts) == ("done", 1), said()[-1500:]

        accepted_up_to_the_job(scene, key)
        until(lambda: at_work(commands.ACCEPT))
        before = said().count(_DOWN)
        with away(own):  # until the worker has finished its part and could not say so
            until(lambda: said().count(_DOWN) > before)
        until(lambda: row(scene, key).state == "accepted")
        until(lambda: not left())
    checks = CheckOutcome.objects.unscoped("test").filter(version=version).values_list("check_id", "severity", "table")
    assert len(checks) == len(set(checks))
    assert Version.objects.unscoped("test").filter(submission=key).count() == 1
    assert done_once(commands.CHECK) and done_once(commands.ACCEPT)
    store = Store(places.store(register.root()))
    assert len(list(store.all())) == 1 and store.verify() == [] and trail.verify().faults == ()
    letters = list(Letter.objects.unscoped("test"))
    mailed = {path.stem for path in (Path(settings.FOLDER) / "mail").glob("*.eml")}  # one file a letter, however often it went
    assert letters and all(one.sent_at for one in letters) and {str(one.pk) for one in letters} <= mailed


def get(port: int, session: str, path: str) -> tuple[int, str, str]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request("GET", path, headers={"Cookie": f"session={session}", "Host": f"localhost:{port}"})
    answer = line.getresponse()
    text = answer.read().decode()
    line.close()
    return answer.status, str(answer.headers.get("Retry-After", "")), text


def test_pages_say_that_the_database_is_away_keep_nothing_by_halves_and_are_back_with_it(own: dict[str, str]) -> None:
    scene, port = found_scene(), free_port()
    session = sign_in_by_cookie(scene.preparer, "http://localhost")["value"]
    request = upload(scene, port, 1)
    with served(own, port) as line:
        assert get(port, session, "/")[0] == 200
        with away(own):
            for path in ("/", f"/returns/{scene_key(request)}/", "/account/login/"):
                status, after, text = get(port, session, path)
                assert (status, after) == (503, "30") and "database does not answer" in text, (path, status)
            line.sendall(request)
            assert line.recv(100_000).startswith(b"HTTP/1.1 503")
        assert nothing_kept(scene)
        for _ in range(8):  # every thread and its connection
            assert get(port, session, "/")[0] == 200
        with connected(port) as again:
            again.sendall(request)
            assert again.recv(100_000).startswith(b"HTTP/1.1 302")
    assert scene.row(scene.east).state == "checking"
    assert Version.objects.unscoped("test").count() == 1 and trail.verify().faults == ()


def scene_key(request: bytes) -> str:
    found = re.search(rb"POST /returns/([0-9a-f-]{36})/send/", request)
    assert found
    return found[1].decode()
