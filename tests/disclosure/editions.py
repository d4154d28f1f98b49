"""Small editions for the leak tests: a cube of counts, and the tables that an edition would print of it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from vkpp.catalogue.disclosure_rules import DisclosureRule, disclosure_rule_from
from vkpp.engine.shapes.cells import Cell, Cells
from vkpp.engine.shapes.measures import TOTAL, Dimension, Measure

CRIMES = Measure("crimes", "Crimes", "count")


def rule(**changes: object) -> DisclosureRule:
    entry = {"id": "small", "title": "Counts of 1 to 4", "kind": "threshold", "threshold": 5, "source": "this test"}
    return disclosure_rule_from(entry | changes)


def dimension(name: str, codes: Sequence[str], parents: Mapping[str, str] | None = None) -> Dimension:
    return Dimension(name, name.title(), {TOTAL: "All", **{code: code.title() for code in codes}}, parents or {})


def ancestors(d: Dimension, code: str) -> list[str]:
    found = [code]
    while found[-1] != TOTAL:
        found.append(d.parents.get(found[-1], TOTAL))
    return found


def counts_over(dimensions: Sequence[Dimension], leaves: Mapping[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    sums: dict[tuple[str, ...], int] = {}
    for key, n in leaves.items():
        for margin in itertools.product(*(ancestors(d, code) for d, code in zip(dimensions, key, strict=True))):
            sums[margin] = sums.get(margin, 0) + n
    return sums


def table(name: str, dimensions: Sequence[Dimension], leaves: Mapping[tuple[str, ...], int], *more: Cell, measures=()) -> Cells:
    cells = [Cell(key, "crimes", n) for key, n in counts_over(dimensions, leaves).items()]
    return Cells(name, f"Table {name}", "2024", tuple(dimensions), (CRIMES, *measures), (*cells, *more))
