"""A backup of the service: the database first, then the files that its rows speak of, then a manifest with every hash.

    BACKUP/manifest.json, manifest.sha256
    BACKUP/database/records.sqlite3 or records.dump
    BACKUP/store, compartments, sent, findings, editions   as in VKPP_FOLDER
    BACKUP/trail-heads                       the exported heads, up to the last entry of the database's copy

The database comes first: a file without its row is found again by `vkpp reindex`, a row without its file would be a loss.
Nothing here is encrypted; who runs the service keeps backups on a medium that is.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vkpp.basics.problems import UnreadableFile, UsageProblem
from vkpp.engine.keeping import Store
from vkpp.engine.keeping.writing import INCOMING, document, folder_made_whole, sha256_of, under
from vkpp.ops import databases
from vkpp.ops.version import VERSION, lock_hash

FORM = "vkpp-backup-1"
MANIFEST, SUM, DATABASE, HEADS = "manifest.json", "manifest.sha256", "database", "trail-heads"
STORE, COMPARTMENTS = "store", "compartments"
AREAS = (STORE, COMPARTMENTS, "sent", "findings", "editions")
_LEFT_OUT = "quarantine"  # files with a name or an address in them: a copy of them is one too many
_HEAD = re.compile(r"head-(\d+)\.json\Z")
_TRIES, _PAUSE = 20, 0.2

Mark = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service keeps what it has. `database` is Django's dictionary; `secret` the service's key."""

    folder: Path
    heads: Path
    database: Mapping[str, Any]
    invented: bool
    secret: str


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made: its manifest's hash, counts, the last entry of the trail in it, and faults of its store."""

    sha256: str
    files: int
    bytes: int
    number: int
    faults: tuple[str, ...]


def place_of_settings() -> Place:
    """The service that the environment names. Sets Django up."""
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vkpp.ops.settings")
    django.setup()
    from django.conf import settings

    return Place(
        folder=Path(settings.FOLDER),
        heads=Path(settings.TRAIL_HEADS),
        database=dict(settings.DATABASES["default"]),
        invented=bool(settings.INVENTED),
        secret=str(settings.SECRET_KEY),
    )


def back_up(place: Place, out: Path, *, at: str) -> Made:
    """Back up into a new folder, whole or not at all, while the service goes on working. `at` is an instant in UTC.

    Raises UsageProblem where `out` is there or lies in the service's folder, UnreadableFile where the database does not answer.
    """
    _demand_new(place, out)
    with folder_made_whole(out) as incoming:
        incoming.chmod(0o700)
        (incoming / DATABASE).mkdir()
        taken = databases.dump(place.database, incoming / DATABASE)
        for area in AREAS:
            _copy_area(place.folder / area, incoming / area)
        _copy_heads(place.heads, incoming / HEADS, taken.number)
        faults = list(_faults(incoming))
        files = dict(_hashed(incoming))
        said = _manifest(place, taken, files, at)
        (incoming / MANIFEST).write_bytes(said)
        sha256 = hashlib.sha256(said).hexdigest()
        (incoming / SUM).write_text(f"{sha256}  {MANIFEST}\n", encoding="ascii")
    return Made(sha256, len(files), sum(one["bytes"] for one in files.values()), taken.number, tuple(faults))


def _faults(copy: Path) -> Iterator[str]:
    for folder in (copy / STORE, *sorted((copy / COMPARTMENTS).glob("*"))):
        if folder.is_dir():
            yield from Store(folder).verify()


def key_mark(secret: str) -> str:
    """By what a key is known again without being kept: second factors open only under the key they were made with."""
    return hmac.new(secret.encode(), FORM.encode(), "sha256").hexdigest()[:32]


def _demand_new(place: Place, out: Path) -> None:
    if out.exists():
        raise UsageProblem(f"{out.name} is there already.", expected="a new folder", next_step="name another with --out")
    if out.resolve().is_relative_to(place.folder.resolve()):
        raise UsageProblem(
            "The backup would lie in the service's own folder, and be lost with it.",
            expected="a folder elsewhere, on another disk",
            next_step="name another with --out",
        )


def _manifest(place: Place, taken: databases.Taken, files: Mapping[str, Mapping[str, Any]], at: str) -> bytes:
    return document(
        {
            "form": FORM,
            "at": at,
            "program": {"version": VERSION, "lock_hash": lock_hash()},
            "database": {"kind": taken.kind, "file": taken.file, "migrations": list(taken.migrations)},
            "trail": {"number": taken.number, "digest": taken.digest},
            "invented": place.invented,
            "key": key_mark(place.secret),
            "files": dict(files),
        }
    )


