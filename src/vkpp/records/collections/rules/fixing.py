"""Cells that a force mends on screen: what one is, what may be written into it, and the words where it may not."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vkpp.basics.problems import UsageProblem

MOST_CELLS = 5_000  # mended at once; beyond it the source is the place to mend
LONGEST_VALUE = 300
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a file as it arrived, and what shall stand in it. `shown` is its value as a finding shows it (masked)."""

    file: str
    table: str
    sheet: str  # "" for a text file
    row: int  # physical line or row of the sheet, counted from 1
    column: str  # the field's title
    shown: str
    value: str = ""

    @property
    def place(self) -> tuple[str, str, str, int, str]:
        return self.file, self.table, self.sheet, self.row, self.column


@dataclass(frozen=True, slots=True)
class Place:
    """One table in one file whose cells can be mended: how it is written, where its headings stand."""

    file: str
    table: str
    sheet: str
    kind: str  # csv or xlsx
    header: int  # line or row of the headings
    headings: Mapping[str, str]  # the field's title -> the heading as it stands there
    encoding: str = ""
    delimiter: str = ""
    quote: str = ""
    # the field's title -> (first, last) rows whose cells hold a formula, in the order of the rows
    formulas: Mapping[str, Sequence[Sequence[int]]] = field(default_factory=dict)

    def mends(self, column: str, row: int) -> bool:
        """Whether this cell can be mended on screen: a formula gives its own value."""
        runs = self.formulas.get(column, ())
        at = bisect_right(runs, row, key=lambda run: run[0]) - 1
        return column in self.headings and not (at >= 0 and row <= runs[at][1])


@dataclass(frozen=True, slots=True)
class Places:
    """Where cells of one version can be mended, and for each other file why not."""

    places: tuple[Place, ...] = ()
    why_not: Mapping[str, str] | None = None

    def of(self, file: str, table: str, sheet: str) -> Place | None:
        return next((one for one in self.places if (one.file, one.table, one.sheet) == (file, table, sheet)), None)

    def elsewhere(self) -> Iterator[tuple[str, str]]:
        """What is fixed in the file itself, as (file, why)."""
        yield from sorted((self.why_not or {}).items())
        for one in self.places:
            for column, runs in one.formulas.items():
                cells = sum(last - first + 1 for first, last in runs)
                what = "1 cell holds a formula" if cells == 1 else f"{cells:,} cells hold a formula"
                yield (
                    one.file,
                    f"Sheet {one.sheet}, column {column}: {what}. A formula gives the value: change it in the workbook.",
                )


def written(places: Sequence[Place], why_not: Mapping[str, str]) -> str:
    """The places as the check leaves them beside its findings."""
    kept = [{name: getattr(one, name) for name in Place.__slots__} for one in places]
    return json.dumps({"places": kept, "why_not": dict(why_not)}, ensure_ascii=False)


def read(path: Path) -> Places:
    """The places of a version; none where the check left none, as before this could be done."""
    if not path.is_file():
        return Places()
    document = json.loads(path.read_text(encoding="utf-8"))
    return Places(tuple(Place(**one) for one in document["places"]), document["why_not"])


def demand_value(value: str, shown: str | None, encoding: str) -> str:
    """The value as it will stand in a file of this encoding. Raises UsageProblem, in words that never hold the value."""
    plain = value.strip()
    if _CONTROL.search(plain) or len(plain) > LONGEST_VALUE:
        raise UsageProblem(
            "The new value has a line break or is too long.",
            expected=f"one line of {LONGEST_VALUE} characters at most",
            next_step="write it shorter",
        )
    if plain == shown:
        raise UsageProblem("The new value is the one that was sent.", next_step="write another, or leave the field empty")
    try:
        plain.encode("cp1252" if encoding == "windows-1252" else "utf-8")
    except UnicodeEncodeError:
        raise UsageProblem(
            "The new value has a character that the file cannot hold: it is written in Windows-1252.",
            expected="letters, digits and signs of Western Europe",
            next_step="write it without that character, or send the file in UTF-8",
        ) from None
    return plain


# Findings whose cell can be mended


def cells_found(path: Path, places: Places, *, check: str = "", table: str = "", column: str = "") -> Any:
    """Findings of a version in one cell that can be mended on screen, as an Arrow table with their `index` in the file.

    `check`, `table` and `column` (the field's title) narrow it. Empty where there is none.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    found = pq.read_table(path)
    found = found.append_column("index", pa.array(range(found.num_rows), pa.int64()))
    for name, wanted in (("check", check), ("table", table), ("column", column)):
        found = found.filter(pc.equal(found[name], wanted)) if wanted else found
    found = found.filter(
        pc.and_(pc.is_valid(found["record"]), pc.and_(pc.is_valid(found["row"]), pc.is_valid(found["column"])))
    )
    parts = [pc.fill_null(found[name], "") for name in ("file", "table", "sheet", "column")]
    keys = pc.binary_join_element_wise(*parts, "\n")
    known = ["\n".join((p.file, p.table, p.sheet, title)) for p in places.places for title in p.headings]
    found = found.filter(pc.is_in(keys, pa.array(known, pa.string())))
    if not any(one.formulas for one in places.places):
        return found
    return found.filter(pa.array([_mends(places, one) for one in found.select(_AT).to_pylist()], pa.bool_()))


_AT = ["file", "table", "sheet", "column", "row"]


def _mends(places: Places, one: Mapping[str, Any]) -> bool:
    place = places.of(one["file"], one["table"], one["sheet"] or "")
    return place is not None and place.mends(one["column"], one["row"])


def cell_of(row: Mapping[str, Any], value: str = "") -> Cell:
    """The cell of a finding, as `cells_found` has it in a row."""
    return Cell(row["file"], row["table"], row["sheet"] or "", row["row"], row["column"], row["value"] or "", value)
