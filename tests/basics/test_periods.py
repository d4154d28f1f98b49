"""Periods: what a code means, in days and in words, and how bad text is refused."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vkpp.basics.periods import Period
from vkpp.basics.problems import ExitCode, UsageProblem

PERIODS = st.builds(
    Period,
    kind=st.sampled_from(["FY", "CY"]),
    year=st.integers(1901, 2198),
    quarter=st.none() | st.integers(1, 4),
)


@pytest.mark.parametrize(
    ("text", "first", "last", "label", "before"),
    [
        ("FY2017-18", date(2017, 4, 1), date(2018, 3, 31), "April 2017 to March 2018", "FY2016-17"),
        ("FY2024-25Q3", date(2024, 10, 1), date(2024, 12, 31), "October to December 2024", "FY2024-25Q2"),
        ("FY2024-25Q4", date(2025, 1, 1), date(2025, 3, 31), "January to March 2025", "FY2024-25Q3"),
        ("FY1999-00Q1", date(1999, 4, 1), date(1999, 6, 30), "April to June 1999", "FY1998-99Q4"),
        ("CY2024", date(2024, 1, 1), date(2024, 12, 31), "January to December 2024", "CY2023"),
        ("CY2024Q1", date(2024, 1, 1), date(2024, 3, 31), "January to March 2024", "CY2023Q4"),
    ],
)
def test_a_code_means_its_days_and_words(text: str, first: date, last: date, label: str, before: str) -> None:
    period = Period.parse(text)
    assert (period.start, period.end, period.label, period.code, period.previous().code) == (first, last, label, text, before)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024",
        "FY2017",
        "FY2017-19",
        "FY2017-2018",
        "CY2024-25",
        "CY2024Q5",
        "CY2024Q0",
        "FY1850-51",
        "CY20245",
        "FY2017-18 Q1 x",
    ],
)
def test_bad_text_is_refused_with_the_forms_that_are_accepted(text: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        Period.parse(text)
    assert repr(text) in str(refused.value)
    assert "Expected:" in str(refused.value)
    assert refused.value.exit_code == ExitCode.USAGE


@given(PERIODS)
def test_a_code_is_read_back_as_the_same_period(period: Period) -> None:
    assert Period.parse(period.code) == period
    assert Period.parse(f" {period.code.lower()} ") == period


@given(PERIODS)
def test_quarters_fill_the_period_without_a_gap(period: Period) -> None:
    quarters = period.quarters()
    assert quarters[0].start == period.start
    assert quarters[-1].end == period.end
    for one, following in pairwise(quarters):
        assert following.start - one.end == timedelta(days=1)
        assert following.previous() == one


@given(PERIODS)
def test_the_previous_period_ends_the_day_before(period: Period) -> None:
    assert period.previous().end == period.start - timedelta(days=1)
    assert period.year_before().start.year == period.start.year - 1
    assert not period.contains(period.previous().end)
    assert period.contains(period.start)
    assert period.contains(period.end)


def test_the_population_year_is_the_year_in_which_the_period_begins() -> None:
    years = [Period.parse(code).year_for_population for code in ("FY2017-18", "FY2017-18Q4", "CY2018Q1")]
    assert years == [2017, 2017, 2018]
