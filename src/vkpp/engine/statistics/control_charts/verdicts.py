"""A chart's verdict as sentences that a board can read: what it says, how far it may be trusted, what it does not say."""

from __future__ import annotations

import math
from typing import Any

from vkpp.catalogue.control_chart_rules import ChartRules

DOES_NOT_SAY = (
    "The chart does not say why, and does not say whether this level is good enough; "
    "recorded figures change with recording as well as with what happens."
)


def verdict_sentence(
    *,
    title: str,
    label: Any,
    value: float | None,
    limits: tuple[float, float],
    cause: int,
    kind: str,
    direction: str,
    target: float | None,
    assurance: str | None,
    trial_points: int | None,
    step: str | None,
    rules: ChartRules,
) -> str:
    """The whole verdict in plain English, in the order: what, target, trial limits, step change, what it does not say."""
    parts = [
        _what(title=title, label=label, value=value, limits=limits, cause=cause, kind=kind, direction=direction, rules=rules)
    ]
    if assurance is not None and target is not None:
        parts.append(_target(target, assurance))
    if trial_points is not None:
        parts.append(
            f"These are trial limits, from {points_in_words(trial_points)}; at least {rules.trial_below} are wanted, "
            "so treat this as provisional."
        )
    if step:
        parts.append(f"New limits start by decision at {step.rstrip('.')}.")
    parts.append(DOES_NOT_SAY)
    return " ".join(parts)


def points_in_words(count: int) -> str:
    return "1 point" if count == 1 else f"{count} points"


def plain(number: float) -> str:
    """At most four figures that count, no exponent: 1,234 or 12.35."""
    if number == 0 or not math.isfinite(number):
        return "0" if number == 0 else "not known"
    places = max(0, 3 - math.floor(math.log10(abs(number))))
    text = f"{round(number, places):,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _what(
    *,
    title: str,
    label: Any,
    value: float | None,
    limits: tuple[float, float],
    cause: int,
    kind: str,
    direction: str,
    rules: ChartRules,
) -> str:
    lower, upper = limits
    if value is None:
        return f"{title}: there is no value for the latest point ({label}), so nothing can be said about it."
    latest = f"the latest value ({label}: {plain(value)})"
    if kind == "common_cause" and math.isnan(lower):
        return (
            f"{title}: no limits can be drawn, because the values do not vary enough or are too few; {latest} gives no signal."
        )
    if kind == "common_cause":
        return (
            f"{title}: no sign of change. {latest[0].upper()}{latest[1:]} is within what can be expected, {plain(lower)} to "
            f"{plain(upper)}, and no rule fires."
        )
    reading = {
        "special_cause_improvement": "a sign of improvement",
        "special_cause_concern": "a sign of a change for the worse",
    }.get(kind, "a sign of change, neither better nor worse by itself")
    wanted = {"increase": "higher is better", "decrease": "lower is better"}.get(direction, "no direction is set as better")
    return f"{title}: {reading} ({wanted}). {latest[0].upper()}{latest[1:]} {_reason(cause, limits, rules)}."


def _reason(cause: int, limits: tuple[float, float], rules: ChartRules) -> str:
    up = cause > 0
    some, of = rules.near_points
    return {
        1: f"is {'above' if up else 'below'} the {'upper' if up else 'lower'} limit of {plain(limits[1] if up else limits[0])}",
        2: f"is part of {rules.trend_points} or more values in a row, each {'higher' if up else 'lower'} than the one before",
        3: f"is one of {some} in {of} that lie close to the {'upper' if up else 'lower'} limit",
        4: f"is part of {rules.shift_points} or more values in a row {'above' if up else 'below'} the mean",
    }[abs(cause)]


def _target(target: float, assurance: str) -> str:
    said = {
        "consistent_pass": "can be expected to be met each time unless something changes",
        "consistent_fail": "can be expected to be missed each time unless something changes",
        "inconsistent": "will be met at some times and missed at others by chance alone",
    }[assurance]
    return f"The target of {plain(target)} {said}."
