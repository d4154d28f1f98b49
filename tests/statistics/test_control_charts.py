"""Control charts: two implementations agree, limits move with the data, verdicts are words, and people decide step changes."""

from __future__ import annotations

import json
import math
from datetime import date
from itertools import pairwise
from types import ModuleType

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vkpp.basics.problems import UsageProblem
from vkpp.catalogue.control_chart_rules import chart_rule_names, chart_rules, run_rules
from vkpp.engine.statistics import rare_events, run_charts
from vkpp.engine.statistics.control_charts import (
    StepChange,
    c_chart,
    i_chart,
    mr_chart,
    p_chart,
    p_prime_chart,
    rules,
    s_chart,
    shewhart,
    u_chart,
    u_prime_chart,
    xbar_chart,
    xmr,
    xmr_batch,
    xmr_charts,
)
from vkpp.engine.statistics.control_charts.xmr_charts import assurance_of
from vkpp.engine.statistics.control_charts.xmr_shapes import CAUSES

counts = st.integers(min_value=0, max_value=60)
series = st.lists(counts, min_size=1, max_size=40)
gappy = st.lists(st.one_of(counts, st.none()), min_size=1, max_size=40)
STABLE = [52, 48, 50, 55, 47, 51, 49, 53, 50, 46, 52, 54, 49, 51]


# --- two implementations -----------------------------------------------------------------------------------------------


def plain_causes(values: list[float | None]) -> list[str]:
    """The four rules, slow and obvious, point by point: the reference that the arrays must agree with."""
    known = [v for v in values if v is not None]
    if not known:
        return ["Common Cause"] * len(values)
    mean = math.fsum(known) / len(known)
    ranges = [abs(b - a) for a, b in pairwise(values) if a is not None and b is not None]
    amr = math.fsum(ranges) / len(ranges) if ranges else math.nan
    kept = [r for r in ranges if r < 3.267 * amr]
    amr = math.fsum(kept) / len(kept) if kept else math.nan
    upper, lower = mean + 2.66 * amr, mean - 2.66 * amr
    high, low = mean + 2 * (2.66 / 3) * amr, mean - 2 * (2.66 / 3) * amr

    def side(i: int) -> int:
        v = values[i]
        return 0 if v is None or abs(v - mean) < 1e-12 else (1 if v > mean else -1)

    def outside(i: int) -> bool:
        v = values[i]
        return v is not None and (v > upper or v < lower)

    def near(i: int) -> bool:
        v = values[i]
        return v is not None and not outside(i) and (v > high or v < low)

    def rises(window: range, way: int) -> bool:
        return all(
            values[a] is not None and values[b] is not None and (values[b] - values[a]) * way > 0 for a, b in pairwise(window)
        )

    n = len(values)
    sevens = [range(i, i + 7) for i in range(n - 6)]
    threes = [range(i, i + 3) for i in range(n - 2)]
    causes = []
    for i in range(n):
        up = any(i in w and rises(w, 1) for w in sevens)
        down = any(i in w and rises(w, -1) for w in sevens)
        if up and down:
            up = values[i + 1] > values[i]
            down = not up
        if outside(i):
            causes.append("Above UCL" if side(i) > 0 else "Below LCL")
        elif up or down:
            causes.append("Trend (Increasing)" if up else "Trend (Decreasing)")
        elif near(i) and any(i in w and sum(near(j) for j in w) >= 2 and abs(sum(side(j) for j in w)) == 3 for w in threes):
            causes.append(f"Near Limit {'Above' if side(i) > 0 else 'Below'} CL")
        elif any(i in w and abs(sum(side(j) for j in w)) == 7 for w in sevens):
            causes.append(f"Shift {'Above' if side(i) > 0 else 'Below'} CL")
        else:
            causes.append("Common Cause")
    return causes


@settings(deadline=None)
@given(gappy)
def test_arrays_and_the_plain_rules_agree(values: list[int | None]) -> None:
    assert [point.cause for point in xmr(values).points] == plain_causes(values)


