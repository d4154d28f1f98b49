"""Rules of control charts and run charts: which setting a chart uses, as named, dated data; the maths is in the engine."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from vkpp.basics.problems import UsageProblem

DEFAULT_CHART_RULES = "making-data-count"
DEFAULT_RUN_RULES = "anhoej"


@dataclass(frozen=True, slots=True)
class ChartRules:
    """One named setting of an XmR chart. `words` is printed on each chart that uses it."""

    id: str
    title: str
    limit_constant: float  # the limits lie at this many mean moving ranges from the mean
    near_share: tuple[int, int]  # the near limits lie at this share of the way (2 of 3)
    range_screen: float | None  # moving ranges at or above this many mean ranges are left out; None = kept
    shift_points: int  # so many consecutive points on one side of the mean
    trend_points: int  # so many consecutive points, each higher (or lower) than the one before
    near_points: tuple[int, int]  # so many of so many consecutive points between near limit and limit
    trial_below: int  # limits from fewer points are called trial limits
    source: str
    confidence: str = ""
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def near_constant(self) -> float:
        part, whole = self.near_share
        return part * (self.limit_constant / whole)

    @property
    def words(self) -> str:
        some, of = self.near_points
        part, whole = self.near_share
        screening = (
            "every moving range counts"
            if self.range_screen is None
            else f"moving ranges of {self.range_screen:g} times their mean or more are left out"
        )
        return (
            f"{self.title}: limits are the mean plus and minus {self.limit_constant:.4g} times the mean moving range; "
            f"{screening}; shift is {self.shift_points} points on one side of the mean; "
            f"trend is {self.trend_points} points each higher, or each lower, than the one before; "
            f"near the limit is {some} of {of} points beyond {part}/{whole} of the way to the limit on one side; "
            f"trial limits under {self.trial_below} points."
        )


@dataclass(frozen=True, slots=True)
class RunRules:
    """One named setting of a run chart: unusually long runs, unusually few crossings."""

    id: str
    title: str
    longest_run_added: int
    crossings_quantile: float
    source: str
    confidence: str = ""
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def words(self) -> str:
        return (
            f"{self.title}: a run longer than log2 of the useful points, rounded, plus {self.longest_run_added}; or fewer "
            f"crossings than the {self.crossings_quantile:.0%} quantile expected by chance."
        )


def chart_rules(name: str = DEFAULT_CHART_RULES) -> ChartRules:
    """The named setting of XmR charts; UsageProblem lists the known names."""
    entry = _named("control_charts", name)
    for pair in ("near_share", "near_points"):
        entry[pair] = (int(entry[pair][0]), int(entry[pair][1]))
    return ChartRules(**entry)


def run_rules(name: str = DEFAULT_RUN_RULES) -> RunRules:
    """The named setting of run charts; UsageProblem lists the known names."""
    return RunRules(**_named("run_charts", name))


def chart_rule_names() -> tuple[str, ...]:
    return tuple(entry["id"] for entry in _seed()["control_charts"])


def _named(section: str, name: str) -> dict[str, Any]:
    entries = {entry["id"]: entry for entry in _seed()[section]}
    if name not in entries:
        raise UsageProblem(
            f"No rule setting is called {name!r}.",
            where="control_chart_rules.yaml",
            expected=f"one of {', '.join(entries)}",
            next_step="name one of these, or add a dated setting with its source",
        )
    known = {f.name for f in fields(ChartRules)} | {f.name for f in fields(RunRules)}
    if unknown := sorted(set(entries[name]) - known):
        raise ValueError(f"control_chart_rules.yaml, {name}: {', '.join(unknown)} not known")
    return dict(entries[name])


@cache
def _seed() -> dict[str, Any]:
    text = files("vkpp.catalogue").joinpath("data/control_chart_rules.yaml").read_text(encoding="utf-8")
    seed: dict[str, Any] = yaml.safe_load(text)
    return seed
