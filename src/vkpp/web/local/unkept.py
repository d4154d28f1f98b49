"""The form of the page for browsers without a script: files are checked at once in a process with limits, and not kept."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from vkpp.basics.periods import Period
from vkpp.basics.problems import Problem
from vkpp.catalogue.specifications import Specification
from vkpp.web.parts.acting import status_of, tried
from vkpp.web.parts.pace import SEND, demand, told
from vkpp.web.parts.shapes import Cell, Column, Fact, Table, in_words, shortened

MOST = 50 * 1024 * 1024  # bytes together: somebody waits for the page
_KINDS = ".csv,.txt,.tsv,.xlsx,.xlsm,.xls,.ods,.zip"
_HEADINGS = (
    ("error", "Errors: fix these before you can send"),
    ("query", "Queries: fix, or say why it is right"),
    ("note", "Notes"),
)


def form_of(specification: Specification) -> type[forms.Form]:
    """A file for each table, and the period."""
    fields: dict[str, Any] = {
        f"file-{table.name}": forms.FileField(
            label=f"{table.title} (CSV or a workbook)",
            allow_empty_file=True,  # the reader says it in better words
            error_messages={"required": f"No file was chosen for {table.title}. Choose one."},
            widget=forms.FileInput(attrs={"accept": _KINDS}),
        )
        for table in specification.tables
    }
    hint = "For example FY2024-25Q3 or CY2024. Without it, checks that look at the period have nothing to look at."
    fields["period"] = forms.CharField(label="Period of the return", help_text=hint, required=False, max_length=20)
    fields["clean_period"] = _clean_period
    return type("Unkept", (_Sized,), fields)


def _clean_period(form: forms.Form) -> str:
    text = str(form.cleaned_data["period"])
    if text:
        try:
            Period.parse(text)
        except Problem as problem:
            raise forms.ValidationError(str(problem)) from problem
    return text


class _Sized(forms.Form):
    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        size = sum(one.size for one in self.files.values())
        if size > MOST:
            raise forms.ValidationError(
                f"These files have {size >> 20} MB together, and {MOST >> 20} MB are checked here at most."
                " Send the return itself, or use `vkpp check`."
            )
        return dict(found)


def checked(request: HttpRequest, specification: Specification, said: Mapping[str, object]) -> HttpResponse:
    """Check what was sent and show it once. Nothing of it is written down: no row, no file, no entry on the trail."""
    form = form_of(specification)(request.POST, request.FILES)
    problem = tried(form, lambda _: demand(request, SEND))
    if problem is not None or not form.is_valid():
        answer = render(request, "local/check.html", {**said, "form": form}, status=status_of(form, problem))
        return told(answer, problem)
    files = tuple(
        (table.name, str(one.name), Path(one.temporary_file_path()))
        for table in specification.tables
        for one in [form.cleaned_data[f"file-{table.name}"]]
    )
    once = import_module(settings.CHECK_ONCE)
    asked = once.Asked(
        files,
        specification.name,
        form.cleaned_data["period"],
        bool(settings.INVENTED),
        Path(settings.FILE_UPLOAD_TEMP_DIR),
    )
    found = once.checked(asked)
    if found.trouble:
        form.add_error(None, found.trouble)
        answer = render(request, "local/check.html", {**said, "form": form}, status=503 if found.wait else 400)
        if found.wait:
            answer["Retry-After"] = str(found.wait)
        return answer
    return render(request, "local/found.html", {**said, **_drawn(found), "title": _title(found)})


def _title(found: Any) -> str:
    kinds = {check for severity, check, *_ in found.counts if severity == "error"}
    queries = sum(n for severity, *_, n in found.counts if severity == "query")
    if kinds:
        return f"Your files need {len(kinds):,} kind{'s' if len(kinds) > 1 else ''} of fix before you can send them"
    if queries:
        return f"Your files have no errors, and {queries:,} quer{'ies' if queries > 1 else 'y'} to answer"
    return "Your files passed the checks"


_COLUMNS = (Column("Check"), Column("Table"), Column("Places", numeric=True))
_FOUND = (
    *(Column("File"), Column("Row in file", numeric=True), Column("Column"), Column("Value")),
    *(Column("What is wrong"), Column("How to fix it")),
)


def _drawn(found: Any) -> dict[str, object]:
    tables = []
    for severity, heading in _HEADINGS:
        mine = [(words, table, n) for kind, _, table, words, n in found.counts if kind == severity]
        if mine:
            rows: list[list[Cell | str | int]] = [[in_words(words), table.capitalize(), n] for words, table, n in mine]
            tables.append(Table(heading, _COLUMNS, rows))
    rows = [_row(one) for one in found.findings]
    shown = f"the first {len(rows):,} of {found.total:,}" if len(rows) < found.total else f"{found.total:,}"
    count = {kind: sum(n for severity, *_, n in found.counts if severity == kind) for kind in ("error", "query")}
    return {
        "facts": [Fact("Errors", f"{count['error']:,}"), Fact("Queries", f"{count['query']:,}")],
        "found": found,
        "tables": tables,
        "table": Table(f"Findings: {shown}", _FOUND, rows, "There is no finding."),
    }


def _row(one: Mapping[str, Any]) -> list[Cell | str | int]:
    return [
        str(one["file"]),
        "" if one["row"] is None else Cell(str(one["row"])),
        str(one["column"] or ""),
        Cell(shortened(one["value"]), code=True) if one["value"] else "",
        in_words(one["message"]),
        in_words(one["fix"] or ""),
    ]
