"""Kappas: agreement beyond chance, (observed - chance) / (1 - chance), for two coders and for several.

  Cohen    two coders; chance from each coder's own use of the codes. Weights 1 - (|i - j| / (k - 1))^d: d = 1 linear,
           d = 2 quadratic. Limits: asymptotic (Fleiss, Cohen and Everitt 1969); z: its form under no agreement.
  Fleiss   several coders; chance from the codes' shares over all coders (Fleiss 1971). z: Fleiss, Nee and Landis (1979).
  Conger   as Fleiss, with chance from each pair of coders (Conger 1980): the exact kappa of irr.
  Light    mean of Cohen's kappa over all pairs of coders (Light 1971); z after Conger, as irr 0.84.1 has it.
Limits of the kappas of several coders come from resampling units, with a fixed seed. Checked against irr and psych.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, Literal

import numpy as np
from scipy.stats import norm

from vkpp.basics.problems import UsageProblem
from vkpp.engine.statistics.agreement.ratings import (
    MISSING,
    RESAMPLES,
    SEED,
    Agreement,
    Codes,
    Floats,
    coded,
    counts_of,
    defined,
    percentile_limits,
    resampled,
)

Weights = Literal["none", "linear", "quadratic"]
POWER = {"linear": 1, "quadratic": 2}


def cohen_kappa(
    first: Any,
    second: Any,
    *,
    weights: Weights = "none",
    categories: Sequence[Any] | None = None,
    level: float = 0.95,
) -> Agreement:
    """Cohen's kappa of two coders' columns; pairs with a missing code are left out and counted.

    categories: the codes from low to high (sorted, if not given); with weights their order and number matter, so that a code
    that nobody used may have to be named. Formula and source: see the module.
    """
    codes, names = coded({"first": first, "second": second}, categories)
    there = (codes != MISSING).all(axis=1)
    table = np.zeros((len(names), len(names)))
    np.add.at(table, (codes[there, 0], codes[there, 1]), 1)
    return _cohen(table, names, weights, level, int((~there).sum()))


def cohen_kappa_of_table(table: Any, *, weights: Weights = "none", level: float = 0.95) -> Agreement:
    """Cohen's kappa of a square table of counts: row = first coder's code, column = second coder's."""
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise UsageProblem(f"A table of shape {counts.shape}.", expected="as many rows as columns, one for each code")
    return _cohen(counts, tuple(range(len(counts))), weights, level, 0)


def _cohen(table: Floats, names: tuple[Any, ...], weights: Weights, level: float, left_out: int) -> Agreement:
    units = table.sum()
    kappa, observed, chance, error, error_0 = _cohen_parts(table, _weights(len(table), weights))
    half = norm.ppf((1 + level) / 2) * error
    z = _ratio(kappa, error_0)
    return Agreement(
        statistic="Cohen's kappa" if weights == "none" else f"Weighted kappa ({weights})",
        value=defined(kappa),
        lower=defined(max(-1.0, kappa - half)) if np.isfinite(half) else None,
        upper=defined(min(1.0, kappa + half)) if np.isfinite(half) else None,
        level=level,
        z=defined(z),
        p=defined(2 * norm.sf(abs(z))),
        observed=defined(observed),
        chance=defined(chance),
        units=int(units),
        left_out=left_out,
        coders=2,
        categories=names,
        method="Cohen 1960, 1968; limits: Fleiss, Cohen and Everitt 1969, asymptotic",
    )


def _ratio(above: float, below: float) -> float:
    """NaN where there is nothing to divide by: no z can be given."""
    return above / below if below > 0 else float("nan")


def _weights(count: int, weights: Weights) -> Floats:
    if weights == "none" or count < 2:
        return np.eye(count)
    apart = np.abs(np.subtract.outer(np.arange(count), np.arange(count))) / (count - 1)
    return 1 - apart ** POWER[weights]


