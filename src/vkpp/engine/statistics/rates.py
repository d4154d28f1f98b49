"""Rates of events in a population, with Byar's or exact limits, and rates of repeated events to the same people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vkpp.engine.statistics.grouping import Floats, each_row, groups
from vkpp.engine.statistics.intervals import (
    Estimates,
    Limits,
    confidence_levels,
    count_limits,
    count_method,
    counted,
    denominators,
)


def rates(
    counts: Any,
    populations: Any,
    *,
    multiplier: float = 100_000,
    confidence: float | Sequence[float] = 0.95,
    group: Any = None,
    variance: Any = None,
) -> Estimates:
    """The rate x/n of each row, or of each group's sums; limits are exact below ten events, Byar's from ten.

    counts, populations: columns of one length; a missing value gives a missing rate. multiplier: 1,000 for a rate per 1,000.
    confidence: one level, or 0.95 and 0.998. group: None, a column, or a tuple of columns.
    variance: that of each count, where events are not independent (`repeat_events` works it out); without it, events are
    independent and the variance is the count.
    Raises ValueError: count below zero, population not above zero, level outside 0.9 to 1.
    Source: APHO Technical Briefing 3 (2008); Breslow and Day (1987); formulas in intervals.byar_limits and poisson_limits.
    """
    levels = confidence_levels(confidence)
    x = counted(counts, name="counts")
    n = denominators(populations, name="populations", length=len(x))
    spread = x if variance is None else counted(variance, name="variance", length=len(x))
    member = each_row(len(x)) if group is None else groups(group, len(x))
    if group is not None:
        x, n, spread = member.total(x), member.total(n), member.total(spread)
    limits = tuple(Limits(level, *scaled_limits(x, spread, level, multiplier / n)) for level in levels)
    words = (f"rate per {multiplier:.15g}",) * len(member.labels)
    return Estimates(member.labels, x, n, x / n * multiplier, limits, words, count_method(x))


def scaled_limits(counts: Floats, variance: Floats, level: float, scale: Floats) -> tuple[Floats, Floats]:
    """Limits of a count, stretched by sqrt(variance / count) about it where events are not independent, times `scale`."""
    lower, upper = count_limits(counts, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        stretch = np.where(counts > 0, np.sqrt(variance / counts), 1.0)
    below, above = counts + stretch * (lower - counts), counts + stretch * (upper - counts)
    same = variance == counts  # no arithmetic on independent events: their limits stay exact to the last digit
    return np.where(same, lower, np.maximum(below, 0.0)) * scale, np.where(same, upper, above) * scale


@dataclass(frozen=True, slots=True)
class RepeatEvents:
    """Events that fall on the same people, by group: events, people, and the variance of the number of events."""

    labels: tuple[Any, ...]
    events: Floats
    persons: Floats
    variance: Floats

    @property
    def inflation(self) -> Floats:
        """Variance over events: 1 where every person has one event, above 1 where people are harmed again."""
        with np.errstate(invalid="ignore"):
            return self.variance / self.events


def repeat_events(persons: Any, events_per_person: Any, *, group: Any = None) -> RepeatEvents:
    """Events and their variance from how many people had one event, two events, and so on.

    persons: people who had exactly `events_per_person` events, one row for each frequency (and group).
    Events = sum(f * persons_f); variance = sum(f^2 * persons_f): people are independent, their events are not (a compound
    Poisson count). Missing persons count as none, because a frequency that nobody has is often left out.
    Raises ValueError: persons below zero, a frequency that is missing or not above zero.
    Source: Stukel, Glynn, Fisher, Sharp, Lu-Yao and Wennberg (1994), Statistics in Medicine 13, 1781; OHID, Public health
    methods, non-independent events.
    """
    people = np.nan_to_num(counted(persons, name="persons"))
    frequency = denominators(events_per_person, name="events_per_person", length=len(people), missing=False)
    member = groups(group, len(people))
    events, variance = member.total(people * frequency), member.total(people * frequency**2)
    return RepeatEvents(member.labels, events, member.total(people), variance)


def worked_example() -> dict[str, Any]:
    """100 children harmed once, 10 twice and 2 nine times, in 50,000: with and without their dependence."""
    found = repeat_events([100, 10, 2], [1, 2, 9])
    plain = rates(found.events, [50_000])
    adjusted = rates(found.events, [50_000], variance=found.variance)
    return {
        "method": "Rate with limits, events not independent",
        "inputs": {"persons": [100, 10, 2], "events_per_person": [1, 2, 9], "population": 50_000},
        "call": "rates(found.events, [50_000], variance=found.variance)",
        "result": {
            "events": float(found.events[0]),
            "variance": float(found.variance[0]),
            "rate": float(adjusted.value[0]),
            "lower": float(adjusted.at().lower[0]),
            "upper": float(adjusted.at().upper[0]),
            "lower_if_independent": float(plain.at().lower[0]),
            "upper_if_independent": float(plain.at().upper[0]),
        },
        "source": "Breslow and Day (1987); Stukel et al. (1994), Statistics in Medicine 13, 1781",
    }
