"""Protected tables: the only numbers that may leave their owners' eyes. Made by disclosure alone (an import contract)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vkpp.engine.shapes.measures import Dimension, Measure, Sum, number_id

SYMBOLS: Mapping[str, str] = {
    "[c]": "hidden to protect people (suppressed as confidential, or so that a confidential number cannot be worked out)",
    "[x]": "not available",
    "[low]": "rounds to zero, but is not zero",
    "[z]": "not applicable: there can be no number here",
    "[u]": "too unreliable to print",
}


@dataclass(frozen=True, slots=True)
class ProtectedCell:
    """A value that may be shown, or the symbol shown in its place; never both None."""

    key: tuple[str, ...]
    measure: str
    value: int | float | None
    symbol: str | None
    explanation: str = ""  # why a symbol stands here, without giving the number away


@dataclass(frozen=True, slots=True)
class ProtectedTable:
    """A table that may be published, with the rule that protected it and the audit's answer."""

    name: str
    title: str
    subtitle: str
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    cells: tuple[ProtectedCell, ...]
    rule: str  # id of the rule in catalogue data
    audit: str  # the audit's answer in words
    notes: tuple[str, ...] = ()
    base: str = ""
    query: str = ""
    sums: tuple[Sum, ...] = ()
    index: Mapping[tuple[tuple[str, ...], str], ProtectedCell] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {(c.key, c.measure): c for c in self.cells})

    def cell(self, measure: str, *key: str) -> ProtectedCell:
        return self.index[(key, measure)]

    def id_of(self, cell: ProtectedCell) -> str:
        return number_id(self.name, cell.measure, cell.key)
