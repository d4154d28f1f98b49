"""Cells: what statistics makes of rows. Not for the eyes of anybody outside: disclosure turns them into protected tables."""

from __future__ import annotations

from dataclasses import dataclass

from vkpp.engine.shapes.measures import Dimension, Measure, Sum


@dataclass(frozen=True, slots=True)
class Cell:
    """One value. `key` follows the table's dimensions. `missing` says why there is no value, in words of basics/missing."""

    key: tuple[str, ...]
    measure: str
    value: int | float | None
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Cells:
    """A table of cells, not yet protected. Keys are unique by (key, measure)."""

    name: str
    title: str
    subtitle: str  # measure, place and time
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()
    base: str = ""  # R4: n of n, period, extraction date, in words
    query: str = ""  # the query that made it: which rows, which grouping
    sums: tuple[Sum, ...] = ()  # sums that hold between this table's counts and other tables'
