"""A force's return as the national team sees it: what it says, what it would move, its queries, and every act on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.views.decorators.http import require_GET, require_http_methods

from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules import counted
from vkpp.records.collections.rules.lateness import late_words
from vkpp.records.collections.rules.rows import CertifyPage, QueryRow, SubmissionPage, SubmissionRow, VersionRow, WaiverRow
from vkpp.records.ground.problems import NotThere
from vkpp.web.national.acting import Asking, Deed, OfVersion, Reason, asked, offers, only
from vkpp.web.national.forms import MoreTime, shown_day
from vkpp.web.national.gate import national
from vkpp.web.national.rounds import HOME, listing
from vkpp.web.parts.marking import Mark, marked_now
from vkpp.web.parts.shapes import Act, Cell, Column, Crumb, Fact, Table, in_words

DEEDS: dict[str, Deed] = {
    "approve": Deed(
        "Approve the return",
        "The force belongs to no approval area, so the national team approves for it. Somebody else then accepts.",
        "The return is approved.",
        OfVersion,
        secondary=False,
    ),
    "accept": Deed(
        "Accept the return",
        "It is put into the store as an accepted version, and its force gets the receipt. A later version never removes it.",
        "The return is being put into the store.",
        OfVersion,
        secondary=False,
        proof=True,
    ),
    "return": Deed(
        "Send the return back",
        "It goes back to its force with your words, and its signatures no longer count. The force gets a letter.",
        "The return is on its way back.",
        Reason,
    ),
    "lock": Deed(
        "Lock the return",
        "Nobody can send another version until it is unlocked with a reason.",
        "The return is locked.",
    ),
    "unlock": Deed(
        "Unlock the return",
        "Its force may send a corrected file and gets a letter. What was accepted stands until another version is accepted. The"
        " reason is printed beside it.",
        "The return is unlocked.",
        Reason,
    ),
    "extend": Deed(
        "Give more time",
        "The deadline of this force moves; nobody else's does. The force gets a letter.",
        "The force has more time.",
        MoreTime,
    ),
    "mark": Deed(
        "Set the marking",
        "The marking stands at the head and foot of every page, print and file of the return, with that of its round where that"
        " is stricter. Files that were made already get it within a minute or two; nobody is given one before.",
        "The marking is set.",
        Mark,
    ),
}
QUERY_DEEDS: dict[str, Deed] = {
    "settle": Deed(
        "Let the answer stand",
        "The query no longer counts against the total. The answer is printed in the national notes.",
        "The query is settled.",
    ),
    "ask_again": Deed(
        "Ask again",
        "The force gets a letter and reads your words beside its answer. To have a new file as well, send the return back.",
        "It is asked again.",
        Reason,
    ),
}
_DOES: Mapping[str, Callable[..., Any]] = {
    "approve": commands.approve,
    "accept": commands.accept,
    "return": commands.send_back,
    "lock": commands.lock,
    "unlock": commands.unlock,
    "extend": commands.extend,
    "mark": commands.mark_return,
}
_QUERY_DOES: Mapping[str, Callable[..., Any]] = {"settle": commands.settle, "ask_again": commands.ask_again}


def address(row: UUID, act: str = "") -> str:
    return reverse("national:return_act", args=[row, act]) if act else reverse("national:return", args=[row])


def name_of(row: SubmissionRow) -> str:
    return f"{row.organisation_name}, {row.period_words}"


def _crumbs(row: SubmissionRow, *more: Crumb) -> list[Crumb]:
    return [HOME, listing(), Crumb(f"{row.title}, {row.period_words}", reverse("national:round", args=[row.round])), *more]


@require_GET
@national
def shown(request: HttpRequest, submission: UUID) -> HttpResponse:
    """A return with what it says, what accepting it would move, queries, waivers, checks and what was sent."""
    page = queries.submission_page(viewer=request.viewer, submission=submission)
    row = page.row
    newest = page.versions[0] if page.versions else None
    summary = queries.certify_page(viewer=request.viewer, submission=submission) if newest and row.inside else None
    said = {
        "title": name_of(row),
        "crumbs": _crumbs(row),
        "marking": page.marking,
        "row": row,
        "page": page,
        "newest": newest,
        "summary": summary,
        "position": of_a_force(summary.position.sentence) if summary else "",
        "facts": _facts(row),
        "acts": only(row.acts, DEEDS),
        "offers": offers(DEEDS, lambda name: address(submission, name)),
        "would": _would(row, newest),
        "totals": _totals(summary) if summary else None,
        "queries": [_query(one) for one in page.queries],
        "waivers": [_waiver(one) for one in page.waivers],
        "checks": _checks(page),
        "versions": _versions(page),
        "reasons": _reasons(page),
    }
    return render(request, "national/return.html", said)


def of_a_force(sentence: str) -> str:
    """What is said to a force of itself, said of it to others."""
    return sentence.replace("your size", "its size").replace("where yours sits", "where it sits")


def _facts(row: SubmissionRow) -> list[Fact]:
    late = late_words(row)
    return [
        Fact("Where it stands", row.state_words[:1].upper() + row.state_words[1:], row.next_words),
        Fact("Who holds it", row.holder, row.area_name or "no approval area"),
        Fact("Due", shown_day(row.due_on), late or (f"chased {counted(row.chases, 'time')}" if row.chases else "")),
    ]


def _would(row: SubmissionRow, newest: VersionRow | None) -> dict[str, Any] | None:
    """Before a resubmission is accepted: what differs record by record, and the published numbers it would move."""
    if newest is None or not newest.inside or not row.accepted or newest.number <= row.accepted:
        return None
    return {"accepted": row.accepted, "number": newest.number, "difference": newest.difference, "moved": newest.moved}


def _totals(summary: CertifyPage) -> Table:
    columns = (Column("What was sent"), Column("Records", numeric=True), Column("Accepted for the period before", numeric=True))
    rows = [(title, now, "Not known" if before is None else f"{before:,}") for title, now, before in summary.totals]
    return Table("What the return holds", columns, rows)


def _query(one: QueryRow) -> dict[str, Any]:
    buttons = {
        name: Act(
            deed.words, reverse("national:query_act", args=[one.submission, one.id, name]), "get", secondary=deed.secondary
        )
        for name, deed in QUERY_DEEDS.items()
    }
    return {"row": one, "acts": only(one.acts, QUERY_DEEDS), "offers": buttons}


def _waiver(one: WaiverRow) -> dict[str, Any]:
    return {"row": one, "what": one.what}


_SEVERITY = {"error": "To fix", "query": "To answer", "note": "To know"}


def _checks(page: SubmissionPage) -> Table:
    columns = (Column("What was found"), Column("Kind"), Column("Where"), Column("Places", numeric=True))
    rows = [
        (
            in_words(one.message),
            _SEVERITY[one.severity] + (", waived" if one.waived else ""),
            ", ".join(part for part in (one.sheets or one.table, one.columns) if part),
            one.places,
        )
        for one in page.checks
    ]
    newest = page.versions[0] if page.versions else None
    theirs = newest is not None and not newest.inside
    empty = "They are its force’s own until it is certified." if theirs else "The checks found nothing, or have not run yet."
    return Table("What the checks found", columns, rows, empty)


def _versions(page: SubmissionPage) -> Table:
    columns = (
        Column("Version"),
        Column("Received"),
        Column("What was sent"),
        Column("Records", numeric=True),
        Column("In the store"),
    )
    rows = []
    for one in page.versions:
        sent = f"Nothing to report: {one.nil_reason}" if one.nil else ", ".join(name for name, _ in one.files)
        sent = sent if one.inside else "Not certified yet: its force’s own"
        received = f"{localtime(one.received_at):%-d %B %Y, %H:%M}"
        total = "" if one.total is None else f"{one.total:,}"
        rows.append((str(one.number), received, sent, total, Cell(one.receipt, code=True) if one.receipt else ""))
    return Table("Every version that was sent", columns, rows, "Nothing was sent yet.")


def _reasons(page: SubmissionPage) -> list[tuple[str, str]]:
    found = (
        (page.returned_because, page.returned_words),
        ("More time because", page.extension_reason),
        ("Unlocked because", page.unlock_reason),
    )
    return [(words, reason) for words, reason in found if reason]


@require_http_methods(["GET", "POST"])
@national
def act(request: HttpRequest, submission: UUID, name: str) -> HttpResponse:
    """Say what an act on a return does, and do it when that is confirmed."""
    page = queries.submission_page(viewer=request.viewer, submission=submission)
    deed, row = DEEDS.get(name), page.row
    if deed is None:
        raise NotThere
    newest = page.versions[0] if page.versions else None
    about = Asking(
        caption=name_of(row),
        back=address(submission),
        crumbs=_crumbs(row, Crumb(name_of(row), address(submission))),
        marking=page.marking,
        refused=row.acts.refused.get(name, ""),
        lines=_lines(name, row, newest),
        initial={"version": row.version} | (marked_now(row.own_marking) if name == "mark" else {}),
    )
    do = _DOES[name]
    return asked(request, deed, about, lambda said: do(by=request.viewer, at=request.at, submission=submission, **said))


def _lines(name: str, row: SubmissionRow, newest: VersionRow | None) -> Sequence[str]:
    if name == "mark":
        return [f"The round is marked {row.round_marking}."]
    return _read_first(row, newest) if name in ("accept", "approve") else ()


def _read_first(row: SubmissionRow, newest: VersionRow | None) -> list[str]:
    """What stands on the page of accepting: the version, its size, and what it would move."""
    if newest is None:
        return []
    received = f"{localtime(newest.received_at):%-d %B %Y at %H:%M}"
    lines = [f"Version {newest.number}, {counted(newest.total or 0, 'record')}, received {received}."]
    would = _would(row, newest)
    if would is None:
        return lines
    lines.append(f"It takes the place of version {row.accepted}, which was accepted and stays readable.")
    differs = (capfirst(line) for line in newest.difference)
    return [*lines, *differs, *(newest.moved or ("No published edition counts this return.",))]


@require_http_methods(["GET", "POST"])
@national
def query_act(request: HttpRequest, submission: UUID, query: UUID, name: str) -> HttpResponse:
    """Let an answer stand, or ask again."""
    page = queries.submission_page(viewer=request.viewer, submission=submission)
    deed = QUERY_DEEDS.get(name)
    found = next((one for one in page.queries if one.id == query), None)
    if deed is None or found is None:
        raise NotThere
    lines = [f"The check found: {in_words(found.message)}"] + ([f"The force answered: {found.answer}"] if found.answer else [])
    about = Asking(
        caption=name_of(page.row),
        back=address(submission) + "#queries",
        crumbs=_crumbs(page.row, Crumb(name_of(page.row), address(submission))),
        marking=page.marking,
        refused=found.acts.refused.get(name, ""),
        lines=lines,
    )
    do = _QUERY_DOES[name]
    return asked(request, deed, about, lambda said: do(by=request.viewer, at=request.at, query=query, **said))