@settings(deadline=None)
@given(st.lists(st.sampled_from([1, 2, 3, 5, 8, 13, 21]), min_size=7, max_size=40), st.integers(7, 12))
def test_arrays_and_the_plain_rules_agree_on_trends(values: list[int], length: int) -> None:
    rising = values[:3] + list(range(length)) + values[3:] + list(range(length, 0, -1))
    assert [point.cause for point in xmr(rising).points] == plain_causes(rising)


@settings(deadline=None)
@given(st.lists(st.lists(counts, min_size=15, max_size=15), min_size=1, max_size=6), st.data())
def test_a_batch_gives_the_charts_of_its_rows(table: list[list[int]], data: st.DataObject) -> None:
    cuts = [sorted(data.draw(st.sets(st.integers(1, 14), max_size=2))) for _ in table]
    batch = xmr_batch(table, direction="decrease", target=20.0, starts=cuts)
    for row, places, kind, assured, codes in zip(table, cuts, batch.variation, batch.assurance, batch.cause, strict=True):
        steps = [StepChange(place + 1, "invented", "a person", date(2024, 1, 1)) for place in places]
        chart = xmr(row, direction="decrease", target=20.0, steps=steps)
        assert (chart.variation, chart.assurance) == (kind, assured)
        assert [point.cause for point in chart.points] == [CAUSES[code] for code in codes.tolist()]


# --- properties --------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(series, st.integers(-500, 500), st.sampled_from([0.5, 2.0, 4.0]))
def test_limits_move_and_stretch_with_the_data(values: list[int], shift: int, scale: float) -> None:
    one, other = xmr(values).parts[0], xmr([scale * v + shift for v in values]).parts[0]
    for name in ("mean", "lower", "upper"):
        moved = scale * getattr(one, name) + shift
        assert getattr(other, name) == pytest.approx(moved, rel=1e-9, abs=1e-9, nan_ok=True)


@settings(deadline=None)
@given(series, st.integers(-64, 64), st.sampled_from(["increase", "decrease", "neutral"]))
def test_the_verdict_does_not_change_with_a_shift(values: list[int], shift: int, direction: str) -> None:
    one, other = xmr(values, direction=direction), xmr([v + shift for v in values], direction=direction)
    # a point that lies within rounding of a limit may fall on either side of it
    close = any(not math.isnan(p.upper) and min(abs(p.value - p.upper), abs(p.value - p.lower)) < 1e-6 for p in one.points)
    assert close or [p.kind for p in one.points] == [p.kind for p in other.points]


@settings(deadline=None)
@given(series)
def test_improvement_one_way_is_concern_the_other_way(values: list[int]) -> None:
    swap = {
        "special_cause_improvement": "special_cause_concern",
        "special_cause_concern": "special_cause_improvement",
        "common_cause": "common_cause",
    }
    better, worse = xmr(values, direction="increase"), xmr(values, direction="decrease")
    assert [swap[p.kind] for p in better.points] == [p.kind for p in worse.points]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(50, 90)), min_size=1, max_size=30))
def test_proportions_and_their_limits_stay_between_0_and_1(pairs: list[tuple[int, int]]) -> None:
    chart = p_chart([y for y, _ in pairs], [n for _, n in pairs])
    lines = np.concatenate([chart.lower, chart.centre, chart.upper])
    assert ((lines >= 0) & (lines <= 1)).all()
    assert (chart.lower <= chart.lower_95).all()
    assert (chart.upper_95 <= chart.upper).all()


@settings(deadline=None)
@given(series)
def test_shewhart_limits_contain_the_centre(values: list[int]) -> None:
    for chart in (c_chart(values), i_chart(values), rare_events.g_chart(values)):
        there = ~np.isnan(chart.lower)
        assert (chart.lower[there] <= chart.upper[there]).all()


# --- edges -------------------------------------------------------------------------------------------------------------


def test_a_constant_series_has_no_limits_and_no_signal() -> None:
    chart = xmr([0.1] * 30, direction="increase", target=5)
    assert chart.variation == "common_cause"
    assert chart.assurance is None
    assert all(math.isnan(p.lower) and p.outside is None and p.side == 0 for p in chart.points)
    assert "no limits can be drawn" in chart.sentence


