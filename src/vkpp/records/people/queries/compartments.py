"""Compartments for whoever is in them; for others there are none."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from vkpp.records.ground.viewer import Viewer
from vkpp.records.people.models import Compartment, Inside, in_force


@dataclass(frozen=True, slots=True)
class CompartmentRow:
    id: UUID
    title: str
    purpose: str


def compartments(*, viewer: Viewer) -> tuple[CompartmentRow, ...]:
    """The compartments that the viewer is in; there are no others."""
    return tuple(CompartmentRow(c.id, c.title, c.purpose) for c in Compartment.objects.seen_by(viewer).filter(closed_on=None))


def inside(*, viewer: Viewer, compartment: UUID) -> tuple[UUID, ...]:
    """Who is in a compartment, by id; nobody, when the viewer is not."""
    rows = Inside.objects.seen_by(viewer).filter(in_force(viewer.on), compartment=compartment)
    return tuple(rows.order_by("person").values_list("person", flat=True))
