"""The formulas of the Shewhart charts, one function a kind; which source each comes from is said in shewhart.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from vkpp.basics.problems import UsageProblem

Kind = Literal["run", "i", "mr", "c", "u", "p", "up", "pp", "t", "g", "xbar", "s"]
Floats = NDArray[np.float64]

D2 = 1.128  # mean range of two standard normal values (Montgomery, appendix VI)
D4 = 3.267  # upper limit of a moving range of two, in mean ranges
TRANSFORM = 3.6  # Nelson (1994): time between events to the power 1/3.6 is near normal


@dataclass(frozen=True, slots=True)
class Part:
    """What a formula needs of one part: subgroup totals, sizes and spreads, and which points make the baseline."""

    y: Floats
    total: Floats
    n: Floats
    size: Floats
    sd: Floats
    base: NDArray[np.bool_]
    screen: bool


@dataclass(frozen=True, slots=True)
class Lines:
    y: Floats
    centre: Floats
    sigma_below: Floats  # one sigma, below and above; they differ in the charts of spread alone
    sigma_above: Floats


def mean_of(values: Floats) -> float:
    left = values[~np.isnan(values)]
    return float(left.mean()) if left.size else np.nan


def _total(values: Floats) -> float:
    return float(np.nansum(values))


def _sigma_of_ranges(values: Floats, screen: bool) -> float:
    """Mean moving range over 1.128, the very large ranges left out once (Nelson 1982)."""
    ranges = np.abs(np.diff(values))
    typical = mean_of(ranges)
    return mean_of(ranges[ranges < D4 * typical] if screen else ranges) / D2


def _run(d: Part) -> Lines:
    left = d.y[d.base & ~np.isnan(d.y)]
    return _even(d.y, float(np.median(left)) if left.size else np.nan, np.nan)


def _i(d: Part) -> Lines:
    return _even(d.y, mean_of(d.y[d.base]), _sigma_of_ranges(d.y[d.base], d.screen))


def _mr(d: Part) -> Lines:
    ranges = np.concatenate(([np.nan], np.abs(np.diff(d.y))))
    centre = mean_of(ranges[d.base])
    return Lines(ranges, _all(d.y, centre), _all(d.y, np.inf), _all(d.y, (D4 - 1) * centre / 3))


def _c(d: Part) -> Lines:
    centre = mean_of(d.y[d.base])
    return _even(d.y, centre, np.sqrt(centre))


def _pooled(d: Part) -> float:
    below = _total(d.n[d.base])
    return _total(d.total[d.base]) / below if below else np.nan


def _u(d: Part) -> Lines:
    centre = _pooled(d)
    return _even(d.y, centre, np.sqrt(centre / d.n))


def _p(d: Part) -> Lines:
    centre = _pooled(d)
    return _even(d.y, centre, np.sqrt(centre * (1 - centre) / d.n))


def _laney(plain_chart: Callable[[Part], Lines]) -> Callable[[Part], Lines]:
    def prime(d: Part) -> Lines:
        lines = plain_chart(d)
        z = (d.y[d.base] - lines.centre[d.base]) / lines.sigma_above[d.base]
        return _even(d.y, float(lines.centre[0]), lines.sigma_above * _sigma_of_ranges(z, d.screen))

    return prime


def _g(d: Part) -> Lines:
    """Limits about the mean of a geometric distribution; the line drawn is the median, so that runs are fair."""
    mean = mean_of(d.y[d.base])
    left = d.y[d.base & ~np.isnan(d.y)]
    return _even(d.y, mean, np.sqrt(mean * (mean + 1)), drawn=float(np.median(left)) if left.size else np.nan)


def _t(d: Part) -> Lines:
    if (d.y <= 0).any():
        raise UsageProblem(
            "A time between events of zero or less.",
            expected="times above zero",
            next_step="order the events, and measure the time in a smaller unit where two fall on one day",
        )
    return _i(Part(d.y ** (1 / TRANSFORM), d.total, d.n, d.size, d.sd, d.base, d.screen))


def _pooled_sd(d: Part) -> float:
    """Mean of the subgroups' standard deviations; weighted by degrees of freedom where sizes differ."""
    size, sd = d.size[d.base], d.sd[d.base]
    if len(np.unique(d.size)) == 1:
        return mean_of(sd)
    size = np.maximum(size, 1)  # an empty subgroup has no degrees of freedom
    return float(np.sqrt(np.nansum((size - 1) * sd**2) / np.nansum(size - 1)))


