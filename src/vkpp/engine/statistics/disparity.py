"""Disparity: how the rate of one group compares with another's, with its interval, its denominator, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import stats

from vkpp.basics.problems import RefusedByRule
from vkpp.engine.statistics.columns import numbers
from vkpp.engine.statistics.grouping import Floats, values_of
from vkpp.engine.statistics.intervals import confidence_levels, counted, denominators, z_score
from vkpp.engine.statistics.roots import FINE, root

RateMethod = Literal["wald", "midp"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ratios of each group to the reference group, which is left out. `denominator`: in words, what the rates are out of."""

    groups: tuple[Any, ...]
    reference: Any
    denominator: str
    ratio: Floats
    lower: Floats
    upper: Floats
    p_value: Floats
    level: float
    method: str

    def sentence(self, group: Any) -> str:
        """The comparison of one group in words, with its interval and denominator."""
        place = self.groups.index(group)
        ratio, low, high = self.ratio[place], self.lower[place], self.upper[place]
        if not np.isfinite(ratio):
            return f"{group} cannot be compared with {self.reference}: a rate is zero or missing, per {self.denominator}."
        apart = "an interval that includes 1" if low <= 1 <= high else "an interval that does not include 1"
        return (
            f"The rate for {group} is {ratio:.2f} times that for {self.reference}, per {self.denominator} "
            f"({self.level:.0%} interval {low:.2f} to {high:.2f}, {apart})."
        )


def relative_rates(
    events: Any,
    populations: Any,
    groups: Any,
    *,
    reference: Any,
    denominator: str,
    confidence: float = 0.95,
    method: RateMethod = "wald",
    search_tolerance: float = FINE,
) -> Comparison:
    """The rate of events of each group over that of the reference group; Poisson counts.

    wald: (x1/n1)/(x0/n0), limits exp(ln ratio -+ z sqrt(1/x1 + 1/x0)), p of the score test. midp: the median unbiased ratio
    and mid-p exact limits, from x1 given x0 + x1 as a binomial; holds for small and zero counts.
    denominator: what the rates are out of, in words; it is part of the answer ("residents, Census 2021").
    search_tolerance: how near mid-p roots are sought; R's epitools stops at 1.2e-4 and so differs in the fourth digit.
    Raises ValueError: no denominator named, an unknown reference, a group twice, a missing or negative count.
    Source: Rothman, Greenland and Lash, Modern Epidemiology, 3rd edition (2008), page 253; Rothman and Boice (1982).
    """
    level = confidence_levels(confidence)[0]
    names, x, n, place = comparison_table(events, populations, groups, reference, denominator)
    others = [row for row in range(len(names)) if row != place]
    x1, n1, x0, n0 = x[others], n[others], x[place], n[place]
    share = n1 / (n1 + n0)
    made: tuple[Floats, ...]
    if method == "wald":
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = (x1 / n1) / (x0 / n0)
            step = z_score(level) * np.sqrt(1 / x1 + 1 / x0)
            made = (ratio, ratio * np.exp(-step), ratio * np.exp(step))
            score = (x1 - share * (x1 + x0)) ** 2 / ((x1 + x0) * share * (1 - share))
        made = tuple(np.where((x1 > 0) & (x0 > 0), part, np.nan) for part in made)
        p_value = np.asarray(stats.chi2.sf(score, 1))
    elif method == "midp":
        roots = [_midp_shares(a, a + x0, level, search_tolerance) for a in x1]
        with np.errstate(divide="ignore"):
            made = tuple(np.array(ends) / (1 - np.array(ends)) * n0 / n1 for ends in zip(*roots, strict=True))
        below = stats.binom.pmf(x1, x1 + x0, share) / 2 + stats.binom.cdf(x1 - 1, x1 + x0, share)
        p_value = 2 * np.minimum(below, 1 - below)
    else:
        raise ValueError(f"method is {method!r}, expected wald or midp")
    return Comparison(
        tuple(names[row] for row in others), names[place], denominator, made[0], made[1], made[2], p_value, level, method
    )


def comparison_table(
    events: Any, populations: Any, groups: Any, reference: Any, denominator: str
) -> tuple[list[Any], Floats, Floats, int]:
    if not denominator.strip():
        raise ValueError("denominator is not named: say what the rates are out of, such as residents, Census 2021")
    names, x = values_of(groups), counted(events, name="events")
    n = denominators(populations, name="populations", length=len(x), missing=False)
    if len(names) != len(x) or len(set(names)) != len(names):
        raise ValueError(f"groups: expected {len(x)} different names, one for each row")
    if reference not in names:
        raise ValueError(f"reference {reference!r} is not among the groups {names}")
    if np.isnan(x).any():
        raise ValueError("events: some are missing; give bounds for missing values instead (relative_rate_bounds)")
    return names, x, n, names.index(reference)


def _midp_shares(x: float, whole: float, level: float, tolerance: float) -> tuple[float, float, float]:
    """The median unbiased share of x out of `whole`, and its mid-p limits."""
    tail = (1 - level) / 2

    def above(p: float) -> float:
        return float(stats.binom.sf(x, whole, p) + stats.binom.pmf(x, whole, p) / 2)

    def below(p: float) -> float:
        return float(stats.binom.cdf(x - 1, whole, p) + stats.binom.pmf(x, whole, p) / 2)

    if whole == 0:
        return np.nan, np.nan, np.nan
    middle = 0.0 if x == 0 else 1.0 if x == whole else root(lambda p: above(p) - 0.5, 0.0, 1.0, tolerance)
    low = 0.0 if x == 0 else root(lambda p: above(p) - tail, 0.0, 1.0, tolerance)
    high = 1.0 if x == whole else root(lambda p: below(p) - tail, 0.0, 1.0, tolerance)
    return middle, low, high


