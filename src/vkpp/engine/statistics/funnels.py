"""Funnel plots of proportions, rates and ratios: limits, points, and on which side of a limit each point lies; no ranks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import stats

from vkpp.engine.statistics.dispersion import DEVIATES, FunnelLimits, dispersion_of, winsorised
from vkpp.engine.statistics.grouping import Floats
from vkpp.engine.statistics.intervals import count_limits, counted, denominators, poisson_limits, z_score

RateKind = Literal["dsr", "crude"]
INNER, OUTER = 0.95, 0.998
NOT_SIGNIFICANT, TOO_FEW, MISSING = "Not significant", "Not applicable for events less than 10 for dsrs", "Missing"
FEWEST_EVENTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelLines(FunnelLimits):
    """Limits to draw: `axis` is the size (bases for proportions, events for rates and ratios); centre is the average.

    behind: for each limit (lower and upper at 95%, then 99.8%) what stands behind it: for ratios the expected events at which
    so many observed are just on the limit, for rates the yearly population.
    """

    axis: Floats
    centre: float
    statistic: str
    method: str
    behind: tuple[Floats, ...] = ()


def proportion_funnel(
    counts: Any,
    bases: Any,
    *,
    multiplier: float = 100,
    points: int = 100,
    method: Literal["wilson", "exact"] = "wilson",
) -> FunnelLines:
    """Limits of a funnel of proportions: p -+ z sqrt(p(1 - p)/n), where Wilson's limit of an area would touch the average p.

    method "exact" gives exact binomial limits instead, which differ for small bases and rare outcomes.
    Raises ValueError as `proportions` does.
    Source: OHID, Public health methods, funnel plots; Wilson (1927); exact: Spiegelhalter (2005), appendix A.1.1.
    """
    x, n = _proportion_inputs(counts, bases)
    p, n = _average(x, n), n[~np.isnan(n)]
    axis = _spread(0.0 if n.max() > 2 * n.min() else _down(n.min()), _up(n.max()), points)
    limits = proportion_limits if method == "wilson" else exact_proportion_limits
    inner, outer = (limits(p, axis, level) for level in (INNER, OUTER))
    low, high, far_low, far_high = (end * multiplier for end in (*inner, *outer))
    centre = p * multiplier
    return FunnelLines(low, high, far_low, far_high, axis=axis, centre=centre, statistic="proportion", method=method.title())


def proportion_limits(average: float, bases: Floats, level: float) -> tuple[Floats, Floats]:
    """Limits around an average proportion for each base, cut at 0 and 1."""
    half = z_score(level) * np.sqrt(average * (1 - average) / bases)
    return np.maximum(average - half, 0.0), np.minimum(average + half, 1.0)


def exact_proportion_limits(average: float, bases: Floats, level: float) -> tuple[Floats, Floats]:
    """Exact binomial limits around an average proportion, interpolated between whole counts so that the lines are smooth.

    (r - (F(r) - a) / (F(r) - F(r - 1))) / n, r the binomial quantile of a. Source: Spiegelhalter (2005), appendix A.1.1.
    """
    tail, ends = (1 - level) / 2, []
    for a in (tail, 1 - tail):
        r = stats.binom.ppf(a, bases, average)
        below, at = stats.binom.cdf(r - 1, bases, average), stats.binom.cdf(r, bases, average)
        step = np.divide(at - a, at - below, out=np.zeros_like(at), where=at > below)
        ends.append(np.clip((r - step) / bases, 0.0, 1.0))
    return ends[0], ends[1]


def proportion_significance(counts: Any, bases: Any) -> list[str]:
    """For each area: High or Low at 0.001 or 0.025 against the average of all, Not significant, or Missing."""
    x, n = _proportion_inputs(counts, bases)
    p, value = _average(x, n), x / n
    # not cut at 0 and 1, so that an area at 0% is never below a limit of 0
    inner, outer = ((p - half, p + half) for half in (z_score(v) * np.sqrt(p * (1 - p) / n) for v in (INNER, OUTER)))
    return _classes(value, value < outer[0], value < inner[0], value > outer[1], value > inner[1])


def _proportion_inputs(counts: Any, bases: Any) -> tuple[Floats, Floats]:
    x = counted(counts, name="counts")
    n = denominators(bases, name="bases", length=len(x))
    if (x > n).any():
        raise ValueError(f"counts: row {int(np.flatnonzero(x > n)[0]) + 1} is above its base, expected a count no greater")
    return x, n


def ratio_funnel(
    observed: Any,
    expected: Any,
    *,
    form: Literal["isr", "count"] = "isr",
    points: int = 100,
    search_steps: int | None = None,
) -> FunnelLines:
    """Limits of a funnel of ratios by observed events; exact Poisson. form: "isr" gives x 100, "count" the excess over 1.

    search_steps: as in `rate_funnel`.
    Raises ValueError: observed below zero, expected not above zero. Source: OHID, Public health methods, funnel plots.
    """
    x = counted(observed, name="observed")
    e = denominators(expected, name="expected", length=len(x))
    e = e[~np.isnan(e)]
    axis = _spread(0.0 if e.max() > 2 * e.min() else _down(e.min()), _up(e.max()), points, late=True)
    behind = tuple(_as_searched(needed, axis, search_steps) for needed in _needed(axis))
    low, high, far_low, far_high = (_shown(axis / needed, form) for needed in behind)
    return FunnelLines(
        low,
        high,
        far_low,
        far_high,
        axis=axis,
        centre=100.0 if form == "isr" else 0.0,
        statistic=f"ratio ({form})",
        method="Poisson",
        behind=behind,
    )


def _shown(ratio: Floats, form: str) -> Floats:
    return ratio * 100 if form == "isr" else ratio - 1


def ratio_significance(observed: Any, expected: Any) -> list[str]:
    """For each area: High or Low at 0.001 or 0.025 against a ratio of 1, by the limits of observed over expected."""
    x = counted(observed, name="observed")
    e = denominators(expected, name="expected", length=len(x))
    return _against(1.0, x, e)


@dataclass(frozen=True, slots=True)
class RatePoints:
    """Points of a rate funnel: the rate to draw and the yearly population that it stands on; NaN where not drawn."""

    rate: Floats
    population: Floats


def rate_points(
    counts: Any, rates: Any, *, kind: RateKind, years: float, multiplier: float, populations: Any = None
) -> RatePoints:
    """Where each area stands in a funnel of rates: the population behind a rate is multiplier x count / rate / years.

    A crude rate of no events needs its population. A dsr of fewer than ten events is not drawn.
    Raises ValueError: an unknown kind, no events without a population, a count below zero, years not above zero.
    """
    x, value, n = _rate_inputs(counts, rates, kind, populations)
    if not years > 0:
        raise ValueError(f"years is {years}, expected above zero")
    derived = _derived(x, value, n, multiplier) / years
    hidden = (x < FEWEST_EVENTS) if kind == "dsr" else np.zeros(len(x), dtype=bool)
    return RatePoints(np.where(hidden, np.nan, value), np.where(hidden, np.nan, derived))


def rate_funnel(
    counts: Any,
    rates: Any,
    *,
    kind: RateKind,
    years: float,
    multiplier: float = 100_000,
    populations: Any = None,
    points: int = 100,
    search_steps: int | None = None,
) -> FunnelLines:
    """Limits of a funnel of rates by events; exact Poisson around the average of all areas.

    search_steps: None for exact limits. The national tool halves an interval 23 times and stops, which at one event is
    wrong in the fifth digit; 23 gives its digits.
    Raises ValueError as `rate_points` does. Source: OHID, Public health methods, funnel plots.
    """
    x, value, n = _rate_inputs(counts, rates, kind, populations)
    size = n if kind == "crude" and n is not None else _derived(x, value, None, multiplier)
    average = _average(x, size)
    least, most = float(np.nanmin(size)), float(np.nanmax(size))
    start = 0.0 if most > 2 * least else _down(least / years) * years
    axis = _spread(math.floor(start * average), math.ceil(_up(most / years) * years * average), points)
    behind = [_as_searched(needed, axis, search_steps) / average for needed in _needed(axis)]
    low, high, far_low, far_high = (axis / population * multiplier for population in behind)
    return FunnelLines(
        low,
        high,
        far_low,
        far_high,
        axis=axis,
        centre=average * multiplier,
        statistic=f"rate ({kind} per {multiplier:,.0f})",
        method="Poisson",
        behind=tuple(population / years for population in behind),
    )


def rate_significance(
    counts: Any, rates: Any, *, kind: RateKind, multiplier: float = 100_000, populations: Any = None
) -> list[str]:
    """For each area: High or Low at 0.001 or 0.025 against the average of all; none for a dsr of fewer than ten events."""
    x, value, n = _rate_inputs(counts, rates, kind, populations)
    size = _derived(x, value, n, multiplier)
    found = _against(_average(x, size), x, size)
    return [TOO_FEW if kind == "dsr" and events < FEWEST_EVENTS else word for events, word in zip(x, found, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits(FunnelLimits):
    """Over-dispersed limits of each area's rate around the rate of all together (`centre`)."""

    centre: float = float("nan")
    phi: float = 1.0
    tau2: float = 0.0
    method: str = ""


