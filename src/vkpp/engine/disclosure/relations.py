"""What belongs together in an edition: numbers of the same meaning, and the sums that hold between them. For the suppressor."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from vkpp.basics.periods import Period
from vkpp.basics.problems import UsageProblem
from vkpp.engine.shapes.cells import Cell, Cells
from vkpp.engine.shapes.measures import TOTAL, Dimension, number_id

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
    same: dict[Meaning, Meaning] = field(default_factory=dict)  # meanings that definitions make one

    def known_by(self, means: Meaning) -> list[int]:
        return self.of_meaning.get(self.first(means), [])

    def first(self, means: Meaning) -> Meaning:
        while means in self.same:
            means = self.same[means]
        return means

    def relations(self) -> list[tuple[int, int, float]]:
        """(relation, number, coefficient) with sum(coefficient * value) = 0, in a fixed order."""
        ordered = sorted(self.sums, key=lambda s: (s[0], sorted(s[1])))
        return [
            (r, i, c)
            for r, (total, parts) in enumerate(ordered)
            for i, c in ((total, -1.0), *((p, 1.0) for p in sorted(parts)))
        ]


def meaning(table: Cells, key: Sequence[str], measure: str) -> Meaning:
    """What a count of this name and key means, whether or not the table holds it."""
    counted = next((m.meaning for m in table.measures if m.name == measure), measure)
    codes = zip(table.dimensions, key, strict=True)
    return counted, frozenset((d.classification, code) for d, code in codes if code != TOTAL)


def numbers_of(tables: Sequence[Cells]) -> Numbers:
    """All counts of the tables, joined by meaning, with every sum that holds on the true values.

    A dimension that a table does not have is its total; a number of the same name and another value is another number. Sums
    between tables are those that the tables name.
    """
    found = Numbers()
    _same_by_definition(found, tables)
    for t, table in enumerate(tables):
        for cell in _counts(table):
            _place(found, (t, cell.key, cell.measure), found.first(meaning(table, cell.key, cell.measure)), cell.value or 0)
    for t, table in enumerate(tables):
        for total, parts in itertools.chain(_down_the_dimensions(found, t, table), _across_measures(found, t, table)):
            _add_sum(found, total, parts)
    for total, parts in _as_declared(found, tables):
        _add_sum(found, total, parts)
    return found


def _counts(table: Cells) -> Iterator[Cell]:
    counts = {m.name for m in table.measures if m.unit == "count"}
    return (cell for cell in table.cells if cell.measure in counts and cell.value is not None)


def _same_by_definition(found: Numbers, tables: Sequence[Cells]) -> None:
    named = {number_id(t.name, c.measure, c.key): meaning(t, c.key, c.measure) for t in tables for c in _counts(t)}
    for declared in itertools.chain.from_iterable(table.sums for table in tables):
        if len(declared.parts) == 1 and declared.whole in named and declared.parts[0] in named:
            one, other = found.first(named[declared.whole]), found.first(named[declared.parts[0]])
            if one != other:
                found.same[other] = one


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


def _as_declared(found: Numbers, tables: Sequence[Cells]) -> Iterator[tuple[int | None, list[int | None]]]:
    named = {number_id(tables[t].name, measure, key): n for (t, key, measure), n in found.of_place.items()}
    for declared in itertools.chain.from_iterable(table.sums for table in tables):
        parts = [named.get(part) for part in declared.parts]
        if None not in parts:
            yield named.get(declared.whole), parts
