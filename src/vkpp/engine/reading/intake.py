"""What a received file holds that nobody asked for: names, addresses and dates of birth; and the copy that may be kept.

Two looks: at headings, and at what stands in the cells. Both are proposed rules of ours; a finding never shows the value.
The copy that is kept holds the cells of the specified columns exactly as received and nothing else: no author, company,
comment, hidden sheet, note above the headings or further column.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from vkpp.catalogue.specifications import Specification
from vkpp.engine.reading.grids import Grid, grids, known_headings
from vkpp.engine.reading.headings import accepted, folded
from vkpp.engine.reading.kinds import kind_of
from vkpp.engine.reading.properties import properties
from vkpp.engine.shapes.tables import LINE, RECORD, SHEET, Staged

_OWNER = (
    r"(?:victims?|suspects?|offenders?|persons?|perpetrators?|complainants?|aggrieved|childs?|childrens?|nominals?|witness)?"
)
HEADINGS: Mapping[str, re.Pattern[str]] = {
    "a name": re.compile(
        _OWNER + r"(?:full|first|last|middle|fore|sur|family|given|maiden|christian)?names?(?:of" + _OWNER + r")?\Z"
        r"|(?:first|last|full|sur|fore)name.*|" + _OWNER + r"(?:alias|nickname)(?:es)?\Z"
    ),
    "an address": re.compile(r".*(?:address|postcode|postalcode|uprn|easting|northing|latitude|longitude|gridref).*"),
    "a date of birth": re.compile(r".*(?:dateofbirth|birthdate|dob|dateborn|born).*"),
    "a way to reach somebody": re.compile(r".*(?:telephone|phonenumber|mobilenumber|email).*"),
    "a number that is one person's": re.compile(r".*(?:nationalinsurance|nhsnumber|passportnumber|pncid|cronumber).*|nino\Z"),
}
_STREETS = (
    "Road|Street|Avenue|Lane|Close|Drive|Crescent|Gardens|Terrace|Court|Grove|Walk|Rd|St|Ave|Cres|Square|Mews|Parade|Heol|Stryd"
)
_DATE = r"[0-9]{1,4}[-/. ](?:[0-9]{1,2}|[A-Za-z]{3,9})[-/. ][0-9]{2,4}"
CONTENT: Mapping[str, re.Pattern[str]] = {
    "an address": re.compile(
        rf"\b[0-9]{{1,4}}[A-Za-z]?,? +(?:[A-Z][A-Za-z'.-]+ +){{1,4}}(?:{_STREETS})\b"
        r"|\b[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][ABD-HJLNP-UW-Z]{2}\b"
    ),
    "a date of birth": re.compile(rf"(?i)\b(?:d\.?o\.?b\.?|born(?: on)?|date of birth)\b[ :]*{_DATE}"),
    "a way to reach somebody": re.compile(
        r"[\w.+-]+@[\w-]+\.[\w.]+|\b0[0-9]{4} ?[0-9]{3} ?[0-9]{3}\b|\+44 ?[0-9]{4} ?[0-9]{6}\b"
    ),
    "a name": re.compile(r"(?:\b(?:Mr|Mrs|Ms|Miss|Dr|Master)\.? +[A-Z][a-z]+)|(?i:\bname(?:d)? (?:is|was|as)\b)"),
}
_PERSON = re.compile(r"[A-Z][a-z'-]+(?:,? +[A-Z]\.?)?,? +[A-Z][A-Za-z'-]+\Z")
_BIRTH = re.compile(
    r"(?:(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|[0-9]{1,2}[-/][0-9]{1,2}[-/](?:19|20)?[0-9]{2})\Z"
)
_REFERENCES = ("person_ref", "victim_ref", "suspect_ref", "crime_ref")
_ALIKE = 0.7  # of an unknown column's cells: so many look like names, or like dates


@dataclass(frozen=True, slots=True)
class Personal:
    """Something that names or finds a person. `what` is one of the kinds above; the value itself is never kept."""

    file: str
    what: str
    where: str
    cells: int

    def sentence(self) -> str:
        how_many = f"{self.cells:,} cell(s)" if self.cells else "the heading says so"
        return f"{self.file}: {self.what} in {self.where} ({how_many})"


def personal_data(path: Path, specification: Specification, work: Path) -> list[Personal]:
    """Everything in a file that by its heading or its content holds a name, an address, a date of birth or a way to a person.

    Every cell of every sheet is looked at, hidden ones and unknown columns too. UnreadableFile as `read` has it.
    """
    known = known_headings(specification.tables)

    def heads(cell: str) -> bool:
        return folded(cell) in known or (len(cell) < 60 and heading_says(cell) is not None)

    return [one for grid in grids(path, heads, work) for one in _of_grid(grid, specification)]


def heading_says(heading: str) -> str | None:
    """What personal data a heading announces, or None. Headings of a specification are asked before."""
    text = folded(heading)
    return next((what for what, pattern in HEADINGS.items() if pattern.match(text)), None)


def _of_grid(grid: Grid, specification: Specification) -> Iterator[Personal]:
    fields = {h: f.name for table in specification.tables for h, f in accepted(table).items()}
    known = known_headings(specification.tables)
    for at, heading in enumerate(grid.headings):
        asked_for = folded(heading) in known
        what = None if asked_for else heading_says(heading)
        if what and any(grid.column(at)):
            yield Personal(grid.file, what, f"column {heading[:60]!r}", 0)
        elif heading.strip():
            yield from _of_column(grid, at, heading, fields.get(folded(heading)), asked_for=asked_for)
    loose = [*grid.notes, *([] if grid.headings else grid.rows)]
    for what, pattern in CONTENT.items():
        if n := sum(bool(pattern.search(cell)) for row in loose for cell in row):
            yield Personal(grid.file, what, "what stands above or beside the table", n)


def _of_column(grid: Grid, at: int, heading: str, field: str | None, *, asked_for: bool) -> Iterator[Personal]:
    """The column's different texts, each with how often it stands: a pattern is asked once for each."""
    counts: dict[str, int] = {}
    for cell in grid.column(at):
        if cell:
            counts[cell] = counts.get(cell, 0) + 1
    where = f"column {heading[:60]!r}"
    for what, pattern in CONTENT.items():
        if n := sum(times for text, times in counts.items() if pattern.search(text)):
            yield Personal(grid.file, what, where, n)
    if field in _REFERENCES:
        yield from _in_references(grid, counts, where)
    elif not asked_for:
        yield from _in_unknown(grid, counts, where)


