"""Jobs on real files: checked in a process of its own, kept in the store once, rebuilt from it, killed at the worst moment."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings

from tests.records.collecting import Scene, found_scene
from tests.records.nation import AT, viewer
from vkpp.engine.keeping import Store
from vkpp.ops import jobs, returns
from vkpp.ops.example.generate import write_year
from vkpp.ops.example.nation import respondents
from vkpp.ops.example.nation_year import make_nation_year
from vkpp.records.collections import commands, queries
from vkpp.records.collections.models import Submission, Version
from vkpp.records.collections.rules import places, register
from vkpp.records.ground.scope import machinery
from vkpp.records.work import commands as work
from vkpp.records.work.models import Task

FORCE = "ashwater"


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The files of one force's clean invented return of 2024, at the smallest scale."""
    folder = tmp_path_factory.mktemp("sent")
    nation = make_nation_year(2024, 100, 2024, clean=True)
    number, force = next((n, f) for n, f in enumerate(respondents()) if f.force_id == FORCE)
    (delivery,), _ = write_year(nation, number, force, folder)
    return sorted({path for path, _ in delivery.files.values()})


@pytest.fixture
def service(committed: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A service of invented returns in a folder of its own, and the environment for another process on it."""
    monkeypatch.setattr(settings, "FOLDER", tmp_path / "service")
    monkeypatch.setattr(settings, "INVENTED", True)
    (tmp_path / "service").mkdir()
    yield committed | {"VKPP_DEMO": "yes"}


def begun(files: list[Path], *, period: str = "CY2024") -> tuple[Scene, UUID]:
    """A round in which ashwater's return waits, and it: its people are Eastmere's, which stands for it."""
    scene = found_scene(opened=False)
    with machinery("the test gives the force the code of the files"):
        from vkpp.records.people.models import Organisation

        Organisation.objects.filter(pk=scene.nation.eastmere).update(code=FORCE, name="Ashwater")
    by = viewer(scene.national)
    round_ = commands.draft_round(
        by=by, at=AT, collection="csae", period=period, opens_on=AT.date(), working_days=20, respondents=[scene.nation.eastmere]
    )
    commands.open_round(by=by, at=AT, round_=round_)
    return scene, queries.round_overview(viewer=by, round_=round_).returns[0].id


def send(scene: Scene, key: UUID, files: list[Path]) -> UUID:
    upload = places.keep(register.root(), [(path.name, path) for path in files])
    return commands.receive(by=viewer(scene.preparer), at=AT, submission=key, upload=upload)


def do(name: str) -> None:
    """Do the one task of this name that is due."""
    done = work.work_once(jobs={name: jobs.jobs()[name]}, worker="test", now=lambda: datetime.now(UTC))
    assert done
    assert not Task.objects.unscoped("test").filter(name=name).exclude(state="done").exists()


def row(scene: Scene, key: UUID) -> Submission:
    found = Submission.objects.unscoped("test").get(pk=key)
    assert isinstance(found, Submission)
    return found


def answered(scene: Scene, key: UUID) -> None:
    by = viewer(scene.preparer)
    for query in queries.submission_page(viewer=by, submission=key).queries:
        if query.state == "open":
            commands.answer(by=by, at=AT, query=query.id, reason="The force has looked: it is right.")


def accepted_up_to_the_job(scene: Scene, key: UUID) -> None:
    answered(scene, key)
    number = row(scene, key).version
    commands.offer(by=viewer(scene.preparer), at=AT, submission=key)
    commands.certify(by=viewer(scene.certifier), at=AT, submission=key, version=number)
    commands.approve(by=viewer(scene.area), at=AT, submission=key, version=number)
    commands.accept(by=viewer(scene.national), at=AT, submission=key, version=number)


@pytest.mark.slow
def test_a_return_from_its_files_to_the_store_and_the_index_rebuilt(service: dict[str, str], files: list[Path]) -> None:
    scene, key = begun(files)
    version = send(scene, key, files)
    do(commands.CHECK)
    page = queries.submission_page(viewer=viewer(scene.preparer), submission=key)
    assert page.row.state in ("ready", "to_answer"), (page.versions[0].trouble, page.checks)
    newest = page.versions[0]
    assert newest.total == newest.records["crimes"] > 0 and newest.checks_ran == newest.checks_all > 20
    assert newest.lines and "lines =" in newest.lines[0]
    found = queries.findings(viewer=viewer(scene.preparer), submission=key)
    assert found.all == newest.errors + newest.queries + newest.notes == len(found.rows)
    if found.checks:
        check, _, n = found.checks[0]
        assert queries.findings(viewer=viewer(scene.preparer), submission=key, check=check, length=2).matching == n
    accepted_up_to_the_job(scene, key)
    do(commands.ACCEPT)
    assert row(scene, key).state == "accepted" and not places.sent(register.root(), version).exists()
    receipt = queries.receipt(viewer=viewer(scene.preparer), submission=key)
    store = Store(places.store(register.root()))
    (kept,) = store.all()
    assert receipt.store_name == kept.receipt["receipt"] == f"csae/CY2024/{FORCE}/v0001" and store.verify() == []
    assert str(scene.national) in kept.receipt["by"] and "Ional" not in str(kept.receipt)

    assert jobs.reindex(AT) == {"known": 1, "mended": 0, "added": 0, "strange": 0, "missing": 0}
    with machinery("the index is lost"):
        Version.objects.filter(pk=version).update(receipt="", receipt_sha256="", accepted_at=None, total=None)
        Submission.objects.filter(pk=key).update(state="accepting", accepted=0)
    assert jobs.reindex(AT)["added"] == 1
    again = queries.receipt(viewer=viewer(scene.preparer), submission=key)
    assert (again.store_name, again.store_sha256, again.version) == (receipt.store_name, receipt.store_sha256, 1)
    assert row(scene, key).state == "accepted"

    send(scene, key, files)  # the same records once more
    do(commands.CHECK)
    newest = queries.submission_page(viewer=viewer(scene.preparer), submission=key).versions[0]
    assert any("no record differs" in line for line in newest.difference)


@pytest.mark.slow
def test_a_broken_file_and_a_file_that_names_somebody(service: dict[str, str], files: list[Path], tmp_path: Path) -> None:
    scene, key = begun(files)
    nonsense = tmp_path / "crimes.xlsx"
    nonsense.write_bytes(b"PK\x03\x04 this is no workbook")
    version = send(scene, key, [nonsense])
    do(commands.CHECK)
    page = queries.submission_page(viewer=viewer(scene.preparer), submission=key)
    assert page.row.next_words == "Send a file that can be read" and "crimes.xlsx" in page.versions[0].trouble
    assert not places.sent(register.root(), version).exists()
    named = tmp_path / "victims.csv"
    victims = next(path for path in files if "victims" in path.stem)
    lines = victims.read_text(encoding="utf-8-sig").splitlines()
    named.write_text("\n".join([lines[0] + ",Full name", *(line + ",Zebedee Planted" for line in lines[1:])]), encoding="utf-8")
    version = send(scene, key, [*(path for path in files if "victims" not in path.stem), named])
    do(commands.CHECK)
    trouble = queries.submission_page(viewer=viewer(scene.preparer), submission=key).versions[0].trouble
    assert "a name" in trouble and "set aside" in trouble and "Zebedee" not in trouble
    assert not places.findings(register.root(), version).exists() and not places.sent(register.root(), version).exists()


@pytest.mark.slow
def test_a_nil_return_is_kept_with_empty_tables(service: dict[str, str], files: list[Path]) -> None:
    scene, key = begun(files)
    commands.declare_nil(by=viewer(scene.preparer), at=AT, submission=key, reason="No crime of the kind was recorded.")
    accepted_up_to_the_job(scene, key)
    do(commands.ACCEPT)
    (kept,) = Store(places.store(register.root())).all()
    assert kept.receipt["nil"] is True and kept.receipt["tables"]["crimes"]["records"] == 0
    assert row(scene, key).state == "accepted"


KILLED = """
import os, signal, sys
import django
django.setup()
from datetime import UTC, datetime
from vkpp.ops import jobs, returns
from vkpp.records.collections import commands
from vkpp.records.work import commands as work

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    if sys.argv[1] == "before":
        returns.keep_apart = die
    elif sys.argv[1] == "after":
        commands.note_kept = die
    name = commands.ACCEPT
    work.work_once(jobs={name: jobs.jobs()[name]}, worker="killed", now=lambda: datetime.now(UTC))
"""


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_in_acceptance_leaves_old_or_new_and_nothing_twice(
    service: dict[str, str], files: list[Path], tmp_path: Path, moment: str
) -> None:
    """Killed before or after the store has it: the return is not accepted yet, and the next worker accepts it, once."""
    scene, key = begun(files)
    commands.declare_nil(by=viewer(scene.preparer), at=AT, submission=key, reason="No crime of the kind was recorded.")
    accepted_up_to_the_job(scene, key)
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    shutil.copytree(register.root(), Path(service["VKPP_FOLDER"]), dirs_exist_ok=True)
    environment = dict(os.environ) | service | {"DJANGO_SETTINGS_MODULE": "vkpp.ops.settings"}
    done = subprocess.run([sys.executable, str(script), moment], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    settings.FOLDER = Path(service["VKPP_FOLDER"])
    store = Store(places.store(register.root()))
    assert len(list(store.all())) == (1 if moment == "after" else 0)
    assert row(scene, key).state == "accepting"
    with machinery("the killed worker's lease runs out"):
        Task.objects.filter(name=commands.ACCEPT).update(lease_until=datetime(2026, 1, 1, tzinfo=UTC))
    do(commands.ACCEPT)
    assert row(scene, key).state == "accepted"
    assert len(list(store.all())) == 1 and store.verify() == []


@pytest.mark.slow
def test_a_child_that_runs_out_of_time_or_memory_says_so_to_its_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[Path]
) -> None:
    upload = places.keep(tmp_path, [(path.name, path) for path in files])
    task = returns.Task(
        root=tmp_path,
        invented=True,
        version=upload.id,
        nil=False,
        collection="csae",
        period="CY2024",
        force_id=FORCE,
        reasons={},
        waived=frozenset(),
        accepted_by="",
        at="2026-03-02T09:00:00Z",
    )
    monkeypatch.setattr(returns, "SECONDS", 0.05)
    assert "took longer than" in returns.check_apart(task).trouble
    monkeypatch.undo()
    assert returns.check_apart(task).trouble == ""
