"""Risk ratios, odds ratios and their pooled form: disparity in an outcome among those who could have had it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy import stats

from vkpp.engine.statistics.disparity import Comparison, comparison_table
from vkpp.engine.statistics.intervals import confidence_levels, counted, z_score
from vkpp.engine.statistics.roots import FINE, root


def relative_risks(
    cases: Any, totals: Any, groups: Any, *, reference: Any, denominator: str, confidence: float = 0.95
) -> Comparison:
    """The proportion with an outcome in each group over that in the reference group, with Wald limits on the log scale.

    (a1/n1)/(a0/n0), exp(ln ratio -+ z sqrt(1/a1 - 1/n1 + 1/a0 - 1/n0)); p of the chi-squared test without correction.
    Raises ValueError as `relative_rates`, and where cases exceed their total.
    Source: Katz, Baptista, Azen and Pike (1978), Biometrics 34, 469.
    """
    return _two_by_two(cases, totals, groups, reference, denominator, confidence, odds=False)


def odds_ratios(
    cases: Any,
    totals: Any,
    groups: Any,
    *,
    reference: Any,
    denominator: str,
    confidence: float = 0.95,
    method: Literal["wald", "midp"] = "wald",
    search_tolerance: float = FINE,
) -> Comparison:
    """The odds of an outcome in each group over those in the reference group.

    wald: (a1 b0)/(b1 a0) with Woolf's limits exp(ln ratio -+ z sqrt(1/a1 + 1/b1 + 1/a0 + 1/b0)). midp: the median unbiased
    ratio with mid-p exact limits, from Fisher's noncentral hypergeometric distribution; holds for small and zero counts.
    search_tolerance: how near mid-p roots are sought (see `disparity.relative_rates`). Raises as `relative_risks`.
    Source: Woolf (1955), Annals of Human Genetics 19, 251; Rothman, Greenland and Lash (2008), page 254.
    """
    made = _two_by_two(cases, totals, groups, reference, denominator, confidence, odds=True)
    if method == "wald":
        return made
    if method != "midp":
        raise ValueError(f"method is {method!r}, expected wald or midp")
    names, a, n, place = comparison_table(cases, totals, groups, reference, denominator)
    rows = [row for row in range(len(names)) if row != place]
    found = [_midp_odds((a[row], n[row], a[place], n[place]), made.level, search_tolerance) for row in rows]
    ratio, low, high, p_value = (np.array(part) for part in zip(*found, strict=True))
    return replace(made, ratio=ratio, lower=low, upper=high, p_value=p_value, method="odds ratio, mid-p")


def _midp_odds(table: tuple[float, ...], level: float, tolerance: float) -> tuple[float, float, float, float]:
    """Median unbiased odds ratio, mid-p limits and mid-p value of (cases, total, reference cases, reference total)."""
    a1, n1, a0, n0 = table
    lowest, highest = max(0.0, a1 + a0 - n0), min(n1, a1 + a0)
    support = np.arange(lowest, highest + 1)
    weight = stats.hypergeom.logpmf(support, n1 + n0, a1 + a0, n1)
    tail = (1 - level) / 2

    def below(odds: float) -> float:
        """P(fewer) + P(as many) / 2 at this odds ratio."""
        if odds == 0 or np.isinf(odds):
            end = lowest if odds == 0 else highest
            return 0.5 if a1 == end else float(a1 > end)
        log = weight + support * np.log(odds)
        share = np.exp(log - log.max())
        return float((share[support < a1].sum() + share[support == a1].sum() / 2) / share.sum())

    if lowest == highest:
        return np.nan, np.nan, np.nan, np.nan
    middle = 0.0 if a1 == lowest else np.inf if a1 == highest else _odds_root(lambda o: 2 * below(o) - 1, tolerance)
    low = 0.0 if a1 == lowest else _odds_root(lambda o: 1 - below(o) - tail, tolerance)
    high = np.inf if a1 == highest else 1 / _odds_root(lambda o: below(1 / o if o else np.inf) - tail, tolerance)
    return middle, low, high, 2 * min(below(1.0), 1 - below(1.0))


def _odds_root(f: Callable[[float], float], tolerance: float) -> float:
    end = 1_000.0  # where R's epitools ends its search; a ratio beyond it is sought further out
    while f(0.0) * f(end) > 0 and end < 1e12:
        end *= 1_000
    return root(f, 0.0, end, tolerance)


def _two_by_two(
    cases: Any, totals: Any, groups: Any, reference: Any, denominator: str, confidence: float, *, odds: bool
) -> Comparison:
    level = confidence_levels(confidence)[0]
    names, a, n, place = comparison_table(cases, totals, groups, reference, denominator)
    if (a > n).any():
        raise ValueError(f"cases: those of {names[int(np.flatnonzero(a > n)[0])]} exceed their total")
    others = [row for row in range(len(names)) if row != place]
    a1, n1, a0, n0 = a[others], n[others], a[place], n[place]
    b1, b0 = n1 - a1, n0 - a0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (a1 * b0) / (b1 * a0) if odds else (a1 / n1) / (a0 / n0)
        variance = 1 / a1 + 1 / a0 + (1 / b1 + 1 / b0 if odds else -1 / n1 - 1 / n0)
        step = z_score(level) * np.sqrt(variance)
        whole, all_cases = n1 + n0, a1 + a0
        chi = whole * (a1 * b0 - b1 * a0) ** 2 / (n1 * n0 * all_cases * (whole - all_cases))
        usable = np.isfinite(step) & (ratio > 0)
        low, high = (np.where(usable, ratio * np.exp(sign * step), np.nan) for sign in (-1, 1))
    kept = tuple(names[row] for row in others)
    words = "odds ratio, Woolf" if odds else "risk ratio, Wald"
    return Comparison(kept, names[place], denominator, ratio, low, high, np.asarray(stats.chi2.sf(chi, 1)), level, words)


@dataclass(frozen=True, slots=True)
class PooledOdds:
    """One odds ratio over all strata: as if the groups had been compared within each stratum."""

    ratio: float
    lower: float
    upper: float
    chi_squared: float
    p_value: float
    level: float
    strata: int


def mantel_haenszel(
    cases: Any, totals: Any, reference_cases: Any, reference_totals: Any, *, confidence: float = 0.95, correct: bool = True
) -> PooledOdds:
    """The Mantel-Haenszel odds ratio of a group against the reference over strata (forces, ages, years): one row a stratum.

    sum(a1 b0/N) / sum(b1 a0/N); limits with the variance of Robins, Breslow and Greenland; chi-squared with continuity
    correction unless `correct` is False. Strata of one person or fewer are left out.
    Raises ValueError: columns of unequal length, negative counts, cases above totals, nothing to compare.
    Source: Mantel and Haenszel (1959), JNCI 22, 719; Robins, Breslow and Greenland (1986), Biometrics 42, 311.
    """
    level = confidence_levels(confidence)[0]
    a1, n1 = counted(cases, name="cases"), counted(totals, name="totals")
    a0 = counted(reference_cases, name="reference_cases", length=len(a1))
    n0 = counted(reference_totals, name="reference_totals", length=len(a1))
    if len(n1) != len(a1) or np.isnan(a1 + n1 + a0 + n0).any() or (a1 > n1).any() or (a0 > n0).any():
        raise ValueError("strata: every stratum needs cases and totals of both groups, cases no greater than totals")
    whole = n1 + n0
    a1, n1, a0, n0, whole = (column[whole > 1] for column in (a1, n1, a0, n0, whole))
    b1, b0 = n1 - a1, n0 - a0
    r, s = a1 * b0 / whole, b1 * a0 / whole
    if r.sum() == 0 or s.sum() == 0:
        raise ValueError("strata: no stratum lets the groups be compared (a whole row or column is zero)")
    p, q = (a1 + b0) / whole, (b1 + a0) / whole
    top, bottom = r.sum(), s.sum()
    variance = (p * r).sum() / (2 * top**2) + (p * s + q * r).sum() / (2 * top * bottom) + (q * s).sum() / (2 * bottom**2)
    ratio, step = float(top / bottom), z_score(level) * float(np.sqrt(variance))
    expected = n1 * (a1 + a0) / whole
    spread = n1 * n0 * (a1 + a0) * (b1 + b0) / (whole**2 * (whole - 1))
    distance = abs(float((a1 - expected).sum()))
    chi = (max(distance - 0.5, 0.0) if correct else distance) ** 2 / float(spread.sum())
    low, high = ratio * float(np.exp(-step)), ratio * float(np.exp(step))
    return PooledOdds(ratio, low, high, float(chi), float(stats.chi2.sf(chi, 1)), level, len(whole))


def worked_example() -> dict[str, Any]:
    """Stops that found something, by group, invented."""
    cases, totals, names = [60, 45], [300, 150], ["Group A", "Group B"]
    made = relative_risks(cases, totals, names, reference="Group A", denominator="stops")
    return {
        "method": "Risk ratio with Wald limits",
        "inputs": {"cases": cases, "totals": totals, "groups": names},
        "call": 'relative_risks(cases, totals, groups, reference="Group A", denominator="stops")',
        "result": {"ratio": float(made.ratio[0]), "lower": float(made.lower[0]), "upper": float(made.upper[0])},
        "source": "Katz, Baptista, Azen and Pike (1978), Biometrics 34, 469",
    }