def rate_limits_over_dispersed(
    counts: Any, populations: Any, *, multiplier: float = 1_000, trim: float = 0.1, form: str = "additive"
) -> RateLimits:
    """Funnel limits of crude rates, widened for ordinary difference between areas.

    Expected counts at the rate of all areas; scores 2(sqrt(x) - sqrt(e)), winsorised; limits rate (1 -+ z sqrt(1/4e + tau2))^2,
    or with form "multiplicative" rate (1 -+ z sqrt(phi/4e))^2, cut at zero. The square roots are squared back.
    Raises ValueError: count below zero, population not above zero, no events at all.
    Source: Spiegelhalter (2005), Statistics in Medicine 24, 1185.
    """
    x = counted(counts, name="counts")
    n = denominators(populations, name="populations", length=len(x), missing=False)
    if np.isnan(x).any() or x.sum() == 0:
        raise ValueError("counts: some are missing or all are zero, expected a count for each area")
    average = float(x.sum() / n.sum())
    expected = average * n
    error = 1 / (2 * np.sqrt(expected))
    used, _ = winsorised(2 * (np.sqrt(x) - np.sqrt(expected)), trim)
    phi, tau2 = dispersion_of(used, error)
    wide = np.sqrt(error**2 + tau2) if form == "additive" else error * np.sqrt(max(phi, 1.0))
    rate = average * multiplier
    low, high, far_low, far_high = (rate * np.maximum(1 + deviate * wide, 0.0) ** 2 for z in DEVIATES for deviate in (-z, z))
    words = f"{form}, winsorised by {trim:g} at each end"
    return RateLimits(low, high, far_low, far_high, centre=rate, phi=phi, tau2=tau2, method=words)


