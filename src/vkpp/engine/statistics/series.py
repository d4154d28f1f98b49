"""A series of quarters as cells: its control limits, and what is still to be recorded of the latest ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vkpp.engine.shapes.cells import Cell
from vkpp.engine.shapes.measures import Measure
from vkpp.engine.statistics.control_charts import xmr
from vkpp.engine.statistics.delay import correct_for_delay

COMMON = "common_cause"
LIMITS = (
    ("mean", "Mean", "mean of the quarters"),
    ("lower", "Lower limit", "mean less 2.66 times the mean moving range"),
    ("upper", "Upper limit", "mean plus 2.66 times the mean moving range"),
)
DRAWS = 1000  # of the delay's intervals: enough for whole counts of thousands


@dataclass(frozen=True, slots=True)
class Charted:
    """A control chart of counts by period code. `standing_out` are codes on which a rule fired; `rules` names the setting."""

    cells: tuple[Cell, ...]
    standing_out: tuple[str, ...]
    trial: bool
    rules: str


def charted(counts: Mapping[str, int]) -> Charted:
    """Control limits (XmR) of a series, as cells of the measures in LIMITS; counts in the order of time."""
    codes = list(counts)
    if len(codes) < 2:  # a moving range needs two points
        missing = [Cell((code,), name, None, "too few periods") for code in codes for name, _, _ in LIMITS]
        return Charted(tuple(missing), (), True, "")
    chart = xmr([float(n) for n in counts.values()], codes)
    part = chart.parts[-1]
    values = {"mean": part.mean, "lower": part.lower, "upper": part.upper}
    cells = tuple(Cell((code,), name, float(values[name])) for code in codes for name, _, _ in LIMITS)
    return Charted(cells, tuple(p.label for p in chart.points if p.kind != COMMON), chart.trial, chart.rule_words)


def limit_measures(source: str) -> tuple[Measure, ...]:
    return tuple(Measure(name, title, "index", 0, 1.0, ("crimes",), words, source) for name, title, words in LIMITS)


def corrected(origins: Sequence[str], late: Mapping[tuple[str, int], int], longest: int) -> tuple[Cell, ...]:
    """What was recorded of each quarter's crimes so far, and what is expected once `longest` quarters have gone by.

    `late` counts by quarter of the offence and by quarters until it was recorded. A quarter and delay that lie after the last
    quarter are not known yet. Measures: recorded, expected, low, high (90% interval), complete (percent).
    """
    table = np.full((len(origins), longest + 1), np.nan)
    for row, origin in enumerate(origins):
        for delay in range(min(longest, len(origins) - 1 - row) + 1):
            table[row, delay] = late.get((origin, delay), 0)
    found = correct_for_delay(table, list(origins), draws=DRAWS)
    cells: list[Cell] = []
    for period in found.periods:
        values = {
            "recorded": int(period.recorded),
            "expected": float(period.estimate),
            "low": float(period.lower),
            "high": float(period.upper),
            "complete": 100 * float(period.completeness),
        }
        cells += [Cell((str(period.label),), name, value) for name, value in values.items()]
    return tuple(cells)


def delay_measures(source: str) -> tuple[Measure, ...]:
    of = ("recorded",)
    within = "within four quarters of the quarter in which the offence ended"
    return (
        Measure("recorded", "Recorded so far", "count", 0, 1.0, (), f"crimes recorded so far, {within}", source),
        Measure("expected", "Expected in the end", "index", 0, 1.0, of, f"crimes expected to be recorded {within}", source),
        Measure("low", "90% lower limit", "index", 0, 1.0, of, "lower end of the 90% interval", source),
        Measure("high", "90% upper limit", "index", 0, 1.0, of, "upper end of the 90% interval", source),
        Measure("complete", "Recorded by now", "share", 0, 100, of, "share expected to be recorded by now", source),
    )
