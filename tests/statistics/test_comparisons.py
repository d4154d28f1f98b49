"""Disparity, change, order under changed weights, harm, quantiles and inequality: promises and refusals."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2

from vkpp.basics.problems import RefusedByRule
from vkpp.engine.statistics import disparity, odds
from vkpp.engine.statistics.change import HIGHER, LOWER, NOTHING, WITHIN, change
from vkpp.engine.statistics.harm import HarmEdition, change_in_harm, harm, harm_editions
from vkpp.engine.statistics.inequality import slope_index
from vkpp.engine.statistics.quantiles import quantiles
from vkpp.engine.statistics.ranks import rank_stability
from vkpp.engine.statistics.roots import root

COUNT = st.integers(1, 2_000)
GROUPS = {"groups": ["one", "two"], "reference": "one", "denominator": "residents"}


@given(COUNT, COUNT)
def test_relative_rate_holds_its_estimate_and_turns_round(a: int, b: int) -> None:
    for method in ("wald", "midp"):
        made = disparity.relative_rates([a, b], [9_000, 5_000], **GROUPS, method=method)
        turned = disparity.relative_rates([b, a], [5_000, 9_000], **GROUPS, method=method)
        assert made.lower[0] < made.ratio[0] < made.upper[0]
        assert turned.ratio[0] == pytest.approx(1 / made.ratio[0], rel=1e-6)
        assert turned.lower[0] == pytest.approx(1 / made.upper[0], rel=1e-6)


def test_mid_p_holds_at_zero_where_wald_cannot_say() -> None:
    told: dict[str, Any] = {**GROUPS}
    wald = disparity.relative_rates([0, 5], [1_000, 1_000], **told)
    midp = disparity.relative_rates([5, 0], [1_000, 1_000], **told, method="midp")
    assert np.isnan([wald.ratio[0], wald.lower[0]]).all()
    assert midp.lower[0] == 0
    assert 0 < midp.upper[0] < 1
    assert "cannot be compared" in wald.sentence("two")


def test_the_sentence_names_interval_and_denominator() -> None:
    words = disparity.relative_rates([120, 45], [10_000, 2_500], **GROUPS).sentence("two")
    assert words == (
        "The rate for two is 1.50 times that for one, per residents (95% interval 1.06 to 2.11, an interval that does not "
        "include 1)."
    )


@given(st.integers(1, 90), st.integers(1, 90))
def test_risk_and_odds_ratios_agree_with_statsmodels(a: int, b: int) -> None:
    table = Table2x2(np.array([[b, 100 - b], [a, 150 - a]]))
    risk = odds.relative_risks([a, b], [150, 100], **GROUPS)
    woolf = odds.odds_ratios([a, b], [150, 100], **GROUPS)
    assert risk.ratio[0] == pytest.approx(table.riskratio)
    assert (risk.lower[0], risk.upper[0]) == pytest.approx(table.riskratio_confint())
    assert woolf.ratio[0] == pytest.approx(table.oddsratio)
    assert (woolf.lower[0], woolf.upper[0]) == pytest.approx(table.oddsratio_confint())


@given(st.integers(1, 39), st.integers(1, 59))
def test_mid_p_odds_lie_near_woolf_and_leave_the_tails_they_promise(a: int, b: int) -> None:
    made = odds.odds_ratios([b, a], [60, 40], **GROUPS, method="midp")
    assert made.lower[0] < made.ratio[0] < made.upper[0]
    for end, tail in ((made.lower[0], 0.975), (made.upper[0], 0.025), (made.ratio[0], 0.5)):
        spread = stats.nchypergeom_fisher(100, 40, a + b, end)
        assert spread.cdf(a) - spread.pmf(a) / 2 == pytest.approx(tail, abs=1e-6)


def test_mid_p_odds_hold_at_the_ends() -> None:
    made = odds.odds_ratios([5, 0], [60, 40], **GROUPS, method="midp")
    assert (made.ratio[0], made.lower[0]) == (0, 0)
    assert 0 < made.upper[0] < 2
    full = odds.odds_ratios([5, 40], [60, 40], **GROUPS, method="midp")
    assert math.isinf(full.upper[0])
    assert full.lower[0] > 5


def test_pooled_odds_agree_with_statsmodels() -> None:
    a1, n1, a0, n0 = [12, 30, 8], [40, 90, 30], [20, 25, 15], [100, 110, 90]
    tables = [np.array([[w, x - w], [y, z - y]], dtype=float) for w, x, y, z in zip(a1, n1, a0, n0, strict=True)]
    theirs = StratifiedTable(tables)
    made = odds.mantel_haenszel(a1, n1, a0, n0)
    assert made.ratio == pytest.approx(theirs.oddsratio_pooled)
    assert (made.lower, made.upper) == pytest.approx(theirs.oddsratio_pooled_confint())
    assert made.chi_squared == pytest.approx(theirs.test_null_odds(correction=True).statistic)
    plain = odds.mantel_haenszel(a1, n1, a0, n0, correct=False)
    assert plain.chi_squared == pytest.approx(theirs.test_null_odds(correction=False).statistic)


@given(st.floats(0.01, 0.99), st.floats(1e-9, 1e-3))
def test_a_root_is_found_to_its_tolerance(place: float, tolerance: float) -> None:
    def f(x: float) -> float:
        return (x - place) ** 3 + (x - place)

    assert root(f, 0.0, 1.0, tolerance) == pytest.approx(place, abs=2 * tolerance)
    assert root(f, 0.0, 1.0) == pytest.approx(optimize.brentq(f, 0.0, 1.0), abs=1e-10)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_bounds_hold_whatever_the_missing_are(k: int, m: int, rest: int) -> None:
    n = k + m + rest
    if n:
        bounds = disparity.share_bounds([k], [m], [n])
        for hidden in range(m + 1):
            assert bounds.lower[0] <= (k + hidden) / n <= bounds.upper[0]
        assert bounds.upper[0] - bounds.lower[0] == pytest.approx(m / n)


def test_bounds_of_a_relative_rate_give_no_point() -> None:
    made = disparity.relative_rate_bounds([100, 30], [10_000, 2_000], ["one", "two"], reference="one", missing=20)
    assert np.isnan(made.ratio).all()
    assert (made.lower[0], made.upper[0]) == pytest.approx((0.015 / 0.012, 0.025 / 0.010))


def test_unequal_completeness_is_refused_by_name() -> None:
    told: dict[str, Any] = {"known": [95, 60], "total": [100, 100], "groups": ["Kent", "Essex"]}
    with pytest.raises(RefusedByRule, match=r"Kent is 95\.0% complete and Essex 60\.0%"):
        disparity.refuse_unequal_completeness(**told, most_points=10)
    assert disparity.refuse_unequal_completeness(**told, most_points=35).tolist() == [95, 60]


def test_ratio_of_ratios_from_published_limits() -> None:
    first, second = (disparity.LogRatio.from_limits(*three) for three in ((0.67, 0.46, 0.98), (0.88, 0.71, 1.08)))
    made = disparity.ratio_of_ratios(first, second)  # Altman and Bland (2003), P = 0.2
    assert (round(made.ratio, 2), round(made.lower, 2), round(made.upper, 2)) == (0.76, 0.49, 1.17)
    assert round(made.p_value, 1) == 0.2


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (
            lambda: disparity.relative_rates([1, 2], [9, 9], ["a", "b"], reference="a", denominator=" "),
            "denominator is not named",
        ),
        (lambda: disparity.relative_rates([1, 2], [9, 9], ["a", "b"], reference="c", denominator="d"), "reference 'c'"),
        (lambda: disparity.relative_rates([1, 2], [9, 9], ["a", "a"], reference="a", denominator="d"), "different names"),
        (lambda: disparity.relative_rates([1, None], [9, 9], ["a", "b"], reference="a", denominator="d"), "bounds"),
        (lambda: odds.relative_risks([1, 10], [9, 9], ["a", "b"], reference="a", denominator="d"), "exceed their total"),
        (lambda: odds.mantel_haenszel([0], [5], [0], [5]), "no stratum"),
        (lambda: disparity.share_bounds([5], [6], [10]), "no greater than the total"),
        (lambda: disparity.LogRatio.from_limits(2, 3, 4), "expected 0 < lower"),
        (lambda: root(lambda x: 1.0, 0, 1), "does not change sign"),
    ],
)
def test_refusals_of_disparity(bad: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        bad()


# Change


@given(st.integers(0, 500), st.integers(0, 500))
def test_change_holds_its_ratio_and_turns_round(b: int, a: int) -> None:
    made, turned = change([b], [a]), change([a], [b])
    if a + b == 0:
        assert made.verdict == (NOTHING,)
        return
    assert made.lower[0] <= made.ratio[0] <= made.upper[0]
    opposite = {HIGHER: LOWER, LOWER: HIGHER, WITHIN: WITHIN}
    assert turned.verdict == (opposite[made.verdict[0]],)
    test = stats.binomtest(a, a + b).proportion_ci(0.95, method="exact")
    assert made.lower[0] == pytest.approx(test.low / (1 - test.low) if test.low < 1 else math.inf)
    assert made.upper[0] == pytest.approx(test.high / (1 - test.high) if test.high < 1 else math.inf)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 50))
def test_change_rises_with_the_later_count(b: int, a: int, more: int) -> None:
    made = change([b, b], [a, a + more])
    assert made.ratio[0] < made.ratio[1]
    assert made.lower[0] < made.lower[1]
    assert made.upper[0] < made.upper[1]


def test_the_same_change_is_news_in_large_numbers_and_noise_in_small() -> None:
    made = change([12, 1_200], [15, 1_500])
    assert made.verdict == (WITHIN, HIGHER)
    assert made.sentence(0) == (
        "The count went from 12 to 15 (25% more; 95% interval of the ratio 0.55 to 2.92): this may be chance alone."
    )
    assert "more than chance would ordinarily make" in made.sentence(1)


def test_populations_and_repeat_events_are_allowed_for() -> None:
    steady = change([100], [200], population_before=[1_000], population_after=[2_000])
    assert steady.ratio[0] == 1
    plain, repeated = change([100], [140]), change([100], [140], inflation=3.0)
    assert (plain.verdict, repeated.verdict) == ((HIGHER,), (WITHIN,))
    assert repeated.lower[0] < plain.lower[0]
    with pytest.raises(ValueError, match="inflation"):
        change([1], [2], inflation=0.5)
    with pytest.raises(ValueError, match="both"):
        change([1], [2], population_before=[3])


def test_missing_and_zero_are_told_apart() -> None:
    made = change([None, 0, 0], [5, 5, 0])
    assert made.verdict[0] == NOTHING
    assert math.isinf(made.ratio[1])
    assert made.verdict == (NOTHING, WITHIN if made.lower[1] <= 1 else HIGHER, NOTHING)
    assert "from none" in made.sentence(1)


# Order under changed weights


def test_an_item_first_in_everything_stays_first() -> None:
    made = rank_stability([[5, 5], [1, 4], [3, 1]], [0.5, 0.5], ["A", "B", "C"], what="threats", top=1)
    assert made.among_top[0] == 1
    assert made.settled[0]
    assert made.weightings == 1_000
    assert not rank_stability([[5, 1], [1, 5]], [1, 1], ["A", "B"], what="threats", top=1).settled.any()


def test_the_same_seed_gives_the_same_answer_and_ties_share() -> None:
    told: dict[str, Any] = {"weights": [2, 1], "items": ["A", "B"], "what": "topics", "top": 1}
    one, two = (rank_stability([[1, 2], [2, 1]], **told) for _ in range(2))
    assert np.array_equal(one.among_top, two.among_top)
    assert rank_stability([[1, 1], [1, 1]], **told).base.tolist() == [1.5, 1.5]


@pytest.mark.parametrize("what", ["forces", "police force areas", "each Force", "constabularies"])
def test_forces_are_never_ranked(what: str) -> None:
    with pytest.raises(RefusedByRule, match="order"):
        rank_stability([[1], [2]], [1], ["Kent", "Essex"], what=what, top=1)


# Harm


def test_the_shipped_editions_say_what_they_are() -> None:
    editions = harm_editions()
    assert {"cambridge-2026", "ons-severity"} <= set(editions)
    for edition in editions.values():
        assert edition.source
        assert edition.unit
        assert {"owner", "confidence", "weight_is", "published"} <= set(edition.about)
        assert all(edition.lowest[name] <= weight <= edition.highest[name] for name, weight in edition.weights.items())
    assert editions["cambridge-2026"].weights["Residential burglary"] == 273.5


def test_a_category_without_a_weight_is_not_guessed() -> None:
    edition = harm_editions()["cambridge-2026"]
    with pytest.raises(ValueError, match="no weight for Fraud"):
        harm(["Fraud"], [1], edition)
    made = harm(["Arson", "Arson", "Bicycle theft"], [1, 2, 5], edition, group=["a", "b", "b"])
    assert made.units.tolist() == [185, 380]
    assert made.per_offence.tolist() == [185, 380 / 7]
    assert np.isnan(harm(["Arson"], [0], edition).per_offence[0])


def test_editions_are_never_mixed(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text("{scheme: S, edition: 2016, unit: days, source: invented}", encoding="utf-8")
    (tmp_path / "old.csv").write_text("category,weight,lowest,highest\nArson,33,33,33\n", encoding="utf-8")
    old = harm_editions(tmp_path)["old"]
    new = HarmEdition("new", "S", "2026", "days", {"Arson": 185.0})
    before, after = harm(["Arson"], [10], old), harm(["Arson"], [10], new)
    with pytest.raises(RefusedByRule, match="S 2016"):
        change_in_harm(before, after)
    assert change_in_harm(before, harm(["Arson"], [15], old)).tolist() == [50]


# Quantiles and inequality


@given(st.lists(st.integers(-1_000, 1_000), min_size=1, max_size=60), st.integers(2, 10))
def test_quantiles_follow_the_values(values: list[int], number: int) -> None:
    made = quantiles(values, number, invert=False)
    if len(values) < number:
        assert np.isnan(made.quantile).all()
        assert made.notes
        return
    assert ((made.quantile >= 1) & (made.quantile <= number)).all()
    order = np.argsort(values, kind="stable")
    assert (np.diff(made.quantile[order]) >= 0).all()
    if len(set(values)) == len(values):
        turned = quantiles([-value for value in values], number, invert=True)
        assert np.array_equal(made.quantile, turned.quantile)


def test_quantile_refusals() -> None:
    for bad in (lambda: quantiles([1, 2], 1), lambda: quantiles([1, 2], 2, invert=[True, False], group=["a", "a"])):
        with pytest.raises(ValueError, match=r"quantiles is 1|invert differs"):
            bad()
    made = quantiles([1, None, 3], 2)
    assert np.isnan(made.quantile[1])


DECILES: dict[str, Any] = {"quantile": list(range(1, 11)), "population": [1_000] * 10}


def test_a_straight_line_gives_its_own_slope() -> None:
    ends = [(place + 0.5) / 10 for place in range(10)]
    made = slope_index(**DECILES, value=[20 - 8 * x for x in ends], standard_error=[0.1] * 10, repetitions=5_000)
    assert made.slope[0] == pytest.approx(-8)
    assert made.relative[0] == pytest.approx(12 / 20)
    assert made.slope_limits[0].lower[0] < -8 < made.slope_limits[0].upper[0]


def test_the_simulated_limits_agree_with_the_variance_of_a_weighted_fit() -> None:
    x = (np.arange(10) + 0.5) / 10
    made = slope_index(**DECILES, value=20 - 8 * x, standard_error=[0.5] * 10, confidence=(95, 99, 99.8))
    error = 0.5 / math.sqrt(((x - x.mean()) ** 2).sum())
    for limits, z in zip(made.slope_limits, (1.96, 2.576, 3.09), strict=True):
        assert limits.upper[0] == pytest.approx(-8 + z * error, abs=0.06)


def test_rows_may_come_in_any_order_and_the_seed_fixes_the_limits() -> None:
    value = [9.0, 8.5, 8.1, 7.0, 7.2, 6.0, 5.9, 5.0, 4.1, 4.0]
    one = slope_index(**DECILES, value=value, standard_error=[0.2] * 10, repetitions=2_000)
    turned = {"quantile": DECILES["quantile"][::-1], "population": DECILES["population"]}
    two = slope_index(**turned, value=value[::-1], standard_error=[0.2] * 10, repetitions=2_000)
    assert one.slope[0] == pytest.approx(two.slope[0])
    assert one.slope_limits[0].lower[0] == pytest.approx(two.slope_limits[0].lower[0])


def test_a_group_without_all_its_quantiles_is_left_out_and_named() -> None:
    told: dict[str, Any] = {"repetitions": 1_000, "group": ["a"] * 10 + ["b"] * 9}
    quantile, people = [*range(1, 11), *range(1, 10)], [100] * 19
    made = slope_index(quantile, people, [float(q) for q in quantile], standard_error=[0.1] * 19, **told)
    assert made.labels == ("a",)
    assert "['b']" in made.notes[0]


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        ({"value": [1.0] * 10}, "is required"),
        ({"standard_error": [1.0] * 10}, "value is missing"),
        ({"value": [1.0] * 10, "standard_error": [-1.0] * 10}, "negative"),
        ({"value": [None] * 10, "standard_error": [1.0] * 10}, "value: missing"),
        ({"value": [0.5] * 10, "lower": [0.4] * 10, "upper": [1.2] * 10, "kind": "proportion"}, "between 0 and 1"),
        ({"value": [1.5] * 10, "standard_error": [1.0] * 10, "kind": "proportion"}, "between 0 and 1"),
        ({"count": [0] * 10, "standard_error": [1.0] * 10, "kind": "proportion"}, "zero or missing count"),
        ({"value": [0.0] * 10, "standard_error": [1.0] * 10, "kind": "rate"}, "no logarithm"),
        ({"value": [1.0] * 10, "standard_error": [1.0] * 10, "repetitions": 10}, "1,000 or more"),
        ({"value": [1.0] * 10, "standard_error": [1.0] * 10, "confidence": 0.5}, "confidence level"),
    ],
)
def test_inequality_refusals(given_: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        slope_index(**DECILES, **given_)
