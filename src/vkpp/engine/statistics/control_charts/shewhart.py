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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vkpp.basics.problems import UsageProblem
from vkpp.catalogue.control_chart_rules import RunRules, chart_rules, run_rules
from vkpp.engine.statistics.columns import numbers
from vkpp.engine.statistics.control_charts.formulas import D4, RANGES, Floats, Kind, Part, lines_of, mean_of
from vkpp.engine.statistics.control_charts.runs import Runs, runs_analysis
from vkpp.engine.statistics.control_charts.verdicts import DOES_NOT_SAY, plain, points_in_words


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
    trial: bool  # the last part's limits stand on fewer points than the chart rules ask for
    screened: bool  # very large moving ranges were left out of the limits
    run_rules: RunRules
    sentence: str

    @property
    def rule_words(self) -> str:
        """The named settings, to be printed on the chart."""
        outer = "" if self.kind == "run" else f"{NAMES[self.kind]}: a point outside three sigma is a signal. "
        if self.screened:
            outer += f"Moving ranges of {D4:g} times their mean or more are left out of the limits. "
        return outer + ("" if self.kind == "mr" else self.run_rules.words)


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
        lines[:, s] = lines_of(kind, Part(values[s], total[s], sizes[s], size[s], sd[s], (baseline & included)[s], screen))
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
    trial_below = chart_rules().trial_below
    trial = summaries[-1].baseline_points < trial_below
    scaled = lines * multiply
    sentence = _sentence(kind, title, scaled, summaries[-1], trial_below if trial else None)
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
        screened=screen and kind in RANGES,
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
    centre, lower, upper, lower_95, upper_95 = (mean_of(line) * multiply for line in lines[1:])
    used = int((baseline & included & ~np.isnan(lines[0])).sum())
    return PartSummary(number, centre, lower, upper, lower_95, upper_95, used, runs, int(outside.sum()))


def _sentence(kind: Kind, title: str, lines: Floats, part: PartSummary, trial_below: int | None) -> str:
    signals = _signals(kind, part)
    latest = lines[0, -1]
    where = (
        f" The latest value is {plain(float(latest))}, the centre line {plain(part.centre)}." if not np.isnan(latest) else ""
    )
    said = f"signs of change: {'; '.join(signals)}" if signals else "no sign of change"
    limits = "trial limits" if kind != "run" else "a trial chart"
    caution = (
        f" These are {limits}, from {points_in_words(part.baseline_points)}; at least {trial_below} are wanted, "
        "so treat this as provisional."
        if trial_below is not None
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
