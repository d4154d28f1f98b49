"""Taskings: what is asked of forces beside the returns, each with purpose, basis, deadline and effort (16.8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from vkpp.basics.markings import strictest
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules.lateness import due_in
from vkpp.records.collections.rules.rows import TaskingRow
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import queries as people
from vkpp.web.national.acting import Asking, Deed, Reason, asked, offers, only
from vkpp.web.national.forms import NewTasking, shown_day
from vkpp.web.national.gate import national
from vkpp.web.national.rounds import HOME, listing
from vkpp.web.parts.acting import status_of, tried
from vkpp.web.parts.marking import Mark, marked_now
from vkpp.web.parts.shapes import Cell, Column, Crumb, Fact, Pages, Table, page_number

DEEDS: dict[str, Deed] = {
    "open": Deed(
        "Send the tasking out",
        "Each force on it sees it at its own home, and its hours count in its quarter. It and the members get a letter.",
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
    "discard": Deed("Discard the draft", "The draft goes. Nobody was told of it.", "The draft is gone."),
    "close": Deed("Close the tasking", "Nobody can say any more that it is done.", "The tasking is closed."),
    "mark": Deed(
        "Set the marking",
        "The marking stands at the head and foot of every page, print and file of the tasking.",
        "The marking is set.",
        Mark,
    ),
}
_DOES: Mapping[str, Callable[..., Any]] = {
    "open": commands.open_tasking,
    "sign_hours": commands.sign_tasking_hours,
    "discard": commands.discard_tasking,
    "close": commands.close_tasking,
    "mark": commands.mark_tasking,
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
        "marking": strictest(*(row.marking for row in found[pages.slice])),
        "table": Table(f"Taskings {pages.words}", columns, rows, "No tasking was drafted yet."),
        "pages": pages,
        "may": request.viewer.may("collections.manage"),
    }
    return render(request, "national/taskings.html", said)


def _choices(viewer: Viewer) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Forces that can be asked, and organisations that can work on it."""
    found = people.organisations(viewer=viewer)
    forces = [(str(one.id), one.name) for one in found if one.kind == "force"]
    return forces, [(str(one.id), one.name) for one in found if one.kind in ("partner", "programme", "region")]


def _given(said: Mapping[str, Any]) -> dict[str, Any]:
    listed = {name: [UUID(one) for one in said[name]] for name in ("organisations", "members")}
    return {name: value for name, value in said.items() if name != "looked"} | listed | {"hours": float(said["hours"])}


@require_http_methods(["GET", "POST"])
@national
def new(request: HttpRequest) -> HttpResponse:
    """Draft a tasking. Those before that are like it are offered first: nothing is drafted before they were shown."""
    form = NewTasking(*_choices(request.viewer), request.POST if request.method == "POST" else None)
    made: list[UUID] = []
    like: tuple[TaskingRow, ...] = ()

    def draft(said: Mapping[str, Any]) -> None:
        made.append(commands.draft_tasking(by=request.viewer, at=request.at, **_given(said)))

    if form.is_bound and form.is_valid() and not form.cleaned_data["looked"]:
        about = {name: form.cleaned_data[name] for name in ("title", "purpose")}
        like = queries.similar_taskings(viewer=request.viewer, **about)
    problem = tried(form, draft) if form.is_bound and not like else None
    if made:
        messages.success(request, "The draft is made. No force has been told.")
        return HttpResponseRedirect(_address(made[0]))
    if like:
        form.data = form.data.copy()
        form.data["looked"] = "on"
    said = {
        "title": "Draft a tasking" if not like else "Something like it was asked before",
        "crumbs": [HOME, listing(), _listing()],
        "marking": strictest(*(one.marking for one in like)),
        "form": form,
        "words": "What is held already is not asked for again. Look at the returns first."
        if not like
        else "Read what is there first. If it does not answer the question, make the draft: what you wrote is below.",
        "like": [(one, _address(one.id)) for one in like],
        "button": "Make the draft" if not like else "None of them answers it: make the draft",
    }
    return render(request, "national/new_tasking.html", said, status=200 if like else status_of(form, problem))


@require_http_methods(["GET", "POST"])
@national
def edit(request: HttpRequest, tasking: UUID) -> HttpResponse:
    """Change a draft."""
    row = _row(request.viewer, tasking)
    if refused := row.acts.refused.get("edit", ""):
        raise Refused(refused, next_step="open the tasking again: it says what can be done now, and who can do it")
    forces, members = _choices(request.viewer)
    by_name = {name: key for key, name in (*forces, *members)}
    initial = {
        "title": row.title,
        "purpose": row.purpose,
        "basis": row.basis,
        "hours": f"{row.hours:g}",
        "working_days": max(1, row.working_days_left),
        "organisations": [by_name[name] for name in row.waiting_for if name in by_name],
        "members": [by_name[name] for name in row.members if name in by_name],
    }
    form = NewTasking(forces, members, request.POST if request.method == "POST" else None, initial=initial)

    def change(said: Mapping[str, Any]) -> None:
        commands.edit_tasking(by=request.viewer, at=request.at, tasking=tasking, **_given(said))

    problem = tried(form, change) if form.is_bound else None
    if form.is_bound and problem is None and form.is_valid():
        messages.success(request, "The draft is changed.")
        return HttpResponseRedirect(_address(tasking))
    said = {
        "title": "Change the draft",
        "crumbs": [HOME, listing(), _listing(), Crumb(row.title, _address(tasking))],
        "marking": row.marking,
        "form": form,
        "words": "The deadline counts from today. Other hours than were signed for need a new signature.",
        "like": [],
        "button": "Save the draft",
    }
    return render(request, "national/new_tasking.html", said, status=status_of(form, problem))


def left(row: TaskingRow, today: date) -> str:
    """How long there is, where anybody can still do it."""
    return "" if row.state == "closed" else due_in(row.working_days_left, past=row.due_on < today)


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
        "marking": row.marking,
        "row": row,
        "facts": [
            Fact("Where it stands", row.state_words[:1].upper() + row.state_words[1:]),
            Fact("Due", shown_day(row.due_on), left(row, request.viewer.on)),
            Fact("Hours of one force", f"{row.hours:g}", "signed for" if row.hours_signed else ""),
            Fact("Done", f"{row.done} of {row.forces}", "forces"),
        ],
        "acts": only(row.acts, DEEDS),
        "offers": offers(DEEDS, lambda name: _address(tasking, name)),
        "may_edit": "edit" in row.acts.allowed,
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
        back=reverse("national:taskings") if name == "discard" and request.method == "POST" else _address(tasking),
        crumbs=[HOME, listing(), _listing(), Crumb(row.title, _address(tasking))],
        marking=row.marking,
        refused=row.acts.refused.get(name, ""),
        initial=marked_now(row.marking) if name == "mark" else {},
    )
    do = _DOES[name]
    return asked(request, deed, about, lambda said: do(by=request.viewer, at=request.at, tasking=tasking, **said))
