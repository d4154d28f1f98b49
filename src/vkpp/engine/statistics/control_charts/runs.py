"""Runs about a centre line: the Anhoej rules for runs that are unusually long and crossings that are unusually few.

Source: Anhoej and Olesen (2014), PLoS ONE 9(11) e113825. With n useful points (not on the centre line): a signal when the
longest run on one side is longer than round(log2 n) + 3, or when the crossings of the centre are fewer than the 5% quantile
of a binomial distribution of n - 1 trials with probability one half. The setting is in the catalogue, by name.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from scipy.stats import binom

from vkpp.catalogue.control_chart_rules import RunRules, run_rules


@dataclass(frozen=True, slots=True)
class Runs:
    """Counts of one part of a chart; the four counts are None where no point is off the centre line."""

    observed: int
    useful: int
    longest_run: int | None
    longest_run_max: int | None
    crossings: int | None
    crossings_min: int | None
    signal: bool


def runs_analysis(values: Any, centre: Any, rules: str | RunRules = "anhoej") -> Runs:
    """Runs and crossings of `values` about `centre` (one number or one a point); formula and source: see the module."""
    series, line = np.asarray(values, dtype=np.float64), np.asarray(centre, dtype=np.float64)
    side = (series > line).astype(int) - (series < line).astype(int)
    lengths = [len(list(run)) for _, run in groupby(side[side != 0].tolist())]
    useful = sum(lengths)
    if not useful:
        return Runs(series.size, 0, None, None, None, None, False)
    setting = run_rules(rules) if isinstance(rules, str) else rules
    most = round(math.log2(useful)) + setting.longest_run_added
    fewest = int(binom.ppf(setting.crossings_quantile, useful - 1, 0.5)) if useful > 1 else 0
    crossings = len(lengths) - 1
    return Runs(series.size, useful, max(lengths), most, crossings, fewest, max(lengths) > most or crossings < fewest)
