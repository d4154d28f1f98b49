"""Faults at the worst moment: kills, a full disk, the same file twice, two people at once; nothing lost, nothing half-done."""

from __future__ import annotations

import functools
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connections

from tests.records import database
from tests.records.collecting import Scene, found_scene
from tests.records.nation import AT, join, viewer
from tests.records.test_collections_work import accepted_up_to_the_job, begun, do, row, send
from tests.web.clients import sign_in_by_cookie
from vkpp.engine.keeping import Store
from vkpp.ops import jobs, returns
from vkpp.records.collections import commands
from vkpp.records.collections.models import CheckOutcome, Version
from vkpp.records.collections.rules import places, register
from vkpp.records.ground.problems import Refused
from vkpp.records.ground.scope import machinery
from vkpp.records.trail import queries as trail
from vkpp.records.work import commands as work
from vkpp.records.work.models import Task

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {"DJANGO_SETTINGS_MODULE": "vkpp.ops.settings", "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src")))}
KILLED = """
import os, signal, sys
import django
django.setup()
from datetime import UTC, datetime
from functools import partial
from vkpp.ops import jobs, returns
from vkpp.records.collections import commands
from vkpp.records.work import commands as work

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def die_with_the_child_at_work(task):
    import threading
    threading.Timer(1.0, die).start()
    return returns.check_apart(task)

if __name__ == "__main__":
    name, moment = commands.CHECK, sys.argv[1]
    check = {"before": die, "amid": die_with_the_child_at_work, "after": returns.check_apart}[moment]
    if moment == "after":
        commands.note_checked = die
    job = work.Job(partial(jobs.check_return, check=check))
    work.work_once(jobs={name: job}, worker="killed", now=lambda: datetime.now(UTC))
"""


def lease_over() -> None:
    with machinery("the killed worker's lease runs out"):
        Task.objects.filter(state="running").update(lease_until=datetime(2026, 1, 1, tzinfo=UTC))


def due() -> None:
    with machinery("the wait is over"):
        Task.objects.filter(state="waiting").update(due_at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "amid", "after"])
