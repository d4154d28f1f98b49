"""Taskings from draft to closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from vkpp.basics.working_days import LONDON, add_working_days
from vkpp.records.collections import rules
from vkpp.records.collections.commands.hours import hours_given, most_hours
from vkpp.records.collections.commands.joint import tell_of_tasking
from vkpp.records.collections.commands.locking import about, day_of, known_row, person_of, rows_of
from vkpp.records.collections.models import Asked, Member, Tasking
from vkpp.records.collections.rules import register
from vkpp.records.collections.rules.words import said
from vkpp.records.collections.states import TASKING
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import queries as people
from vkpp.records.trail.commands import Done, command


@command("collections.tasking.draft")
def draft_tasking(
    *,
    by: Viewer,
    at: datetime,
    title: str,
    purpose: str,
    basis: str,
    working_days: int,
    hours: float,
    organisations: Sequence[UUID],
    members: Sequence[UUID] = (),
    compartment: UUID | None = None,
) -> Done[UUID]:
    """Draft a tasking: what for, on what basis, by when in working days, at what effort, asked of whom. Gives its id.

    `members` are the organisations that work on it together (16.10); each will read the rows agreed for it, and no other.
    """
    state = rules.demand(TASKING, "draft", by, rules.Facts(""))
    if compartment is not None and compartment not in by.compartments:
        raise NotThere
    row = Tasking(state=state, drafted_at=at, compartment_id=compartment)
    _said(row, at, title, purpose, basis, working_days, hours)
    row.save()
    counts = _listed(row, by, at, organisations, members)
    return Done(about(row), row.pk, {"hours": str(row.hours), "due": row.due_on.isoformat(), **counts})


def _said(row: Tasking, at: datetime, title: str, purpose: str, basis: str, working_days: int, hours: float) -> None:
    row.title, row.purpose, row.basis = said(title, "The title", 160), said(purpose, "The purpose"), said(basis, "The basis")
    row.due_on = add_working_days(day_of(at), working_days, register.catalogue().holidays)
    row.hours = hours_given(hours)


def _listed(row: Tasking, by: Viewer, at: datetime, organisations: Sequence[UUID], members: Sequence[UUID]) -> dict[str, int]:
    """Make these the organisations that are asked, and those that work on it; how many of each."""
    if {*organisations, *members} - {one.id for one in people.organisations(viewer=by, on=day_of(at))}:
        raise NotThere
    for model, wanted in ((Asked, set(organisations)), (Member, set(members))):
        held = set(rows_of(model, tasking=row).values_list("organisation", flat=True))
        rows_of(model, tasking=row, organisation__in=held - wanted).delete()
        for key in sorted(wanted - held, key=str):
            model(tasking=row, organisation_id=key).save()
    return {"asked": len(set(organisations)), "members": len(set(members))}


@command("collections.tasking.edit")
def edit_tasking(
    *,
    by: Viewer,
    at: datetime,
    tasking: UUID,
    title: str,
    purpose: str,
    basis: str,
    working_days: int,
    hours: float,
    organisations: Sequence[UUID],
    members: Sequence[UUID] = (),
) -> Done[None]:
    """Change a draft, whole; the deadline counts from today. Other hours than were signed for need a new signature."""
    row = known_row(Tasking, by, tasking)
    rules.demand(TASKING, "edit", by, rules.Facts(row.state))
    if hours_given(hours) != row.hours:
        row.hours_signed_by, row.hours_reason = None, ""
    _said(row, at, title, purpose, basis, working_days, hours)
    row.save()
    counts = _listed(row, by, at, organisations, members)
    return Done(about(row), None, {"hours": str(row.hours), "due": row.due_on.isoformat(), **counts})


@command("collections.tasking.discard")
def discard_tasking(*, by: Viewer, at: datetime, tasking: UUID) -> Done[None]:
    """Throw a draft away; nobody was told of it."""
    row = known_row(Tasking, by, tasking)
    rules.demand(TASKING, "discard", by, rules.Facts(row.state))
    gone = about(row)
    rows_of(Asked, tasking=row).delete()
    rows_of(Member, tasking=row).delete()
    row.delete()
    return Done(gone, None)


@command("collections.tasking.sign_hours")
def sign_tasking_hours(*, by: Viewer, at: datetime, tasking: UUID, reason: str) -> Done[None]:
    """The national lead signs for a tasking's hours above the limit."""
    row = known_row(Tasking, by, tasking)
    rules.demand(TASKING, "sign_hours", by, rules.Facts(row.state))
    row.hours_signed_by_id, row.hours_reason = person_of(by), said(reason, "The reason")
    row.save()
    return Done(about(row), None, {"hours": str(row.hours)})


@command("collections.tasking.open")
def open_tasking(*, by: Viewer, at: datetime, tasking: UUID) -> Done[None]:
    """Send a tasking out: whoever it asks and its members get a letter, and its hours stand in the burden meter."""
    row = known_row(Tasking, by, tasking)
    state = rules.demand(TASKING, "open", by, rules.Facts(row.state))
    asked = list(rows_of(Asked, tasking=row).values_list("organisation", flat=True))
    rules.demand_whole_list(len(asked))
    most = most_hours(row, asked, by) + float(row.hours)
    rules.demand_hours_signed(row.hours_signed_by_id is not None, most, *register.hours_limit(row.due_on))
    row.state, row.opened_at = state, at
    row.save()
    letters = tell_of_tasking(row, asked, at)
    return Done(about(row), None, {"asked": len(asked), "hours": str(row.hours), "letters": letters})


@command("collections.tasking.done")
def report_done(*, by: Viewer, at: datetime, tasking: UUID, organisation: UUID) -> Done[None]:
    """A force says that it has done what a tasking asked of it."""
    row = known_row(Tasking, by, tasking)
    rules.demand_asked(row.state, by, organisation)
    asked = rows_of(Asked, tasking=row, organisation=organisation).first()
    if asked is None:
        raise NotThere
    if asked.done_at is not None:
        raise Refused(
            f"It was said already, on {asked.done_at.astimezone(LONDON):%-d %B %Y}, that your force has done this.",
            next_step="nothing: it needs saying once",
        )
    asked.done_at, asked.done_by_id = at, person_of(by)
    asked.save()
    return Done(about(row), None, {"organisation": str(organisation)})


@command("collections.tasking.close")
def close_tasking(*, by: Viewer, at: datetime, tasking: UUID) -> Done[None]:
    """Close a tasking."""
    row = known_row(Tasking, by, tasking)
    row.state, row.closed_at = rules.demand(TASKING, "close", by, rules.Facts(row.state)), at
    row.save()
    return Done(about(row), None)
