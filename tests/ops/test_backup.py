"""A backup made while somebody writes, the service destroyed, restored elsewhere, and nothing found to change."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connections

from tests.ops.conftest import Run
from tests.records import database
from tests.records.collecting import Scene
from tests.records.nation import AT, DAY, viewer
from tests.records.test_collections_work import accepted_up_to_the_job, begun, do, row, send
from vkpp.basics.problems import UnreadableFile
from vkpp.engine.keeping import NewVersion, Store
from vkpp.engine.keeping.writing import leftovers
from vkpp.ops import backing_up, databases, jobs
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules import places, register
from vkpp.records.ground.viewer import system
from vkpp.records.trail import commands as trail
from vkpp.records.trail.queries import head


@contextmanager
def working_on(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process works on the restored service."""
    connections.close_all()
    kept = connections.settings["default"]
    before = kept["NAME"]
    if database.SERVER:
        kept["NAME"] = environment["VKPP_DATABASE"].partition("?")[0].rpartition("/")[2]
    else:
        kept["NAME"] = str(Path(environment["VKPP_FOLDER"]) / "records.sqlite3")
    monkeypatch.setattr(settings, "FOLDER", Path(environment["VKPP_FOLDER"]))
    try:
        yield
    finally:
        connections.close_all()
        kept["NAME"] = before


def here() -> backing_up.Place:
    kept = dict(connections.settings["default"])
    return backing_up.Place(Path(settings.FOLDER), Path(settings.TRAIL_HEADS), kept, True, "k" * 60)


def export_head() -> None:
    jobs.write_head(Path(settings.TRAIL_HEADS), head().number, head().digest, AT)


def accepted(files: list[Path]) -> tuple[Scene, UUID]:
    scene, key = begun(files)
    send(scene, key, files)
    do(commands.CHECK)
    accepted_up_to_the_job(scene, key)
    do(commands.ACCEPT)
    assert row(scene, key).state == "accepted"
    return scene, key


@contextmanager
def somebody_writes() -> Iterator[list[BaseException]]:
    stop, troubles = threading.Event(), []

    def write() -> None:
        number = 0
        try:
            while not stop.is_set():
                number += 1
                trail.opened(by=system("test", DAY), at=AT, about=f"test/{number}")
        except BaseException as problem:  # noqa: BLE001
            troubles.append(problem)
        finally:
            connections.close_all()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield troubles
    finally:
        stop.set()
        thread.join()


def proved(vkpp: Run, environment: dict[str, str]) -> str:
    """What the three proofs say of a restored service: all is well, and nothing is to be changed."""
    code, verified = vkpp(environment, "verify", "--store", str(Path(environment["VKPP_FOLDER"]) / "store"))
    assert code == 0 and "every byte as accepted" in verified, verified
    code, trail_said = vkpp(environment, "verify-trail")
    assert code == 0 and "The trail is whole" in trail_said, trail_said
    code, index = vkpp(environment, "reindex")
    rows, found, *packs = index.splitlines()
    assert code == 0 and rows.endswith(": 0 row(s) changed.") and found.endswith(": 0 entry(s) changed."), index
    # What can be made again from the store is in no backup; a second time there is nothing to make.
    assert len(packs) <= 1 and all(line.endswith("are made again from the store.") for line in packs), index
    assert "made again" not in vkpp(environment, "reindex")[1]
    return verified + trail_said + index