# Missing values


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between what and what a value lies, whatever the missing ones are. Not an interval: no chance is in it."""

    lower: Floats
    upper: Floats


def share_bounds(with_it: Any, missing: Any, total: Any) -> Bounds:
    """The share that has something, when some of the total do not say: from k/n to (k + m)/n.

    with_it: k, known to have it; missing: m, not known; total: n, everybody, those not known included.
    Raises ValueError where k + m is above n.
    Source: Manski (1989), Journal of Human Resources 24, 343 (bounds without assumptions).
    """
    k, m = counted(with_it, name="with_it"), counted(missing, name="missing")
    n = denominators(total, name="total", length=len(k))
    if len(m) != len(k) or (k + m > n).any():
        raise ValueError("with_it and missing: together they must be no greater than the total of their row")
    return Bounds(k / n, (k + m) / n)


def relative_rate_bounds(events: Any, populations: Any, groups: Any, *, reference: Any, missing: float) -> Comparison:
    """Bounds of each relative rate when the group of `missing` events is not known: all elsewhere, or all in the group.

    lower: every missing event belongs to the reference group; upper: every one belongs to the compared group. `ratio` is
    missing on purpose: with unknown groups there is no point to give.
    """
    names, x, n, place = comparison_table(events, populations, groups, reference, "population as given")
    others = [row for row in range(len(names)) if row != place]
    if missing < 0:
        raise ValueError(f"missing is {missing}, expected zero or more events")
    base, people = float(x[place]), float(n[place])
    with np.errstate(divide="ignore", invalid="ignore"):
        low = (x[others] / n[others]) / ((base + missing) / people)
        high = ((x[others] + missing) / n[others]) / (base / people)
    none = np.full(len(others), np.nan)
    kept = tuple(names[row] for row in others)
    words = f"bounds for {missing:g} events without a group"
    return Comparison(kept, names[place], "population as given", none, low, high, none, 1.0, words)


def refuse_unequal_completeness(known: Any, total: Any, groups: Any, *, most_points: float) -> Floats:
    """The percentage known in each group; refuses a comparison when two groups differ by more than `most_points` points.

    A difference in how often something was recorded would pass for a difference in what happened.
    Raises RefusedByRule, naming both groups and both percentages.
    """
    names, k = values_of(groups), counted(known, name="known")
    n = denominators(total, name="total", length=len(k), missing=False)
    if (k > n).any() or len(names) != len(k):
        raise ValueError("known: expected no more known than there are, one row for each group")
    percent = 100 * k / n
    low, high = int(np.argmin(percent)), int(np.argmax(percent))
    if percent[high] - percent[low] > most_points:
        raise RefusedByRule(
            f"{names[high]} is {percent[high]:.1f}% complete and {names[low]} {percent[low]:.1f}%: too unlike to compare.",
            expected=f"a difference of at most {most_points:g} points",
            next_step="give bounds for the missing values, or compare groups of like completeness",
        )
    return percent


# Two ratios


@dataclass(frozen=True, slots=True)
class LogRatio:
    """A ratio on the log scale with its standard error."""

    log: float
    error: float

    @classmethod
    def from_limits(cls, ratio: float, lower: float, upper: float, confidence: float = 0.95) -> LogRatio:
        """The error behind published limits: (ln upper - ln lower) / 2z."""
        if not 0 < lower <= ratio <= upper:
            raise ValueError(f"ratio {ratio:g} ({lower:g} to {upper:g}): expected 0 < lower <= ratio <= upper")
        width = float(np.log(upper) - np.log(lower))
        return cls(float(np.log(ratio)), width / (2 * z_score(confidence_levels(confidence)[0])))


@dataclass(frozen=True, slots=True)
class RatioOfRatios:
    """Whether a disparity differs between two groups: their ratio, on the log scale and back, with limits."""

    log: float
    variance: float
    log_lower: float
    log_upper: float
    ratio: float
    lower: float
    upper: float
    p_value: float


def ratio_of_ratios(first: LogRatio, second: LogRatio, *, confidence: float = 0.95) -> RatioOfRatios:
    """The first ratio over the second, from independent groups: ln = ln1 - ln2, variance = se1^2 + se2^2.

    Source: Altman and Bland (2003), Interaction revisited, BMJ 326, 219.
    """
    level = confidence_levels(confidence)[0]
    log, variance = first.log - second.log, first.error**2 + second.error**2
    if not variance > 0:
        raise ValueError("standard errors are zero, expected above zero")
    step = z_score(level) * variance**0.5
    p_value = float(2 * stats.norm.sf(abs(log) / variance**0.5))
    low, middle, high = (float(np.exp(end)) for end in (log - step, log, log + step))
    return RatioOfRatios(log, variance, log - step, log + step, middle, low, high, p_value)


def population_shares(populations: Any) -> Floats:
    """Each group's share of the whole population, for the denominator's table."""
    n = numbers(populations, name="populations")
    return np.asarray(n / n.sum(), dtype=np.float64)


def worked_example() -> dict[str, Any]:
    """Two groups, invented counts."""
    events, people, names = [120, 45], [10_000, 2_500], ["Group A", "Group B"]
    made = relative_rates(events, people, names, reference="Group A", denominator="residents")
    return {
        "method": "Relative rate with Wald limits",
        "inputs": {"events": events, "populations": people, "groups": names},
        "call": 'relative_rates(events, populations, groups, reference="Group A", denominator="residents")',
        "result": {
            "ratio": float(made.ratio[0]),
            "lower": float(made.lower[0]),
            "upper": float(made.upper[0]),
            "sentence": made.sentence("Group B"),
        },
        "source": "Rothman, Greenland and Lash (2008), page 253",
    }