def test_one_point_and_all_missing() -> None:
    assert xmr([4]).variation == "common_cause"
    assert "no value for the latest point" in xmr([None, None]).sentence


def test_short_series_say_trial_limits() -> None:
    short, enough = xmr(STABLE[:11]), xmr(STABLE[:12])
    assert short.trial and "trial limits, from 11 points" in short.sentence
    assert not enough.trial and "trial" not in enough.sentence


def test_a_gap_does_not_count_towards_the_twelve() -> None:
    assert xmr([*STABLE[:11], None]).trial


def test_a_fixed_baseline_sets_the_limits_and_the_later_points_are_judged() -> None:
    chart = xmr([*STABLE, 90], baseline_points=14, direction="decrease")
    assert chart.parts[0].mean == pytest.approx(sum(STABLE) / 14)
    assert chart.points[-1].cause == "Above UCL"
    assert chart.variation == "special_cause_concern"


def test_a_turning_point_takes_the_later_trend_and_a_sawtooth_its_own() -> None:
    peak = rules.trends(np.array([*range(7), *range(5, -1, -1)], dtype=float), 7)
    assert peak.tolist() == [1] * 6 + [-1] * 7
    sawtooth = rules.trends(np.array([*range(10, 17), *range(9, 16)], dtype=float), 7)
    assert sawtooth.tolist() == [1] * 14


def test_trend_of_six_is_another_named_setting() -> None:
    values = [5, 4, 5, 4, 5, 4, 3, 4, 5, 6, 7, 8, 5, 4, 5]
    seven = xmr(values)
    six = xmr(values, rules="making-data-count-six-point-trend")
    assert "Trend (Increasing)" not in [p.cause for p in seven.points]
    assert "Trend (Increasing)" in [p.cause for p in six.points]
    assert "trend is 7 points" in seven.rule_words
    assert "trend is 6 points" in six.rule_words


def test_every_setting_prints_its_numbers_and_its_source() -> None:
    for name in chart_rule_names():
        setting = chart_rules(name)
        assert str(setting.shift_points) in setting.words
        assert f"{setting.limit_constant:.4g}" in setting.words
        assert setting.source
        assert setting.valid_from
    assert run_rules().source


def test_an_unknown_setting_lists_the_known_ones() -> None:
    with pytest.raises(UsageProblem, match="making-data-count"):
        xmr(STABLE, rules="nelson")


# --- step changes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("reason", "by"), [("", "A. Person"), ("  ", "A. Person"), ("New recording rule", "")])
def test_a_step_change_needs_a_reason_and_a_person(reason: str, by: str) -> None:
    with pytest.raises(UsageProblem, match="no reason, no person or no date"):
        StepChange(3, reason, by, date(2024, 4, 1))


def test_a_step_change_names_a_point_once() -> None:
    step = StepChange("2030-01", "New recording rule", "A. Person", date(2024, 4, 1))
    with pytest.raises(UsageProblem, match="at no point of the series"):
        xmr([1, 2, 3], ["a", "b", "c"], steps=[step])
    twice = [StepChange("b", "one", "A", date(2024, 4, 1)), StepChange("b", "two", "A", date(2024, 4, 1))]
    with pytest.raises(UsageProblem, match="Two step changes"):
        xmr([1, 2, 3], ["a", "b", "c"], steps=twice)


def test_no_step_change_is_made_by_itself_and_the_reason_is_printed() -> None:
    values = [*STABLE, *(v + 40 for v in STABLE)]
    alone = xmr(values)
    assert len(alone.parts) == 1
    decided = xmr(values, steps=[StepChange(15, "New recording rule from April.", "A. Person", date(2024, 4, 1))])
    assert [part.points for part in decided.parts] == [14, 14]
    assert decided.parts[1].mean == pytest.approx(decided.parts[0].mean + 40)
    assert decided.parts[1].step is not None
    assert "New limits start by decision at 15: New recording rule from April." in decided.sentence


