"""What an XmR chart is: points, parts, step changes, and the codes of the rules that fired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vkpp.basics.problems import UsageProblem
from vkpp.catalogue.control_chart_rules import ChartRules

Direction = Literal["increase", "decrease", "neutral"]
Floats = NDArray[np.float64]
Codes = NDArray[np.int8]

# Code of a point's special cause; the sign says which way. 0 is common cause. Outside the limits comes first, shift last.
OUTSIDE, TREND, NEAR, SHIFT = 1, 2, 3, 4
CAUSES: Mapping[int, str] = {
    0: "Common Cause",
    OUTSIDE: "Above UCL",
    -OUTSIDE: "Below LCL",
    TREND: "Trend (Increasing)",
    -TREND: "Trend (Decreasing)",
    NEAR: "Near Limit Above CL",
    -NEAR: "Near Limit Below CL",
    SHIFT: "Shift Above CL",
    -SHIFT: "Shift Below CL",
}
POINT_TYPES: Mapping[tuple[str, int], str] = {
    ("increase", 1): "special_cause_improvement",
    ("increase", -1): "special_cause_concern",
    ("decrease", 1): "special_cause_concern",
    ("decrease", -1): "special_cause_improvement",
    ("neutral", 1): "special_cause_neutral_high",
    ("neutral", -1): "special_cause_neutral_low",
}


@dataclass(frozen=True, slots=True)
class StepChange:
    """A person's decision that the process changed: from the point `on`, new limits. Never made by a program."""

    on: Any  # the label of the first point of the new part: a date, or the period's code
    reason: str
    by: str  # who decided
    decided: date

    def __post_init__(self) -> None:
        if not self.reason.strip() or not self.by.strip() or not isinstance(self.decided, date):
            raise UsageProblem(
                f"The step change at {self.on} has no reason, no person or no date.",
                expected="why the process changed, who decided, and on which day",
                next_step="give all three, or draw the chart without the step change",
            )


@dataclass(frozen=True, slots=True)
class XmRPoint:
    """One point. `cause` names the rule that fired first in order; `kind` reads it by the improvement direction."""

    label: Any
    value: float | None
    part: int  # from 0
    mean: float
    lower: float
    upper: float
    side: int  # +1 above the mean, -1 below, 0 on it or missing
    outside: bool | None  # None where there are no limits
    near: bool | None
    cause: str
    kind: str


@dataclass(frozen=True, slots=True)
class XmRPart:
    """One part of the series and its limits (NaN where all ranges are zero, or there are none)."""

    first: Any
    last: Any
    points: int
    baseline_points: int  # points that the limits are made from
    mean: float
    lower: float
    upper: float
    trial: bool  # limits from fewer points than the setting asks for
    kinds: Mapping[str, int]  # how many points of each kind
    variation: str  # the kind of the last point
    step: StepChange | None


@dataclass(frozen=True, slots=True)
class XmRChart:
    """A whole chart. `variation` and `assurance` are those of the last point; `sentence` is for a board."""

    title: str
    points: tuple[XmRPoint, ...]
    parts: tuple[XmRPart, ...]
    direction: Direction
    target: float | None
    variation: str
    assurance: str | None  # consistent_pass, consistent_fail, inconsistent; None without a target, direction or limits
    trial: bool
    rules: ChartRules
    sentence: str

    @property
    def rule_words(self) -> str:
        """The named setting, to be printed on the chart."""
        return self.rules.words

    @property
    def icons(self) -> tuple[str, str | None]:
        """Names of the variation icon (with H or L) and of the assurance icon."""
        high = self.variation.endswith("_high") or self.variation == (
            "special_cause_improvement" if self.direction == "increase" else "special_cause_concern"
        )
        if self.variation == "common_cause":
            return "common_cause", self.assurance
        word = self.variation.removeprefix("special_cause_").split("_")[0]
        return f"{word}_{'high' if high else 'low'}", self.assurance


@dataclass(frozen=True, slots=True)
class XmRBatch:
    """Charts of many series at once, as arrays: (series, points) or (series,). Row i is the chart of series i."""

    mean: Floats  # (series, points): a step function over the parts
    lower: Floats
    upper: Floats
    side: Codes
    outside: NDArray[np.bool_]  # False too where there are no limits
    near: NDArray[np.bool_]
    cause: Codes  # (series, points): codes of CAUSES
    part: NDArray[np.int32]  # (series, points)
    trial: NDArray[np.bool_]  # (series,): of the last part
    variation: tuple[str, ...]  # (series,): of the last point
    assurance: tuple[str | None, ...]  # (series,)
    rules: ChartRules

    def kinds(self, direction: Direction) -> tuple[tuple[str, ...], ...]:
        """The kind of every point, read by one improvement direction."""
        return tuple(tuple(point_type(code, direction) for code in row) for row in self.cause.tolist())


def point_type(code: int, direction: Direction) -> str:
    """What a cause code means where `direction` is improvement."""
    return "common_cause" if code == 0 else POINT_TYPES[direction, 1 if code > 0 else -1]
