"""Shewhart charts of counts, proportions, rates and measurements: centre, limits at two and three sigma, runs.

Formulas (base = points of the baseline that are not excluded; limits at centre +/- 3 sigma, and at 2):
  i    centre mean(y), sigma = mean |y_i - y_(i-1)| / 1.128, ranges of 3.267 times their mean or more left out
  mr   centre mean moving range, upper limit 3.267 times it
  c    centre mean(y), sigma = sqrt(centre)
  u    centre sum(y)/sum(n), sigma_i = sqrt(centre / n_i)
  p    centre sum(y)/sum(n), sigma_i = sqrt(centre (1 - centre) / n_i), limits kept within 0 and 1
  u', p'  the same sigma times sigma_z, the screened mean moving range of the z-scores / 1.128 (Laney 2002): for
       denominators so large that chance alone is too narrow
  xbar, s  means and standard deviations of subgroups, with c4, A3, B3, B4
Sources: Montgomery, Introduction to Statistical Quality Control, chapters 6 and 7; Laney (2002), Quality Engineering 14(4);
Nelson (1982) for the screening; checked against qicharts2 0.8.1. Lower limits of counts and rates stop at 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from vkpp.basics.problems import UsageProblem
from vkpp.catalogue.control_chart_rules import RunRules, run_rules
from vkpp.engine.statistics.columns import numbers
from vkpp.engine.statistics.control_charts.runs import Runs, runs_analysis
from vkpp.engine.statistics.control_charts.verdicts import DOES_NOT_SAY, plain, points_in_words

Kind = Literal["run", "i", "mr", "c", "u", "p", "up", "pp", "t", "g", "xbar", "s"]
Floats = NDArray[np.float64]

D2 = 1.128  # mean range of two standard normal values (Montgomery, appendix VI)
D4 = 3.267  # upper limit of a moving range of two, in mean ranges
TRANSFORM = 3.6  # Nelson (1994): time between events to the power 1/3.6 is near normal
TRIAL_BELOW = 12  # as in the rule settings of the XmR chart


@dataclass(frozen=True, slots=True)
class PartSummary:
    """One part of a chart: mean of each line over its points, its runs, and how many points lie outside the limits."""

    part: int  # from 1
    centre: float
    lower: float
    upper: float
    lower_95: float
    upper_95: float
    baseline_points: int
    runs: Runs
    outside: int


@dataclass(frozen=True, slots=True, eq=False)
class ShewhartChart:
    """A chart in arrays of one value a point. `outside` marks points beyond the three-sigma limits."""

    kind: Kind
    values: Floats
    centre: Floats
    lower: Floats
    upper: Floats
    lower_95: Floats
    upper_95: Floats
    part: NDArray[np.int64]  # from 1
    baseline: NDArray[np.bool_]
    included: NDArray[np.bool_]
    outside: NDArray[np.bool_]
    parts: tuple[PartSummary, ...]
    trial: bool  # the last part's limits stand on fewer than 12 points
    run_rules: RunRules
    sentence: str

    @property
    def rule_words(self) -> str:
        """The named settings, to be printed on the chart."""
        outer = "" if self.kind == "run" else f"{NAMES[self.kind]}: a point outside three sigma is a signal. "
        return outer + ("" if self.kind == "mr" else self.run_rules.words)


@dataclass(frozen=True, slots=True)
class _Part:
    """What a formula needs of one part: subgroup totals, sizes and spreads, and which points make the baseline."""

    y: Floats
    total: Floats
    n: Floats
    size: Floats
    sd: Floats
    base: NDArray[np.bool_]
    screen: bool


@dataclass(frozen=True, slots=True)
class _Lines:
    y: Floats
    centre: Floats
    sigma_below: Floats  # one sigma, below and above; they differ in the charts of spread alone
    sigma_above: Floats


NAMES: Mapping[Kind, str] = {
    "run": "run chart",
    "i": "individuals chart",
    "mr": "moving range chart",
    "c": "c chart of counts",
    "u": "u chart of rates",
    "p": "p chart of proportions",
    "up": "u' chart (Laney) of rates",
    "pp": "p' chart (Laney) of proportions",
    "t": "t chart of the time between events",
    "g": "g chart of the cases between events",
    "xbar": "chart of subgroup means",
    "s": "chart of subgroup standard deviations",
}


def shewhart(
    kind: Kind,
    y: Any,
    n: Any = None,
    *,
    subgroups: Sequence[Any] | None = None,
    multiply: float = 1.0,
    freeze: int | None = None,
    parts: Sequence[int] = (),
    exclude: Sequence[int] = (),
    screen: bool = True,
    title: str = "This measure",
    rules: str | RunRules = "anhoej",
) -> ShewhartChart:
    """The chart of one series in time order; the named functions below call it.

    y: counts or measurements. n: denominators (p, u and their primes need them). subgroups: labels by which rows are gathered
    (in order of first appearance). multiply: scale of what is printed (1,000 for a rate per 1,000). freeze: the baseline is the
    first so many points (not used where parts are given). parts: positions after which a person's decision starts new limits.
    exclude: positions, from 1, left out of limits and runs but still judged. screen: leave out very large moving ranges.
    Raises UsageProblem for a missing denominator or lengths that differ.
    """
    if kind in ("p", "pp", "u", "up") and n is None:
        raise UsageProblem(f"A {NAMES[kind]} without denominators.", expected="n, one number a point", next_step="give n")
    values, total, sizes, size, sd = _gathered(kind, y, n, subgroups)
    count = len(values)
    place = np.arange(1, count + 1)
    baseline = np.ones(count, dtype=np.bool_) if freeze is None or len(parts) else place <= freeze
    included = ~np.isin(place, np.asarray(list(exclude), dtype=np.int64))
    cuts = sorted({0, count, *(int(p) for p in parts if 0 < p < count)})
    lines = np.full((6, count), np.nan)
    for first, after in pairwise(cuts):
        s = slice(first, after)
        lines[:, s] = _lines(kind, _Part(values[s], total[s], sizes[s], size[s], sd[s], (baseline & included)[s], screen))
    lines[~np.isfinite(lines)] = np.nan
    setting = run_rules(rules) if isinstance(rules, str) else rules
    outside = (lines[0] > lines[3]) | (lines[0] < lines[2])
    summaries = tuple(
        _summary(
            kind,
            i,
            lines=lines[:, a:b],
            baseline=baseline[a:b],
            included=included[a:b],
            outside=outside[a:b],
            multiply=multiply,
            setting=setting,
        )
        for i, (a, b) in enumerate(pairwise(cuts), start=1)
    )
    part = np.searchsorted(np.asarray(cuts[1:]), place - 1, side="right") + 1
    trial = summaries[-1].baseline_points < TRIAL_BELOW
    scaled = lines * multiply
    sentence = _sentence(kind, title, scaled, summaries[-1], trial)
    values, centre, lower, upper, lower_95, upper_95 = scaled
    return ShewhartChart(
        kind=kind,
        values=values,
        centre=centre,
        lower=lower,
        upper=upper,
        lower_95=lower_95,
        upper_95=upper_95,
        part=part,
        baseline=baseline,
        included=included,
        outside=outside,
        parts=summaries,
        trial=trial,
        run_rules=setting,
        sentence=sentence,
    )


def _gathered(kind: Kind, y: Any, n: Any, subgroups: Sequence[Any] | None) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Value, total, denominator, size and standard deviation of each subgroup (each row, where none are named)."""
    counts = numbers(y, name="y")
    below = numbers(n, name="n") if n is not None else np.full(len(counts), np.nan)
    names = list(subgroups) if subgroups is not None else list(range(len(counts)))
    if not len(counts) or len(below) != len(counts) or len(names) != len(counts):
        raise UsageProblem(
            f"{len(counts)} values, {len(below)} denominators and {len(names)} subgroups.", expected="at least one, and as many"
        )
    rows: dict[Any, list[int]] = {}
    for row, name in enumerate(names):
        rows.setdefault(name, []).append(row)
    columns = np.array([_group(counts[r], below[r]) for r in rows.values()]).T
    total, denominators, size, sd, mean = columns
    with np.errstate(invalid="ignore", divide="ignore"):
        value = total / denominators if n is not None else mean
    return (total if kind == "c" else value), total, denominators, size, sd


