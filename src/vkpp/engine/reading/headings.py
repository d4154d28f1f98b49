"""Headings of a file matched to the fields of a specification, without case, spaces and punctuation."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from vkpp.catalogue.specifications import Field, Table
from vkpp.engine.shapes.findings import Finding, Severity

ERROR: Severity = "error"
NOTE: Severity = "note"
LONGEST = 100  # characters of a heading that are compared for likeness, and shown


def folded(heading: str) -> str:
    """The heading as it is compared: "Crime ID:" and "crime_id" are the same."""
    return _folded_once(heading) if len(heading) <= LONGEST else _folded(heading)


def _folded(heading: str) -> str:
    text = unicodedata.normalize("NFKD", heading).casefold()
    return "".join(c for c in text if c.isalnum())


# The headings of a specification are compared with the top rows of every file under every delimiter.
_folded_once = lru_cache(maxsize=8192)(_folded)


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
    unknown: list[str] = []
    untitled: list[int] = []
    doubled: list[tuple[Field, int]] = []
    for at, cell in enumerate(cells):
        field = names.get(folded(cell))
        if not cell.strip():
            untitled.append(at)
        elif field is None:
            unknown.append(cell)
        elif field.name in columns:
            doubled.append((field, at))
        else:
            columns[field.name] = at
    missing = [f for f in table.fields if f.name not in columns]
    said = [
        *(_doubled(field, columns[field.name], at, cells[at]) for field, at in doubled),
        *(_unknown(cell, [f.title for f in missing] or [f.title for f in table.fields]) for cell in dict.fromkeys(unknown)),
        *(_missing(field, unknown) for field in missing),
    ]
    findings = tuple(replace(finding, file=file, table=table.name, sheet=sheet, row=row) for finding in said)
    headings = {name: cells[at] for name, at in columns.items()}
    left_out = (*unknown, *(cells[at] for _, at in doubled))
    return Matched(len(cells), columns, headings, left_out, tuple(untitled), tuple(f.name for f in missing), findings)


def _doubled(field: Field, first: int, second: int, cell: str) -> Finding:
    words = (
        f"Two columns are headed {field.title!r}: column {first + 1}, which was read, and column {second + 1}, which was not."
    )
    fix = "Keep one of the two columns, or rename one."
    return Finding("file-duplicate-heading", "error", words, fix, "", "", column=field.title, value=cell[:LONGEST])


def _unknown(cell: str, titles: Sequence[str]) -> Finding:
    near, shown = nearest(cell, titles), cell[:LONGEST]
    words = f"The specification has no column {shown!r}; the column was not read." + (f" Nearest: {near!r}." if near else "")
    fix = f"Rename it to {near!r} if that is meant; otherwise leave the column out." if near else "Leave the column out."
    return Finding("file-unknown-column", "query", words, fix, "", "", column=shown, value=shown)


def _missing(field: Field, unknown: Sequence[str]) -> Finding:
    near = (nearest(field.title, unknown) or "")[:LONGEST]
    words = f"There is no column {field.title!r}." + (f" Nearest heading in the file: {near!r}." if near else "")
    fix = f"Add the column, or rename {near!r} to {field.title!r}." if near else f"Add a column headed {field.title!r}."
    check, severity = ("file-missing-column", ERROR) if field.required else ("file-absent-column", NOTE)
    return Finding(check, severity, words, fix, "", "", column=field.title)


def nearest(heading: str, others: Sequence[str]) -> str | None:
    """The most similar of the others, or None when none is similar."""
    by_folded = {folded(other[:LONGEST]): other for other in reversed(others)}
    close = difflib.get_close_matches(folded(heading[:LONGEST]), list(by_folded), n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None
