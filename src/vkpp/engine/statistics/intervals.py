"""Interval limits for counts and proportions, the confidence levels that are accepted, and the result that all rates share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from vkpp.engine.statistics.columns import numbers
from vkpp.engine.statistics.grouping import Floats

USUAL_PAIR = (0.95, 0.998)
SMALL_COUNT = (
    10  # below it Byar's approximation is not used (APHO Technical Briefing 3, Commonly used public health statistics)
)


def confidence_levels(confidence: float | Sequence[float], *, any_number: bool = False) -> tuple[float, ...]:
    """The levels as fractions: 95 and 0.95 are the same.

    Raises ValueError where a level is outside 0.9 to 1 (or 90 to 100), or, unless `any_number`, where there are more than
    two, or two that are not 0.95 and 0.998: the two that a funnel and its table share.
    """
    asked = tuple(np.atleast_1d(np.asarray(confidence, dtype=np.float64)).tolist())
    levels = tuple(float(level) / 100 if level >= 90 else float(level) for level in asked)
    if not levels:
        raise ValueError("no confidence level was given, expected at least one")
    if wrong := [given for given, level in zip(asked, levels, strict=True) if not 0.9 <= level <= 1]:
        raise ValueError(f"confidence level {wrong[0]}: expected between 0.9 and 1, or between 90 and 100")
    if not any_number and len(levels) > 2:
        raise ValueError(f"{len(levels)} confidence levels were given, expected at most two")
    if not any_number and len(levels) == 2 and not np.allclose(levels, USUAL_PAIR):
        raise ValueError(f"confidence levels {asked}: two levels together must be 0.95 and 0.998")
    return levels


def level_name(level: float) -> str:
    """0.95 is "95", 0.998 is "99_8": the ending of a column name."""
    return f"{level * 100:.6g}".replace(".", "_")


def z_score(level: float) -> float:
    """The normal deviate of a two-sided level: 1.96 for 0.95."""
    return float(stats.norm.ppf(0.5 + level / 2))


def counted(column: Any, *, name: str, length: int | None = None) -> Floats:
    """Counts: numbers of zero or more, missing allowed. Raises ValueError naming the first row that is below zero."""
    values = numbers(column, name=name)
    return _not_below(values, name, length, strictly=False)


def denominators(column: Any, *, name: str, length: int | None = None, missing: bool = True) -> Floats:
    """Denominators: numbers above zero. Missing ones are allowed unless `missing` is False."""
    values = numbers(column, name=name)
    if not missing and np.isnan(values).any():
        raise ValueError(f"{name}: row {int(np.flatnonzero(np.isnan(values))[0]) + 1} is missing, expected a number")
    return _not_below(values, name, length, strictly=True)


def _not_below(values: Floats, name: str, length: int | None, *, strictly: bool) -> Floats:
    if length is not None and len(values) != length:
        raise ValueError(f"{name} has {len(values)} rows, expected {length}")
    bad = values <= 0 if strictly else values < 0
    if bad.any() or np.isinf(values).any():
        row = int(np.flatnonzero(bad | np.isinf(values))[0])
        wanted = "greater than zero" if strictly else "greater than or equal to zero"
        raise ValueError(f"{name}: row {row + 1} is {values[row]:g}, expected {wanted}")
    return values


def wilson_limits(counts: ArrayLike, bases: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Wilson's score limits of a proportion, between 0 and 1.

    (2x + z^2 -+ z sqrt(z^2 + 4x(1 - x/n))) / 2(n + z^2). Source: Wilson (1927), J Am Stat Assoc 22, 209; Newcombe and Altman
    in Altman et al., Statistics with Confidence, 2nd edition (2000), page 46.
    """
    counts, bases = np.asarray(counts, dtype=np.float64), np.asarray(bases, dtype=np.float64)
    if level >= 1:
        return np.where(np.isnan(counts + bases), np.nan, 0.0), np.where(np.isnan(counts + bases), np.nan, 1.0)
    z = z_score(level)
    middle, half = 2 * counts + z**2, z * np.sqrt(z**2 + 4 * counts * (1 - counts / bases))
    lower, upper = (middle - half) / (2 * (bases + z**2)), (middle + half) / (2 * (bases + z**2))
    return np.clip(lower, 0, 1), np.clip(upper, 0, 1)  # rounding can leave -1e-19 at a count of zero


