"""The chain ladder for late recorded counts, with Mack's standard errors.

Cumulative counts C[i, k] of origin i after k steps. Factors f_k = sum C[i, k+1] / sum C[i, k] over origins where both are
known; unknown values are C[i, k] f_k onwards. sigma_k^2 = sum C[i, k] (C[i, k+1] / C[i, k] - f_k)^2 / (number - 1); where
only one origin is left, min(s_{k-1}^4 / s_{k-2}^2, s_{k-1}^2, s_{k-2}^2). Errors, step by step:
  process   p^2 <- p^2 f_k^2 + C sigma_k^2         parameter   q^2 <- q^2 f_k^2 + C^2 se(f_k)^2,  se(f_k)^2 = sigma_k^2 / sum C
Source: Mack (1993), ASTIN Bulletin 23(2), and Mack (1999) for the recursion; checked against R's ChainLadder 0.2.20.
It trusts each origin's own latest count alone: with few cases that is worse than no correction (see correction.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vkpp.basics.problems import UsageProblem

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ChainLadder:
    """One row an origin, one column a step. `to_come` is what is not recorded yet (IBNR in the source)."""

    factors: Floats  # one a step, the last 1: nothing is expected after the last step seen
    factor_errors: Floats
    sigmas: Floats
    latest: Floats
    ultimate: Floats
    to_come: Floats
    completeness: Floats  # latest / ultimate
    errors: Floats  # Mack's standard error of the ultimate
    full: Floats  # the triangle, filled
    total_latest: float
    total_ultimate: float
    total_to_come: float
    total_error: float

    @property
    def coefficients(self) -> Floats:
        """Standard error over what is to come; NaN where nothing is."""
        return np.divide(self.errors, self.to_come, out=np.full_like(self.errors, np.nan), where=self.to_come != 0)

    @property
    def total_coefficient(self) -> float:
        return self.total_error / self.total_to_come if self.total_to_come else float("nan")


def cumulative(counts: Any) -> Floats:
    """Cumulative counts from counts by delay; unknown stays unknown."""
    table: Floats = np.cumsum(np.asarray(counts, dtype=np.float64), axis=1)
    return table


def chain_ladder(triangle: Any) -> ChainLadder:
    """Ultimate counts and Mack errors of a cumulative triangle, NaN where unknown. Formula and source: see the module.

    triangle: 2-D, origins (oldest first) by steps; each row known up to some step and unknown after it. Raises UsageProblem
    where a row has a gap, or nothing.
    """
    known = _checked(triangle)
    factors, sums, counts = _factors(known)
    sigmas = _sigmas(known, factors, counts)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor_errors = np.where(sums > 0, sigmas / np.sqrt(sums), 0.0)
    full = _filled(known, factors)
    errors, total_error = _mack(known, full, factors, sigmas, factor_errors)
    steps = (~np.isnan(known)).sum(axis=1)
    latest = known[np.arange(len(known)), steps - 1]
    ultimate = full[:, -1]
    completeness = np.divide(latest, ultimate, out=np.ones_like(latest), where=ultimate != 0)
    return ChainLadder(
        factors=np.append(factors, 1.0),
        factor_errors=factor_errors,
        sigmas=sigmas,
        latest=latest,
        ultimate=ultimate,
        to_come=ultimate - latest,
        completeness=completeness,
        errors=errors,
        full=full,
        total_latest=float(latest.sum()),
        total_ultimate=float(ultimate.sum()),
        total_to_come=float((ultimate - latest).sum()),
        total_error=total_error,
    )


def _checked(triangle: Any) -> Floats:
    table = np.array(triangle, dtype=np.float64)
    if table.ndim != 2 or not table.size:
        raise UsageProblem(f"A triangle of shape {table.shape}.", expected="origins by steps")
    known = ~np.isnan(table)
    gaps = (known[:, 1:] & ~known[:, :-1]).any(axis=1) | ~known[:, 0]
    if gaps.any():
        raise UsageProblem(
            f"Origin {int(np.argmax(gaps)) + 1} has a gap, or nothing.",
            expected="every origin known from the first step up to some step",
            next_step="leave out origins without any count; give 0 where nothing was recorded",
        )
    return table


def _factors(known: Floats) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Factor of each step, the sum below it, and how many origins it stands on. 1 where nothing stood below."""
    both = ~np.isnan(known[:, 1:])
    below = np.where(both, known[:, :-1], 0.0).sum(axis=0)
    above = np.where(both, known[:, 1:], 0.0).sum(axis=0)
    factors = np.divide(above, below, out=np.ones_like(above), where=below > 0)
    return factors, below, (both & (known[:, :-1] > 0)).sum(axis=0)


def _sigmas(known: Floats, factors: Floats, counts: NDArray[np.int64]) -> Floats:
    base, nxt = known[:, :-1], known[:, 1:]
    usable = ~np.isnan(nxt) & (base > 0)
    ratio = np.divide(nxt, base, out=np.zeros_like(nxt), where=usable)
    squares = np.where(usable, base * (ratio - factors) ** 2, 0.0).sum(axis=0)
    squared = np.divide(squares, counts - 1, out=np.full_like(squares, np.nan), where=counts > 1)
    for k in np.flatnonzero(counts <= 1):
        squared[k] = _last_sigma(squared[:k])
    roots: Floats = np.sqrt(squared)
    return roots


def _last_sigma(before: Floats) -> float:
    """Mack's rule for a step that only one origin has seen; 0 where no earlier step says anything."""
    if len(before) < 2:
        return float(before[-1]) if len(before) else 0.0
    one, two = float(before[-1]), float(before[-2])
    return min(one**2 / two, one, two) if two > 0 else 0.0


def _filled(known: Floats, factors: Floats) -> Floats:
    full = known.copy()
    for k, factor in enumerate(factors):
        full[:, k + 1] = np.where(np.isnan(full[:, k + 1]), full[:, k] * factor, full[:, k + 1])
    return full


def _mack(known: Floats, full: Floats, factors: Floats, sigmas: Floats, factor_errors: Floats) -> tuple[Floats, float]:
    """Standard error of each origin's ultimate, and of their sum (origins share the factors, so their errors add up)."""
    process, parameter = np.zeros(len(full)), np.zeros(len(full))
    shared = 0.0
    for k in range(len(factors)):
        unknown = np.isnan(known[:, k + 1])
        base = np.where(unknown, full[:, k], 0.0)
        process = np.where(unknown, process * factors[k] ** 2 + base * sigmas[k] ** 2, process)
        parameter = np.where(unknown, parameter * factors[k] ** 2 + (base * factor_errors[k]) ** 2, parameter)
        shared = shared * factors[k] ** 2 + (base.sum() * factor_errors[k]) ** 2
    return np.sqrt(process + parameter), float(np.sqrt(process.sum() + shared))
