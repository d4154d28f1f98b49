"""Which counts a share, rate, interval limit or change is worked out from: it is hidden with any of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from vkpp.engine.disclosure.relations import Numbers, meaning
from vkpp.engine.shapes.cells import Cell, Cells
from vkpp.engine.shapes.measures import TOTAL, Dimension, Measure

Key = tuple[str, ...]
Move = Callable[[Key], Key]


@dataclass(frozen=True, slots=True)
class Lean:
    """The numbers that a derived cell stands on; `unknown` when a count that it names is nowhere in the edition."""

    numbers: frozenset[int]
    base: int | None  # what it is a share or rate of, for judging how reliable it is
    unknown: bool


class Leaning:
    """Answers for one table what its derived cells stand on."""

    def __init__(self, found: Numbers, t: int, table: Cells) -> None:
        self.found, self.t, self.table = found, t, table
        self.all_of = tuple(dict.fromkeys(name for m in table.measures for name in m.of if m.unit != "count"))
        self.moves = {m.name: self._moves(m) for m in table.measures if m.unit != "count" and len(m.of) == 1}

    def of(self, cell: Cell, measure: Measure) -> Lean:
        names = measure.of or self.all_of
        own = [self._number(cell.key, name) for name in names]
        more = [self._number(move(cell.key), names[0]) for move in self.moves.get(measure.name, ())]
        numbers = frozenset(n for n in (*own, *more) if n is not None)
        rate = measure.unit == "rate"
        base = own[0] if own and (rate or len(own) == 1) else own[1] if len(own) > 1 else None
        return Lean(numbers, base, unknown=not numbers or None in own)

    def _number(self, key: Key, name: str) -> int | None:
        """The count of this name and key in this table, or of this meaning in another table of the edition."""
        if (self.t, key, name) in self.found.of_place:
            return self.found.of_place[self.t, key, name]
        known = self.found.known_by(meaning(self.table, key, name))
        return known[0] if len(known) == 1 else None

    def _moves(self, measure: Measure) -> tuple[Move, ...]:
        """From a cell's own key to the keys of its base: the one that fits all true values, or else every candidate."""
        candidates = tuple(_candidates(self.table.dimensions, measure.unit == "change"))
        cells = [c for c in self.table.cells if c.measure == measure.name and c.value is not None]
        fitting = [move for move in candidates if self._fits(cells, measure, move)]
        return tuple(fitting[:1]) or candidates

    def _fits(self, cells: Sequence[Cell], measure: Measure, move: Move) -> bool:
        checked = 0
        for cell in cells:
            count, base = self._number(cell.key, measure.of[0]), self._number(move(cell.key), measure.of[0])
            if count is None or base is None or not self.found.value[base]:
                return False
            ratio = self.found.value[count] / self.found.value[base] - (measure.unit == "change")
            if cell.value is None or abs(measure.multiplier * ratio - cell.value) > 0.5 * 10.0**-measure.decimals:
                return False
            checked += 1
        return checked > 0


def _candidates(dimensions: Sequence[Dimension], change: bool) -> Iterator[Move]:
    size = len(dimensions)
    if change:
        for d, step in itertools.product(range(size), (1, 4, -1, -4)):
            codes = tuple(dimensions[d].codes)
            yield lambda key, d=d, step=step, codes=codes: (*key[:d], _earlier(codes, key[d], step), *key[d + 1 :])  # type: ignore[misc]
        return
    for length in range(1, size + 1):
        for chosen in itertools.combinations(range(size), length):
            yield lambda key, chosen=chosen: tuple(TOTAL if d in chosen else c for d, c in enumerate(key))  # type: ignore[misc]
            yield lambda key, chosen=chosen: tuple(  # type: ignore[misc]
                dimensions[d].parents.get(c, TOTAL) if d in chosen else c for d, c in enumerate(key)
            )


def _earlier(codes: Sequence[str], code: str, step: int) -> str:
    place = codes.index(code) - step if code in codes else -1
    return codes[place] if 0 <= place < len(codes) else ""
