"""Working days and deadlines: bank holidays are passed in, a deadline ends at 23:59:59 in London."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_DAY = timedelta(days=1)
_SATURDAY = 5


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    """Monday to Friday and no bank holiday."""
    return day.weekday() < _SATURDAY and day not in holidays


def add_working_days(start: date, days: int, holidays: Collection[date]) -> date:
    """The working day that is `days` working days after `start` (before it, where `days` is negative).

    The start itself is not counted. With 0 days the answer is the start, or the next working day after it.
    """
    if days == 0:
        return next_working_day(start, holidays)
    step = _DAY if days > 0 else -_DAY
    day, left = start, abs(days)
    while left:
        day += step
        left -= is_working_day(day, holidays)
    return day


def next_working_day(day: date, holidays: Collection[date]) -> date:
    """The day itself if it is a working day, or the first one after it."""
    while not is_working_day(day, holidays):
        day += _DAY
    return day


def working_days_between(start: date, end: date, holidays: Collection[date]) -> int:
    """How many working days lie after `start`, up to and with `end`; negative when `end` is earlier."""
    if end < start:
        return -working_days_between(end, start, holidays)
    return sum(is_working_day(start + _DAY * n, holidays) for n in range(1, (end - start).days + 1))


def end_of(day: date) -> datetime:
    """The instant, in UTC, at which a deadline on this day ends: 23:59:59 in London."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=LONDON).astimezone(UTC)


def is_late(sent: datetime, deadline: date) -> bool:
    """Whether an instant (with its time zone) lies after the end of the deadline's day in London."""
    return sent.replace(microsecond=0).astimezone(UTC) > end_of(deadline)
