"""Work: asked for in the same transaction, done exactly once in effect, through crowds, failures and kills; mail as work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from uuid import UUID

import pytest
from django.db import OperationalError, connections, transaction
from django.test import override_settings

from tests.records.nation import AT, DAY, Nation, found_nation, viewer
from vkpp.ops import jobs as ops
from vkpp.records.ground.problems import WriteOutsideCommand
from vkpp.records.ground.scope import Scoped
from vkpp.records.ground.viewer import Viewer, system
from vkpp.records.people import commands as people
from vkpp.records.people.models import Organisation, Person, RoleHeld
from vkpp.records.trail import commands as trail_commands
from vkpp.records.trail import queries as trail
from vkpp.records.trail.commands import Done, command
from vkpp.records.work import commands as work
from vkpp.records.work import queries, rules
from vkpp.records.work.models import Letter, Task

BY = Viewer("system:test", DAY, permits=frozenset({("organisations.manage", None)}))
ROOT = Path(__file__).resolve().parents[2]


@command("test.asks")
def asks(*, by: Viewer, at: datetime, name: str, abouts: list[str], fail: bool = False) -> Done[list[UUID]]:
    made = [work.ask(name, about, at=at) for about in abouts]
    if fail:
        raise ValueError("the command fails after it asked")
    return Done("test/1", made)


@command("test.writes")
def writes(*, by: Viewer, at: datetime, to: UUID, template: str, facts: dict[str, object]) -> Done[UUID]:
    return Done("test/1", work.ask_letter(to=to, template=template, facts=facts, at=at))


def tasks() -> list[tuple[str, str, int, str]]:
    rows = Task.objects.unscoped("test").order_by("asked_at", "about")
    return list(rows.values_list("about", "state", "attempts", "fault"))


def once(do: Callable[[str, datetime], work.Finish | None], at: datetime = AT, attempts: int = 5) -> bool:
    jobs = {"test.job": work.Job(do, attempts=attempts, lease=timedelta(minutes=1))}
    return work.work_once(jobs=jobs, worker="w", now=lambda: at)


@pytest.mark.usefixtures("records")
def test_work_is_asked_for_in_the_command_s_transaction_or_not_at_all() -> None:
    with pytest.raises(WriteOutsideCommand):
        work.ask("test.job", "1", at=AT)
    with pytest.raises(ValueError, match="after it asked"):
        asks(by=BY, at=AT, name="test.job", abouts=["1"], fail=True)
    assert tasks() == []
    asks(by=BY, at=AT, name="test.job", abouts=["1"])
    assert tasks() == [("1", "waiting", 0, "")]


@pytest.mark.usefixtures("records")
def test_a_task_is_done_when_due_and_once() -> None:
    heard: list[str] = []
    asks(by=BY, at=AT, name="test.job", abouts=["1", "2"])
    assert not once(lambda about, at: heard.append(about), at=AT - timedelta(seconds=1))
    while once(lambda about, at: heard.append(about)):
        pass
    assert sorted(heard) == ["1", "2"] and [row[1] for row in tasks()] == ["done", "done"]
    assert queries.queue() == queries.Queue(0, 0, 2, 0, None)


@pytest.mark.usefixtures("records")
def test_a_failing_task_waits_longer_each_time_and_is_given_up_with_the_kind_of_error_only() -> None:
    asks(by=BY, at=AT, name="test.job", abouts=["1"])

    def fails(about: str, at: datetime) -> None:
        raise ValueError("Ada Lovelace's row is broken")

    at = AT
    for attempt in (1, 2, 3):
        assert once(fails, at=at, attempts=3)
        assert not once(fails, at=at, attempts=3)
        at += rules.wait_before(attempt)
    assert tasks() == [("1", "failed", 3, "builtins.ValueError")]
    assert not once(fails, at=AT + timedelta(days=9), attempts=3)


@pytest.mark.usefixtures("records")
def test_what_fails_while_finishing_leaves_nothing() -> None:
    asks(by=BY, at=AT, name="test.job", abouts=["acorn"])

    def half(about: str, at: datetime) -> work.Finish:
        def finish() -> None:
            people.found_organisation(by=BY, at=at, code=about, kind="partner", name=about, valid_from=DAY)
            raise ValueError("after the effect, before the mark is kept")

        return finish

    once(half)
    assert tasks() == [("acorn", "waiting", 1, "builtins.ValueError")]
    assert Organisation.objects.unscoped("test").count() == 0


@pytest.mark.usefixtures("records")
def test_a_worker_that_overran_its_lease_drops_what_it_prepared() -> None:
    asks(by=BY, at=AT, name="test.job", abouts=["acorn"])
    effects: list[str] = []

    def slow(about: str, at: datetime) -> work.Finish:
        jobs = {"test.job": work.Job(lambda about, at: lambda: effects.append("the second's"))}
        assert work.work_once(jobs=jobs, worker="second", now=lambda: AT + timedelta(minutes=2))
        return lambda: effects.append("the first's")

    once(slow)
    assert effects == ["the second's"] and tasks() == [("acorn", "done", 2, "")]


@pytest.mark.usefixtures("records")
def test_two_claims_that_saw_the_same_task_are_one_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other worker's claim comes between this one's look and its swap, which no crowd of processes can promise to hit."""
    asks(by=BY, at=AT, name="test.job", abouts=["1"])
    swap, claims = Scoped.update, []

    def claim(worker: str) -> None:
        leases = {"test.job": timedelta(minutes=1)}
        claims.append((worker, work.claim(names=leases, leases=leases, worker=worker, at=AT)))

    def overtaken(self: Scoped, **values: object) -> int:
        monkeypatch.setattr(Scoped, "update", swap)
        claim("second")
        return swap(self, **values)

    monkeypatch.setattr(Scoped, "update", overtaken)
    claim("first")
    assert [(worker, found is not None) for worker, found in claims] == [("second", True), ("first", False)]