# --- verdicts, targets, icons ------------------------------------------------------------------------------------------


def test_the_sentence_says_what_it_does_not_say() -> None:
    sentence = xmr([*STABLE, 90], direction="decrease", target=100, title="Offences a month").sentence
    assert sentence.startswith(
        "Offences a month: a sign of a change for the worse (lower is better). The latest value (15: 90)"
    )
    assert "target of 100 can be expected to be met" in sentence
    assert "does not say why" in sentence


@pytest.mark.parametrize(
    ("target", "direction", "assured"),
    [
        (10, "increase", "consistent_fail"),
        (10, "decrease", "consistent_pass"),
        (1, "increase", "consistent_pass"),
        (1, "decrease", "consistent_fail"),
        (5, "increase", "inconsistent"),
        (5, "neutral", None),
        (None, "increase", None),
    ],
)
def test_assurance(target: float | None, direction: str, assured: str | None) -> None:
    assert assurance_of(target, direction, 4.0, 6.0) == assured


def test_icons_say_high_or_low() -> None:
    assert xmr([*STABLE, 90], direction="increase").icons == ("improvement_high", None)
    assert xmr([*STABLE, 90], direction="decrease", target=200).icons == ("concern_high", "consistent_pass")
    assert xmr([*STABLE, 5], direction="increase").icons == ("concern_low", None)
    assert xmr([*STABLE, 5], direction="decrease").icons == ("improvement_low", None)
    assert xmr([*STABLE, 90]).icons == ("neutral_high", None)
    assert xmr([*STABLE, 5]).icons == ("neutral_low", None)
    assert xmr(STABLE).icons == ("common_cause", None)


def test_plain_columns_of_every_kind_give_the_same_chart() -> None:
    charts = [xmr(kind(STABLE)) for kind in (list, np.array, pa.array, pl.Series, pd.Series)]
    assert len({chart.sentence for chart in charts}) == 1


def test_bad_input_is_told_in_words() -> None:
    with pytest.raises(ValueError, match="values: expected numbers"):
        xmr(["many"])
    with pytest.raises(UsageProblem, match="0 values"):
        xmr([])
    with pytest.raises(UsageProblem, match="direction 'up'"):
        xmr(STABLE, direction="up")  # type: ignore[arg-type]
    with pytest.raises(UsageProblem, match="without denominators"):
        shewhart.shewhart("p", [1, 2])
    with pytest.raises(UsageProblem, match="2 values, 1 denominators"):
        u_chart([1, 2], [3])


# --- Shewhart, run and rare-event charts: worked by hand -----------------------------------------------------------------


def test_c_and_u_charts_by_hand() -> None:
    chart = c_chart([16, 16, 16, 16])
    assert (chart.lower[0], chart.centre[0], chart.upper[0]) == (4.0, 16.0, 28.0)
    rate = u_chart([8, 8], [4, 4], multiply=100)
    assert rate.centre[0] == 200
    assert rate.upper[0] == pytest.approx(100 * (2 + 3 * math.sqrt(2 / 4)))


def test_moving_ranges_by_hand() -> None:
    chart = mr_chart([1, 3, 2, 4])
    assert np.isnan(chart.values[0])
    assert chart.values[1:].tolist() == [2, 1, 2]
    assert chart.upper[0] == pytest.approx(3.267 * 5 / 3)


def test_laney_is_wider_where_large_denominators_vary_and_the_same_shape() -> None:
    generator = np.random.default_rng(4)
    n = generator.integers(20_000, 30_000, 24)
    y = generator.binomial(n, generator.normal(0.6, 0.03, 24))
    plain_chart, prime = p_chart(y, n), p_prime_chart(y, n)
    assert prime.parts[0].upper - prime.parts[0].lower > 5 * (plain_chart.parts[0].upper - plain_chart.parts[0].lower)
    assert plain_chart.parts[0].outside > 5
    assert prime.parts[0].outside == 0
    assert u_prime_chart(y, n).parts[0].centre == pytest.approx(u_chart(y, n).parts[0].centre)


