"""Roots of a function of one number, by Brent's method."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

FINE = 1e-13  # how close a root is sought; R's uniroot stops at the fourth root of the machine's precision


def root(f: Callable[[float], float], low: float, high: float, tolerance: float = FINE) -> float:
    """Where f crosses zero between low and high, by Brent's method to `tolerance`.

    Written out because the digits at a coarse tolerance depend on the path: this one is R's uniroot, and scipy's brentq
    takes another. Raises ValueError where f does not change sign. Source: Brent (1973), Algorithms for Minimization, chapter 4.
    """
    a, b, fa, fb = low, high, f(low), f(high)
    if fa * fb > 0:
        raise ValueError(f"no root between {low:g} and {high:g}: the function does not change sign")
    c, fc = a, fa
    while True:
        before = b - a
        if abs(fc) < abs(fb):
            a, b, c, fa, fb, fc = b, c, b, fb, fc, fb
        nearest, step = 2 * np.finfo(float).eps * abs(b) + tolerance / 2, (c - b) / 2
        if abs(step) <= nearest or fb == 0:
            return b
        if abs(before) >= nearest and abs(fa) > abs(fb):
            step = _interpolated(a, b, c, (fa, fb, fc), step, before, nearest)
        a, fa = b, fb
        b += step if abs(step) >= nearest else float(np.copysign(nearest, step))
        fb = f(b)
        if (fb > 0) == (fc > 0):
            c, fc = a, fa


def _interpolated(
    a: float, b: float, c: float, values: tuple[float, float, float], halving: float, before: float, nearest: float
) -> float:
    """The secant or inverse quadratic step where it is safe, else the halving."""
    fa, fb, fc = values
    if a == c:
        p, q = (c - b) * fb / fa, 1 - fb / fa
    else:
        q, t1, t2 = fa / fc, fb / fc, fb / fa
        p, q = t2 * ((c - b) * q * (q - t1) - (b - a) * (t1 - 1)), (q - 1) * (t1 - 1) * (t2 - 1)
    p, q = (p, -q) if p > 0 else (-p, q)
    safe = p < 0.75 * (c - b) * q - abs(nearest * q) / 2 and p < abs(before * q / 2)
    return p / q if safe else halving
