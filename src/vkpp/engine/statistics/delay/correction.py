"""Counts corrected for late recording, with intervals that also hold for small forces.

The chain ladder divides a month's count by the share that is usually recorded by then. With one case a month that gives 0 or
far too many. Here the month is weighed against its neighbours and the delays against all forces:

  delays     g_d = share, among cases recorded within d steps, that came at step d itself; from all origins, or with recent
             months weighing more (half-life) where that would have told the last months better by 3 units of log-likelihood,
             so that recording that gets slower is followed. Complete after age a: q_a = product of (1 - g_d) over d > a.
  forces     a force's own g_d are drawn to those of all forces by as many cases as fits best (beta-binomial likelihood).
  months     before its own count r, a month's rate has a gamma distribution about the sum of counts / sum of q over its
             neighbours (Cape Cod with decay, Gluck 1997); decay and spread fit best by the negative binomial likelihood.
             Estimate: r + (1 - q)(s + r / v) / (s / m + q / v), s the prior's shape, m its mean.
  batches    v >= 1: how much more g_d vary from month to month than chance allows (records that come in batches).
Intervals: draws from the above with a fixed seed; mid-p percentiles, because whole percentiles of small counts are too wide.
Sources: Lawless (1994), Canadian Journal of Statistics 22(1), for the reverse-time shares; Buehlmann and Straub's Cape Cod;
Gluck (1997), PCAS 84. What the data cannot say: cases that come later than the longest delay seen are not in the estimate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln

from vkpp.basics.problems import UsageProblem
from vkpp.basics.ranges import told
from vkpp.engine.statistics.delay.triangles import Floats, seen_at

Rng = np.random.Generator

DRAWS = 4000
SEED = 19940401
SIMPLER = 3.0  # units of log-likelihood (20 to 1) that a less simple setting must gain to be taken
PULL = 3.0  # cases by which recent months' delays are drawn to those of all months
DECAYS = (1.0, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)  # weight of a neighbour, to the power of its distance
SHAPES = (1e4, 64.0, 16.0, 8.0, 4.0, 2.0, 1.0)  # large: months differ by chance alone
PULLS = (1e6, 1000.0, 300.0, 100.0, 30.0, 10.0, 3.0)  # large: all forces have the same delays
RECENT = 12
STILL_COMING = 0.005  # said in the sentence from this share on


@dataclass(frozen=True, slots=True)
class CorrectedPeriod:
    """One origin. `estimate` is the mean, right on average and adding up over periods; `median` is as often too low as too
    high, and nearest to the truth in a single small count. Median and limits are whole counts."""

    label: Any
    recorded: int
    completeness: float  # share expected to be recorded by now
    estimate: float
    median: int
    lower: int
    upper: int


@dataclass(frozen=True, slots=True)
class Corrected:
    """A corrected series. The recent total is that of the last 12 origins (fewer, if there are fewer)."""

    periods: tuple[CorrectedPeriod, ...]
    level: float  # of the limits, such as 0.9
    recent: int
    recent_recorded: int
    recent_estimate: float
    recent_median: int
    recent_lower: int
    recent_upper: int
    half_life: float | None  # of the weight of months, in steps; None: all months alike
    dispersion: float  # v of the method; 1 where records do not come in batches
    longest_delay: int
    still_coming: float  # share of cases, among those known by the longest delay, that came at the longest delay itself
    pooled: int  # how many series the delays come from
    method: str

    @property
    def sentence(self) -> str:
        """The recent total in words: recorded, expected, how sure, what is not in it."""
        return (
            f"{self.recent_recorded:,} are recorded so far for the last {self.recent} periods; "
            f"with those still to be recorded, about {self.recent_estimate:,.0f} are expected, "
            f"{told(f'{self.recent_lower:,}', f'{self.recent_upper:,}', between=True)} "
            f"({self.level:.0%} interval). The latest periods will change most. "
            f"Cases that are recorded more than {self.longest_delay} periods late are not in this estimate{self._tail}."
        )

    @property
    def _tail(self) -> str:
        """Non-recent offences: what is recorded years later cannot be seen in a short window, and must not be forgotten."""
        if self.still_coming < STILL_COMING:
            return ""
        return f"; at that delay {self.still_coming:.1%} of cases were still coming in, so the estimate is too low in the end"


@dataclass(frozen=True, slots=True)
class _Delays:
    """Delays of one series as pseudo-counts: `came` at each step, and `before` it, so that g = came / (came + before)."""

    came: Floats
    before: Floats
    half_life: float | None
    dispersion: float

    @property
    def shares(self) -> Floats:
        total = self.came + self.before
        return np.divide(self.came, total, out=np.zeros_like(total), where=total > 0)

    def drawn(self, draws: int, generator: Rng) -> Floats:
        tiny = 1e-9
        came = np.maximum(self.came / self.dispersion, tiny)
        shares = generator.beta(came, np.maximum(self.before / self.dispersion, tiny), size=(draws, len(came)))
        shares[:, self.came + self.before <= 0] = 0.0
        return shares


def correct_for_delay(
    counts: Any,
    labels: Sequence[Any] | None = None,
    *,
    level: float = 0.9,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Corrected:
    """Corrected counts of one series. counts: origins (oldest first) by delays from 0, NaN where not known yet.

    Formula and source: see the module. Raises UsageProblem where an origin has a gap or nothing. The same input and seed give
    the same answer. Of a small force use correct_for_delay_pooled: its own delays say too little.
    """
    table = _checked(counts)
    return _corrected(table, _delays(table), labels, (level, draws, seed), 1)


def correct_for_delay_pooled(
    counts: Mapping[Any, Any],
    labels: Sequence[Any] | None = None,
    *,
    level: float = 0.9,
    draws: int = DRAWS,
    seed: int = SEED,
) -> dict[Any, Corrected]:
    """Corrected counts of many series (name -> origins by delays, all of one shape), their delays drawn to those of all.

    How strongly is fitted; each series keeps its own level. Nothing is compared between series. Formula and source: module.
    """
    tables = {name: _checked(table) for name, table in counts.items()}
    if len({table.shape for table in tables.values()}) != 1:
        raise UsageProblem("Series of different origins or delays.", expected="one shape for all")
    together = _delays(np.sum([np.nan_to_num(t) for t in tables.values()], axis=0) + _unknown(next(iter(tables.values()))))
    shared = together.shares
    own = {name: _came_and_before(table, together.half_life) for name, table in tables.items()}
    pull = _fitted_pull(list(own.values()), shared)
    answers = {}
    for name, table in tables.items():
        came, before = own[name]
        delays = _Delays(
            came + pull * shared, before + pull * (1 - shared), together.half_life, together.dispersion
        )  # the pull is certain only as far as the data of all are
        limit = _as_sure_as(delays, together)
        answers[name] = _corrected(table, limit, labels, (level, draws, seed), len(tables))
    return answers


def _as_sure_as(one: _Delays, together: _Delays) -> _Delays:
    """The same shares with no more cases behind them than all series have together and the series itself would allow."""
    size, most = one.came + one.before, together.came + together.before
    scale = np.where(size > most, np.divide(most, size, out=np.ones_like(size), where=size > 0), 1.0)
    return _Delays(one.came * scale, one.before * scale, one.half_life, one.dispersion)


def _checked(counts: Any) -> Floats:
    table = np.array(counts, dtype=np.float64)
    known = ~np.isnan(table)
    if table.ndim != 2 or not table.size or not known[:, 0].all() or (known[:, 1:] & ~known[:, :-1]).any():
        raise UsageProblem(
            f"Counts of shape {table.shape} with gaps, or nothing.",
            expected="origins by delays, each origin known from delay 0 up to some delay",
            next_step="give 0 where nothing was recorded and leave out origins not seen at all",
        )
    if (table[known] < 0).any():
        raise UsageProblem("A count below zero.", expected="counts", next_step="correct withdrawn records at their origin")
    return table


def _unknown(table: Floats) -> Floats:
    return np.where(np.isnan(table), np.nan, 0.0)


def _moments(table: Floats) -> NDArray[np.int64]:
    return np.add.outer(np.arange(len(table)), np.arange(table.shape[1]))


def _came_and_before(table: Floats, half_life: float | None) -> tuple[Floats, Floats]:
    """Cases that came at each delay, and earlier than it, over the origins that have reached it; recent months weigh more."""
    known = ~np.isnan(table)
    counts = np.where(known, table, 0.0)
    moments = _moments(table)
    weight = known.astype(np.float64)
    if half_life is not None:
        weight = known * 0.5 ** ((moments[known].max() - moments) / half_life)
    before = np.cumsum(counts, axis=1) - counts
    return (weight * counts).sum(axis=0), (weight * before).sum(axis=0)


def _with_half_life(table: Floats, half_life: float | None) -> tuple[Floats, Floats]:
    came, before = _came_and_before(table, half_life)
    if half_life is None:
        return came, before
    all_came, all_before = _came_and_before(table, None)
    total = all_came + all_before
    usual = np.divide(all_came, total, out=np.zeros_like(total), where=total > 0)
    return came + PULL * usual, before + PULL * np.where(total > 0, 1 - usual, 0.0)


def _delays(table: Floats) -> _Delays:
    steps = table.shape[1]
    half_life = _half_life(table, (float(steps), steps / 2, steps / 4))
    came, before = _with_half_life(table, half_life)
    return _Delays(came, before, half_life, _dispersion(table, came, before, half_life))


def _half_life(table: Floats, choices: Sequence[float]) -> float | None:
    """The half-life that would have told the last steps best, where it would have told them clearly better than none."""
    told = {choice: _told(table, choice, table.shape[1]) for choice in (None, *choices)}
    best = max(told, key=lambda choice: told[choice])
    return best if told[best] - told[None] > SIMPLER else None


def _told(table: Floats, half_life: float | None, last: int) -> float:
    """Log-likelihood of what came in the last steps, each told from what was known before it."""
    moments, known = _moments(table), ~np.isnan(table)
    newest = int(moments[known].max())
    counts = np.where(known, table, 0.0)
    upto = np.cumsum(counts, axis=1)
    told = 0.0
    for moment in range(max(1, newest - last + 1), newest + 1):
        past = seen_at(table[:moment], moment - 1)
        came, before = _with_half_life(past, half_life)
        all_came, all_before = _came_and_before(past, None)
        usual = (all_came + 0.5) / (all_came + all_before + 1)
        share = np.clip((came + PULL * usual) / (came + before + PULL), 1e-6, 1 - 1e-6)
        origin, delay = np.nonzero((moments == moment) & known)
        late = delay > 0
        n, of, g = counts[origin, delay][late], upto[origin, delay][late], share[delay[late]]
        told += float((n * np.log(g) + (of - n) * np.log(1 - g)).sum())
    return told


def _simplest(choices: Sequence[Any], score: Any) -> Any:
    """The first of the choices, simplest first, that is within SIMPLER of the best."""
    scores = [score(choice) for choice in choices]
    best = max(scores)
    return next(choice for choice, value in zip(choices, scores, strict=True) if value >= best - SIMPLER)


def _dispersion(table: Floats, came: Floats, before: Floats, half_life: float | None) -> float:
    """How much more the shares vary between origins than chance allows; never below 1."""
    known = ~np.isnan(table)
    counts = np.where(known, table, 0.0)
    total = came + before
    share = np.divide(came, total, out=np.zeros_like(total), where=total > 0)
    upto = np.cumsum(counts, axis=1)
    variance = upto * share * (1 - share)
    weight = known.astype(np.float64)
    if half_life is not None:
        weight = known * 0.5 ** ((_moments(table)[known].max() - _moments(table)) / half_life)
    weight[:, 0] = 0
    live = (weight * variance).sum(axis=0) > 0
    cells = int((weight[:, live] > 0).sum())
    if not cells:
        return 1.0
    free = max(cells - int(live.sum()), 1) / cells
    ratio = (weight * (counts - upto * share) ** 2)[:, live].sum() / (weight * variance)[:, live].sum()
    return max(1.0, float(ratio) / free)


def _fitted_pull(own: Sequence[tuple[Floats, Floats]], shared: Floats) -> float:
    """By how many cases each series' delays are drawn to the shared ones."""
    live = (shared > 0) & (shared < 1)
    came = np.array([pair[0] for pair in own])[:, live]
    before = np.array([pair[1] for pair in own])[:, live]
    g = shared[live]

    def score(pull: float) -> float:
        return float((betaln(pull * g + came, pull * (1 - g) + before) - betaln(pull * g, pull * (1 - g))).sum())

    return float(_simplest(PULLS, score)) if live.any() else PULLS[0]


