"""Rows to cells: one small cube of whole-number counts, and every table of an edition as a margin of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from vkpp.engine.shapes.cells import Cell
from vkpp.engine.shapes.measures import TOTAL


@dataclass(frozen=True, slots=True)
class Cube:
    """Counts by several dimensions. `counts` maps one code a dimension to a whole number; absent keys count nothing."""

    names: tuple[str, ...]
    counts: Mapping[tuple[str, ...], int]

    @classmethod
    def of(cls, rows: Any, names: Sequence[str], value: str) -> Cube:
        """Group an Ibis table by `names` and sum the whole-number column `value`; null codes are refused."""
        grouped = rows.group_by(list(names)).agg(_n=rows[value].sum().cast("int64")).order_by(list(names)).to_pyarrow()
        columns = [grouped.column(name).to_pylist() for name in names]
        if any(code is None for column in columns for code in column):
            raise ValueError(f"a code is missing in one of {', '.join(names)}: classify every row before counting")
        keys = zip(*columns, strict=True)
        return cls(tuple(names), dict(zip(keys, (int(n or 0) for n in grouped.column("_n").to_pylist()), strict=True)))

    def where(self, **codes: str | Collection[str]) -> Cube:
        """Only the cells whose code is (or is one of) those named."""
        wanted = {self.names.index(k): {v} if isinstance(v, str) else set(v) for k, v in codes.items()}
        kept = {key: n for key, n in self.counts.items() if all(key[i] in allowed for i, allowed in wanted.items())}
        return Cube(self.names, kept)

    def total(self) -> int:
        return sum(self.counts.values())

    def over(self, *names: str) -> dict[tuple[str, ...], int]:
        """Sums by `names`, with the total (code TOTAL) along each of them."""
        places = [self.names.index(name) for name in names]
        sums: dict[tuple[str, ...], int] = {}
        for key, n in self.counts.items():
            for margin in product(*((key[place], TOTAL) for place in places)):
                sums[margin] = sums.get(margin, 0) + n
        return sums

    def merged(self, name: str, groups: Mapping[str, str]) -> Cube:
        """The cube with each code of `name` replaced by its group; a code without a group is refused."""
        place = self.names.index(name)
        counts: dict[tuple[str, ...], int] = {}
        for key, n in self.counts.items():
            if key[place] not in groups:
                raise ValueError(f"{name} {key[place]!r} has no group")
            merged = (*key[:place], groups[key[place]], *key[place + 1 :])
            counts[merged] = counts.get(merged, 0) + n
        return Cube(self.names, counts)


def column_cells(measure: str, keys: Iterable[tuple[str, ...]], value: Callable[[Any], Any]) -> list[Cell]:
    """One cell a key; a None value carries the reason "not available"."""
    cells = []
    for key in keys:
        number = value(key)
        cells.append(Cell(key, measure, number, None if number is not None else "not available"))
    return cells
