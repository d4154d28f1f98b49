"""Deadlines: working days around bank holidays, and the last second of a day in London."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vkpp.basics.working_days import add_working_days, end_of, is_late, is_working_day, next_working_day, working_days_between

CHRISTMAS = frozenset({date(2024, 12, 25), date(2024, 12, 26), date(2025, 1, 1)})
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
HOLIDAYS = st.frozensets(DAYS, max_size=30)


@pytest.mark.parametrize(
    ("start", "days", "answer"),
    [
        (date(2024, 12, 23), 1, date(2024, 12, 24)),
        (date(2024, 12, 24), 1, date(2024, 12, 27)),
        (date(2024, 12, 24), 3, date(2024, 12, 31)),
        (date(2024, 12, 31), 1, date(2025, 1, 2)),
        (date(2025, 1, 2), -1, date(2024, 12, 31)),
        (date(2024, 12, 28), 0, date(2024, 12, 30)),
    ],
)
def test_working_days_step_over_weekends_and_holidays(start: date, days: int, answer: date) -> None:
    assert add_working_days(start, days, CHRISTMAS) == answer


@given(DAYS, st.integers(1, 60), HOLIDAYS)
def test_counting_back_gives_the_days_that_were_added(start: date, days: int, holidays: frozenset[date]) -> None:
    end = add_working_days(start, days, holidays)
    assert is_working_day(end, holidays)
    assert working_days_between(start, end, holidays) == days
    assert working_days_between(end, start, holidays) == -days


@given(DAYS, HOLIDAYS)
def test_the_next_working_day_is_the_day_itself_or_the_first_after_it(day: date, holidays: frozenset[date]) -> None:
    answer = next_working_day(day, holidays)
    assert is_working_day(answer, holidays)
    assert not any(is_working_day(day + timedelta(n), holidays) for n in range((answer - day).days))


def test_a_deadline_ends_with_the_day_in_london_summer_and_winter() -> None:
    assert end_of(date(2024, 7, 1)) == datetime(2024, 7, 1, 22, 59, 59, tzinfo=UTC)
    assert end_of(date(2024, 1, 1)) == datetime(2024, 1, 1, 23, 59, 59, tzinfo=UTC)
    assert not is_late(datetime(2024, 7, 1, 22, 59, 59, 999_999, tzinfo=UTC), date(2024, 7, 1))
    assert is_late(datetime(2024, 7, 1, 23, 0, 0, tzinfo=UTC), date(2024, 7, 1))
