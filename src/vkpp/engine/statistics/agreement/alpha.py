"""Krippendorff's alpha: 1 - observed disagreement / disagreement expected by chance; gaps and any number of coders allowed.

With m_u values in unit u (units with fewer than two give nothing), coincidences o_ck = sum over units of the ordered pairs
(c, k) in it / (m_u - 1), n_c their row sums, n their sum:  alpha = 1 - (n - 1) sum o_ck d_ck / sum n_c n_k d_ck.
Differences d: nominal 1 where c and k differ; ordinal (sum of n_g from c to k, less half of n_c and n_k), squared;
interval (c - k)^2; ratio ((c - k) / (c + k))^2.
Source: Krippendorff, Computing Krippendorff's Alpha-Reliability (2011). Limits: resampled units, fixed seed. Checked: irr.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from vkpp.basics.problems import UsageProblem
from vkpp.engine.statistics.agreement.ratings import (
    RESAMPLES,
    SEED,
    Agreement,
    Floats,
    coded,
    counts_of,
    defined,
    percentile_limits,
    resampled,
)

Metric = Literal["nominal", "ordinal", "interval", "ratio"]


def krippendorff_alpha(
    ratings: Any,
    metric: Metric = "nominal",
    *,
    categories: Sequence[Any] | None = None,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Agreement:
    """Alpha of units by coders, missing values allowed. Formula and source: see the module.

    metric: nominal (any codes), ordinal (in the order of `categories`, sorted if not given), interval or ratio (numbers).
    Raises UsageProblem where an interval or ratio is asked of codes that are not numbers.
    """
    codes, names = coded(ratings, categories)
    counts = counts_of(codes, len(names))
    useful = counts.sum(axis=1) >= 2
    pairs = _coincidences(counts[useful])
    differences = _differences(names, metric)
    ones = np.ones((1, len(pairs)))
    alpha = float(_alphas(pairs, ones, differences)[0]) if len(pairs) else np.nan
    low, high = None, None
    if len(pairs) > 1 and np.isfinite(alpha):
        low, high = percentile_limits(_alphas(pairs, resampled(len(pairs), resamples, seed), differences), level)
    return Agreement(
        statistic=f"Krippendorff's alpha ({metric})",
        value=defined(alpha),
        lower=low,
        upper=high,
        level=level,
        z=None,
        p=None,
        observed=_observed(counts[useful]),
        chance=None,
        units=int(useful.sum()),
        left_out=int((~useful).sum()),
        coders=codes.shape[1],
        categories=names,
        method=f"Krippendorff 2011; limits: {resamples} resamples of units, percentiles, seed {seed}",
    )


def _coincidences(counts: Floats) -> Floats:
    """Each unit's own coincidences: units by category by category."""
    each = counts[:, :, None] * counts[:, None, :]
    places = np.arange(counts.shape[1])
    each[:, places, places] -= counts
    coincidences: Floats = each / (counts.sum(axis=1) - 1)[:, None, None]
    return coincidences


def _observed(counts: Floats) -> float | None:
    """Share of pairs of codes within units that agree."""
    of = counts.sum(axis=1)
    possible = (of * (of - 1)).sum()
    return float((counts * (counts - 1)).sum() / possible) if possible else None


def _differences(names: tuple[Any, ...], metric: Metric) -> Floats | None:
    """Squared differences between categories; None for ordinal, whose differences depend on how often each was used."""
    if metric == "nominal":
        return 1.0 - np.eye(len(names))
    if metric == "ordinal":
        return None
    try:
        values = np.array([float(name) for name in names])
    except (TypeError, ValueError) as problem:
        raise UsageProblem(f"Alpha for {metric} codes needs numbers, but {problem}.", expected="numbers") from problem
    apart = np.subtract.outer(values, values)
    if metric == "interval":
        squared: Floats = apart**2
        return squared
    if (values < 0).any():
        raise UsageProblem("Alpha for ratio codes found a number below zero.", expected="numbers from zero up")
    total = np.add.outer(values, values)
    ratio: Floats = np.divide(apart, total, out=np.zeros_like(apart), where=total != 0) ** 2
    return ratio


def _alphas(pairs: Floats, weights: Floats, differences: Floats | None) -> Floats:
    """Alpha for each row of weights (how often each unit is drawn); NaN where only one category is in use."""
    units, size = pairs.shape[:2]
    observed = (weights @ pairs.reshape(units, -1)).reshape(len(weights), size, size)
    used = observed.sum(axis=2)
    squared = _ordinal(used) if differences is None else differences
    total = used.sum(axis=1)
    seen = (observed * squared).sum(axis=(1, 2))
    expected = (used[:, :, None] * used[:, None, :] * squared).sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        alphas: Floats = np.where(expected > 0, 1 - (total - 1) * seen / expected, np.nan)
    return alphas


def _ordinal(used: Floats) -> Floats:
    """Squared ordinal differences: values that lie between two categories, both ends counted by half."""
    upto = np.cumsum(used, axis=1) - used / 2
    squared: Floats = (upto[:, :, None] - upto[:, None, :]) ** 2
    return squared
