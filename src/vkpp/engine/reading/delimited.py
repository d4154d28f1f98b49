"""Delimited text to a staged table: survey, layout, scan and stage, with the count of lines as a witness.

Three counts that know nothing of each other must agree: physical lines by the survey of bytes, the shape of the records by
the scan, and the rows of the Parquet file that the parser wrote.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from vkpp.basics.problems import UnreadableFile
from vkpp.catalogue.specifications import Table
from vkpp.engine.reading.encodings import Survey, survey, utf8_blocks
from vkpp.engine.reading.faults import FaultList, StructuralFaults
from vkpp.engine.reading.headings import Matched, matched
from vkpp.engine.reading.layout import HEAD_BYTES, WORDS, Layout, find_layout
from vkpp.engine.reading.limits import Limits
from vkpp.engine.reading.scanning import Shape, shapes
from vkpp.engine.reading.staging import sink_parquet, write_parquet
from vkpp.engine.shapes.findings import Finding, Reconciliation
from vkpp.engine.shapes.tables import LINE, RECORD, Received, Staged

STRAIGHT_FROM = 32 << 20  # bytes: below this, looking through the text beforehand costs more than it saves
LISTED = 100_000  # lines that look wrong, listed one by one


@dataclass(slots=True)
class _Count:
    """What the scan has counted so far, below the header."""

    records: int = 0
    lines: int = 0
    blanks: int = 0
    breaks: int = 0
    empty_rows: int = 0
    suspects: list[int] = field(default_factory=list)
    untitled: dict[int, int] = field(default_factory=dict)  # column -> line of the first value below no heading
    repeated: list[tuple[int, int]] = field(default_factory=list)  # (line, record) that repeats the header


def read_delimited(path: Path, table: Table, work: Path, limits: Limits, *, name: str) -> Staged:
    """Stages a text file. Raises StructuralFaults with every fault, or UnreadableFile when it is no table at all."""
    seen = survey(path)
    layout = find_layout(_head(path, seen), table, limits, name)
    _refuse_too_wide(len(layout.cells), limits, name)
    columns = matched(layout.cells, table, file=name, row=layout.header_line)
    faults = FaultList(name, table.name, limits)
    for fault in seen.faults:
        faults.add(fault)
    parquet = work / f"{table.name}-{seen.sha256[:16]}.parquet"
    straight = _straight(path, table, seen, layout, columns, limits) if seen.size >= STRAIGHT_FROM and not faults else None
    if straight is not None and _staged_straight(path, table, straight, layout, columns, parquet):
        return _staged(path, table, parquet, seen, layout, columns, straight, name)
    count = _Count()
    blocks = _body(path, seen, layout, limits)

    def frames() -> Iterator[pl.DataFrame]:
        for shape in shapes(blocks, layout.dialect, columns.width, limits, layout.lines_before_body + 1):
            if not shape.faults and not faults and shape.starts.size:
                yield _frame(shape, layout, columns, table, count)
            _add(count, shape, layout)
            for fault in shape.faults:
                faults.add(fault)
            _refuse_too_long(count, limits, name)
        if faults:
            raise StructuralFaults(faults.findings(), file=name)
        _refuse_nothing(count, name, layout)

    write_parquet(frames, _schema(table), parquet)
    return _staged(path, table, parquet, seen, layout, columns, count, name)


def _straight(path: Path, table: Table, seen: Survey, layout: Layout, columns: Matched, limits: Limits) -> _Count | None:
    """The count of a text in which each line below the header is one record and nothing needs mending; None for any other.

    The parser may then be given the file itself, which costs half of giving it blocks, and lines follow from records.
    """
    plain = seen.encoding == "utf-8" and seen.line_ending in ("\\n", "\\r\\n")
    if not plain or layout.notes or layout.blanks or layout.header_breaks or columns.untitled:
        return None
    count = _Count()
    for shape in shapes(_body(path, seen, layout, limits), layout.dialect, columns.width, limits, 2):
        _add(count, shape, layout)
        if shape.faults or shape.suspects or shape.lines != shape.starts.size or len(shape.text) < shape.consumed:
            return None
    return count if 0 < count.records <= limits.records else None


def _staged_straight(path: Path, table: Table, count: _Count, layout: Layout, columns: Matched, parquet: Path) -> bool:
    """Stages a text that _straight has counted, and notes repeated headings; False where the parser finds other records."""
    lines = pl.scan_csv(path, skip_rows=1, **_parsing(layout, columns.width, [""]))
    at_hand = {name: pl.col(f"c{at}") for name, at in columns.columns.items()}
    texts = [at_hand.get(f.name, pl.lit(None, dtype=pl.String)).alias(f.name) for f in table.fields]
    numbered = lines.with_row_index(RECORD, offset=1).select(*texts, pl.col(RECORD).cast(pl.Int64))
    sink_parquet(numbered.with_columns((pl.col(RECORD) + 1).alias(LINE)), parquet)
    if int(pq.read_metadata(parquet).num_rows) != count.records:
        parquet.unlink()
        return False
    count.repeated += _repeats(parquet, columns)
    return True


def _repeats(parquet: Path, columns: Matched) -> list[tuple[int, int]]:
    """(line, record) of each staged record that repeats the headings; one column is looked at before the others."""
    stored, first = pl.scan_parquet(parquet), next(iter(columns.columns))
    alike = stored.select(RECORD, first).filter(pl.col(first) == columns.headings[first]).select(RECORD).collect()[RECORD]
    if alike.is_empty():
        return []
    whole = (pl.col(name) == columns.headings[name] for name in columns.columns)
    again = stored.filter(pl.col(RECORD).is_in(alike.implode()), *whole).head(LISTED)
    return [(line, record) for line, record in again.select(LINE, RECORD).collect().rows()]


def _head(path: Path, seen: Survey) -> bytes:
    head = b""
    for block in utf8_blocks(path, seen.encoding, HEAD_BYTES):
        head += block
        if len(head) >= HEAD_BYTES:
            break
    return head


def _body(path: Path, seen: Survey, layout: Layout, limits: Limits) -> Iterator[bytes]:
    """The UTF-8 text from the first line below the header on."""
    skip = layout.body
    for block in utf8_blocks(path, seen.encoding, limits.block_bytes):
        if skip < len(block):
            yield block[skip:] if skip else block
        skip = max(0, skip - len(block))


def _schema(table: Table) -> dict[str, pl.DataType]:
    texts = {field.name: pl.String() for field in table.fields}
    return {**texts, RECORD: pl.Int64(), LINE: pl.Int64()}


def _frame(shape: Shape, layout: Layout, columns: Matched, table: Table, count: _Count) -> pl.DataFrame:
    """The records of a block as text columns under the specification's names, each with its record and line."""
    parsed = parse(shape.text, layout, columns.width)
    if parsed.height != shape.starts.size:
        raise UnreadableFile(
            f"The parser found {parsed.height:,} records where the scan counted {shape.starts.size:,}.",
            where=f"records from {count.records + 1:,} on",
            expected="the same number from both",
            next_step="send this file to the maintainers: nothing of it was used",
        )
    base = layout.lines_before_body + 1 + count.lines
    _note_untitled(parsed, columns, base, shape, count)
    _note_repeats(parsed, layout, columns, base, shape, count)
    at_hand = {name: parsed[f"c{at}"] for name, at in columns.columns.items()}
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, parsed.height)
    series = [at_hand.get(field.name, nothing).alias(field.name) for field in table.fields]
    records = np.arange(count.records + 1, count.records + 1 + parsed.height, dtype=np.int64)
    return pl.DataFrame([*series, pl.Series(RECORD, records), pl.Series(LINE, base + shape.starts)])