def _cohen_parts(table: Floats, weight: Floats) -> tuple[float, float, float, float, float]:
    """Kappa, observed, chance, standard error, standard error where there is no agreement beyond chance."""
    with np.errstate(invalid="ignore", divide="ignore"):
        p = table / table.sum()
        row, column = p.sum(axis=1), p.sum(axis=0)
        expected = np.outer(row, column)
        observed, chance = float((p * weight).sum()), float((expected * weight).sum())
        kappa = np.float64(observed - chance) / (1 - chance) if 1 - chance > 1e-12 else np.float64(np.nan)
        marginal = np.add.outer(weight @ column, weight.T @ row)
        scale = table.sum() * np.float64(1 - chance) ** 2
        seen = (p * (weight - marginal * (1 - kappa)) ** 2).sum() - (kappa - chance * (1 - kappa)) ** 2
        null = (expected * (weight - marginal) ** 2).sum() - chance**2
        errors = np.sqrt(np.maximum([seen, null], 0) / scale)
    return float(kappa), observed, chance, float(errors[0]), float(errors[1])


def fleiss_kappa(
    ratings: Any, *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = SEED, categories: Sequence[Any] | None = None
) -> Agreement:
    """Fleiss' kappa of units by coders; units that a coder left out are not used and are counted (alpha can use them)."""
    codes, names = coded(ratings, categories)
    there = (codes != MISSING).all(axis=1)
    counts = counts_of(codes[there], len(names))
    return _fleiss(counts, names, int((~there).sum()), codes.shape[1], (level, resamples, seed))


def fleiss_kappa_of_counts(
    counts: Any,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    categories: Sequence[Any] | None = None,
) -> Agreement:
    """Fleiss' kappa of units by categories, each value how many coders gave the category; every row has the same sum."""
    table = np.asarray(counts, dtype=np.float64)
    coders = table.sum(axis=1)
    if len(set(coders.tolist())) != 1 or coders[0] < 2:
        raise UsageProblem(
            f"Units coded by {int(coders.min())} to {int(coders.max())} coders.",
            expected="the same number for each unit, at least two",
            next_step="give the ratings themselves and use Krippendorff's alpha, which allows gaps",
        )
    names = tuple(categories) if categories is not None else tuple(range(table.shape[1]))
    return _fleiss(table, names, 0, int(coders[0]), (level, resamples, seed))


def fleiss_z(counts: Floats, coders: int) -> float:
    """Standard error of Fleiss' kappa where there is no agreement beyond chance (Fleiss, Nee and Landis 1979)."""
    share = counts.sum(axis=0) / counts.sum()
    spread = (share * (1 - share)).sum()
    inner = spread**2 - (share * (1 - share) * (1 - 2 * share)).sum()
    return float(np.sqrt(2 * inner / (spread**2 * len(counts) * coders * (coders - 1))))


def _fleiss(counts: Floats, names: tuple[Any, ...], left_out: int, coders: int, limits: tuple[float, int, int]) -> Agreement:
    level, resamples, seed = limits
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = np.ones((1, len(counts)))
        kappa, observed, chance = (float(part[0]) for part in _fleiss_parts(counts, coders, weights))
        z = _ratio(kappa, fleiss_z(counts, coders)) if len(counts) else np.nan
        drawn = resampled(len(counts), resamples, seed) if len(counts) > 1 else weights[:, :0]
        low, high = percentile_limits(_fleiss_parts(counts, coders, drawn)[0], level) if len(counts) > 1 else (None, None)
    return Agreement(
        statistic="Fleiss' kappa",
        value=defined(kappa),
        lower=low if np.isfinite(kappa) else None,
        upper=high if np.isfinite(kappa) else None,
        level=level,
        z=defined(z),
        p=defined(2 * norm.sf(abs(z))),
        observed=defined(observed),
        chance=defined(chance),
        units=len(counts),
        left_out=left_out,
        coders=coders,
        categories=names,
        method=f"Fleiss 1971; limits: {resamples} resamples of units, percentiles, seed {seed}",
    )


