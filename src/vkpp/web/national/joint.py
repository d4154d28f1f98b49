"""Joint taskings for those who work on them: each organisation reads the rows agreed for it, gives its own, takes them back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from vkpp.basics.markings import strictest
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules.rows import JointPage
from vkpp.records.ground.problems import NotThere
from vkpp.web.national.forms import GiveRow, shown_day
from vkpp.web.national.taskings import left
from vkpp.web.parts.acting import status_of, tried
from vkpp.web.parts.shapes import Cell, Column, Crumb, Fact, Pages, Table, page_number

HOME = Crumb("Home", "/")


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The joint taskings that the viewer's organisation works on; for whoever works on none there is nothing here."""
    if not request.viewer.may_anywhere("collections.share"):
        raise NotThere
    found = queries.joint_taskings(viewer=request.viewer)
    pages = Pages(page_number(request.GET.get("page"), len(found)), len(found), reverse("national:joints"), "taskings")
    columns = (Column("Tasking"), Column("Where it stands"), Column("Due"), Column("Works on it"))
    rows = [
        (Cell(one.title, reverse("national:joint", args=[one.id])), one.state_words.capitalize(), shown_day(one.due_on),
         ", ".join(one.members))
        for one in found[pages.slice]
    ]  # fmt: skip
    empty = "Your organisation works on no joint tasking now."
    said = {
        "title": "Joint taskings",
        "crumbs": [HOME],
        "marking": strictest(*(one.marking for one in found[pages.slice])),
        "caption": "",
        "table": Table(f"Joint taskings {pages.words}", columns, rows, empty),
        "pages": pages,
    }
    return render(request, "national/table.html", said)


@require_http_methods(["GET", "POST"])
def shown(request: HttpRequest, tasking: UUID) -> HttpResponse:
    """One joint tasking: what it is for, the rows agreed for the viewer's organisation, and a form that gives one."""
    page = queries.joint_page(viewer=request.viewer, tasking=tasking)
    givers = [(str(key), name) for key, name in page.givers]
    form = GiveRow(givers, [(str(key), name) for key, name in page.members], request.POST if request.method == "POST" else None)

    def give(said: Mapping[str, Any]) -> None:
        giver = UUID(said.get("organisation") or givers[0][0])
        agreed = [UUID(one) for one in said["agreed"]]
        commands.give_row(
            by=request.viewer, at=request.at, tasking=tasking, organisation=giver, what=said["what"], words=said["words"],
            agreed=agreed,
        )  # fmt: skip

    problem = tried(form, give) if form.is_bound else None
    if form.is_bound and problem is None and form.is_valid():
        messages.success(request, "The row is given. Only those for whom it was agreed can read it.")
        return HttpResponseRedirect(reverse("national:joint", args=[tasking]))
    return render(request, "national/joint.html", _said(request, page, form), status=status_of(form, problem))


def _said(request: HttpRequest, page: JointPage, form: GiveRow) -> dict[str, Any]:
    """The newest row comes first, so that who gave one sees it without turning pages."""
    row = page.tasking
    address = reverse("national:joint", args=[row.id])
    pages = Pages(page_number(request.GET.get("page"), len(page.rows)), len(page.rows), address, "rows")
    return {
        "title": row.title,
        "crumbs": [HOME, *_above(request)],
        "marking": row.marking,
        "row": row,
        "rows": page.rows[::-1][pages.slice],
        "pages": pages,
        "form": form,
        "open": row.state == "open",
        "facts": [
            Fact("Where it stands", row.state_words[:1].upper() + row.state_words[1:]),
            Fact("Due", shown_day(row.due_on), left(row, request.viewer.on)),
            Fact("Rows that you can read", len(page.rows)),
        ],
    }


def _above(request: HttpRequest) -> list[Crumb]:
    """The list, for whoever has one: a force that is asked comes from its returns."""
    shares = request.viewer.may_anywhere("collections.share")
    return [Crumb("Joint taskings", reverse("national:joints"))] if shares else [Crumb("Returns", reverse("force:returns"))]


@require_POST
def withdraw(request: HttpRequest, tasking: UUID, row: UUID) -> HttpResponse:
    """Take a row back."""
    commands.withdraw_row(by=request.viewer, at=request.at, row=row)
    messages.success(request, "The row is taken back. Nobody but your organisation can read it any more.")
    return HttpResponseRedirect(reverse("national:joint", args=[tasking]))
