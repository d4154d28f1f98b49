"""The rules as data, and the primary rules as arithmetic; bad rules are refused in words, never weakened."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.disclosure.editions import rule, table
from vkpp.basics.problems import RefusedByRule
from vkpp.catalogue.disclosure_rules import disclosure_rule_from
from vkpp.engine.disclosure import attacker, audit, given_back, overlaps, primary, protect, suppression
from vkpp.engine.disclosure.given_back import byar, count_from_limits, count_from_rate, wilson
from vkpp.engine.disclosure.primary import dominated, estimable, few, too_small, unsafe_amount
from vkpp.engine.shapes.measures import Dimension
from vkpp.engine.statistics import intervals

GOOD = {"id": "x", "title": "X", "kind": "threshold", "threshold": 5, "source": "here"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"treshold": 5}, "treshold not known"),
        ({"source": ""}, "source missing"),
        ({"kind": "rounding"}, "kind 'rounding' not known"),
        ({"threshold": 1}, "hides nothing"),
        ({"zeros": "sometimes"}, "expected shown or hidden"),
        ({"protect_below": 0, "protect_above": 0}, "a doubt of at least 1"),
        ({"kind": "contributors"}, "without dominance"),
    ],
)
def test_a_bad_rule_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        disclosure_rule_from(GOOD | change)


def test_a_rule_holds_within_its_dates():
    dated = disclosure_rule_from(GOOD | {"valid_from": "2018-04-01", "valid_to": date(2020, 3, 31)})
    assert [dated.holds_on(date(2018, 3, 31)), dated.holds_on(date(2018, 4, 1)), dated.holds_on(date(2020, 3, 31))] == [
        False,
        True,
        True,
    ]
    assert not dated.holds_on(date(2020, 4, 1))
    assert rule().holds_on(date(1990, 1, 1))


def test_small_is_one_to_one_less_than_the_threshold():
    assert [n for n in range(-6, 8) if too_small(n, 5)] == [-4, -3, -2, -1, 1, 2, 3, 4]
    assert too_small(0, 5, zeros_hidden=True)


def test_contributor_rules_name_what_is_broken():
    judged = disclosure_rule_from(
        GOOD | {"kind": "contributors", "dominance": [[1, 80]], "p_percent": 10, "pq": [60, 80], "few": 3}
    )
    assert unsafe_amount([90, 5, 5], judged) == ("dominance", "p percent", "pq")
    assert unsafe_amount([90], judged) == ("dominance", "p percent", "pq", "few contributors")
    assert unsafe_amount([10, 10, 10, 10, 10], judged) == ()
    assert unsafe_amount([], judged) == ()
    assert not few(0, 3)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6), st.integers(1, 3), st.integers(1, 99))
def test_dominance_grows_with_n_and_estimation_with_p(parts, n, k):
    assert dominated(parts, n + 1, k) or not dominated(parts, n, k)
    assert estimable(parts, k + 1) or not estimable(parts, k)


def test_amounts_cannot_be_protected_from_cells_alone():
    cells = table("t", (Dimension("force_id", "Force", {"total": "All", "kent": "Kent"}),), {("kent",): 3})
    with pytest.raises(RefusedByRule, match="judges contributions"):
        protect([cells], rule(kind="contributors", few=3))


@given(st.integers(0, 40), st.integers(1000, 3_000_000))
def test_a_printed_rate_always_leaves_the_true_count_possible(count, population):
    low, high = count_from_rate(f"{1e6 * count / population:.2f}", population, 1e6, 2)
    assert low <= count <= high


@given(st.integers(0, 30), st.integers(200, 1_000_000), st.sampled_from([byar, wilson]))
def test_printed_limits_always_leave_the_true_count_possible(count, base, method):
    low, high = (round(1e5 * edge, 1) for edge in method(count, base))
    assert count in count_from_limits(low, high, base, 1e5, 1, method, most=50)
    assert method(count, base)[0] <= count / base <= method(count, base)[1]


@given(st.integers(0, 60), st.integers(100, 100_000), st.sampled_from([0.9, 0.95, 0.998]))
def test_the_attackers_own_limits_are_those_that_are_printed(count, base, level):
    """Two implementations: the attacker's formulas, and those by which the editions print."""
    wilson_low, wilson_high = intervals.wilson_limits([count], [base], level)
    assert wilson(count, base, level) == pytest.approx((wilson_low[0], wilson_high[0]), rel=1e-9, abs=1e-12)
    low, high = byar(count, base, level)
    if count >= 10:
        byar_low, byar_high = intervals.byar_limits([count], level)
    else:
        byar_low, byar_high = intervals.poisson_limits([count], level)
    assert (low * base, high * base) == pytest.approx((byar_low[0], byar_high[0]), rel=1e-9, abs=1e-12)


def test_what_numbers_give_back_is_exact():
    """The count behind each is worked out by hand: 4 / 718,000 is 5.571 per million."""
    assert list(given_back.worked_example().values()) == [(4, 4), (4,), [(3, 3), (0, 0), (0, 0)]]
    assert count_from_limits(None, 14.26, 718_000, 1e6, 2, byar, most=50) == (4,)
    assert count_from_limits(None, None, 10, 1e6, 2, byar, most=50) == tuple(range(11))
    assert count_from_limits(None, None, 10, 1e6, 2, byar, most=3) == (0, 1, 2, 3)


def test_the_attacker_says_what_is_left_open():
    assert attacker.worked_example() == {"row of 3 alone": [(0, 3), (0, 3)], "with the column": [(2, 2), (1, 1)]}


def test_a_rate_that_no_count_gives_is_refused():
    with pytest.raises(ValueError, match="no whole count"):
        count_from_rate("0.01", 1000, 1000, 2)


@pytest.mark.parametrize("module", [attacker, audit, given_back, overlaps, primary, suppression])
def test_every_public_module_works_an_example(module):
    assert module.worked_example()
