"""Which work stands behind which name, and the loop of a worker that does it (`vkpp work`)."""

from __future__ import annotations

import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import duckdb
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import InterfaceError, OperationalError, close_old_connections, transaction
from pyarrow import ArrowException

from vkpp.basics.problems import RefusedByRule
from vkpp.basics.working_days import LONDON
from vkpp.engine.keeping.writing import leftovers
from vkpp.ops import ahead, packs, returns
from vkpp.records.collections import commands as collections
from vkpp.records.collections.queries import (
    files_needed,
    job_of,
    pack_job,
    packs_lacking,
    packs_superseded,
    stores_of_versions,
    versions_with_files,
)
from vkpp.records.collections.rules import places
from vkpp.records.collections.rules.outcomes import Checked
from vkpp.records.ground.viewer import system
from vkpp.records.people.states import LEFT
from vkpp.records.search import commands as search
from vkpp.records.trail import commands as trail
from vkpp.records.trail.queries import head
from vkpp.records.work import commands as work
from vkpp.records.work.queries import day_has_begun

_LOG = logging.getLogger("vkpp.work")

_IDLE_SECONDS = 1.0
_FINDINGS = timedelta(days=730)
_LEASE = timedelta(seconds=2 * returns.SECONDS)
_ATTEMPTS = 200  # hourly, for a week: a return that were given up on while a disk was full could not move any more


def now() -> datetime:
    """The instant, in UTC."""
    return datetime.now(UTC)


def send(letter: str, address: str, subject: str, body: str) -> None:
    """Hand one letter to the mail backend of the settings, under an id that stays the same if it goes twice."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    EmailMessage(subject, body, to=[address], headers={"Message-ID": f"<{letter}@{domain}>"}).send()


def purge(about: str, at: datetime) -> work.Finish:
    """Honour every retention, forget sessions that ran out, and what proved the second factor of people who have left."""

    _purge_files(at)

    def finish() -> None:
        trail.purge(by=system("purge", at.date()), at=at)
        SessionStore.clear_expired()
        Authenticator.objects.filter(user__state=LEFT).delete()
        cache.clear()  # counted attempts, none of which says anything after a day

    return finish


def _purge_files(at: datetime) -> None:
    """Files of returns go once nobody needs them (superseded, waived); findings after two years, like their rows."""
    root, needed = Path(settings.FOLDER), {str(key) for key in files_needed()}
    yesterday, long_ago = (at - timedelta(days=1)).timestamp(), (at - _FINDINGS).timestamp()
    for folder in (root / "sent").glob("*"):  # a day's grace: what arrived a moment ago has no row yet
        if folder.name not in needed and folder.stat().st_mtime < yesterday:
            shutil.rmtree(folder, ignore_errors=True)
    for path in (root / "findings").glob("*"):  # with the reports that were made of them
        if path.stat().st_mtime < long_ago:
            path.unlink(missing_ok=True)
    packs.forget_destroyed(root, stores_of_versions())
    packs.forget_superseded(root, packs_superseded())
    # What a killed process was writing when it was killed.
    left = [*(root / "uploads-arriving").glob("*"), *leftovers(root / "findings"), *leftovers(root / places.PACKS)]
    left += [path for _, store in places.stores(root) for path in leftovers(store)]
    for path in left:
        if path.exists() and path.stat().st_mtime < yesterday:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def make_ahead(about: str, at: datetime) -> work.Finish | None:
    """Make what pages hand out before somebody waits for it, and take away what older versions left."""
    ahead.sweep(Path(settings.FOLDER), at, invented=bool(settings.INVENTED))
    return None


def remind_of_reviews(about: str, at: datetime) -> work.Finish:
    """Write to whoever can decide an access review that is soon due."""
    return lambda: work.remind_of_reviews(by=system("reminders", at.date()), at=at)


def export_head(about: str, at: datetime) -> work.Finish:
    """Copy the trail's head, as a new file, to the folder that the database's administrator cannot write."""
    copy = head()
    write_head(Path(settings.TRAIL_HEADS), copy.number, copy.digest, at)
    return lambda: trail.note_head_exported(by=system("trail-head", at.date()), at=at, number=copy.number)


def write_head(folder: Path, number: int, digest: str, at: datetime) -> Path:
    """One file a head, never written again: its name is the entry's number. Gives its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"head-{number:012d}.json"
    text = json.dumps({"number": number, "digest": digest, "exported_at": at.isoformat(timespec="seconds")}) + "\n"
    if not path.exists():
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        aside.write_text(text, encoding="ascii")
        aside.replace(path)
    return path


def check_return(
    about: str, at: datetime, *, check: Callable[[returns.Task], Checked] = returns.check_apart
) -> work.Finish | None:
    """Check one version of a return in a process of its own. Files in which nothing could be checked are not kept."""
    task = _task(about, at)
    if task is None:
        return None
    outcome = check(task)
    _connected_anew()

    def finish() -> None:
        collections.note_checked(by=system("check", at.date()), at=at, version=task.version, outcome=outcome)
        if outcome.trouble:
            _forget_files(task)

    return finish


def _connected_anew() -> None:
    """The database may have been restarted during a long job, and what that found is not thrown away for it.

    Not within somebody's transaction, which would end with its connection.
    """
    if not transaction.get_connection().in_atomic_block:
        close_old_connections()


