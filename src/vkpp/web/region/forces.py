"""A region's own forces: late, queried, changed, to approve, on one screen; chased in one act (16.9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from vkpp.basics.markings import Marking, strictest
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules import chase_words, counted
from vkpp.records.collections.rules.lateness import due_in, is_lost, late_words
from vkpp.records.collections.rules.letters import chase_letters
from vkpp.records.collections.rules.rows import AreaRound, SubmissionRow
from vkpp.records.collections.states import OPEN, WITH_THE_FORCE
from vkpp.records.ground.problems import NotThere
from vkpp.web.parts.shapes import Cell, Column, Crumb, Fact, Pages, Table, page_number

HOME = Crumb("Home", "/")
PERMISSION = "collections.approve"
_SHOW = (("queried", "With queries to answer"), ("changed", "Changed since they were accepted"))


def regional(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for whoever approves returns of an area. For anybody else there is nothing here."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.viewer.may_anywhere(PERMISSION):
            raise NotThere
        return view(request, *args, **kwargs)

    return run


def listing() -> Crumb:
    return Crumb("Our forces", reverse("region:forces"))


def day(value: Any) -> str:
    """5 January 2026."""
    return f"{value:%-d %B %Y}"


@require_GET
@regional
def shown(request: HttpRequest) -> HttpResponse:
    """Every round that is not locked, open ones first, in pages of a few."""
    found = queries.region_overview(viewer=request.viewer).rounds
    here = reverse("region:forces")
    pages = Pages(page_number(request.GET.get("page"), len(found), 3), len(found), here, "rounds", size=3)
    waits = sum(len(one.to_approve) for one in found)
    late = sum(len(one.late) for one in found if one.row.state == OPEN)
    still = sum(len(_to_come(one)) for one in found if one.row.state != OPEN)
    waiting = counted(waits, "return waits", "returns wait") if waits else "No return waits"
    answer = f"{waiting} for you to approve; {counted(late, 'is', 'are') if late else 'none is'} late."
    if still:
        answer += f" In closed rounds {counted(still, 'return is', 'returns are')} still to come."
    said = {
        "title": "Our forces",
        "crumbs": [HOME],
        "marking": strictest(*(_marking(one) for one in found[pages.slice])),
        "answer": answer,
        "rounds": [_round(one, request.viewer.on) for one in found[pages.slice]],
        "pages": pages,
    }
    return render(request, "region/forces.html", said)


def _marking(one: AreaRound) -> Marking:
    return strictest(one.row.marking, *(row.marking for row in one.returns))


def _round(one: AreaRound, today: date) -> dict[str, Any]:
    row, running = one.row, one.row.state == OPEN
    due = due_in(row.working_days_left, past=row.due_on < today)
    return {
        "row": row,
        "facts": [
            Fact("Certified or further", f"{one.received} of {one.expected}", "of our forces"),
            Fact("Late", len(one.late)) if running else Fact("Still to come", len(_to_come(one)), "the round is closed"),
            Fact("With queries", len(one.queried)),
            Fact("Changed", len(one.changed), "since they were accepted"),
            Fact("Due", day(row.due_on), due if running else "closed"),
        ],
        "approve": _table(f"{counted(len(one.to_approve), 'return waits', 'returns wait')} for you to approve", one.to_approve)
        if one.to_approve
        else None,
        "lists": [_table(f"{words}: {len(rows)}", rows) for words, rows in _lists(one) if rows],
        "all": _table(f"Every return: {len(one.returns)}", one.returns),
        "chase": chase_words(len(one.chase)),
    }


def _to_come(one: AreaRound) -> list[SubmissionRow]:
    """Of a closed round, whatever the deadline was: what still comes, or is being checked."""
    return [row for row in one.returns if row.state in WITH_THE_FORCE and not is_lost(row.state, row.round_state)]


def _lists(one: AreaRound) -> list[tuple[str, Sequence[SubmissionRow]]]:
    rest = [(words, getattr(one, name)) for name, words in _SHOW]
    if one.row.state == OPEN:
        return [("Late", one.late), *rest]
    gone = [row for row in one.returns if is_lost(row.state, row.round_state) and not row.accepted]
    return [("Still to come", _to_come(one)), ("Not in, and not taken any more", gone), *rest]


def _table(caption: str, rows: Sequence[SubmissionRow]) -> Table:
    columns = (Column("Force"), Column("What happens next"), Column("Who holds it"), Column("Due"))
    lines = [
        (
            Cell(row.organisation_name, reverse("region:return", args=[row.id]), hidden=row.period_words),
            row.next_words,
            row.holder,
            day(row.due_on) + (f", {late_words(row)}" if row.late else ""),
        )
        for row in rows
    ]
    return Table(caption, columns, lines)


@require_http_methods(["GET", "POST"])
@regional
def chase(request: HttpRequest, round_: UUID) -> HttpResponse:
    """The letter and who gets it; the POST sends it to every late force of the region in one act."""
    found = next((one for one in queries.region_overview(viewer=request.viewer).rounds if one.row.id == round_), None)
    if found is None:
        raise NotThere
    if request.method == "POST":
        chased = commands.chase(by=request.viewer, at=request.at, round_=round_)
        words = (
            f"{counted(chased, 'force')} chased." if chased else "Nobody new was chased: each late force had a letter today."
        )
        messages.success(request, words)
        return HttpResponseRedirect(reverse("region:forces"))
    row = found.row
    whom = [one for one in found.late if one.id in set(found.chase)]
    said = {
        "title": "Chase whoever is late",
        "crumbs": [HOME, listing()],
        "marking": strictest(row.marking, *(one.marking for one in found.late)),
        "row": row,
        "whom": [one.organisation_name for one in whom],
        "letters": chase_letters(row, whom),
        "refused": row.acts.refused.get("chase", ""),
    }
    return render(request, "region/chase.html", said)
