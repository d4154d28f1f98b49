"""Delay: exact where the delays are exact, better than nothing where counts are small, and honest about how sure it is."""

from __future__ import annotations

import json
from datetime import date
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vkpp.basics.problems import UsageProblem
from vkpp.engine.statistics import delay
from vkpp.engine.statistics.delay.triangles import seen_at

MONTHS = 48
SHARES = np.exp(-np.arange(25) / 2.5) / np.exp(-np.arange(25) / 2.5).sum()


def world(seed: int, rate: float, months: int = MONTHS) -> np.ndarray:
    """Invented months by delay, all of them recorded: the truth."""
    generator = np.random.default_rng(seed)
    return np.array([generator.multinomial(generator.poisson(rate), SHARES) for _ in range(months)], dtype=float)


# --- chain ladder ------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.lists(st.floats(1.05, 3.0), min_size=1, max_size=6),
    st.lists(st.integers(1, 1000), min_size=8, max_size=12),
)
def test_chain_ladder_gives_back_a_triangle_that_follows_its_factors(factors: list[float], starts: list[int]) -> None:
    growth = np.cumprod([1.0, *factors])
    truth = np.outer(starts, growth)
    moment = np.add.outer(np.arange(len(starts)), np.arange(len(growth)))
    answer = delay.chain_ladder(np.where(moment < len(starts), truth, np.nan))
    assert answer.ultimate == pytest.approx(truth[:, -1])
    assert answer.factors[:-1] == pytest.approx(factors)
    assert answer.errors == pytest.approx(np.zeros(len(starts)), abs=1e-4 * max(truth[:, -1]))


@settings(deadline=None)
@given(st.integers(2, 6), st.floats(0.1, 50))
def test_chain_ladder_stretches_with_the_counts(seed: int, scale: float) -> None:
    triangle = delay.cumulative(seen_at(world(seed, 20, 30), 29))
    one, other = delay.chain_ladder(triangle), delay.chain_ladder(triangle * scale)
    assert other.ultimate == pytest.approx(one.ultimate * scale)
    assert other.factors == pytest.approx(one.factors)


def test_nothing_recorded_stays_nothing_and_is_not_an_error() -> None:
    answer = delay.chain_ladder([[0, 0, 0], [0, 0, np.nan], [0, np.nan, np.nan]])
    assert answer.total_ultimate == 0
    assert answer.factors.tolist() == [1, 1, 1]


def test_a_gap_is_refused() -> None:
    with pytest.raises(UsageProblem, match="Origin 2 has a gap"):
        delay.chain_ladder([[1, 2, 3], [1, np.nan, 3]])
    with pytest.raises(UsageProblem, match="gaps, or nothing"):
        delay.correct_for_delay([[1, 2, 3], [np.nan, np.nan, np.nan]])
    with pytest.raises(UsageProblem, match="below zero"):
        delay.correct_for_delay([[1, -1], [2, np.nan]])


# --- the correction ----------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.integers(0, 20), st.sampled_from([0.2, 2.0, 20.0]))
def test_a_correction_never_takes_away_and_its_interval_holds_the_median(seed: int, rate: float) -> None:
    answer = delay.correct_for_delay(seen_at(world(seed, rate, 30), 29), draws=200)
    for period in answer.periods:
        assert period.recorded <= period.lower <= period.median <= period.upper
        assert period.estimate >= period.recorded
        assert 0 <= period.completeness <= 1, "nought where no case of that delay was ever seen"
    assert answer.recent_recorded <= answer.recent_lower <= answer.recent_median <= answer.recent_upper


def test_what_is_complete_is_not_changed() -> None:
    truth = world(5, 10)
    answer = delay.correct_for_delay(truth)
    assert [period.estimate for period in answer.periods] == truth.sum(axis=1).tolist()
    assert all(period.lower == period.upper == period.recorded for period in answer.periods)


def test_the_same_input_gives_the_same_answer() -> None:
    counts = seen_at(world(1, 10), MONTHS - 1)
    assert delay.correct_for_delay(counts, draws=300) == delay.correct_for_delay(counts, draws=300)


