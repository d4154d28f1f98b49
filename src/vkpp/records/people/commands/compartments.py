"""Compartments opened and closed, and who is let in and taken out."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from vkpp.basics.problems import UsageProblem
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.ground.viewer import Viewer
from vkpp.records.ground.words import said
from vkpp.records.people import rules
from vkpp.records.people.commands.rows import WHY, about, day_of, end_rows, locked_row
from vkpp.records.people.models import Compartment, Inside, Person
from vkpp.records.people.queries.compartments import OPERATOR, keepers_of
from vkpp.records.people.queries.viewers import viewer_of
from vkpp.records.people.states import LEFT
from vkpp.records.trail.commands import Done, command


@command("people.compartment.open")
def open_compartment(*, by: Viewer, at: datetime, title: str, purpose: str) -> Done[UUID]:
    """Open a compartment with oneself in it. Gives its id."""
    rules.demand(by, "compartments.manage")
    if not title.strip() or not purpose.strip():
        raise UsageProblem("A compartment needs a title and the purpose that justifies it.")
    row = Compartment(title=title.strip(), purpose=purpose.strip(), opened_on=day_of(at))
    row.save()
    Inside(compartment=row, person=locked_row(Person, UUID(by.id)), valid_from=day_of(at)).save()
    return Done(about(row), row.pk)


def _own_compartment(by: Viewer, key: UUID) -> Compartment:
    """The compartment, locked; NotThere for whoever is not in it, keeper or not."""
    if key not in by.compartments:
        raise NotThere
    rules.demand(by, "compartments.manage")
    row: Compartment = locked_row(Compartment, key)
    if row.closed_on is not None:
        raise Refused("This compartment is closed.")
    return row


@command("people.compartment.admit")
def admit(*, by: Viewer, at: datetime, compartment: UUID, person: UUID, reason: str = "") -> Done[None]:
    """Let somebody into a compartment; the reason stands on the row, which goes six years after they are out of it again."""
    row, newcomer = _own_compartment(by, compartment), locked_row(Person, person)
    if newcomer.state == LEFT:
        raise Refused("This account is closed.")
    if not Inside.objects.unscoped(WHY).filter(compartment=row, person=newcomer, ended_on__isnull=True).exists():
        why = said(reason, "The reason", 500) if reason else ""
        Inside(compartment=row, person=newcomer, valid_from=day_of(at), reason=why).save()
    return Done(about(row), None, {"person": str(person)})


@command("people.compartment.dismiss")
def dismiss(*, by: Viewer, at: datetime, compartment: UUID, person: UUID, reason: str = "") -> Done[None]:
    """Take somebody out of a compartment; from their next page on it does not exist for them. Its last keeper stays."""
    row = _own_compartment(by, compartment)
    if keepers_of(row.pk, day_of(at)) == {person}:
        raise Refused(
            "Nobody who keeps compartments would be in this one: nobody could let anybody in, take anybody out, or close it.",
            next_step="let another keeper in first, or close the compartment",
        )
    rows = Inside.objects.unscoped(WHY).filter(compartment=row, person=person, ended_on__isnull=True)
    if reason:
        rows.update(ended_reason=said(reason, "The reason", 500))
    if not end_rows(rows, day_of(at)):
        raise NotThere
    return Done(about(row), None, {"person": str(person)})


@command("people.compartment.take_up")
def take_up_compartment(*, by: Viewer, at: datetime, compartment: UUID, person: UUID, reason: str) -> Done[None]:
    """Let a keeper into a compartment in which none is left: they moved, left, or lost the role. Decision 0012.

    For the service's operator alone, who reads no title. Raises Refused while a keeper is in it, or of who keeps none.
    """
    if by.id != OPERATOR:
        raise NotThere
    row: Compartment = locked_row(Compartment, compartment)
    viewer = viewer_of(person, on=day_of(at))
    if row.closed_on is not None:
        raise Refused("This compartment is closed.")
    if keepers_of(row.pk, day_of(at)):
        raise Refused("A keeper is in this compartment.", next_step="let them decide who else is")
    if viewer is None or not viewer.may("compartments.manage"):
        raise Refused("They keep no compartments.", next_step="give them the role of a compartment keeper first")
    inside = Inside.objects.unscoped(WHY).filter(compartment=row, person=person, ended_on__isnull=True)
    if not inside.exists():
        Inside(compartment=row, person_id=person, valid_from=day_of(at), reason=said(reason, "The reason", 500)).save()
    return Done(about(row), None, {"person": str(person)})


@command("people.compartment.close")
def close_compartment(*, by: Viewer, at: datetime, compartment: UUID) -> Done[None]:
    """Close a compartment for good: nobody is in it any more."""
    row = _own_compartment(by, compartment)
    row.closed_on = day_of(at)
    row.save()
    ended = end_rows(Inside.objects.unscoped(WHY).filter(compartment=row), day_of(at))
    return Done(about(row), None, {"ended": ended})