@pytest.mark.usefixtures("records")
def test_once_means_once() -> None:
    for _ in range(2):
        work.begin_day(by=system("schedule", DAY), at=AT, names=["daily.a", "daily.b"])
    assert [row[0] for row in tasks()] == ["2026-03-02", "2026-03-02"]
    ops.ask_daily(AT)
    ops.ask_daily(AT)
    assert len(tasks()) == 2 + sum(name.startswith("daily.") for name in ops.jobs())


# Crowds and kills, on a database of their own


def _spawn(environment: dict[str, str], **more: str) -> subprocess.Popen[str]:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "vkpp.ops.settings"}
    command = [sys.executable, "-m", "tests.records.worker"]
    return subprocess.Popen(command, env=env | environment | more, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_threads_that_act_at_once_leave_one_whole_chain_and_no_double(committed: dict[str, str]) -> None:
    """Four at once give the same role, four at once write entries: one role, and a chain in one order."""
    nation = found_nation()
    start = threading.Barrier(8)
    troubles: list[BaseException] = []

    def act(number: int) -> None:
        try:
            start.wait()
            for _ in range(5):
                if number % 2:
                    trail_commands.opened(by=BY, at=AT, about=f"test/{number}")
                else:
                    by = viewer(nation.chief)
                    people.give_role(by=by, at=AT, person=nation.analyst, organisation=nation.eastmere, role="access_manager")
        except BaseException as problem:  # noqa: BLE001
            troubles.append(problem)
        finally:
            connections.close_all()

    before = trail.head().number
    threads = [threading.Thread(target=act, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    held = RoleHeld.objects.unscoped("test").filter(person=nation.analyst, role="access_manager")
    assert held.count() == 1
    found = trail.verify()
    assert found.faults == () and found.number == before + 40


def test_two_who_close_the_same_account_at_once_are_one_done_and_one_told(committed: dict[str, str]) -> None:
    nation: Nation = found_nation()
    start, heard = threading.Barrier(2), []

    def act(by: UUID) -> None:
        who = viewer(by)
        start.wait()
        try:
            people.suspend(by=who, at=AT, person=nation.analyst)
            heard.append("done")
        except Exception as problem:  # noqa: BLE001
            heard.append(str(problem))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=(by,)) for by in (nation.chief, nation.second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard)[1] == "done" and "somebody may have acted before you" in sorted(heard)[0]


def test_two_who_invite_the_same_address_at_once_make_one_account(committed: dict[str, str]) -> None:
    nation = found_nation()
    start, made, troubles = threading.Barrier(2), [], []

    def act(by: UUID, organisation: UUID) -> None:
        who = viewer(by)
        start.wait()
        try:
            made.append(people.invite(by=who, at=AT, organisation=organisation, name="Ivo", email="ivo@example.invalid"))
        except Exception as problem:  # noqa: BLE001
            troubles.append(problem)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=act, args=pair) for pair in ((nation.east, nation.eastmere), (nation.west, nation.westholt))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == [] and len(made) == 2 and made[0] == made[1]


@pytest.mark.slow
def test_several_workers_do_each_task_exactly_once(committed: dict[str, str]) -> None:
    codes = [f"code-{number:03d}" for number in range(60)]
    asks(by=BY, at=ops.now(), name="test.found", abouts=codes)
    connections.close_all()
    workers = [_spawn(committed) for _ in range(4)]
    done = [int(worker.communicate(timeout=120)[0]) for worker in workers]
    assert sum(done) == 60
    assert sorted(Organisation.objects.unscoped("test").values_list("code", flat=True)) == codes
    assert {row[1:] for row in tasks()} == {("done", 1, "")}
    found = trail.verify()
    assert found.faults == () and found.number == 61


@pytest.mark.slow
@pytest.mark.parametrize("step", ["do", "finish"])
def test_a_killed_worker_loses_nothing_and_does_nothing_twice(committed: dict[str, str], step: str) -> None:
    asks(by=BY, at=ops.now(), name="test.found", abouts=["acorn", "birch"])
    connections.close_all()
    killed = _spawn(committed, KILL=step, LEASE="1")
    killed.communicate(timeout=60)
    assert killed.returncode == -9
    assert Organisation.objects.unscoped("test").count() == 0
    assert sorted(row[1] for row in tasks()) == ["running", "waiting"]
    connections.close_all()
    time.sleep(1.1)
    assert _spawn(committed).communicate(timeout=60)[0] == "2\n"
    assert sorted(Organisation.objects.unscoped("test").values_list("code", flat=True)) == ["acorn", "birch"]
    assert sorted(row[1:3] for row in tasks()) == [("done", 1), ("done", 2)]
    assert trail.verify().faults == ()


# Mail


@pytest.fixture
def nation(records: None) -> Nation:
    return found_nation()


def test_a_letter_goes_into_the_folder_and_names_nobody(nation: Nation, tmp_path: Path) -> None:
    writes(by=BY, at=AT, to=nation.analyst, template="people.review_due", facts={"year": 2026, "due": "2026-04-01"})
    with override_settings(EMAIL_BACKEND="vkpp.ops.settings.mail_folder.Backend", EMAIL_FILE_PATH=str(tmp_path)):
        assert work.work_once(jobs=ops.jobs(), worker="w", now=lambda: AT)
        (letter,) = tmp_path.iterdir()
        ops.send(letter.stem, "x@example.invalid", "again", "the same id, sent twice")
        assert list(tmp_path.iterdir()) == [letter]
    assert [row[1] for row in tasks()] == ["done"]
    UUID(letter.stem)


def test_the_letter_s_words(nation: Nation, tmp_path: Path) -> None:
    writes(by=BY, at=AT, to=nation.analyst, template="people.review_due", facts={"year": 2026, "due": "2026-04-01"})
    with override_settings(EMAIL_BACKEND="vkpp.ops.settings.mail_folder.Backend", EMAIL_FILE_PATH=str(tmp_path)):
        work.work_once(jobs=ops.jobs(), worker="w", now=lambda: AT)
    (letter,) = tmp_path.iterdir()
    message = message_from_bytes(letter.read_bytes())
    assert message["Subject"] == "The access review of 2026 is due on 1 April 2026"
    body = message.get_payload()
    assert isinstance(body, str) and "Analyst" not in body and "odie" not in body


def test_a_letter_takes_no_words_and_no_unknown_fact(nation: Nation) -> None:
    for template, facts in (
        ("people.review_due", {"year": 2026, "due": "Ada Lovelace"}),
        ("people.review_due", {"year": 2026}),
        ("people.unknown", {}),
    ):
        with pytest.raises(ValueError, match=r"codes, numbers|unknown"), transaction.atomic():
            writes(by=BY, at=AT, to=nation.analyst, template=template, facts=dict(facts))


def test_a_letter_to_somebody_who_left_is_not_sent(nation: Nation, tmp_path: Path) -> None:
    writes(by=BY, at=AT, to=nation.analyst, template="people.invited", facts={})
    people.leave(by=viewer(nation.east), at=AT, person=nation.analyst, organisation=nation.eastmere)
    with override_settings(EMAIL_BACKEND="vkpp.ops.settings.mail_folder.Backend", EMAIL_FILE_PATH=str(tmp_path)):
        work.work_once(jobs=ops.jobs(), worker="w", now=lambda: AT)
    assert list(tmp_path.iterdir()) == [] and [row[1] for row in tasks()] == ["done"]


def test_an_invitation_and_its_letter_go_together(nation: Nation) -> None:
    person = work.invite(by=viewer(nation.east), at=AT, organisation=nation.eastmere, name="Ivo", email="ivo@example.invalid")
    assert Letter.objects.unscoped("test").get().to_id == person and [row[1] for row in tasks()] == ["waiting"]
    entries = trail.history(viewer=viewer(nation.chief), of=Person, key=person)
    assert [line.act for line in entries] == ["people.invite", "work.invite"]


def test_a_worker_outlives_a_database_that_goes_away(nation: Nation, monkeypatch: pytest.MonkeyPatch) -> None:
    asks(by=BY, at=AT, name="test.job", abouts=["1"])
    heard: list[str] = []
    troubles = [OperationalError("the server is gone"), OperationalError("still"), None]

    def first_gone(at: datetime) -> None:
        if trouble := troubles.pop(0):
            raise trouble

    monkeypatch.setattr(ops, "ask_daily", first_gone)
    monkeypatch.setattr(ops, "close_old_connections", lambda: None)
    monkeypatch.setattr(ops, "_IDLE_SECONDS", 0)
    ops.run_until(lambda: not troubles, worker="w", known={"test.job": work.Job(lambda about, at: heard.append(about))})
    assert heard == ["1"]


def test_whoever_can_decide_a_review_is_reminded_once(nation: Nation) -> None:
    by = viewer(nation.east)
    people.open_review(by=by, at=AT, organisation=nation.eastmere, year=2026, due_on=DAY + timedelta(days=20))
    written = [work.remind_of_reviews(by=system("reminders", DAY), at=AT + timedelta(days=days)) for days in (0, 6, 7, 8)]
    assert written == [0, 0, 1, 0]
    assert Letter.objects.unscoped("test").get().to_id == nation.east


def test_an_overdue_review_is_written_about_once_a_week_and_to_the_national_team_too(nation: Nation) -> None:
    by = viewer(nation.east)
    people.open_review(by=by, at=AT, organisation=nation.eastmere, year=2026, due_on=DAY + timedelta(days=1))
    for days in (2, 3, 9):
        work.remind_of_reviews(by=system("reminders", DAY), at=AT + timedelta(days=days))
    late = Letter.objects.unscoped("test").filter(template="people.review_overdue").values_list("to", flat=True)
    assert sorted(late, key=str) == sorted([nation.east, nation.chief, nation.second] * 2, key=str)


def test_the_programme_s_own_review_reaches_its_access_managers(nation: Nation) -> None:
    people.open_review(by=viewer(nation.chief), at=AT, organisation=nation.programme, year=2026, due_on=DAY + timedelta(days=9))
    assert work.remind_of_reviews(by=system("reminders", DAY), at=AT) == 2
    assert {letter.to_id for letter in Letter.objects.unscoped("test")} == {nation.chief, nation.second}


def test_every_template_is_of_its_app_and_used() -> None:
    source = ROOT / "src" / "vkpp" / "records"
    rooms = [*source.rglob("commands.py"), *source.rglob("commands/*.py")]
    used = "".join(path.read_text(encoding="utf-8") for path in rooms)
    assert len(rules.templates()) >= 2
    assert [name for name in rules.templates() if f'"{name}"' not in used] == []


# The daily work


def test_the_day_s_work_purges_and_exports_the_head(nation: Nation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[Path] = []
    monkeypatch.setattr(ops.ahead, "sweep", lambda root, at, *, invented: swept.append(root))
    ops.ask_daily(AT)
    with override_settings(TRAIL_HEADS=str(tmp_path)):
        while work.work_once(jobs=ops.jobs(), worker="w", now=lambda: AT):
            pass
    assert {row[1] for row in tasks()} == {"done"} and len(swept) == 1
    (path,) = tmp_path.iterdir()
    said = json.loads(path.read_text(encoding="ascii"))
    found = trail.verify([trail.HeadCopy(said["number"], said["digest"], path.name)])
    assert found.faults == () and found.witnessed == said["number"] > 0


@pytest.mark.slow
def test_the_worker_as_it_is_started_does_the_day_s_work_and_stops_when_told(committed: dict[str, str]) -> None:
    heads = Path(committed["VKPP_FOLDER"]) / "trail-heads"
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | committed
    program = str(Path(sys.executable).parent / "vkpp")
    worker = subprocess.Popen([program, "work"], env=env, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(1_200):  # among it the files that pages hand out, which take a while
            if queries.queue().done == len([name for name in ops.jobs() if name.startswith("daily.")]):
                break
            time.sleep(0.1)
        connections.close_all()
        worker.terminate()
        said = worker.communicate(timeout=30)[1]
        assert worker.returncode == 0 and said.startswith("The worker has started") and said.count("\n") == 1
    finally:
        worker.kill()
    assert [path.name[:5] for path in heads.iterdir()] == ["head-"]
    assert trail.verify().faults == ()