def keep_return(about: str, at: datetime) -> work.Finish | None:
    """Put one version of a return into the store; its files as they arrived go once the store has their stripped copies."""
    task = _task(about, at)
    if task is None:
        return None
    kept = returns.keep_apart(task)
    _connected_anew()

    def finish() -> None:
        collections.note_kept(by=system("keep", at.date()), at=at, version=task.version, kept=kept)
        if not kept.trouble:
            _forget_files(task)

    return finish


def make_pack(
    about: str, at: datetime, *, make: Callable[[packs.PackTask], packs.Packed] = packs.make_apart
) -> work.Finish | None:
    """Make a force's pack of an accepted version in a process of its own, then tell the force."""
    task = pack_task(UUID(about), at)
    if task is None:
        return None
    made = make(task)
    if not made.sha256:
        return None
    job = task.job
    return lambda: collections.note_packed(
        by=system("pack", at.date()), at=at, version=job.version, sha256=made.sha256, marking=job.marking
    )


def mark_files(
    about: str, at: datetime, *, make: Callable[[packs.PackTask], packs.Packed] = packs.make_apart
) -> work.Finish | None:
    """Have the files made of a return say its marking as it is now: its reports marked, its pack made again.

    Nobody gets a letter: a page that has a file for them says so.
    """
    root = Path(settings.FOLDER)
    for version in versions_with_files(UUID(about)):
        known = job_of(version)
        if known is not None:
            returns.mark_reports(root, version, known.marking)
        task = pack_task(version, at) if places.pack(root, version, "json").is_file() else None
        if task is not None:
            make(task)
    return None


def pack_task(version: UUID, at: datetime) -> packs.PackTask | None:
    known = pack_job(version)
    if known is None:
        return None
    return packs.PackTask(Path(settings.FOLDER), bool(settings.INVENTED), known, at.astimezone(LONDON).date().isoformat())


def rebuild_packs(at: datetime) -> tuple[int, list[str]]:
    """Make every pack that does not lie there, of the newest accepted versions; nobody is told again.

    Gives how many were made, and the receipts of which none could be: one file that cannot be read takes no other force's pack.
    """
    made, unmade = 0, []
    for task in [task for key in packs_lacking() if (task := pack_task(key, at)) is not None]:
        try:
            made += bool(packs.made(task).sha256)
        except (OSError, duckdb.Error, ArrowException, RefusedByRule):
            unmade.append(places.called(task.job.receipt, task.job.compartment))
    return made, unmade


def _task(about: str, at: datetime) -> returns.Task | None:
    known = job_of(UUID(about))
    if known is None:
        return None
    return returns.Task(
        root=Path(settings.FOLDER),
        invented=bool(settings.INVENTED),
        version=known.version,
        nil=known.nil,
        collection=known.collection,
        period=known.period,
        force_id=known.force_id,
        reasons=known.reasons,
        waived=known.waived,
        accepted_by=known.accepted_by,
        fixed_from=known.fixed_from,
        cells=known.cells,
        marking=known.marking,
        compartment=known.compartment,
        at=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _forget_files(task: returns.Task) -> None:
    """Only once the transaction is kept: an attempt that is tried again needs them."""
    transaction.on_commit(lambda: shutil.rmtree(places.sent(task.root, task.version), ignore_errors=True))


def reindex(at: datetime) -> Mapping[str, int]:
    """Rebuild the index of accepted versions from the store, which is the truth; counts of what was known, mended, added."""
    store = returns.in_store(Path(settings.FOLDER), invented=bool(settings.INVENTED))
    return collections.reindex(by=system("reindex", at.date()), at=at, store=store)


def rebuild_search(at: datetime) -> Mapping[str, int]:
    """Make what search finds anew from the rows that it copies; counts of what was same, mended, added and removed."""
    return search.rebuild(by=system("reindex", at.date()), at=at)


def jobs() -> Mapping[str, work.Job]:
    """Every name that work may be asked by."""
    return {
        work.SEND_LETTER: work.letter_sender(send),
        collections.CHECK: work.Job(check_return, attempts=_ATTEMPTS, lease=_LEASE),
        collections.ACCEPT: work.Job(keep_return, attempts=_ATTEMPTS, lease=_LEASE),
        collections.PACK: work.Job(make_pack, lease=_LEASE),
        collections.MARK: work.Job(mark_files, lease=_LEASE),
        "daily.purge": work.Job(purge),
        "daily.trail_head": work.Job(export_head),
        "daily.made_ahead": work.Job(make_ahead),
        "daily.review_reminders": work.Job(remind_of_reviews),
    }


def ask_daily(at: datetime) -> None:
    """Ask for the day's work, unless that was done already."""
    names = [name for name in jobs() if name.startswith("daily.")]
    if not all(day_has_begun(name, at) for name in names):
        work.begin_day(by=system("schedule", at.date()), at=at, names=names)


def run_until(stop: Callable[[], bool], *, worker: str, known: Mapping[str, work.Job] | None = None) -> None:
    """Do what is due, one task after another, until told to stop; an idle worker looks once a second.

    A database that went away is asked again, not given up on; what this worker held then is due at once, not after its lease.
    """
    known = jobs() if known is None else known
    away = False
    while not stop():
        busy = False
        try:
            close_old_connections()
            if away:
                work.release(worker=worker, at=now())
                away = False
            ask_daily(now())
            busy = work.work_once(jobs=known, worker=worker, now=now)
        except (OperationalError, InterfaceError):
            _LOG.exception("the database did not answer; asking again")
            away = True
        if not busy:
            time.sleep(_IDLE_SECONDS)
