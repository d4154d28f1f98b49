"""The attacker's own arithmetic: unknown whole numbers, what is printed of them, and what that leaves possible.

Shares nothing with the suppressor. A question that a solver cannot answer raises Undecided; whoever asks treats that as a leak.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np
from highspy._core import _Highs  # the public class prints a banner to standard output when it is made
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

NEAR = 1e-6  # closer than this to a whole number is that number
Vector = NDArray[np.float64]


class Undecided(Exception):
    """The solver gave no proof either way."""


@dataclass(frozen=True, slots=True)
class Statement:
    """low <= sum(coefficient * unknown) <= high, and which printed numbers say so."""

    terms: dict[int, float]
    low: float
    high: float
    words: str

    def holds_for(self, values: Sequence[float]) -> bool:
        total = sum(c * values[i] for i, c in self.terms.items())
        return self.low - NEAR <= total <= self.high + NEAR


@dataclass
class Knowledge:
    """Unknowns with bounds, and statements low <= sum(coefficient * unknown) <= high that the printed numbers make."""

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)

    def unknown(self, low: float, high: float) -> int:
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1

    def state(self, terms: Mapping[int, float], low: float, high: float, words: str = "") -> None:
        self.statements.append(Statement(dict(terms), low, high, words))

    def parts(self) -> list[Part]:
        """The unknowns in groups that no statement joins: each can be attacked alone."""
        size = len(self.low)
        fixed = [lo == hi for lo, hi in zip(self.low, self.high, strict=True)]
        rows = [(t, i) for t, statement in enumerate(self.statements) for i in statement.terms if not fixed[i]]
        shape = (size + len(self.statements), size + len(self.statements))
        links = sparse.coo_matrix((np.ones(len(rows)), ([i for _, i in rows], [size + t for t, _ in rows])), shape=shape)
        label = connected_components(links, directed=False)[1]
        groups: dict[int, list[int]] = {}
        for i in range(size):
            if not fixed[i]:
                groups.setdefault(int(label[i]), []).append(i)
        said: dict[int, list[int]] = {}
        for t, _ in enumerate(self.statements):
            said.setdefault(int(label[size + t]), []).append(t)
        return [Part(self, members, said.get(g, [])) for g, members in groups.items()]


def _quiet() -> _Highs:
    solver = _Highs()
    for option, value in (("output_flag", False), ("threads", 1)):
        solver.setOptionValue(option, value)
    return solver


class Part:
    """One group of unknowns as a linear or whole-number program."""

    def __init__(self, knowledge: Knowledge, members: list[int], said: list[int]) -> None:
        self.members = members
        self.at = {m: k for k, m in enumerate(members)}
        self.low = np.array([knowledge.low[m] for m in members])
        self.high = np.array([knowledge.high[m] for m in members])
        self._load(knowledge, [knowledge.statements[t] for t in said])
        self.is_whole = False

    def _load(self, knowledge: Knowledge, statements: list[Statement]) -> None:
        lows: list[float] = []
        highs: list[float] = []
        starts, index = [0], list[int]()
        data: list[float] = []
        self.words = [statement.words for statement in statements]
        for said in statements:
            told = sum(c * knowledge.low[i] for i, c in said.terms.items() if i not in self.at)
            lows.append(said.low - told)
            highs.append(said.high - told)
            mine = [(self.at[i], c) for i, c in said.terms.items() if i in self.at]
            index.extend(i for i, _ in mine)
            data.extend(c for _, c in mine)
            starts.append(len(index))
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.members), len(statements)
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.zeros(len(self.members)), self.low, self.high
        lp.row_lower_, lp.row_upper_ = np.array(lows), np.array(highs)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = np.array(starts), np.array(index), np.array(data)
        self.statements = sparse.csr_matrix((data, index, starts), shape=(len(statements), len(self.members)))
        self.least, self.most = np.array(lows), np.array(highs)
        self.solver = _quiet()
        if self.solver.passModel(lp) == highspy.HighsStatus.kError:
            raise Undecided("the solver refused the model")

    def extreme(self, weights: Mapping[int, float], *, whole: bool = False, any_will_do: bool = False) -> Vector:
        """A possible table (in the order of `members`) with the largest weighted sum, in whole numbers when asked.

        With `any_will_do` a whole table need not be the largest. Undecided when the solver proves nothing.
        """
        self._whole(whole)
        self.solver.setOptionValue("mip_rel_gap", 1e6 if any_will_do else 0.0)
        self.solver.setOptionValue("mip_max_nodes", 50 if any_will_do else 100_000)
        size = len(self.members)
        cost = np.zeros(size)
        for member, weight in weights.items():
            cost[self.at[member]] = -weight
        self.solver.changeColsCost(size, np.arange(size, dtype=np.int32), cost)
        self.solver.run()
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self.solver.clearSolver()
            self.solver.run()
        status = self.solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise Undecided(self.solver.modelStatusToString(status))
        return np.asarray(self.solver.getSolution().col_value)

    def reasons(self) -> list[str]:
        """The statements that held back the last linear program: what the attacker adds and subtracts."""
        duals = self.solver.getSolution().row_dual
        return list(dict.fromkeys(w for w, d in zip(self.words, duals, strict=True) if abs(d) > NEAR and w))

    def fix(self, member: int, value: float) -> None:
        self.solver.changeColBounds(self.at[member], value, value)

    def free(self, member: int) -> None:
        k = self.at[member]
        self.solver.changeColBounds(k, float(self.low[k]), float(self.high[k]))

    def range_of(self, member: int, *, whole: bool = False) -> tuple[float, float]:
        """The least and the most that this unknown can be."""
        k = self.at[member]
        low = float(self.extreme({member: -1.0}, whole=whole)[k])
        high = float(self.extreme({member: 1.0}, whole=whole)[k])
        return (float(round(low)), float(round(high))) if whole else (low, high)

    def _whole(self, whole: bool) -> None:
        if whole != self.is_whole:
            kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
            n = len(self.members)
            self.solver.changeColsIntegrality(n, np.arange(n, dtype=np.int32), np.full(n, kind.value, dtype=np.uint8))
            self.is_whole = whole


class Near:
    """Possible tables near a given one: chosen unknowns move by one, and as little else as can be; they are mostly whole."""

    PUSH = 1000.0  # what a chosen move is worth, in moves of others

    def __init__(self, part: Part, start: Vector) -> None:
        self.start, self.size = start, len(start)
        self.up, self.down = part.high - start, start - part.low
        here = part.statements @ start
        rows = sparse.hstack([part.statements, -part.statements], format="csr")
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = 2 * self.size, rows.shape[0]
        lp.col_cost_, lp.col_lower_ = np.ones(2 * self.size), np.zeros(2 * self.size)
        lp.col_upper_ = np.concatenate([self.up, self.down])
        lp.row_lower_, lp.row_upper_ = part.least - here, part.most - here
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
        self.solver = _quiet()
        if self.solver.passModel(lp) == highspy.HighsStatus.kError:
            raise Undecided("the solver refused the model")

    def table(self, pushed: Mapping[int, int], still: int | None = None) -> Vector | None:
        """A possible whole table in which these places of the part move by one where they can and `still` stands, or None."""
        cost, most = np.ones(2 * self.size), np.concatenate([self.up, self.down])
        for k, side in pushed.items():
            column, back = (k, k + self.size) if side > 0 else (k + self.size, k)
            cost[column], most[column], most[back] = -self.PUSH, min(1.0, most[column]), 0.0
        if still is not None:
            most[still] = most[still + self.size] = 0.0
        every = np.arange(2 * self.size, dtype=np.int32)
        self.solver.changeColsCost(2 * self.size, every, cost)
        self.solver.changeColsBounds(2 * self.size, every, np.zeros(2 * self.size), most)
        self.solver.run()
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        moves = np.asarray(self.solver.getSolution().col_value)
        found: Vector = self.start + moves[: self.size] - moves[self.size :]
        return np.round(found) if is_whole(found) else None


def is_whole(values: Vector) -> bool:
    return bool((np.abs(values - np.round(values)) <= NEAR).all())


def ranges(knowledge: Knowledge, unknowns: Iterable[int], *, whole: bool = False) -> dict[int, tuple[float, float]]:
    """The range of each of these unknowns, exactly: two programs each."""
    wanted = set(unknowns)
    found = {i: (knowledge.low[i], knowledge.high[i]) for i in wanted}
    for part in knowledge.parts():
        for member in part.members:
            if member in wanted:
                found[member] = part.range_of(member, whole=whole)
    return found


def worked_example() -> dict[str, object]:
    """Two hidden counts in a row of 3 and a column of 2, the other cells printed: both are given back."""
    knowledge = Knowledge()
    a, b = knowledge.unknown(0, 100), knowledge.unknown(0, 100)
    knowledge.state({a: 1, b: 1}, 3, 3)
    before = ranges(knowledge, [a, b], whole=True)
    knowledge.state({a: 1}, 2, 2)
    return {"row of 3 alone": [before[a], before[b]], "with the column": [ranges(knowledge, [a])[a], ranges(knowledge, [b])[b]]}
