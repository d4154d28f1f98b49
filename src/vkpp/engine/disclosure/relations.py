"""What belongs together in an edition: numbers of the same meaning, and the sums that hold between them. For the suppressor."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from vkpp.basics.periods import Period
from vkpp.basics.problems import UsageProblem
from vkpp.engine.shapes.cells import Cells
from vkpp.engine.shapes.measures import TOTAL, Dimension

Meaning = tuple[str, frozenset[tuple[str, str]]]  # measure, and the dimension's codes other than totals
Place = tuple[int, tuple[str, ...], str]  # table, key, measure


@dataclass
class Numbers:
    """The counts of an edition. Places in several tables that mean the same share one number."""

    value: list[int | float] = field(default_factory=list)
    places: list[list[Place]] = field(default_factory=list)
    of_place: dict[Place, int] = field(default_factory=dict)
    of_meaning: dict[Meaning, list[int]] = field(default_factory=dict)
    sums: set[tuple[int, frozenset[int]]] = field(default_factory=set)  # total, parts

    def relations(self) -> list[tuple[int, int, float]]:
        """(relation, number, coefficient) with sum(coefficient * value) = 0, in a fixed order."""
        ordered = sorted(self.sums, key=lambda s: (s[0], sorted(s[1])))
        return [
            (r, i, c)
            for r, (total, parts) in enumerate(ordered)
            for i, c in ((total, -1.0), *((p, 1.0) for p in sorted(parts)))
        ]


def meaning(dimensions: Sequence[Dimension], key: Sequence[str], measure: str) -> Meaning:
    return measure, frozenset((d.name, code) for d, code in zip(dimensions, key, strict=True) if code != TOTAL)


def numbers_of(tables: Sequence[Cells]) -> Numbers:
    """All counts of the tables, joined by meaning, with every sum that holds on the true values.

    A dimension that a table does not have is its total; a number of the same name and another value is another number.
    """
    found = Numbers()
    for t, table in enumerate(tables):
        counts = {m.name for m in table.measures if m.unit == "count"}
        for cell in table.cells:
            if cell.measure in counts and cell.value is not None:
                _place(found, (t, cell.key, cell.measure), meaning(table.dimensions, cell.key, cell.measure), cell.value)
    for t, table in enumerate(tables):
        for total, parts in itertools.chain(_down_the_dimensions(found, t, table), _across_measures(found, t, table)):
            _add_sum(found, total, parts)
    return found


def _place(found: Numbers, place: Place, means: Meaning, value: int | float) -> None:
    known = found.of_meaning.setdefault(means, [])
    number = next((n for n in known if found.value[n] == value), None)
    if number is None:
        number = len(found.value)
        found.value.append(value)
        found.places.append([])
        known.append(number)
    found.places[number].append(place)
    found.of_place[place] = number


def _add_sum(found: Numbers, total: int | None, parts: Sequence[int | None]) -> None:
    present = [p for p in parts if p is not None]
    if total is None or not present or total in present or len(set(present)) < len(present):
        return
    if abs(found.value[total] - sum(found.value[p] for p in present)) < 1e-9:
        found.sums.add((total, frozenset(present)))


def families(dimension: Dimension) -> Mapping[str, tuple[str, ...]]:
    """Each code that others add up to, with its parts: as the parents say, tops to the total, quarters to their year."""
    groups: dict[str, list[str]] = {}
    for code in dimension.codes:
        parent = dimension.parents.get(code, TOTAL if TOTAL in dimension.codes and code != TOTAL else None)
        if parent is not None:
            groups.setdefault(parent, []).append(code)
    for year, quarters in _years(dimension.codes):
        groups.setdefault(year, list(quarters))
    return {total: tuple(parts) for total, parts in groups.items() if total in dimension.codes}


def _years(codes: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for code in codes:
        try:
            period = Period.parse(code)
        except UsageProblem:
            continue
        quarters = tuple(q.code for q in period.quarters())
        if period.quarter is None and all(q in codes for q in quarters):
            yield code, quarters


def _down_the_dimensions(found: Numbers, t: int, table: Cells) -> Iterator[tuple[int | None, list[int | None]]]:
    groups = [families(d) for d in table.dimensions]
    for place in [p for p in found.of_place if p[0] == t]:
        _, key, measure = place
        for d, code in enumerate(key):
            if code in groups[d]:
                parts = [found.of_place.get((t, (*key[:d], part, *key[d + 1 :]), measure)) for part in groups[d][code]]
                yield found.of_place[place], parts


def _across_measures(found: Numbers, t: int, table: Cells) -> Iterator[tuple[int | None, list[int | None]]]:
    sums = {m.name: m.of for m in table.measures if m.unit == "count" and m.of}
    for place in [p for p in found.of_place if p[0] == t and p[2] in sums]:
        parts = [found.of_place.get((t, place[1], part)) for part in sums[place[2]]]
        if None not in parts:
            yield found.of_place[place], parts