def test_a_worker_killed_in_a_check_leaves_it_to_the_next(
    service: dict[str, str], files: list[Path], tmp_path: Path, moment: str
) -> None:
    scene, key = begun(files)
    version = send(scene, key, files)
    connections.close_all()
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    command = [sys.executable, str(script), moment]
    done = subprocess.run(command, env=dict(os.environ) | service | SETTINGS, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    assert row(scene, key).state == "checking" and places.sent(register.root(), version).is_dir()
    assert not CheckOutcome.objects.unscoped("test").exists()
    lease_over()
    do(commands.CHECK)
    assert row(scene, key).state in ("ready", "to_answer")
    (found,) = Version.objects.unscoped("test").filter(submission=key)
    path = places.findings(register.root(), version)
    assert found.trouble == "" and found.findings_sha256 == returns.sha256_of(path)
    assert trail.verify().faults == ()


def limited(task: returns.Task, *, most: int) -> object:
    """Checked or kept where no file may grow beyond `most` bytes: every write past them is refused, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        return returns.check_apart(task)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.slow
@pytest.mark.parametrize("most", [0, 3_000, 30_000])
def test_a_check_on_a_full_disk_is_tried_again_and_never_blames_the_file(
    service: dict[str, str], files: list[Path], most: int
) -> None:
    scene, key = begun(files)
    version = send(scene, key, files)
    full = work.Job(functools.partial(jobs.check_return, check=functools.partial(limited, most=most)), attempts=200)
    assert work.work_once(jobs={commands.CHECK: full}, worker="full", now=lambda: datetime.now(UTC))
    task = Task.objects.unscoped("test").get(name=commands.CHECK)
    (found,) = Version.objects.unscoped("test").filter(submission=key)
    assert (task.state, task.attempts, row(scene, key).state) == ("waiting", 1, "checking"), found.trouble
    assert len(list(places.sent(register.root(), version).iterdir())) == len(files)
    due()
    do(commands.CHECK)
    assert row(scene, key).state in ("ready", "to_answer")


def test_a_return_is_not_given_up_on_while_a_disk_is_full() -> None:
    known = jobs.jobs()
    for name in (commands.CHECK, commands.ACCEPT):
        waits = sum((work.rules.wait_before(n) for n in range(1, known[name].attempts)), timedelta())
        assert waits > timedelta(days=7)


@pytest.mark.slow
def test_a_full_disk_in_an_acceptance_leaves_the_old_state(
    service: dict[str, str], files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, key = begun(files)
    send(scene, key, files)
    do(commands.CHECK)
    accepted_up_to_the_job(scene, key)
    keep = returns.keep_apart

    def full(task: returns.Task) -> object:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, before[1]))
        try:
            return keep(task)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    monkeypatch.setattr(returns, "keep_apart", full)
    assert work.work_once(jobs={commands.ACCEPT: jobs.jobs()[commands.ACCEPT]}, worker="full", now=lambda: datetime.now(UTC))
    store = Store(places.store(register.root()))
    assert row(scene, key).state == "accepting" and list(store.all()) == [] and store.verify() == []
    monkeypatch.setattr(returns, "keep_apart", keep)
    due()
    do(commands.ACCEPT)
    assert row(scene, key).state == "accepted" and store.verify() == [] and len(list(store.all())) == 1


def test_the_day_s_purge_takes_what_killed_processes_left_and_reports_with_their_findings(service: dict[str, str]) -> None:
    root = register.root()
    left = [root / "store" / "returns" / ".incoming-a" / "crimes.parquet", root / "findings" / ".incoming-b"]
    reports = [root / "findings" / f"{UUID(int=1)}.{kind}" for kind in ("parquet", "xlsx", "jsonl")]
    for path in (*left, *reports):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    now = datetime.now(UTC)
    jobs._purge_files(now)
    assert all(path.exists() for path in (*left, *reports))
    jobs._purge_files(now + timedelta(days=2))
    assert not any(path.exists() for path in left) and all(path.exists() for path in reports)
    assert Store(places.store(root)).verify() == []
    jobs._purge_files(now + timedelta(days=731))
    assert not any(path.exists() for path in reports)


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


SERVED = """
import resource, sys
from vkpp.ops.serving import server
server.prepare()
server.demand_migrated()
if int(sys.argv[2]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
server.run(f"127.0.0.1:{sys.argv[1]}", workers=1)
"""


@contextmanager
def served(environment: dict[str, str], port: int, most: int = 0) -> Iterator[socket.socket]:
    """A connection to the service's own web server, killed with all its processes at the end; no file grows beyond `most`."""
    connections.close_all()
    same_key = {"VKPP_SECRET_KEY_FILE": str(database.FOLDER / "development.key")}  # the session was signed here
    command = [sys.executable, "-c", SERVED, str(port), str(most)]
    log = Path(environment["VKPP_FOLDER"]) / "web.log"
    log.parent.mkdir(parents=True, exist_ok=True)  # where the database is a server, nothing lies there yet
    with log.open("wb") as out:
        env = dict(os.environ) | environment | same_key | SETTINGS
        server = subprocess.Popen(command, env=env, start_new_session=True, stderr=out)
    try:
        with connected(port) as asked:
            yield asked
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def connected(port: int) -> socket.socket:
    for _ in range(300):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


def upload(scene: Scene, port: int, megabytes: int, *, missing: int = 0) -> bytes:
    """The request that sends a file of so many megabytes; `missing` bytes are announced and do not come."""
    cookie, token = sign_in_by_cookie(scene.preparer, "http://localhost"), "a" * 32
    part = f'--x\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
    part += '--x\r\nContent-Disposition: form-data; name="files"; filename="crimes.csv"\r\nContent-Type: text/csv\r\n\r\n'
    body = part.encode() + b"1,2\n" * 250_000 * megabytes + b"\r\n--x--\r\n"
    head = f"POST /returns/{scene.east}/send/ HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n"
    head += f"Cookie: {cookie['name']}={cookie['value']}; csrf={token}\r\n"
    head += f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body) + missing}\r\n\r\n"
    return head.encode() + body


def nothing_kept(scene: Scene) -> bool:
    sent = [path for path in (register.root() / "sent").glob("*") if not path.name.startswith(".incoming-")]
    return sent == [] and scene.row(scene.east).state == "awaited" and trail.verify().faults == ()


