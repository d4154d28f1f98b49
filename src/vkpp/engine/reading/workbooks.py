"""Sheets of XLSX, XLS and ODS workbooks to staged tables: every cell as text, every row with its number in the sheet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from vkpp.basics.problems import UnreadableFile
from vkpp.catalogue.specifications import Table
from vkpp.engine.reading.archives import Counted, refuse_bomb
from vkpp.engine.reading.encodings import raw_blocks
from vkpp.engine.reading.faults import NotThisTable
from vkpp.engine.reading.headings import Matched, accepted, folded, matched, nearest, score
from vkpp.engine.reading.limits import Limits
from vkpp.engine.reading.opening import Book, Sheet, opened
from vkpp.engine.reading.properties import PEOPLE, hidden_sheets, properties
from vkpp.engine.reading.staging import write_parquet
from vkpp.engine.shapes.findings import Finding, Reconciliation
from vkpp.engine.shapes.tables import LINE, RECORD, SHEET, Received, Staged


@dataclass(frozen=True, slots=True)
class Source:
    """What all sheets of one workbook share."""

    received: Received
    table: Table
    work: Path
    limits: Limits
    held: Mapping[str, str]  # properties that are filled in


def read_workbook(
    path: Path, table: Table, work: Path, limits: Limits, *, name: str, kind: str, sheet: str | None
) -> tuple[Staged, ...]:
    """Stages every visible sheet that has the headings, or the one asked for. Sheets left unread are findings.

    A sheet that bears the table's own name or title is the table: in a workbook of several tables, whose headings may be alike,
    no other sheet is then read for it.
    """
    counted = refuse_bomb(path, limits, name) if kind != "xls" else Counted()
    received = Received(name, _hash(path), path.stat().st_size, kind)
    source = Source(received, table, work, limits, properties(path, kind))
    staged: list[Staged] = []
    unread: list[Sheet] = []
    values = 0
    with opened(path, kind, work, name, limits) as book:
        own = [title for title in book.names if folded(title) in (folded(table.name), folded(table.title))]
        for title in own if own and sheet is None else _wanted(book, sheet, name):
            one = book.load(title)
            values += _values(one)
            header = _header(one, table, limits)
            if header is None or (one.hidden and sheet is None):
                unread.append(one)
            else:
                staged.append(_stage(one, header, list(book.names).index(title), source))
    if not staged:
        raise _no_table(unread, source)
    first = staged[0]
    lost = counted.values - values if sheet is None and not own else 0
    shut = [title for title in hidden_sheets(path, kind) if own and title not in own] if sheet is None else []
    extra = (*_of_book(source, unread, shut), *_of_cells(source, lost, counted))
    staged[0] = replace(first, findings=(*first.findings, *extra))
    return tuple(staged)


def _wanted(book: Book, sheet: str | None, name: str) -> Sequence[str]:
    if sheet is None:
        return book.names
    if sheet in book.names:
        return [sheet]
    near = nearest(sheet, book.names)
    raise UnreadableFile(
        f"{name} has no sheet {sheet!r}.",
        where=name,
        expected="one of the sheets " + ", ".join(map(repr, book.names)),
        next_step=f"name the sheet {near!r} if that is meant" if near else "name one of its sheets",
    )


def _hash(path: Path) -> str:
    hashed = hashlib.sha256()
    for block in raw_blocks(path):
        hashed.update(block)
    return hashed.hexdigest()


@dataclass(frozen=True, slots=True)
class _Header:
    row: int  # 1-based
    cells: tuple[str, ...]
    notes: int
    blanks: int


def _header(sheet: Sheet, table: Table, limits: Limits) -> _Header | None:
    """The first of the rows with most headings matched; None when no row has two (or the table's one)."""
    names, best, at = accepted(table), 0, -1
    top = sheet.cells.head(limits.header_rows).rows()
    for i, row in enumerate(top):
        found = score([c for c in row if c], names)
        if found > best:
            best, at = found, i
    if best < min(2, len(table.fields)):
        return None
    blanks = sum(not any(row) for row in top[:at])
    return _Header(at + 1, tuple(c or "" for c in top[at]), at - blanks, blanks)


def _stage(sheet: Sheet, header: _Header, number: int, source: Source) -> Staged:
    received, table = source.received, source.table
    columns = matched(header.cells, table, file=received.name, row=header.row, sheet=sheet.name)
    if columns.width > source.limits.columns:
        raise _over(f"{columns.width:,} columns", f"{source.limits.columns:,}", sheet, received)
    body = sheet.cells.slice(header.row).with_columns(
        pl.Series(LINE, np.arange(header.row + 1, sheet.cells.height + 1, dtype=np.int64))
    )
    empty = body.select(pl.all_horizontal(pl.exclude(LINE).is_null())).to_series()
    broken = {row for row, _ in sheet.errors}
    filled = body.filter(~empty | body[LINE].is_in(list(broken)))
    if not filled.height:
        raise UnreadableFile(
            f"{received.name} has headings on row {header.row:,} of sheet {sheet.name!r} and no record below them.",
            where=f"{received.name}, sheet {sheet.name}",
            expected="at least one record",
            next_step="send the records; where there is nothing to report, say so in a nil return",
        )
    parquet = source.work / f"{table.name}-{received.sha256[:16]}-{number + 1}.parquet"
    frame = _fields(filled, columns, table, sheet.name)
    write_parquet(lambda: iter([frame]), dict(frame.schema), parquet)
    records = int(pq.read_metadata(parquet).num_rows)
    reconciliation = Reconciliation(
        file=received.name,
        table=table.name,
        physical_lines=sheet.cells.height,
        header=1,
        blanks=header.blanks + body.height - filled.height,
        notes=header.notes,
        breaks_inside=0,
        records=records,
        accepted=records,
        rejected=0,
        sheet=sheet.name,
    )
    if not reconciliation.holds:
        parquet.unlink()
        raise UnreadableFile(f"The counts do not agree: {reconciliation.sentence()}", where=received.name)
    found = (*columns.findings, *_findings(sheet, header, columns, filled, source))
    facts = {"sheet": sheet.name, "header line": str(header.row)}
    if source.held:
        facts["hidden properties"] = ", ".join(source.held)
    return Staged(
        table.name,
        parquet,
        received,
        records,
        columns.headings,
        columns.unknown,
        columns.missing,
        found,
        reconciliation,
        facts,
    )


def _fields(filled: pl.DataFrame, columns: Matched, table: Table, sheet: str) -> pl.DataFrame:
    at = columns.columns
    return filled.select(
        *(
            pl.col(f"c{at[f.name]}").alias(f.name) if f.name in at else pl.lit(None, pl.String).alias(f.name)
            for f in table.fields
        ),
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(RECORD),
        pl.col(LINE),
        pl.lit(sheet).alias(SHEET),
    )


def _findings(sheet: Sheet, header: _Header, columns: Matched, filled: pl.DataFrame, source: Source) -> Iterator[Finding]:
    file, table = source.received.name, source.table.name
    if header.notes:
        words = f"{header.notes:,} rows of notes stand above the headings; they were not read."
        yield Finding("file-notes-above", "note", words, "Leave out what is above the headings.", file, table, sheet.name, 1)
    records = dict(zip(filled[LINE].to_list(), range(1, filled.height + 1), strict=True)) if sheet.errors else {}
    headings = {at: source.table.field(name).title for name, at in columns.columns.items()}
    for row, column in sheet.errors:
        if row > header.row and column in headings:
            words = f"The cell holds an error of the spreadsheet (such as #DIV/0! or #N/A) in {headings[column]!r}."
            fix = "Correct the formula, or type the value."
            yield Finding(
                "file-cell-error", "error", words, fix, file, table, sheet.name, row, records.get(row), column=headings[column]
            )
    for at in columns.untitled:
        values = filled.filter(pl.col(f"c{at}").is_not_null())
        if values.height:
            line = int(values[LINE][0])
            words = f"Column {at + 1} has no heading, and holds values from row {line:,} on; they were not read."
            fix = "Give the column its heading, or check whether cells have moved to the right."
            yield Finding("file-values-without-heading", "error", words, fix, file, table, sheet.name, line)
    same = pl.all_horizontal(pl.col(f"c{at}") == columns.headings[name] for name, at in columns.columns.items())
    for line in filled.filter(same)[LINE]:
        words = f"Row {line:,} repeats the headings: tables seem to be stacked."
        yield Finding("file-repeated-header", "error", words, "Send one table with one header.", file, table, sheet.name, line)


def _of_book(source: Source, unread: Sequence[Sheet], shut: Sequence[str]) -> Iterator[Finding]:
    """Findings about the whole workbook: sheets not read or not even opened, and what its properties hold about people."""
    file, table = source.received.name, source.table.name
    for title in shut:
        fix = "Delete the sheet before sending; if it is part of the return, unhide it."
        yield Finding("file-hidden-sheet", "query", f"The hidden sheet {title!r} was not read.", fix, file, table, title)
    for sheet in unread:
        if not sheet.cells.height:
            continue
        if sheet.hidden:
            words = f"The hidden sheet {sheet.name!r} with {_rows(sheet)} was not read."
            fix = "Delete the sheet before sending; if it is part of the return, unhide it."
            yield Finding("file-hidden-sheet", "query", words, fix, file, table, sheet.name)
        else:
            words = f"The sheet {sheet.name!r} with {_rows(sheet)} has none of the headings and was not read."
            yield Finding(
                "file-unread-sheet", "note", words, "Nothing, if it is not part of the return.", file, table, sheet.name
            )
    personal = [name for name in source.held if name in PEOPLE]
    if personal:
        words = f"The workbook holds beside its cells: {', '.join(personal)}. These may name people."
        fix = "Remove document properties and comments before sending."
        yield Finding("file-hidden-personal-data", "note", words, fix, file, table)


def _rows(sheet: Sheet) -> str:
    return f"{sheet.cells.height:,} row{'s' if sheet.cells.height > 1 else ''}"


def _values(sheet: Sheet) -> int:
    """Cells of the sheet that came out with something in them, errors included."""
    full = sheet.cells.select(pl.sum_horizontal(pl.all().count())).item() if sheet.cells.width else 0
    return int(full) + len(sheet.errors)


def _of_cells(source: Source, lost: int, counted: Counted) -> Iterator[Finding]:
    """Findings on cells that hold something in the file and nothing in the table."""
    file, table = source.received.name, source.table.name
    if lost > 0:
        words = f"{lost:,} cells hold something in the file and came out empty: an empty text, or a cell that cannot be read."
        fix = "Compare the number of filled cells with the sheet, or send it as CSV."
        yield Finding("file-cells-not-read", "query", words, fix, file, table)
    if counted.merged:
        areas = f"{counted.merged:,} areas" if counted.merged > 1 else "An area"
        words = f"{areas} of merged cells: the value stands in the first cell of each, the others are empty."
        fix = "Unmerge cells in the table and repeat the value in each row."
        yield Finding("file-merged-cells", "note", words, fix, file, table)
    if counted.no_result:
        cells = (
            f"{counted.no_result:,} cells of the workbook hold" if counted.no_result > 1 else "One cell of the workbook holds"
        )
        words = f"{cells} a formula without its result, read as empty."
        fix = "Open the workbook, let it calculate, and save it again; or paste the values."
        yield Finding("file-formula-without-result", "error", words, fix, file, table)


def _over(saw: str, bound: str, sheet: Sheet, received: Received) -> UnreadableFile:
    return UnreadableFile(
        f"{received.name} has {saw} in sheet {sheet.name!r}.",
        where=f"{received.name}, sheet {sheet.name}",
        expected=f"at most {bound}",
        next_step="send only the columns of the specification",
    )


def _no_table(sheets: Sequence[Sheet], source: Source) -> NotThisTable:
    hidden = [s.name for s in sheets if s.hidden]
    seen = ", ".join(f"{s.name!r}{' (hidden)' if s.hidden else ''}" for s in sheets) or "none"
    titles = [field.title for field in source.table.fields]
    return NotThisTable(
        f"{source.received.name} has no visible sheet with headings for the table {source.table.title!r}. Its sheets: {seen}.",
        where=source.received.name,
        expected="a row with the headings " + ", ".join(titles[:8]) + (", ..." if len(titles) > 8 else ""),
        next_step="unhide the sheet that holds the table" if hidden else "put the specification's headings in one row",
    )
