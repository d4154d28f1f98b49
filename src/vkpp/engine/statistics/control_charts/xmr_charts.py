"""XmR charts after Making Data Count: limits, four rules, variation and assurance; one series, or thousands at once.

Per part of a series (between step changes): mean m of the baseline points; moving ranges |x_i - x_(i-1)|; ranges of 3.267
times their mean or more are left out once (Nelson 1982); limits m +/- 2.66 times the mean of the ranges that are left.
Source: NHS England, Making Data Count; NHSRplotthedots 0.2.2; Wheeler, Understanding Variation. The constants are those of
the named rule setting (catalogue/data/control_chart_rules.yaml), which each chart carries.
A step change is made by a person, with a date and a reason; nothing here looks for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, get_args

import numpy as np

from vkpp.basics.problems import UsageProblem
from vkpp.catalogue.control_chart_rules import ChartRules, chart_rules
from vkpp.engine.statistics.columns import numbers
from vkpp.engine.statistics.control_charts import rules as special
from vkpp.engine.statistics.control_charts.verdicts import verdict_sentence
from vkpp.engine.statistics.control_charts.xmr_shapes import (
    CAUSES,
    NEAR,
    OUTSIDE,
    SHIFT,
    TREND,
    Codes,
    Direction,
    Floats,
    StepChange,
    XmRBatch,
    XmRChart,
    XmRPart,
    XmRPoint,
    point_type,
)


def xmr(
    values: Any,
    labels: Sequence[Any] | None = None,
    *,
    direction: Direction = "neutral",
    target: float | None = None,
    baseline_points: int | None = None,
    steps: Sequence[StepChange] = (),
    rules: str | ChartRules = "making-data-count",
    screen: bool = True,
    title: str = "This measure",
) -> XmRChart:
    """The XmR chart of one series in time order.

    values: numbers (list, NumPy, Arrow, polars, pandas); missing values stay as gaps. labels: dates or period codes, as many
    (positions from 1 otherwise). direction: which way improvement lies. baseline_points: limits from the first so many points
    of each part (None: all). steps: step changes, each with a person's dated reason. screen: False keeps every moving range.
    Formula and source: see the module. Raises UsageProblem when a step names no point or two name the same one.
    """
    series = numbers(values, name="values")
    names = tuple(labels) if labels is not None else tuple(range(1, len(series) + 1))
    if len(names) != len(series) or not len(series):
        raise UsageProblem(
            f"{len(series)} values and {len(names)} labels.", expected="at least one value, and one label for each"
        )
    starts = _starts(names, steps)
    batch = xmr_batch(
        series[np.newaxis, :],
        direction=direction,
        target=target,
        baseline_points=baseline_points,
        starts=[starts[1:]],
        rules=rules,
        screen=screen,
    )
    points = tuple(_points(batch, series, names, direction))
    parts = _parts(batch, points, starts, {s.on: s for s in steps}, baseline_points)
    sentence = verdict_sentence(
        title=title,
        label=names[-1],
        value=points[-1].value,
        limits=(points[-1].lower, points[-1].upper),
        cause=int(batch.cause[0, -1]),
        kind=batch.variation[0],
        direction=direction,
        target=target,
        assurance=batch.assurance[0],
        trial_points=parts[-1].baseline_points if parts[-1].trial else None,
        step=f"{steps_by_place[-1].on}: {steps_by_place[-1].reason}" if (steps_by_place := _ordered(names, steps)) else None,
        rules=batch.rules,
    )
    return XmRChart(
        title,
        points,
        parts,
        direction,
        target,
        batch.variation[0],
        batch.assurance[0],
        parts[-1].trial,
        batch.rules,
        sentence,
    )


def xmr_batch(
    values: Any,
    *,
    direction: Direction | Sequence[Direction] = "neutral",
    target: float | Sequence[float | None] | None = None,
    baseline_points: int | None = None,
    starts: Sequence[Sequence[int]] | None = None,
    rules: str | ChartRules = "making-data-count",
    screen: bool = True,
) -> XmRBatch:
    """XmR charts of many series of equal length, worked out together: 22,000 series of 60 months take about half a second.

    values: 2-D array (series, points), NaN where missing. direction and target: one for all, or one a series. starts: for each
    series the positions (from 0) at which a person's step change begins a new part. Formula and source: see the module.
    """
    table = np.ascontiguousarray(values, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] == 0:
        raise UsageProblem(f"An array of shape {table.shape}.", expected="series by points, with at least one point")
    setting = chart_rules(rules) if isinstance(rules, str) else rules
    work = _Work(table, setting, baseline_points, screen)
    for rows, cuts in _same_parts(starts, len(table)):
        for number, (first, after) in enumerate(pairwise((0, *cuts, table.shape[1]))):
            work.fill(rows, number, first, after)
    directions = (direction,) * len(table) if isinstance(direction, str) else tuple(direction)
    targets = tuple(target) if isinstance(target, Sequence) else (target,) * len(table)
    _check_directions(directions, targets, len(table))
    last = work.cause[:, -1].tolist()
    return XmRBatch(
        work.mean,
        work.lower,
        work.upper,
        work.side,
        work.outside,
        work.near,
        work.cause,
        work.part,
        work.trial,
        tuple(point_type(code, way) for code, way in zip(last, directions, strict=True)),
        tuple(map(assurance_of, targets, directions, work.lower[:, -1].tolist(), work.upper[:, -1].tolist())),
        setting,
    )


def assurance_of(target: float | None, direction: Direction, lower: float, upper: float) -> str | None:
    """Whether the target can be expected to be met: outside the limits on the good side, on the bad side, or between.

    None where there is no target, no improvement direction, or no limits: a constant series says nothing about chance.
    """
    if target is None or np.isnan(target) or direction == "neutral" or np.isnan(lower) or np.isnan(upper):
        return None
    if target > upper:
        return "consistent_fail" if direction == "increase" else "consistent_pass"
    if target < lower:
        return "consistent_pass" if direction == "increase" else "consistent_fail"
    return "inconsistent"


class _Work:
    """The arrays of a batch while its parts are filled in."""

    def __init__(self, table: Floats, setting: ChartRules, baseline_points: int | None, screen: bool) -> None:
        self.table, self.setting, self.baseline, self.screen = table, setting, baseline_points, screen
        self.mean, self.lower, self.upper = (np.full(table.shape, np.nan) for _ in range(3))
        self.side, self.cause = (np.zeros(table.shape, dtype=np.int8) for _ in range(2))
        self.outside, self.near = (np.zeros(table.shape, dtype=np.bool_) for _ in range(2))
        self.part = np.zeros(table.shape, dtype=np.int32)
        self.trial = np.zeros(len(table), dtype=np.bool_)

    def fill(self, rows: Any, number: int, first: int, after: int) -> None:
        """Limits and causes of part `number`, the points from `first` up to `after`, of these rows."""
        values = self.table[rows, first:after]
        base = values[:, : self.baseline]
        mean, spread = _limits(base, self.setting, self.screen)
        lower, upper = mean - self.setting.limit_constant * spread, mean + self.setting.limit_constant * spread
        low, high = mean - self.setting.near_constant * spread, mean + self.setting.near_constant * spread
        side = special.sides(values, mean)
        outside = (values > upper) | (values < lower)
        near = ~outside & ((values < low) | (values > high))
        block = (rows, slice(first, after))
        self.mean[block], self.lower[block], self.upper[block] = mean, lower, upper
        self.side[block], self.outside[block], self.near[block] = side, outside, near
        self.cause[block] = _causes(values, side, outside, near, self.setting)
        self.part[block] = number
        self.trial[rows] = np.isfinite(base).sum(axis=1) < self.setting.trial_below


def _limits(base: Floats, setting: ChartRules, screen: bool) -> tuple[Floats, Floats]:
    """Mean and mean screened moving range of each row, as columns."""
    ranges = np.abs(np.diff(base, axis=1))
    spread = row_means(ranges)
    if screen and setting.range_screen is not None:
        # strictly below: where all ranges are zero none is left, and the part has no limits, as in the reference
        ranges[~(ranges < setting.range_screen * spread)] = np.nan
        spread = row_means(ranges)
    return row_means(base), spread


def row_means(table: Floats) -> Floats:
    """Mean of each row without its missing values, as a column; NaN where none is left.

    Two passes, so that the mean of equal values is exactly that value: a point on the mean must not count as above it.
    """
    there = np.isfinite(table)
    count = there.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        first = np.where(there, table, 0.0).sum(axis=1, keepdims=True) / count
        rest = np.where(there, table - first, 0.0).sum(axis=1, keepdims=True) / count
    means: Floats = first + rest
    return means


def _causes(values: Floats, side: Codes, outside: Any, near: Any, setting: ChartRules) -> Codes:
    """The code of each point's special cause; where several rules fire, outside > trend > near > shift."""
    trend = special.trends(values, setting.trend_points)
    near_signal = special.near_signals(near, side, *setting.near_points)
    shift = special.shifts(side, setting.shift_points)
    codes: Codes = np.select(
        [outside, trend != 0, near_signal, shift],
        [OUTSIDE * side, TREND * trend, NEAR * side, SHIFT * side],
        default=0,
    ).astype(np.int8)
    return codes


