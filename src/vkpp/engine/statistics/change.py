"""Change between two counts or rates, with its interval, and whether it is more than noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from vkpp.engine.statistics.grouping import Floats
from vkpp.engine.statistics.intervals import confidence_levels, counted, denominators

HIGHER, LOWER, WITHIN, NOTHING = "more than noise: higher", "more than noise: lower", "within noise", "nothing to compare"


@dataclass(frozen=True, slots=True)
class Change:
    """After over before. ratio: 1.2 is 20% more; percent the same in percent; limits are of the ratio.

    Infinite where before was zero; missing where both were, or a count is missing. verdict: one of the four words above.
    """

    before: Floats
    after: Floats
    ratio: Floats
    percent: Floats
    lower: Floats
    upper: Floats
    level: float
    verdict: tuple[str, ...]

    def sentence(self, place: int = 0, *, what: str = "The count") -> str:
        """The change in words, with its interval, for a reader who does not know the method."""
        b, a = self.before[place], self.after[place]
        if self.verdict[place] == NOTHING:
            return f"{what} cannot be compared: a value is missing or both are zero."
        moved = "no change" if a == b else f"{abs(self.percent[place]):.0f}% {'more' if self.ratio[place] > 1 else 'less'}"
        moved = moved if np.isfinite(self.percent[place]) else "from none"
        noise = (
            "this may be chance alone" if self.verdict[place] == WITHIN else "this is more than chance would ordinarily make"
        )
        return (
            f"{what} went from {b:,.15g} to {a:,.15g} ({moved}; {self.level:.0%} interval of the ratio "
            f"{self.lower[place]:.2f} to {self.upper[place]:.2f}): {noise}."
        )


def change(
    before: Any,
    after: Any,
    *,
    population_before: Any = None,
    population_after: Any = None,
    inflation: float = 1.0,
    confidence: float = 0.95,
) -> Change:
    """The ratio of two Poisson counts (or rates, with both populations), with exact limits, row by row.

    Given b + a events in all, the later ones are binomial; Clopper and Pearson's limits of their share p become limits
    p/(1 - p) of the ratio. The verdict is "more than noise" when the interval leaves out 1: at 95%, one in twenty comparisons
    of areas where nothing changed says so all the same.
    inflation: variance over count where events are not independent (rates.RepeatEvents.inflation): both counts are then worth
    as many independent events as count / inflation.
    Raises ValueError: counts below zero, one population without the other, inflation below 1.
    Source: Przyborowski and Wilenski (1940), Biometrika 31, 313; Clopper and Pearson (1934).
    """
    level = confidence_levels(confidence)[0]
    b = counted(before, name="before")
    a = counted(after, name="after", length=len(b))
    if (population_before is None) != (population_after is None):
        raise ValueError("populations: expected both, before and after, or neither")
    if inflation < 1:
        raise ValueError(f"inflation is {inflation}, expected 1 or more")
    scale = np.ones(len(b))
    if population_before is not None:
        scale = denominators(population_before, name="population_before", length=len(b)) / denominators(
            population_after, name="population_after", length=len(b)
        )
    tail, x, y = (1 - level) / 2, a / inflation, b / inflation
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(x > 0, special.betaincinv(x, y + 1, tail), 0.0)
        high = np.where(y > 0, special.betaincinv(x + 1, y, 1 - tail), 1.0)
        lower, upper, ratio = low / (1 - low) * scale, high / (1 - high) * scale, a / b * scale
    unknown = np.isnan(a + b + scale) | (a + b == 0)
    ratio, lower, upper = (np.where(unknown, np.nan, part) for part in (ratio, lower, upper))
    words = np.select([unknown, lower > 1, upper < 1], [NOTHING, HIGHER, LOWER], default=WITHIN)
    return Change(b, a, ratio, 100 * (ratio - 1), lower, upper, level, tuple(str(word) for word in words))


def worked_example() -> dict[str, Any]:
    """120 offences one year, 151 the next; and 12 against 15, the same change in small numbers."""
    made = change([120, 12], [151, 15])
    return {
        "method": "Change between two counts",
        "inputs": {"before": [120, 12], "after": [151, 15]},
        "call": "change(before, after)",
        "result": {
            "ratio": made.ratio.tolist(),
            "lower": made.lower.tolist(),
            "upper": made.upper.tolist(),
            "verdict": list(made.verdict),
        },
        "source": "Przyborowski and Wilenski (1940), Biometrika 31, 313",
    }
