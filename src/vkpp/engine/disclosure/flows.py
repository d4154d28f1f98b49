"""The suppressor's linear programs: how far a hidden cell can move, and the cheapest cells that let it move further."""

from __future__ import annotations

import highspy
import numpy as np
from highspy._core import _Highs  # the public class prints a banner to standard output when it is made
from scipy import sparse

from vkpp.engine.disclosure.instance import Flags, Floats, Instance

MOVED = 1e-7  # a change smaller than this is none


class SolverFailed(Exception):
    """A program that should have an answer gave none; nothing may be concluded from it."""


def quiet_solver() -> _Highs:
    """A solver that prints nothing and always uses one thread: two counts in one process make runs fail silently."""
    solver = _Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    return solver


def load(
    solver: _Highs, cost: Floats, lower: Floats, upper: Floats, rows: sparse.csr_matrix, low: Floats, high: Floats
) -> None:
    """Give the solver: minimise cost * x, lower <= x <= upper, low <= rows * x <= high."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), rows.shape[0]
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lower, upper
    lp.row_lower_, lp.row_upper_ = low, high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
    if solver.passModel(lp) == highspy.HighsStatus.kError:
        raise SolverFailed("the solver refused a model")


def solved(solver: _Highs) -> Floats:
    """Run and return the values; SolverFailed for any answer but an optimum."""
    solver.run()
    status = solver.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:  # a warm start can mislead: once more from nothing
        solver.clearSolver()
        solver.run()
        status = solver.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise SolverFailed(solver.modelStatusToString(status))
    return np.asarray(solver.getSolution().col_value)


class Reach:
    """How far a cell can move while the relations hold and each cell i moves by at most its bounds times open[i]."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.down, self.up = instance.value - instance.lower, instance.upper - instance.value
        self.solver = quiet_solver()
        self.columns = np.arange(instance.size, dtype=np.int32)
        nil = np.zeros(instance.size)
        zero = np.zeros(instance.relations.shape[0])
        load(self.solver, nil, nil, nil, instance.relations, zero, zero)
        self.target = 0
        self.share = nil

    def open(self, share: Floats | Flags) -> None:
        """Let each cell move by `share` (0 to 1) of its bounds."""
        self.share = np.asarray(share, dtype=float).copy()
        self.solver.changeColsBounds(len(self.columns), self.columns, -self.down * share, self.up * share)

    def open_one(self, cell: int, share: float) -> None:
        self.share[cell] = share
        self.solver.changeColBounds(cell, -float(self.down[cell]) * share, float(self.up[cell]) * share)

    def furthest(self, cell: int, sign: int, still: int | None = None) -> tuple[float, Floats, Floats]:
        """The largest move of `cell` in direction `sign` while `still` stands; all moves; reduced costs (of the minimum)."""
        if still is not None:
            share = float(self.share[still])
            self.open_one(still, 0.0)
            try:
                return self.furthest(cell, sign)
            finally:
                self.open_one(still, share)
        self.solver.changeColCost(self.target, 0.0)
        self.solver.changeColCost(cell, -float(sign))
        self.target = cell
        moves = solved(self.solver)
        return float(moves[cell]) * sign, moves, np.asarray(self.solver.getSolution().col_dual)


class Cheapest:
    """The cheapest cells to open so that given cells move as far as they must; cost is per unit moved of a shut cell."""

    def __init__(self, instance: Instance) -> None:
        n = instance.size
        self.size = n
        self.level = np.where(instance.primary, np.maximum(instance.below, instance.above), 0.0)
        self.down = np.where(instance.fixed, 0.0, instance.value - instance.lower)
        self.up = np.where(instance.fixed, 0.0, instance.upper - instance.value)
        self.solver = quiet_solver()
        self.columns = np.arange(2 * n, dtype=np.int32)
        rows = sparse.hstack([instance.relations, -instance.relations], format="csr")
        zero = np.zeros(rows.shape[0])
        load(self.solver, np.zeros(2 * n), np.zeros(2 * n), np.concatenate([self.up, self.down]), rows, zero, zero)

    def price(self, cost: Floats) -> None:
        self.solver.changeColsCost(2 * self.size, self.columns, np.concatenate([cost, cost]))

    def way(self, cell: int, sign: int, least: float, still: int | None = None) -> Floats:
        """Moves of all cells such that `cell` moves by `least` in direction `sign` and `still` does not, at least cost."""
        if still is not None:
            self._bounds(still, 0.0, 0.0)
            try:
                return self.way(cell, sign, least)
            finally:
                self._bounds(still, float(self.up[still]), float(self.down[still]))
        there, back = (cell, cell + self.size) if sign > 0 else (cell + self.size, cell)
        up, down = float(self.up[cell]), float(self.down[cell])
        self.solver.changeColBounds(there, least, up if sign > 0 else down)
        self.solver.changeColBounds(back, 0.0, 0.0)
        try:
            found = solved(self.solver)
        finally:
            self._bounds(cell, up, down)
        moves: Floats = found[: self.size] - found[self.size :]
        return moves

    def _bounds(self, cell: int, up: float, down: float) -> None:
        self.solver.changeColBounds(cell, 0.0, up)
        self.solver.changeColBounds(cell + self.size, 0.0, down)
