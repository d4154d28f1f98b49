"""Asking for work in the transaction that needs it, and doing it: claim, run, done, with retries, exactly once in effect."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from vkpp.records.ground.scope import machinery, require_command
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import commands as people
from vkpp.records.people.queries import reviews_due
from vkpp.records.trail.commands import Done, command
from vkpp.records.trail.rules import canonical_facts, reference
from vkpp.records.work import rules
from vkpp.records.work.models import Letter, Task
from vkpp.records.work.states import DONE, FAILED, RUNNING, TASK, WAITING

_LOG = logging.getLogger("vkpp.work")
_BOOKS = "the queue's own bookkeeping, which changes nothing that a person could ask about"
_FORTNIGHT = timedelta(days=14)
SEND_LETTER = "work.send_letter"

Finish = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Job:
    """What a name stands for.

    `do(about, at)` does the slow part outside any transaction, leaves nothing behind in records, and hands back what is to be
    written (or None). That runs in one transaction with the mark that the task is done: a killed worker leaves neither.
    """

    do: Callable[[str, datetime], Finish | None]
    attempts: int = 5
    lease: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A task that one worker holds, for one attempt."""

    id: UUID
    name: str
    about: str
    attempt: int


class LostClaim(Exception):
    """Ours: the lease ran out and another worker has the task; what this one prepared is dropped."""


def ask(name: str, about: str, *, at: datetime, not_before: datetime | None = None, once: str | None = None) -> UUID:
    """Ask, inside a command, for work by its name: it is done after, and only if, the command's transaction is kept.

    `once` is a key under which it is asked for one time only; asking again gives the first task's id.
    """
    require_command(Task)
    if once and (first := _asked(once)):
        return first
    task = Task(name=name, about=about, once=once, state=TASK.after("", "ask"), asked_at=at, due_at=not_before or at)
    try:
        with transaction.atomic():
            task.save()
    except IntegrityError:
        if once and (first := _asked(once)):
            return first  # another process asked at this very moment
        raise
    return task.pk


def _asked(once: str) -> UUID | None:
    return Task.objects.unscoped(_BOOKS).filter(once=once).values_list("pk", flat=True).first()


@command("work.day_begun")
def begin_day(*, by: Viewer, at: datetime, names: Sequence[str]) -> Done[None]:
    """Ask for the work of one day, once however many workers try."""
    day = at.date().isoformat()
    for name in names:
        ask(name, day, at=at, once=f"{name}/{day}")
    return Done(reference("work.day", day), None, {"names": list(names)})


def ask_letter(*, to: UUID, template: str, facts: Mapping[str, object], at: datetime, once: str | None = None) -> UUID | None:
    """Ask, inside a command, for a mail to one person. Gives the letter's id; None when it went under this `once` already.

    Raises ValueError at words among the facts: they could be a name.
    """
    rules.written(template, facts)
    if once and _asked(once):
        return None
    letter = Letter(to_id=to, template=template, facts=canonical_facts(facts), asked_at=at)
    letter.save()
    ask(SEND_LETTER, str(letter.pk), at=at, once=once)
    return letter.pk


@command("work.review_reminders")
def remind_of_reviews(*, by: Viewer, at: datetime) -> Done[int]:
    """Open the yearly reviews that are soon due, and write to whoever can decide them: once each within a fortnight of the day.

    An overdue one is written about once a week, to the national access managers too. Gives how many letters.
    """
    people.open_due_reviews(by=by, at=at)
    letters, week = [], at.strftime("%G-%V")
    for review in reviews_due(before=at.date() + _FORTNIGHT, on=at.date()):
        facts = {"year": review.year, "due": review.due_on.isoformat()}
        for person in review.deciders:
            once = f"people.review_due/{review.id}/{person}"
            letters.append(ask_letter(to=person, template="people.review_due", facts=facts, at=at, once=once))
        for person in review.overdue_to:
            once = f"people.review_overdue/{review.id}/{person}/{week}"
            letters.append(ask_letter(to=person, template="people.review_overdue", facts=facts, at=at, once=once))
    written = len([letter for letter in letters if letter is not None])
    return Done(reference("work.day", at.date().isoformat()), written, {"letters": written})