def _in_references(grid: Grid, counts: Mapping[str, int], where: str) -> Iterator[Personal]:
    for what, pattern in (("a name", _PERSON), ("a date of birth", _BIRTH)):
        if n := sum(times for text, times in counts.items() if pattern.match(text.strip())):
            yield Personal(grid.file, what, where, n)


def _in_unknown(grid: Grid, counts: Mapping[str, int], where: str) -> Iterator[Personal]:
    """A column that nobody asked for and that reads like people's names or days of birth, most of them different."""
    cells = sum(counts.values())
    if cells < 3 or len(counts) < _ALIKE * cells:
        return
    names = sum(times for text, times in counts.items() if _PERSON.match(text.strip()))
    if names >= _ALIKE * cells:
        yield Personal(grid.file, "a name", where, names)
    days = [_year(text.strip()) for text in counts if re.match(_DATE + r"\Z", text.strip())]
    years = [year for year in days if year]
    if len(years) >= _ALIKE * len(counts) and max(years) - min(years) >= 6:
        yield Personal(grid.file, "a date of birth", where, len(years))


def _year(text: str) -> int | None:
    found = re.search(r"(?:19|20)[0-9]{2}", text)
    return int(found[0]) if found else None


# The copy that is kept.


@dataclass(frozen=True, slots=True)
class KeptCopy:
    """What is kept of one received file: a zip of CSV files, a file a table, and what was left out of it, in words."""

    content: bytes
    removed: tuple[str, ...]


_MOMENT = (1980, 1, 1, 0, 0, 0)


def kept_copies(paths: Sequence[Path], staged: Mapping[str, Sequence[Staged]]) -> dict[str, KeptCopy]:
    """By the hash of the received bytes: the cells of the specified columns as received. The same file gives the same bytes."""
    made = {}
    for path in paths:
        mine = [one for parts in staged.values() for one in parts if one.received.name == path.name or kind_of(path) == "zip"]
        for sha256 in dict.fromkeys(one.received.sha256 for one in mine):
            of_file = [one for one in mine if one.received.sha256 == sha256]
            made[sha256] = KeptCopy(_zipped(of_file), tuple(_left_out(path, of_file)))
    return made


def _zipped(staged: Sequence[Staged]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for number, one in enumerate(staged, 1):
            archive.writestr(zipfile.ZipInfo(f"{number:02d}_{one.table}.csv", _MOMENT), _as_csv(one), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _as_csv(one: Staged) -> bytes:
    rows = pl.read_parquet(one.parquet).sort(RECORD)
    columns = {name: one.headers[name] for name in rows.columns if name not in (RECORD, LINE, SHEET) and name in one.headers}
    # Headings may repeat in a file and not in a frame, so they are written by themselves.
    head = io.StringIO(newline="")
    csv.writer(head, lineterminator="\n").writerow(columns.values())
    # A lone empty cell must not become a blank line.
    quotes: Literal["always", "necessary"] = "always" if len(columns) == 1 else "necessary"
    body = rows.select(*columns).write_csv(include_header=False, line_terminator="\n", quote_style=quotes)
    return head.getvalue().encode() + body.encode()


def _left_out(path: Path, staged: Sequence[Staged]) -> Iterator[str]:
    """What the copy does not have, named and never quoted."""
    kind = kind_of(path)
    if kind in ("xlsx", "xls", "ods"):
        for name in properties(path, kind):
            yield f"{path.name}: the workbook's {name}"
    for heading in dict.fromkeys(h for one in staged for h in one.unknown):
        if all(heading not in other.headers.values() for other in staged):
            yield f"{path.name}: column {heading[:60]!r}, which the specification does not ask for"
    for notes in {one.reconciliation.notes for one in staged if one.reconciliation.notes}:
        yield f"{path.name}: {notes:,} line(s) of notes"