def test_constants_of_subgroup_charts_are_the_published_ones() -> None:
    """A3 = 1.427, B3 = 0, B4 = 2.089 for five, B3 = 0.030 for six (Montgomery, appendix VI)."""
    five = [1.0, 2.0, 3.0, 4.0, 5.0] * 4
    groups = [i // 5 for i in range(20)]
    spread = float(np.std(five[:5], ddof=1))
    chart, spreads = xbar_chart(five, groups), s_chart(five, groups)
    assert (chart.upper[0] - chart.centre[0]) / spread == pytest.approx(1.427, abs=5e-4)
    assert spreads.upper[0] / spread == pytest.approx(2.089, abs=5e-4)
    assert spreads.lower[0] == 0
    six = s_chart([1.0, 2.0, 3.0, 4.0, 5.0, 6.0] * 2, [0] * 6 + [1] * 6)
    assert six.lower[0] / six.centre[0] == pytest.approx(0.030, abs=5e-4)


def test_freeze_part_and_exclude() -> None:
    values = [*STABLE, *(v + 40 for v in STABLE)]
    assert c_chart(values, freeze=14).parts[0].centre == pytest.approx(sum(STABLE) / 14)
    assert [p.centre for p in c_chart(values, parts=[14]).parts] == pytest.approx([sum(STABLE) / 14, sum(STABLE) / 14 + 40])
    spoiled = [*STABLE[:6], 500, *STABLE[6:]]
    chart = c_chart(spoiled, exclude=[7])
    assert chart.parts[0].centre == pytest.approx(sum(STABLE) / 14)
    assert chart.outside.tolist().index(True) == 6, "an excluded point is still judged"


def test_runs_by_hand() -> None:
    found = run_charts.runs_analysis([1, 1, 1, 5, 9, 9, 9, 1], 5)
    assert (found.observed, found.useful, found.longest_run, found.crossings) == (8, 7, 3, 2)
    assert (found.longest_run_max, found.crossings_min) == (6, 1)
    assert not run_charts.runs_analysis([5, 5], 5).signal


def test_a_run_chart_of_a_clear_shift_signals_and_says_so() -> None:
    chart = run_charts.run_chart([1, 2, 1, 2, 1, 2, 1, 2, 8, 9, 8, 9, 8, 9, 8, 9])
    assert chart.parts[0].runs.signal
    assert "values in a row on one side" in chart.sentence
    assert np.isnan(chart.upper).all()


def test_rare_events_by_hand() -> None:
    chart = rare_events.g_chart([0, 10, 20])
    assert chart.centre[0] == 10
    assert chart.upper[0] == pytest.approx(10 + 3 * math.sqrt(110))
    assert chart.lower[0] == 0
    days = rare_events.t_chart([10.0, 20.0, 30.0, 15.0])
    sound = np.array([10.0, 20.0, 30.0, 15.0]) ** (1 / 3.6)
    sigma = np.abs(np.diff(sound)).mean() / 1.128
    assert days.upper[0] == pytest.approx((sound.mean() + 3 * sigma) ** 3.6)


def test_rare_events_refuse_zero_and_disorder() -> None:
    with pytest.raises(UsageProblem, match="zero or less"):
        rare_events.t_chart([3, 0, 5])
    with pytest.raises(UsageProblem, match="not in order"):
        rare_events.days_between([date(2024, 2, 1), date(2024, 1, 1)])
    assert rare_events.days_between([date(2024, 1, 1), date(2024, 1, 1), date(2024, 1, 4)]) == (0.5, 3.0)


@pytest.mark.parametrize("module", [xmr_charts, shewhart, run_charts, rare_events], ids=lambda module: module.__name__)
def test_worked_examples_are_computed(module: ModuleType) -> None:
    example = module.worked_example()
    assert {"method", "inputs", "call", "result", "source"} <= set(example)
    assert json.loads(json.dumps(example)) == example
    assert example["result"]["sentence"]
