"""Comma-separated files: one per table, the notes from forces, and numbers.csv with every number of the edition."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from vkpp.basics.spreadsheets import harmless
from vkpp.engine.dissemination.numbers import Numbers, plain
from vkpp.engine.shapes.notes import ForceNote
from vkpp.engine.shapes.protected import ProtectedTable

NUMBERS_HEADER = ("number_id", "table", "measure", "force_id", "code", "period", "value", "symbol")


def written(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as UTF-8 with CRLF line ends (RFC 4180)."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8")


def table_csv(table: ProtectedTable, invented: str = "") -> bytes:
    """One row a key: code and words of each dimension, then each measure, with the symbol where it has no value.

    Codes keep tables joinable; the numbers are those printed. `invented` adds a column that says so in every row.
    """
    header = [part for d in table.dimensions for part in (d.name, d.title)] + [m.title for m in table.measures]
    rows = [[*header, "Note"] if invented else header]
    for key in dict.fromkeys(cell.key for cell in table.cells):
        labels = [harmless(x) for d, code in zip(table.dimensions, key, strict=True) for x in (code, d.codes.get(code, code))]
        row = labels + [_value(table, key, m.name, m.decimals) for m in table.measures]
        rows.append([*row, invented] if invented else row)
    return written([[harmless(h) for h in rows[0]], *rows[1:]])


def _value(table: ProtectedTable, key: tuple[str, ...], measure: str, decimals: int) -> str:
    cell = table.index.get((key, measure))
    if cell is None:
        return "[z]"
    return cell.symbol or ("" if cell.value is None else plain(cell.value, decimals))


def notes_csv(notes: Iterable[ForceNote], invented: str = "") -> bytes:
    """The national notes, a row each, as the report prints them."""
    header = ("kind", "check", "force_id", "force", "period", "words")
    rows: list[Sequence[str]] = [(*header, "note") if invented else header]
    for note in notes:
        row = [harmless(value) for value in (note.kind, note.check, note.force_id, note.force, note.period, note.words)]
        rows.append([*row, invented] if invented else row)
    return written(rows)


def numbers_csv(numbers: Numbers, invented: str = "") -> bytes:
    """Every number: those of the tables, those worked out for the words, those counted while checking. Ordered by id."""
    header = (*NUMBERS_HEADER, "note") if invented else NUMBERS_HEADER
    rows: list[Sequence[str]] = [header]
    for number in sorted(numbers, key=lambda n: n.id):
        keys = [harmless(number.keys.get(name, "")) for name in ("force_id", "code", "period")]
        row = [harmless(number.id), number.table, number.measure, *keys, number.machine, number.symbol or ""]
        rows.append([*row, invented] if invented else row)
    return written(rows)
