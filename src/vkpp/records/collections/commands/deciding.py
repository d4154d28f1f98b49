"""A whole return from its offer to its lock: signed, approved, accepted, sent back, withdrawn, extended."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from vkpp.basics.working_days import add_working_days
from vkpp.records.collections import rules
from vkpp.records.collections.commands.holding import current_version, facts_of, move_return, return_row
from vkpp.records.collections.commands.index import index_version
from vkpp.records.collections.commands.letters import certifiers_of, preparers_of, write_letters
from vkpp.records.collections.commands.locking import ACCEPT, PACK, about, locked_row, person_of, rows_of
from vkpp.records.collections.commands.sending import keep_queries
from vkpp.records.collections.models import REASON, CheckOutcome, Query, Round, Submission, Version
from vkpp.records.collections.rules import register
from vkpp.records.collections.rules.outcomes import CheckCount, Kept
from vkpp.records.collections.rules.words import said
from vkpp.records.collections.states import ACCEPTING, GONE, OPEN, QUERY, RETURN
from vkpp.records.ground.problems import Refused
from vkpp.records.ground.viewer import Viewer
from vkpp.records.trail.commands import Done, command
from vkpp.records.work import commands as work


@command("collections.offer")
def offer(*, by: Viewer, at: datetime, submission: UUID) -> Done[int]:
    """Ask the force's certifier to sign. Gives how many letters went: none says that the force has no certifier."""
    row, round_ = return_row(by, submission)
    move_return(row, rules.demand(RETURN, "offer", by, facts_of(row, round_, current_version(row))), at)
    letters = write_letters("collections.to_certify", certifiers_of(row, at), row, round_, at, due=row.due_on.isoformat())
    return Done(about(row), letters, {"version": row.version, "letters": letters})


@command("collections.certify")
def certify(*, by: Viewer, at: datetime, submission: UUID, version: int) -> Done[None]:
    """Sign a return that somebody else prepared; `version` is the one that was read. Its receipt goes to the force."""
    row, round_, current = _in_hand(by, submission, version)
    move_return(row, rules.demand(RETURN, "certify", by, facts_of(row, round_, current)), at)
    current.certified_by_id, current.certified_at = person_of(by), at
    current.save()
    if row.shown_at is not None:  # signed, it is seen anyhow; sent back, it is the force's own again
        row.shown_at = None
        row.save()
    to = (*preparers_of(row, at), *certifiers_of(row, at))
    write_letters("collections.sent", to, row, round_, at, version=row.version, fingerprint=current.sha256 or "nil")
    return Done(about(row), None, {"version": row.version, "sha256": current.sha256})


def _in_hand(by: Viewer, submission: UUID, version: int) -> tuple[Submission, Round, Version]:
    """The return and the version that was read; Refused where another was sent in the meantime."""
    row, round_ = return_row(by, submission)
    current = current_version(row)
    if current is None or current.number != version:
        raise Refused(
            f"You read version {version}, and the return is at version {row.version} now.",
            next_step="open the page and read it again",
        )
    return row, round_, current


@command("collections.send_back")
def send_back(*, by: Viewer, at: datetime, submission: UUID, reason: str) -> Done[None]:
    """Certifier, area or national team sends the return back to its force, with words."""
    row, round_ = return_row(by, submission)
    before, state = row.state, rules.demand(RETURN, "return", by, facts_of(row, round_, current_version(row)))
    row.returned_words = said(reason, "The reason")
    _unsign(row)
    move_return(row, state, at)
    write_letters("collections.returned", preparers_of(row, at), row, round_, at, due=row.due_on.isoformat())
    return Done(about(row), None, {"was": before, "version": row.version})


def _unsign(row: Submission) -> None:
    rows_of(Version, submission=row, number=row.version).update(
        certified_by=None, certified_at=None, approved_by=None, approved_at=None, accepted_by=None
    )


@command("collections.approve")
def approve(*, by: Viewer, at: datetime, submission: UUID, version: int) -> Done[None]:
    """The approval area (or the national team, for a force without one) lets a certified return go on."""
    row, round_, current = _in_hand(by, submission, version)
    move_return(row, rules.demand(RETURN, "approve", by, facts_of(row, round_, current)), at)
    current.approved_by_id, current.approved_at = person_of(by), at
    current.save()
    return Done(about(row), None, {"version": row.version})


@command("collections.accept")
def accept(*, by: Viewer, at: datetime, submission: UUID, version: int) -> Done[None]:
    """The national team accepts a return; a job puts it into the store, and only then it is accepted."""
    row, round_, current = _in_hand(by, submission, version)
    move_return(row, rules.demand(RETURN, "accept", by, facts_of(row, round_, current)), at)
    current.accepted_by_id = person_of(by)
    current.save()
    work.ask(ACCEPT, str(current.pk), at=at)
    return Done(about(row), None, {"version": row.version})


