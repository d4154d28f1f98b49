"""Proportions with Wilson's score limits: the share of a base that has something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vkpp.engine.statistics.grouping import each_row, groups
from vkpp.engine.statistics.intervals import Estimates, Limits, confidence_levels, counted, denominators, wilson_limits


def proportions(
    counts: Any,
    bases: Any,
    *,
    multiplier: float = 1,
    confidence: float | Sequence[float] = 0.95,
    group: Any = None,
) -> Estimates:
    """The proportion x/n of each row, or of each group's sums, with Wilson's limits.

    counts, bases: columns of one length; a missing value in a row (or anywhere in its group) gives a missing proportion:
    unknown is not none. multiplier: 100 for percent. confidence: one level, or 0.95 and 0.998. group: None, a column, or a
    tuple of columns.
    Raises ValueError: count below zero, base not above zero, count above base, level outside 0.9 to 1.
    Source: Wilson (1927), J Am Stat Assoc 22, 209; formula in intervals.wilson_limits.
    """
    levels = confidence_levels(confidence)
    x = counted(counts, name="counts")
    n = denominators(bases, name="bases", length=len(x))
    _no_count_above_its_base(x, n)
    member = each_row(len(x)) if group is None else groups(group, len(x))
    if group is not None:
        x, n = member.total(x), member.total(n)
    limits = (Limits(level, *(side * multiplier for side in wilson_limits(x, n, level))) for level in levels)
    words = "percentage" if multiplier == 100 else f"proportion of {multiplier:.15g}"
    size = len(member.labels)
    return Estimates(member.labels, x, n, x / n * multiplier, tuple(limits), (words,) * size, ("Wilson",) * size)


def _no_count_above_its_base(x: Any, n: Any) -> None:
    if (above := np.flatnonzero(x > n)).size:
        row = int(above[0])
        raise ValueError(
            f"counts: row {row + 1} is {x[row]:g} of a base of {n[row]:g}, expected a count no greater than its base"
        )


def worked_example() -> dict[str, Any]:
    """65 of 100 at 95%, computed."""
    made = proportions([65], [100], multiplier=100)
    return {
        "method": "Proportion with Wilson's limits",
        "inputs": {"count": 65, "base": 100},
        "call": "proportions([65], [100], multiplier=100)",
        "result": {
            "percent": float(made.value[0]),
            "lower": float(made.at(0.95).lower[0]),
            "upper": float(made.at(0.95).upper[0]),
        },
        "source": "Wilson (1927), J Am Stat Assoc 22, 209",
    }
