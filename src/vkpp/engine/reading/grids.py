"""Whatever a received file holds, cell by cell, before a specification is laid over it: what intake looks through."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vkpp.catalogue.specifications import Table
from vkpp.engine.reading.archives import unpacked
from vkpp.engine.reading.encodings import survey, utf8_blocks
from vkpp.engine.reading.headings import accepted, folded
from vkpp.engine.reading.kinds import kind_of
from vkpp.engine.reading.limits import LIMITS, Limits
from vkpp.engine.reading.opening import opened

DELIMITERS = (",", ";", "\t", "|")
Known = Callable[[str], bool]  # whether a heading is one that we know


@dataclass(frozen=True, slots=True)
class Grid:
    """One text file or one sheet. `rows` are all its rows with something in them, each with the line it begins on.

    `header` is the position in `rows` of the row that reads most like headings; None where no row does.
    """

    file: str
    sheet: str | None
    hidden: bool
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    height: int  # physical lines, or rows of the sheet
    header: int | None
    matched: int  # headings of the header row that are known

    @property
    def headings(self) -> tuple[str, ...]:
        return () if self.header is None else self.rows[self.header]

    @property
    def body(self) -> tuple[tuple[str, ...], ...]:
        return self.rows if self.header is None else self.rows[self.header + 1 :]

    @property
    def body_lines(self) -> tuple[int, ...]:
        return self.lines if self.header is None else self.lines[self.header + 1 :]

    @property
    def notes(self) -> tuple[tuple[str, ...], ...]:
        """What stands above the headings."""
        return () if self.header is None else self.rows[: self.header]

    def column(self, at: int) -> list[str]:
        return [row[at] if at < len(row) else "" for row in self.body]


def grids(path: Path, known: Known, work: Path, *, limits: Limits = LIMITS) -> list[Grid]:
    """Every sheet or text of a file, members of a zip included. `known` tells headings from values."""
    work.mkdir(parents=True, exist_ok=True)
    kind = kind_of(path)
    if kind != "zip":
        return list(_of_one(path, path.name, kind, known, work, limits))
    with unpacked(path, work, limits, path.name) as members:
        return [grid for name, copy in members for grid in _of_one(copy, name, kind_of(copy, name), known, work, limits)]


def known_headings(tables: Sequence[Table]) -> frozenset[str]:
    """Every heading that one of the tables accepts, folded; and the same of a victim or a suspect, as pair-level files have."""
    plain = {name for table in tables for name in accepted(table)}
    return frozenset(plain | {f"{who}{name}" for who in ("victim", "suspect") for name in plain})


def _of_one(path: Path, name: str, kind: str, known: Known, work: Path, limits: Limits) -> Iterator[Grid]:
    if kind == "csv":
        yield _of_text(path, name, known)
        return
    with opened(path, kind, work, name, limits) as book:
        for title in book.names:
            sheet = book.load(title)
            numbered = [(i, tuple(c or "" for c in row)) for i, row in enumerate(sheet.cells.rows(), 1)]
            rows = [(i, row) for i, row in numbered if any(row)]
            yield _grid(name, title, sheet.hidden, rows, sheet.cells.height, known)


def top_of_text(path: Path, known: Known, size: int = 1 << 16) -> Grid:
    """The beginning of a text file, enough to see its headings. Its last row may be cut."""
    return _of_text(path, path.name, known, size)


def sheet_names(path: Path, work: Path, *, limits: Limits = LIMITS) -> list[str]:
    """The names of a workbook's sheets, in their order."""
    work.mkdir(parents=True, exist_ok=True)
    with opened(path, kind_of(path), work, path.name, limits) as book:
        return list(book.names)


def _of_text(path: Path, name: str, known: Known, size: int | None = None) -> Grid:
    blocks = utf8_blocks(path, survey(path).encoding)
    whole = b"".join(blocks) if size is None else next(iter(blocks), b"")[:size]
    text = whole.decode("utf-8", "replace").removeprefix("\ufeff")
    tried = [_grid(name, None, False, *_parsed(text, delimiter), known) for delimiter in _likely(text)]
    return max(tried, key=lambda grid: grid.matched)


def _likely(text: str) -> list[str]:
    top = text[:20_000]
    return [d for d in DELIMITERS if d in top] or [","]


def _parsed(text: str, delimiter: str) -> tuple[list[tuple[int, tuple[str, ...]]], int]:
    """Rows with something in them and their lines. Text that is no CSV is parted line by line: nothing may be passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows, before = [], 0
    try:
        for row in reader:
            if any(row):
                rows.append((before + 1, tuple(row)))
            before = reader.line_num
    except csv.Error:
        lines = text.splitlines()
        return [(i, tuple(line.split(delimiter))) for i, line in enumerate(lines, 1) if line], len(lines)
    return rows, before


def _grid(
    file: str, sheet: str | None, hidden: bool, rows: list[tuple[int, tuple[str, ...]]], height: int, known: Known
) -> Grid:
    scores = [len({folded(c) for c in row if c and known(c)}) for _, row in rows[: LIMITS.header_rows]]
    best = max(scores, default=0)
    header = scores.index(best) if best >= 2 else None
    return Grid(file, sheet, hidden, tuple(r for _, r in rows), tuple(i for i, _ in rows), height, header, best)
