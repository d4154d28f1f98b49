"""How a protected table lies on a page or sheet: rows, columns, and the cell at each crossing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from vkpp.engine.shapes.measures import TOTAL, Dimension, Measure
from vkpp.engine.shapes.protected import SYMBOLS, ProtectedCell, ProtectedTable

WIDEST = 30  # number columns of a sheet; a table that would be wider folds into rows
PANEL = 8  # number columns of a page in portrait; wider tables are split into panels that repeat the row headings
PROVISIONAL = "[p]"
LEGEND: Mapping[str, str] = {**SYMBOLS, PROVISIONAL: "provisional: may still be revised"}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a row or column: its words and the code they stand for (empty for a measure)."""

    words: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    headings: tuple[Heading, ...]
    cells: tuple[ProtectedCell | None, ...]
    total: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table laid out. `stubs` head the row headings, `columns` the cells."""

    stubs: tuple[str, ...]
    columns: tuple[Heading, ...]
    rows: tuple[Row, ...]
    symbols: tuple[str, ...] = field(default=())

    def panels(self) -> tuple[Grid, ...]:
        """The same table in parts as wide as a page, as even as they can be, each with every row heading."""
        parts = -(-len(self.columns) // PANEL)
        if parts <= 1:
            return (self,)
        width = -(-len(self.columns) // parts)
        cuts = [slice(i, i + width) for i in range(0, len(self.columns), width)]
        return tuple(
            replace(self, columns=self.columns[cut], rows=tuple(replace(r, cells=r.cells[cut]) for r in self.rows))
            for cut in cuts
        )

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        return tuple((symbol, LEGEND.get(symbol, "see the notes")) for symbol in self.symbols)


def grid(table: ProtectedTable, provisional: tuple[str, ...] = ()) -> Grid:
    """Lays the last dimension across where it fits; where it does not, each row is one key and each column a measure."""
    across = table.dimensions[-1] if _fits_across(table) else None
    down = table.dimensions[:-1] if across else table.dimensions
    columns = tuple(_columns(table.measures, across, provisional))
    places: dict[tuple[str, ...], None] = {}
    for cell in table.cells:
        places.setdefault(cell.key[: len(down)])
    rows = tuple(
        Row(
            headings=tuple(_heading(d, code, provisional) for d, code in zip(down, key, strict=True)),
            cells=tuple(table.index.get((key + extra, measure)) for _, extra, measure in columns),
            total=TOTAL in key,
        )
        for key in sorted(places, key=lambda key: _order(down, key))
    )
    headings = tuple(heading for heading, _, _ in columns)
    return Grid(tuple(d.title for d in down), headings, rows, _symbols(rows, headings))


def _fits_across(table: ProtectedTable) -> bool:
    if len(table.dimensions) < 2:
        return False
    last = table.dimensions[-1]
    used = {cell.key[-1] for cell in table.cells}
    return len(used & set(last.codes)) * len(table.measures) <= WIDEST


def _columns(
    measures: tuple[Measure, ...], across: Dimension | None, provisional: tuple[str, ...]
) -> Iterator[tuple[Heading, tuple[str, ...], str]]:
    if across is None:
        yield from ((Heading(m.title), (), m.name) for m in measures)
        return
    for code in across.codes:
        for m in measures:
            heading = _heading(across, code, provisional)
            words = heading.words if len(measures) == 1 else f"{heading.words}: {m.title}"
            yield Heading(words, code), (code,), m.name


def _heading(dimension: Dimension, code: str, provisional: tuple[str, ...]) -> Heading:
    words = dimension.codes.get(code, code)
    return Heading(f"{words} {PROVISIONAL}" if code in provisional else words, code)


def _order(down: tuple[Dimension, ...], key: tuple[str, ...]) -> tuple[int, ...]:
    """As the codes are listed, each total after what it adds up."""
    places = []
    for dimension, code in zip(down, key, strict=True):
        codes = list(dimension.codes)
        places.append(len(codes) + 1 if code == TOTAL else codes.index(code) if code in codes else len(codes))
    return tuple(places)


def _symbols(rows: tuple[Row, ...], columns: tuple[Heading, ...]) -> tuple[str, ...]:
    found = {cell.symbol for row in rows for cell in row.cells if cell is not None and cell.symbol}
    if any(cell is None for row in rows for cell in row.cells):
        found.add("[z]")
    if any(PROVISIONAL in h.words for row in rows for h in (*row.headings, *columns)):
        found.add(PROVISIONAL)
    return tuple(sorted(found, key=lambda s: list(LEGEND).index(s) if s in LEGEND else len(LEGEND)))
