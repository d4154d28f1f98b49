"""Printing again what need not be hidden: a cell is printed when every target keeps a witness without it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vkpp.engine.disclosure.flows import MOVED, Reach
from vkpp.engine.disclosure.instance import Flags, Floats, Instance
from vkpp.engine.disclosure.targets import ENOUGH, Cut, Witnesses, cut_from


class Thinning:
    """A safe pattern being thinned. Works on the hidden cells alone; what fails once fails for good, as cells only leave."""

    def __init__(self, instance: Instance, hidden: Flags, witnesses: Witnesses) -> None:
        self.instance, self.hidden, self.witnesses = instance, hidden.copy(), witnesses
        self.reach = Reach(instance, hidden)
        self.reach.open(hidden)
        self.cuts: list[Cut] = []
        self.using: dict[int, list[int]] = {}  # cell -> cuts
        self.programs = 0

    def needed(self, cell: int) -> bool:
        """A cut already proves that this cell cannot be printed."""
        trial = self.hidden.copy()
        trial[cell] = False
        return any(self.cuts[k].slack(trial) < -ENOUGH for k in self.using.get(cell, ()))

    def without(self, cell: int) -> bool:
        """Print this cell if every target keeps a witness; otherwise nothing changes."""
        if self.needed(cell):
            return False
        self._shut(cell, True)
        waiting = set(self.witnesses.users(cell).tolist())
        instead: list[tuple[list[int], Flags]] = []
        while waiting:
            moves = self._moves(min(waiting))
            if moves is None:
                self._shut(cell, False)
                return False
            served = waiting.intersection(self.witnesses.met_by(moves).tolist()) | {min(waiting)}
            instead.append((sorted(served), np.abs(moves) > MOVED))
            waiting -= served
        for served_now, moved in instead:
            self.witnesses.moves[served_now] = moved
        return True

    def _moves(self, k: int) -> Floats | None:
        """Moves of the hidden cells that meet this target; None, and a cut, where there are none."""
        target = self.witnesses.targets[k]
        length, moves, reduced = self.reach.furthest(target.cell, target.sign, target.still)
        self.programs += 1
        if length >= target.least - ENOUGH:
            return moves * min(1.0, target.least / length)
        cut = cut_from(self.instance, target, reduced)
        if cut is not None:
            for cell in cut.cells.tolist():
                self.using.setdefault(cell, []).append(len(self.cuts))
            self.cuts.append(cut)
        return None

    def _shut(self, cell: int, yes: bool) -> None:
        self.hidden[cell] = not yes
        self.reach.open_one(cell, 0.0 if yes else 1.0)

    def thin(self, order: Sequence[int], programs: int) -> Flags:
        """What stays hidden after each of these cells in turn was printed where that is safe.

        `programs` bounds the work (linear programs), never the safety: cells not reached stay hidden.
        """
        end = self.programs + programs
        for cell in order:
            if self.programs >= end:
                break
            self.without(cell)
        return self.hidden.copy()


def dearest_first(instance: Instance, hidden: Flags) -> list[int]:
    secondary = np.flatnonzero(hidden & ~instance.primary).tolist()
    return sorted(secondary, key=lambda i: (-instance.weight[i], -instance.value[i], i))