@pytest.mark.slow
def test_a_service_is_backed_up_while_somebody_writes_destroyed_and_restored(
    service: dict[str, str],
    elsewhere: dict[str, str],
    files: list[Path],
    vkpp: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene, key = accepted(files)
    export_head()
    waiting = send(scene, key, files)  # a correction that nobody has checked yet
    before = head().number
    connections.close_all()
    out = tmp_path / "backup"
    with somebody_writes() as troubles:
        code, text = vkpp(service, "backup", "--out", str(out))
    assert troubles == [] and code == 0, text
    assert "not encrypted" in text and re.search(r"hash is [0-9a-f]{64}", text)
    assert before < (entries := json.loads((out / "manifest.json").read_bytes())["trail"]["number"]) < head().number
    export_head()  # this one vouches for entries that the backup does not have
    connections.close_all()
    shutil.rmtree(service["VKPP_FOLDER"])
    shutil.rmtree(service["VKPP_TRAIL_HEADS"])  # the witness is lost with it

    code, text = vkpp(elsewhere, "restore", "--from", str(out))
    assert code == 0 and f"up to entry {entries:,}" in text and "sign in again" in text and "key" not in text, text
    said = proved(vkpp, elsewhere)
    assert "1 version(s) of invented returns" in said and "vouch for every entry" in said
    code, text = vkpp(elsewhere, "restore", "--from", str(out))
    assert code == 1 and "not empty" in text

    with working_on(elsewhere, monkeypatch):
        assert places.sent(register.root(), waiting).is_dir() and row(scene, key).state == "checking"
        do(commands.CHECK)  # what was asked for before the loss is done after it
        page = queries.submission_page(viewer=viewer(scene.preparer), submission=key)
        assert page.versions[0].trouble == "" and page.versions[0].checks_ran > 20
        first = next(one for one in page.versions if one.number == 1)
        assert first.total and queries.receipt(viewer=viewer(scene.preparer), submission=key).version == 1


@pytest.mark.slow
def test_what_is_accepted_between_the_database_and_the_files_is_found_by_its_receipt(
    service: dict[str, str],
    elsewhere: dict[str, str],
    files: list[Path],
    vkpp: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The order is the point: the copied row says "being put into the store", and the copied store has it already."""
    scene, key = begun(files)
    commands.declare_nil(by=viewer(scene.preparer), at=AT, submission=key, reason="No crime of the kind was recorded.")
    accepted_up_to_the_job(scene, key)
    dump = databases.dump

    def then_accepted(*args: object) -> databases.Taken:
        taken = dump(*args)  # type: ignore[arg-type]
        do(commands.ACCEPT)
        export_head()
        return taken

    monkeypatch.setattr(databases, "dump", then_accepted)
    backing_up.back_up(here(), tmp_path / "backup", at="2026-03-02T09:00:00Z")
    connections.close_all()
    shutil.rmtree(service["VKPP_FOLDER"])
    code, text = vkpp(elsewhere, "restore", "--from", str(tmp_path / "backup"))
    assert code == 0 and "1 version(s) were accepted while the backup was made" in text, text
    assert "vouches for entries after the backup, which are lost" in text  # the witness outlived the loss, and says so
    code, text = vkpp(elsewhere, "verify-trail")
    assert code == 1 and "names entry" in text
    (Path(service["VKPP_TRAIL_HEADS"])).rename(tmp_path / "evidence")
    proved(vkpp, elsewhere)
    with working_on(elsewhere, monkeypatch):
        assert row(scene, key).state == "accepted"


def test_a_restore_refuses_what_it_cannot_put_back_whole(
    service: dict[str, str], elsewhere: dict[str, str], vkpp: Run, tmp_path: Path
) -> None:
    findings = places.findings(register.root(), UUID(int=1))
    findings.parent.mkdir()
    findings.write_bytes(b"findings of somebody's return")
    out = tmp_path / "backup"
    backing_up.back_up(here(), out, at="2026-03-02T09:00:00Z")
    code, text = vkpp(service, "restore", "--from", str(out))
    assert code == 1 and "the database has tables" in text

    kept = out / "findings" / findings.name
    kept.write_bytes(b"findings of somebody's Return")
    code, text = vkpp(elsewhere, "restore", "--from", str(out))
    assert code == 2 and f"findings/{findings.name} is not what was backed up" in text and "nothing was restored" in text
    kept.unlink()
    code, text = vkpp(elsewhere, "restore", "--from", str(out))
    assert code == 2 and f"{findings.name} is gone" in text
    kept.write_bytes(b"findings of somebody's return")
    (out / "sent").mkdir()
    (out / "sent" / "planted").write_bytes(b"x")
    code, text = vkpp(elsewhere, "restore", "--from", str(out))
    assert code == 2 and "sent/planted is no part of this backup" in text
    shutil.rmtree(out / "sent")

    code, text = vkpp(elsewhere | {"VKPP_DEMO": "no"}, "restore", "--from", str(out))
    assert code == 1 and "The backup holds invented records, and this is a service of real ones" in text
    code, text = vkpp(elsewhere, "restore", "--from", str(tmp_path))
    assert code == 2 and "no manifest of a backup that can be believed" in text
    tampered(out, lambda said: said["program"].update(version="0.0.1"), seal=False)
    code, text = vkpp(elsewhere, "restore", "--from", str(out))
    assert code == 2 and "no manifest of a backup that can be believed" in text
    tampered(out, lambda said: None)
    code, text = vkpp(elsewhere, "restore", "--from", str(out))
    assert code == 1 and "made by vkpp 0.0.1" in text and "install vkpp 0.0.1" in text
    tampered(out, lambda said: said["program"].update(version=backing_up.VERSION))
    tampered(out, lambda said: said["database"]["migrations"].append("work.0999_of_tomorrow"))
    code, text = vkpp(elsewhere, "restore", "--from", str(out))
    assert code == 1 and "such as work.0999_of_tomorrow" in text
    tampered(out, lambda said: said["database"]["migrations"].pop())
    tampered(out, lambda said: said["files"].update({"sent/../../x": {"bytes": 1, "sha256": ""}}))
    code, text = vkpp(elsewhere, "restore", "--from", str(out))
    assert code == 2 and "no manifest of a backup that can be believed" in text
    tampered(out, lambda said: said["files"].pop("sent/../../x"))
    assert not (Path(elsewhere["VKPP_FOLDER"]) / "findings").exists()

    other = tmp_path / "other.key"
    other.write_text("o" * 60, encoding="ascii")
    other.chmod(0o600)
    code, text = vkpp(elsewhere | {"VKPP_SECRET_KEY_FILE": str(other)}, "restore", "--from", str(out))
    assert code == 0 and "second factors do not open" in text, text
    assert (Path(elsewhere["VKPP_FOLDER"]) / "findings" / findings.name).read_bytes() == kept.read_bytes()
    proved_but_for_a_store(vkpp, elsewhere)


def proved_but_for_a_store(vkpp: Run, environment: dict[str, str]) -> None:
    assert vkpp(environment, "verify-trail")[0] == 0
    code, text = vkpp(environment, "reindex")
    assert (code, text) == (0, "0 version(s) in the store: 0 row(s) changed.\nSearch finds 0 thing(s): 0 entry(s) changed.\n")


def tampered(out: Path, change: object, *, seal: bool = True) -> None:
    """The manifest changed, and its hash with it where `seal` says so."""
    import hashlib

    from vkpp.engine.keeping.writing import document

    said = json.loads((out / "manifest.json").read_bytes())
    change(said)  # type: ignore[operator]
    (out / "manifest.json").write_bytes(document(said))
    if seal:
        sha256 = hashlib.sha256((out / "manifest.json").read_bytes()).hexdigest()
        (out / "manifest.sha256").write_text(f"{sha256}  manifest.json\n", encoding="ascii")


def test_a_restore_that_was_cut_off_is_taken_up_again(
    service: dict[str, str], elsewhere: dict[str, str], vkpp: Run, tmp_path: Path
) -> None:
    out = tmp_path / "backup"
    backing_up.back_up(here(), out, at="2026-03-02T09:00:00Z")
    folder = Path(elsewhere["VKPP_FOLDER"])
    (folder / "sent" / "a").mkdir(parents=True)
    (folder / "sent" / "a" / "crimes.csv").write_bytes(b"put here by a restore that was killed")
    code, text = vkpp(elsewhere, "restore", "--from", str(out))
    assert code == 1 and "the folder sent holds files" in text  # it could be anybody's
    (folder / "restoring.json").write_bytes(b"{}")
    code, text = vkpp(elsewhere, "restore", "--from", str(out))
    assert code == 0 and not (folder / "sent").exists() and not (folder / "restoring.json").exists(), text


def test_a_backup_is_made_anew_elsewhere_and_of_a_service_that_has_run(
    service: dict[str, str], elsewhere: dict[str, str], vkpp: Run, tmp_path: Path
) -> None:
    code, text = vkpp(service, "backup", "--out", str(tmp_path))
    assert code == 64 and "is there already" in text
    code, text = vkpp(service, "backup", "--out", str(Path(service["VKPP_FOLDER"]) / "b"))
    assert code == 64 and "be lost with it" in text
    code, text = vkpp(elsewhere, "backup", "--out", str(tmp_path / "b"))
    assert code == 64 and "no tables yet" in text and not (tmp_path / "b").exists()
    gone = elsewhere | {"VKPP_DATABASE": "postgresql://u:hunter2@127.0.0.1:1/x"}
    for verb in (("backup", "--out", str(tmp_path / "b")), ("reindex",)):
        code, text = vkpp(gone, *verb)
        assert code == 2 and "does not answer" in text and "hunter2" not in text


def test_the_store_is_copied_as_it_really_was_while_versions_come_and_go(tmp_path: Path) -> None:
    """Versions are accepted and destroyed while the copy is made: it verifies, and holds nothing destroyed or set aside."""
    store = Store(tmp_path / "from" / "store")
    table = tmp_path / "crimes.parquet"
    table.write_bytes(b"x" * 2000)
    stop = threading.Event()

    def accept(number: int) -> None:
        stripped = {f"{number:064x}": f"copy {number}".encode()}
        store.accept(NewVersion("csae", "CY2024", "ashwater", {"crimes": table}, {"crimes": 1}, stripped, {}))
        if number % 3 == 0:
            store.destroy(store.versions("csae", "CY2024", "ashwater")[-1], by=["A", "B"], reason="test", at="2026")

    def busy() -> None:
        number = 10
        while not stop.wait(0.003):
            number += 1
            accept(number)

    for number in range(1, 10):
        accept(number)
    set_aside = tmp_path / "named.csv"
    set_aside.write_text("Zebedee Planted", encoding="utf-8")
    store.quarantine(set_aside, "a" * 64, ["a name"])
    (store.folder / ".incoming-1").write_bytes(b"half")
    thread = threading.Thread(target=busy)
    thread.start()
    try:
        threading.Timer(1.0, stop.set).start()
        backing_up._copy_area(store.folder, tmp_path / "to" / "store")
    finally:
        stop.set()
        thread.join()
    copy = Store(tmp_path / "to" / "store")
    assert copy.verify() == [] and len(list(copy.all())) >= 9
    assert any(one.destroyed for one in copy.all()) and not (copy.folder / "quarantine").exists()


def test_a_working_folder_that_goes_while_it_is_looked_into_stops_neither_a_backup_nor_the_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, scan = tmp_path / "store", os.scandir
    (store / "returns").mkdir(parents=True)
    (store / "returns" / "kept").write_bytes(b"kept")

    def renamed_just_now(path: Any = ".") -> Any:
        if Path(str(path)).name.startswith(".incoming-"):
            shutil.rmtree(path)
        return scan(path)

    for look in (lambda: sorted(backing_up._listing(store)) == ["returns/kept"], lambda: len(leftovers(store)) <= 1):
        (store / "returns" / ".incoming-1").mkdir()
        with monkeypatch.context() as patched:
            patched.setattr(os, "scandir", renamed_just_now)
            assert look()
        assert not (store / "returns" / ".incoming-1").exists()


def test_files_that_never_stand_still_are_said_and_no_half_backup_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backing_up, "_PAUSE", 0)
    area = tmp_path / "store"
    area.mkdir()
    (area / "register.json").write_text("{}")
    listing, count = backing_up._listing, iter(range(1000))

    def restless(source: Path) -> dict[str, backing_up.Mark]:
        (area / f"new-{next(count)}").write_text("x")
        return listing(source)

    monkeypatch.setattr(backing_up, "_listing", restless)
    with pytest.raises(UnreadableFile, match="did not stand still"):
        backing_up._copy_area(area, tmp_path / "out")


def test_reindex_names_what_differs(service: dict[str, str], vkpp: Run, tmp_path: Path) -> None:
    from tests.records.collecting import found_scene
    from vkpp.ops import stores

    scene = found_scene()
    scene.accepted(scene.east)  # its row names a version that no store holds
    connections.close_all()
    code, text = vkpp(service, "reindex")
    assert code == 1 and "Has a row, and the store does not hold it: csae/CY2026Q1/eastmere/v0001" in text, text
    store = stores.store_for(Path(service["VKPP_FOLDER"]) / "store", invented=True)
    table = tmp_path / "crimes.parquet"
    table.write_bytes(b"x")
    said = {"at": "2026-03-02T09:00:00Z", "by": "somebody", "specification": "csae 2026-11-proposed", "received": []}
    for force, period in (("eastmere", "CY2026Q1"), ("westholt", "CY2026Q1"), ("westholt", "CY2019Q1")):
        store.accept(NewVersion("csae", period, force, {"crimes": table}, {"crimes": 1}, {}, said))
    code, text = vkpp(service, "reindex")
    assert "The row said something else and was mended: csae/CY2026Q1/eastmere/v0001" in text
    assert "Had no row and has one now: csae/CY2026Q1/westholt/v0001" in text
    assert "Is of no round of this service, and was left alone: csae/CY2019Q1/westholt/v0001" in text
    assert code == 1 and "3 version(s) in the store: 2 row(s) changed, 1 difference(s) left" in text
    assert "No pack can be made, because its tables cannot be read; `vkpp verify` says what is damaged: csae/CY2026Q1/" in text
