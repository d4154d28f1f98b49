"""Organisations and what ties them, each with its dates: whose region, whose host, merged into what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q

from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import rules
from vkpp.records.people.models import KINDS, TIES, Organisation, Tie, in_force
from vkpp.records.people.queries.who import Acts

_KINDS, _TIES = dict(KINDS), dict(TIES)


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    id: UUID
    code: str
    kind: str
    name: str
    valid_from: date
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class TieRow:
    """A dated tie of one organisation to another, in words: "belongs to the region", "is hosted by", "was merged into"."""

    kind: str
    words: str
    organisation: UUID
    organisation_name: str
    other: UUID
    other_name: str
    valid_from: date
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class Register:
    """An organisation with its ties in force on the viewer's day, by kind of tie: the name of the other."""

    row: OrganisationRow
    kind_words: str
    tied: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    """One organisation, every tie that it ever had either way, and what the viewer may do."""

    row: OrganisationRow
    kind_words: str
    welsh_name: str
    ties: tuple[TieRow, ...]
    acts: Acts


def register(*, viewer: Viewer, kind: str = "") -> tuple[Register, ...]:
    """Every organisation that there is or was (of a kind), by name, with what it is tied to today. Two queries."""
    found = Organisation.objects.seen_by(viewer)
    tied: dict[UUID, dict[str, str]] = {}
    ties = Tie.objects.seen_by(viewer).filter(in_force(viewer.on))
    for key, how, other in ties.values_list("organisation", "kind", "other__name"):
        tied.setdefault(key, {})[how] = other
    rows = found.filter(kind=kind) if kind else found
    return tuple(Register(_organisation_row(o), _KINDS[o.kind], tied.get(o.pk, {})) for o in rows)


def organisation(*, viewer: Viewer, organisation: UUID) -> OrganisationPage:
    """One organisation with its history. Raises NotThere."""
    row = Organisation.objects.seen_by(viewer).filter(pk=organisation).first()
    if row is None:
        raise NotThere
    ties = Tie.objects.seen_by(viewer).filter(Q(organisation=row) | Q(other=row)).select_related("organisation", "other")
    why = "" if viewer.may("organisations.manage") else rules.refusal("organisations.manage")
    return OrganisationPage(
        row=_organisation_row(row),
        kind_words=_KINDS[row.kind],
        welsh_name=row.welsh_name,
        ties=tuple(_tie_row(tie) for tie in ties.order_by("-valid_from", "kind")),
        acts=Acts((), {"tie": why}) if why else Acts(("tie",), {}),
    )


def _organisation_row(o: Organisation) -> OrganisationRow:
    return OrganisationRow(o.id, o.code, o.kind, o.name, o.valid_from, o.ended_on)


def _tie_row(tie: Tie) -> TieRow:
    one, other = tie.organisation, tie.other
    return TieRow(tie.kind, _TIES[tie.kind], one.pk, one.name, other.pk, other.name, tie.valid_from, tie.ended_on)


def organisations(*, viewer: Viewer, kind: str = "", on: date | None = None) -> tuple[OrganisationRow, ...]:
    """Organisations of a kind (all without one) that exist on a day (the viewer's)."""
    found = Organisation.objects.seen_by(viewer).filter(in_force(on or viewer.on))
    rows = found.filter(kind=kind) if kind else found
    return tuple(_organisation_row(o) for o in rows)


def successor(*, viewer: Viewer, organisation: UUID, on: date) -> UUID:
    """Who stands for an organisation on a day: itself, or what it was merged into, step by step."""
    seen = {organisation}
    while True:
        tie = Tie.objects.seen_by(viewer).filter(in_force(on), organisation=organisation, kind="merger").first()
        if tie is None or tie.other_id in seen:
            return organisation
        organisation = tie.other_id
        seen.add(organisation)


def areas(*, viewer: Viewer, on: date) -> Mapping[UUID, UUID]:
    """The region to which each organisation belongs on a day, by organisation; those without one are left out."""
    ties = Tie.objects.seen_by(viewer).filter(in_force(on), kind="region")
    return dict(ties.values_list("organisation", "other"))
