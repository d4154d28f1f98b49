"""A backup put back into an empty place: everything is compared first, files come next, the database last."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from vkpp.basics.problems import RefusedByRule, UnreadableFile, UsageProblem
from vkpp.engine.keeping.writing import document, folder_made_whole
from vkpp.ops import backing_up, databases
from vkpp.ops.backing_up import AREAS, DATABASE, HEADS, Backup, Place
from vkpp.ops.version import VERSION

_MARK = "restoring.json"  # stands while a restore is on its way: what it finds there was put there by one that was cut off


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back. `index` is None where the tables must be brought up to date first; `words` are to be read."""

    number: int
    files: int
    at: str
    index: Mapping[str, int] | None
    words: tuple[str, ...]


def restore(place: Place, folder: Path, *, at: datetime) -> Restored:
    """Put a backup back and rebuild the index from the store. Nothing is written before everything was compared.

    Raises UnreadableFile for a damaged backup, RefusedByRule for another program, register or kind of database or a place that
    holds something, UsageProblem where there is no room.
    """
    backup = backing_up.backup_in(folder)
    _demand_program(backup)
    _demand_same_service(backup, place)
    _demand_whole(backup)
    _demand_empty(place, backup)
    _demand_room(backup, place.folder)
    (place.folder / _MARK).write_bytes(document({"manifest": backup.sha256}))
    for area in AREAS:
        _put_back(backup, area, place.folder / area)
    _put_heads_back(backup, place.heads)
    databases.load(place.database, folder / DATABASE / backup.said["database"]["file"])
    index = _finished(place, at)
    (place.folder / _MARK).unlink()
    words = tuple(_words(backup, place, index))
    return Restored(backup.said["trail"]["number"], len(backup.files), backup.said["at"], index, words)


# What is demanded before anything is written


def _demand_program(backup: Backup) -> None:
    made_by = backup.said["program"]["version"]
    if made_by != VERSION:
        raise RefusedByRule(
            f"This backup was made by vkpp {made_by}, and this is vkpp {VERSION}.",
            expected="the version that made it, which knows its tables",
            next_step=f"install vkpp {made_by}, restore with it, and upgrade afterwards",
        )
    unknown = sorted(set(backup.said["database"]["migrations"]) - _known_migrations())
    if unknown:
        raise RefusedByRule(
            f"The backup's tables have {len(unknown)} changes that this program does not know, such as {unknown[0]}.",
            expected="the program that made the backup",
            next_step="install it, restore with it, and change the program afterwards",
        )


def _known_migrations() -> set[str]:
    """From the program's own files; no database is asked."""
    from django.db.migrations.loader import MigrationLoader

    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}


def _demand_same_service(backup: Backup, place: Place) -> None:
    kind = databases.kind_of(place.database)
    if backup.said["database"]["kind"] != kind:
        raise RefusedByRule(
            f"The backup is of a {backup.said['database']['kind']} database, and the settings name a {kind} one.",
            expected="a database of the same kind",
            next_step="set VKPP_DATABASE (PostgreSQL) or take it away (SQLite)",
        )
    if backup.said["invented"] != place.invented:
        held, here = ("invented", "real") if backup.said["invented"] else ("real", "invented")
        raise RefusedByRule(
            f"The backup holds {held} records, and this is a service of {here} ones.",
            expected="invented and real records in different services, always",
            next_step="name another VKPP_FOLDER, and see VKPP_DEMO",
        )


def _demand_whole(backup: Backup) -> None:
    faults = backing_up.faults_of(backup)
    if faults:
        more = f" {len(faults) - 1:,} further fault(s)." if len(faults) > 1 else ""
        raise UnreadableFile(
            f"The backup is damaged: {faults[0]}{more}",
            where=backup.folder.name,
            expected="every byte as the manifest says",
            next_step="bring another copy of this backup, or an earlier one; nothing was restored",
        )