def _complete(shares: Floats, age: NDArray[np.int64]) -> Floats:
    """Share recorded by each origin's age: the product of 1 - g over later steps, for one or many rows of shares."""
    later = np.cumprod(np.flip(1 - shares, axis=-1), axis=-1)
    by_age = np.concatenate([np.flip(later[..., :-1], axis=-1), np.ones_like(shares[..., :1])], axis=-1)
    complete: Floats = by_age[..., age]
    return complete


def _neighbours(origins: int, decay: float) -> Floats:
    places = np.arange(origins)
    weights: Floats = decay ** np.abs(np.subtract.outer(places, places))
    return weights


def _fitted_prior(recorded: Floats, complete: Floats) -> tuple[float, float]:
    """Decay of the neighbours' weight and shape of the gamma prior, by how well neighbours tell each origin's count."""

    def score(choice: tuple[float, float]) -> float:
        decay, shape = choice
        weights = _neighbours(len(recorded), decay)
        np.fill_diagonal(weights, 0.0)
        mean = np.maximum(complete * (weights @ recorded) / np.maximum(weights @ complete, 1e-9), 1e-9)
        log = gammaln(shape + recorded) - gammaln(shape) - gammaln(recorded + 1)
        return float((log + shape * np.log(shape / (shape + mean)) + recorded * np.log(mean / (shape + mean))).sum())

    decay, shape = _simplest([(d, s) for d in DECAYS for s in SHAPES], score)
    return float(decay), float(shape)


