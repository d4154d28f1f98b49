"""Taskings: what is asked of forces beside the returns, each with purpose, basis, deadline and effort (16.8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules.rows import TaskingRow
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import queries as people
from vkpp.web.national.acting import Asking, Deed, Reason, asked, offers, only
from vkpp.web.national.forms import NewTasking, shown_day
from vkpp.web.national.gate import national
from vkpp.web.national.rounds import HOME, listing
from vkpp.web.parts.acting import status_of, tried
from vkpp.web.parts.shapes import Cell, Column, Crumb, Fact, Pages, Table, page_number

DEEDS: dict[str, Deed] = {
    "open": Deed(
        "Send the tasking out",
        "Each force on it sees it at its own home, and its hours count in the burden meter.",
        "The tasking is out.",
        secondary=False,
    ),
    "sign_hours": Deed(
        "Sign for the hours",
        "You sign as the national lead for more hours of a force than the limit. The reason is printed with the ask.",
        "The hours are signed for.",
        Reason,
        secondary=False,
    ),
    "close": Deed("Close the tasking", "Nobody can say any more that it is done.", "The tasking is closed."),
}
_DOES: Mapping[str, Callable[..., Any]] = {
    "open": commands.open_tasking,
    "sign_hours": commands.sign_tasking_hours,
    "close": commands.close_tasking,
}
_NEXT = {"draft": "Check it and send it out", "open": "Out", "closed": "Closed"}


def _listing() -> Crumb:
    return Crumb("Taskings", reverse("national:taskings"))


def _address(row: UUID, act: str = "") -> str:
    return reverse("national:tasking_act", args=[row, act]) if act else reverse("national:tasking", args=[row])


@require_GET
@national
def listed(request: HttpRequest) -> HttpResponse:
    """Every tasking by deadline."""
    found = queries.taskings(viewer=request.viewer)
    pages = Pages(page_number(request.GET.get("page"), len(found)), len(found), reverse("national:taskings"), "taskings")
    columns = (
        Column("Tasking"),
        Column("State"),
        Column("Due"),
        Column("Done", numeric=True),
        Column("Hours of one force", numeric=True),
    )
    rows = [
        (
            Cell(row.title, _address(row.id)),
            Cell(_NEXT[row.state], tag="plain" if row.state == "closed" else "do"),
            shown_day(row.due_on),
            f"{row.done} of {row.forces}",
            f"{row.hours:g}",
        )
        for row in found[pages.slice]
    ]
    said = {
        "title": "Taskings",
        "crumbs": [HOME, listing()],
        "table": Table(f"Taskings {pages.words}", columns, rows, "No tasking was drafted yet."),
        "pages": pages,
        "may": request.viewer.may("collections.manage"),
    }
    return render(request, "national/taskings.html", said)


@require_http_methods(["GET", "POST"])
@national
def new(request: HttpRequest) -> HttpResponse:
    """Draft a tasking."""
    forces = [(str(one.id), one.name) for one in people.organisations(viewer=request.viewer, kind="force")]
    form = NewTasking(forces, request.POST) if request.method == "POST" else NewTasking(forces)
    made: list[UUID] = []

    def draft(said: Mapping[str, Any]) -> None:
        given = dict(said) | {"organisations": [UUID(one) for one in said["organisations"]], "hours": float(said["hours"])}
        made.append(commands.draft_tasking(by=request.viewer, at=request.at, **given))

    problem = tried(form, draft) if request.method == "POST" else None
    if made:
        messages.success(request, "The draft is made. No force has been told.")
        return HttpResponseRedirect(_address(made[0]))
    said = {
        "title": "Draft a tasking",
        "crumbs": [HOME, listing(), _listing()],
        "form": form,
        "words": "What is held already is not asked for again. Look at the returns first.",
        "button": "Make the draft",
    }
    return render(request, "national/form.html", said, status=status_of(form, problem))


def _row(viewer: Viewer, tasking: UUID) -> TaskingRow:
    found = next((row for row in queries.taskings(viewer=viewer) if row.id == tasking), None)
    if found is None:
        raise NotThere
    return found


@require_GET
@national
def shown(request: HttpRequest, tasking: UUID) -> HttpResponse:
    """One tasking: what for, on what basis, by when, at what effort, and who has done it."""
    row = _row(request.viewer, tasking)
    said = {
        "title": row.title,
        "crumbs": [HOME, listing(), _listing()],
        "row": row,
        "facts": [
            Fact("Where it stands", row.state_words[:1].upper() + row.state_words[1:]),
            Fact("Due", shown_day(row.due_on), f"{row.working_days_left} working days left"),
            Fact("Hours of one force", f"{row.hours:g}", "signed for" if row.hours_signed else ""),
            Fact("Done", f"{row.done} of {row.forces}", "forces"),
        ],
        "acts": only(row.acts, DEEDS),
        "offers": offers(DEEDS, lambda name: _address(tasking, name)),
    }
    return render(request, "national/tasking.html", said)


@require_http_methods(["GET", "POST"])
@national
def act(request: HttpRequest, tasking: UUID, name: str) -> HttpResponse:
    """Say what an act on a tasking does, and do it when that is confirmed."""
    row, deed = _row(request.viewer, tasking), DEEDS.get(name)
    if deed is None:
        raise NotThere
    about = Asking(
        caption=row.title,
        back=_address(tasking),
        crumbs=[HOME, listing(), _listing(), Crumb(row.title, _address(tasking))],
        refused=row.acts.refused.get(name, ""),
    )
    do = _DOES[name]
    return asked(request, deed, about, lambda said: do(by=request.viewer, at=request.at, tasking=tasking, **said))
