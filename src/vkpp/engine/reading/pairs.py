"""A pair-level extract (a row for each victim and suspect of a crime) becomes the four tables; rows are never crimes.

Headings: those of the crimes; a person's field with "victim" or "suspect" before it ("Victim age", "suspect_sex"), or one of
the specification's own headings that already says whose it is; and "Relationship".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from vkpp.basics.identifiers import sha256_of_file
from vkpp.catalogue.specifications import Specification, Table
from vkpp.engine.reading.grids import Grid, Known, grids, known_headings, sheet_names, top_of_text
from vkpp.engine.reading.headings import accepted, folded
from vkpp.engine.reading.kinds import kind_of
from vkpp.engine.reading.staging import write_parquet
from vkpp.engine.shapes.findings import Finding, Reconciliation
from vkpp.engine.shapes.tables import LINE, RECORD, Received, Staged

TABLES = ("crimes", "victims", "suspects", "relations")
PEOPLE = {"victims": "victim", "suspects": "suspect"}
FEWEST = 2  # headings of each kind that a pair-level file must have


@dataclass(frozen=True, slots=True)
class Places:
    """Where each table's fields stand in a pair-level file: field name -> column."""

    columns: Mapping[str, Mapping[str, int]]
    unknown: tuple[str, ...]


def places(headings: Sequence[str], specification: Specification) -> Places | None:
    """The columns of a pair-level file, or None where the headings are not those of one."""
    if {table.name for table in specification.tables} != set(TABLES):
        return None
    by_heading = _by_heading(specification)
    found: dict[str, dict[str, int]] = {name: {} for name in TABLES}
    unknown = []
    for at, heading in enumerate(headings):
        owner = by_heading.get(folded(heading))
        if owner is None:
            unknown.append(heading)
            continue
        table, field = owner
        found[table].setdefault(field, at)
    if "crime_ref" not in found["crimes"]:
        return None
    if any(len(found[name]) < FEWEST or "person_ref" not in found[name] for name in PEOPLE) or len(found["crimes"]) < FEWEST:
        return None
    return Places(found, tuple(h for h in unknown if h.strip()))


def headings_of(specification: Specification) -> Known:
    """Tells the specification's headings, and those of pair-level files, from values."""
    known = known_headings(specification.tables)
    return lambda heading: folded(heading) in known


def _by_heading(specification: Specification) -> dict[str, tuple[str, str]]:
    """Folded heading -> (table, field). A heading that says whose it is wins over one of the crimes."""
    owners: dict[str, tuple[str, str]] = {}
    relations = specification.table("relations")
    for heading, field in accepted(relations).items():
        if field.name == "relationship":
            owners[heading] = ("relations", field.name)
    for heading, field in accepted(specification.table("crimes")).items():
        owners[heading] = ("crimes", field.name)
    for name, who in PEOPLE.items():
        for heading, field in accepted(specification.table(name)).items():
            if field.name == "crime_ref":
                continue
            if heading.startswith(who):
                owners.setdefault(heading, (name, field.name))
            owners[who + heading] = (name, field.name)
    for who, name in (("victim", "victims"), ("suspect", "suspects")):
        for heading, field in accepted(relations).items():
            if field.name == f"{who}_ref" and heading != who:
                owners[heading] = (name, "person_ref")
    return owners


def is_pair_level(path: Path, specification: Specification, work: Path) -> bool:
    """Whether a file's headings are those of a pair-level extract."""
    if {table.name for table in specification.tables} != set(TABLES) or (kind := kind_of(path)) == "zip":
        return False
    if kind == "csv":
        return places(top_of_text(path, headings_of(specification)).headings, specification) is not None
    if sheets_of_tables(path, specification, work):
        return False
    return _pair_grid(path, specification, work) is not None


def sheets_of_tables(path: Path, specification: Specification, work: Path) -> dict[str, str]:
    """Table -> the workbook's sheet that bears the table's name or title; tables without one are left out."""
    by_name = {folded(name): table.name for table in specification.tables for name in (table.name, table.title)}
    found: dict[str, str] = {}
    for title in sheet_names(path, work):
        if name := by_name.get(folded(title)):
            found.setdefault(name, title)
    return found


def _pair_grid(path: Path, specification: Specification, work: Path) -> tuple[Grid, Places] | None:
    for grid in grids(path, headings_of(specification), work):
        found = places(grid.headings, specification) if grid.header is not None and not grid.hidden else None
        if found:
            return grid, found
    return None


def read_pairs(path: Path, specification: Specification, work: Path) -> dict[str, Staged]:
    """The four tables of a pair-level extract, each record with the line on which it first stands.

    A crime whose rows contradict each other keeps every version, so that the check on doubled references finds it.
    """
    seen = _pair_grid(path, specification, work)
    if seen is None:
        raise ValueError(f"{path.name} is no pair-level extract")
    grid, where = seen
    received = Received(path.name, sha256_of_file(path), path.stat().st_size, kind_of(path))
    told = account(grid, where)
    tables = {name: _unpivoted(specification.table(name), grid, where.columns, told.kept[name]) for name in TABLES}
    return {name: _staged(frame, name, specification, grid, where, received, told, work) for name, frame in tables.items()}


@dataclass(frozen=True, slots=True)
class Account:
    """What became of each row: its kind, counted; and the rows that gave each table a record."""

    kinds: Mapping[str, int]
    kept: Mapping[str, tuple[int, ...]]

    def sentence(self, file: str, tables: Mapping[str, int]) -> str:
        rows = sum(self.kinds.values())
        what = ", ".join(f"{n:,} {words}" for words, n in self.kinds.items() if n)
        made = ", ".join(f"{n:,} {name}" for name, n in tables.items())
        return f"{file} has a row for each victim and suspect. {rows:,} rows = {what}. They became {made}; no row is a crime."


