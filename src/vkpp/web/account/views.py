"""Pages of one's own account: what one may do here, how one signs in, and work that was kept over a time-out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from vkpp.records.people import queries
from vkpp.records.people.rules import permissions
from vkpp.web.account import kept_work
from vkpp.web.account.compartments import known
from vkpp.web.parts.shapes import Cell, Column, Table

_SHOWN = 4000  # characters of one kept answer


@require_GET
def still_here(request: HttpRequest) -> HttpResponse:
    """Begins the half hour anew; the session is saved with every request."""
    return HttpResponse(status=204)


@require_GET
def roles(request: HttpRequest) -> HttpResponse:
    """What the viewer may do here, in words."""
    held = queries.my_roles(viewer=request.viewer)
    shown = Table(
        "Your roles",
        (Column("Role"), Column("Where"), Column("What it lets you do"), Column("Since")),
        [(Cell(r.title), r.organisation_name, r.words, f"{r.valid_from:%-d %B %Y}") for r in held],
        empty="You have no role here. Ask the access manager of your organisation.",
    )
    other = [words for name, words in permissions().items() if not request.viewer.may_anywhere(name)]
    return render(
        request,
        "account/roles.html",
        {"title": "What you can do here", "table": shown, "other": other, "compartments": known(request.viewer)},
    )


@require_http_methods(["GET", "POST"])
def kept(request: HttpRequest) -> HttpResponse:
    """What was typed before the session ended: carry on with it, or leave it."""
    if request.method == "POST":
        kept_work.forget(request)
        return HttpResponseRedirect("/")
    found = kept_work.kept_for(request)
    if found is None:
        return HttpResponseRedirect("/")
    words = [(label, value[:_SHOWN]) for label, value in kept_work.said(found["fields"], found["path"])]
    return render(request, "account/kept_work.html", {"title": "Your work was kept", "kept": found, "words": words})