def test_nothing_recorded_is_not_an_error() -> None:
    answer = delay.correct_for_delay(seen_at(np.zeros((12, 4)), 11), draws=100)
    assert answer.recent_recorded == 0
    assert answer.recent_median == 0


def test_recording_that_gets_slower_is_followed() -> None:
    """The plain chain ladder takes the old, fast months for the rule and comes out too low."""
    generator = np.random.default_rng(11)
    months, steps = 60, 25
    truth = np.zeros((months, steps))
    for month in range(months):
        share = np.exp(-np.arange(steps) / (2 + 4 * month / months))
        truth[month] = generator.multinomial(generator.poisson(40), share / share.sum())
    seen = seen_at(truth, months - 1)
    final = truth.sum(axis=1)[-12:]
    answer = delay.correct_for_delay(seen, draws=500)
    ladder = delay.chain_ladder(delay.cumulative(seen)).ultimate[-12:]
    ours = np.array([period.estimate for period in answer.periods[-12:]])
    assert answer.half_life is not None
    assert np.abs(ours - final).mean() < 0.7 * np.abs(ladder - final).mean()


@pytest.mark.slow
def test_intervals_cover_as_often_as_they_say() -> None:
    """Twenty invented worlds of ten cases a month: the 90% interval covers in 85 to 99 of 100 of the last twelve months.

    Counts are whole, so that an interval of months that are nearly complete covers more often than it says.
    """
    months, totals = [], []
    for seed in range(20):
        truth = world(seed, 10)
        answer = delay.correct_for_delay(seen_at(truth, MONTHS - 1), draws=1000)
        final = truth.sum(axis=1)[-12:]
        months += [p.lower <= value <= p.upper for p, value in zip(answer.periods[-12:], final, strict=True)]
        totals.append(answer.recent_lower <= final.sum() <= answer.recent_upper)
    assert 0.85 <= np.mean(months) <= 0.99
    assert np.mean(totals) >= 0.75


# --- small forces ------------------------------------------------------------------------------------------------------


@cache
def small_forces() -> dict[str, float]:
    """Thirty invented forces of one case a month: errors of no correction, of the plain one, and of the pooled one.

    log: mean |log((estimate + 1) / (truth + 1))| of the last twelve months; total: root mean square error of their sum.
    """
    truth = {force: world(100 + force, 1.0) for force in range(30)}
    seen = {force: seen_at(table, MONTHS - 1) for force, table in truth.items()}
    pooled = delay.correct_for_delay_pooled(seen, draws=500)
    log: dict[str, list[float]] = {"none": [], "plain": [], "pooled": []}
    total: dict[str, list[float]] = {"none": [], "plain": [], "pooled": []}
    for force, table in truth.items():
        final = table.sum(axis=1)[-12:]
        none = np.nan_to_num(seen[force]).sum(axis=1)[-12:]
        plain = delay.chain_ladder(delay.cumulative(seen[force])).ultimate[-12:]
        median = np.array([period.median for period in pooled[force].periods[-12:]])
        for name, estimate in (("none", none), ("plain", plain), ("pooled", median)):
            log[name].append(float(np.abs(np.log((estimate + 1) / (final + 1))).mean()))
        for name, sum_ in (("none", none.sum()), ("plain", plain.sum()), ("pooled", pooled[force].recent_estimate)):
            total[name].append(float((sum_ - final.sum()) ** 2))
    return {f"log {k}": float(np.mean(v)) for k, v in log.items()} | {
        f"total {k}": float(np.mean(v)) ** 0.5 for k, v in total.items()
    }


def test_for_small_forces_the_plain_correction_is_worse_than_none_and_the_pooled_one_better() -> None:
    error = small_forces()
    assert error["log pooled"] < error["log none"] < error["log plain"]
    assert error["total pooled"] < 0.75 * error["total none"]
    assert error["total pooled"] < 0.75 * error["total plain"]