def parse(text: bytes, layout: Layout, width: int) -> pl.DataFrame:
    """Records alone, whole and in UTF-8, as text columns c0, c1, ...; empty cells are null."""
    if text.startswith(codecs.BOM_UTF8):
        text = codecs.BOM_UTF8 + text  # polars takes the first mark away, and here it belongs to a value
    # A bare empty cell is null already.
    return pl.read_csv(text, **_parsing(layout, width, [""] if b'""' in text or b"''" in text else None))


def _parsing(layout: Layout, width: int, null_values: list[str] | None) -> dict[str, Any]:
    return {
        "has_header": False,
        "schema": {f"c{i}": pl.String() for i in range(width)},
        "separator": layout.dialect.delimiter.decode(),
        "quote_char": layout.dialect.quote.decode(),
        "infer_schema": False,
        "null_values": null_values,
    }


def _note_untitled(parsed: pl.DataFrame, columns: Matched, base: int, shape: Shape, count: _Count) -> None:
    """The first line on which a column without a heading holds a value."""
    for at in columns.untitled:
        if at not in count.untitled and (filled := parsed[f"c{at}"].is_not_null().arg_true()).len():
            count.untitled[at] = int(base + shape.starts[filled[0]])


def _note_repeats(parsed: pl.DataFrame, layout: Layout, columns: Matched, base: int, shape: Shape, count: _Count) -> None:
    """Lines on which the header stands again, as when tables were stacked."""
    name, at = next(iter(columns.columns.items()))
    for row in (parsed[f"c{at}"] == columns.headings[name]).arg_true():
        if len(count.repeated) < LISTED and all(
            parsed[f"c{i}"][row] == columns.headings[n] for n, i in columns.columns.items()
        ):
            count.repeated.append((int(base + shape.starts[row]), count.records + row + 1))


