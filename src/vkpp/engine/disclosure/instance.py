"""A suppression problem as plain columns: cells with bounds and protection, joined by additive relations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Instance:
    """Cells 0 .. n-1 and relations sum(coef * value) = 0.

    `lower` and `upper` are what an attacker knows beforehand of a hidden cell. A primary cell must stay possible at
    value - `below` or less and at value + `above` or more. A cell with `fixed` is printed whatever happens. `weight` is what
    is lost by hiding the cell.
    """

    value: Floats
    weight: Floats
    lower: Floats
    upper: Floats
    primary: Flags
    fixed: Flags
    below: Floats
    above: Floats
    relations: sparse.csr_matrix  # one row a relation, one column a cell
    lone: tuple[tuple[int, int], ...] = ()  # (cell, knower): the cell must be able to rise by 1 while the knower stands still

    @property
    def size(self) -> int:
        return len(self.value)


def instance_of(
    value: ArrayLike,
    relations: Sequence[tuple[int, int, float]],
    primary: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    lower: ArrayLike = 0,
    upper: ArrayLike | None = None,
    fixed: ArrayLike | None = None,
    below: ArrayLike = 1,
    above: ArrayLike = 1,
) -> Instance:
    """An instance from plain columns; `relations` are (relation, cell, coefficient).

    Without `upper` a hidden cell may be up to half as large again as the largest cell. Protection is cut to what the bounds
    leave: nothing protects a value of 1 to below 0. ValueError when a relation does not hold.
    """
    values = np.asarray(value, dtype=float)
    size = len(values)
    lows = np.broadcast_to(np.asarray(lower, dtype=float), (size,))
    highest = np.ceil(1.5 * max(1.0, float(np.abs(values).max(initial=0.0)))) if upper is None else upper
    highs = np.broadcast_to(np.asarray(highest, dtype=float), (size,))
    rows, cells, coefs = zip(*relations, strict=True) if relations else ((), (), ())
    shape = (max(rows, default=-1) + 1, size)
    matrix = sparse.coo_matrix((np.asarray(coefs, dtype=float), (rows, cells)), shape=shape).tocsr()
    if shape[0] and float(np.abs(matrix @ values).max()) > 1e-6 * max(1.0, float(np.abs(values).max())):
        raise ValueError(f"relation {int(np.abs(matrix @ values).argmax())} does not add up; expected sums of zero")
    if bool(((values < lows) | (values > highs)).any()):
        raise ValueError(f"cell {int(((values < lows) | (values > highs)).argmax())} lies outside its own bounds")
    matrix = independent(matrix)
    down = np.minimum(np.broadcast_to(np.asarray(below, dtype=float), (size,)), values - lows)
    up = np.minimum(np.broadcast_to(np.asarray(above, dtype=float), (size,)), highs - values)
    return Instance(
        values,
        values if weight is None else np.asarray(weight, dtype=float),
        lows,
        highs,
        np.asarray(primary, dtype=bool),
        np.zeros(size, dtype=bool) if fixed is None else np.asarray(fixed, dtype=bool),
        down,
        up,
        matrix,
    )


def independent(relations: sparse.csr_matrix) -> sparse.csr_matrix:
    """The same relations without those that follow from the others, as far as working down to the leaves shows.

    A relation that is the first to state a total (its one negative cell) defines it. Written in leaves, a relation that
    follows from the definitions is zero and goes; three ways of adding up a cube leave a third of its relations.
    """
    definition = _definitions(relations)
    size = relations.shape[1]
    leaves = np.setdiff1d(np.arange(size), np.fromiter(definition, dtype=int, count=len(definition)))
    parts = sparse.identity(size, format="csr").tolil()
    for total, row in definition.items():
        line = relations.getrow(row)
        others = line.indices != total
        parts.rows[total] = line.indices[others].tolist()
        parts.data[total] = line.data[others].tolist()
    step = parts.tocsr()
    expanded = step
    while (expanded - step @ expanded).count_nonzero():
        expanded = step @ expanded
    in_leaves = abs((relations @ expanded)[:, leaves])
    follows = np.asarray(in_leaves.sum(axis=1)).ravel() < 1e-9
    follows[list(definition.values())] = False
    return relations[~follows]


def _definitions(relations: sparse.csr_matrix) -> dict[int, int]:
    """One defining relation a total, never in a circle: a total's parts are leaves or totals that do not lead back to it."""
    stated: dict[int, int] = {}
    for row in range(relations.shape[0]):
        line = relations.getrow(row)
        negative = line.indices[line.data < 0]
        if len(negative) == 1 and line.data[line.data < 0][0] == -1:
            stated.setdefault(int(negative[0]), row)
    sound: dict[int, int] = {}
    state: dict[int, int] = {}  # 1 on the way, 2 done
    for start in stated:
        stack = [(start, False)]
        while stack:
            total, done = stack.pop()
            if done:
                state[total] = 2
                continue
            if state.get(total):
                continue
            state[total] = 1
            line = relations.getrow(stated[total])
            parts = [int(i) for i in line.indices if i != total and int(i) in stated]
            if any(state.get(i) == 1 for i in parts):  # leads back to itself: let it be a leaf
                state[total] = 2
                continue
            sound[total] = stated[total]
            stack.append((total, True))
            stack.extend((i, False) for i in parts)
    return sound