def byar_limits(counts: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Byar's limits of a count of events; the lower is missing where the approximation falls below zero.

    x(1 - 1/9x - z/3sqrt(x))^3 and (x+1)(1 - 1/9(x+1) + z/3sqrt(x+1))^3. Source: Breslow and Day (1987), Statistical Methods in
    Cancer Research II, page 69.
    """
    counts = np.asarray(counts, dtype=np.float64)
    z, more = z_score(level), counts + 1
    with np.errstate(divide="ignore", invalid="ignore"):
        lower = counts * (1 - 1 / (9 * counts) - z / (3 * np.sqrt(counts))) ** 3
        upper = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
    return np.where(lower < 0, np.nan, lower), upper


def poisson_limits(counts: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Exact Poisson limits of a count: the means whose tails beyond the count hold (1 - level)/2 each.

    Half the chi-squared quantiles with 2x and 2x + 2 degrees of freedom. Source: Garwood (1936), Biometrika 28, 437; Armitage
    and Berry, Statistical Methods in Medical Research, 4th edition (2002).
    """
    counts = np.asarray(counts, dtype=np.float64)
    tail = (1 - level) / 2
    lower = np.where(counts > 0, special.gammaincinv(np.where(counts > 0, counts, 1.0), tail), 0.0)
    upper = special.gammainccinv(counts + 1, tail)
    return np.where(np.isnan(counts), np.nan, lower), np.asarray(upper, dtype=np.float64)


def count_limits(counts: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Exact limits below ten events, Byar's from ten: the national method for counts (OHID technical guide)."""
    counts = np.asarray(counts, dtype=np.float64)
    exact, byar, small = poisson_limits(counts, level), byar_limits(counts, level), counts < SMALL_COUNT
    return np.where(small, exact[0], byar[0]), np.where(small, exact[1], byar[1])


def count_method(counts: Floats) -> tuple[str, ...]:
    """Which method each count had; "" where the count is missing."""
    return tuple("" if np.isnan(x) else "Exact" if x < SMALL_COUNT else "Byars" for x in counts)


@dataclass(frozen=True, slots=True)
class Limits:
    """Lower and upper limits at one level of confidence, one for each group."""

    level: float
    lower: Floats
    upper: Floats


@dataclass(frozen=True, slots=True)
class Estimates:
    """Values with their limits, one for each group (or row, where no group was asked for).

    labels: what each value is of. counts, bases: what it was worked out from, NaN where missing. statistic, method: in words.
    """

    labels: tuple[Any, ...]
    counts: Floats
    bases: Floats
    value: Floats
    limits: tuple[Limits, ...]
    statistic: tuple[str, ...]
    method: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def at(self, confidence: float = 0.95) -> Limits:
        """The limits at a level that was asked for; raises KeyError for another."""
        wanted = confidence_levels(confidence)[0]
        for limits in self.limits:
            if np.isclose(limits.level, wanted):
                return limits
        raise KeyError(f"no limits at {wanted:g}, only at {', '.join(f'{found.level:g}' for found in self.limits)}")

    @property
    def lower(self) -> Floats:
        """The lower limits at the first level asked for."""
        return self.limits[0].lower

    @property
    def upper(self) -> Floats:
        return self.limits[0].upper

    def columns(self) -> dict[str, Any]:
        """All as columns for a data frame: label, count, base, value, lower_95, upper_95, ..., statistic, method."""
        table: dict[str, Any] = {"label": list(self.labels), "count": self.counts, "base": self.bases, "value": self.value}
        for limits in self.limits:
            table[f"lower_{level_name(limits.level)}"] = limits.lower
            table[f"upper_{level_name(limits.level)}"] = limits.upper
        return table | {"statistic": list(self.statistic), "method": list(self.method)}
