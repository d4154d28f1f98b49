"""Funnels and over-dispersion: limits hold the centre and narrow with size, classes follow limits, phi and tau2 as defined."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vkpp.engine.statistics import dispersion, funnels
from vkpp.engine.statistics.intervals import wilson_limits

AREAS = st.lists(st.tuples(st.integers(0, 200), st.integers(300, 30_000)), min_size=5, max_size=44)


@given(AREAS)
def test_limits_of_proportions_hold_the_centre_and_narrow(areas: list[tuple[int, int]]) -> None:
    made = funnels.proportion_funnel(*zip(*areas, strict=True))
    assert len(made.axis) == 100
    assert (np.diff(made.axis) >= 1).all()
    for low, high in ((made.lower_95, made.upper_95), (made.lower_998, made.upper_998)):
        assert ((low <= made.centre + 1e-9) & (made.centre - 1e-9 <= high) & (low >= 0) & (high <= 100)).all()
        assert (np.diff(high - low) <= 1e-9).all()
    assert (made.lower_998 <= made.lower_95).all()


@given(AREAS)
def test_an_area_is_outside_where_its_wilson_interval_leaves_out_the_average(areas: list[tuple[int, int]]) -> None:
    x, n = (np.array(column, dtype=float) for column in zip(*areas, strict=True))
    average = x.sum() / n.sum()
    for word, count, base in zip(funnels.proportion_significance(x, n), x, n, strict=True):
        low, high = (end[0] for end in wilson_limits(np.array([count]), np.array([base]), 0.95))
        if min(abs(low - average), abs(high - average)) > 1e-9:
            assert (word == "Not significant") == (low <= average <= high)


def test_exact_limits_of_proportions_meet_wilson_for_large_bases_and_hold_for_small() -> None:
    counts, bases = [3, 90, 4_000], [40, 1_000, 50_000]
    wilson, exact = (funnels.proportion_funnel(counts, bases, method=name) for name in ("wilson", "exact"))
    assert exact.method == "Exact"
    assert exact.upper_95[-1] == pytest.approx(wilson.upper_95[-1], rel=0.01)
    assert ((exact.lower_998 >= 0) & (exact.upper_998 <= 100) & (exact.lower_95 <= exact.upper_95)).all()
    low, high = funnels.exact_proportion_limits(0.08, np.array([500.0]), 0.95)
    assert stats.binom.cdf(math.floor(low[0] * 500), 500, 0.08) <= 0.025 < stats.binom.cdf(math.ceil(low[0] * 500), 500, 0.08)
    assert stats.binom.cdf(math.ceil(high[0] * 500), 500, 0.08) >= 0.975


def test_a_limit_of_a_ratio_funnel_is_where_the_tail_is_small() -> None:
    made = funnels.ratio_funnel([30, 80, 200], [40.0, 70.0, 190.0])
    assert made.lower_95[0] < 100 < made.upper_95[0]
    assert (made.upper_998 > made.upper_95).all()
    excess = funnels.ratio_funnel([30, 80, 200], [40.0, 70.0, 190.0], form="count")
    assert np.allclose(excess.upper_95, made.upper_95 / 100 - 1)


def test_significance_of_ratios_and_rates() -> None:
    assert funnels.ratio_significance([200, 100, 40, 0], [100.0, 100.0, 100.0, 1.0]) == [
        "High (0.001)",
        "Not significant",
        "Low (0.001)",
        "Not significant",
    ]
    found = funnels.rate_significance([5, 400, 90], [50.0, 80.0, 30.0], kind="dsr")
    assert found == ["Not applicable for events less than 10 for dsrs", "High (0.001)", "Low (0.001)"]
    crude = funnels.rate_significance([0, 400], [0.0, 80.0], kind="crude", populations=[500_000, 500_000])
    assert crude == ["Low (0.001)", "High (0.001)"]


def test_a_missing_area_is_missing_and_does_not_move_the_others() -> None:
    with_it = funnels.proportion_significance([10, None, 300, 90], [100, 100, None, 100])
    assert with_it == ["Low (0.001)", "Missing", "Missing", "High (0.001)"]
    assert funnels.ratio_significance([None, 100], [50.0, 40.0]) == ["Missing", "High (0.001)"]
    assert funnels.proportion_funnel([10, None], [100, 120]).centre == 10
    with pytest.raises(ValueError, match="no area has both"):
        funnels.proportion_significance([None], [100])
    with pytest.raises(ValueError, match="leave out areas"):
        dispersion.over_dispersed_funnel([None, 1], [3, 4])


def test_a_rate_of_no_events_needs_its_population() -> None:
    with pytest.raises(ValueError, match="populations are needed"):
        funnels.rate_points([0, 5], [0.0, 3.0], kind="crude", years=1, multiplier=1_000)
    made = funnels.rate_points([0, 5], [0.0, 2.5], kind="crude", years=2, multiplier=1_000, populations=[800, 2_000])
    assert made.population.tolist() == [400, 1_000]


def test_rate_funnel_limits_meet_the_average_as_events_grow() -> None:
    made = funnels.rate_funnel([414, 462, 50], [184.0, 102.0, 90.0], kind="dsr", years=3)
    assert (made.lower_95 < made.centre).all()
    assert (made.upper_95 > made.centre).all()
    assert made.upper_95[-1] - made.lower_95[-1] < made.upper_95[0] - made.lower_95[0]
    close = funnels.rate_funnel([414, 462, 50], [184.0, 102.0, 90.0], kind="dsr", years=3, search_steps=40)
    assert np.allclose(close.upper_998, made.upper_998, rtol=1e-6)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (lambda: funnels.proportion_significance([11], [10]), "above its base"),
        (lambda: funnels.proportion_funnel([-1], [10]), "counts: row 1 is -1"),
        (lambda: funnels.ratio_funnel([1], [0]), "expected: row 1 is 0"),
        (lambda: funnels.rate_funnel([1], [2], kind="other", years=1), "kind is 'other'"),  # type: ignore[arg-type]
        (lambda: funnels.rate_points([1], [2], kind="dsr", years=0, multiplier=1), "years is 0"),
        (lambda: funnels.rate_points([1], [0], kind="dsr", years=1, multiplier=1), "zero although"),
        (lambda: funnels.rate_limits_over_dispersed([0, 0], [5, 5]), "all are zero"),
        (lambda: dispersion.over_dispersed_funnel([1], [2], trim=0.6), "trim is 0.6"),
        (lambda: dispersion.over_dispersed_funnel([3], [2], kind="proportion"), "above their denominator"),
        (lambda: dispersion.over_dispersed_funnel([1], [2], kind="x"), "not known"),  # type: ignore[arg-type]
    ],
)
def test_refusals(bad: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        bad()


def test_no_area_is_ever_given_a_place() -> None:
    fields = {name for made in (funnels.FunnelLines, funnels.RateLimits, dispersion.OverDispersed) for name in made.__slots__}
    assert not any("rank" in name or "place" in name for name in fields)


# Over-dispersion


def invented(spread: float, areas: int = 40) -> tuple[Any, Any]:
    draw = np.random.default_rng(7)
    expected = draw.uniform(200, 2_000, areas)
    return draw.poisson(expected * np.exp(draw.normal(0, spread, areas))).astype(float), expected


@pytest.mark.parametrize("method", ["SHMI", "CQC"])
def test_spread_between_areas_is_found_and_widens_the_limits(method: dispersion.Method) -> None:
    made = dispersion.over_dispersed_funnel(*invented(0.2), method=method)
    assert made.phi > 5
    assert made.tau2 > 0
    assert (made.adjusted.upper_95 - made.adjusted.lower_95 > made.unadjusted.upper_95 - made.unadjusted.lower_95).all()
    assert made.outside(99).sum() < dispersion.outside(made.ratio, made.unadjusted.lower_998, made.unadjusted.upper_998).sum()


def test_tau2_recovers_the_variance_that_was_put_in() -> None:
    observed, expected = invented(0.15, areas=3_000)
    made = dispersion.over_dispersed_funnel(observed, expected, method="SHMI", trim=0.0005)
    assert made.tau2 == pytest.approx(0.15**2, rel=0.1)


@given(st.integers(0, 10_000))
def test_chance_alone_leaves_phi_near_one(seed: int) -> None:
    draw = np.random.default_rng(seed)
    expected = draw.uniform(100, 1_000, 60)
    made = dispersion.over_dispersed_funnel(draw.poisson(expected), expected, method="CQC")
    assert 0.2 < made.phi < 2
    assert made.tau2 < 0.01


def test_multiplicative_limits_stretch_by_the_root_of_phi() -> None:
    observed, expected = invented(0.2)
    made = dispersion.over_dispersed_funnel(observed, expected, method="CQC", form="multiplicative")
    half = made.adjusted.upper_95 - 1
    assert np.allclose(half, 1.959964 * math.sqrt(made.phi) / (2 * np.sqrt(expected)))


def test_winsorising_pulls_in_and_trimming_drops() -> None:
    z = np.array([-9.0, -1, 0, 0.5, 1, 1.5, 2, 2.5, 3, 30])
    pulled, which = dispersion.winsorised(z, 0.1)
    assert pulled.max() < 30
    assert which.tolist() == [True] + [False] * 8 + [True]
    dropped, gone = dispersion.trimmed(z, 0.1)
    assert np.isnan(dropped[[0, 9]]).all()
    assert gone.sum() == 2


def test_a_zero_count_has_no_logarithm_unless_trimmed_away() -> None:
    observed, expected = invented(0.1)
    observed[:30] = 0
    with pytest.raises(ValueError, match="no logarithm"):
        dispersion.over_dispersed_funnel(observed, expected, method="SHMI")
    observed, _ = invented(0.1)
    observed[0] = 0
    assert np.isfinite(dispersion.over_dispersed_funnel(observed, expected, method="SHMI").tau2)


def test_limits_of_shares_stay_between_0_and_1() -> None:
    made = dispersion.over_dispersed_funnel([0, 1, 5, 9, 30, 2], [20, 30, 35, 40, 45, 50], kind="proportion")
    for end in (made.adjusted.lower_998, made.adjusted.upper_998):
        assert ((end >= 0) & (end <= 1)).all()
    assert (made.adjusted.lower_998 <= made.adjusted.lower_95).all()
    assert (made.adjusted.upper_95 <= made.adjusted.upper_998).all()


@given(AREAS)
def test_rate_limits_hold_the_rate_of_all(areas: list[tuple[int, int]]) -> None:
    counts, people = (list(column) for column in zip(*areas, strict=True))
    if sum(counts):
        made = funnels.rate_limits_over_dispersed(counts, people)
        assert made.centre == pytest.approx(1_000 * sum(counts) / sum(people))
        assert (made.lower_998 <= made.lower_95).all()
        assert (made.lower_95 < made.centre).all()
        assert (made.centre < made.upper_95).all()
        assert (made.upper_95 < made.upper_998).all()
        assert (made.lower_998 >= 0).all()
