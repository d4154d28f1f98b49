"""Findings for people and for machines: JSON Lines and a workbook, each written whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from vkpp.basics.problems import ExitCode, Problem
from vkpp.engine.shapes.findings import CheckResult, CheckRun, Finding

JSON_KEYS = ("check", "severity", "file", "table", "sheet", "row", "record", "column", "value", "message", "fix")
SHEET_ROWS = 1_048_575  # findings on one sheet: what a sheet holds, less its heading
_CELL = 32_767  # characters that a cell holds
_CREATED = dt.datetime(1980, 1, 1)  # no clock: the same findings give the same bytes

# Heading, width in characters, and the field of a finding, in the order in which analysts read.
_COLUMNS: tuple[tuple[str, int, str], ...] = (
    ("File", 28, "file"),
    ("Table", 16, "table"),
    ("Sheet", 14, "sheet"),
    ("Record", 10, "record"),
    ("Row", 10, "row"),
    ("Period", 12, "period"),
    ("Severity", 10, "severity"),
    ("Message", 70, "message"),
    ("Column", 24, "column"),
    ("Value", 28, "value"),
    ("What to do", 70, "fix"),
    ("Check", 30, "check"),
)


class CouldNotWrite(Problem):
    """A report could not be written; whatever stood there before is untouched."""

    exit_code = ExitCode.USAGE


def write_json_lines(result: CheckResult, target: Path | TextIO, *, marking: str = "") -> None:
    """Write one JSON object a finding, keys as in JSON_KEYS, to a file or an open stream such as standard output.

    Where there is a marking, it is the first line: {"marking": "OFFICIAL"}.

    Raises CouldNotWrite when the disk is full or the place cannot be written to.
    """
    if isinstance(target, Path):
        with whole(target) as partial, partial.open("w", encoding="utf-8", newline="\n") as stream:
            _write_lines(result, stream, marking)
    else:
        _write_lines(result, target, marking)


def _write_lines(result: CheckResult, stream: TextIO, marking: str) -> None:
    if marking:
        stream.write(json.dumps({"marking": marking}, ensure_ascii=False) + "\n")
    for finding in result.findings:
        line = {key: getattr(finding, key) for key in JSON_KEYS}
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def write_workbook(result: CheckResult, path: Path, *, sheet_rows: int = SHEET_ROWS, marking: str = "") -> None:
    """Write an XLSX workbook: a summary with counts by check, then every finding by record, period, message, column.

    All texts are written as texts, so that no value of a return can act as a formula. Findings beyond `sheet_rows` go on
    to further sheets. A marking stands in the first line of the summary, and above and below every sheet when it is printed.
    The same result gives the same bytes. Raises CouldNotWrite as above.
    """
    with whole(path) as partial, _book(partial) as book:
        book.set_properties({"title": f"Findings: {result.specification}", "author": "VKPP", "created": _CREATED})
        formats = _formats(book)
        _summary(book, result, formats, marking)
        _findings(book, result, formats, sheet_rows)
        _mark(book, marking)


@contextmanager
def _book(path: Path) -> Iterator[Any]:
    """A workbook that keeps rows in files and not in memory; its files are closed and gone even when the disk is full."""
    texts_stay_texts = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with tempfile.TemporaryDirectory(prefix="vkpp-report-") as rows:
        book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": rows, **texts_stay_texts})
        try:
            yield book
            book.close()
        except BaseException:
            for sheet in book.worksheets():
                with suppress(OSError):  # closing flushes once more to the full disk
                    sheet.row_data_fh.close()
            book.fileclosed = True  # or the book would try to write itself once more when it is collected
            raise


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A name beside the target to write to; it takes the target's name only when all is written."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.touch()
        yield partial
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    except (OSError, XlsxWriterException) as trouble:
        raise CouldNotWrite(
            f"{path.name} could not be written: {_reason(trouble)}.",
            where=str(path.parent),
            expected="a folder that can be written to, with room for the file",
            next_step="free some space or name another folder, then run the command again",
        ) from trouble
    finally:
        partial.unlink(missing_ok=True)


def _reason(trouble: BaseException) -> str:
    cause = trouble if isinstance(trouble, OSError) else trouble.args[0] if trouble.args else trouble
    return str(cause.strerror or cause) if isinstance(cause, OSError) else str(cause)


def _formats(book: Any) -> dict[str, Any]:
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "marking": book.add_format({"bold": True}),
        "heading": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "text": book.add_format({"num_format": "@", "valign": "top"}),
        "words": book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
        "count": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "number": book.add_format({"num_format": "0", "valign": "top"}),
    }


def _mark(book: Any, marking: str) -> None:
    """On paper, above and below each sheet."""
    for sheet in book.worksheets() if marking else ():
        sheet.set_header(paper_words(marking))
        sheet.set_footer(paper_words(marking))


def paper_words(marking: str) -> str:
    """A marking in the middle of a header or footer; & would begin a code of its own. What is too long for one is cut."""
    return "&C" + marking.replace("&", "&&")[:240]


def _summary(book: Any, result: CheckResult, formats: dict[str, Any], marking: str) -> None:
    sheet = book.add_worksheet("Summary")
    for column, width in enumerate((34, 18, 12, 12, 70)):
        sheet.set_column(column, column, width)
    line = 0
    if marking:
        sheet.write_string(0, 0, _fitting(marking), formats["marking"])
        line = 1
    sheet.write_string(line, 0, f"Findings: {result.specification}", formats["title"])
    errors, queries, notes = (result.findings.count(severity) for severity in ("error", "query", "note"))
    sheet.write_string(line + 1, 0, f"{errors:,} errors to correct, {queries:,} queries to answer, {notes:,} notes.")
    line += 2
    for each in result.reconciliations:
        sheet.write_string(line, 0, _fitting(each.sentence()))
        line += 1
    _headings(sheet, line + 1, ("Check", "Table", "Severity", "Findings", "How it ran"), formats)
    sheet.freeze_panes(line + 2, 1)
    rows = _summary_rows(result)
    for number, (check, table, severity, count, state) in enumerate(rows, start=line + 2):
        for column, text in enumerate((check, table, severity)):
            sheet.write_string(number, column, _fitting(text), formats["text"])
        sheet.write_number(number, 3, count, formats["count"])
        sheet.write_string(number, 4, _fitting(state), formats["words"])
    sheet.autofilter(line + 1, 0, line + 1 + len(rows), 4)


def _summary_rows(result: CheckResult) -> list[tuple[str, str, str, int, str]]:
    """One row a check: those of the specification in its order, then what the reader found."""
    rows = [(run.check, run.table, run.severity, run.findings, _state(run)) for run in result.runs]
    of_checks = {(run.check, run.table) for run in result.runs}
    places = result.findings.table.select(["check", "table", "severity"]).to_pylist()
    counts = Counter((p["check"], p["table"], p["severity"]) for p in places)
    read = [(*key, count, "found while reading") for key, count in counts.items() if key[:2] not in of_checks]
    return rows + sorted(read)


def _state(run: CheckRun) -> str:
    if not run.ran:
        return f"could not run: {run.why_not}"
    return f"not applicable: {run.why_not}" if run.why_not else "ran"


def _findings(book: Any, result: CheckResult, formats: dict[str, Any], sheet_rows: int) -> None:
    sheet, row = None, sheet_rows
    names = (f"Findings {n}" if n > 1 else "Findings" for n in range(1, len(result.findings) // sheet_rows + 3))
    for number, finding in enumerate(result.findings):
        if row == sheet_rows:
            left = min(sheet_rows, len(result.findings) - number)
            sheet, row = _findings_sheet(book, next(names), left, formats), 0
        row += 1
        _write_finding(sheet, row, finding, formats)
    if sheet is None:
        _findings_sheet(book, next(names), 0, formats)


def _findings_sheet(book: Any, name: str, rows: int, formats: dict[str, Any]) -> Any:
    sheet = book.add_worksheet(name)
    for number, (_, width, _) in enumerate(_COLUMNS):
        sheet.set_column(number, number, width)
    _headings(sheet, 0, [heading for heading, _, _ in _COLUMNS], formats)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, rows, len(_COLUMNS) - 1)
    return sheet


def _headings(sheet: Any, row: int, headings: Sequence[str], formats: dict[str, Any]) -> None:
    for column, heading in enumerate(headings):
        sheet.write_string(row, column, heading, formats["heading"])


def _write_finding(sheet: Any, row: int, finding: Finding, formats: dict[str, Any]) -> None:
    for column, (_, _, name) in enumerate(_COLUMNS):
        value = getattr(finding, name)
        if isinstance(value, int):
            sheet.write_number(row, column, value, formats["number"])
        elif value is not None:
            form = formats["words"] if name in ("message", "fix") else formats["text"]
            sheet.write_string(row, column, _fitting(value), form)


def _fitting(text: str) -> str:
    """A text that a cell can hold; what is cut says so."""
    return text if len(text) <= _CELL else text[: _CELL - 20] + " … (cut, too long)"