@pytest.mark.slow
def test_an_upload_on_a_full_disk_keeps_nothing_says_so_and_the_service_goes_on(service: dict[str, str]) -> None:
    scene, port = found_scene(), free_port()
    arriving = Path(service["VKPP_FOLDER"]) / "uploads-arriving"
    with served(service, port, most=5_000_000) as asked:
        asked.sendall(upload(scene, port, 8))
        answer = b"".join(iter(lambda: asked.recv(100_000), b""))
        assert answer.startswith(b"HTTP/1.1 507") and b"Nothing of what you sent was kept" in answer, answer[:300]
        assert nothing_kept(scene)
        with connected(port) as again:  # a file for which there is room
            again.sendall(upload(scene, port, 1))
            assert again.recv(100_000).startswith(b"HTTP/1.1 302")
            while again.recv(100_000):  # the answer's end: only now has the server let go of what arrived
                pass
        until = time.monotonic() + 10
        while list(arriving.glob("*")) and time.monotonic() < until:
            time.sleep(0.05)
        assert list(arriving.glob("*")) == []  # what had arrived is gone at once
    assert scene.row(scene.east).state == "checking"


@pytest.mark.slow
def test_the_web_server_killed_in_an_upload_keeps_nothing_and_the_rest_goes_after_a_day(service: dict[str, str]) -> None:
    scene, port = found_scene(), free_port()
    arriving = Path(service["VKPP_FOLDER"]) / "uploads-arriving"
    with served(service, port) as asked:
        asked.sendall(upload(scene, port, 1, missing=1_000_000))
        deadline = time.monotonic() + 60
        while not any(path.stat().st_size for path in arriving.glob("*")):
            assert time.monotonic() < deadline, "the upload did not begin to arrive"
            time.sleep(0.05)
    assert nothing_kept(scene)
    (left,) = arriving.glob("*")
    jobs._purge_files(datetime.now(UTC))
    assert left.exists()  # it could be arriving still
    jobs._purge_files(datetime.now(UTC) + timedelta(days=2))
    assert not left.exists()


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each act gave or raised, all begun at one moment in threads of their own."""
    start, heard = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait()
            heard.append(act())
        except Exception as problem:  # noqa: BLE001
            heard.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return heard


def one_done_one_refused(heard: list[object]) -> bool:
    return len([one for one in heard if isinstance(one, Refused)]) == len(heard) - 1


def test_the_same_file_sent_twice_at_once_is_one_version_and_one_check(service: dict[str, str]) -> None:
    scene = found_scene()
    heard = at_once(*(lambda: scene.send(scene.east) for _ in range(4)))
    assert one_done_one_refused(heard), heard
    (version,) = Version.objects.unscoped("test").filter(submission=scene.east)
    assert version.number == scene.row(scene.east).version == 1
    assert Task.objects.unscoped("test").filter(name=commands.CHECK).count() == 1
    assert trail.verify().faults == ()


def test_two_who_certify_at_once_and_two_who_accept_at_once_are_one_each(service: dict[str, str]) -> None:
    scene = found_scene()
    nation = scene.nation
    other = join(nation.chief, nation.eastmere, "Sec Certifier", "certifier")
    third = join(nation.chief, nation.programme, "Thi Rd", "national_analyst")
    scene.sent(scene.east)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)

    def certify(by: UUID) -> Callable[[], object]:
        return lambda: commands.certify(by=viewer(by), at=AT, submission=scene.east, version=1)

    def accept(by: UUID) -> Callable[[], object]:
        return lambda: commands.accept(by=viewer(by), at=AT, submission=scene.east, version=1)

    assert one_done_one_refused(heard := at_once(certify(scene.certifier), certify(other))), heard
    assert scene.row(scene.east).state == "with_area"
    commands.approve(by=viewer(scene.area), at=AT, submission=scene.east, version=1)
    assert one_done_one_refused(heard := at_once(*(accept(by) for by in (scene.national, scene.second, third)))), heard
    assert scene.row(scene.east).state == "accepting"
    assert Task.objects.unscoped("test").filter(name=commands.ACCEPT).count() == 1
    assert trail.verify().faults == ()


def test_a_certifier_and_a_preparer_who_sends_again_at_once_are_never_both(service: dict[str, str]) -> None:
    """Either the version that was read is signed, or the new one is being checked; a signature never falls on another file."""
    scene: Scene = found_scene()
    version = scene.sent(scene.east)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    heard = at_once(
        lambda: commands.certify(by=viewer(scene.certifier), at=AT, submission=scene.east, version=1),
        lambda: scene.send(scene.east, text="a,b\n3,4\n"),
    )
    assert any(isinstance(one, Refused) for one in heard), heard
    signed = Version.objects.unscoped("test").filter(submission=scene.east, certified_at__isnull=False)
    assert {one.pk for one in signed} <= {version}