KINDS = (
    "with a victim and a suspect",
    "with a victim only",
    "with a suspect only",
    "with nobody",
    "that say what an earlier row says",
)


def account(grid: Grid, where: Places) -> Account:
    seen: dict[str, set[tuple[str, ...]]] = {name: set() for name in TABLES}
    kept: dict[str, list[int]] = {name: [] for name in TABLES}
    kinds: Counter[str] = Counter(dict.fromkeys(KINDS, 0))
    for at, row in enumerate(grid.body):
        records = dict(_records(row, where))
        new = {name: record for name, record in records.items() if record not in seen[name]}
        for name, record in new.items():
            seen[name].add(record)
            kept[name].append(at)
        kinds[_kind(records) if new else KINDS[-1]] += 1
    return Account(dict(kinds), {name: tuple(rows) for name, rows in kept.items()})


def _kind(records: Mapping[str, object]) -> str:
    victim, suspect = "victims" in records, "suspects" in records
    return KINDS[0] if victim and suspect else KINDS[1] if victim else KINDS[2] if suspect else KINDS[3]


def _records(row: Sequence[str], where: Places) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What a row says to each table; a person is there where a reference or any other answer is."""
    ref = _cell(row, where.columns["crimes"]["crime_ref"])
    yield "crimes", tuple(_cell(row, at) for at in where.columns["crimes"].values())
    people = {}
    for name in PEOPLE:
        answers = tuple(_cell(row, at) for at in where.columns[name].values())
        if any(answers):
            people[name] = _cell(row, where.columns[name]["person_ref"])
            yield name, (ref, *answers)
    if len(people) == len(PEOPLE):
        relation = where.columns["relations"].get("relationship")
        yield "relations", (ref, *people.values(), "" if relation is None else _cell(row, relation))


def _cell(row: Sequence[str], at: int) -> str:
    return row[at].strip() if at < len(row) else ""


def _unpivoted(table: Table, grid: Grid, columns: Mapping[str, Mapping[str, int]], kept: Sequence[int]) -> pl.DataFrame:
    at = columns_of(table.name, columns)
    data = {
        field.name: [_cell(grid.body[i], at[field.name]) or None if field.name in at else None for i in kept]
        for field in table.fields
    }
    frame = pl.DataFrame(data, schema={field.name: pl.String for field in table.fields})
    lines = [grid.body_lines[i] for i in kept]
    return frame.with_columns(
        pl.Series(RECORD, range(1, len(kept) + 1), dtype=pl.Int64), pl.Series(LINE, lines, dtype=pl.Int64)
    )


def columns_of(table: str, columns: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    if table == "relations":
        refs = {f"{who}_ref": columns[name]["person_ref"] for name, who in PEOPLE.items()}
        return {"crime_ref": columns["crimes"]["crime_ref"], **refs, **columns["relations"]}
    return {"crime_ref": columns["crimes"]["crime_ref"], **columns[table]}


def _staged(
    frame: pl.DataFrame,
    name: str,
    specification: Specification,
    grid: Grid,
    where: Places,
    received: Received,
    told: Account,
    work: Path,
) -> Staged:
    table = specification.table(name)
    at = columns_of(name, where.columns)
    missing = tuple(f.name for f in table.fields if f.name not in at)
    findings = [_missing(table.field(f).title, name, grid, table.field(f).required) for f in missing]
    if name == TABLES[0]:
        counts = {table_name: len(rows) for table_name, rows in told.kept.items()}
        words = told.sentence(grid.file, counts)
        findings.append(Finding("file-pair-level", "note", words, "Nothing, if these numbers are right.", grid.file, name))
        findings += [_unknown(heading, grid) for heading in where.unknown]
    parquet = work / f"{name}-{received.sha256[:16]}-pairs.parquet"
    write_parquet(lambda: iter([frame]), dict(frame.schema), parquet)
    return Staged(
        table=name,
        parquet=parquet,
        received=received,
        records=frame.height,
        headers={field: grid.headings[i] for field, i in at.items()},
        unknown=where.unknown,
        missing=missing,
        findings=tuple(findings),
        reconciliation=_reconciled(grid, name, frame.height),
        facts={"rows": "one a pair of victim and suspect", "header line": str(grid.lines[grid.header or 0])},
    )


def _reconciled(grid: Grid, table: str, records: int) -> Reconciliation:
    """Rows that gave this table no record of their own stand as notes: skipped by a stated rule."""
    skipped = len(grid.notes) + len(grid.body) - records
    blanks = grid.height - len(grid.rows)
    return Reconciliation(grid.file, table, grid.height, 1, blanks, skipped, 0, records, records, 0, grid.sheet)


def _missing(title: str, table: str, grid: Grid, required: bool) -> Finding:
    words, fix = f"There is no column {title!r} for the table {table}.", f"Add a column for {title!r}."
    check = "file-missing-column" if required else "file-absent-column"
    return Finding(check, "error" if required else "note", words, fix, grid.file, table, grid.sheet, column=title)


def _unknown(heading: str, grid: Grid) -> Finding:
    words = f"The specification has no column {heading!r}; the column was not read."
    return Finding(
        "file-unknown-column", "query", words, "Leave the column out.", grid.file, TABLES[0], grid.sheet, value=heading
    )