def _fleiss_parts(counts: Floats, coders: int, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Kappa, observed and chance for each row of weights (how often each unit is drawn)."""
    each = ((counts**2).sum(axis=1) - coders) / (coders * (coders - 1))
    drawn = weights.sum(axis=1)
    observed = weights @ each / drawn
    chance = ((weights @ counts / (drawn * coders)[:, None]) ** 2).sum(axis=1)
    kappa = np.where(1 - chance > 1e-12, (observed - chance) / (1 - chance), np.nan)
    return kappa, observed, chance


def conger_kappa(ratings: Any, *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = SEED) -> Agreement:
    """Conger's exact kappa of units by coders: chance is the mean over pairs of coders of Cohen's chance."""
    codes, names, left_out = _complete(ratings)
    given = (codes[:, :, None] == np.arange(len(names))).astype(np.float64)  # units, coders, categories
    weights = np.ones((1, len(codes)))
    kappa, observed, chance = (float(part[0]) for part in _conger_parts(given, weights))
    low, high = None, None
    if len(codes) > 1 and np.isfinite(kappa):
        low, high = percentile_limits(_conger_parts(given, resampled(len(codes), resamples, seed))[0], level)
    return Agreement(
        statistic="Conger's kappa",
        value=defined(kappa),
        lower=low,
        upper=high,
        level=level,
        z=None,
        p=None,
        observed=defined(observed),
        chance=defined(chance),
        units=len(codes),
        left_out=left_out,
        coders=codes.shape[1],
        categories=names,
        method=f"Conger 1980; limits: {resamples} resamples of units, percentiles, seed {seed}",
    )


def _complete(ratings: Any) -> tuple[Codes, tuple[Any, ...], int]:
    codes, names = coded(ratings)
    there = (codes != MISSING).all(axis=1)
    return codes[there], names, int((~there).sum())


def _conger_parts(given: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    coders = given.shape[1]
    each = ((given.sum(axis=1) ** 2).sum(axis=1) - coders) / (coders * (coders - 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = weights.sum(axis=1)
        observed = weights @ each / drawn
        share = np.tensordot(weights, given, axes=1) / drawn[:, None, None]  # resample, coder, category
        pairs = (share.sum(axis=1) ** 2).sum(axis=1) - (share**2).sum(axis=(1, 2))
        chance = pairs / (coders * (coders - 1))
        kappa = np.where(1 - chance > 1e-12, (observed - chance) / (1 - chance), np.nan)
    return kappa, observed, chance


def light_kappa(ratings: Any, *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = SEED) -> Agreement:
    """Light's kappa of units by coders: the mean of Cohen's kappa over the pairs of coders for which it is defined."""
    codes, names, left_out = _complete(ratings)
    given = (codes[:, :, None] == np.arange(len(names))).astype(np.float64)
    ones = np.ones((1, len(codes)))
    kappa = float(_light(given, ones)[0]) if len(codes) else np.nan
    low, high = None, None
    if len(codes) > 1 and np.isfinite(kappa):
        low, high = percentile_limits(_light(given, resampled(len(codes), resamples, seed)), level)
    z = _ratio(kappa, _light_error(given)) if len(codes) else np.nan
    return Agreement(
        statistic="Light's kappa",
        value=defined(kappa),
        lower=low,
        upper=high,
        level=level,
        z=defined(z),
        p=defined(2 * norm.sf(abs(z))),
        observed=None,
        chance=None,
        units=len(codes),
        left_out=left_out,
        coders=codes.shape[1],
        categories=names,
        method=f"Light 1971; limits: {resamples} resamples of units, percentiles, seed {seed}",
    )


def _light(given: Floats, weights: Floats) -> Floats:
    """Mean pairwise kappa for each row of weights."""
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = weights.sum(axis=1)
        share = np.tensordot(weights, given, axes=1) / drawn[:, None, None]
        kappas = []
        for i, j in combinations(range(given.shape[1]), 2):
            observed = weights @ (given[:, i] * given[:, j]).sum(axis=1) / drawn
            chance = (share[:, i] * share[:, j]).sum(axis=1)
            kappas.append(np.where(1 - chance > 1e-12, (observed - chance) / (1 - chance), np.nan))
        table = np.array(kappas)
        there = np.isfinite(table)
        mean: Floats = np.where(there, table, 0).sum(axis=0) / there.sum(axis=0)
    return mean


def _light_error(given: Floats) -> float:
    """Standard error without agreement: chance that any pair agrees, from the product of the pairs' chances to differ."""
    units, coders = given.shape[:2]
    share = given.sum(axis=0) / units
    pairs = [1 - float(share[i] @ share[j]) for i, j in combinations(range(coders), 2)]
    differ = len(pairs) * float(np.prod(pairs))
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.sqrt(np.float64(1 - differ) / (units * np.float64(differ))))
