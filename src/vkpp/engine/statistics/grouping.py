"""Groups of rows: which rows belong together, and sums within each group, in the order in which groups first appear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def values_of(column: Any) -> list[Any]:
    """The values of a list, NumPy, Arrow, polars or pandas column, as plain Python values."""
    for method in ("to_pylist", "to_list", "tolist"):
        if hasattr(column, method):
            return list(getattr(column, method)())
    return list(column)


@dataclass(frozen=True, slots=True)
class Groups:
    """Which group each row is in. `labels` in order of first appearance; `index[row]` is the place of its group there."""

    labels: tuple[Any, ...]
    index: NDArray[np.intp]

    @property
    def sizes(self) -> NDArray[np.intp]:
        return np.bincount(self.index, minlength=len(self.labels)).astype(np.intp)

    def total(self, values: Floats) -> Floats:
        """The sum in each group; a missing value makes its group's sum missing."""
        return np.asarray(np.bincount(self.index, weights=values, minlength=len(self.labels)), dtype=np.float64)

    def rows(self) -> list[NDArray[np.intp]]:
        """The row numbers of each group, in order."""
        return [np.flatnonzero(self.index == place) for place in range(len(self.labels))]


def groups(group: Any, rows: int, *, name: str = "group") -> Groups:
    """Groups the rows by `group`: None (one group of all), a column, or a mapping or tuple of columns (labels are tuples)."""
    if group is None:
        return Groups((None,), np.zeros(rows, dtype=np.intp))
    if isinstance(group, Mapping):
        group = tuple(group.values())
    keys = list(zip(*map(values_of, group), strict=True)) if _is_columns(group) else values_of(group)
    if len(keys) != rows:
        raise ValueError(f"{name} has {len(keys)} rows, expected {rows}, one for each row of the numbers")
    places: dict[Any, int] = {}
    index = np.array([places.setdefault(key, len(places)) for key in keys], dtype=np.intp)
    return Groups(tuple(places), index)


def _is_columns(group: Any) -> bool:
    """True for a tuple of columns; a tuple of plain values is one column."""
    return (
        isinstance(group, tuple)
        and bool(group)
        and all(hasattr(part, "__len__") and not isinstance(part, str) for part in group)
    )


def each_row(rows: int) -> Groups:
    """Every row its own group."""
    return Groups(tuple(range(rows)), np.arange(rows, dtype=np.intp))