def _rate_inputs(counts: Any, rates: Any, kind: RateKind, populations: Any) -> tuple[Floats, Floats, Floats | None]:
    if kind not in ("dsr", "crude"):
        raise ValueError(f"kind is {kind!r}, expected dsr or crude")
    x = counted(counts, name="counts")
    value = counted(rates, name="rates", length=len(x))
    n = None if populations is None else denominators(populations, name="populations", length=len(x))
    if (x == 0).any() and n is None:
        raise ValueError("counts: some are zero, so populations are needed to place them")
    if ((value == 0) & (x > 0)).any():
        raise ValueError("rates: some are zero although there are events")
    return x, value, n if kind == "crude" else None


def _derived(x: Floats, value: Floats, populations: Floats | None, multiplier: float) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        behind = multiplier * x / value
    return np.where(x == 0, np.nan if populations is None else populations, behind)


def _needed(axis: Floats) -> list[Floats]:
    """Expected events at which each axis point is just low or high: for the lower and upper line at 95%, then at 99.8%."""
    inner, outer = poisson_limits(axis, INNER), poisson_limits(axis, OUTER)
    return [inner[1], inner[0], outer[1], outer[0]]


def _as_searched(needed: Floats, axis: Floats, steps: int | None) -> Floats:
    """The expected events that a search by halving would stop at: v = needed / (1 + events + needed), to 2^-steps."""
    if steps is None:
        return needed
    cells = 2.0**steps
    v = (np.floor(needed / (1 + axis + needed) * cells) + 0.5) / cells
    return np.asarray((1 + axis) * v / (1 - v), dtype=np.float64)


def _against(average: float, x: Floats, size: Floats) -> list[str]:
    inner, outer = count_limits(x, INNER), count_limits(x, OUTER)
    known = np.where(x == 0, 0.0, x + size)  # without events a dsr has no size, and needs none
    bands = (average > outer[1] / size, average > inner[1] / size, average < outer[0] / size, average < inner[0] / size)
    return _classes(known, *bands)


def _classes(value: Floats, *bands: Any) -> list[str]:
    """The class of each value from where it is: below the outer, below the inner, above the outer, above the inner limit."""
    words = ["Low (0.001)", "Low (0.025)", "High (0.001)", "High (0.025)"]
    chosen = np.select(bands, words, default=NOT_SIGNIFICANT)
    return [MISSING if unknown else str(word) for unknown, word in zip(np.isnan(value), chosen, strict=True)]


def _average(x: Floats, size: Floats) -> float:
    """All areas together, over those for which both numbers are known. Raises ValueError where there are none."""
    known = ~np.isnan(x + size)
    if not known.any():
        raise ValueError("no area has both numbers, so there is no average to compare with")
    return float(x[known].sum() / size[known].sum())


def _spread(start: float, end: float, points: int, *, late: bool = False) -> Floats:
    """Whole numbers from `start` (at least 1) to `end`, closer together at the small end, each above the one before."""
    axis = [float(max(1.0, start))]
    for left in range(points - 1, 0, -1):
        step = (end / axis[-1]) ** (1 / (left + 1 if late else left))
        axis.append(max(float(round(step * axis[-1])), axis[-1] + 1))
    return np.array(axis)


def _down(size: float) -> float:
    """95% of a size, rounded down to one figure."""
    unit = 10.0 ** (len(str(math.floor(size * 0.95))) - 1)
    return math.floor(size * 0.95 / unit) * unit


def _up(size: float) -> float:
    """105% of a size, rounded up to two figures."""
    unit = 10.0 ** (len(str(math.ceil(size * 1.05))) - 2)
    return math.ceil(size * 1.05 / unit) * unit


def worked_example() -> dict[str, Any]:
    """Four areas, invented: is any unlike the others together?"""
    counts, bases = [40, 55, 90, 30], [100, 100, 120, 90]
    return {
        "method": "Funnel of proportions with significance",
        "inputs": {"counts": counts, "bases": bases},
        "call": "proportion_significance(counts, bases)",
        "result": {"significance": proportion_significance(counts, bases)},
        "source": "OHID, Public health methods, funnel plots",
    }
