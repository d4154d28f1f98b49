"""Organisations and what ties them, each with its dates: whose region, whose host, merged into what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from vkpp.records.ground.viewer import Viewer
from vkpp.records.people.models import Organisation, Tie, in_force


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    id: UUID
    code: str
    kind: str
    name: str
    valid_from: date
    ended_on: date | None


def organisations(*, viewer: Viewer, kind: str = "", on: date | None = None) -> tuple[OrganisationRow, ...]:
    """Organisations of a kind (all without one) that exist on a day (the viewer's)."""
    found = Organisation.objects.seen_by(viewer).filter(in_force(on or viewer.on))
    rows = found.filter(kind=kind) if kind else found
    return tuple(OrganisationRow(o.id, o.code, o.kind, o.name, o.valid_from, o.ended_on) for o in rows)


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