def _corrected(
    table: Floats, delays: _Delays, labels: Sequence[Any] | None, settings: tuple[float, int, int], pooled: int
) -> Corrected:
    level, draws, seed = settings
    names = tuple(labels) if labels is not None else tuple(range(len(table)))
    if len(names) != len(table):
        raise UsageProblem(f"{len(names)} labels for {len(table)} origins.", expected="as many")
    known = ~np.isnan(table)
    recorded, age = np.where(known, table, 0.0).sum(axis=1), known.sum(axis=1) - 1
    complete, v = _complete(delays.shares, age), delays.dispersion
    decay, shape = _fitted_prior(recorded, complete)
    weights = _neighbours(len(table), decay)
    mean = np.maximum(weights @ recorded / np.maximum(weights @ complete, 1e-9), 1e-9)
    estimate = recorded + (1 - complete) * (shape + recorded / v) / (shape / mean + complete / v)
    final = _drawn(recorded, age, weights, shape, delays, np.random.default_rng(seed), draws)
    low, middle, high = _mid_p(final, level)
    recent = min(RECENT, len(table))
    total_low, total_middle, total_high = _mid_p(final[:, -recent:].sum(axis=1, keepdims=True), level)
    return Corrected(
        periods=tuple(
            CorrectedPeriod(names[i], int(recorded[i]), float(complete[i]), float(estimate[i]), middle[i], low[i], high[i])
            for i in range(len(table))
        ),
        level=level,
        recent=recent,
        recent_recorded=int(recorded[-recent:].sum()),
        recent_estimate=float(estimate[-recent:].sum()),
        recent_median=total_middle[0],
        recent_lower=total_low[0],
        recent_upper=total_high[0],
        half_life=delays.half_life,
        dispersion=v,
        longest_delay=table.shape[1] - 1,
        still_coming=float(delays.shares[-1]) if table.shape[1] > 1 else 0.0,
        pooled=pooled,
        method=f"Reverse-time delays with Cape Cod prior; {draws} draws, seed {seed}; delays of {pooled} series",
    )


