"""The read log on a page: who opened which special-category record and when, for an auditor of the trail."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from vkpp.basics.markings import strictest
from vkpp.basics.working_days import LONDON
from vkpp.records.collections.queries.openings import OpeningRow, openings
from vkpp.records.ground.problems import NotThere
from vkpp.records.people import queries
from vkpp.web.parts.shapes import Cell, Choice, Column, Crumb, Filters, Pages, Table, page_number

_SPANS = (("", "At any time"), ("1", "Today and yesterday"), ("7", "In the last 7 days"), ("31", "In the last 31 days"))
_SIZE = 50
_MOST_PAGES = 10**6  # how many there are is known only after the question


@require_GET
def shown(request: HttpRequest) -> HttpResponse:
    """Openings, the latest first, by force, by span of days and by person."""
    if not request.viewer.may("trail.read"):
        raise NotThere
    places = [(str(one.id), one.name) for one in queries.organisations(viewer=request.viewer, kind="force")]
    force = _chosen(request, "force", dict(places))
    span = _chosen(request, "days", dict(_SPANS))
    person = _person(request.GET.get("person", ""))
    asked = partial(
        openings,
        viewer=request.viewer,
        person=person,
        organisation=UUID(force) if force else None,
        since=_since(request.viewer.on, int(span)) if span else None,
        size=_SIZE,
    )
    page = page_number(request.GET.get("page"), _MOST_PAGES * _SIZE, _SIZE)
    found = asked(start=(page - 1) * _SIZE)
    if page > (last := page_number(str(page), found.total, _SIZE)):  # past the end: the last page, as every list does
        page, found = last, asked(start=(last - 1) * _SIZE)
    here = reverse("account:read_log")
    kept = {name: value for name, value in (("force", force), ("days", span), ("person", person)) if value}
    pages = Pages(page, found.total, here, "openings", size=_SIZE, kept=kept)
    columns = (Column("When"), Column("Who"), Column("Force"), Column("What"), Column("How"))
    own = [("", "Everybody"), *(((person, _name(found.rows, person)),) if person else ())]
    choices = [
        Choice("force", "Force", [("", "Every force"), *places], force),
        Choice("days", "When", _SPANS, span),
        Choice("person", "Who", own, person),
    ]
    said = {
        "title": "Read log",
        "crumbs": [Crumb("Home", "/")],
        "marking": strictest(*(row.marking for row in found.rows)),
        "filters": Filters(choices, here),
        "table": Table(
            f"Openings {pages.words}", columns, [_line(row, here) for row in found.rows], empty="Nobody opened such a record."
        ),
        "pages": pages,
    }
    return render(request, "account/read_log.html", said)


def _chosen(request: HttpRequest, name: str, known: dict[str, str]) -> str:
    value = request.GET.get(name, "")
    return value if value in known else ""


def _person(text: str) -> str:
    try:
        return str(UUID(text)) if text else ""
    except ValueError:
        return ""


def _since(today: date, days: int) -> datetime:
    return datetime.combine(today - timedelta(days=days), time.min, LONDON)


def _name(rows: tuple[OpeningRow, ...], person: str) -> str:
    return next((row.name for row in rows if row.person == person and row.name), "Somebody whose name is no longer kept")


def _line(row: OpeningRow, here: str) -> tuple[Cell | str | int, ...]:
    name = row.name or "A name that is no longer kept"
    at = f"{timezone.localtime(row.at):%-d %B %Y, %H:%M}"
    who = Cell(name, f"{here}?person={row.person}", hidden="only")
    return at, who, row.organisation_name, row.title, row.how
