"""A stable reference is an address: the page of a finding, a recommendation or evidence, or the way to that of a return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET

from vkpp.records.ground.problems import NotThere
from vkpp.records.thread import queries
from vkpp.web.parts.shapes import Cell, Column, Crumb, Table
from vkpp.web.search.places import Place, addresses, reference_address

_CRUMBS = [Crumb("Home", "/"), Crumb("Search", "/search/")]
_ELSEWHERE = {"collections.round": "round", "collections.submission": "return", "collections.waiver": "waiver"}


@require_GET
def shown(request: HttpRequest, rest: str) -> HttpResponse:
    """What stands behind the reference, also after it was withdrawn or merged: then the page says so."""
    found = queries.resolve(viewer=request.viewer, reference=f"VKPP-{rest}")
    here = reference_address(found.reference)
    if request.path != here:
        return HttpResponseRedirect(here)
    if kind := _ELSEWHERE.get(found.kind):
        there = addresses(request.viewer, [Place(kind, found.key)])[found.key]
        if not there:
            raise NotThere
        return HttpResponseRedirect(there)
    return _PAGES[found.kind](request, found.key)


def _finding(request: HttpRequest, key: UUID) -> HttpResponse:
    row = queries.finding(viewer=request.viewer, finding=key)
    rows = [
        (Cell(one.reference, reference_address(one.reference)), one.kind_words.capitalize(), one.says) for one in row.evidence
    ]
    columns = (Column("Evidence"), Column("Kind"), Column("What it says"))
    return _page(request, "Finding", row, Table("What it stands on", columns, rows, empty="No evidence that you may see."))


def _recommendation(request: HttpRequest, key: UUID) -> HttpResponse:
    row = queries.recommendation(viewer=request.viewer, recommendation=key)
    rows = [(Cell(name, reference_address(name)), words.capitalize()) for _, name, words in row.findings]
    table = Table("The findings it rests on", (Column("Finding"), Column("State")), rows, empty="No finding that you may see.")
    return _page(request, "Recommendation", row, table, addressees=[name for _, name in row.addressees])


def _page(request: HttpRequest, kind: str, row: Any, table: Table, addressees: list[str] | None = None) -> HttpResponse:
    """Titles name the reference and never the words, which stand in the browser's history."""
    said = {
        "title": f"{kind} {row.reference}",
        "kind": kind,
        "crumbs": _CRUMBS,
        "marking": row.marking,
        "row": row,
        "table": table,
        "addressees": addressees,
    }
    return render(request, "search/link.html", said)


def _evidence(request: HttpRequest, key: UUID) -> HttpResponse:
    row = queries.evidence(viewer=request.viewer, evidence=key)
    opens = ""
    if row.kind == "submission" and row.pointer:
        opens = addresses(request.viewer, [Place("return", UUID(row.pointer))])[UUID(row.pointer)]
    said = {"title": f"Evidence {row.reference}", "crumbs": _CRUMBS, "marking": row.marking, "row": row, "opens": opens}
    return render(request, "search/evidence.html", said)


_PAGES: dict[str, Callable[[HttpRequest, UUID], HttpResponse]] = {
    "thread.finding": _finding,
    "thread.recommendation": _recommendation,
    "thread.evidence": _evidence,
}
