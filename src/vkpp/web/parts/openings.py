"""The read log: which addresses show special-category data of which record, and the one place that writes who opened it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse

from vkpp.records.trail.commands import opened
from vkpp.records.trail.queries import opened_since
from vkpp.records.trail.rules import reference

# Turning the pages of one list is one opening; taking a file away is one each time.
_ONE_OPENING = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Special:
    """An address that shows special-category data: of which kind of record, named by which part, and whether as a file."""

    kind: str
    part: str
    how: str = "page"


_RETURN = Special("collections.submission", "submission")
_FILE = Special("collections.submission", "submission", "file")
# By the address's name. A test plants values and finds an address that shows them and is not here.
SPECIAL: dict[str, Special] = {
    "force:results": _RETURN,
    "force:findings": _FILE,
    "force:fix": _RETURN,
    "force:fix_cells": _RETURN,
    "force:pack": _RETURN,
    "force:pack_file": _FILE,
    "region:return": _RETURN,
    "national:return": _RETURN,
}


def _shows(answer: HttpResponse) -> bool:
    """A form that is refused is shown again with what its page shows; a page in words about a problem shows nothing."""
    return answer.status_code == 200 or (answer.status_code in (400, 403) and not getattr(answer, "is_problem", False))


def note(request: HttpRequest, answer: HttpResponse) -> None:
    """Write who opened what, after the page was made and before it is sent; a fault here keeps the page from being sent."""
    match = request.resolver_match
    special = SPECIAL.get(match.view_name) if match else None
    if special is None or match is None or request.viewer is None or not _shows(answer):
        return
    about = reference(special.kind, match.kwargs[special.part])
    once = special.how == "page" and opened_since(viewer=request.viewer, about=about, since=request.at - _ONE_OPENING)
    if not once:
        opened(by=request.viewer, at=request.at, about=about, how=special.how)
