"""An alarm when one table is printed under two titles: the 2024 national report had to be corrected for that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from vkpp.basics.problems import RefusedByRule
from vkpp.engine.shapes.protected import ProtectedTable

Fingerprint = tuple[tuple[tuple[str, int], ...], ...]
FEWEST = 4  # tables of fewer values may be equal by chance


def fingerprint(table: ProtectedTable) -> Fingerprint:
    """The table's values without its words: rows as bags of values, sorted; the same for any order or name of columns.

    Cells are grouped into rows by each dimension in turn, so that a table turned on its side is known again.
    """
    bags: list[tuple[tuple[str, int], ...]] = []
    for place in range(len(table.dimensions)):
        groups: dict[str, Counter[str]] = {}
        for cell in table.cells:
            groups.setdefault(cell.key[place], Counter())[_shown(table, cell.measure, cell.value, cell.symbol)] += 1
        bags.extend(sorted(tuple(sorted(bag.items())) for bag in groups.values()))
    return tuple(sorted(bags))


def _shown(table: ProtectedTable, measure: str, value: int | float | None, symbol: str | None) -> str:
    decimals = next(m.decimals for m in table.measures if m.name == measure)
    return symbol or f"{value:.{decimals}f}"


def alarm_on_twins(tables: Sequence[ProtectedTable]) -> None:
    """RefusedByRule naming both titles when two tables hold the same numbers."""
    seen: dict[Fingerprint, ProtectedTable] = {}
    for table in tables:
        if sum(cell.value not in (None, 0) for cell in table.cells) < FEWEST:
            continue
        first = seen.setdefault(fingerprint(table), table)
        if first is not table:
            raise RefusedByRule(
                f'Two tables hold the same numbers under two titles: "{first.title}" and "{table.title}".',
                where=f"tables {first.name} and {table.name}",
                expected="each table once; the columns' order and names make no difference",
                next_step="find out which of the two is wrong, or leave one out",
            )
