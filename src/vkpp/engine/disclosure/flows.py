"""The suppressor's linear programs: how far a hidden cell can move, and the cheapest cells that let it move further."""

from __future__ import annotations

from collections.abc import Mapping

import highspy
import numpy as np
from highspy._core import _Highs  # the public class prints a banner to standard output when it is made
from numpy.typing import NDArray
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


def solved(solver: _Highs) -> Floats | None:
    """Run and return the values; None where there is no answer; SolverFailed for anything else.

    A wrong "no answer" costs only a cell that stays hidden, or a refusal; so it is taken at its word.
    """
    for again in (False, True):
        if again:  # a warm start can mislead: once more from nothing
            solver.clearSolver()
        solver.run()
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal:
            return np.asarray(solver.getSolution().col_value)
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
    raise SolverFailed(solver.modelStatusToString(status))


class Moves:
    """The cells that may move at all, and the relations that hold between them."""

    def __init__(self, instance: Instance, cells: Flags) -> None:
        self.instance = instance
        self.cells: NDArray[np.intp] = np.flatnonzero(cells)
        self.at = np.full(instance.size, -1)
        self.at[self.cells] = np.arange(len(self.cells))
        rows = instance.relations[:, self.cells]
        self.used = np.flatnonzero(np.diff(rows.indptr) > 0)
        self.rows = rows[self.used]
        self.down = (instance.value - instance.lower)[self.cells]
        self.up = (instance.upper - instance.value)[self.cells]
        self.solver = quiet_solver()

    def whole(self, moves: Floats) -> Floats:
        """Moves of these cells as moves of all cells."""
        found = np.zeros(self.instance.size)
        found[self.cells] = moves
        return found


class Reach(Moves):
    """How far a cell can move while the relations hold and each cell i moves by at most its bounds times open[i]."""

    def __init__(self, instance: Instance, cells: Flags | None = None) -> None:
        super().__init__(instance, np.ones(instance.size, dtype=bool) if cells is None else cells)
        self.columns = np.arange(len(self.cells), dtype=np.int32)
        nil, zero = np.zeros(len(self.cells)), np.zeros(len(self.used))
        load(self.solver, nil, nil, nil, self.rows, zero, zero)
        self.target = 0
        self.share = np.zeros(instance.size)

    def open(self, share: Floats | Flags) -> None:
        """Let each cell move by `share` (0 to 1) of its bounds."""
        self.share = np.asarray(share, dtype=float).copy()
        mine = self.share[self.cells]
        self.solver.changeColsBounds(len(self.columns), self.columns, -self.down * mine, self.up * mine)

    def open_one(self, cell: int, share: float) -> None:
        self.share[cell] = share
        k = int(self.at[cell])
        if k >= 0:
            self.solver.changeColBounds(k, -float(self.down[k]) * share, float(self.up[k]) * share)

    def furthest(self, cell: int, sign: int, still: int | None = None) -> tuple[float, Floats, Floats]:
        """The largest move of `cell` in direction `sign` while `still` stands; all moves; reduced costs (of the minimum)."""
        if still is not None:
            share = float(self.share[still])
            self.open_one(still, 0.0)
            try:
                return self.furthest(cell, sign)
            finally:
                self.open_one(still, share)
        k = int(self.at[cell])
        self.solver.changeColCost(self.target, 0.0)
        self.solver.changeColCost(k, -float(sign))
        self.target = k
        moves = solved(self.solver)
        if moves is None:
            raise SolverFailed("standing still is possible, yet the solver finds nothing")
        duals = np.zeros(self.instance.relations.shape[0])
        duals[self.used] = self.solver.getSolution().row_dual
        reduced = -np.asarray(self.instance.relations.T @ duals)
        reduced[cell] -= sign
        return float(moves[k]) * sign, self.whole(moves), reduced

    def along(self, weights: Mapping[int, float]) -> Floats:
        """Moves of all cells with the largest weighted sum."""
        cost = np.zeros(len(self.columns))
        for cell, weight in weights.items():
            cost[self.at[cell]] = -weight
        self.solver.changeColsCost(len(self.columns), self.columns, cost)
        moves = solved(self.solver)
        self.solver.changeColsCost(len(self.columns), self.columns, np.zeros(len(self.columns)))
        if moves is None:
            raise SolverFailed("standing still is possible, yet the solver finds nothing")
        return self.whole(moves)


class Cheapest(Moves):
    """The cheapest cells to move so that given cells move as far as they must; cost is per unit moved."""

    def __init__(self, instance: Instance, cells: Flags | None = None) -> None:
        super().__init__(instance, (~instance.fixed | instance.primary) if cells is None else cells)
        self.size = len(self.cells)
        self.columns = np.arange(2 * self.size, dtype=np.int32)
        self.limits = np.concatenate([self.up, self.down])
        nil, zero = np.zeros(2 * self.size), np.zeros(len(self.used))
        self.cost = nil
        rows = sparse.hstack([self.rows, -self.rows], format="csr")
        load(self.solver, nil, nil, self.limits, rows, zero, zero)

    def price(self, cost: Floats) -> None:
        mine = cost[self.cells]
        self.cost = np.concatenate([mine, mine])
        self.solver.changeColsCost(2 * self.size, self.columns, self.cost)

    def shut(self, cell: int, yes: bool) -> None:
        k = int(self.at[cell])
        self._bounds(k, 0.0 if yes else float(self.up[k]), 0.0 if yes else float(self.down[k]))

    def way(self, cell: int, sign: int, least: float, still: int | None = None) -> Floats | None:
        """Least dear moves of all cells such that `cell` moves by `least` in direction `sign` and `still` does not; or None."""
        k = int(self.at[cell])
        if still is not None and self.at[still] >= 0:
            self.shut(still, True)
        there, back = (k, k + self.size) if sign > 0 else (k + self.size, k)
        self.solver.changeColBounds(there, least, float(self.limits[there]))
        self.solver.changeColBounds(back, 0.0, 0.0)
        try:
            found = solved(self.solver)
        finally:
            self._bounds(k, float(self.up[k]), float(self.down[k]))
            if still is not None and self.at[still] >= 0:
                self.shut(still, False)
        return None if found is None else self.whole(found[: self.size] - found[self.size :])

    def _bounds(self, k: int, up: float, down: float) -> None:
        self.solver.changeColBounds(k, 0.0, up)
        self.solver.changeColBounds(k + self.size, 0.0, down)
