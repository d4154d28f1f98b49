"""Means with Student's limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from vkpp.engine.statistics.columns import numbers
from vkpp.engine.statistics.grouping import Floats, groups
from vkpp.engine.statistics.intervals import Limits, confidence_levels


@dataclass(frozen=True, slots=True)
class Means:
    """Means, one for each group: the sum, number and standard deviation of its values, the mean and its limits."""

    labels: tuple[Any, ...]
    total: Floats
    count: Floats
    deviation: Floats
    value: Floats
    limits: tuple[Limits, ...]
    statistic: str = "mean"
    method: str = "Student's t-distribution"


def means(values: Any, *, group: Any = None, confidence: float | Sequence[float] = 0.95) -> Means:
    """The mean of each group with limits mean -+ t(n - 1) s / sqrt(n).

    values: a column; a missing value makes its group's mean missing. A group of one value has a mean and no limits.
    Raises ValueError: a value that is not a number, level outside 0.9 to 1.
    Source: Student (1908), Biometrika 6, 1; Armitage and Berry (2002).
    """
    levels, x = confidence_levels(confidence), numbers(values, name="values")
    member = groups(group, len(x))
    count = member.sizes.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = member.total(x)
        centre = total / count
        squares = member.total((x - centre[member.index]) ** 2)
        deviation = np.sqrt(np.where(count > 1, squares / (count - 1), np.nan))
        half = {level: stats.t.ppf(0.5 + level / 2, count - 1) * deviation / np.sqrt(count) for level in levels}
    limits = tuple(Limits(level, centre - half[level], centre + half[level]) for level in levels)
    return Means(member.labels, total, count, deviation, centre, limits)


def worked_example() -> dict[str, Any]:
    """Days from report to first contact of five cases, invented."""
    days = [3.0, 5.0, 4.0, 9.0, 6.0]
    made = means(days)
    return {
        "method": "Mean with Student's limits",
        "inputs": {"days": days},
        "call": "means(days)",
        "result": {
            "mean": float(made.value[0]),
            "lower": float(made.limits[0].lower[0]),
            "upper": float(made.limits[0].upper[0]),
        },
        "source": "Student (1908), Biometrika 6, 1",
    }
