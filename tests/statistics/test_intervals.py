"""Interval limits: they hold the estimate, rise with the count, and agree with SciPy and statsmodels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from vkpp.engine.statistics import intervals
from vkpp.engine.statistics.intervals import confidence_levels, count_limits, poisson_limits, wilson_limits
from vkpp.engine.statistics.proportions import proportions
from vkpp.engine.statistics.rates import rates

LEVELS = st.sampled_from([0.9, 0.95, 0.99, 0.998])
COUNTS = st.integers(0, 100_000)


@given(COUNTS, LEVELS)
def test_count_limits_hold_the_count(count: int, level: float) -> None:
    lower, upper = count_limits(np.array([float(count)]), level)
    assert 0 <= lower[0] <= count < upper[0]


@given(COUNTS, st.integers(1, 500), LEVELS)
def test_count_limits_rise_with_the_count_within_a_method(count: int, more: int, level: float) -> None:
    for method in (poisson_limits, intervals.byar_limits):
        lower, upper = method(np.array([count + 3.0, count + 3.0 + more]), level)
        lower = np.nan_to_num(lower)
        assert lower[0] <= lower[1]
        assert upper[0] < upper[1]


@given(COUNTS)
def test_more_confidence_is_wider(count: int) -> None:
    narrow, wide = (count_limits(np.array([float(count)]), level) for level in (0.95, 0.998))
    assert wide[0][0] <= narrow[0][0] <= narrow[1][0] <= wide[1][0]


@given(st.integers(1, 10_000), st.data(), LEVELS)
def test_wilson_holds_the_share_stays_in_0_to_1_and_mirrors(base: int, data: Any, level: float) -> None:
    count = data.draw(st.integers(0, base))
    x, n = np.array([float(count), float(base - count)]), np.array([float(base)] * 2)
    lower, upper = wilson_limits(x, n, level)
    assert ((lower >= 0) & (lower <= x / n + 1e-12) & (x / n <= upper + 1e-12) & (upper <= 1)).all()
    assert np.isclose(lower[0], 1 - upper[1], atol=1e-12)


@given(st.integers(1, 5_000), st.data(), st.sampled_from([0.95, 0.998]))
def test_wilson_agrees_with_statsmodels(base: int, data: Any, level: float) -> None:
    count = data.draw(st.integers(0, base))
    made = wilson_limits(np.array([float(count)]), np.array([float(base)]), level)
    theirs = proportion_confint(count, base, alpha=1 - level, method="wilson")
    assert np.allclose([made[0][0], made[1][0]], theirs, atol=1e-12)


@given(COUNTS, LEVELS)
def test_exact_limits_are_the_chi_squared_ones_of_scipy(count: int, level: float) -> None:
    tail = (1 - level) / 2
    lower, upper = poisson_limits(np.array([float(count)]), level)
    assert np.isclose(upper[0], stats.chi2.isf(tail, 2 * count + 2) / 2, rtol=1e-9)
    assert np.isclose(lower[0], stats.chi2.ppf(tail, 2 * count) / 2 if count else 0.0, rtol=1e-9)


def test_exact_limits_leave_the_tails_that_they_promise() -> None:
    lower, upper = poisson_limits(np.array([7.0]), 0.95)
    assert stats.poisson.sf(6, lower[0]) == pytest.approx(0.025)
    assert stats.poisson.cdf(7, upper[0]) == pytest.approx(0.025)


@pytest.mark.parametrize("column", [list, np.array, pa.array, pl.Series, pd.Series])
def test_any_column_will_do(column: Any) -> None:
    made = rates(column([3, 40]), column([1_000, 2_000]), multiplier=1_000)
    assert made.value.tolist() == [3.0, 20.0]
    assert made.method == ("Exact", "Byars")


def test_missing_stays_missing_and_is_never_zero() -> None:
    made = proportions([None, 1], [10, None], multiplier=100)
    assert np.isnan(made.value).all()
    assert np.isnan(made.lower).all()
    grouped = rates([1, None], [10, 10], group=["a", "a"])
    assert np.isnan(grouped.value[0])


def test_groups_keep_their_order_and_sum_both_parts() -> None:
    made = proportions([1, 2, 3], [10, 10, 10], group=["south", "north", "south"])
    assert made.labels == ("south", "north")
    assert made.value.tolist() == [0.2, 0.2]
    two = rates([1, 2], [10, 10], group=(["a", "a"], ["x", "y"]))
    assert two.labels == (("a", "x"), ("a", "y"))


def test_columns_for_a_data_frame() -> None:
    frame = pd.DataFrame(rates([3], [1_000], confidence=(0.95, 0.998)).columns())
    assert list(frame)[3:8] == ["value", "lower_95", "upper_95", "lower_99_8", "upper_99_8"]
    with pytest.raises(KeyError, match="no limits at"):
        rates([3], [1_000]).at(90)


@pytest.mark.parametrize("level", [0.5, 0.89, 1.5, 80, 101])
def test_a_level_of_confidence_out_of_range_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="confidence level"):
        confidence_levels(level)


def test_percent_and_fraction_are_the_same_level() -> None:
    assert confidence_levels(95) == confidence_levels(0.95) == (0.95,)
    assert confidence_levels((95, 99.8)) == pytest.approx((0.95, 0.998))
    assert confidence_levels((0.9, 0.95, 0.99), any_number=True) == (0.9, 0.95, 0.99)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (lambda: rates([-1], [5]), "counts: row 1 is -1"),
        (lambda: rates([1], [0]), "populations: row 1 is 0"),
        (lambda: rates(["many"], [5]), "counts: expected numbers"),
        (lambda: rates([1, 2], [5]), "populations has 1 rows"),
        (lambda: proportions([6], [5]), "row 1 is 6 of a base of 5"),
        (lambda: proportions([1], [5], group=["a", "b"]), "group has 2 rows"),
    ],
)
def test_refusals_say_what_and_where(bad: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        bad()