def _group(y: Floats, n: Floats) -> tuple[float, float, float, float, float]:
    there = y[~np.isnan(y)]
    total = float(there.sum()) if there.size else np.nan
    spread = float(there.std(ddof=1)) if there.size > 1 else np.nan
    return total, float(np.nansum(n)), float(there.size), spread, float(there.mean()) if there.size else np.nan


def _mean(values: Floats) -> float:
    left = values[~np.isnan(values)]
    return float(left.mean()) if left.size else np.nan


def _total(values: Floats) -> float:
    return float(np.nansum(values))


def _sigma_of_ranges(values: Floats, screen: bool) -> float:
    """Mean moving range over 1.128, the very large ranges left out once (Nelson 1982)."""
    ranges = np.abs(np.diff(values))
    typical = _mean(ranges)
    return _mean(ranges[ranges < D4 * typical] if screen else ranges) / D2


def _run(d: _Part) -> _Lines:
    left = d.y[d.base & ~np.isnan(d.y)]
    return _even(d.y, float(np.median(left)) if left.size else np.nan, np.nan)


def _i(d: _Part) -> _Lines:
    return _even(d.y, _mean(d.y[d.base]), _sigma_of_ranges(d.y[d.base], d.screen))


def _mr(d: _Part) -> _Lines:
    ranges = np.concatenate(([np.nan], np.abs(np.diff(d.y))))
    centre = _mean(ranges[d.base])
    return _Lines(ranges, _all(d.y, centre), _all(d.y, np.inf), _all(d.y, (D4 - 1) * centre / 3))


