"""The search page: what holds the words, by kind, with reference and marking; a whole reference leads straight to its page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from vkpp.basics.markings import strictest
from vkpp.basics.problems import Problem, UsageProblem
from vkpp.records.collections.rules import counted
from vkpp.records.search import queries
from vkpp.records.search.rules import LONGEST_QUESTION, sources
from vkpp.records.thread.queries import resolve
from vkpp.records.thread.rules import spelled
from vkpp.web.parts.shapes import Choice, Crumb, Filters
from vkpp.web.search.places import Place, addresses, reference_address

_LIKE_A_REFERENCE = re.compile(r"\s*vkpp-", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Result:
    """A hit as the page shows it; `href` is "" where no page of the viewer's shows it."""

    hit: queries.Hit
    href: str


@require_GET
def shown(request: HttpRequest) -> HttpResponse:
    """What the words find of all that this viewer may see; without words, how to ask."""
    text = " ".join(request.GET.get("q", "").split())
    if leads := _reference(request, text):
        return HttpResponseRedirect(leads)
    kind = request.GET.get("kind", "")
    kind = kind if kind in sources() else ""
    page, trouble = queries.Page((), 0, (), None), ""
    try:
        page = queries.search(request.viewer, text, kinds=(kind,) if kind else (), after=request.GET.get("after") or None)
    except UsageProblem as problem:
        trouble = str(problem)
    said = {
        "title": f"Search: {counted(page.total, 'result')}" if text and not trouble else "Search",
        "crumbs": [Crumb("Home", "/")],
        "asked": text,
        "longest": LONGEST_QUESTION,
        "trouble": trouble,
        "page": page,
        "results": _results(request, page),
        "filters": _filters(text, kind, page) if page.kinds else None,
        "more": _address(text, kind, page.after) if page.after else "",
        "first": _address(text, kind) if request.GET.get("after") else "",
        "marking": strictest(*(hit.marking for hit in page.hits)),
    }
    return render(request, "search/results.html", said, status=400 if trouble else 200)


def _reference(request: HttpRequest, text: str) -> str:
    """Where a whole reference leads, "" for other words and for what is not there for this viewer."""
    if not _LIKE_A_REFERENCE.match(text):
        return ""
    try:
        return reference_address(resolve(viewer=request.viewer, reference=spelled(text)).reference)
    except Problem:
        return ""


def _results(request: HttpRequest, page: queries.Page) -> list[Result]:
    found = addresses(request.viewer, [Place(hit.kind, hit.key, hit.reference) for hit in page.hits])
    return [Result(hit, found[hit.key]) for hit in page.hits]


def _filters(text: str, kind: str, page: queries.Page) -> Filters:
    """Kinds with how many this viewer finds of each."""
    every = sum(number for _, _, number in page.kinds)
    options = [("", f"Every kind ({every:,})"), *((code, f"{words} ({number:,})") for code, words, number in page.kinds)]
    return Filters([Choice("kind", "Kind", options, kind)], reverse("search:results"), kept={"q": text})


def _address(text: str, kind: str, after: str = "") -> str:
    query = {"q": text} | ({"kind": kind} if kind else {}) | ({"after": after} if after else {})
    return f"{reverse('search:results')}?{urlencode(query)}"
