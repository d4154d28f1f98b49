"""Rank stability: how far an order of topics or threats hangs on the weights that were chosen. Forces are never ranked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from vkpp.basics.problems import RefusedByRule
from vkpp.engine.statistics.columns import numbers
from vkpp.engine.statistics.grouping import Floats, values_of

NEVER_RANKED = re.compile(r"\b(police )?forces?\b|\bconstabular(y|ies)\b|\bpolice force areas?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RankStability:
    """How each item fares over many weightings. base: its place under the weights given; lower, upper: the places between

    which it falls in 90% of weightings; among_top: share of weightings in which it is among the first `top`; settled: True
    where that share is at least 95% or at most 5%, so that the weights do not decide.
    """

    items: tuple[Any, ...]
    base: Floats
    lower: Floats
    upper: Floats
    among_top: Floats
    settled: Any
    top: int
    weightings: int
    seed: int


def rank_stability(
    scores: Any,
    weights: Any,
    items: Any,
    *,
    what: str,
    top: int = 3,
    change: float = 0.5,
    weightings: int = 1_000,
    seed: int = 20_260_401,
) -> RankStability:
    """Places of items under `weightings` random weightings: each weight times a number between 1 - change and 1 + change.

    scores: rows of numbers, one row an item, one column a criterion, a higher score the more serious. weights: one for each
    criterion. what: what the items are, in words. The drawing is seeded, so the same inputs give the same answer. Ties share
    their mean place.
    Raises RefusedByRule where the items are forces; ValueError: sizes that do not fit, missing scores, negative weights.
    Source: Saisana, Saltelli and Tarantola (2005), JRSS A 168, 307 (uncertainty of composite indicators).
    """
    names = tuple(values_of(items))
    if NEVER_RANKED.search(what):
        raise RefusedByRule(
            f"An order of {what} was asked for.",
            expected="topics, threats, offence types or the like: forces are never ranked",
            next_step="show forces from A to Z, with a funnel or their intervals",
        )
    table, base = _table(scores, weights, len(names))
    if not 0 < change <= 1 or not 1 <= top <= len(names) or weightings < 1:
        raise ValueError("change must be above 0 and at most 1, top between 1 and the number of items, weightings 1 or more")
    draws = np.random.default_rng(seed).uniform(1 - change, 1 + change, (weightings, len(base))) * base
    totals = (draws / draws.sum(axis=1, keepdims=True)) @ table.T
    places = stats.rankdata(-totals, axis=1)
    share = (places <= top).mean(axis=0)
    low, high = np.quantile(places, [0.05, 0.95], axis=0)
    settled = (share >= 0.95) | (share <= 0.05)
    own = np.asarray(stats.rankdata(-(table @ base)), dtype=np.float64)
    return RankStability(names, own, low, high, share, settled, top, weightings, seed)


def _table(scores: Any, weights: Any, rows: int) -> tuple[Floats, Floats]:
    base = numbers(weights, name="weights")
    table = np.array([numbers(row, name="scores") for row in scores], dtype=np.float64)
    if table.shape != (rows, len(base)):
        raise ValueError(f"scores are {table.shape}, expected {rows} rows (items) of {len(base)} numbers (criteria)")
    if np.isnan(table).any() or not (base >= 0).all() or base.sum() == 0:
        raise ValueError("scores must not be missing, and weights must be zero or more, not all zero")
    return table, base / base.sum()


def worked_example() -> dict[str, Any]:
    """Four threats scored for harm, likelihood and preparedness, invented."""
    scores = [[5, 3, 2], [4, 4, 3], [2, 5, 5], [1, 2, 1]]
    names, weights = ["Threat A", "Threat B", "Threat C", "Threat D"], [0.5, 0.3, 0.2]
    made = rank_stability(scores, weights, names, what="threats", top=1)
    return {
        "method": "Rank stability under changed weights",
        "inputs": {"scores": scores, "weights": weights, "items": names},
        "call": 'rank_stability(scores, weights, items, what="threats", top=1)',
        "result": {"base": made.base.tolist(), "first_in_share": made.among_top.tolist(), "settled": made.settled.tolist()},
        "source": "Saisana, Saltelli and Tarantola (2005), JRSS A 168, 307",
    }
