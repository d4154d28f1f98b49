"""Rows as the commands of people read, lock and end them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from vkpp.basics.working_days import LONDON
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import rules
from vkpp.records.people.models import Membership, Person, in_force
from vkpp.records.trail.rules import reference

WHY = "a command reads the rows that it changes"


def day_of(at: datetime) -> date:
    """The civil date in London, by which the organisation works."""
    return at.astimezone(LONDON).date()


def about(row: Any) -> str:
    return reference(row._meta.label_lower, row.pk)


def locked_row(model: type[Any], key: UUID) -> Any:
    """The row, locked to the end of the transaction. Raises NotThere when there is none."""
    return first_of(model.objects.unscoped(WHY).select_for_update(no_key=True).filter(pk=key))


def read_row(model: type[Any], key: UUID) -> Any:
    """The row as it stands, not locked. Raises NotThere when there is none."""
    return first_of(model.objects.unscoped(WHY).filter(pk=key))


def first_of(rows: Any) -> Any:
    row = rows.first()
    if row is None:
        raise NotThere
    return row


def places_of(person: UUID, on: date) -> frozenset[UUID]:
    rows = Membership.objects.unscoped(WHY).filter(in_force(on), person=person)
    return frozenset(rows.values_list("organisation", flat=True))


def managed(by: Viewer, person: UUID, on: date) -> Person:
    """The person, locked, when `by` manages them; NotThere when `by` may not know of them."""
    row: Person = locked_row(Person, person)
    if not Person.objects.seen_by(by).filter(pk=person).exists():
        raise NotThere
    rules.demand_manages(by, person, places_of(person, on))
    return row


def end_rows(rows: Any, on: date) -> int:
    return int(rows.filter(ended_on__isnull=True).update(ended_on=on))