def _hashed(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        yield name, {"bytes": path.stat().st_size, "sha256": sha256_of(path)}


# Copying what may change meanwhile


def _copy_area(source: Path, target: Path) -> None:
    """The store is one whole; elsewhere every entry (a compartment's store, a version's files, an edition) is a whole."""
    if source.name == STORE:
        _copy_whole(source, target)
        return
    for child in sorted(source.iterdir()) if source.is_dir() else []:
        if not child.name.startswith(INCOMING):
            _copy_whole(child, target / child.name)


def _copy_whole(source: Path, target: Path) -> None:
    """Copy until two looks in a row see the same: then the copy is a state that was really there.

    Files are only added or removed, never changed, so that a further round has little to do. What has gone is not kept.
    """
    held: dict[str, Mark] = {}
    for attempt in range(_TRIES):
        seen = _listing(source)
        for name in held.keys() - seen.keys():
            (target / name).unlink(missing_ok=True)
            held.pop(name)
        for name, mark in seen.items():
            if held.get(name) != mark and _copied(source / name, target / name):
                held[name] = mark
        if held == seen == _listing(source):
            return
        time.sleep(_PAUSE * (attempt > 0))
    raise UnreadableFile(
        f"The files in {source.name} did not stand still long enough to be copied.",
        where="VKPP_FOLDER",
        expected="a moment without a new file",
        next_step="try again at a quieter hour",
    )


def _listing(source: Path) -> dict[str, Mark]:
    """Every file by its path under `source` ("" for a single file), without what is half-written or set aside."""
    if source.is_file():
        return {"": _mark(source)}
    found: dict[str, Mark] = {}
    for path in under(source):
        parts = path.relative_to(source).parts
        if (parts[0] == _LEFT_OUT and _is_store(source)) or any(part.startswith(INCOMING) for part in parts):
            continue
        try:
            if path.is_file():
                found["/".join(parts)] = _mark(path)
        except FileNotFoundError:
            continue  # it went between the two looks
    return found


def _is_store(folder: Path) -> bool:
    return folder.name == STORE or folder.parent.name == COMPARTMENTS


def _mark(path: Path) -> Mark:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino


def _copied(source: Path, target: Path) -> bool:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError:
        target.unlink(missing_ok=True)
        return False
    target.chmod(0o600)
    return True


def _copy_heads(source: Path, target: Path, last: int) -> None:
    """Heads that were exported since the database was copied would accuse the copy of having lost what came after."""
    for path in sorted(source.glob("head-*.json")):
        found = _HEAD.match(path.name)
        if found and int(found[1]) <= last:
            _copied(path, target / path.name)


# Reading a backup


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup as its manifest describes it."""

    folder: Path
    said: Mapping[str, Any]
    sha256: str

    @property
    def files(self) -> Mapping[str, Mapping[str, Any]]:
        return dict(self.said["files"])

    def under(self, area: str) -> list[str]:
        return [name for name in self.files if name.startswith(f"{area}/")]


def backup_in(folder: Path) -> Backup:
    """Read a backup's manifest. Raises UnreadableFile where there is none or it is not what was written."""
    try:
        text = (folder / MANIFEST).read_bytes()
        wanted = (folder / SUM).read_text(encoding="ascii").split()[0]
        said = json.loads(text)
        whole = said["form"] == FORM and hashlib.sha256(text).hexdigest() == wanted
    except (OSError, ValueError, KeyError, IndexError, TypeError) as problem:
        raise _no_backup(folder) from problem
    if not whole or not all(_is_ours(name) for name in said["files"]):
        raise _no_backup(folder)
    return Backup(folder, said, wanted)


def _is_ours(name: str) -> bool:
    area, _, rest = name.partition("/")
    return area in (*AREAS, DATABASE, HEADS) and bool(rest) and not {"", ".", ".."} & set(rest.split("/"))


def _no_backup(folder: Path) -> UnreadableFile:
    return UnreadableFile(
        f"{folder.name} holds no manifest of a backup that can be believed.",
        where=f"{MANIFEST} and {SUM}",
        expected="a folder made by `vkpp backup`, as it was made",
        next_step="name that folder, or bring another backup",
    )


def faults_of(backup: Backup) -> list[str]:
    """What is wrong with a backup, in sentences: every byte is compared with the manifest."""
    there = {path.relative_to(backup.folder).as_posix(): path for path in backup.folder.rglob("*") if path.is_file()}
    faults = []
    for name, kept in backup.files.items():
        if name not in there:
            faults.append(f"{name} is gone.")
        elif there[name].stat().st_size != kept["bytes"] or sha256_of(there[name]) != kept["sha256"]:
            faults.append(f"{name} is not what was backed up.")
    extra = sorted(there.keys() - backup.files.keys() - {MANIFEST, SUM})
    return faults + [f"{name} is no part of this backup." for name in extra]
