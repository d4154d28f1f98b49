"""Directly and indirectly standardised rates and ratios: areas compared as if their people had the same ages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vkpp.engine.statistics.grouping import Floats, Groups, groups
from vkpp.engine.statistics.intervals import (
    SMALL_COUNT,
    Estimates,
    Limits,
    confidence_levels,
    count_limits,
    count_method,
    counted,
    denominators,
)
from vkpp.engine.statistics.rates import repeat_events


def directly_standardised_rates(
    counts: Any,
    populations: Any,
    standard: Any,
    *,
    group: Any = None,
    multiplier: float = 100_000,
    confidence: float | Sequence[float] = 0.95,
    variance: Any = None,
) -> Estimates:
    """The directly standardised rate of each group, with Dobson's limits; none where a group has fewer than ten events.

    sum(w x / n) / sum(w), w the standard population of each band. Limits: rate + sqrt(V / O) (L - O), with O the events,
    L their Byar limit and V = sum(w^2 v / n^2) / sum(w)^2, v the variance of each band's count (the count itself, unless
    `variance` says that events are not independent).
    counts, populations: one row for each band of each group, bands in the same order. standard: one for each row, or one for
    each band. A band without a count counts as none, as in the national method. group: None, a column, a tuple of columns.
    Raises ValueError: count below zero, population missing or not above zero, standard missing or below zero, groups of
    unequal numbers of bands, a standard of another length.
    Source: Dobson, Kuulasmaa, Eberle and Scherer (1991), Statistics in Medicine 10, 457; OHID, Public health methods.
    """
    levels = confidence_levels(confidence)
    x = np.nan_to_num(counted(counts, name="counts"))
    n = denominators(populations, name="populations", length=len(x), missing=False)
    member = _equal_groups(group, len(x))
    w = _for_each_band(counted(standard, name="standard"), member, "standard")
    if np.isnan(w).any() or (member.total(w) == 0).any():
        raise ValueError("standard: a band's standard population is missing, or all are zero; expected a number for each band")
    v = x if variance is None else np.nan_to_num(counted(variance, name="variance", length=len(x)))
    events, weight = member.total(x), member.total(w)
    enough = events >= SMALL_COUNT
    value = np.where(enough, member.total(w * x / n) / weight, np.nan)
    spread = member.total(w**2 * v / n**2) / weight**2
    limits = tuple(_dobson(level, value, spread, np.where(enough, events, np.nan), multiplier) for level in levels)
    words = f"dsr per {multiplier:.15g}"
    statistic = tuple(words if some else f"dsr NA for total count < {SMALL_COUNT}" for some in enough)
    method = ("Dobson",) * len(member.labels)
    return Estimates(member.labels, events, member.total(n), value * multiplier, limits, statistic, method)


def _dobson(level: float, value: Floats, spread: Floats, events: Floats, multiplier: float) -> Limits:
    lower, upper = count_limits(events, level)
    step = np.sqrt(spread / events)
    low, high = value + step * (lower - events), value + step * (upper - events)
    return Limits(level, np.maximum(low, 0.0) * multiplier, high * multiplier)


def directly_standardised_rates_of_repeat_events(
    persons: Any,
    events_per_person: Any,
    populations: Any,
    standard: Any,
    *,
    band: Any,
    group: Any = None,
    multiplier: float = 100_000,
    confidence: float | Sequence[float] = 0.95,
) -> Estimates:
    """The directly standardised rate of events that fall on the same people again, with limits that say so.

    One row for each frequency of each band of each group: `persons` had `events_per_person` events; population and standard
    are those of the band, repeated on its rows. The variance of a band's events is sum(f^2 * persons_f).
    Raises ValueError as `directly_standardised_rates` and `rates.repeat_events` do, and where a band's rows disagree.
    Source: Stukel et al. (1994), Statistics in Medicine 13, 1781; OHID, Public health methods, non-independent events.
    """
    whole = counted(persons, name="persons")
    rows = len(whole)
    outer, bands = groups(group, rows), groups(band, rows, name="band")
    cell = groups((outer.index, bands.index), rows)
    found = repeat_events(whole, events_per_person, group=cell.index)
    n = _same_in_each(denominators(populations, name="populations", length=rows, missing=False), cell, "populations")
    w = _same_in_each(counted(standard, name="standard", length=rows), cell, "standard")
    order = sorted(range(len(cell.labels)), key=lambda place: cell.labels[place])
    made = directly_standardised_rates(
        found.events[order],
        n[order],
        w[order],
        group=[cell.labels[place][0] for place in order],
        multiplier=multiplier,
        confidence=confidence,
        variance=found.variance[order],
    )
    labels = tuple(outer.labels[place] for place in made.labels)
    notes = ("limits allow for several events to the same person",)
    return Estimates(labels, made.counts, made.bases, made.value, made.limits, made.statistic, made.method, notes)


@dataclass(frozen=True, slots=True)
class IndirectEstimates(Estimates):
    """As Estimates; `bases` are the expected events. reference_rate: that of the reference population, NaN for a ratio."""

    reference_rate: float = float("nan")


def indirectly_standardised_ratios(
    counts: Any,
    populations: Any,
    reference_counts: Any,
    reference_populations: Any,
    *,
    group: Any = None,
    multiplier: float = 1,
    confidence: float | Sequence[float] = 0.95,
) -> IndirectEstimates:
    """Observed over expected events of each group: 1 (or `multiplier`, often 100) is what the reference rates would give.

    Expected = sum(n * reference count / reference population). Limits of the observed count (exact below ten, Byar's from
    ten) over the expected. reference_*: one for each row, or one for each band. A band without people expects none.
    Raises ValueError: count or population below zero, reference population missing or not above zero, groups of unequal
    numbers of bands, no expected events.
    Source: OHID, Public health methods; Breslow and Day (1987).
    """
    observed, expected, _, member = _observed_expected(counts, populations, reference_counts, reference_populations, group)
    words = f"indirectly standardised ratio x {multiplier:.15g}"
    levels = confidence_levels(confidence)
    return _indirect(member, observed, expected, levels, scale=multiplier, words=words)


def indirectly_standardised_rates(
    counts: Any,
    populations: Any,
    reference_counts: Any,
    reference_populations: Any,
    *,
    group: Any = None,
    multiplier: float = 100_000,
    confidence: float | Sequence[float] = 0.95,
) -> IndirectEstimates:
    """The indirectly standardised ratio times the crude rate of the reference population. Inputs and errors: as the ratio."""
    observed, expected, crude, member = _observed_expected(counts, populations, reference_counts, reference_populations, group)
    words = f"indirectly standardised rate per {multiplier:.15g}"
    levels, scale = confidence_levels(confidence), crude * multiplier
    return _indirect(member, observed, expected, levels, scale=scale, words=words, reference_rate=scale)


def _indirect(
    member: Groups,
    observed: Floats,
    expected: Floats,
    levels: tuple[float, ...],
    *,
    scale: float,
    words: str,
    reference_rate: float = float("nan"),
) -> IndirectEstimates:
    limits = []
    for level in levels:
        lower, upper = count_limits(observed, level)
        limits.append(Limits(level, lower / expected * scale, upper / expected * scale))
    value, statistic = observed / expected * scale, (words,) * len(member.labels)
    method = count_method(observed)
    return IndirectEstimates(
        member.labels, observed, expected, value, tuple(limits), statistic, method, reference_rate=reference_rate
    )


def _observed_expected(
    counts: Any, populations: Any, reference_counts: Any, reference_populations: Any, group: Any
) -> tuple[Floats, Floats, float, Groups]:
    x = np.nan_to_num(counted(counts, name="counts"))
    n = np.nan_to_num(counted(populations, name="populations", length=len(x)))
    member = _equal_groups(group, len(x))
    events = np.nan_to_num(counted(reference_counts, name="reference_counts"))
    people = denominators(reference_populations, name="reference_populations", missing=False)
    crude = float(_one_group(events, member).sum() / _one_group(people, member).sum())
    events = _for_each_band(events, member, "reference_counts")
    people = _for_each_band(people, member, "reference_populations")
    expected = member.total(n * events / people)
    if (expected <= 0).any():
        label = member.labels[int(np.flatnonzero(expected <= 0)[0])]
        raise ValueError(f"group {label}: no events are expected, so observed over expected has no value")
    return member.total(x), expected, crude, member


def _equal_groups(group: Any, rows: int) -> Groups:
    member = groups(group, rows)
    sizes = member.sizes
    if len(set(sizes.tolist())) > 1:
        most, least = int(sizes.argmax()), int(sizes.argmin())
        raise ValueError(
            f"groups have unequal numbers of bands: {member.labels[most]} has {sizes[most]}, {member.labels[least]} has "
            f"{sizes[least]}; expected the same number of rows for each group"
        )
    return member


def _one_group(column: Floats, member: Groups) -> Floats:
    """The values of the first group's bands, whether the column has one value for each row or one for each band."""
    return column[member.rows()[0]] if len(column) == len(member.index) else column


