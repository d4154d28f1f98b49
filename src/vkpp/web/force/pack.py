"""A force's own pack of an accepted return: read on a page, saved as a file, made again with the forces that have come in."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_POST

from vkpp.basics.ranges import beside, told
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules import counted
from vkpp.records.collections.rules.rows import Pack, PackPage, Position
from vkpp.web.force import charts, words
from vkpp.web.parts.pace import taking
from vkpp.web.parts.shapes import Cell, Column, Fact, Table, Tag

_SAVED = {"html": "One page (HTML)", "pdf": "To print (PDF)", "csv": "The card’s measures (CSV)"}
_TYPES = {"html": "application/octet-stream", "pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}


@require_GET
def shown(request: HttpRequest, submission: UUID) -> HttpResponse:
    """The pack, or that it is being made."""
    page = queries.pack_page(viewer=request.viewer, submission=submission)
    said: dict[str, Any] = {
        "title": "Your pack",
        "crumbs": words.crumbs(page.row),
        "caption": words.caption(page.row),
        "marking": page.pack.marking if page.pack else page.row.marking,
        "row": page.row,
        "pack": page.pack,
        "version": page.version,
    }
    return render(request, "force/pack.html", said | (_pack(page, page.pack) if page.pack else {}))


def _pack(page: PackPage, pack: Pack) -> dict[str, Any]:
    look = [one for one in pack.quality if not one.fine]
    place = _position(pack)
    return {
        "answer": _answer(len(look)),
        "facts": _facts(pack),
        "totals": _totals(pack),
        "place": charts.place(place, pack.force) if place.points else "",
        "rates": _shares(pack, "rate") if any(one.name == "rate" for one in pack.shares) else None,
        "types": _shares(pack, "crime-type.") if pack.shares else None,
        "known": _shares(pack, "type.", "suspects-child") if pack.shares else None,
        "unknown": _unknown(pack),
        "asked": _asked(pack) if pack.asked else None,
        "look": [(one, Tag(one.dimension, "plain")) for one in look],
        "card": _card(pack),
        "files": [(_SAVED[kind], words.at("pack", page.row.id) + f"pack.{kind}", size) for kind, size in page.files],
    }


def _answer(look: int) -> str:
    if not look:
        return "Your data are as the checks want them"
    return f"{counted(look, 'thing')} to look at before the next return"


def _small(n: int, pack: Pack) -> str:
    return f"{n:,}*" if 0 < n < pack.small_below else f"{n:,}"


def _facts(pack: Pack) -> list[Fact]:
    first = pack.totals[0]
    before = "no period before is held" if first.before is None else f"{_small(first.before, pack)} in the period before"
    facts = [Fact(first.title, _small(first.now, pack), before)]
    rate = next((one for one in pack.shares if one.name == "rate"), None)
    if rate and rate.value is not None:
        facts.append(Fact("Rate", f"{rate.value:.2f}", f"{rate.unit} ({told(f'{rate.lower:.2f}', f'{rate.upper:.2f}')})"))
    filled = [one for one in pack.filled if one.expected]
    have, of = sum(one.known for one in filled), sum(one.applies for one in filled)
    if of:
        facts.append(Fact("Values that are there", f"{100 * have / of:.1f}%", f"{have:,} of {of:,} that should be"))
    return facts


def _totals(pack: Pack) -> Table:
    columns = (Column("What"), Column("Now", numeric=True), Column("Period before", numeric=True), Column("More than noise?"))
    rows = [
        (one.title, _small(one.now, pack), "Not held" if one.before is None else _small(one.before, pack), one.moved)
        for one in pack.totals
    ]
    return Table("Totals, and whether the change is more than noise", columns, rows)


def _position(pack: Pack) -> Position:
    place = pack.place
    if place.own is None:
        return Position(place.sentence)
    points = (*((n, rate, False) for n, rate in place.others), (*place.own, True))
    return Position(place.sentence, points, place.average, place.limits)


_CAPTIONS = {
    "rate": "The rate, with its 95% interval",
    "crime-type.": "Crimes by type, each a share of all counted",
    "type.": "What is known of them: a share of those known",
}


def _shares(pack: Pack, *starts: str) -> Table:
    columns = (
        Column("What"),
        Column("Number", numeric=True),
        Column("Of"),
        Column("Share or rate (95% interval)"),
        Column("Not known"),
    )
    rows = [
        (one.title, _small(one.count, pack), f"{_small(one.base, pack)} {one.base_words}", _value(one), _not_known(one, pack))
        for one in pack.shares
        if one.name.startswith(starts)
    ]
    return Table(_CAPTIONS[starts[0]], columns, rows)


def _value(one: Any) -> str:
    if one.value is None:
        return "No share: of none is it known" if one.unknown else "No share: there are none"
    if one.unit == "percent":
        return beside(f"{one.value:.1f}%", f"{one.lower:.1f}%", f"{one.upper:.1f}%")
    return beside(f"{one.value:.2f}", f"{one.lower:.2f}", f"{one.upper:.2f}", one.unit)


def _not_known(one: Any, pack: Pack) -> str:
    if not one.unknown:
        return "None"
    return f"{_small(one.unknown, pack)}: it could be {told(f'{one.lowest:.1f}%', f'{one.highest:.1f}%')}"


def _unknown(pack: Pack) -> Table:
    columns = (Column("Column"), Column("Without a value", numeric=True), Column("Of", numeric=True), Column("Why"))
    found = sorted((one for one in pack.filled if one.expected and one.unknown), key=lambda one: -one.unknown / one.applies)
    rows = [
        (
            f"{one.table.capitalize()}: {one.title}",
            _small(one.unknown, pack),
            f"{one.applies:,}",
            ", ".join(f"{_small(n, pack)} {reason}" for reason, n in one.reasons.items() if reason != "not applicable"),
        )
        for one in found
    ]
    empty = "Every column in which each record should hold a value holds one."
    return Table("Columns in which each record should hold a value", columns, rows, empty)


def _asked(pack: Pack) -> Table:
    columns = (Column("Check"), Column("What it asks"), Column("Places", numeric=True), Column("Your reason"))
    rows = [(one.check, one.asks, _small(one.places, pack), one.answer) for one in pack.asked]
    return Table("Queries, with the reasons that are printed in the national notes", columns, rows)


def _card(pack: Pack) -> Table:
    columns = (Column("Measure"), Column("Dimension"), Column("What was found"), Column("What to do next"))
    rows = [(Cell(one.title), one.dimension, one.words, one.next_step) for one in pack.quality]
    return Table("Every measure", columns, rows)


@require_POST
def again(request: HttpRequest, submission: UUID) -> HttpResponse:
    """Ask for the pack, or for it again."""
    commands.ask_pack(by=request.viewer, at=request.at, submission=submission)
    messages.success(request, "Your pack is being made. You get a letter when it is ready; it takes a minute or two.")
    return HttpResponseRedirect(words.at("pack", submission))


@require_GET
@taking
def saved(request: HttpRequest, submission: UUID, kind: str) -> FileResponse:
    """The pack as a file, of a kind that no browser runs."""
    found = queries.pack_file(viewer=request.viewer, submission=submission, kind=kind)
    file = Path(found.path).open("rb")  # noqa: SIM115  the answer closes it
    return FileResponse(file, as_attachment=True, filename=found.name, content_type=_TYPES[kind])


addresses: list[URLPattern] = [
    path("<uuid:submission>/pack/", shown, name="pack"),
    path("<uuid:submission>/pack/again/", again, name="pack_again"),
    path("<uuid:submission>/pack/pack.<slug:kind>", saved, name="pack_file"),
]