@command("collections.kept")
def note_kept(*, by: Viewer, at: datetime, version: UUID, kept: Kept) -> Done[str]:
    """What the store said: it holds the version, or why not. `by` is the service. Gives the return's state."""
    row, round_ = return_row(by, rows_of(Version, pk=version).values_list("submission", flat=True).get())
    found = locked_row(Version, version)
    if found.receipt or row.state != ACCEPTING:
        return Done(about(row), row.state, {"version": found.number, "known": True})
    if kept.trouble:
        row.returned_words = kept.trouble[:REASON]
        _unsign(row)
        move_return(row, rules.demand(RETURN, "refuse_to_keep", by, facts_of(row, round_, found)), at)
        write_letters("collections.returned", preparers_of(row, at), row, round_, at, due=row.due_on.isoformat())
        return Done(about(row), row.state, {"version": found.number, "kept": False})
    state = rules.demand(RETURN, "keep", by, facts_of(row, round_, found))
    index_version(row, found, kept, at)
    move_return(row, state, at)
    write_letters(
        "collections.accepted", (*preparers_of(row, at), *certifiers_of(row, at)), row, round_, at, receipt=found.receipt
    )
    work.ask(PACK, str(found.pk), at=at, once=f"{PACK}/{found.pk}")
    return Done(about(row), row.state, {"version": found.number, "receipt": found.receipt, "sha256": found.receipt_sha256})


@command("collections.withdraw")
def withdraw(*, by: Viewer, at: datetime, submission: UUID, reason: str) -> Done[None]:
    """Take a corrected return back: the version that was accepted before is in hand again, with what was asked about it."""
    row, round_ = return_row(by, submission)
    state = rules.demand(RETURN, "withdraw", by, facts_of(row, round_, current_version(row)))
    row.returned_words = said(reason, "The reason")
    _unsign(row)
    taken_back, row.version = row.version, row.accepted
    _ask_as_accepted(row, round_, at)
    move_return(row, state, at)
    return Done(about(row), None, {"version": taken_back, "stands": row.accepted})


def _ask_as_accepted(row: Submission, round_: Round, at: datetime) -> None:
    """The queries as the accepted version has them: an answer with which it was accepted stands, unless it was asked again."""
    known = ("check_id", "severity", "table", "sheets", "columns", "places", "records", "message", "fix")
    found = rows_of(CheckOutcome, submission=row, version__number=row.accepted).order_by("check_id", "table")
    stood = rows_of(Query, submission=row).exclude(answer="").filter(Q(state=GONE) | Q(asked_again=""))
    held = set(stood.values_list("check_id", flat=True))
    keep_queries(row, round_, [CheckCount(*one) for one in found.values_list(*known)], at)
    for query in rows_of(Query, submission=row, state=OPEN, check_id__in=held):
        query.state = QUERY.after(query.state, "answer")
        query.save()


@command("collections.lock")
def lock(*, by: Viewer, at: datetime, submission: UUID) -> Done[None]:
    """Lock one accepted return."""
    row, round_ = return_row(by, submission)
    move_return(row, rules.demand(RETURN, "lock", by, facts_of(row, round_, current_version(row))), at)
    return Done(about(row), None)


@command("collections.unlock")
def unlock(*, by: Viewer, at: datetime, submission: UUID, reason: str) -> Done[None]:
    """Unlock one return for a correction, with a reason that is printed beside it; its force is told."""
    row, round_ = return_row(by, submission)
    state = rules.demand(RETURN, "unlock", by, facts_of(row, round_, current_version(row)))
    row.unlock_reason = said(reason, "The reason")
    move_return(row, state, at)
    write_letters("collections.unlocked", preparers_of(row, at), row, round_, at)
    return Done(about(row), None)


@command("collections.extend")
def extend(*, by: Viewer, at: datetime, submission: UUID, working_days: int, reason: str) -> Done[date]:
    """Give a force more working days after its deadline, with a reason. Gives the new deadline."""
    row, round_ = return_row(by, submission)
    state = rules.demand(RETURN, "extend", by, facts_of(row, round_, current_version(row)))
    later = add_working_days(row.due_on, working_days, register.catalogue().holidays)
    rules.demand_later(row.due_on, later, "The deadline")
    row.due_on, row.extension_reason, row.state = later, said(reason, "The reason"), state
    row.save()
    write_letters("collections.extended", preparers_of(row, at), row, round_, at, due=later.isoformat())
    return Done(about(row), later, {"due": later.isoformat()})
