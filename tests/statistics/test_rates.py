"""Rates of repeated events, means and standardised rates: properties, and agreement with a slow, plain computation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vkpp.engine.statistics.intervals import byar_limits
from vkpp.engine.statistics.means import means
from vkpp.engine.statistics.rates import rates, repeat_events
from vkpp.engine.statistics.standardisation import (
    directly_standardised_rates,
    directly_standardised_rates_of_repeat_events,
    indirectly_standardised_rates,
    indirectly_standardised_ratios,
)

BANDS = st.lists(st.tuples(st.integers(0, 500), st.integers(500, 50_000), st.integers(1, 9_000)), min_size=1, max_size=19)


def test_events_of_the_same_people_spread_more() -> None:
    found = repeat_events([100, 10, 2], [1, 2, 9])
    assert (found.events[0], found.persons[0], found.variance[0]) == (138, 112, 302)
    plain, wide = rates(found.events, [50_000]), rates(found.events, [50_000], variance=found.variance)
    assert wide.value == plain.value
    assert wide.lower[0] < plain.lower[0] < plain.upper[0] < wide.upper[0]
    stretch = (wide.upper - wide.value) / (plain.upper - plain.value)
    assert stretch[0] == pytest.approx(math.sqrt(302 / 138))


@given(st.lists(st.integers(0, 300), min_size=1, max_size=6))
def test_one_event_each_is_the_ordinary_rate(persons: list[int]) -> None:
    found = repeat_events(persons, [1] * len(persons))
    assert found.variance == found.events
    made, plain = rates(found.events, [10_000], variance=found.variance), rates(found.events, [10_000])
    assert (made.lower, made.upper) == (plain.lower, plain.upper)


def test_frequencies_must_be_numbers_above_zero() -> None:
    for frequency in ([0], [None], [-1]):
        with pytest.raises(ValueError, match="events_per_person"):
            repeat_events([5], frequency)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30), st.sampled_from([0.9, 0.95, 0.998]))
def test_means_agree_with_scipy_and_are_symmetric(values: list[float], level: float) -> None:
    made = means(values, confidence=level)
    half = made.limits[0].upper[0] - made.value[0]
    assert half == pytest.approx(made.value[0] - made.limits[0].lower[0], abs=1e-6)
    spread = np.std(values, ddof=1) / math.sqrt(len(values))
    if spread > 1e-6:
        theirs = stats.t.interval(level, len(values) - 1, loc=np.mean(values), scale=spread)
        assert np.allclose([made.limits[0].lower[0], made.limits[0].upper[0]], theirs, rtol=1e-9, atol=1e-6)


def test_a_single_value_has_a_mean_and_no_limits() -> None:
    made = means([4.0])
    assert made.value[0] == 4
    assert np.isnan(made.limits[0].lower[0])


@given(BANDS)
def test_direct_standardisation_agrees_with_a_plain_computation(bands: list[tuple[int, int, int]]) -> None:
    x, n, w = (list(column) for column in zip(*bands, strict=True))
    made, events = directly_standardised_rates(x, n, w, multiplier=1_000), sum(x)
    if events < 10:
        assert np.isnan(made.value[0])
        assert made.statistic == ("dsr NA for total count < 10",)
        return
    value = sum(b * a / c for a, c, b in bands) / sum(w)
    variance = sum(b * b * a / c**2 for a, c, b in bands) / sum(w) ** 2
    low, high = (float(end[0]) for end in byar_limits(np.array([float(events)]), 0.95))
    step = math.sqrt(variance / events)
    assert made.value[0] == pytest.approx(1_000 * value)
    assert made.lower[0] == pytest.approx(max(0.0, 1_000 * (value + step * (low - events))), abs=1e-9)
    assert made.upper[0] == pytest.approx(1_000 * (value + step * (high - events)))
    assert made.lower[0] <= made.value[0] <= made.upper[0]


@given(BANDS)
def test_the_own_population_as_standard_gives_the_crude_rate(bands: list[tuple[int, int, int]]) -> None:
    x, n, _ = (list(column) for column in zip(*bands, strict=True))
    if sum(x) >= 10:
        direct, crude = directly_standardised_rates(x, n, n), rates([sum(x)], [sum(n)])
        assert direct.value[0] == pytest.approx(crude.value[0])
    if sum(x):
        assert indirectly_standardised_ratios(x, n, x, n).value[0] == pytest.approx(1)
        assert indirectly_standardised_rates(x, n, x, n).value[0] == pytest.approx(rates([sum(x)], [sum(n)]).value[0])


def test_standards_may_be_given_once_for_all_groups() -> None:
    counts, people, group = [10, 20, 30, 40], [100, 200, 300, 400], ["a", "a", "b", "b"]
    once = directly_standardised_rates(counts, people, [3, 1], group=group)
    each = directly_standardised_rates(counts, people, [3, 1, 3, 1], group=group)
    assert np.array_equal(once.value, each.value)
    ratio = indirectly_standardised_ratios(counts, people, [5, 6], [100, 100], group=group)
    assert ratio.bases.tolist() == [100 * 0.05 + 200 * 0.06, 300 * 0.05 + 400 * 0.06]


def test_repeat_victims_widen_a_standardised_rate() -> None:
    persons, frequency = [30, 5, 40, 10], [1, 4, 1, 2]
    people, standard, band = [1_000, 1_000, 2_000, 2_000], [10, 10, 20, 20], ["0-9", "0-9", "10-17", "10-17"]
    made = directly_standardised_rates_of_repeat_events(persons, frequency, people, standard, band=band)
    plain = directly_standardised_rates([50, 60], [1_000, 2_000], [10, 20])
    assert made.value[0] == pytest.approx(plain.value[0])
    assert made.counts[0] == 110
    spread = (10**2 * (30 + 5 * 16) / 1_000**2 + 20**2 * (40 + 10 * 4) / 2_000**2) / 30**2
    low = byar_limits(np.array([110.0]), 0.95)[0][0]
    assert made.lower[0] == pytest.approx(plain.value[0] + math.sqrt(spread / 110) * (low - 110) * 100_000)
    assert made.lower[0] < plain.lower[0]
    assert made.notes


def test_bands_may_come_in_any_order_when_events_repeat() -> None:
    rows = [(30, 1, 1_000, 10, "0-9", "a"), (5, 4, 1_000, 10, "0-9", "a"), (40, 1, 2_000, 20, "10-17", "a")]
    rows += [(9, 1, 1_000, 10, "0-9", "b"), (8, 2, 2_000, 20, "10-17", "b")]

    def made(order: list[int]) -> dict[Any, float]:
        p, f, n, w, band, group = zip(*(rows[place] for place in order), strict=True)
        answer = directly_standardised_rates_of_repeat_events(p, f, n, w, band=band, group=group)
        return dict(zip(answer.labels, answer.upper.tolist(), strict=True))

    assert made([0, 1, 2, 3, 4]) == pytest.approx(made([4, 2, 0, 3, 1]))


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (lambda: directly_standardised_rates([1, 2], [10, None], [1, 1]), "populations: row 2 is missing"),
        (lambda: directly_standardised_rates([1, 2], [10, 10], [1, 1, 1]), "standard has 3 values"),
        (lambda: directly_standardised_rates([1, 2], [10, 10], [None, 1]), "standard"),
        (lambda: directly_standardised_rates([1, 2, 3], [9, 9, 9], [1, 1], group=["a", "a", "b"]), "unequal numbers of bands"),
        (lambda: indirectly_standardised_ratios([1], [10], [0], [10]), "no events are expected"),
        (lambda: indirectly_standardised_ratios([1], [10], [1], [None]), "reference_populations"),
        (
            lambda: directly_standardised_rates_of_repeat_events([1, 1], [1, 2], [9, 8], [1, 1], band=["x", "x"]),
            "row 2 differs",
        ),
    ],
)
def test_refusals(bad: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        bad()