def test_pooling_keeps_each_force_its_own_level_and_takes_the_delays_of_all() -> None:
    large, small = world(1, 30), world(2, 1)
    seen = {"large": seen_at(large, MONTHS - 1), "small": seen_at(small, MONTHS - 1)}
    pooled = delay.correct_for_delay_pooled(seen, draws=300)
    assert pooled["large"].recent_estimate > 10 * pooled["small"].recent_estimate
    assert pooled["small"].periods[-1].completeness == pytest.approx(pooled["large"].periods[-1].completeness, abs=0.05)
    assert pooled["small"].pooled == 2


def test_forces_that_record_late_are_not_drawn_to_the_rest_when_they_have_many_cases() -> None:
    generator = np.random.default_rng(3)
    late = np.exp(-np.arange(25) / 10)
    slow = np.array([generator.multinomial(60, late / late.sum()) for _ in range(MONTHS)], dtype=float)
    pooled = delay.correct_for_delay_pooled(
        {"slow": seen_at(slow, MONTHS - 1), "quick": seen_at(world(1, 60), MONTHS - 1)}, draws=200
    )
    assert pooled["slow"].periods[-1].completeness < 0.6 * pooled["quick"].periods[-1].completeness


def test_shapes_of_pooled_series_must_be_one() -> None:
    with pytest.raises(UsageProblem, match="different origins"):
        delay.correct_for_delay_pooled({"a": np.ones((3, 2)), "b": np.ones((4, 2))})


# --- triangles ---------------------------------------------------------------------------------------------------------


def test_dates_become_days_or_months_by_delay_as_seen_on_a_day() -> None:
    events = [date(2024, 1, 30), date(2024, 1, 30), date(2024, 2, 1), date(2024, 2, 2)]
    records = [date(2024, 1, 30), date(2024, 2, 2), date(2024, 2, 2), date(2024, 3, 1)]
    days, origins = delay.triangle_of_dates(events, records, now=date(2024, 2, 2), max_delay=2)
    assert origins[0] == date(2024, 1, 30)
    assert days[0].tolist() == [1, 0, 1], "three days late counts as the longest delay"
    assert np.isnan(days[-1][1:]).all()
    assert days[-1][0] == 0, "recorded after the day from which it is seen"
    months, starts = delay.triangle_of_dates(events, records, now=date(2024, 3, 31), max_delay=2, unit="month")
    assert starts[1:] == (date(2024, 2, 1), date(2024, 3, 1))
    assert months[0].tolist() == [1, 1, 0]
    assert months[1][:2].tolist() == [1, 1]


def test_a_record_before_its_event_is_refused() -> None:
    with pytest.raises(UsageProblem, match=r"2024-02-01 recorded on 2024-01-01"):
        delay.triangle_of_dates([date(2024, 2, 1)], [date(2024, 1, 1)], now=date(2024, 3, 1), max_delay=2)
    with pytest.raises(UsageProblem, match="No event was recorded"):
        delay.triangle_of_dates([date(2024, 2, 1)], [date(2024, 2, 1)], now=date(2024, 1, 1), max_delay=2)


def test_what_is_not_known_yet_is_not_zero() -> None:
    counts = delay.counts_by_delay([0, 0, 1, 1], [0, 1, 0, 1], [3, 2, 4, 9])
    assert counts[0].tolist() == [3, 2]
    assert counts[1][0] == 4
    assert np.isnan(counts[1][1]), "the 9 came after the moment of looking"


def test_a_window_that_is_too_short_for_non_recent_offences_is_said() -> None:
    generator = np.random.default_rng(2)
    tail = 1 / (1 + np.arange(60))
    truth = np.array([generator.multinomial(60, tail / tail.sum()) for _ in range(MONTHS)], dtype=float)
    short = delay.correct_for_delay(seen_at(truth[:, :12], MONTHS - 1), draws=200)
    assert short.still_coming > 0.02
    assert "were still coming in, so the estimate is too low in the end" in short.sentence


def test_the_sentence_says_what_is_not_in_it_and_the_example_is_computed() -> None:
    answer = delay.correct_for_delay(seen_at(world(1, 10), MONTHS - 1), draws=300)
    assert "recorded more than 24 periods late are not in this estimate." in answer.sentence
    example = delay.worked_example()
    assert {"method", "inputs", "call", "result", "source"} <= set(example)
    assert json.loads(json.dumps(example)) == example
