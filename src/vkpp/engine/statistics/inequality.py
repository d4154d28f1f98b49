"""Slope and relative index of inequality: how far a value differs between the most and the least deprived end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import special, stats

from vkpp.engine.statistics.columns import numbers
from vkpp.engine.statistics.grouping import Floats, Groups, groups, values_of
from vkpp.engine.statistics.intervals import Limits, confidence_levels

Kind = Literal["other", "rate", "proportion"]
FEWEST, MOST, MANY = 5, 100, 10  # quantiles accepted, and the number above which the index is unstable (OHID)
Scale = tuple[Callable[[Any], Any], Callable[[Any], Any]]
SCALE: dict[str, Scale] = {
    "other": (lambda value: value, lambda value: value),
    "rate": (np.log, np.exp),
    "proportion": (special.logit, special.expit),
}


@dataclass(frozen=True, slots=True)
class Inequality:
    """One index for each group. slope: SII; relative: RII; intercept: the fitted value at the most deprived end."""

    labels: tuple[Any, ...]
    slope: Floats
    relative: Floats
    intercept: Floats
    slope_limits: tuple[Limits, ...]
    relative_limits: tuple[Limits, ...]
    kind: Kind
    method: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Inputs:
    quantile: list[Any]
    population: Floats
    value: Floats
    error: Floats  # on the scale of the kind: log for rates, logit for proportions


def slope_index(
    quantile: Any,
    population: Any,
    value: Any = None,
    *,
    count: Any = None,
    kind: Kind = "other",
    lower: Any = None,
    upper: Any = None,
    standard_error: Any = None,
    group: Any = None,
    multiplier: float = 1,
    confidence: float | Sequence[float] = 0.95,
    transform: bool = False,
    repetitions: int = 100_000,
    seed: int = 20_260_401,
) -> Inequality:
    """The slope and relative index of inequality of each group, with simulated limits.

    Each quantile (1 the most deprived) sits at the middle of its share of the population. A line is fitted to the values,
    weighted by population; SII is its value at 1 less its value at 0, RII their ratio. transform: the line is fitted to logs
    of rates or logits of proportions and turned back. Limits: quantiles of the index when each value is drawn, `repetitions`
    times, from a normal distribution with its standard error (for rates and proportions on the log or logit scale).
    The drawing is seeded, so the same inputs give the same limits.

    value: the indicator; or, for a proportion, count over population. lower, upper: its 95% limits; or standard_error, which
    goes first (on the log or logit scale for rates and proportions). A negative multiplier turns the polarity and inverts RII.
    confidence: any number of levels.
    A group that lacks one of the quantiles is left out, and a note says so; more than ten quantiles give a note too.
    Raises ValueError: a population missing or not above zero; neither value nor count; neither limits nor standard error, or
    one missing; a negative standard error; a negative count, or a zero one where it makes the value; proportions or their
    limits outside 0 to 1; rates not above zero; fewer than 5 or more than 100 quantiles; fewer than 1,000 repetitions.
    Source: Low and Low (2004), Journal of Public Health 26, 388; OHID, Public health methods, slope index of inequality.
    """
    if repetitions < 1_000:
        raise ValueError(f"repetitions is {repetitions}, expected 1,000 or more")
    levels = confidence_levels(confidence, any_number=True)
    checked = _checked(quantile, population, kind, value=value, count=count, spread=(lower, upper, standard_error))
    member = groups(group, len(checked.population))
    kept, notes = _complete_groups(checked, member)
    generator = np.random.default_rng(seed)

    def draw(centre: Floats, error: Floats) -> Floats:
        return generator.normal(centre, error, (len(centre), repetitions))

    made = [_one_index(checked, rows, SCALE[kind], transform, draw) for _, rows in kept]
    fits, draws = [fit for fit, _ in made], [drawn for _, drawn in made]
    turn = -1.0 if multiplier < 0 else 1.0
    slope, ratio, intercept = (np.array([fit[part] for fit in fits]) for part in range(3))
    return Inequality(
        tuple(label for label, _ in kept),
        slope * multiplier,
        ratio**turn,
        intercept * abs(multiplier),
        _percentiles([multiplier * drawn[0] for drawn in draws], levels),
        _percentiles([drawn[1] ** turn for drawn in draws], levels),
        kind,
        f"simulation, {repetitions:,} draws, seed {seed}" + (f", fitted as {_scale_name(kind)}" if transform else ""),
        notes,
    )


def _scale_name(kind: Kind) -> str:
    return {"other": "given", "rate": "log", "proportion": "logit"}[kind]


def _percentiles(draws: list[Floats], levels: tuple[float, ...]) -> tuple[Limits, ...]:
    found = []
    for level in levels:
        ends = [np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2]) for drawn in draws]
        found.append(Limits(level, np.array([end[0] for end in ends]), np.array([end[1] for end in ends])))
    return tuple(found)


def _one_index(
    given: _Inputs, rows: Any, scale: Scale, transform: bool, draw: Callable[[Floats, Floats], Floats]
) -> tuple[tuple[float, float, float], tuple[Floats, Floats]]:
    ordered = rows[_order(given.quantile, rows)]
    share = given.population[ordered] / given.population[ordered].sum()
    root, place = np.sqrt(share), np.cumsum(share) - share / 2
    to_scale, back = scale
    solve = np.linalg.pinv(np.column_stack([root, root * place])) * root  # (2, quantiles): weighted least squares
    scaled = to_scale(given.value[ordered])
    drawn = draw(scaled[:, None], given.error[ordered][:, None])
    if transform:
        (start, step), (starts, steps) = solve @ scaled, solve @ drawn
        bottom, top, bottoms, tops = back(start), back(start + step), back(starts), back(starts + steps)
    else:
        (start, step), (starts, steps) = solve @ given.value[ordered], solve @ back(drawn)
        bottom, top, bottoms, tops = start, start + step, starts, starts + steps
    return (float(top - bottom), float(top / bottom), float(bottom)), (tops - bottoms, tops / bottoms)


def _order(quantile: list[Any], rows: Any) -> list[int]:
    return sorted(range(len(rows)), key=lambda at: quantile[rows[at]])


def _complete_groups(given: _Inputs, member: Groups) -> tuple[list[tuple[Any, Any]], tuple[str, ...]]:
    wanted = set(given.quantile)
    if not FEWEST <= len(wanted) <= MOST:
        raise ValueError(f"{len(wanted)} quantiles, expected between {FEWEST} and {MOST}")
    both = list(zip(member.labels, member.rows(), strict=True))
    kept = [(label, rows) for label, rows in both if sorted(given.quantile[row] for row in rows) == sorted(wanted)]
    notes = []
    if len(wanted) > MANY:
        notes.append(f"{len(wanted)} quantiles: above {MANY}, small values can make the index unstable")
    if left := [label for label, rows in both if label not in [name for name, _ in kept]]:
        notes.append(f"left out, because they lack a quantile or have one twice: {left}")
    return kept, tuple(notes)


def _checked(quantile: Any, population: Any, kind: Kind, *, value: Any, count: Any, spread: tuple[Any, Any, Any]) -> _Inputs:
    if kind not in SCALE:
        raise ValueError(f"kind is {kind!r}, expected other, rate or proportion")
    labels, people = values_of(quantile), numbers(population, name="population")
    if not (people > 0).all():
        raise ValueError("population: some groups have a zero, negative or missing population")
    if len(labels) != len(people):
        raise ValueError(f"quantile has {len(labels)} rows, expected {len(people)}")
    amount = _value(value, count, people, kind)
    return _Inputs(labels, people, amount, _error(kind, len(people), *spread))


def _value(value: Any, count: Any, people: Floats, kind: Kind) -> Floats:
    cases = None if count is None else numbers(count, name="count")
    if cases is not None and (cases < 0).any():
        raise ValueError("count: some counts are negative")
    if value is None and (cases is None or kind != "proportion"):
        raise ValueError("value is missing: give value, or count for a proportion")
    if value is None and (cases is None or not (cases > 0).all()):
        raise ValueError("count: some groups have a zero or missing count")
    amount = cases / people if value is None and cases is not None else numbers(value, name="value")
    if np.isnan(amount).any() or len(amount) != len(people):
        raise ValueError("value: missing in some rows, expected a number for each quantile")
    if kind == "proportion" and ((amount <= 0) | (amount >= 1)).any():
        raise ValueError("value: proportions are not all between 0 and 1")
    if kind == "rate" and (amount <= 0).any():
        raise ValueError("value: rates are not all above zero, so they have no logarithm")
    return amount


def _error(kind: Kind, rows: int, lower: Any, upper: Any, error: Any) -> Floats:
    if error is None and (lower is None or upper is None):
        raise ValueError("either lower and upper, or standard_error, is required")
    ends = [numbers(end, name=name) for end, name in ((lower, "lower"), (upper, "upper")) if end is not None]
    if kind == "proportion" and any(((end < 0) | (end > 1)).any() for end in ends):
        raise ValueError("lower, upper: limits of proportions are not all between 0 and 1")
    if error is not None:
        spread = numbers(error, name="standard_error")
    else:
        low, high = (SCALE[kind][0](np.where(end > 0, end, np.nan) if kind != "other" else end) for end in ends)
        spread = np.asarray((high - low) / 2 / stats.norm.ppf(0.975), dtype=np.float64)  # the limits given are at 95%
    if len(spread) != rows or not (np.isfinite(spread) & (spread >= 0)).all():
        raise ValueError("standard_error (or lower and upper): some are missing, negative or cannot be used")
    return spread


def worked_example() -> dict[str, Any]:
    """Five quintiles of 10,000 children each, invented."""
    inputs = {
        "quantile": [1, 2, 3, 4, 5],
        "population": [10_000] * 5,
        "value": [9.1, 8.0, 7.2, 6.1, 5.4],
        "standard_error": [0.3] * 5,
    }
    made = slope_index(inputs["quantile"], inputs["population"], inputs["value"], standard_error=inputs["standard_error"])
    return {
        "method": "Slope and relative index of inequality",
        "inputs": inputs,
        "call": "slope_index(quantile, population, value, standard_error=standard_error)",
        "result": {
            "sii": float(made.slope[0]),
            "sii_lower": float(made.slope_limits[0].lower[0]),
            "sii_upper": float(made.slope_limits[0].upper[0]),
            "rii": float(made.relative[0]),
        },
        "source": "Low and Low (2004), Journal of Public Health 26, 388",
    }
