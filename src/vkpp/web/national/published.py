"""Signed waivers, for everybody who is signed in: whom they let off what, why, and which role signed them when."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.views.decorators.http import require_GET

from vkpp.basics.markings import strictest
from vkpp.records.collections import queries
from vkpp.web.national.forms import shown_day
from vkpp.web.parts.shapes import Column, Crumb, Pages, Table, page_number


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Every signed waiver, the latest first; none of a round in a compartment."""
    found = queries.published_waivers(viewer=request.viewer)
    pages = Pages(page_number(request.GET.get("page"), len(found)), len(found), reverse("national:published"), "waivers")
    columns = (Column("Force"), Column("Collection and period"), Column("Let off"), Column("Its reason"), Column("Signed"))
    rows = [
        (
            one.organisation_name,
            f"{one.title}, {one.period_words}",
            capfirst(one.what),
            one.reason,
            f"{one.signed_by}, {shown_day(one.signed_on)}",
        )
        for one in found[pages.slice]
    ]
    said = {
        "title": "Waivers that were signed",
        "crumbs": [Crumb("Home", "/")],
        "marking": strictest(*(one.marking for one in found[pages.slice])),
        "table": Table(f"Waivers {pages.words}", columns, rows, "No waiver was signed yet."),
        "pages": pages,
    }
    return render(request, "national/published.html", said)
