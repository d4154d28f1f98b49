"""A bound on what must be lost, and the proved optimum of small tables: Benders cuts after Fischetti and Salazar (2001)."""

from __future__ import annotations

from collections.abc import Sequence

import highspy
import numpy as np

from vkpp.engine.disclosure.flows import Reach, SolverFailed, quiet_solver
from vkpp.engine.disclosure.instance import Floats, Instance
from vkpp.engine.disclosure.targets import ENOUGH, Cut, Target, cut_from, targets_of

FREE = 1e-9  # a weight under this costs nothing


class Master:
    """Choose the cells to hide at least weight so that every cut so far holds; a relaxation of the whole problem."""

    def __init__(self, instance: Instance, cuts: Sequence[Cut] = ()) -> None:
        self.instance = instance
        self.sure = instance.primary | ((instance.weight <= FREE) & ~instance.fixed)  # hidden without loss
        self.solver = quiet_solver()
        low = np.where(self.sure, 1.0, 0.0)
        high = np.where(instance.fixed & ~instance.primary, 0.0, 1.0)
        cost = np.where(self.sure, 0.0, instance.weight)
        for i in range(instance.size):
            self.solver.addVar(float(low[i]), float(high[i]))
        self.solver.changeColsCost(instance.size, np.arange(instance.size, dtype=np.int32), cost)
        for cut in cuts:
            self.add(cut)

    def add(self, cut: Cut) -> None:
        self.solver.addRow(1.0, highspy.kHighsInf, len(cut.cells), cut.cells.astype(np.int32), cut.coefs)

    def whole(self, yes: bool) -> None:
        kind = highspy.HighsVarType.kInteger if yes else highspy.HighsVarType.kContinuous
        n = self.instance.size
        self.solver.changeColsIntegrality(n, np.arange(n, dtype=np.int32), np.full(n, kind.value, dtype=np.uint8))

    def choice(self, nodes: int = 0) -> tuple[Floats, float]:
        """The best choice found and the bound that is proved for every choice."""
        if nodes:
            self.solver.setOptionValue("mip_max_nodes", nodes)
        self.solver.run()
        status = self.solver.getModelStatus()
        allowed = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kSolutionLimit)
        info = self.solver.getInfo()
        if status not in allowed or not np.isfinite(info.objective_function_value):
            raise SolverFailed(self.solver.modelStatusToString(status))
        bound = info.mip_dual_bound if nodes else info.objective_function_value
        return np.asarray(self.solver.getSolution().col_value), float(bound)


class Separation:
    """Finds the cuts that a choice violates."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.reach = Reach(instance)
        self.targets = targets_of(instance)
        self.programs = 0

    def violated(self, share: Floats) -> list[tuple[Target, Cut | None]]:
        """The targets that cannot move far enough under this choice (shares of 0 to 1), each with its cut."""
        share = np.where(share > 1e-6, np.minimum(share, 1.0), 0.0)  # the master's tolerance is not a bound
        self.reach.open(share)
        found: list[tuple[Target, Cut | None]] = []
        for target in self.targets:
            length, _, reduced = self.reach.furthest(target.cell, target.sign, target.still)
            self.programs += 1
            if length < target.least - ENOUGH:
                found.append((target, cut_from(self.instance, target, reduced)))
        return found