def _for_each_band(column: Floats, member: Groups, name: str) -> Floats:
    """One value for each row: as given, or the values of the bands repeated for each group in its order of rows."""
    rows, bands = len(member.index), int(member.sizes[0]) if len(member.labels) else 0
    if len(column) == rows:
        return column
    if len(column) != bands:
        raise ValueError(f"{name} has {len(column)} values, expected {rows} (one for each row) or {bands} (one for each band)")
    spread = np.empty(rows)
    for places in member.rows():
        spread[places] = column
    return spread


def _same_in_each(column: Floats, cell: Groups, name: str) -> Floats:
    first = np.array([column[rows[0]] for rows in cell.rows()])
    if (differing := np.flatnonzero(column != first[cell.index])).size:
        raise ValueError(f"{name}: row {int(differing[0]) + 1} differs from the other rows of its band, expected one value")
    return first


def worked_example() -> dict[str, Any]:
    """Three age bands of one area against a standard population, invented."""
    inputs = {"counts": [20, 45, 15], "populations": [5_000, 9_000, 6_000], "standard": [16_000, 12_000, 12_000]}
    made = directly_standardised_rates(inputs["counts"], inputs["populations"], inputs["standard"], multiplier=1_000)
    return {
        "method": "Directly standardised rate with Dobson's limits",
        "inputs": inputs,
        "call": "directly_standardised_rates(counts, populations, standard, multiplier=1_000)",
        "result": {
            "rate": float(made.value[0]),
            "lower": float(made.at().lower[0]),
            "upper": float(made.at().upper[0]),
        },
        "source": "Dobson et al. (1991), Statistics in Medicine 10, 457",
    }
