"""The four special cause rules of Making Data Count, over whole arrays: one row a series, one column a point in time.

Source: NHS England, Making Data Count; the behaviour at the edges follows NHSRplotthedots 0.2.2. Every function takes an
array whose last axis is time and returns one of the same shape. Missing values (NaN) never make a rule fire.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Signs = NDArray[np.int8]


def sides(values: Floats, centre: Floats) -> Signs:
    """+1 above the centre, -1 below, 0 on it or missing."""
    signs: Signs = (values > centre).astype(np.int8) - (values < centre).astype(np.int8)
    return signs


def window_sums(marks: NDArray[Any], width: int) -> NDArray[np.int32]:
    """Sum over the `width` marks that end at each position; 0 where fewer than `width` stand before it."""
    sums = np.zeros(marks.shape, dtype=np.int32)
    if marks.shape[-1] >= width:
        running = np.cumsum(marks, axis=-1, dtype=np.int32)
        sums[..., width - 1 :] = running[..., width - 1 :]
        sums[..., width:] -= running[..., :-width]
    return sums


def spread_back(ends: Bools, width: int) -> Bools:
    """Marks every point of a window of `width` that ends at a marked point."""
    found = ends.copy()
    for ahead in range(1, min(width, ends.shape[-1])):
        found[..., :-ahead] |= ends[..., ahead:]
    return found


def shift_ends(side: Signs, points: int) -> Bools:
    """Where `points` consecutive points on one side of the centre end. A point on the centre breaks the run."""
    ends: Bools = np.abs(window_sums(side, points)) == points
    return ends


def trend_ends(values: Floats, points: int) -> Signs:
    """+1 where `points` consecutive rising points end, -1 where falling, 0 elsewhere. Equal neighbours break a trend."""
    steps = np.zeros(values.shape, dtype=np.int8)
    steps[..., 1:] = sides(values[..., 1:], values[..., :-1])
    sums = window_sums(steps, points - 1)
    ends: Signs = (sums == points - 1).astype(np.int8) - (sums == -(points - 1)).astype(np.int8)
    return ends


def trends(values: Floats, points: int) -> Signs:
    """The direction of the trend that each point belongs to. A turning point of two trends takes the later one.

    The reference looks at the next step alone, and so calls the last point of a rise "decreasing" when another rise starts
    one lower point later. Here a point takes the direction of a trend that it is part of.
    """
    ends = trend_ends(values, points)
    up, down = spread_back(ends > 0, points), spread_back(ends < 0, points)
    later = np.zeros(values.shape, dtype=np.int8)
    later[..., :-1] = sides(values[..., 1:], values[..., :-1])
    both: Signs = np.where(up & down, later, up.astype(np.int8) - down.astype(np.int8)).astype(np.int8)
    return both


def shifts(side: Signs, points: int) -> Bools:
    """Every point of a run of `points` or more on one side of the centre."""
    return spread_back(shift_ends(side, points), points)


def in_near_window(near: Bools, side: Signs, some: int, of: int) -> Bools:
    """Every point of a window of `of` points on one side, of which at least `some` lie between near limit and limit."""
    ends = (window_sums(near, of) >= some) & (np.abs(window_sums(side, of)) == of)
    return spread_back(ends, of)


def near_signals(near: Bools, side: Signs, some: int, of: int) -> Bools:
    """The near points themselves of such windows; the third point is not marked."""
    return in_near_window(near, side, some, of) & near