def _c(d: _Part) -> _Lines:
    centre = _mean(d.y[d.base])
    return _even(d.y, centre, np.sqrt(centre))


def _pooled(d: _Part) -> float:
    below = _total(d.n[d.base])
    return _total(d.total[d.base]) / below if below else np.nan


def _u(d: _Part) -> _Lines:
    centre = _pooled(d)
    return _even(d.y, centre, np.sqrt(centre / d.n))


def _p(d: _Part) -> _Lines:
    centre = _pooled(d)
    return _even(d.y, centre, np.sqrt(centre * (1 - centre) / d.n))


def _laney(plain_chart: Callable[[_Part], _Lines]) -> Callable[[_Part], _Lines]:
    def prime(d: _Part) -> _Lines:
        lines = plain_chart(d)
        z = (d.y[d.base] - lines.centre[d.base]) / lines.sigma_above[d.base]
        return _even(d.y, float(lines.centre[0]), lines.sigma_above * _sigma_of_ranges(z, d.screen))

    return prime


def _g(d: _Part) -> _Lines:
    """Limits about the mean of a geometric distribution; the line drawn is the median, so that runs are fair."""
    mean = _mean(d.y[d.base])
    left = d.y[d.base & ~np.isnan(d.y)]
    return _even(d.y, mean, np.sqrt(mean * (mean + 1)), drawn=float(np.median(left)) if left.size else np.nan)


def _t(d: _Part) -> _Lines:
    if (d.y <= 0).any():
        raise UsageProblem(
            "A time between events of zero or less.",
            expected="times above zero",
            next_step="order the events, and measure the time in a smaller unit where two fall on one day",
        )
    return _i(_Part(d.y ** (1 / TRANSFORM), d.total, d.n, d.size, d.sd, d.base, d.screen))