def _same_parts(starts: Sequence[Sequence[int]] | None, series: int) -> Iterator[tuple[Any, tuple[int, ...]]]:
    """Rows that are cut at the same places, with those places."""
    if starts is None:
        yield slice(None), ()
        return
    if len(starts) != series:
        raise UsageProblem(f"Step changes for {len(starts)} series, values for {series}.", expected="as many")
    rows: dict[tuple[int, ...], list[int]] = {}
    for row, cuts in enumerate(starts):
        rows.setdefault(tuple(sorted({int(cut) for cut in cuts if cut > 0})), []).append(row)
    for cuts, members in rows.items():
        yield (slice(None) if len(rows) == 1 else np.array(members)), cuts


def _check_directions(directions: Sequence[str], targets: Sequence[Any], series: int) -> None:
    if len(directions) != series or len(targets) != series:
        raise UsageProblem(f"{len(directions)} directions and {len(targets)} targets for {series} series.", expected="as many")
    if unknown := sorted(set(directions) - set(get_args(Direction))):
        raise UsageProblem(f"Improvement direction {unknown[0]!r}.", expected="increase, decrease or neutral")


def _ordered(names: Sequence[Any], steps: Sequence[StepChange]) -> list[StepChange]:
    return sorted(steps, key=lambda step: names.index(step.on))


