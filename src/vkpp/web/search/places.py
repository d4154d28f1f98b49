"""Where each kind of object has its page, for whom: a return has one for its force, its region and the national team."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from vkpp.records.collections.queries import joint_pages
from vkpp.records.collections.queries.findable import returns_of_waivers
from vkpp.records.ground.viewer import Viewer

_NATIONAL = ("collections.manage", "collections.accept", "collections.sign")
_FORCE = ("collections.prepare", "collections.certify")


@dataclass(frozen=True, slots=True)
class Place:
    """An object to be opened: its kind as search names it, its id, and its reference where it is the address."""

    kind: str
    key: UUID
    reference: str = ""


def reference_address(reference: str) -> str:
    """The address that a reference is."""
    return reverse("search:cited", args=[reference.removeprefix("VKPP-")])


def addresses(viewer: Viewer, found: Collection[Place]) -> Mapping[UUID, str]:
    """The page of each for this viewer, by its id; "" where none of theirs shows it. At most two queries."""
    waived, tasked = ([one.key for one in found if one.kind == kind] for kind in ("waiver", "tasking"))
    returns = returns_of_waivers(viewer=viewer, waivers=waived) if waived else {}
    joint = joint_pages(viewer=viewer, taskings=tasked) if tasked else frozenset()
    return {one.key: _address(viewer, one, returns, joint) for one in found}


def _address(viewer: Viewer, place: Place, returns: Mapping[UUID, UUID], joint: Collection[UUID]) -> str:
    if place.kind in ("finding", "recommendation", "evidence"):
        return reference_address(place.reference)
    if any(viewer.may(permission) for permission in _NATIONAL):
        return _national(place)
    if place.key in joint:
        return reverse("national:joint", args=[place.key])
    if place.kind == "waiver":
        return _of_a_return(viewer, returns[place.key]) if place.key in returns else ""
    return _of_a_return(viewer, place.key) if place.kind == "return" else _list(viewer)


def _national(place: Place) -> str:
    if place.kind == "waiver":
        return reverse("national:waivers")
    return reverse(f"national:{place.kind}", args=[place.key])


def _of_a_return(viewer: Viewer, submission: UUID) -> str:
    area = viewer.may_anywhere("collections.approve")
    return reverse("region:return" if area else "force:return", args=[submission])


def _list(viewer: Viewer) -> str:
    """A round, or a tasking that is not joint, has no page of its own for a force and a region: it stands in their list."""
    if viewer.may_anywhere("collections.approve"):
        return reverse("region:forces")
    return reverse("force:returns") if any(viewer.may_anywhere(permission) for permission in _FORCE) else ""
