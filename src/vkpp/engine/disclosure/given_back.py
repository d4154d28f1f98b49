"""What printed rates, interval limits and rounded cells give back of the counts behind them. Part of the audit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

from scipy import stats

from vkpp.engine.disclosure.attacker import Knowledge, ranges

Limits = Callable[[int, float], tuple[float, float]]


def count_from_rate(rate: float | str, population: int, multiplier: float, decimals: int) -> tuple[int, int]:
    """The least and the most count whose rate prints so: multiplier x count / population, rounded to `decimals`.

    Exact: rate +- half a unit of the last decimal, times population / multiplier, inwards to whole numbers. ValueError when no
    count prints so.
    """
    half = Fraction(1, 2 * 10**decimals)
    each = Fraction(population) / Fraction(str(multiplier))
    printed = Fraction(str(rate))
    low, high = max(0, math.ceil((printed - half) * each)), math.floor((printed + half) * each)
    if low > high:
        raise ValueError(f"no whole count gives {rate} for {population:,}; is the multiplier {multiplier:g}?")
    return low, high


def byar(count: int, base: float, level: float = 0.95) -> tuple[float, float]:
    """Byar's limits of a rate; exact Poisson under 10 counts. Source: Breslow and Day (1987), volume 2, 2.10 and 2.13."""
    tail = (1 - level) / 2
    if count < 10:
        low = float(stats.chi2.ppf(tail, 2 * count)) / 2 if count else 0.0
        return low / base, float(stats.chi2.ppf(1 - tail, 2 * count + 2)) / 2 / base
    z = float(stats.norm.ppf(1 - tail))
    low = count * (1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3
    high = (count + 1) * (1 - 1 / (9 * (count + 1)) + z / (3 * math.sqrt(count + 1))) ** 3
    return low / base, high / base


def wilson(count: int, base: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score limits of a proportion. Source: Wilson (1927); Newcombe (1998)."""
    z = float(stats.norm.ppf(1 - (1 - level) / 2))
    middle, spread = 2 * count + z * z, z * math.sqrt(z * z + 4 * count * (1 - count / base))
    return (middle - spread) / (2 * (base + z * z)), (middle + spread) / (2 * (base + z * z))


def count_from_limits(
    low: float | None, high: float | None, base: float, multiplier: float, decimals: int, method: Limits, *, most: int
) -> tuple[int, ...]:
    """Every count up to `most` whose printed limits are these; one alone means that the interval gives the count back."""
    half = 0.5 * 10.0**-decimals + 1e-9
    fitting = []
    for count in range(min(most, math.floor(base)) + 1):
        edges = method(count, base)
        pairs = ((low, edges[0]), (high, edges[1]))
        if all(printed is None or abs(printed - multiplier * edge) <= half for printed, edge in pairs):
            fitting.append(count)
    return tuple(fitting)


def rounded_ranges(rounded: Sequence[int], base: int, sums: Sequence[tuple[Sequence[int], int]]) -> list[tuple[int, int]]:
    """The least and the most of each cell rounded to the nearest `base` (a half goes up), beside exact sums (cells, total)."""
    knowledge = Knowledge()
    cells = [knowledge.unknown(max(0, value - base // 2), value + (base - 1) // 2) for value in rounded]
    for members, total in sums:
        knowledge.state({cells[m]: 1.0 for m in members}, total, total)
    found = ranges(knowledge, cells, whole=True)
    return [(int(found[c][0]), int(found[c][1])) for c in cells]


def worked_example() -> dict[str, object]:
    """5.57 per million of 718,000 people is four; so is an interval; a row of rounded 5, 0, 0 that totals 3 is three."""
    return {
        "5.57 per million of 718,000": count_from_rate("5.57", 718_000, 1e6, 2),
        "limits 1.52 and 14.26 per million of 718,000": count_from_limits(1.52, 14.26, 718_000, 1e6, 2, byar, most=50),
        "5, 0, 0 rounded to 5, with the exact total 3": rounded_ranges([5, 0, 0], 5, [([0, 1, 2], 3)]),
    }
