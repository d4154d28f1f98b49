"""What the checks say: how they get on, results by check, every finding with its place, and the same as a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import shorten
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from vkpp.records.collections import queries
from vkpp.records.collections.rules import counted
from vkpp.records.collections.rules.rows import CheckRow, FindingsPage, SubmissionPage, VersionRow
from vkpp.records.ground.problems import NotThere
from vkpp.web.force import words
from vkpp.web.force.fixing import address_of
from vkpp.web.parts.pace import taking
from vkpp.web.parts.shapes import Act, Cell, Choice, Column, Fact, Filters, Pages, Table, in_words, page_number, shortened

_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/jsonl",
}
_SEVERITIES = (("", "Every kind"), ("error", "Errors only"), ("query", "Queries only"), ("note", "Notes only"))
_ORDERS = (("", "As in your file"), ("check", "By check"))
SIZE = 50
_ROOM = 70  # letters of a choice among checks


@require_GET
def state(request: HttpRequest, submission: UUID) -> HttpResponse:
    """How a return stands, for the script that waits for its checks."""
    row = queries.submission_page(viewer=request.viewer, submission=submission).row
    return JsonResponse({"checking": row.state == "checking", "words": row.state_words})


@require_GET
def shown(request: HttpRequest, submission: UUID) -> HttpResponse:
    """The results of the newest version, or how its checks get on."""
    page = queries.submission_page(viewer=request.viewer, submission=submission)
    newest = page.versions[0] if page.versions else None
    if newest is None or newest.nil:
        return HttpResponseRedirect(words.at("return", submission))
    said = {
        "crumbs": words.crumbs(page.row),
        "marking": page.marking,
        "page": page,
        "row": page.row,
        "newest": newest,
        "caption": words.caption(page.row),
    }
    if newest.checked_at is None:
        return render(request, "force/checking.html", said | {"title": "We are checking your file"})
    return render(request, "force/results.html", said | _results(request, page, newest) | {"buttons": _buttons(page, newest)})


def _buttons(page: SubmissionPage, newest: VersionRow) -> list[Act]:
    """What can be done from here: a corrected file, and reasons where queries wait."""
    row, found = page.row, []
    if "receive" in row.acts.allowed:
        found.append(
            Act("Upload a corrected file", words.at("send", row.id), secondary=not newest.errors and not newest.trouble)
        )
    if found and _fixable(page, newest):
        found.append(Act("Fix cells on screen", words.at("fix", row.id), secondary=True))
    if row.open_queries and "answer" in row.acts.allowed:
        found.append(Act(f"Answer {counted(row.open_queries, 'query', 'queries')}", words.at("answer", row.id)))
    if "offer" in row.acts.allowed:
        found.append(Act("Read the summary", words.at("summary", row.id)))
    return found


def _fixable(page: SubmissionPage, newest: VersionRow) -> bool:
    return "fix" in page.row.acts.allowed and not newest.trouble and bool(newest.errors or newest.queries)


def _results(request: HttpRequest, page: SubmissionPage, newest: VersionRow) -> dict[str, object]:
    errors = [one for one in page.checks if one.severity == "error" and not one.waived]
    found = _found(request, page)
    return {
        "title": _title(page, newest, errors),
        "errors": [(_narrowed(page, one), one) for one in errors],
        "facts": _facts(page, newest),
        "tables": _by_check(page),
        **found,
        "fixed": _fixed(request, page, newest),
        "prepares": request.viewer.may("collections.prepare", page.row.organisation),
        "reports": [queries.findings_report(viewer=request.viewer, submission=page.row.id, kind=kind) for kind in _TYPES],
    }


def _fixed(request: HttpRequest, page: SubmissionPage, newest: VersionRow) -> list[str]:
    """Names of the corrected files, for whoever prepares; none where files were sent."""
    if not newest.fixed_from or not request.viewer.may("collections.prepare", page.row.organisation):
        return []
    return [one.name for one in queries.fixed_files(viewer=request.viewer, submission=page.row.id)]


def _title(page: SubmissionPage, newest: VersionRow, errors: list[CheckRow]) -> str:
    if newest.trouble:
        return "Your file could not be checked"
    if errors:
        return f"Your file needs {counted(len(errors), 'kind')} of fix before you can send it"
    if newest.checks_ran < newest.checks_all:
        return "Some checks could not run, so your file cannot be sent yet"
    if page.row.open_queries:
        return f"Your file has no errors, and {counted(page.row.open_queries, 'query', 'queries')} to answer"
    return "Your file passed the checks"


def _facts(page: SubmissionPage, newest: VersionRow) -> list[Fact]:
    kinds = {kind: sum(one.severity == kind for one in page.checks) for kind in ("error", "query")}
    return [
        Fact("Errors", f"{newest.errors:,}", f"in {counted(kinds['error'], 'check')}"),
        Fact("Queries", f"{newest.queries:,}", f"in {counted(kinds['query'], 'check')}"),
        Fact("Checks that ran", f"{newest.checks_ran:,}", f"of {newest.checks_all:,}"),
        Fact("Records read", f"{sum(newest.records.values()):,}", f"in {counted(len(newest.records), 'table')}"),
    ]


_HEADINGS = (
    ("error", "Errors: fix these before you can send"),
    ("query", "Queries: fix, or say why it is right"),
    ("note", "Notes"),
)
_COLUMNS = (Column("Check"), Column("Sheet or table"), Column("Column"), Column("Places", numeric=True))


def _by_check(page: SubmissionPage) -> list[Table]:
    """One table a severity, each check leading to its findings, the total last."""
    tables = []
    for severity, heading in _HEADINGS:
        found = [one for one in page.checks if one.severity == severity]
        rows: list[list[Cell | str | int]] = [_check(page, one) for one in found]
        if found:
            rows.append([f"All {heading.split(':')[0].lower()}", "", "", sum(one.places for one in found)])
            tables.append(Table(heading, _COLUMNS, rows, total=True))
    return tables


def _check(page: SubmissionPage, one: CheckRow) -> list[Cell | str | int]:
    hidden = f"({one.check}" + (", waived)" if one.waived else ")")
    return [
        Cell(in_words(one.message), _narrowed(page, one), hidden),
        one.sheets or one.table.capitalize(),
        one.columns,
        one.places,
    ]


def _narrowed(page: SubmissionPage, one: CheckRow) -> str:
    return f"{words.at('results', page.row.id)}?{urlencode({'check': one.check})}#findings"


def _found(request: HttpRequest, page: SubmissionPage) -> dict[str, object]:
    """The findings that the address asks for: filtered, ordered, one page of them."""
    asked = {name: request.GET.get(name, "")[:200] for name in ("check", "severity", "sheet", "order")}
    order = "check" if asked.pop("order") == "check" else "file"
    number = request.GET.get("page")
    wanted = int(number) if number and number.isascii() and number.isdigit() and len(number) < 8 else 1
    start = SIZE * (max(1, wanted) - 1)
    key = {"viewer": request.viewer, "submission": page.row.id, "order": order, "length": SIZE}
    found = queries.findings(start=start, **key, **asked)
    pages_at = page_number(number, found.matching, SIZE)
    if pages_at != wanted:
        found = queries.findings(start=SIZE * (pages_at - 1), **key, **asked)
    address = words.at("results", page.row.id)
    kept = {name: value for name, value in asked.items() if value} | ({"order": order} if order == "check" else {})
    pages = Pages(pages_at, found.matching, address, "findings", SIZE, kept)
    return {"filters": _filters(page, found, asked, order, address), "pages": pages, "table": _table(page, found, pages, order)}


def _filters(page: SubmissionPage, found: FindingsPage, asked: dict[str, str], order: str, address: str) -> Filters:
    said = {one.check: one.message for one in reversed(page.checks)}  # a check's name is ours: it is chosen by what it says
    checks = [("", "Every check"), *((name, f"{_begun(said.get(name, name))} ({n:,})") for name, _, n in found.checks)]
    sheets = [("", "Every sheet or table"), *((name, f"{name} ({n:,})") for name, n in found.sheets)]
    choices = [
        Choice("check", "Check", list(dict(checks).items()), asked["check"]),
        Choice("severity", "Kind", _SEVERITIES, asked["severity"]),
        Choice("sheet", "Sheet or table", sheets, asked["sheet"]),
        Choice("order", "Order", _ORDERS, "check" if order == "check" else ""),
    ]
    return Filters(choices, address)


def _begun(text: str) -> str:
    """As many whole words as a choice has room for."""
    return shorten(text, width=_ROOM, placeholder=" …")


_FOUND = (
    *(Column("Sheet or table"), Column("Row in file", numeric=True), Column("Column"), Column("Value")),
    *(Column("What is wrong"), Column("How to fix it")),
)


def _table(page: SubmissionPage, found: FindingsPage, pages: Pages, order: str) -> Table:
    where = "by check" if order == "check" else "in the order of your file"
    rows: list[list[Cell | str | int]] = [
        [
            str(one["place"] or one["file"]),
            "" if one["row"] is None else Cell(f"{one['row']}"),
            str(one["column"] or ""),
            Cell(shortened(one["value"]), code=True) if one["value"] else "",
            in_words(one["message"]),
            _how(page, found, one),
        ]
        for one in found.rows
    ]
    empty = "No finding matches. Take a filter away." if found.all else "There is no finding."
    return Table(f"Findings {pages.words}, {where}", _FOUND, rows, empty)


def _how(page: SubmissionPage, found: FindingsPage, one: Mapping[str, Any]) -> Cell | str:
    """How it is fixed; where that can be done here, it leads there."""
    if "fix" not in page.row.acts.allowed or one["index"] not in found.fixable:
        return in_words(one["fix"] or "")
    where = f"row {one['row']} of {one['table']}, {one['column']}, {one['check']}"  # no two findings have all of these
    return Cell("Fix here", address_of(page.row.id, one), where, lead=in_words(one["fix"] or ""))


@require_GET
@taking
def download(request: HttpRequest, submission: UUID, kind: str) -> HttpResponse | FileResponse:
    """Every finding as a workbook or as JSON lines, as the job that checked the file wrote it."""
    found = queries.findings_report(viewer=request.viewer, submission=submission, kind=kind)
    if not found.path:
        raise NotThere
    file = Path(found.path).open("rb")  # noqa: SIM115  the answer closes it
    return FileResponse(file, as_attachment=True, filename=found.name, content_type=_TYPES[kind])