def _add(count: _Count, shape: Shape, layout: Layout) -> None:
    first = layout.lines_before_body + 1 + count.lines
    count.suspects += [first + line for line in shape.suspects[: LISTED - len(count.suspects)]]
    count.records += int(shape.starts.size)
    count.lines += shape.lines
    count.blanks += shape.blanks
    count.breaks += shape.breaks_inside
    count.empty_rows += shape.empty_rows


def _refuse_too_wide(width: int, limits: Limits, name: str) -> None:
    if width > limits.columns:
        raise UnreadableFile(
            f"{name} has more than {limits.columns:,} columns.",
            where=f"{name}, header",
            expected=f"at most {limits.columns:,} columns",
            next_step="send only the columns of the specification",
        )


def _refuse_too_long(count: _Count, limits: Limits, name: str) -> None:
    if count.records > limits.records:
        raise UnreadableFile(
            f"{name} has more than {limits.records:,} records.",
            where=name,
            expected=f"at most {limits.records:,} records in one file",
            next_step="split the table by period and send each part",
        )


def _refuse_nothing(count: _Count, name: str, layout: Layout) -> None:
    if not count.records:
        raise UnreadableFile(
            f"{name} has headings on line {layout.header_line:,} and no record below them.",
            where=name,
            expected="at least one record",
            next_step="send the records; where there is nothing to report, say so in a nil return",
        )


def _staged(
    path: Path, table: Table, parquet: Path, seen: Survey, layout: Layout, columns: Matched, count: _Count, name: str
) -> Staged:
    records = int(pq.read_metadata(parquet).num_rows)
    reconciliation = Reconciliation(
        file=name,
        table=table.name,
        physical_lines=seen.lines,
        header=1,
        blanks=layout.blanks + count.blanks,
        notes=layout.notes,
        breaks_inside=layout.header_breaks + count.breaks,
        records=records,
        accepted=records,
        rejected=0,
    )
    if not reconciliation.holds or records != count.records:
        parquet.unlink()
        raise UnreadableFile(
            f"The counts do not agree, so something would be lost: {reconciliation.sentence()}",
            where=name,
            expected="lines = header + blank + notes + breaks inside records + records",
            next_step="send this file to the maintainers: nothing of it was used",
        )
    quote, delimiter = layout.dialect.quote.decode(), layout.dialect.delimiter.decode()
    received = Received(name, seen.sha256, seen.size, "csv", seen.encoding, delimiter, quote, seen.line_ending)
    found = (*columns.findings, *_findings(count, layout, name, table))
    facts = {"encoding": seen.encoding, "delimiter": WORDS[layout.dialect.delimiter], "header line": str(layout.header_line)}
    return Staged(
        table.name, parquet, received, records, columns.headings, columns.unknown, columns.missing, found, reconciliation, facts
    )


def _findings(count: _Count, layout: Layout, name: str, table: Table) -> Iterator[Finding]:
    if layout.notes:
        words = f"{layout.notes:,} lines of notes stand above the headings; they were not read."
        yield Finding("file-notes-above", "note", words, "Leave out what is above the headings.", name, table.name, row=1)
    if count.empty_rows:
        words = f"{count.empty_rows:,} rows hold delimiters and no value; they were counted as blank."
        yield Finding("file-empty-rows", "note", words, "Delete empty rows before exporting.", name, table.name)
    for line, record in count.repeated:
        words = f"Line {line:,} repeats the headings: tables seem to be stacked."
        fix = "Send one table with one header."
        yield Finding("file-repeated-header", "error", words, fix, name, table.name, row=line, record=record)
    for line in count.suspects:
        words = f"Line {line:,} stands inside a quoted cell and looks like a record: a quote above it may have been left open."
        fix = "Close the quote above this line, or confirm that the cell holds these lines."
        yield Finding("file-swallowed-line", "error", words, fix, name, table.name, row=line)
    for at, line in sorted(count.untitled.items()):
        words = f"Column {at + 1} has no heading, and holds values from line {line:,} on; they were not read."
        fix = "Give the column its heading, or check whether cells have moved to the right."
        yield Finding("file-values-without-heading", "error", words, fix, name, table.name, row=line)
