"""Run charts: values about their median, with the Anhoej rules and no limits; for short or odd series.

Centre: the median of the baseline points. Signal: an unusually long run on one side of it, or unusually few crossings.
Source: Anhoej and Olesen (2014), PLoS ONE 9(11) e113825; the rule setting is in the catalogue, by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vkpp.engine.statistics.control_charts.runs import Runs, runs_analysis
from vkpp.engine.statistics.control_charts.shewhart import ShewhartChart, shewhart

__all__ = ["Runs", "run_chart", "runs_analysis", "worked_example"]


def run_chart(
    y: Any,
    n: Any = None,
    *,
    multiply: float = 1.0,
    freeze: int | None = None,
    parts: Sequence[int] = (),
    exclude: Sequence[int] = (),
    title: str = "This measure",
) -> ShewhartChart:
    """A run chart of y, or of y / n x multiply, in time order; arguments as for the other charts (shewhart)."""
    return shewhart("run", y, n, multiply=multiply, freeze=freeze, parts=parts, exclude=exclude, title=title)


def worked_example() -> dict[str, Any]:
    """Invented quarterly counts that settle lower, worked by the code; docs/methods prints it."""
    values = [21, 24, 22, 26, 23, 25, 22, 24, 15, 14, 16, 13, 15, 14, 12, 15]
    chart = run_chart(values, title="Referrals a quarter (invented)")
    part = chart.parts[0]
    return {
        "method": "Run chart with the Anhoej rules",
        "inputs": {"values": values},
        "call": "run_chart(values)",
        "result": {
            "median": part.centre,
            "useful points": part.runs.useful,
            "longest run": part.runs.longest_run,
            "longest run expected at most": part.runs.longest_run_max,
            "crossings": part.runs.crossings,
            "crossings expected at least": part.runs.crossings_min,
            "signal": part.runs.signal,
            "sentence": chart.sentence,
            "rules": chart.rule_words,
        },
        "source": chart.run_rules.source,
    }
