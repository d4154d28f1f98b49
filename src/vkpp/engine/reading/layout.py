"""How a text file is laid out: delimiter, quote, notes above the header, and the header row, found by its headings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vkpp.catalogue.specifications import Field, Table
from vkpp.engine.reading.careful import PHYSICAL_LINE, Dialect, Splitter, count_breaks
from vkpp.engine.reading.faults import NotThisTable
from vkpp.engine.reading.headings import accepted, nearest, score
from vkpp.engine.reading.limits import Limits

DELIMITERS = (b",", b";", b"\t", b"|")
HEAD_BYTES = 1 << 20
WORDS = {b",": "comma", b";": "semicolon", b"\t": "tab", b"|": "vertical bar"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the table begins. Lines are physical; `body` is the byte at which the first line after the header starts."""

    dialect: Dialect
    cells: tuple[str, ...]
    header_line: int  # 1-based
    header_breaks: int  # line breaks inside the headings
    notes: int  # lines with words above the header
    blanks: int  # lines with nothing above the header
    body: int

    @property
    def lines_before_body(self) -> int:
        return self.notes + self.blanks + 1 + self.header_breaks


def find_layout(head: bytes, table: Table, limits: Limits, file: str) -> Layout:
    """The layout under which a row matches most headings; NotThisTable when no row does. `head` is the text's start."""
    names = accepted(table)
    best: tuple[int, int, Layout] | None = None
    for dialect in _dialects(head):
        found = _header(head, dialect, names, limits)
        if found and (best is None or found[:2] > best[:2]):
            best = found
    needed = min(2, len(table.fields))
    if best is None or best[0] < needed:
        raise _no_header(head, table, file)
    return best[2]


def _dialects(head: bytes) -> Iterator[Dialect]:
    quotes = (b"'", b'"') if b"'" in head else (b'"',)
    # One that is nowhere in the text stands for all such: a table of one column, whose cells may hold any of the others.
    delimiters = [*(d for d in DELIMITERS if d in head), *[d for d in DELIMITERS if d not in head][:1]]
    for quote in quotes:
        for delimiter in delimiters:
            yield Dialect(delimiter, quote)


def _header(head: bytes, dialect: Dialect, names: Mapping[str, Field], limits: Limits) -> tuple[int, int, Layout] | None:
    """The row with most headings matched, how many, and how many rows near it are as wide."""
    best: tuple[int, Layout] | None = None
    widths: list[int] = []
    notes = blanks = at = line = 0
    while at < len(head) and notes + blanks < limits.header_rows:
        cells, end = _row(head, at, dialect)
        texts = tuple(c.decode("utf-8", "replace") for c in cells[: limits.columns + 1])
        matched = score(texts, names) if _plausible(head[at:end], dialect) else 0
        breaks = count_breaks(head[at:end].rstrip(b"\r\n"))
        if matched and (best is None or matched > best[0]):
            best = matched, Layout(dialect, texts, line + 1, breaks, notes, blanks, end)
        widths.append(len(cells))
        empty = not any(c.strip() for c in cells)
        notes, blanks = (notes, blanks + 1) if empty else (notes + 1 + breaks, blanks)
        line, at = line + 1 + breaks, end
    if best is None:
        return None
    return best[0], widths.count(len(best[1].cells)), best[1]


def _plausible(row: bytes, dialect: Dialect) -> bool:
    """Apostrophes are quotes only where the headings themselves stand in them."""
    return dialect.quote != b"'" or row.startswith(b"'")


def _row(head: bytes, at: int, dialect: Dialect) -> tuple[list[bytes], int]:
    """Cells and end of the row that starts at `at`; a row with quotes astray is taken as its first line, split plainly."""
    splitter, end = Splitter(dialect), at
    for match in PHYSICAL_LINE.finditer(head, at):
        result = splitter.grow(match[0])
        end = match.end()
        if result.fault != "open" or len(splitter.text) > 65_536:
            break
    if result.fault:
        first = next(PHYSICAL_LINE.finditer(head, at))
        return first[0].rstrip(b"\r\n").split(dialect.delimiter), first.end()
    return result.cells, end


def _no_header(head: bytes, table: Table, file: str) -> NotThisTable:
    lines = [m[0].strip() for m in PHYSICAL_LINE.finditer(head[:65_536])]
    first = next((line for line in lines if line), b"").decode("utf-8", "replace")
    shown = first if len(first) <= 120 else first[:120] + "…"
    titles = [field.title for field in table.fields]
    words = [w.strip(" \"'") for d in ",;\t|" for w in first[:2000].split(d) if len(first.split(d)) > 1][:60]
    near = [f"{w!r} is near {n!r}" for w in words if w and (n := nearest(w, titles))][:3]
    return NotThisTable(
        f"{file} has no row of headings for the table {table.title!r}. The first line reads: {shown!r}.",
        where=f"{file}, the first rows",
        expected="a row with the headings " + ", ".join(titles[:8]) + (", ..." if len(titles) > 8 else ""),
        next_step="put the headings of the specification in the first row" + (f" ({'; '.join(near)})" if near else ""),
    )
