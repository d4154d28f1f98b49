"""The national notes of a round: a page, the same as plain text and as CSV, and saying that they are read."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from vkpp.basics.markings import Marking, strictest
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules import counted, register
from vkpp.records.collections.rules.notes import COLUMNS, KINDS, Note, digest_of
from vkpp.records.collections.rules.rows import RoundOverview, RoundRow
from vkpp.web.national.acting import Asking, Deed, asked
from vkpp.web.national.gate import national
from vkpp.web.national.rounds import HOME, address, listing, name_of, row_of
from vkpp.web.parts import downloads
from vkpp.web.parts.pace import taking
from vkpp.web.parts.shapes import Column, Crumb, Pages, Table, page_number

# One of a kind, as a row says it.
_ONE = {
    "missing": "Not in",
    "late": "Late",
    "correction": "Corrected",
    "waiver": "Waiver",
    "nil": "Nothing to report",
    "query": "Answer to a query",
}


class _Read(forms.Form):
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)


READ = Deed(
    "Say that the notes are read",
    "You say that you have read the notes as they stand now. It is kept on the trail, and the release checklist says so until"
    " one of them changes.",
    "The checklist says that the notes are read.",
    _Read,
    secondary=False,
)


def _crumbs(row: RoundRow, *more: Crumb) -> list[Crumb]:
    return [HOME, listing(), Crumb(name_of(row), address(row.id)), *more]


def basis(found: RoundOverview) -> str:
    """Never a note without n of n (R4)."""
    waived = f", {found.waived} waived" if found.waived else ""
    return f"{found.received} of {found.owed} returns are in{waived}."


@require_GET
@national
def shown(request: HttpRequest, round_: UUID) -> HttpResponse:
    """What is printed beside the numbers: what is not in, late, corrected, waived, nil, and what forces said."""
    overview = queries.round_overview(viewer=request.viewer, round_=round_)
    row = overview.row
    found = queries.notes(viewer=request.viewer, round_=round_)
    pages = Pages(
        page_number(request.GET.get("page"), len(found)), len(found), reverse("national:notes", args=[round_]), "notes"
    )
    rows = [(one.organisation_name, _ONE[one.kind], _asked(row, one), one.words) for one in found[pages.slice]]
    columns = (Column("Force"), Column("What"), Column("Which check"), Column("Words"))
    refused = row.acts.refused.get("read_notes", "")
    said = {
        "title": "What is printed in the notes",
        "crumbs": _crumbs(row),
        "marking": _marking(row, found[pages.slice]),
        "row": row,
        "basis": basis(overview),
        "table": Table(f"Notes {pages.words}", columns, rows, "There is nothing to print yet."),
        "pages": pages,
        "caption": name_of(row),
        "read": READ.words if not refused else "",
        "refused": refused,
    }
    return render(request, "national/notes.html", said)


def _asked(row: RoundRow, one: Note) -> str:
    """The check in words beside the id under which it is printed."""
    return register.named(row.collection, one.check) if one.check else ""


@require_GET
@national
@taking
def text(request: HttpRequest, round_: UUID) -> HttpResponse:
    """The notes as plain text."""
    overview = queries.round_overview(viewer=request.viewer, round_=round_)
    found = queries.notes(viewer=request.viewer, round_=round_)
    words = written(overview.row, found, basis(overview), downloads.invented())
    return downloads.plain(f"{file_name(overview.row)}_notes.txt", words)


@require_GET
@national
@taking
def sheet(request: HttpRequest, round_: UUID) -> HttpResponse:
    """The notes as CSV: a row a note, with the force as the register knows it."""
    row = row_of(request.viewer, round_)
    found = queries.notes(viewer=request.viewer, round_=round_)
    return downloads.sheet(f"{file_name(row)}_notes.csv", COLUMNS, [_line(row, one) for one in found], _marking(row, found))


def _line(row: RoundRow, one: Note) -> tuple[str, ...]:
    """A note by COLUMNS: what a check asks, then its id; both empty where the whole return is meant."""
    asks = register.asks(row.collection, one.check) if one.check else ""
    return (row.collection, row.period, one.force_id, one.organisation_name, one.kind, asks, one.check, one.words)


def _marking(row: RoundRow, found: Sequence[Note]) -> Marking:
    """The strictest of the round's and of every note's return's."""
    return strictest(row.marking, *(one.marking for one in found))


def file_name(row: RoundRow) -> str:
    return f"{row.collection}_{row.period}"


def written(row: RoundRow, found: Sequence[Note], basis_words: str, invented: str = "") -> str:
    """The notes without a table: a heading for each kind, a paragraph for each note; the marking first and last."""
    marking = str(_marking(row, found))
    lines = [marking, ""]
    lines += [*textwrap.wrap(invented, 78), ""] if invented else []
    lines += ["National notes", *textwrap.wrap(name_of(row), 78), "", *textwrap.wrap(basis_words, 78), ""]
    for kind, words in KINDS.items():
        some = [one for one in found if one.kind == kind]
        if some:
            heading = f"{words}: {len(some)}"
            lines += [heading, "-" * len(heading), *(line for one in some for line in _paragraph(row, one)), ""]
    lines += [] if found else ["There is nothing to print yet.", ""]
    return "\n".join([*lines, marking, ""])


def _paragraph(row: RoundRow, one: Note) -> list[str]:
    """The force, what was asked in words with the check's id, and what is said of it."""
    about = register.let_off(row.collection, one.check) if one.check or one.kind == "waiver" else ""
    said = f"{one.organisation_name}, {about}: {one.words}" if about else f"{one.organisation_name}: {one.words}"
    return textwrap.wrap(said, 78, subsequent_indent="  ")


@require_http_methods(["GET", "POST"])
@national
def read(request: HttpRequest, round_: UUID) -> HttpResponse:
    """Say that the notes are read, as they stand on this page."""
    row = row_of(request.viewer, round_)
    found = queries.notes(viewer=request.viewer, round_=round_)
    back = reverse("national:notes", args=[round_])
    about = Asking(
        caption=name_of(row),
        back=address(round_) + "#release" if request.method == "POST" else back,
        crumbs=_crumbs(row, Crumb("What is printed in the notes", back)),
        marking=_marking(row, found),
        refused=row.acts.refused.get("read_notes", ""),
        lines=[f"There {'is' if len(found) == 1 else 'are'} {counted(len(found), 'note')}."],
        initial={"digest": digest_of(found)},
    )
    return asked(
        request, READ, about, lambda said: commands.read_notes(by=request.viewer, at=request.at, round_=round_, **said)
    )
