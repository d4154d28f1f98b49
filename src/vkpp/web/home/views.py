"""The home page: what the programme set out to do, row for row, and how each stands here."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from vkpp.basics.markings import strictest
from vkpp.catalogue.programme import Line, Outcome, Programme, load_programme
from vkpp.records.collections import queries as collections
from vkpp.records.collections.rules.rows import SubmissionRow
from vkpp.records.ground.viewer import Viewer
from vkpp.web.home.places import NOT_BUILT, desks, shown


@cache
def _programme() -> Programme:
    return load_programme()


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The four pillars and their rows for this viewer."""
    programme = _programme()
    pillars = [(pillar, [_row(line, request.viewer) for line in pillar.lines]) for pillar in programme.pillars]
    built = sum(row["built"] for _, rows in pillars for row in rows)
    waiting = collections.waiting_for(viewer=request.viewer)
    said = {
        "title": "Home",
        "marking": strictest(*(row["marking"] for _, rows in pillars for row in rows), *(row.marking for row in waiting)),
        "waiting": [_waits(row) for row in waiting],
        "desks": desks(request.viewer),
        "programme": programme,
        "pillars": pillars,
        "built": built,
        "lines": len(programme.lines),
        "outcomes": programme.outcomes,
    }
    return render(request, "home/home.html", said)


def _waits(row: SubmissionRow) -> dict[str, str]:
    """A return on which it is the viewer's turn: what they do next, and where."""
    name = f"{row.organisation_name}, {row.period_words}"
    return {"words": row.next_words, "name": name, "href": reverse("force:return", args=[row.id])}


def _row(line: Line, viewer: Viewer) -> dict[str, Any]:
    place = shown(line.place, viewer)
    built = place.state is not NOT_BUILT
    said = {"line": line, "href": place.href, "state": place.state, "built": built, "outcomes": _told(line.outcomes)}
    return said | {"marking": place.marking}


def _told(outcomes: tuple[Outcome, ...]) -> str:
    """ "1, 2 and 3"; what the source says where it says nothing."""
    codes = [outcome.code for outcome in outcomes]
    if not codes:
        return "Not stated beside it in the source"
    return " and ".join(part for part in (", ".join(codes[:-1]), codes[-1]) if part)
