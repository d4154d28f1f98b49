"""What coders gave, as units by coders, whatever the table it came in; and the answer that every measure gives back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vkpp.basics.problems import UsageProblem
from vkpp.engine.statistics.columns import column_of

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]

MISSING = -1
RESAMPLES = 2000
SEED = 20180401  # limits are the same on every run; another seed moves them in the second decimal


@dataclass(frozen=True, slots=True)
class Agreement:
    """One measure of agreement. value, limits, z and p are None where they are not defined (one code only, too few units)."""

    statistic: str
    value: float | None
    lower: float | None
    upper: float | None
    level: float  # of the limits, such as 0.95
    z: float | None  # against no agreement beyond chance
    p: float | None
    observed: float | None  # share of agreement seen (for alpha: 1 - observed disagreement / expected)
    chance: float | None
    units: int  # units used
    left_out: int  # units not used, because too few coders coded them
    coders: int
    categories: tuple[Any, ...]
    method: str  # formula, limits and source, to be printed beside the number

    @property
    def sentence(self) -> str:
        """The number in words, for a board: what it is, how sure, what it does not say."""
        who = f"{self.coders} coders, {self.units} units coded by at least two"
        if self.value is None:
            return f"Agreement cannot be worked out ({who}): it needs at least two units and two codes in use."
        limits = (
            ""
            if self.lower is None or self.upper is None
            else f", {self.level:.0%} limits {self.lower:.2f} to {self.upper:.2f}"
        )
        gone = f" {self.left_out} units were left out, because too few coders coded them." if self.left_out else ""
        return (
            f"{self.statistic} is {self.value:.3f}{limits} ({who}): "
            f"1 is full agreement, 0 is what chance alone would give.{gone} "
            "It says how alike the coders coded, not whether they were right."
        )


def rows_of(ratings: Any) -> list[list[Any]]:
    """Units by coders as lists, missing values as None.

    ratings: a list of rows, a 2-D array, a mapping of columns, or an Arrow, polars or pandas table with one column a coder.
    """
    names = getattr(ratings, "column_names", None) or getattr(ratings, "columns", None)
    if isinstance(ratings, Mapping):
        names = list(ratings)
    if names is not None and not callable(names):
        columns = [_listed(column_of(ratings, name)) for name in names]
        _even({len(column) for column in columns}, "coders' columns of different lengths")
        rows = [list(row) for row in zip(*columns, strict=True)]
    else:
        rows = [_listed(row) for row in ratings]
    _even({len(row) for row in rows}, "rows of different lengths")
    if not rows or len(rows[0]) < 2:
        raise UsageProblem("No ratings of two coders.", expected="at least one unit, and two coders (one column each)")
    return [[None if _is_missing(value) else value for value in row] for row in rows]


def coded(ratings: Any, categories: Sequence[Any] | None = None) -> tuple[Codes, tuple[Any, ...]]:
    """Ratings as positions in the list of categories, MISSING where there is none; and the categories."""
    rows = rows_of(ratings)
    found = in_order({value for row in rows for value in row if value is not None})
    names = tuple(categories) if categories is not None else found
    if unknown := [value for value in found if value not in names]:
        raise UsageProblem(f"The rating {unknown[0]!r} is not in the list of categories.", expected=f"one of {list(names)}")
    place = {name: i for i, name in enumerate(names)}
    return np.array([[MISSING if v is None else place[v] for v in row] for row in rows], dtype=np.int64), names


def in_order(values: Iterable[Any]) -> tuple[Any, ...]:
    """Sorted by value; by type and text where the kinds are mixed."""
    items = list(values)
    try:
        return tuple(sorted(items))
    except TypeError:
        return tuple(sorted(items, key=lambda value: (type(value).__name__, str(value))))


def counts_of(codes: Codes, categories: int) -> Floats:
    """Units by categories: how many coders gave each category."""
    counts: Floats = (codes[:, :, None] == np.arange(categories)).sum(axis=1).astype(np.float64)
    return counts


def resampled(units: int, resamples: int, seed: int) -> Floats:
    """How often each unit is drawn, resample by unit: the bootstrap over units, which are what varies between documents."""
    generator = np.random.default_rng(seed)
    return generator.multinomial(units, np.full(units, 1 / units), size=resamples).astype(np.float64)


def percentile_limits(values: Floats, level: float) -> tuple[float | None, float | None]:
    """Lower and upper percentile of the resamples in which the measure is defined."""
    there = values[np.isfinite(values)]
    if len(there) < 2:
        return None, None
    low, high = np.quantile(there, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def defined(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _listed(column: Any) -> list[Any]:
    for method in ("to_pylist", "to_list", "tolist"):
        if hasattr(column, method):
            return list(getattr(column, method)())
    return list(column)


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value)) or type(value).__name__ in ("NAType", "NaTType")


def _even(lengths: set[int], saw: str) -> None:
    if len(lengths) > 1:
        raise UsageProblem(f"Found {saw}.", expected="one value a unit and coder, empty where not coded")
