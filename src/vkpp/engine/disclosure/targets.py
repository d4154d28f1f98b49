"""What must stay possible in a suppressed table, the witnesses that show it, and the cuts that failures prove."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vkpp.engine.disclosure.flows import MOVED
from vkpp.engine.disclosure.instance import Flags, Floats, Instance

ENOUGH = 1e-6  # a move this much short of what is asked still counts: the solver's own tolerance


@dataclass(frozen=True, slots=True)
class Target:
    """A primary cell that must be able to move by `least` in direction `sign`, while `still` (who knows itself) does not."""

    cell: int
    sign: int
    least: float
    still: int | None = None


def targets_of(instance: Instance) -> tuple[Target, ...]:
    """What has to be possible, the largest cells first: they are the hardest, and what they hide helps the others."""
    order = sorted(np.flatnonzero(instance.primary).tolist(), key=lambda i: (-instance.value[i], i))
    sides = ((1, instance.above), (-1, instance.below))
    apart = tuple(Target(cell, 1, 1.0, knower) for cell, knower in instance.lone)
    return tuple(Target(i, sign, float(least[i])) for i in order for sign, least in sides if least[i] > 0) + apart


@dataclass(frozen=True, slots=True)
class Cut:
    """Sum over hidden cells of coefs must be at least 1, or one target cannot move far enough (a capacity constraint)."""

    cells: NDArray[np.intp]
    coefs: Floats

    def slack(self, hidden: Floats | Flags) -> float:
        return float(self.coefs @ hidden[self.cells]) - 1.0


def cut_from(instance: Instance, target: Target, reduced: Floats) -> Cut | None:
    """The capacity constraint that the program's reduced costs prove (Fischetti and Salazar 2001, inequality 9).

    By duality no choice of hidden cells lets the target move further than the sum of |reduced cost| x bound over them.
    Coefficients above what is asked are cut down to it: one such cell is enough. None when the constraint says nothing.
    """
    span = np.where(reduced < 0, instance.upper - instance.value, instance.value - instance.lower)
    weight = np.where(instance.fixed & ~instance.primary, 0.0, np.abs(reduced) * span)
    if target.still is not None:
        weight[target.still] = 0.0
    asked = target.least - float(weight[instance.primary].sum())
    cells = np.flatnonzero((weight > 1e-9) & ~instance.primary)
    return Cut(cells, np.minimum(weight[cells] / asked, 1.0)) if asked > 1e-9 else None


class Witnesses:
    """For each target one set of moves that meets it. Many targets share one set."""

    def __init__(self, instance: Instance) -> None:
        self.targets = targets_of(instance)
        self.cell = np.array([t.cell for t in self.targets], dtype=int)
        self.sign = np.array([t.sign for t in self.targets], dtype=float)
        self.least = np.array([t.least for t in self.targets])
        self.still = np.array([-1 if t.still is None else t.still for t in self.targets], dtype=int)
        self.met = np.zeros(len(self.targets), dtype=bool)
        self.moves = np.zeros((len(self.targets), instance.size), dtype=bool)  # the cells that a target's witness moves

    def unmet(self) -> list[int]:
        return np.flatnonzero(~self.met).tolist()

    def users(self, cell: int) -> NDArray[np.intp]:
        """The targets whose witness moves this cell."""
        return np.flatnonzero(self.moves[:, cell])

    def met_by(self, moves: Floats) -> NDArray[np.intp]:
        """The targets that these moves meet."""
        far = moves[self.cell] * self.sign >= self.least - ENOUGH
        stands = (self.still < 0) | (np.abs(moves[self.still]) <= MOVED)
        return np.flatnonzero(far & stands)

    def learn(self, moves: Floats) -> int:
        """Use these moves for each target that has no witness yet; returns how many they serve."""
        met = self.met_by(moves)
        served = met[~self.met[met]]
        self.met[served] = True
        self.moves[served] = np.abs(moves) > MOVED
        return len(served)