def _starts(names: tuple[Any, ...], steps: Sequence[StepChange]) -> list[int]:
    """Positions at which parts begin, 0 first."""
    for step in steps:
        if step.on not in names:
            raise UsageProblem(
                f"The step change at {step.on} is at no point of the series.",
                expected=f"one of its points, {names[0]} to {names[-1]}",
                next_step="name the first point of the new part",
            )
    if len({step.on for step in steps}) != len(steps):
        raise UsageProblem("Two step changes at the same point.", expected="one decision a point", next_step="keep one")
    return sorted({0, *(names.index(step.on) for step in steps)})


def _points(batch: XmRBatch, series: Floats, names: Sequence[Any], direction: Direction) -> Iterator[XmRPoint]:
    for i, label in enumerate(names):
        limits = not np.isnan(batch.lower[0, i]) and not np.isnan(series[i])
        code = int(batch.cause[0, i])
        yield XmRPoint(
            label=label,
            value=None if np.isnan(series[i]) else float(series[i]),
            part=int(batch.part[0, i]),
            mean=float(batch.mean[0, i]),
            lower=float(batch.lower[0, i]),
            upper=float(batch.upper[0, i]),
            side=int(batch.side[0, i]),
            outside=bool(batch.outside[0, i]) if limits else None,
            near=bool(batch.near[0, i]) if limits else None,
            cause=CAUSES[code],
            kind=point_type(code, direction),
        )


def _parts(
    batch: XmRBatch, points: Sequence[XmRPoint], starts: Sequence[int], steps: Mapping[Any, StepChange], baseline: int | None
) -> tuple[XmRPart, ...]:
    parts = []
    for first, after in pairwise((*starts, len(points))):
        these = points[first:after]
        used = sum(point.value is not None for point in these[:baseline])
        kinds = [point.kind for point in these]
        parts.append(
            XmRPart(
                first=these[0].label,
                last=these[-1].label,
                points=len(these),
                baseline_points=used,
                mean=these[0].mean,
                lower=these[0].lower,
                upper=these[0].upper,
                trial=used < batch.rules.trial_below,
                kinds={kind: kinds.count(kind) for kind in dict.fromkeys(kinds)},
                variation=kinds[-1],
                step=steps.get(these[0].label),
            )
        )
    return tuple(parts)


def worked_example() -> dict[str, Any]:
    """Invented monthly counts with a rise, worked by the code; docs/methods prints it."""
    values = [52, 48, 50, 55, 47, 51, 49, 53, 50, 46, 52, 54, 58, 61, 57, 60, 59, 62, 64, 60]
    chart = xmr(values, direction="decrease", target=45, title="Recorded offences a month (invented)")
    return {
        "method": "XmR chart with the four rules of Making Data Count",
        "inputs": {"values": values, "direction": "decrease", "target": 45},
        "call": "xmr(values, direction='decrease', target=45)",
        "result": {
            "mean": chart.parts[0].mean,
            "lower": chart.parts[0].lower,
            "upper": chart.parts[0].upper,
            "causes": [point.cause for point in chart.points],
            "variation": chart.variation,
            "assurance": chart.assurance,
            "sentence": chart.sentence,
            "rules": chart.rule_words,
        },
        "source": chart.rules.source,
    }
