"""Charts for rare events, such as homicides: the time between events (t) and the cases between events (g).

Monthly counts of a rare event are mostly 0 and 1, and a chart of them sees nothing. The time from each event to the next
says more: a point far above means that the events have become rarer, a long run below that they come more often.
  t  the times to the power 1/3.6 are near normal (Nelson 1994): an individuals chart of them, taken back by the power 3.6
  g  cases between events are geometric: limits mean +/- 3 sqrt(mean (mean + 1)); the line drawn is their median, so that
     runs above and below are equally likely (Benneyan 2001; Provost and Murray 2011)
Sources: Montgomery 7.28 and section 7.3.4; checked against the behaviour of qicharts2 0.8.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from vkpp.basics.problems import UsageProblem
from vkpp.engine.statistics.control_charts.shewhart import ShewhartChart, shewhart

SAME_DAY = 0.5  # days: two events on one day lie half a day apart on average; named so that it can be seen and changed


def t_chart(times: Any, **settings: Any) -> ShewhartChart:
    """Chart of times between events, all above 0, in order. Formula and source: see the module; settings: of `shewhart`.

    Raises UsageProblem where a time is zero or less: see days_between for events on one day.
    """
    return shewhart("t", times, **settings)


def g_chart(cases: Any, **settings: Any) -> ShewhartChart:
    """Chart of cases (or whole days) between events, 0 allowed. Formula and source: see the module; settings: of `shewhart`."""
    return shewhart("g", cases, **settings)


def days_between(events: Sequence[date], *, same_day: float = SAME_DAY) -> tuple[float, ...]:
    """Days from each event to the next; events on one day count as `same_day` days apart.

    Raises UsageProblem where the dates are not in order: sorting them silently would hide a wrong date.
    """
    gaps = [(later - earlier).days for earlier, later in pairwise(events)]
    if any(gap < 0 for gap in gaps):
        raise UsageProblem("The events are not in order of their dates.", expected="earliest first", next_step="sort them")
    return tuple(float(gap) if gap else same_day for gap in gaps)


def worked_example() -> dict[str, Any]:
    """Invented event dates, as days between them, worked by the code; docs/methods prints it."""
    events = [date.fromordinal(738000 + day) for day in (0, 31, 75, 80, 142, 160, 228, 251, 300, 362, 371, 430, 515, 760)]
    days = days_between(events)
    t, g = t_chart(days, title="Days between homicides (invented)"), g_chart(days)
    return {
        "method": "t chart and g chart of days between events",
        "inputs": {"events": [event.isoformat() for event in events]},
        "call": "t_chart(days_between(events)); g_chart(days_between(events))",
        "result": {
            "days between": list(days),
            "t centre": t.parts[0].centre,
            "t upper": t.parts[0].upper,
            "g centre": g.parts[0].centre,
            "g upper": g.parts[0].upper,
            "sentence": t.sentence,
        },
        "source": "Nelson (1994), Journal of Quality Technology 26(3); Benneyan (2001), Health Care Management Science 4(4)",
    }
