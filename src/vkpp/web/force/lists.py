"""A force's home: what waits for it by deadline in working days, what is finished, taskings, and the hours asked of it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from vkpp.basics.markings import Marking, strictest
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules.lateness import due_in, late_words
from vkpp.records.collections.rules.rows import ForceHome, SubmissionRow, TaskingRow
from vkpp.records.collections.rules.turns import waits_for
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import queries as people
from vkpp.web.force import words
from vkpp.web.parts.shapes import Act, Cell, Column, Fact, Pages, Table, Tag, page_number

_COLUMNS = (Column("Return"), Column("Due"), Column("What to do next"), Column("Who holds it"))


@require_GET
def returns(request: HttpRequest) -> HttpResponse:
    """Every return of the viewer's forces, those that wait first."""
    home = queries.force_home(viewer=request.viewer)
    mine = [row for row in home.returns if waits_for(row, request.viewer)]
    others = [row for row in home.returns if row not in mine]
    address = str(reverse("force:returns"))
    pages = Pages(page_number(request.GET.get("page"), len(home.finished)), len(home.finished), address, "finished returns")
    said = {
        "title": "Returns",
        "crumbs": [words.HOME],
        "marking": _marking((*mine, *others, *home.finished[pages.slice]), home.taskings),
        "first": mine[0] if mine else None,
        "due": words.due(mine[0]) if mine else "",
        "caption": words.caption(mine[0]) if mine else "",
        "waiting": Table("These wait for you", _COLUMNS, [_line(row) for row in mine]),
        "others": Table("These wait for somebody else", _COLUMNS, [_line(row) for row in others]),
        "finished": Table(f"Finished: {pages.words}", _FINISHED, [_finished(row) for row in home.finished[pages.slice]]),
        "pages": pages,
        "taskings": _taskings(home, request.viewer),
        "prepares": request.viewer.may_anywhere("collections.prepare"),  # who gives rows to a joint tasking
        "hours": _hours(home),
    }
    return render(request, "force/returns.html", said)


def _marking(returns: Iterable[SubmissionRow], taskings: Iterable[TaskingRow]) -> Marking:
    return strictest(*(row.marking for row in returns), *(row.marking for row in taskings))


_FINISHED = (Column("Return"), Column("How it ended"), Column("Records", numeric=True), Column("Receipt"))


def _name(row: SubmissionRow) -> Cell:
    return Cell(f"{row.organisation_name}: {row.title}, {row.period_words}", words.at("return", row.id))


def _line(row: SubmissionRow) -> list[Cell | str | int]:
    tag = words.next_tag(row)
    left = row.working_days_left
    in_days = late_words(row) or (due_in(left, past=False) if left >= 0 else "")
    return [_name(row), f"{row.due_on:%-d %B %Y}" + (f", {in_days}" if in_days else ""), Cell(*_of(tag)), row.holder]


def _of(tag: Tag) -> tuple[str, str, str, str]:
    return tag.words, "", "", tag.kind


def _finished(row: SubmissionRow) -> list[Cell | str | int]:
    receipt = Cell("Receipt", words.at("receipt", row.id), f"of {row.period_words}") if row.accepted else "None"
    total: str | int = "Not known" if row.total is None else row.total
    return [_name(row), row.state_words.capitalize(), total, receipt]


def _hours(home: ForceHome) -> list[Fact]:
    return [
        Fact(f"Hours asked of {one.organisation_name} this quarter", f"{one.hours:g}", f"the limit is {one.limit:g}")
        for one in home.hours
    ]


def _taskings(home: ForceHome, viewer: Viewer) -> list[tuple[TaskingRow, list[Act]]]:
    """Each with a button for each of the viewer's forces that has not said that it has done what was asked."""
    known = people.organisations(viewer=viewer)
    mine = [one for one in known if one.id in viewer.organisations and viewer.may("collections.prepare", one.id)]
    return [(row, [_done(row, one.id, one.name) for one in mine if one.name in row.waiting_for]) for row in home.taskings]


def _done(row: TaskingRow, organisation: UUID, name: str) -> Act:
    return Act(f"Say that {name} has done it", str(reverse("force:tasking_done", args=[row.id, organisation])), "post", True)


@require_POST
def tasking_done(request: HttpRequest, tasking: UUID, organisation: UUID) -> HttpResponse:
    commands.report_done(by=request.viewer, at=request.at, tasking=tasking, organisation=organisation)
    messages.success(request, "Recorded: your force has done what the tasking asked.")
    return HttpResponseRedirect(reverse("force:returns"))
