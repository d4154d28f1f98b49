"""Headings of a file matched to the fields of a specification, without case, spaces and punctuation."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from vkpp.catalogue.specifications import Field, Table
from vkpp.engine.shapes.findings import Finding


def folded(heading: str) -> str:
    """The heading as it is compared: "Crime ID:" and "crime_id" are the same."""
    text = unicodedata.normalize("NFKD", heading).casefold()
    return "".join(c for c in text if c.isalnum())


def accepted(table: Table) -> dict[str, Field]:
    """Folded heading -> field. A title wins over another field's alternative heading."""
    names = {folded(h): field for field in reversed(table.fields) for h in (*field.headings, field.name)}
    return names | {folded(field.title): field for field in reversed(table.fields)}


@dataclass(frozen=True, slots=True)
class Matched:
    """Which column holds which field. `columns` maps a field's name to its position in the file, counted from 0."""

    width: int
    columns: Mapping[str, int]
    headings: Mapping[str, str]  # field name -> heading as found
    unknown: tuple[str, ...]
    untitled: tuple[int, ...]  # columns without a heading: they must hold nothing
    missing: tuple[str, ...]
    findings: tuple[Finding, ...]


def score(cells: Sequence[str], names: Mapping[str, Field]) -> int:
    """How many different fields a row of cells would head."""
    return len({field.name for cell in cells if (field := names.get(folded(cell)))})


def matched(cells: Sequence[str], table: Table, *, file: str, row: int, sheet: str | None = None) -> Matched:
    """Matches the header row; what is doubled, unknown or missing becomes a finding with the nearest heading."""
    names = accepted(table)
    columns: dict[str, int] = {}
    headings: dict[str, str] = {}
    unknown, untitled, findings = [], [], []

    def say(
        check: str, severity: Literal["error", "query", "note"], message: str, fix: str, column: str, value: str | None
    ) -> None:
        findings.append(
            Finding(check, severity, message, fix, file, table.name, sheet=sheet, row=row, column=column, value=value)
        )

    for at, cell in enumerate(cells):
        field = names.get(folded(cell))
        if not cell.strip():
            untitled.append(at)
        elif field is None:
            unknown.append(cell)
        elif field.name in columns:
            unknown.append(cell)
            words = f"Two columns are headed {field.title!r}: column {columns[field.name] + 1} and column {at + 1} ({cell!r})."
            say("file-duplicate-heading", "error", words, "Keep one of the two columns, or rename one.", field.title, cell)
        else:
            columns[field.name], headings[field.name] = at, cell
    missing = [f for f in table.fields if f.name not in columns]
    for cell in dict.fromkeys(unknown):
        if folded(cell) in names:
            continue
        near = nearest(cell, [f.title for f in missing] or [f.title for f in table.fields])
        words = f"The specification has no column {cell!r}; the column was not read." + (f" Nearest: {near!r}." if near else "")
        fix = f"Rename it to {near!r} if that is meant; otherwise leave the column out." if near else "Leave the column out."
        say("file-unknown-column", "query", words, fix, cell, cell)
    for field in missing:
        near = nearest(field.title, unknown)
        words = f"There is no column {field.title!r}." + (f" Nearest heading in the file: {near!r}." if near else "")
        fix = f"Add the column, or rename {near!r} to {field.title!r}." if near else f"Add a column headed {field.title!r}."
        if field.required:
            say("file-missing-column", "error", words, fix, field.title, None)
        else:
            say("file-absent-column", "note", words, fix, field.title, None)
    return Matched(
        len(cells), columns, headings, tuple(unknown), tuple(untitled), tuple(f.name for f in missing), tuple(findings)
    )


def nearest(heading: str, others: Sequence[str]) -> str | None:
    """The most similar of the others, or None when none is similar."""
    by_folded = {folded(other): other for other in reversed(others)}
    close = difflib.get_close_matches(folded(heading), list(by_folded), n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None
