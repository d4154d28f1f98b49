"""Which work stands behind which name, and the loop of a worker that does it (`vkpp work`)."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import InterfaceError, OperationalError, close_old_connections

from vkpp.records.ground.viewer import system
from vkpp.records.people.states import LEFT
from vkpp.records.trail import commands as trail
from vkpp.records.trail.queries import head
from vkpp.records.work import commands as work
from vkpp.records.work.queries import day_has_begun

_LOG = logging.getLogger("vkpp.work")

_IDLE_SECONDS = 1.0


def now() -> datetime:
    """The instant, in UTC."""
    return datetime.now(UTC)


def send(letter: str, address: str, subject: str, body: str) -> None:
    """Hand one letter to the mail backend of the settings, under an id that stays the same if it goes twice."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    EmailMessage(subject, body, to=[address], headers={"Message-ID": f"<{letter}@{domain}>"}).send()


def purge(about: str, at: datetime) -> work.Finish:
    """Honour every retention, forget sessions that ran out, and what proved the second factor of people who have left."""

    def finish() -> None:
        trail.purge(by=system("purge", at.date()), at=at)
        SessionStore.clear_expired()
        Authenticator.objects.filter(user__state=LEFT).delete()
        cache.clear()  # counted attempts, none of which says anything after a day

    return finish


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


def jobs() -> Mapping[str, work.Job]:
    """Every name that work may be asked by."""
    return {
        work.SEND_LETTER: work.letter_sender(send),
        "daily.purge": work.Job(purge),
        "daily.trail_head": work.Job(export_head),
        "daily.review_reminders": work.Job(remind_of_reviews),
    }


def ask_daily(at: datetime) -> None:
    """Ask for the day's work, unless that was done already."""
    names = [name for name in jobs() if name.startswith("daily.")]
    if not all(day_has_begun(name, at) for name in names):
        work.begin_day(by=system("schedule", at.date()), at=at, names=names)


def run_until(stop: Callable[[], bool], *, worker: str, known: Mapping[str, work.Job] | None = None) -> None:
    """Do what is due, one task after another, until told to stop; an idle worker looks once a second.

    A database that went away is asked again, not given up on.
    """
    known = jobs() if known is None else known
    while not stop():
        try:
            ask_daily(now())
            busy = work.work_once(jobs=known, worker=worker, now=now)
        except (OperationalError, InterfaceError):
            _LOG.exception("the database did not answer; asking again")
            busy = False
        if not busy:
            close_old_connections()
            time.sleep(_IDLE_SECONDS)
