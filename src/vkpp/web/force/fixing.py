"""Fixing cells on screen: kinds of fix, a field a cell, then a new version with exactly these; and what to take home."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from vkpp.basics.problems import Problem
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules import counted, fixing
from vkpp.records.collections.rules.rows import FixCell, FixedCell, FixingCells, FixingPage, FixKind
from vkpp.records.ground.problems import NotThere
from vkpp.records.trail.commands import opened
from vkpp.records.trail.rules import reference
from vkpp.web.force import typed, words
from vkpp.web.force.typed import EMPTY
from vkpp.web.parts import downloads
from vkpp.web.parts.acting import status_of, tried
from vkpp.web.parts.pace import SEND, demand, taking, told
from vkpp.web.parts.shapes import Cell, Column, Pages, Table, in_words

SIZE = 50
CHOSEN_FROM = 15  # codes; beyond it a page of selects would be too heavy, and the browser offers them as one types
_SEVERITIES = {"error": "Error", "query": "Query", "note": "Note"}
_COLUMNS = (
    Column("What is wrong"),
    Column("Table"),
    Column("Column"),
    Column("Kind"),
    Column("Cells", numeric=True),
    Column("Fixed"),
)


class Version(forms.Form):
    """Which version the page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class Cells(Version):
    """A new value for each cell of a page, and one for every cell of the kind that has none."""

    def __init__(self, found: FixingCells, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = found
        left = found.kind.cells - found.kind.gathered
        if left and found.kind.cells > 1 and not found.alone:
            self.fields["same"] = _field(found, f"The same value for all {left:,} cells that have no new value yet", "")
            self.fields[
                "same"
            ].help_text = "Leave it empty to fix each cell by itself. What you write beside a cell goes first."
        for one in found.cells:
            self.fields[f"v{one.index}"] = _field(found, f"New value for row {one.row:,}", one.value or "", one)
            if not _chosen(found) and one.shown:
                box = forms.BooleanField(label=f"Empty the cell in row {one.row:,}", required=False, initial=one.value == "")
                self.fields[f"e{one.index}"] = box
            if one.value is not None:
                self.fields[f"s{one.index}"] = forms.CharField(required=False, initial=one.value, widget=forms.HiddenInput)

    def wanted(self) -> list[commands.Wanted]:
        """What the person wrote beside cells, where it is not what the page showed."""
        made = [self._wanted(one) for one in self.found.cells]
        return [one for one in made if one.value != one.seen]

    def _wanted(self, one: FixCell) -> commands.Wanted:
        said = self.cleaned_data.get(f"v{one.index}", "")
        empty = said == EMPTY or (not said and bool(self.cleaned_data.get(f"e{one.index}")))
        seen = str(self.data.get(f"s{one.index}")) if f"s{one.index}" in self.data else None
        return commands.Wanted(one.index, "" if empty else said or None, seen)

    def rest(self) -> commands.SameForAll | None:
        said, kind = self.cleaned_data.get("same", ""), self.found.kind
        return commands.SameForAll(kind.check, kind.table, kind.column, "" if said == EMPTY else said) if said else None

    def rows(self) -> list[tuple[Any, ...]]:
        """Each cell with its fields, for the template."""
        names = [(one, f"v{one.index}", f"e{one.index}", f"s{one.index}") for one in self.found.cells]
        return [(one, *(self[name] if name in self.fields else None for name in fields)) for one, *fields in names]


def _chosen(found: FixingCells) -> bool:
    return 0 < len(found.codes) <= CHOSEN_FROM


def _field(found: FixingCells, label: str, value: str, one: FixCell | None = None) -> forms.Field:
    """A select where the allowed values are few, else a line of text that offers them."""
    if _chosen(found):
        codes = [(code, code if code == title else f"{code}: {title}") for code, title in found.codes]
        choices = [("", "Choose" if one is None else "As it was sent"), *codes, (EMPTY, "Empty the cell")]
        initial = EMPTY if one is not None and one.value == "" else value
        return forms.ChoiceField(label=label, required=False, choices=choices, initial=initial)
    attrs = {"list": "codes"} if found.codes else {}
    widget = forms.TextInput(attrs=attrs | {"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, required=False, initial=value, max_length=fixing.LONGEST_VALUE, widget=widget)


@require_http_methods(["GET", "POST"])
def shown(request: HttpRequest, submission: UUID) -> HttpResponse:
    """Every kind of fix that can be made here; a POST makes the new version and has it checked."""
    page = queries.fixing_page(viewer=request.viewer, submission=submission)
    form = Version(request.POST if request.method == "POST" else None, initial={"version": page.version})
    problem: Problem | None = None
    if form.is_bound:
        problem = tried(form, lambda said: _made(request, submission, said["version"]))
        if problem is None and form.is_valid():
            messages.success(request, f"{counted(page.gathered, 'cell')} fixed. The corrected file is being checked.")
            return HttpResponseRedirect(words.at("results", submission))
    said = {
        "title": "Fix cells on screen",
        "crumbs": words.crumbs(page.row),
        "caption": words.caption(page.row),
        "marking": page.marking,
        "row": page.row,
        "page": page,
        "form": form,
        "left": sum(one.cells - one.gathered for one in page.kinds if one.severity == "error"),
        "kinds": Table("Kinds of fix", _COLUMNS, [_kind(page, one) for one in page.kinds]),
        "cells": counted(page.gathered, "cell"),
    }
    return told(render(request, "force/fix.html", said, status=status_of(form, problem)), problem)


def _made(request: HttpRequest, submission: UUID, version: int) -> None:
    demand(request, SEND)
    commands.fix(by=request.viewer, at=request.at, submission=submission, version=version)


def _kind(page: FixingPage, one: FixKind) -> list[Cell | str | int]:
    done = "None" if not one.gathered else "All" if one.gathered == one.cells else f"{one.gathered:,}"
    name = Cell(in_words(one.message), _address(page.row.id, one), f"({one.check}, {one.column})")
    return [name, one.table.capitalize(), one.column, _SEVERITIES[one.severity], one.cells, done]


def _address(submission: UUID, kind: FixKind, **more: object) -> str:
    return f"{words.at('fix_cells', submission)}?{urlencode(_named(kind) | more)}"


def _named(kind: FixKind) -> dict[str, object]:
    return {"check": kind.check, "table": kind.table, "column": kind.column}


def address_of(submission: UUID, one: Mapping[str, Any]) -> str:
    """Where the cell of a finding is fixed."""
    query = {"check": one["check"], "table": one["table"], "column": one["column"], "at": one["index"]}
    return f"{words.at('fix_cells', submission)}?{urlencode(query)}#row-{one['index']}"


@require_http_methods(["GET", "POST"])
def cells(request: HttpRequest, submission: UUID) -> HttpResponse:
    """The cells of one kind: what was sent, what is wrong, and room for a new value each; a POST keeps them."""
    page = queries.fixing_page(viewer=request.viewer, submission=submission)
    asked = {name: request.GET.get(name, "")[:200] for name in ("check", "table", "column")}
    if typed.came_late(request, page):
        return _late(request, page, asked)
    number = max(1, _number(request.GET.get("page"), 1))
    found = queries.fixing_cells(
        viewer=request.viewer,
        submission=submission,
        start=SIZE * (number - 1),
        length=SIZE,
        index=_number(request.GET.get("at"), -1),
        **asked,
    )
    form = Cells(found, request.POST if request.method == "POST" else None, initial={"version": page.version})
    problem = _kept(request, submission, form) if form.is_bound else None
    said = _said(page, form)
    if form.is_bound and problem is None and form.is_valid():
        return HttpResponseRedirect(said["pages"].next or words.at("fix", submission))
    return render(request, "force/fix_cells.html", said, status=status_of(form, problem))


def _said(page: FixingPage, form: Cells) -> dict[str, Any]:
    """The words of a page of cells."""
    found, submission = form.found, page.row.id
    pages = Pages(
        found.start // SIZE + 1, found.kind.cells, words.at("fix_cells", submission), "cells", SIZE, _texts(found.kind)
    )
    return {
        "title": f"Fix {found.kind.column} in {found.kind.table}",
        "crumbs": words.crumbs(page.row),
        "caption": words.caption(page.row),
        "marking": page.marking,
        "row": page.row,
        "form": form,
        "found": found,
        "pages": pages,
        "here": _address(submission, found.kind, page=pages.number),
        "offered": found.codes if not _chosen(found) else (),
    }


def _late(request: HttpRequest, page: FixingPage, asked: Mapping[str, str]) -> HttpResponse:
    """The version changed, or is being checked, while somebody typed: nothing is saved, and nothing that they typed is lost."""
    submission = page.row.id
    said = typed.typed(request, submission)
    now = None if page.refused else typed.offered(request, submission, said, SIZE, asked)
    if now is None:
        return _none_offered(request, page, said)
    found, pairs = now
    sent = typed.fields(said, found, pairs, page.version, chosen=_chosen(found))
    form = Cells(found, sent, initial={"version": page.version})
    lost = [index for index in said.values if index not in pairs.values()]
    alone = "same" not in form.fields
    first, rest = "What you typed stands beside the same cells again: look at each, then save.", ""
    if lost or (alone and said.same):
        rest = " What has no such cell on this page is listed below."
    form.add_error(None, f"{_changed(said, page)} {first}{rest}")
    shown = {**_said(page, form), "lost": said.table(lost, same=alone)}
    return render(request, "force/fix_cells.html", shown, status=403)


def _changed(said: typed.Typed, page: FixingPage) -> str:
    return (
        f"You looked at version {said.version}, and the return is at version {page.version} now. While you typed, somebody of"
        " your force sent it again, or had it checked again with cells fixed. Nothing was saved."
    )


def _none_offered(request: HttpRequest, page: FixingPage, said: typed.Typed) -> HttpResponse:
    """What was typed, as a list to copy from, and to be tried again where that can help."""
    changed = _changed(said, page) if said.version != page.version else "Nothing was saved."
    then = page.refused or "None of these cells is among what can be fixed in it."
    form = Version({"version": said.version})
    form.add_error(None, f"{changed} {then} What you typed is below: copy it if you need it somewhere else.")
    shown = {
        "title": "What you typed was not saved",
        "crumbs": words.crumbs(page.row),
        "caption": words.caption(page.row),
        "marking": page.marking,
        "row": page.row,
        "form": form,
        "refused": page.refused,
        "lost": said.table(list(said.values), same=True),
        "sent": [(name, value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"],
    }
    return render(request, "force/fix_typed.html", shown, status=403)


def _texts(kind: FixKind) -> dict[str, str]:
    return {name: str(value) for name, value in _named(kind).items()}


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else otherwise


def _kept(request: HttpRequest, submission: UUID, form: Cells) -> Problem | None:
    """Keep what was written. A value that may not stand in the file is told beside its cell, and nothing is kept."""
    if not form.is_valid():
        return None
    wanted, rest = form.wanted(), form.rest()
    for one in wanted:
        shown = next(cell.shown for cell in form.found.cells if cell.index == one.index)
        _try_value(form, f"v{one.index}", one.value, shown)
    if rest is not None:
        _try_value(form, "same", rest.value, None)
    if form.errors:
        return None
    if not wanted and rest is None:
        first, more = ("same", ", or one for all of them") if "same" in form.fields else (f"v{form.found.cells[0].index}", "")
        form.add_error(first, f"No new value was written or changed. Write one beside a cell{more}.")
        return None

    def gather(said: Mapping[str, Any]) -> None:
        act = {"by": request.viewer, "at": request.at, "submission": submission, "wanted": wanted, "rest": rest}
        total = commands.gather_fixes(version=said["version"], **act)
        messages.success(request, f"Saved: {counted(total, 'cell')} with a new value. Nothing in your file is changed yet.")

    return tried(form, gather)


def _try_value(form: Cells, name: str, value: str | None, shown: str | None) -> None:
    if value is None:
        return
    try:
        for encoding in sorted(form.found.encodings):
            fixing.demand_value(value, shown, encoding)
    except Problem as problem:
        form.add_error(name, str(problem))


# What to take home


@require_GET
@taking
def listed(request: HttpRequest, submission: UUID) -> HttpResponse:
    """Every fix as a CSV, a row each: place, record, was, is, and the marking; who took it stands in the read log."""
    found = queries.fixed_cells(viewer=request.viewer, submission=submission)
    opened(by=request.viewer, at=request.at, about=reference("collections.submission", submission))
    marking = queries.submission_page(viewer=request.viewer, submission=submission).marking
    return downloads.sheet(f"fixes_{submission}.csv", _LISTED, [_listed(one) for one in found], marking)


_LISTED = ("Version", "Fixed in version", "Table", "File", "Sheet", "Row", "Record", "Column", "Was", "Is")


def _listed(one: FixedCell) -> tuple[object, ...]:
    place = (one.of, one.made or "not yet", one.table, one.file, one.sheet, one.row, one.record, one.column)
    return (*place, one.was, one.value)


@require_GET
@taking
def file(request: HttpRequest, submission: UUID, number: int) -> FileResponse:
    """One file of the corrected version as it is now, so that the force mends its own source by it."""
    found = queries.fixed_files(viewer=request.viewer, submission=submission)
    if not 1 <= number <= len(found):
        raise NotThere
    one = found[number - 1]
    opened(by=request.viewer, at=request.at, about=one.about)
    marking = queries.submission_page(viewer=request.viewer, submission=submission).marking
    stream = Path(one.path).open("rb")  # noqa: SIM115  the answer closes it
    name = downloads.marked_name(one.name, marking)
    return FileResponse(stream, as_attachment=True, filename=name, content_type="application/octet-stream")
