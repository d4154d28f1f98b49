"""Joint taskings: who is told of one, and the rows that organisations give, each for the members for whom it was agreed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from vkpp.basics.problems import UsageProblem
from vkpp.records.collections import rules
from vkpp.records.collections.commands.locking import about, day_of, known_row, locked_row, person_of, rows_of
from vkpp.records.collections.models import Agreed, Asked, GivenRow, Member, Tasking
from vkpp.records.collections.rules.words import said
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import queries as people
from vkpp.records.trail.commands import Done, command
from vkpp.records.work import commands as work
from vkpp.records.work.rules import marked


def tell_of_tasking(row: Tasking, asked: Iterable[UUID], at: datetime) -> int:
    """A letter to whoever prepares in a force that is asked, and to whoever works on it for a member; gives how many."""
    members = rows_of(Member, tasking=row).values_list("organisation", flat=True)
    wanted = [("collections.prepare", one) for one in asked] + [("collections.share", one) for one in members]
    found = {p for may, where in wanted for p in people.holders(permission=may, organisation=where, on=day_of(at))}
    if row.compartment_id is not None:
        viewers = {person: people.viewer_of(person, on=day_of(at)) for person in found}
        found = {p for p, viewer in viewers.items() if viewer and row.compartment_id in viewer.compartments}
    facts = {"due": row.due_on.isoformat(), **marked(row.marking)}
    for person in sorted(found, key=str):
        work.ask_letter(to=person, template="collections.tasked", facts=facts, at=at)
    return len(found)


@command("collections.row.give")
def give_row(
    *, by: Viewer, at: datetime, tasking: UUID, organisation: UUID, what: str, words: str, agreed: Sequence[UUID]
) -> Done[UUID]:
    """Give a row to a joint tasking for the members for whom it was agreed. Gives its id.

    `organisation` is the giver: one of the viewer's own that is a member, or a force that the tasking asks.
    """
    row = known_row(Tasking, by, tasking)
    members = set(rows_of(Member, tasking=row).values_list("organisation", flat=True))
    asked = rows_of(Asked, tasking=row, organisation=organisation).exists()
    rules.demand_gives_row(row.state, by, organisation, member=organisation in members, asked=asked)
    if not set(agreed) or set(agreed) - members:
        raise UsageProblem(
            "The row is agreed for nobody, or for somebody who is no member.",
            expected="one member or several of this tasking",
            next_step="choose for whom it was agreed",
        )
    given = GivenRow(tasking=row, organisation_id=organisation, given_by_id=person_of(by), given_at=at)
    given.what, given.words = said(what, "What it is about", 160), said(words, "The row")
    given.save()
    for key in sorted(set(agreed), key=str):
        Agreed(row=given, organisation_id=key).save()
    return Done(about(given), given.pk, {"tasking": str(row.pk), "agreed": len(set(agreed))})


@command("collections.row.withdraw")
def withdraw_row(*, by: Viewer, at: datetime, row: UUID) -> Done[None]:
    """Take a row back: from then on only its giver sees it."""
    if not GivenRow.objects.seen_by(by).filter(pk=row).exists():
        raise NotThere
    tasking = locked_row(Tasking, rows_of(GivenRow, pk=row).values_list("tasking", flat=True).get())
    found = locked_row(GivenRow, row)
    rules.demand_takes_row_back(by, found.organisation_id)
    found.withdrawn_at = found.withdrawn_at or at
    found.save()
    return Done(about(found), None, {"tasking": str(tasking.pk)})
