"""Differencing of periods that overlap: each count may be large enough and their differences not."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import date

from vkpp.engine.disclosure.attacker import Knowledge, Undecided, ranges

Month = int  # months since year 0: year * 12 + month - 1


def months_of(first: date, last: date) -> frozenset[Month]:
    """The months from that of `first` to that of `last`."""
    return frozenset(range(first.year * 12 + first.month - 1, last.year * 12 + last.month))


def together(spans: Mapping[str, frozenset[Month]]) -> list[frozenset[str]]:
    """The sets of periods that some month lies in: months of one set are never told apart by what is printed."""
    every = sorted({month for span in spans.values() for month in span})
    return list(dict.fromkeys(frozenset(name for name, span in spans.items() if month in span) for month in every))


def possible(spans: Mapping[str, frozenset[Month]], counts: Mapping[str, float], low: float, high: float) -> bool:
    """Some counts by month add up to all these counts by period."""
    knowledge = Knowledge()
    atoms = {codes: knowledge.unknown(low, high) for codes in together(spans)}
    for name, count in counts.items():
        knowledge.state({atom: 1.0 for codes, atom in atoms.items() if name in codes}, count, count)
    try:
        for part in knowledge.parts():
            part.extreme({})
    except Undecided:
        return False
    return True


def overlap_ranges(
    released: Sequence[tuple[date, date, int]], asked: Sequence[tuple[date, date]], *, month_upper: int
) -> list[tuple[int, int]]:
    """The least and the most that each asked period can hold, given counts released for other periods.

    `released` are (a day of the first month, a day of the last month, count), as whole months; a month holds from 0 to
    `month_upper`. Exact in whole numbers: two integer programs an asked period. Undecided when no months fit the counts.
    """
    spans = [(months_of(first, last), count) for first, last, count in released]
    months = sorted(frozenset().union(*(span for span, _ in spans), *(months_of(first, last) for first, last in asked)))
    answers = []
    for first, last in asked:
        knowledge = Knowledge()
        at = {month: knowledge.unknown(0, month_upper) for month in months}
        for span, count in spans:
            knowledge.state({at[m]: 1.0 for m in span}, count, count)
        inside = months_of(first, last)
        total = knowledge.unknown(0, month_upper * len(inside))
        knowledge.state({at[m]: 1.0 for m in inside} | {total: -1.0}, 0, 0)
        low, high = ranges(knowledge, [total], whole=True)[total]
        answers.append((int(low), int(high)))
    return answers


def known_differences(released: Sequence[tuple[date, date, int]], *, month_upper: int) -> dict[tuple[Month, Month], int]:
    """Pairs of months whose counts differ by a number that the released periods fix, and that difference (first less second).

    Neither count need be known for that. Months that some release holds are compared, a pair both ways round. Exact: possible
    whole counts that differ otherwise rule a pair out, and for each pair that is left the least and the most are sought.
    """
    spans = [(months_of(first, last), count) for first, last, count in released]
    knowledge = Knowledge()
    at = {month: knowledge.unknown(0, month_upper) for month in sorted(frozenset().union(*(span for span, _ in spans)))}
    for span, count in spans:
        knowledge.state({at[m]: 1.0 for m in span}, count, count)
    found: dict[tuple[Month, Month], int] = {}
    for part in knowledge.parts():
        mine = [month for month in at if at[month] in part.at]
        seen = [part.extreme({at[m]: float(m == high) for m in mine}, whole=True) for high in mine]
        for one, two in itertools.permutations(mine, 2):
            a, b = part.at[at[one]], part.at[at[two]]
            if len({round(table[a] - table[b]) for table in seen}) == 1:
                weights = {at[one]: 1.0, at[two]: -1.0}
                most, least = (part.extreme({m: side * w for m, w in weights.items()}, whole=True) for side in (1, -1))
                if round(most[a] - most[b]) == round(least[a] - least[b]):
                    found[one, two] = round(most[a] - most[b])
    return found


def worked_example() -> dict[str, object]:
    """Twelve months to April 19, twelve months to May 17: May of this year and of last year differ by two."""
    year, shifted = (date(2023, 5, 1), date(2024, 4, 30), 19), (date(2023, 6, 1), date(2024, 5, 31), 17)
    half = (date(2023, 6, 1), date(2024, 4, 30), 17)
    [before] = overlap_ranges([year, shifted], [(date(2024, 5, 1), date(2024, 5, 31))], month_upper=40)
    [after] = overlap_ranges([year, shifted, half], [(date(2024, 5, 1), date(2024, 5, 31))], month_upper=40)
    return {"released": [year[2], shifted[2]], "May 2024 before": before, "May 2024 once the eleven months are printed": after}