def _pooled_sd(d: _Part) -> float:
    size, sd = d.size[d.base], d.sd[d.base]
    if len(np.unique(d.size)) == 1:
        return _mean(sd)
    return float(np.sqrt(np.nansum((size - 1) * sd**2) / np.nansum(size - 1)))


def _c4(size: Floats) -> Floats:
    """Mean of the sample standard deviation of so many normal values, in sigmas; NaN under two."""
    n = np.where(size > 1, size, np.nan)
    c4: Floats = np.sqrt(2 / (n - 1)) * np.exp(gammaln(n / 2) - gammaln((n - 1) / 2))
    return c4


def _xbar(d: _Part) -> _Lines:
    size = d.size[d.base]
    centre = _total(size * d.y[d.base]) / _total(size)
    return _even(d.y, centre, _pooled_sd(d) / (_c4(d.size) * np.sqrt(d.size)))


def _s(d: _Part) -> _Lines:
    c4 = _c4(d.size)
    return _even(d.sd, _pooled_sd(d), _pooled_sd(d) * np.sqrt(1 - c4**2) / c4)


def _all(like: Floats, value: float) -> Floats:
    return np.full(like.shape, value)


def _even(y: Floats, centre: float, sigma: Any, drawn: float | None = None) -> _Lines:
    each = np.broadcast_to(np.asarray(sigma, dtype=np.float64), y.shape)
    lines = _Lines(y, _all(y, centre), each, each)
    return lines if drawn is None else _Drawn(y, lines.centre, each, each, drawn)


@dataclass(frozen=True, slots=True)
class _Drawn(_Lines):
    """Lines whose drawn centre is another than the one that the limits are about."""

    drawn: float


