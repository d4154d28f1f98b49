"""Quantile groups (quintiles, deciles) of areas by a value. A band that many share, never a place in a table of forces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from vkpp.engine.statistics.columns import numbers
from vkpp.engine.statistics.grouping import Floats, groups, values_of


@dataclass(frozen=True, slots=True)
class Quantiles:
    """The quantile of each row (1 to `number`), NaN where the value is missing or its group has too few values."""

    quantile: Floats
    number: int
    inverted: tuple[bool, ...]  # for each row: True where quantile 1 holds the highest values
    notes: tuple[str, ...] = ()


def quantiles(values: Any, number: int = 10, *, invert: Any = True, group: Any = None) -> Quantiles:
    """Puts each value into one of `number` quantile groups, within its group of rows.

    floor((k + 1) - ceil((n + 1 - r) / (n/k))), r the smallest rank among ties, n the values present; 0 becomes 1.
    invert: True puts the highest values into quantile 1; False the lowest; or a column of both, the same within a group.
    A group with fewer values than quantiles gets none, and a note says so.
    Raises ValueError: number below 2, `invert` that differs within a group or is neither true nor false.
    Source: OHID, Public health methods, Assigning deprivation categories.
    """
    if int(number) != number or number < 2:
        raise ValueError(f"number of quantiles is {number}, expected a whole number of 2 or more")
    x = numbers(values, name="values")
    flags = _directions(invert, len(x))
    member = groups(group, len(x))
    result, small = np.full(len(x), np.nan), []
    for label, rows in zip(member.labels, member.rows(), strict=True):
        if len(set(flags[rows])) > 1:
            raise ValueError(f"invert differs within the group {label}, expected one direction for each group")
        result[rows] = _of_one_group(x[rows], int(number), bool(flags[rows][0]) if len(rows) else True)
        if 0 < np.isfinite(x[rows]).sum() < number:
            small.append(label)
    notes = (f"{len(small)} groups have fewer values than {number}, so no quantiles: {small[:5]}",) if small else ()
    return Quantiles(result, int(number), tuple(bool(flag) for flag in flags), notes)


def _directions(invert: Any, rows: int) -> Any:
    flags = [invert] * rows if isinstance(invert, bool) else values_of(invert)
    if len(flags) != rows or not all(flag in (True, False) for flag in flags):
        raise ValueError("invert: expected true or false, once or for each row")
    return np.array(flags, dtype=bool)


def _of_one_group(x: Floats, number: int, inverted: bool) -> Floats:
    present = ~np.isnan(x)
    n, result = int(present.sum()), np.full(len(x), np.nan)
    if n >= number:
        ordered = x[present].max() - x[present] if inverted else x[present]
        rank = stats.rankdata(ordered, method="min")
        result[present] = np.maximum(np.floor((number + 1) - np.ceil((n + 1 - rank) / (n / number))), 1)
    return result


def worked_example() -> dict[str, Any]:
    """Ten values into five groups, lowest first."""
    values = [12.0, 7.0, 3.0, 9.0, 15.0, 1.0, 8.0, 20.0, 5.0, 11.0]
    made = quantiles(values, 5, invert=False)
    return {
        "method": "Quantile groups",
        "inputs": {"values": values, "number": 5},
        "call": "quantiles(values, 5, invert=False)",
        "result": {"quantile": made.quantile.tolist()},
        "source": "OHID, Public health methods, Assigning deprivation categories",
    }
