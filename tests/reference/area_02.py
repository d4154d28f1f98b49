"""Reference cases of area 02: XmR charts, their four rules, Shewhart charts and run charts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from vkpp.engine.statistics.control_charts import StepChange, rules, xmr
from vkpp.engine.statistics.control_charts.shewhart import ShewhartChart, shewhart

from .case import Case, NotReached, assert_columns, number, numbers_of, same

# The reference names the rules with their numbers of points; ours come from the named setting.
CAUSES = {
    "Trend (Increasing)": "7 Point Trend (Increasing)",
    "Trend (Decreasing)": "7 Point Trend (Decreasing)",
    "Near Limit Above CL": "2 in 3 Above CL",
    "Near Limit Below CL": "2 in 3 Below CL",
    "Shift Above CL": "7 Points Above CL",
    "Shift Below CL": "7 Points Below CL",
}
KINDS = {"p' (Laney)": "pp", "u' (Laney)": "up"}


def check(case: Case) -> None:
    if "improvement_direction" in case.params:
        _xmr(case)
    elif case.has("input.json"):
        _rules(case)
    elif "chart" in case.params:
        _shewhart(case)
    else:
        raise NotReached(f"{case}: neither XmR, rules nor a chart")


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _xmr(case: Case) -> None:
    rows = case.read_csv("input.csv")
    label, measure = list(rows[0])[:2]
    p = case.params
    chart = xmr(
        numbers_of(rows, measure),
        [row[label] for row in rows],
        direction=p["improvement_direction"],
        target=p.get("target"),
        baseline_points=p.get("fix_after_n_points"),
        steps=[StepChange(on, "reference case", "the case", date(2024, 1, 1)) for on in _listed(p.get("rebase"))],
        screen=p.get("screen_outliers", True),
    )
    points = {
        "y": [q.value for q in chart.points],
        "rebase_group": [q.part for q in chart.points],
        "mean_col": [q.mean for q in chart.points],
        "lpl": [q.lower for q in chart.points],
        "upl": [q.upper for q in chart.points],
        "outside_limits": ["" if q.outside is None else q.outside for q in chart.points],
        "close_to_limits": ["" if q.near is None else q.near for q in chart.points],
        "relative_to_mean": [q.side for q in chart.points],
        "special_cause_type": [CAUSES.get(q.cause, q.cause) for q in chart.points],
        "point_type": [q.kind for q in chart.points],
    }
    expected = case.read_csv("expected_points.csv")
    assert_columns(case, points, expected, [name for name in points if name in expected[0]])
    kinds = ("common_cause", "special_cause_improvement", "special_cause_concern")
    summary: dict[str, Sequence[Any]] = {
        "mean_col": [q.mean for q in chart.parts],
        "lpl": [q.lower for q in chart.parts],
        "upl": [q.upper for q in chart.parts],
        "n": [q.points for q in chart.parts],
        "variation_type": [q.variation for q in chart.parts],
        "assurance_type": [chart.assurance] * len(chart.parts),
    } | {kind: [q.kinds.get(kind, 0) for q in chart.parts] for kind in kinds}
    expected = case.read_csv("expected_summary.csv")
    assert_columns(case, summary, expected, [name for name in summary if name in expected[0]])


def _rules(case: Case) -> None:
    for ask, answer in zip(case.read_json("input.json"), case.read_json("expected.json"), strict=True):
        given = np.asarray(ask["v"], dtype=float)
        beside = None if ask["relative_to_mean"] is None else np.asarray(ask["relative_to_mean"], dtype=np.int8)
        found = {
            "seven_one_side": lambda v=given: rules.shift_ends(v.astype(np.int8), 7),
            "part_of_seven": lambda v=given: rules.spread_back(v != 0, 7),
            "seven_trend": lambda v=given: rules.trend_ends(v, 7),
            "two_in_three": lambda v=given, side=beside: rules.in_near_window(v != 0, side, 2, 3),
        }[ask["rule"]]()
        assert [int(value) for value in found] == answer, f"{case}: {ask} gives {found.tolist()}, expected {answer}"


def _columns(rows: Sequence[Mapping[str, str]], expected: Sequence[Mapping[str, str]]) -> tuple[str, str | None]:
    """Which input columns are numerator and denominator: those whose sums by subgroup the reference prints as y.sum and n."""
    label, *others = list(rows[0])

    def sums_to(name: str, printed: str) -> bool:
        sums: dict[str, float] = {}
        for row in rows:
            value = number(row[name]) if _is_number(row[name]) else math.nan
            sums[row[label]] = sums.get(row[label], 0.0) + (0.0 if math.isnan(value) else value)
        return all(same(sums.get(row["x"]), row[printed] or 0, rtol=1e-9) for row in expected)

    top = next((name for name in others if sums_to(name, "y.sum")), others[0])
    return top, next((name for name in others if name != top and sums_to(name, "n")), None)


def _is_number(text: str) -> bool:
    try:
        number(text)
    except ValueError:
        return False
    return True


def chart_of(case: Case) -> ShewhartChart:
    p, expected = case.params, case.read_csv("expected_points.csv")
    order = {row["x"]: i for i, row in enumerate(expected)}
    rows = case.read_csv("input.csv")
    label = next(iter(rows[0]))
    rows.sort(key=lambda row: order.get(row[label], len(order)))
    kind = KINDS.get(p["chart"], p["chart"])
    top, below = _columns(rows, expected)
    return shewhart(
        kind,
        numbers_of(rows, top),
        numbers_of(rows, below) if below and kind in ("p", "pp", "u", "up") else None,
        subgroups=[row[label] for row in rows],
        multiply=p.get("multiply", 1),
        freeze=p.get("freeze"),
        parts=_listed(p.get("part")),
        exclude=_listed(p.get("exclude")),
    )


def _shewhart(case: Case) -> None:
    chart = chart_of(case)
    runs = [chart.parts[i - 1].runs for i in chart.part]
    points = {
        "y": chart.values,
        "cl": chart.centre,
        "lcl": chart.lower,
        "ucl": chart.upper,
        "lcl.95": chart.lower_95,
        "ucl.95": chart.upper_95,
        "part": chart.part,
        "baseline": chart.baseline,
        "include": chart.included,
        "sigma.signal": chart.outside,
        "runs.signal": [r.signal for r in runs],
    } | _run_columns(runs)
    expected = case.read_csv("expected_points.csv")
    assert_columns(case, points, expected, [name for name in points if name in expected[0]])
    parts = chart.parts
    summary = {
        "part": [s.part for s in parts],
        "aLCL": [s.lower for s in parts],
        "aLCL.95": [s.lower_95 for s in parts],
        "CL": [s.centre for s in parts],
        "aUCL": [s.upper for s in parts],
        "aUCL.95": [s.upper_95 for s in parts],
        "sigma.signal": [s.outside for s in parts],
        "runs.signal": [int(s.runs.signal) for s in parts],
    } | _run_columns([s.runs for s in parts])
    expected = case.read_csv("expected_summary.csv")
    assert_columns(case, summary, expected, [name for name in summary if name in expected[0]])


def _run_columns(runs: Sequence[Any]) -> dict[str, Sequence[Any]]:
    return {
        "n.obs": [r.observed for r in runs],
        "n.useful": [r.useful for r in runs],
        "longest.run": [number(r.longest_run) for r in runs],
        "longest.run.max": [number(r.longest_run_max) for r in runs],
        "n.crossings": [number(r.crossings) for r in runs],
        "n.crossings.min": [number(r.crossings_min) for r in runs],
    }
