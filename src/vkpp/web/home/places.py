"""What opens each line of the programme in the service, and its state in words, from records; "not built" where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from vkpp.basics.markings import OFFICIAL, Marking, strictest
from vkpp.records.collections import queries as collections
from vkpp.records.collections.states import OPEN
from vkpp.records.ground.viewer import Viewer
from vkpp.web.parts.shapes import Tag

NOT_BUILT = Tag("Not built yet", "plain")
NOT_YOURS = Tag("Built; your roles do not open it", "plain")


@dataclass(frozen=True, slots=True)
class Door:
    """A page that shows a line of the programme to whoever holds one of the permissions (none: everybody)."""

    name: str
    permissions: tuple[str, ...] = ()

    def open_to(self, viewer: Viewer) -> bool:
        return not self.permissions or any(viewer.may_anywhere(permission) for permission in self.permissions)


def _plain(viewer: Viewer) -> Marking:
    return OFFICIAL


@dataclass(frozen=True, slots=True)
class Place:
    """The doors of a line, the likeliest first, and what its state is for a viewer."""

    doors: tuple[Door, ...]
    state: Callable[[Viewer], Tag]
    marking: Callable[[Viewer], Marking] = _plain  # of what the state tells of


@dataclass(frozen=True, slots=True)
class Shown:
    """A line as the home page shows it: where it leads ("" for nowhere yet), its state and the marking of what that tells."""

    href: str
    state: Tag
    marking: Marking = OFFICIAL


def _rounds(viewer: Viewer) -> Tag:
    """How the quarterly rounds stand, as far as this viewer may know of them."""
    found = [row for row in collections.rounds(viewer=viewer) if row.collection == "csae"]
    running = [row for row in found if row.state == OPEN]
    if running:
        due = min(row.due_on for row in running)
        many = f"{len(running)} rounds are open" if len(running) > 1 else f"{running[0].period_words} is open"
        return Tag(f"{many}, {'was due' if due < viewer.on else 'due'} {due:%-d %B %Y}", "do")
    return Tag(f"No round is open; {len(found)} so far" if found else "No round has been opened yet", "plain")


def _of_rounds(viewer: Viewer) -> Marking:
    found = [row for row in collections.rounds(viewer=viewer) if row.collection == "csae"]
    return strictest(*(row.marking for row in found))


def desks(viewer: Viewer) -> list[tuple[str, str]]:
    """Where the viewer's own desk is while a round is open, as (words, address): nobody looks for it among the lines."""
    if viewer.may_anywhere("collections.manage"):
        running = [row for row in collections.rounds(viewer=viewer) if row.state == OPEN]
        return [
            (f"Can I publish? {row.title}, {row.period_words}", reverse("national:round", args=[row.id]))
            for row in sorted(running, key=lambda row: (row.due_on, row.title))
        ]
    if viewer.may_anywhere("collections.approve") and _rounds(viewer).kind == "do":
        return [("Our forces: what is to approve, late or changed", reverse("region:forces"))]
    return []


# By the `place` of the programme's data. Whoever builds a line adds it here; the rest says that it is not built.
PLACES: dict[str, Place] = {
    "csae": Place(
        (
            Door("national:rounds", ("collections.manage",)),
            Door("region:forces", ("collections.approve",)),
            Door("force:returns", ("collections.prepare", "collections.certify")),
        ),
        _rounds,
        _of_rounds,
    ),
}


def shown(place: str, viewer: Viewer) -> Shown:
    """Where a line leads for this viewer and how it stands. A page that does not exist yet is not built, whatever is listed."""
    found = PLACES.get(place)
    built = [(door, href) for door in found.doors if (href := _address(door.name))] if found else []
    if found is None or not built:
        return Shown("", NOT_BUILT)
    opened = [href for door, href in built if door.open_to(viewer)]
    return Shown(opened[0], found.state(viewer), found.marking(viewer)) if opened else Shown("", NOT_YOURS)


def _address(name: str) -> str:
    try:
        return str(reverse(name))
    except NoReverseMatch:
        return ""
