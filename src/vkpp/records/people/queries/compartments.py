"""Compartments for whoever is in them; for others there are none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import rules
from vkpp.records.people.models import Compartment, Inside, Person, in_force
from vkpp.records.people.queries.viewers import holders, viewer_of
from vkpp.records.people.queries.who import Acts
from vkpp.records.trail.queries import history

_KEEP = "compartments.manage"
OPERATOR = "system:keeper"  # as which `vkpp keeper` looks and acts
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
    has_keeper: bool


@dataclass(frozen=True, slots=True)
class Unkept:
    """A compartment in which nobody can let anybody in, as much as its operator may know of it."""

    id: UUID
    opened_on: date
    members: int


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
        has_keeper=bool(keepers_of(row.pk, viewer.on)),
    )


def _inside_row(row: Inside) -> InsideRow:
    return InsideRow(row.person_id, row.person.name, row.valid_from, row.ended_on, row.reason, row.ended_reason)


def _events(viewer: Viewer, row: Compartment, names: dict[str, str]) -> tuple[Event, ...]:
    lines = history(viewer=viewer, of=Compartment, key=row.pk)
    others = {line.who for line in lines if line.who != OPERATOR} - names.keys()
    more = Person.objects.unscoped("who acted on a compartment that the viewer is in").filter(pk__in=others)
    known = (
        names | {OPERATOR: "whoever operates the service"} | {str(key): name for key, name in more.values_list("pk", "name")}
    )
    gone = "somebody whose name is no longer kept"
    return tuple(
        Event(line.at, line.act.rpartition(".")[2], known.get(line.who, gone), known.get(str(line.facts.get("person", "")), ""))
        for line in reversed(lines)
    )


def keepers_of(compartment: UUID, on: date) -> frozenset[UUID]:
    """Who is in it and keeps compartments: each account in use, with the role in force. For commands; two queries."""
    rows = Inside.objects.unscoped("a compartment must not be left without a keeper")
    people = rows.filter(in_force(on), compartment=compartment).values_list("person", flat=True)
    return frozenset(people) & frozenset(holders(permission=_KEEP, organisation=None, on=on))


def without_keeper(*, viewer: Viewer) -> tuple[Unkept, ...]:
    """Open compartments in which no keeper is left: by id, the day they were opened, and how many are in them; no title.

    For the service's operator; for a person there are none.
    """
    if viewer.id != OPERATOR:
        return ()
    why = "the operator finds compartments without a keeper, by id"
    open_ = Compartment.objects.unscoped(why).filter(closed_on=None).order_by("opened_on", "pk")
    found = ((row, Inside.objects.unscoped(why).filter(in_force(viewer.on), compartment=row).count()) for row in open_)
    return tuple(Unkept(row.pk, row.opened_on, members) for row, members in found if not keepers_of(row.pk, viewer.on))


def keeper_at(*, viewer: Viewer, email: str) -> UUID | None:
    """Whose account in use has this address and keeps compartments, for the service's operator."""
    if viewer.id != OPERATOR:
        return None
    rows = Person.objects.unscoped("the operator names a keeper by mail address").filter(email=email.strip().lower())
    person = rows.values_list("pk", flat=True).first()
    held = viewer_of(person, on=viewer.on) if person else None
    return person if held is not None and held.may(_KEEP) else None
