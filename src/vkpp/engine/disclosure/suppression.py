"""Secondary suppression: which further cells to hide so that no primary cell can be worked out, at little loss.

Kelly, Golden and Assad's incremental linear programs find a safe pattern, thinning prints again what need not be hidden, and
for tables that are small enough Benders cuts (Fischetti and Salazar 2001) prove the optimum or close in on it. Work is counted
in programs, not seconds: the same input gives the same pattern on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vkpp.engine.disclosure.cuts import Master, Separation
from vkpp.engine.disclosure.flows import MOVED, Cheapest, Reach
from vkpp.engine.disclosure.instance import Flags, Floats, Instance, instance_of
from vkpp.engine.disclosure.targets import ENOUGH, Witnesses
from vkpp.engine.disclosure.thinning import Thinning, dearest_first

SEED = 20_010_701
MANY = 1_000_000  # targets x cells from which many targets are looked at together first
BATCHES = 40  # programs for many targets together
FEW = 50  # a program that serves less than one in so many is not worth repeating
PRINTED_AGAIN = 0.3  # of the secondary cells
ALMOST_FREE = 1e-3  # an empty cell costs nothing, yet is not opened without need


class CannotProtect(Exception):
    """Some primary cells stay computable although every cell that may be hidden is hidden."""

    def __init__(self, cells: tuple[int, ...]) -> None:
        super().__init__(f"{len(cells)} primary cells cannot be protected")
        self.cells = cells


@dataclass(frozen=True, slots=True)
class Effort:
    """How much work to spend, in counts. The pattern is safe whatever the effort; more effort loses less."""

    thinning: int = 1_000_000_000  # linear programs x hidden cells squared
    cut_size: int = 120_000  # targets x cells up to which cuts are sought beyond those of thinning
    rounds: int = 60  # of fractional cuts
    exact_size: int = 40_000  # targets x cells up to which whole-number choices are sought
    whole_rounds: int = 60  # of whole-number choices
    again: int = 8  # times that a part of a pattern is printed again and mended, where no optimum is sought
    again_size: int = 600_000  # targets x cells up to which that is done
    nodes: int = 20_000  # of the branch and bound, each choice
    gap: float = 0.0  # stop when the loss is proved within this share of the optimum


@dataclass(frozen=True)
class Suppression:
    """Which cells are hidden, primary ones included; what secondary cells lose; and a proved bound on the least loss."""

    hidden: Flags
    lost: float
    bound: float
    programs: int

    @property
    def gap(self) -> float:
        """(lost - bound) / lost: 0 is a proved optimum."""
        return 0.0 if self.lost <= self.bound + ENOUGH else (self.lost - self.bound) / self.lost


def suppress(instance: Instance, effort: Effort | None = None, start: Flags | None = None) -> Suppression:
    """A pattern in which every primary cell keeps its protection interval; CannotProtect when there is none.

    `start` are cells that an earlier pattern hid: a good beginning when protection was added to a large table.

    Source: Fischetti and Salazar, Management Science 47 (2001); Kelly, Golden and Assad, Networks 22 (1992).
    """
    effort = effort or Effort()
    thinning = _thinned(instance, instance.primary if start is None else start | instance.primary, effort)
    best, bound, programs = thinning.hidden, 0.0, thinning.programs
    if _loss(instance, best) > 0:
        best, bound, more = _closed_in(instance, thinning, effort)
        programs += more
        if effort.cut_size < len(thinning.witnesses.targets) * instance.size <= effort.again_size:
            best, more = _mended(instance, best, bound, effort)
            programs += more
    return Suppression(best, _loss(instance, best), min(bound, _loss(instance, best)), programs)


def _mended(instance: Instance, best: Flags, bound: float, effort: Effort) -> tuple[Flags, int]:
    """The best of patterns near a good one: three in ten secondary cells are printed, and what then lacks is mended."""
    rng, programs = np.random.default_rng(SEED), 0
    for _ in range(effort.again):
        if _loss(instance, best) <= bound * (1 + effort.gap) + ENOUGH:
            break
        secondary = np.flatnonzero(best & ~instance.primary)
        start = best.copy()
        start[secondary[rng.random(secondary.size) < PRINTED_AGAIN]] = False
        trial = _thinned(instance, start, effort)
        programs += trial.programs
        best = trial.hidden if _loss(instance, trial.hidden) < _loss(instance, best) - ENOUGH else best
    return best, programs


def _loss(instance: Instance, hidden: Flags) -> float:
    return float(instance.weight[hidden & ~instance.primary].sum())


def _thinned(instance: Instance, start: Flags, effort: Effort) -> Thinning:
    hidden, witnesses = _safe(instance, start)
    thinning = Thinning(instance, hidden, witnesses)
    thinning.thin(dearest_first(instance, hidden), effort.thinning // max(1, int(hidden.sum())) ** 2)
    return thinning


def _safe(instance: Instance, start: Flags) -> tuple[Flags, Witnesses]:
    """From `start`, hide what is cheapest to hide until all targets have what they need."""
    witnesses, hidden = Witnesses(instance), start.copy()
    cheapest = Cheapest(instance)
    cost = np.maximum(instance.weight, ALMOST_FREE)
    if len(witnesses.targets) * instance.size > MANY:
        _among_themselves(instance, witnesses, hidden)
    cannot: list[int] = []
    for k, target in enumerate(witnesses.targets):
        if witnesses.met[k]:
            continue
        cheapest.price(np.where(hidden, 0.0, cost))
        moves = cheapest.way(target.cell, target.sign, target.least, target.still)
        if moves is None:
            cannot.append(target.cell)
        else:
            hidden |= np.abs(moves) > MOVED
            witnesses.learn(moves)
    if cannot:
        raise CannotProtect(tuple(dict.fromkeys(cannot)))
    return hidden, witnesses


def _among_themselves(instance: Instance, witnesses: Witnesses, hidden: Flags) -> None:
    """Which targets the hidden cells already meet: furthest moves for random directions, each of which serves many."""
    rng = np.random.default_rng(SEED)
    reach = Reach(instance, hidden)
    reach.open(hidden)
    for _ in range(BATCHES):
        waiting = [t for k in witnesses.unmet() if (t := witnesses.targets[k]).still is None]
        weights = {t.cell: t.sign * float(rng.uniform(0.5, 1.5)) for t in waiting if rng.random() < 0.5}
        if witnesses.learn(reach.along(weights)) * FEW < len(waiting):
            return


def _closed_in(instance: Instance, thinning: Thinning, effort: Effort) -> tuple[Flags, float, int]:
    """The best pattern and bound after cuts: a bound alone where the table is large, a proved optimum where it is small."""
    best = thinning.hidden
    master = Master(instance, thinning.cuts)
    bound = _bound(instance, master.choice()[1])
    size = len(thinning.witnesses.targets) * instance.size
    if size > effort.cut_size:
        return best, bound, 0
    separation = Separation(instance)
    for _ in range(effort.rounds):
        share, value = master.choice()
        bound = max(bound, _bound(instance, value))
        if not _cut_off(master, separation, share):
            break
    master.whole(True)
    for _ in range(effort.whole_rounds if size <= effort.exact_size else 0):
        if _loss(instance, best) <= bound * (1 + effort.gap) + ENOUGH:
            break
        share, value = master.choice(effort.nodes)
        bound = max(bound, _bound(instance, value))
        choice = ((share > 0.5) & ~instance.fixed) | instance.primary
        trial = _thinned(instance, choice, effort)
        best = trial.hidden if _loss(instance, trial.hidden) < _loss(instance, best) - ENOUGH else best
        for cut in trial.cuts:  # what failed near a good choice holds everywhere
            master.add(cut)
        if not _cut_off(master, separation, np.round(share)):
            break
    return best, bound, separation.programs


def _bound(instance: Instance, value: float) -> float:
    """With whole weights the loss is whole, so a bound may be rounded up."""
    whole = bool((instance.weight == np.round(instance.weight)).all())
    return float(np.ceil(value - 1e-4)) if whole else value


def _cut_off(master: Master, separation: Separation, share: Floats) -> int:
    cuts = [cut for _, cut in separation.violated(share) if cut is not None and cut.slack(share) < -1e-4]
    for cut in cuts:
        master.add(cut)
    return len(cuts)


def worked_example() -> dict[str, object]:
    """A 3 x 3 table with one small count: the least loss is four hidden cells, proved."""
    value = [20, 50, 10, 80, 8, 19, 22, 49, 17, 32, 12, 61, 45, 101, 44, 190]
    rows = [(r, 4 * r + c, -1.0 if c == 3 else 1.0) for r in range(4) for c in range(4)]
    columns = [(4 + c, 4 * r + c, -1.0 if r == 3 else 1.0) for r in range(4) for c in range(4)]
    primary = [v == 8 for v in value]
    found = suppress(instance_of(value, rows + columns, primary))
    hidden = [int(i) for i in np.flatnonzero(found.hidden)]
    return {"values": value, "primary": [4], "hidden": hidden, "lost": found.lost, "bound": found.bound, "gap": found.gap}