def _drawn(
    recorded: Floats, age: NDArray[np.int64], weights: Floats, shape: float, delays: _Delays, generator: Rng, draws: int
) -> Floats:
    """Final counts, one row a draw: delays, then the level about which the month lies, then the month, then what is to come."""
    v = delays.dispersion
    final = np.tile(recorded, (draws, 1))
    waiting = np.flatnonzero(age < len(delays.came) - 1)  # the others are complete
    complete = _complete(delays.drawn(draws, generator), age)
    seen = (weights @ recorded)[waiting]
    effective = np.maximum(seen / v, 0.5)
    level = np.maximum(seen / np.maximum(complete @ weights.T[:, waiting], 1e-9), 1e-9)
    level = np.maximum(level * generator.gamma(effective, 1 / effective, size=level.shape), 1e-9)
    complete = complete[:, waiting]
    rate = generator.gamma(shape + recorded[waiting] / v, 1 / (shape / level + complete / v))
    to_come = rate * (1 - complete)
    if v > 1:
        spread = max(v - 1, 1e-3)
        to_come = generator.gamma(np.maximum(to_come / spread, 1e-9), spread)
    final[:, waiting] += generator.poisson(np.minimum(to_come, 1e9))
    return final


def _mid_p(draws: Floats, level: float) -> tuple[list[int], list[int], list[int]]:
    """Lower limit, median and upper limit of each column; half of a count's own share lies beyond it."""
    tail = (1 - level) / 2
    answers: tuple[list[int], list[int], list[int]] = ([], [], [])
    for column in draws.T:
        values, times = np.unique(column, return_counts=True)
        share = times / len(column)
        upto = np.cumsum(share)
        middle = upto - share / 2
        found = (np.argmax(middle >= tail), np.argmax(upto >= 0.5), np.flatnonzero(1 - middle >= tail)[-1])
        for answer, place in zip(answers, found, strict=True):
            answer.append(int(values[place]))
    return answers


def worked_example() -> dict[str, Any]:
    """Invented monthly homicides by month of notification, seen after 24 months, worked by the code."""
    generator = np.random.default_rng(7)
    share = np.array([0.6, 0.2, 0.1, 0.05, 0.03, 0.02])
    counts = seen_at(np.array([generator.multinomial(generator.poisson(6), share) for _ in range(24)], dtype=np.float64), 23)
    answer = correct_for_delay(counts)
    last = answer.periods[-6:]
    return {
        "method": "Counts corrected for late notification",
        "inputs": {"counts by month and delay": [[None if np.isnan(c) else int(c) for c in row] for row in counts]},
        "call": "correct_for_delay(counts)",
        "result": {
            "recorded in the last six months": [period.recorded for period in last],
            "share recorded by now": [round(period.completeness, 3) for period in last],
            "estimate": [round(period.estimate, 2) for period in last],
            "limits": [[period.lower, period.upper] for period in last],
            "sentence": answer.sentence,
        },
        "source": "Lawless (1994), Canadian Journal of Statistics 22(1); Gluck (1997), PCAS 84",
    }