def _demand_empty(place: Place, backup: Backup) -> None:
    if not databases.is_empty(place.database):
        raise _not_empty("the database has tables")
    if (place.folder / _MARK).exists():
        _clear(place)
    for area in AREAS:
        if any(path.is_file() for path in (place.folder / area).rglob("*")):
            raise _not_empty(f"the folder {area} holds files")
    for name in backup.under(HEADS):
        there = place.heads / Path(name).name
        if there.exists() and there.read_bytes() != (backup.folder / name).read_bytes():
            raise RefusedByRule(
                f"The exported head {there.name} is not the one in the backup.",
                where="VKPP_TRAIL_HEADS",
                expected="the heads of the service that was backed up",
                next_step="find out which of the two is of this service, and name the right folder or the right backup",
            )


def _clear(place: Place) -> None:
    """The database is put in last and is still empty: every file here was put there by a restore that was cut off."""
    for area in AREAS:
        shutil.rmtree(place.folder / area, ignore_errors=True)


def _not_empty(what: str) -> RefusedByRule:
    return RefusedByRule(
        f"The place is not empty: {what}.",
        where="VKPP_FOLDER and VKPP_DATABASE",
        expected="an empty folder and an empty database: a restore replaces nothing",
        next_step="name others, or move what is there away first",
    )


def _demand_room(backup: Backup, folder: Path) -> None:
    needed, free = sum(int(one["bytes"]) for one in backup.files.values()), shutil.disk_usage(folder).free
    if needed > free:
        raise UsageProblem(
            f"The backup has {needed:,} bytes, and {free:,} are free.",
            where="VKPP_FOLDER",
            next_step="make room, and try again",
        )


# Putting back


def _put_back(backup: Backup, area: str, final: Path) -> None:
    names = backup.under(area)
    shutil.rmtree(final, ignore_errors=True)  # empty folders: that no file is in it was demanded before
    if names:
        with folder_made_whole(final) as incoming:
            for name in names:
                _copied(backup.folder / name, incoming / name.partition("/")[2])


def _copied(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copyfile(source, target)
    target.chmod(0o600)


def _put_heads_back(backup: Backup, heads: Path) -> None:
    """Heads that are there already stay: the folder is somebody else's, who may have outlived the loss."""
    for name in backup.under(HEADS):
        if not (heads / Path(name).name).exists():
            _copied(backup.folder / name, heads / Path(name).name)


def _finished(place: Place, at: datetime) -> Mapping[str, int] | None:
    """Nobody stays signed in, and the index says what the store holds; None where the tables need a change first."""
    from django.contrib.sessions.models import Session
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from vkpp.ops import returns
    from vkpp.records.collections import commands as collections
    from vkpp.records.ground.viewer import system

    Session.objects.all().delete()  # somebody may have been shut out since the backup was made
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return None
    store = returns.in_store(place.folder, invented=place.invented)
    return collections.reindex(by=system("restore", at.date()), at=at, store=store)


def _words(backup: Backup, place: Place, index: Mapping[str, int] | None) -> Sequence[str]:
    words = []
    if index is None:
        words.append(
            "The tables need a change: run `python -m django migrate --settings vkpp.ops.settings`, then `vkpp reindex`."
        )
    elif index["added"]:
        words.append(f"{index['added']:,} version(s) were accepted while the backup was made, and are in the index now.")
    if index and index["strange"] + index["missing"]:
        words.append("The store and the database do not agree; `vkpp reindex` names where.")
    if backup.said["key"] != backing_up.key_mark(place.secret):
        words.append(
            "The key of VKPP_SECRET_KEY_FILE is not the one of the service that was backed up: second factors do not open under"
            " it. Bring that key back, or everybody sets up a new one."
        )
    later = [path.name for path in sorted(place.heads.glob("head-*.json")) if _number(path) > backup.said["trail"]["number"]]
    if later:
        words.append(
            f"{later[-1]} vouches for entries after the backup, which are lost: keep such heads as evidence, in a folder apart,"
            " before `vkpp verify-trail`."
        )
    return words


def _number(path: Path) -> int:
    digits = path.stem.partition("-")[2]
    return int(digits) if digits.isdigit() else 0
