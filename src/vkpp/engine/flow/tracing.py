"""From a number's lasting name to the cell, its table and what it was worked out from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vkpp.engine.shapes.measures import Measure
from vkpp.engine.shapes.protected import ProtectedCell, ProtectedTable


@dataclass(frozen=True, slots=True)
class Place:
    """Where a number stands."""

    table: ProtectedTable
    cell: ProtectedCell
    measure: Measure

    @property
    def keys(self) -> Mapping[str, str]:
        return {d.name: code for d, code in zip(self.table.dimensions, self.cell.key, strict=True)}

    def words(self) -> Iterator[str]:
        """What it is, how it was made, what it was worked out from, and what protects it."""
        table, cell, measure = self.table, self.cell, self.measure
        labels = [f"{d.title}: {d.codes.get(code, code)}" for d, code in zip(table.dimensions, cell.key, strict=True)]
        yield f"Table: {table.title} ({table.name}); {'; '.join(labels)}"
        yield f"Measure: {measure.title}: {measure.definition}"
        yield f"Made by: {table.query}"
        if measure.of:
            yield f"Worked out from: {', '.join(self._sources())}"
        yield f"Disclosure rule: {table.rule}. {table.audit}"

    def _sources(self) -> Iterator[str]:
        for name in self.measure.of:
            other = self.table.index.get((self.cell.key, name))
            if other is not None:
                yield f"{self.table.id_of(other)} = {other.symbol or other.value}"


def place_of(tables: Sequence[ProtectedTable], number: str) -> Place | None:
    """The place of a number, or None for one that no table holds (counted while checking, or worked out for the words)."""
    for table in tables:
        for cell in table.cells:
            if table.id_of(cell) == number:
                return Place(table, cell, next(m for m in table.measures if m.name == cell.measure))
    return None