FORMULAS: Mapping[Kind, Callable[[_Part], _Lines]] = {
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
FLOOR: Mapping[Kind, float] = dict.fromkeys(("mr", "c", "u", "p", "up", "pp", "g", "s"), 0.0)
CEILING: Mapping[Kind, float] = dict.fromkeys(("p", "pp"), 1.0)


def _lines(kind: Kind, d: _Part) -> Floats:
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
        limits = np.maximum(limits, 0.0) ** TRANSFORM
        return np.vstack([d.y, centre**TRANSFORM, limits])
    return np.vstack([lines.y, centre, limits])


def _summary(
    kind: Kind,
    number: int,
    *,
    lines: Floats,
    baseline: NDArray[np.bool_],
    included: NDArray[np.bool_],
    outside: NDArray[np.bool_],
    multiply: float,
    setting: RunRules,
) -> PartSummary:
    runs = runs_analysis(lines[0, included], lines[1, included], setting)
    if kind == "mr":  # neighbouring ranges share a point: runs of them mean nothing
        runs = Runs(
            runs.observed, runs.useful, runs.longest_run, runs.longest_run_max, runs.crossings, runs.crossings_min, False
        )
    centre, lower, upper, lower_95, upper_95 = (_mean(line) * multiply for line in lines[1:])
    used = int((baseline & included & ~np.isnan(lines[0])).sum())
    return PartSummary(number, centre, lower, upper, lower_95, upper_95, used, runs, int(outside.sum()))


def _sentence(kind: Kind, title: str, lines: Floats, part: PartSummary, trial: bool) -> str:
    signals = _signals(kind, part)
    latest = lines[0, -1]
    where = (
        f" The latest value is {plain(float(latest))}, the centre line {plain(part.centre)}." if not np.isnan(latest) else ""
    )
    said = f"signs of change: {'; '.join(signals)}" if signals else "no sign of change"
    limits = "trial limits" if kind != "run" else "a trial chart"
    caution = (
        f" These are {limits}, from {points_in_words(part.baseline_points)}; at least {TRIAL_BELOW} are wanted, "
        "so treat this as provisional."
        if trial
        else ""
    )
    return f"{title}: {said}.{where}{caution} {DOES_NOT_SAY}"


def _signals(kind: Kind, part: PartSummary) -> list[str]:
    signals = [f"{points_in_words(part.outside)} outside the limits"] if part.outside else []
    runs = part.runs
    if kind != "mr" and runs.signal and runs.longest_run is not None and runs.crossings is not None:
        if runs.longest_run > (runs.longest_run_max or 0):
            signals.append(f"{runs.longest_run} values in a row on one side, at most {runs.longest_run_max} are expected")
        if runs.crossings < (runs.crossings_min or 0):
            signals.append(f"the centre is crossed {_times(runs.crossings)}, at least {runs.crossings_min} are expected")
    return signals


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def p_chart(y: Any, n: Any, **settings: Any) -> ShewhartChart:
    """Proportion y of n, binomial limits. Formula and source: see the module; settings: those of `shewhart`."""
    return shewhart("p", y, n, **settings)


def p_prime_chart(y: Any, n: Any, **settings: Any) -> ShewhartChart:
    """Proportion y of n with Laney's over-dispersed limits. Formula and source: see the module; settings: of `shewhart`."""
    return shewhart("pp", y, n, **settings)


def u_chart(y: Any, n: Any, **settings: Any) -> ShewhartChart:
    """Rate y / n, Poisson limits. Formula and source: see the module; settings: those of `shewhart`."""
    return shewhart("u", y, n, **settings)


def u_prime_chart(y: Any, n: Any, **settings: Any) -> ShewhartChart:
    """Rate y / n with Laney's over-dispersed limits. Formula and source: see the module; settings: those of `shewhart`."""
    return shewhart("up", y, n, **settings)


def c_chart(y: Any, **settings: Any) -> ShewhartChart:
    """Counts of equal periods, Poisson limits. Formula and source: see the module; settings: those of `shewhart`."""
    return shewhart("c", y, **settings)


def i_chart(y: Any, n: Any = None, **settings: Any) -> ShewhartChart:
    """Single measurements, limits from their moving ranges. Formula and source: see the module; settings: of `shewhart`."""
    return shewhart("i", y, n, **settings)


def mr_chart(y: Any, n: Any = None, **settings: Any) -> ShewhartChart:
    """Moving ranges of single measurements. Formula and source: see the module; settings: those of `shewhart`."""
    return shewhart("mr", y, n, **settings)


def xbar_chart(y: Any, subgroups: Sequence[Any], **settings: Any) -> ShewhartChart:
    """Means of subgroups of measurements. Formula and source: see the module; settings: those of `shewhart`."""
    return shewhart("xbar", y, subgroups=subgroups, **settings)


def s_chart(y: Any, subgroups: Sequence[Any], **settings: Any) -> ShewhartChart:
    """Standard deviations of subgroups of measurements. Formula and source: see the module; settings: of `shewhart`."""
    return shewhart("s", y, subgroups=subgroups, **settings)


def worked_example() -> dict[str, Any]:
    """Invented answers within time, as p and p' charts, worked by the code; docs/methods prints it."""
    y = [912, 1031, 958, 1102, 987, 1011, 945, 1043, 998, 1020, 961, 1075]
    n = [1200, 1300, 1250, 1350, 1280, 1310, 1240, 1330, 1290, 1315, 1260, 1345]
    plain_chart, prime = p_chart(y, n, title="Answered in time (invented)"), p_prime_chart(y, n)
    return {
        "method": "p chart, and p' chart for large denominators",
        "inputs": {"y": y, "n": n},
        "call": "p_chart(y, n); p_prime_chart(y, n)",
        "result": {
            "centre": plain_chart.parts[0].centre,
            "p limits of the first point": [float(plain_chart.lower[0]), float(plain_chart.upper[0])],
            "p' limits of the first point": [float(prime.lower[0]), float(prime.upper[0])],
            "sentence": plain_chart.sentence,
            "rules": plain_chart.rule_words,
        },
        "source": "Montgomery, Introduction to Statistical Quality Control; Laney (2002), Quality Engineering 14(4)",
    }
