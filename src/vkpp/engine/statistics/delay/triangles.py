"""Counts by origin and delay, as seen at one moment: what had not been recorded yet is unknown, not zero."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vkpp.basics.problems import UsageProblem
from vkpp.engine.statistics.columns import numbers

Floats = NDArray[np.float64]
Unit = Literal["day", "month"]


def counts_by_delay(origin: Any, delay: Any, count: Any, *, now: int | None = None) -> Floats:
    """Origins by delays from a long table, NaN where origin + delay lies after `now` (the last origin, if not given).

    origin and delay: whole numbers from 0, in the same unit. Pairs that are not in the table are 0 up to `now`.
    """
    o, d, c = (numbers(column, name=name) for column, name in ((origin, "origin"), (delay, "delay"), (count, "count")))
    if not len(o) or len(o) != len(d) or len(o) != len(c) or min(o.min(), d.min()) < 0:
        raise UsageProblem(
            "Counts by origin and delay that do not fit.", expected="three columns of one length, none below zero"
        )
    table = np.zeros((int(o.max()) + 1, int(d.max()) + 1))
    np.add.at(table, (o.astype(int), d.astype(int)), np.nan_to_num(c))
    return seen_at(table, len(table) - 1 if now is None else now)


def seen_at(table: Floats, now: int) -> Floats:
    """The same counts with everything after `now` unknown; origins after `now` are left out."""
    kept = table[: now + 1]
    moment = np.add.outer(np.arange(len(kept)), np.arange(kept.shape[1]))
    seen: Floats = np.where(moment <= now, kept, np.nan)
    return seen


def triangle_of_dates(
    events: Sequence[date], recorded: Sequence[date], *, now: date, max_delay: int, unit: Unit = "day"
) -> tuple[Floats, tuple[date, ...]]:
    """Counts by day (or month) of the event and delay until it was recorded, as seen at the end of `now`; and the origins.

    Records after `now` are not used. Delays beyond max_delay count as max_delay. Raises UsageProblem where a record is older
    than its event: it is a mistake in the data, and would make the rest look later than it is.
    """
    pairs = [(e, r) for e, r in zip(events, recorded, strict=True) if r <= now]
    if wrong := next(((e, r) for e, r in pairs if r < e), None):
        raise UsageProblem(
            f"An event of {wrong[0]} recorded on {wrong[1]}.", expected="recorded on the day of the event or later"
        )
    if not pairs:
        raise UsageProblem(f"No event was recorded up to {now}.", expected="at least one")
    first = min(e for e, _ in pairs)
    table = np.zeros((_steps(first, now, unit) + 1, max_delay + 1))
    for event, record in pairs:
        table[_steps(first, event, unit), min(_steps(event, record, unit), max_delay)] += 1
    origins = tuple(_step_from(first, i, unit) for i in range(len(table)))
    return seen_at(table, len(table) - 1), origins


def _steps(start: date, end: date, unit: Unit) -> int:
    if unit == "day":
        return (end - start).days
    return (end.year - start.year) * 12 + end.month - start.month


def _step_from(first: date, steps: int, unit: Unit) -> date:
    if unit == "day":
        return first + timedelta(days=steps)
    months = first.year * 12 + first.month - 1 + steps
    return date(months // 12, months % 12 + 1, 1)