def _c4(size: Floats) -> Floats:
    """Mean of the sample standard deviation of so many normal values, in sigmas; NaN under two."""
    n = np.where(size > 1, size, np.nan)
    c4: Floats = np.sqrt(2 / (n - 1)) * np.exp(gammaln(n / 2) - gammaln((n - 1) / 2))
    return c4


def _xbar(d: Part) -> Lines:
    size = d.size[d.base]
    centre = _total(size * d.y[d.base]) / _total(size)
    return _even(d.y, centre, _pooled_sd(d) / (_c4(d.size) * np.sqrt(d.size)))


def _s(d: Part) -> Lines:
    c4 = _c4(d.size)
    return _even(d.sd, _pooled_sd(d), _pooled_sd(d) * np.sqrt(1 - c4**2) / c4)


def _all(like: Floats, value: float) -> Floats:
    return np.full(like.shape, value)


def _even(y: Floats, centre: float, sigma: Any, drawn: float | None = None) -> Lines:
    each = np.broadcast_to(np.asarray(sigma, dtype=np.float64), y.shape)
    lines = Lines(y, _all(y, centre), each, each)
    return lines if drawn is None else _Drawn(y, lines.centre, each, each, drawn)


@dataclass(frozen=True, slots=True)
class _Drawn(Lines):
    """Lines whose drawn centre is another than the one that the limits are about."""

    drawn: float


FORMULAS: Mapping[Kind, Callable[[Part], Lines]] = {
    "run": _run,
    "i": _i,
    "mr": _mr,
    "c": _c,
    "u": _u,
    "p": _p,
    "up": _laney(_u),
    "pp": _laney(_p),
    "t": _t,
    "g": _g,
    "xbar": _xbar,
    "s": _s,
}
RANGES: frozenset[Kind] = frozenset({"i", "t", "up", "pp"})  # limits from moving ranges, which may be screened
FLOOR: Mapping[Kind, float] = dict.fromkeys(("mr", "c", "u", "p", "up", "pp", "g", "s"), 0.0)
CEILING: Mapping[Kind, float] = dict.fromkeys(("p", "pp"), 1.0)


def lines_of(kind: Kind, d: Part) -> Floats:
    """Rows: value, centre, lower, upper, lower at two sigma, upper at two sigma."""
    with np.errstate(invalid="ignore", divide="ignore"):
        lines = FORMULAS[kind](d)
        c, below, above = lines.centre, lines.sigma_below, lines.sigma_above
        limits = np.array([c - 3 * below, c + 3 * above, c - 2 * below, c + 2 * above])
    if kind == "mr":  # two thirds of the whole limit, not of the way from the centre
        limits[3] = D4 * c / 3 * 2
    if kind in FLOOR:
        limits[[0, 2]] = np.maximum(limits[[0, 2]], FLOOR[kind])
    if kind in CEILING:
        limits[[1, 3]] = np.minimum(limits[[1, 3]], CEILING[kind])
    centre = _all(c, lines.drawn) if isinstance(lines, _Drawn) else c
    if kind == "t":
        # below zero there is no time: the outer limit stops at 0, the inner one is not drawn (as the reference has it)
        limits[0] = np.maximum(limits[0], 0.0)
        limits[2, limits[2] < 0] = np.nan
        limits = limits**TRANSFORM
        return np.vstack([d.y, centre**TRANSFORM, limits])
    return np.vstack([lines.y, centre, limits])
