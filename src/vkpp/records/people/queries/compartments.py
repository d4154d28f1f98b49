"""Compartments for whoever is in them; for others there are none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import rules
from vkpp.records.people.models import Compartment, Inside, Person, in_force
from vkpp.records.people.queries.who import Acts
from vkpp.records.trail.queries import history

_KEEP = "compartments.manage"
_ACTS = ("admit", "dismiss", "close")


@dataclass(frozen=True, slots=True)
class CompartmentRow:
    id: UUID
    title: str
    purpose: str


@dataclass(frozen=True, slots=True)
class InsideRow:
    """Somebody who is or was in a compartment, with the reasons given."""

    person: UUID
    name: str
    since: date
    ended_on: date | None
    reason: str
    ended_reason: str


@dataclass(frozen=True, slots=True)
class Event:
    """What was done to a compartment, in words from its trail: when, by whom, and to whom where it was somebody."""

    at: datetime
    act: str
    by: str
    whom: str


@dataclass(frozen=True, slots=True)
class CompartmentPage:
    """A compartment for somebody inside: who is in it and who was, what was done, and the acts of its keeper."""

    row: CompartmentRow
    opened_on: date
    members: tuple[InsideRow, ...]
    earlier: tuple[InsideRow, ...]
    events: tuple[Event, ...]
    acts: Acts


def compartments(*, viewer: Viewer) -> tuple[CompartmentRow, ...]:
    """The compartments that the viewer is in; there are no others."""
    return tuple(CompartmentRow(c.id, c.title, c.purpose) for c in Compartment.objects.seen_by(viewer).filter(closed_on=None))


def inside(*, viewer: Viewer, compartment: UUID) -> tuple[UUID, ...]:
    """Who is in a compartment, by id; nobody, when the viewer is not."""
    rows = Inside.objects.seen_by(viewer).filter(in_force(viewer.on), compartment=compartment)
    return tuple(rows.order_by("person").values_list("person", flat=True))


def compartment(*, viewer: Viewer, compartment: UUID) -> CompartmentPage:
    """One compartment that the viewer is in. Raises NotThere, the same whether it exists or not."""
    row = Compartment.objects.seen_by(viewer).filter(pk=compartment).first()
    if row is None:
        raise NotThere
    held = list(Inside.objects.seen_by(viewer).filter(compartment=row).select_related("person"))
    rows = sorted((_inside_row(one) for one in held), key=lambda one: (one.name, one.since))
    why = "" if viewer.may(_KEEP) else rules.refusal(_KEEP)
    return CompartmentPage(
        row=CompartmentRow(row.pk, row.title, row.purpose),
        opened_on=row.opened_on,
        members=tuple(one for one in rows if one.ended_on is None),
        earlier=tuple(one for one in rows if one.ended_on is not None),
        events=_events(viewer, row, {str(one.person): one.name for one in rows}),
        acts=Acts((), dict.fromkeys(_ACTS, why)) if why else Acts(_ACTS, {}),
    )


def _inside_row(row: Inside) -> InsideRow:
    return InsideRow(row.person_id, row.person.name, row.valid_from, row.ended_on, row.reason, row.ended_reason)


def _events(viewer: Viewer, row: Compartment, names: dict[str, str]) -> tuple[Event, ...]:
    lines = history(viewer=viewer, of=Compartment, key=row.pk)
    others = {line.who for line in lines} - names.keys()
    more = Person.objects.unscoped("who acted on a compartment that the viewer is in").filter(pk__in=others)
    known = names | {str(key): name for key, name in more.values_list("pk", "name")}
    gone = "somebody whose name is no longer kept"
    return tuple(
        Event(line.at, line.act.rpartition(".")[2], known.get(line.who, gone), known.get(str(line.facts.get("person", "")), ""))
        for line in reversed(lines)
    )
