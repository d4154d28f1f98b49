"""Figures for people entitled to the rows behind them: change that is more than noise, position, and what could still move."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from vkpp.basics.ranges import told
from vkpp.records.collections.rules.rows import Moved, Position

FEWEST_FORCES = 5  # fewer points would name the others
_STEPS = 40  # of the picture's height and width
SHARE_THAT_MATTERS = 0.1  # percent of the total so far


def moved(history: Sequence[tuple[str, int]], now: tuple[str, int | None], what: str) -> Moved:
    """The total of a period against those before it, in time order: by control limits where there are three or more."""
    from vkpp.engine.statistics.change import HIGHER, LOWER, change
    from vkpp.engine.statistics.control_charts import xmr

    label, value = now
    if value is None or not history:
        return Moved("unknown", f"There is nothing earlier to compare {what} with.", value, None)
    before, points = history[-1][1], (*history, (label, value))
    moved_by = f"{abs(value - before):,} {'more' if value > before else 'fewer'} than in the period before"
    if value == before:
        moved_by = "the same number as in the period before"
    if len(history) < 3:
        verdict = change([before], [value]).verdict[0]
        found = {HIGHER: "higher", LOWER: "lower"}.get(verdict, "no")
        words = "No" if found == "no" else "Yes"
        tail = "which chance alone can do" if found == "no" else "more than chance would ordinarily make"
        return Moved(found, f"{words}: {moved_by}, {tail}.", value, before, points=points)
    part = xmr([float(n) for _, n in history], [code for code, _ in history]).parts[-1]
    lower, upper = float(part.lower), float(part.upper)
    if math.isnan(lower) or math.isnan(upper):  # no range: the earlier totals are all equal
        lower = upper = float(before)
    lower = max(0.0, lower)
    found = "higher" if value > upper else "lower" if value < lower else "no"
    trial = f" Trial limits, from {len(history)} periods." if part.trial else ""
    low, high, same = f"{lower:,.0f}", f"{upper:,.0f}", found == "no"
    place = f"{'inside' if same else 'outside'} the usual range of {told(low, high)}"
    if low == high:
        place = f"{'at' if same else 'away from'} the usual total of {low}"
    sentence = f"{'No' if same else 'Yes'}: {moved_by}, {place}.{trial}"
    return Moved(found, sentence, value, before, lower, upper, bool(part.trial), points)


def position(own: str, counts: Mapping[str, int], populations: Mapping[str, int]) -> Position:
    """A force's rate per 1,000 children among all whose returns are held, none of them named. Higher is not worse."""
    from vkpp.engine.statistics.funnels import rate_limits_over_dispersed

    known = sorted(name for name in counts if populations.get(name))
    if own not in known or len(known) < FEWEST_FORCES or not sum(counts[name] for name in known):
        return Position("Too few forces have sent this return to show where yours sits among them.")
    x, n = [counts[name] for name in known], [populations[name] for name in known]
    found = rate_limits_over_dispersed(x, n, multiplier=1_000)
    place = known.index(own)
    rate = [1_000 * a / b for a, b in zip(x, n, strict=True)]
    lower, upper = float(found.lower_998[place]), float(found.upper_998[place])
    side = "below" if rate[place] < lower else "above" if rate[place] > upper else "as"
    words = {"as": "As expected for your size", "below": "Below what your size would make us expect"}
    start = words.get(side, "Above what your size would make us expect")
    limits = sorted(zip(n, map(float, found.lower_998), map(float, found.upper_998), strict=True))
    points = tuple((p, r, name == own) for p, r, name in zip(n, rate, known, strict=True))
    sentence = f"{start}, among {len(known)} forces, which are not named. Higher is not worse."
    return _coarse(Position(sentence, points, float(found.centre), tuple(limits)))


def _coarse(found: Position) -> Position:
    """Everything but the own point in steps of the picture, so that no other force's total can be worked out.

    How many live in an area is public and tells whose point it is. The average and the limits are of all forces together: kept
    exact, and looked at before and after a force has sent, they would say its total.
    """
    people, rate = (_step(max(point[axis] for point in found.points)) for axis in (0, 1))
    points = tuple((p, r, True) if own else (round(people(p)), rate(r), False) for p, r, own in found.points)
    limits = {(round(people(p)), rate(low), rate(high)) for p, low, high in found.limits}
    average = None if found.average is None else rate(found.average)
    return Position(found.sentence, points, average, tuple(sorted(limits)))


def _step(most: float) -> Callable[[float], float]:
    """Rounds to a fortieth of the next number of one digit above: a scale that ended at the largest value would say it."""
    unit = 10.0 ** math.floor(math.log10(most)) if most > 0 else 1.0
    step = (math.floor(most / unit) + 1) * unit / _STEPS
    return lambda value: round(round(value / step) * step, 6)


def usual(history: Sequence[int]) -> tuple[int, int] | None:
    """The least and most that a force sent in its last eight periods; None where it sent nothing yet."""
    last = list(history)[-8:]
    return (min(last), max(last)) if last else None


def share(effect: int | None, total: int) -> float | None:
    """An effect in percent of the total so far."""
    return None if effect is None or not total else 100 * abs(effect) / total
