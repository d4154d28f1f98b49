"""Rounds: the list, a draft with what changed and what it costs forces, and every act on a round."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from vkpp.basics.markings import OFFICIAL, Marking, strictest
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules.letters import chase_letters
from vkpp.records.collections.rules.rows import Changes, RoundOverview, RoundRow
from vkpp.records.collections.states import AWAITED, DRAFT, PLANNED, TO_FIX
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import queries as people
from vkpp.records.people.queries import Acts
from vkpp.web.national.acting import Asking, Deed, Reason, asked, offers, only
from vkpp.web.national.forms import Cloned, EditRound, NewRound, next_period, shown_day
from vkpp.web.national.gate import national
from vkpp.web.national.overview import answered, every_matter
from vkpp.web.parts.acting import status_of, tried
from vkpp.web.parts.marking import Mark, marked_now
from vkpp.web.parts.shapes import Cell, Column, Crumb, Fact, Pages, Table, page_number

HOME = Crumb("Home", "/")
DEEDS: dict[str, Deed] = {
    "open": Deed(
        "Open the round",
        "Every force on the list gets a letter and a return to send. What is asked cannot be changed after that.",
        "The round is open, and the letters are on their way.",
        secondary=False,
    ),
    "sign_hours": Deed(
        "Sign for the hours",
        "You sign as the national lead for more hours of a force than the limit. The reason is printed with the ask.",
        "The hours are signed for.",
        Reason,
        secondary=False,
    ),
    "discard": Deed("Discard the draft", "The draft and its list of forces go. Nobody was told of it.", "The draft is gone."),
    "close": Deed(
        "Close the round",
        "No force can send a first file any more. What was sent goes on its way; a return that was sent back can still come.",
        "The round is closed.",
    ),
    "reopen": Deed("Open the round again", "Forces can send again.", "The round is open again.", Reason),
    "lock": Deed(
        "Lock the round",
        "Every accepted return in it is locked with it. A correction needs that its return is unlocked, with a reason.",
        "The round and its accepted returns are locked.",
    ),
    "unlock": Deed(
        "Unlock the round",
        "The round is closed and no longer locked. Each return in it stays locked until it is unlocked by itself.",
        "The round is unlocked.",
        Reason,
    ),
    "chase": Deed("Chase", "", "The letters are on their way."),
    "mark": Deed(
        "Set the marking",
        "The marking stands at the head and foot of every page, print and file of the round, and of each return in it whose own"
        " is not stricter.",
        "The marking is set.",
        Mark,
    ),
}
_DOES: Mapping[str, Callable[..., Any]] = {
    "open": commands.open_round,
    "sign_hours": commands.sign_hours,
    "discard": commands.discard_round,
    "close": commands.close_round,
    "reopen": commands.reopen_round,
    "lock": commands.lock_round,
    "unlock": commands.unlock_round,
    "chase": commands.chase,
    "mark": commands.mark_round,
}


def listing() -> Crumb:
    return Crumb("Rounds", reverse("national:rounds"))


def address(row: UUID, act: str = "") -> str:
    return reverse("national:round_act", args=[row, act]) if act else reverse("national:round", args=[row])


def name_of(row: RoundRow) -> str:
    return f"{row.title}, {row.period_words}"


@require_GET
@national
def listed(request: HttpRequest) -> HttpResponse:
    """Every round, the latest deadline first, with what is next in it."""
    found = queries.rounds(viewer=request.viewer)
    here = reverse("national:rounds")
    pages = Pages(page_number(request.GET.get("page"), len(found)), len(found), here, "rounds")
    columns = (
        Column("Round"),
        Column("Collection"),
        Column("State"),
        Column("Due"),
        Column("Working days left", numeric=True),
        Column("Hours of one force", numeric=True),
    )
    rows = [_line(row) for row in found[pages.slice]]
    said = {
        "title": "Rounds",
        "crumbs": [HOME],
        "marking": strictest(*(row.marking for row in found[pages.slice])),
        "table": Table(f"Rounds {pages.words}", columns, rows, "No round was drafted yet."),
        "pages": pages,
        "may": "collections.manage" in {p for p, _ in request.viewer.permits},
        "latest": _to_clone(found),
        "others": [
            ("Taskings", reverse("national:taskings")),
            ("Waivers", reverse("national:waivers")),
        ],
    }
    return render(request, "national/rounds.html", said)


def _line(row: RoundRow) -> tuple[Cell | str, ...]:
    running = row.state == "open"
    return (
        Cell(row.period_words, address(row.id), hidden=row.title),
        row.title,
        Cell(_next(row), tag="do" if running or row.state == DRAFT else "plain"),
        shown_day(row.due_on),
        _left(row.working_days_left) if running else "",
        f"{row.hours:g}",
    )


def _left(days: int) -> str:
    return str(days) if days >= 0 else f"{-days} late"


def _to_clone(found: Sequence[RoundRow]) -> RoundRow | None:
    """The newest round whose next period nobody has drafted yet; each other one can be cloned from its own page."""
    newest = next((row for row in found if row.state != DRAFT), None)
    if newest is None:
        return None
    taken = {(row.collection, row.period) for row in found}
    return None if (newest.collection, next_period(newest.period)) in taken else newest


def _next(row: RoundRow) -> str:
    """A status says what to do next."""
    late = row.state == "open" and row.working_days_left < 0
    words = {"draft": "Check the draft and open it", "open": "Open", "closed": "Closed: accept what is in", "locked": "Locked"}
    return "Open, past its deadline" if late else words[row.state]


@require_http_methods(["GET", "POST"])
@national
def new(request: HttpRequest) -> HttpResponse:
    """A round that is not cloned from another."""
    form = NewRound(request.POST) if request.method == "POST" else NewRound(initial={"working_days": 20})

    def draft(said: Mapping[str, Any]) -> UUID:
        return commands.draft_round(by=request.viewer, at=request.at, **said)

    return _drafting(request, form, draft, "Draft a round", "")


@require_http_methods(["GET", "POST"])
@national
def clone(request: HttpRequest, round_: UUID) -> HttpResponse:
    """The next round from this one: same forces, days and hours, the specification of today."""
    row = row_of(request.viewer, round_)
    first = {"period": next_period(row.period), "opens_on": request.viewer.on}
    form = Cloned(request.POST) if request.method == "POST" else Cloned(initial=first)

    def draft(said: Mapping[str, Any]) -> UUID:
        return commands.clone_round(by=request.viewer, at=request.at, round_=round_, **said)

    words = "The same forces, working days and hours. The specification is the newest, and the next page says what changed."
    return _drafting(request, form, draft, f"Clone {row.period_words}", words, row.marking)


def _drafting(
    request: HttpRequest,
    form: forms.Form,
    draft: Callable[[Mapping[str, Any]], UUID],
    title: str,
    words: str,
    marking: Marking = OFFICIAL,
) -> HttpResponse:
    made: list[UUID] = []
    problem = tried(form, lambda said: made.append(draft(said))) if request.method == "POST" else None
    if made:
        messages.success(request, "The draft is made. No force has been told.")
        return HttpResponseRedirect(address(made[0]))
    said = {
        "title": title,
        "crumbs": [HOME, listing()],
        "marking": marking,
        "form": form,
        "words": words,
        "button": "Make the draft",
    }
    return render(request, "national/form.html", said, status=status_of(form, problem))


def row_of(viewer: Viewer, round_: UUID) -> RoundRow:
    found = next((row for row in queries.rounds(viewer=viewer) if row.id == round_), None)
    if found is None:
        raise NotThere
    return found


@require_GET
@national
def shown(request: HttpRequest, round_: UUID) -> HttpResponse:
    """A draft with what changed and what it costs; an open round with the answer to "can I publish?"."""
    found = queries.round_overview(viewer=request.viewer, round_=round_)
    row = found.row
    deeds = {name: deed for name, deed in DEEDS.items() if name != "chase"}
    said = {
        "title": name_of(row),
        "crumbs": [HOME, listing()],
        "marking": found.marking,
        "row": row,
        "acts": only(row.acts, deeds),
        "offers": offers(deeds, lambda name: address(round_, name)),
        "may_clone": request.viewer.may("collections.manage"),
        "found": found,
    }
    if row.state == DRAFT:
        return render(request, "national/draft.html", said | _draft(request, found, only(row.acts, deeds)))
    lines = queries.release_checklist(viewer=request.viewer, round_=round_)
    return render(request, "national/round.html", said | answered(request, found, lines))


def _draft(request: HttpRequest, found: RoundOverview, acts: Acts) -> dict[str, Any]:
    changes = queries.round_changes(viewer=request.viewer, round_=found.row.id)
    row = found.row
    above = changes.most_hours_of_a_force > changes.limit
    return {
        "changes": changes,
        "above": above,
        "facts": [
            Fact("Hours of one force", f"{changes.hours:g}", _before(changes)),
            Fact("Hours of all forces", f"{changes.hours_in_all:,.0f}", f"{changes.forces} forces"),
            Fact("Most of a force in the quarter", f"{changes.most_hours_of_a_force:g}", f"the limit is {changes.limit:g}"),
            Fact("Due", shown_day(row.due_on), f"opens {shown_day(row.opens_on)}"),
        ],
        "forces": [one.organisation_name for one in found.returns],
        "may_edit": "edit" in row.acts.allowed,
        # Nothing to sign below the limit, nor twice: the button would ask the lead for what nobody needs.
        "acts": acts if above and not row.hours_signed else _without(acts, "sign_hours"),
    }


def _without(acts: Acts, name: str) -> Acts:
    refused = {act: words for act, words in acts.refused.items() if act != name}
    return Acts(tuple(act for act in acts.allowed if act != name), refused)


def _before(changes: Changes) -> str:
    return "" if changes.hours_before is None else f"it was {changes.hours_before:g}"


@require_http_methods(["GET", "POST"])
@national
def edit(request: HttpRequest, round_: UUID) -> HttpResponse:
    """Change a draft."""
    found = queries.round_overview(viewer=request.viewer, round_=round_)
    row, viewer = found.row, request.viewer
    forces = _forces(viewer, found)
    now = {
        "opens_on": row.opens_on,
        "working_days": row.working_days,
        "hours": f"{row.hours:g}",
        "hours_rest_on": row.hours_rest_on,
        "already_held": row.already_held,
        "respondents": [str(one.organisation) for one in found.returns],
    }
    form = EditRound(forces, request.POST) if request.method == "POST" else EditRound(forces, initial=now)

    def change(said: Mapping[str, Any]) -> None:
        given = dict(said) | {"respondents": [UUID(one) for one in said["respondents"]], "hours": float(said["hours"])}
        commands.edit_round(by=viewer, at=request.at, round_=round_, **given)

    problem = tried(form, change) if request.method == "POST" else None
    if problem is None and form.is_valid():
        messages.success(request, "The draft is changed.")
        return HttpResponseRedirect(address(round_))
    said = {
        "title": "Change the draft",
        "crumbs": [HOME, listing(), Crumb(name_of(row), address(round_))],
        "marking": row.marking,
        "form": form,
        "words": row.acts.refused.get("edit", ""),
        "button": "Keep the changes",
    }
    return render(request, "national/form.html", said, status=status_of(form, problem))


def _forces(viewer: Viewer, found: RoundOverview) -> list[tuple[str, str]]:
    known = {str(one.id): one.name for one in people.organisations(viewer=viewer, kind="force")}
    known |= {str(one.organisation): one.organisation_name for one in found.returns}
    return sorted(known.items(), key=lambda one: one[1])


@require_http_methods(["GET", "POST"])
@national
def act(request: HttpRequest, round_: UUID, name: str) -> HttpResponse:
    """Say what an act on a round does, and do it when that is confirmed."""
    deed = DEEDS.get(name)
    if deed is None:
        raise NotThere
    if name == "chase":
        return _chase(request, round_)
    row = row_of(request.viewer, round_)
    back = reverse("national:rounds") if name == "discard" else address(round_)
    about = Asking(
        caption=name_of(row),
        back=back if request.method == "POST" else address(round_),
        crumbs=[HOME, listing(), Crumb(name_of(row), address(round_))],
        marking=row.marking,
        refused=row.acts.refused.get(name, ""),
        initial=marked_now(row.marking) if name == "mark" else {},
        lines=_shut_out(request.viewer, round_) if name == "close" else (),
    )
    do = _DOES[name]
    return asked(request, deed, about, lambda said: do(by=request.viewer, at=request.at, round_=round_, **said))


def _shut_out(viewer: Viewer, round_: UUID) -> list[str]:
    """What closing means for forces that have not sent a good file, each named, and how it is undone."""
    found = queries.round_overview(viewer=viewer, round_=round_).returns

    def names(*states: str) -> str:
        return ", ".join(one.organisation_name for one in found if one.state in states) or "none"

    return [
        f"Forces that have sent nothing, and then cannot: {names(PLANNED, AWAITED)}.",
        f"Forces with errors to fix, which then cannot send a corrected file: {names(TO_FIX)}.",
        "You can open the round again, with a reason.",
    ]


def _chase(request: HttpRequest, round_: UUID) -> HttpResponse:
    """The letter and who gets it; the POST sends it to every late force in one act."""
    found = queries.round_overview(viewer=request.viewer, round_=round_)
    row = found.row
    whom = [one for one in found.returns if one.id in set(found.chase)]
    lines = [
        f"To the returns officers of {', '.join(one.organisation_name for one in whom)}."
        if whom
        else "Nobody is late, so nobody would get a letter.",
        "Where a return waits for its certifier, the letter goes there. Whoever was chased today gets no second letter today.",
    ]
    for one in (letters := chase_letters(row, whom)):
        to = f"To {', '.join(one.forces)}: " if len(letters) > 1 else ""
        lines += [f"{to}Subject: {one.subject}", f"Letter: {one.body}"]
    about = Asking(
        caption=name_of(row),
        back=address(round_),
        crumbs=[HOME, listing(), Crumb(name_of(row), address(round_))],
        marking=strictest(row.marking, *(one.marking for one in whom)),
        refused=row.acts.refused.get("chase", ""),
        lines=lines,
    )
    sent: list[int] = []

    def do(_: Mapping[str, Any]) -> None:
        sent.append(commands.chase(by=request.viewer, at=request.at, round_=round_))

    def done() -> str:
        return "The letters are on their way." if any(sent) else "Nobody new was chased: each late force had a letter today."

    return asked(request, Deed(found.chase_words or "Chase", "", done, secondary=False), about, do)


@require_GET
@national
def matters(request: HttpRequest, round_: UUID) -> HttpResponse:
    """Everything that could still move the total, however little."""
    found = queries.round_overview(viewer=request.viewer, round_=round_)
    said = {
        "title": "What could move the total",
        "crumbs": [HOME, listing(), Crumb(name_of(found.row), address(round_))],
        "marking": found.marking,
        "caption": name_of(found.row),
    }
    return render(request, "national/table.html", said | every_matter(request, found))
