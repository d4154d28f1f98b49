"""Printing again what need not be hidden: each target keeps a witness, and a cell is printed when all targets keep one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vkpp.engine.disclosure.flows import MOVED, Reach
from vkpp.engine.disclosure.instance import Flags, Floats, Instance

ENOUGH = 1e-6  # a move this much short of what is asked still counts: the solver's own tolerance


@dataclass(frozen=True, slots=True)
class Target:
    """A primary cell that must be able to move by `least` in direction `sign`, while `still` (who knows itself) does not."""

    cell: int
    sign: int
    least: float
    still: int | None = None

    def met_by(self, moves: Floats) -> bool:
        stands = self.still is None or abs(moves[self.still]) <= MOVED
        return stands and bool(moves[self.cell] * self.sign >= self.least - ENOUGH)


def targets_of(instance: Instance) -> tuple[Target, ...]:
    """What has to be possible, the largest cells first: they are the hardest, and what they hide helps the others."""
    order = sorted(np.flatnonzero(instance.primary).tolist(), key=lambda i: (-instance.value[i], i))
    sides = ((1, instance.above), (-1, instance.below))
    apart = tuple(Target(cell, 1, 1.0, knower) for cell, knower in instance.lone)
    return tuple(Target(i, sign, float(least[i])) for i in order for sign, least in sides if least[i] > 0) + apart


@dataclass(frozen=True, slots=True)
class Cut:
    """Sum over hidden cells of coefs must be at least 1, or one target cannot move far enough (a capacity constraint)."""

    cells: np.ndarray
    coefs: Floats

    def slack(self, hidden: Floats | Flags) -> float:
        return float(self.coefs @ hidden[self.cells]) - 1.0


def cut_from(instance: Instance, target: Target, reduced: Floats) -> Cut | None:
    """The capacity constraint that the program's reduced costs prove (Fischetti and Salazar 2001, inequality 9).

    By duality no choice of hidden cells lets the target move further than the sum of |reduced cost| x bound over them.
    Coefficients above what is asked are cut down to it: one such cell is enough. None when the constraint says nothing.
    """
    span = np.where(reduced < 0, instance.upper - instance.value, instance.value - instance.lower)
    weight = np.where(instance.fixed, 0.0, np.abs(reduced) * span)
    if target.still is not None:
        weight[target.still] = 0.0
    asked = target.least - float(weight[instance.primary].sum())
    cells = np.flatnonzero((weight > 1e-9) & ~instance.primary)
    return Cut(cells, np.minimum(weight[cells] / asked, 1.0)) if asked > 1e-9 else None


class Witnesses:
    """For each target one set of moves, within what is hidden, that meets it; and the cuts that failures have proved."""

    def __init__(self, instance: Instance, hidden: Flags) -> None:
        self.instance = instance
        self.reach = Reach(instance)
        self.hidden = hidden.copy()
        self.targets = targets_of(instance)
        self.moves: dict[Target, Floats] = {}
        self.cuts: list[Cut] = []
        self.using: list[list[int]] = [[] for _ in range(instance.size)]  # cuts by cell
        self.programs = 0
        self.reach.open(self.hidden)

    def hide(self, cells: Flags) -> None:
        for cell in np.flatnonzero(cells & ~self.hidden).tolist():
            self._open(cell, True)

    def learn(self, moves: Floats) -> None:
        """Moves within what is hidden serve every target that they meet and that has no witness yet."""
        for target in self.targets:
            if target not in self.moves and target.met_by(moves):
                self.moves[target] = moves

    def unmet(self) -> tuple[Target, ...]:
        """Find a witness for every target; returns the targets that have none."""
        return tuple(t for t in self.targets if t not in self.moves and not self._search(t))

    def _search(self, target: Target) -> bool:
        length, moves, reduced = self.reach.furthest(target.cell, target.sign, target.still)
        self.programs += 1
        if length < target.least - ENOUGH:
            if cut := cut_from(self.instance, target, reduced):
                self._keep(cut)
            return False
        if length > target.least:  # no further than needed: the witness then leans on less
            moves = moves * (target.least / length)
        self.moves[target] = moves
        return True

    def _keep(self, cut: Cut) -> None:
        for cell in cut.cells.tolist():
            self.using[cell].append(len(self.cuts))
        self.cuts.append(cut)

    def needed(self, cell: int) -> bool:
        """A cut already proves that this cell cannot be printed."""
        trial = self.hidden.copy()
        trial[cell] = False
        return any(self.cuts[k].slack(trial) < -ENOUGH for k in self.using[cell])

    def without(self, cell: int) -> bool:
        """Print this cell if every target keeps a witness; otherwise nothing changes."""
        if self.needed(cell):
            return False
        kept = dict(self.moves)
        self._open(cell, False)
        lost = [t for t, moves in kept.items() if abs(moves[cell]) > MOVED]
        for target in lost:
            del self.moves[target]
        for target in sorted(lost, key=lambda t: -abs(kept[t][cell])):
            if not self._search(target):
                self.moves = kept
                self._open(cell, True)
                return False
        return True

    def _open(self, cell: int, hidden: bool) -> None:
        self.hidden[cell] = hidden
        self.reach.open_one(cell, float(hidden))


def thinned(witnesses: Witnesses, order: Sequence[int], programs: int) -> Flags:
    """What stays hidden after each of these cells in turn was printed where that is safe.

    `programs` bounds the work (linear programs), never the safety: cells not reached stay hidden.
    """
    end = witnesses.programs + programs
    for cell in order:
        if witnesses.programs >= end:
            break
        if witnesses.hidden[cell]:
            witnesses.without(cell)
    return witnesses.hidden.copy()


def dearest_first(instance: Instance, hidden: Flags) -> list[int]:
    secondary = np.flatnonzero(hidden & ~instance.primary).tolist()
    return sorted(secondary, key=lambda i: (-instance.weight[i], -instance.value[i], i))