@command("work.invite")
def invite(
    *, by: Viewer, at: datetime, organisation: UUID, name: str, email: str, roles: Sequence[str] = ("member",)
) -> Done[UUID]:
    """people.invite and its letter, together or not at all. Gives the person's id."""
    person = people.invite(by=by, at=at, organisation=organisation, name=name, email=email, roles=roles)
    letter = ask_letter(to=person, template="people.invited", facts={}, at=at)
    return Done(reference("people.person", person), person, {"letter": str(letter)})


def work_once(*, jobs: Mapping[str, Job], worker: str, now: Callable[[], datetime]) -> bool:
    """Do one task that is due, if there is one; gives whether there was. Safe in any number of processes at once."""
    claimed = claim(names=jobs, leases={name: job.lease for name, job in jobs.items()}, worker=worker, at=now())
    if claimed is None:
        return False
    job = jobs[claimed.name]
    try:
        finish = job.do(claimed.about, now())
        _finish(claimed, worker, finish, now())
    except LostClaim:
        _LOG.warning("task %s: the lease ran out before attempt %d was done", claimed.id, claimed.attempt)
    except Exception as problem:  # noqa: BLE001  whatever it is, the task goes back and is tried again
        _LOG.exception("task %s (%s): attempt %d failed", claimed.id, claimed.name, claimed.attempt)
        _give_back(claimed, worker, job, problem, now())
    return True


def claim(*, names: Iterable[str], leases: Mapping[str, timedelta], worker: str, at: datetime) -> Claimed | None:
    """Take the task that is longest due, or one whose worker's lease ran out. Compare and swap: it needs no row lock."""
    with machinery(_BOOKS):
        free = Task.objects.filter(name__in=list(names))
        while True:
            waiting = free.filter(state=WAITING, due_at__lte=at).order_by("due_at", "id").first()
            task = waiting or free.filter(state=RUNNING, lease_until__lt=at).order_by("lease_until", "id").first()
            if task is None:
                return None
            same = Task.objects.filter(pk=task.pk, state=task.state, attempts=task.attempts)
            if same.update(state=RUNNING, worker=worker, attempts=F("attempts") + 1, lease_until=at + leases[task.name]):
                return Claimed(task.pk, task.name, task.about, task.attempts + 1)


def release(*, worker: str, at: datetime) -> int:
    """What a worker says it does not do any more, it being the one to know: due at once for anybody. Gives how many tasks."""
    with machinery(_BOOKS):
        return Task.objects.filter(state=RUNNING, worker=worker).update(state=WAITING, lease_until=None, due_at=at)


def _held(claimed: Claimed, worker: str) -> Any:
    return Task.objects.filter(pk=claimed.id, state=RUNNING, worker=worker, attempts=claimed.attempt)


def _finish(claimed: Claimed, worker: str, finish: Finish | None, at: datetime) -> None:
    with transaction.atomic():
        with machinery(_BOOKS):
            if not _held(claimed, worker).update(state=DONE, lease_until=None, ended_at=at, fault=""):
                raise LostClaim
        if finish is not None:
            finish()


def _give_back(claimed: Claimed, worker: str, job: Job, problem: Exception, at: datetime) -> None:
    fault = f"{type(problem).__module__}.{type(problem).__qualname__}"[:120]
    with machinery(_BOOKS):
        if claimed.attempt >= job.attempts:
            _held(claimed, worker).update(state=FAILED, lease_until=None, ended_at=at, fault=fault)
            return
        due = at + rules.wait_before(claimed.attempt)
        _held(claimed, worker).update(state=WAITING, lease_until=None, due_at=due, fault=fault)


def letter_sender(send: Callable[[str, str, str, str], None]) -> Job:
    """The job that sends letters, by `send(letter id, address, subject, body)`.

    The send comes before the mark that it was done, so that a letter is never lost; after a crash between the two it goes
    twice, under the same Message-ID, and the folder of development keeps one.
    """

    def do(about: str, at: datetime) -> Finish | None:
        with machinery(_BOOKS):
            letter = Letter.objects.select_related("to").get(pk=about)
            if letter.sent_at is not None or not letter.to.email:
                return None
            subject, body = rules.written(letter.template, json.loads(letter.facts))
            send(str(letter.pk), letter.to.email, subject, body)

        def finish() -> None:
            with machinery(_BOOKS):
                Letter.objects.filter(pk=about).update(sent_at=at)

        return finish

    return Job(do)
