"""Draws by whole numbers: the same seed gives the same bytes on every machine, and a share is met as nearly as a count can."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Truth = NDArray[np.bool_]


class Draws:
    """One stream of draws for one purpose. Streams of different keys do not depend on each other."""

    def __init__(self, *key: int) -> None:
        self.rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))

    def whole(self, low: int | Whole, high: int | Whole, n: int) -> Whole:
        """n whole numbers from low to high, both included."""
        return self.rng.integers(low, high, size=n, endpoint=True, dtype=np.int64)

    def weighted(self, n: int, weights: Sequence[int]) -> Whole:
        """n positions of `weights`, drawn with these weights."""
        cumulated = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(cumulated, self.rng.integers(0, cumulated[-1], size=n), side="right").astype(np.int64)

    def quota(self, n: int, weights: Sequence[int]) -> Whole:
        """n positions of `weights` in random order, each as often as its weight says (largest remainder)."""
        counts = apportion(n, weights)
        return self.rng.permutation(np.repeat(np.arange(len(counts), dtype=np.int64), counts))

    def chosen(self, n: int, per_myriad: int) -> Truth:
        """n truths, of which `per_myriad` in ten thousand are true."""
        return np.asarray(self.quota(n, (10_000 - per_myriad, per_myriad)) == 1, dtype=np.bool_)

    def chosen_of(self, among: Truth, count: int) -> Truth:
        """`count` of the places where `among` is true; all of them where there are fewer."""
        places = np.flatnonzero(among)
        picked = np.zeros(len(among), dtype=np.bool_)
        picked[self.rng.permutation(places)[: max(0, count)]] = True
        return picked


def apportion(total: int, weights: Sequence[int]) -> Whole:
    """`total` shared out by weights in whole numbers: largest remainder, the earlier of two equal ones."""
    w = np.asarray(weights, dtype=np.int64)
    whole, rest = np.divmod(int(total) * w, int(w.sum()))
    first = np.argsort(-rest, kind="stable")[: int(total) - int(whole.sum())]
    whole[first] += 1
    return np.asarray(whole, dtype=np.int64)


def quantile_table(points: Sequence[tuple[int, int]], size: int = 1000) -> Whole:
    """A table of `size` values along straight lines through (share of `size`, value), in whole numbers."""
    xs, ys = zip(*points, strict=True)
    table = np.empty(size, dtype=np.int64)
    for (x0, y0), (x1, y1) in zip(zip(xs, ys, strict=True), zip(xs[1:], ys[1:], strict=True), strict=False):
        at = np.arange(x0, x1)
        table[x0:x1] = y0 + (at - x0) * (y1 - y0) // max(1, x1 - x0)
    return table
