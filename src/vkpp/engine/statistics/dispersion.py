"""Over-dispersed funnels: limits widened by how much areas ordinarily differ, so that a funnel does not cry wolf."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import stats

from vkpp.engine.statistics.grouping import Floats, each_row, groups
from vkpp.engine.statistics.intervals import counted, denominators, poisson_limits

Kind = Literal["ratio", "proportion", "ratio of counts"]
Method = Literal["SHMI", "CQC"]
Form = Literal["additive", "multiplicative"]
DEVIATES = (1.959964, 3.090232)  # the rounded deviates of 95% and 99.8% that the method is published with
SHMI_DECIMALS = 2  # SHMI rounds expected counts before everything else


@dataclass(frozen=True, slots=True)
class FunnelLimits:
    """Limits of each point at 95% and at 99.8%."""

    lower_95: Floats
    upper_95: Floats
    lower_998: Floats
    upper_998: Floats


@dataclass(frozen=True, slots=True)
class OverDispersed:
    """An over-dispersed funnel: the points, how much they spread, and limits with and without that spread.

    ratio: numerator over denominator; target: the centre. y, target_y, error: value, centre and standard error on the scale of
    the method. z: the plain score; shortened: True where it was pulled in (winsorised) or dropped (trimmed); used_z: the score
    that went into phi, NaN where dropped. phi: mean squared score, 1 where chance explains all; tau2: variance between areas.
    `adjusted` are the limits to judge by, unless tau2 is zero, when `unadjusted` are.
    """

    labels: tuple[Any, ...]
    numerator: Floats
    denominator: Floats
    ratio: Floats
    target: float
    y: Floats
    target_y: float
    error: Floats
    z: Floats
    shortened: Any
    used_z: Floats
    phi: float
    tau2: float
    adjusted: FunnelLimits
    unadjusted: FunnelLimits
    method: str

    def outside(self, level: Literal[95, 99] = 99) -> Any:
        """True for points beyond the 95% or the 99.8% (99) limits: adjusted ones where areas spread more than by chance."""
        limits = self.adjusted if self.tau2 > 0 else self.unadjusted
        pair = (limits.lower_95, limits.upper_95) if level == 95 else (limits.lower_998, limits.upper_998)
        return outside(self.ratio, *pair)


@dataclass(frozen=True, slots=True)
class _Scale:
    """A method's scale: the transformed points and centre, the error of the scores, the error drawn, and the way back."""

    y: Floats
    target_y: float
    error: Floats
    drawn_error: Floats
    back: Any


def outside(value: Any, lower: Any, upper: Any) -> Any:
    """True where a value lies beyond its limits; on a limit is inside."""
    point, low, high = (np.asarray(column, dtype=np.float64) for column in (value, lower, upper))
    return (point < low) | (point > high)


def over_dispersed_funnel(
    numerators: Any,
    denominators_: Any,
    *,
    kind: Kind = "ratio",
    method: Method = "SHMI",
    trim: float = 0.1,
    form: Form = "additive",
    group: Any = None,
    multiplier: float = 1.0,
    deviates: tuple[float, float] = DEVIATES,
) -> OverDispersed:
    """A funnel whose limits allow for ordinary difference between areas.

    kind: "ratio" (observed over expected, target 1), "proportion" or "ratio of counts" (target: all areas together).
    method, for ratios: "SHMI" works on logs and drops the outermost `trim` of scores at each end; "CQC" works on square roots
    and pulls them in (winsorises). Proportions (arcsine) and ratios of counts (log) are winsorised.
    phi = sum(z^2)/n over the scores used. additive: tau2 = (n phi - (n - 1)) / (sum(w) - sum(w^2)/sum(w)), w = 1/s^2, added to
    each point's variance; multiplicative: each error times sqrt(phi), phi at least 1.
    Raises ValueError: numerator below zero, denominator not above zero, trim outside 0 to 0.5, a zero count left among logs.
    What the reference (FunnelPlotR 0.6.0) does and is kept here: limits of CQC are drawn at 1 -+ z s without squaring back;
    ratios of counts are drawn with the error 1/(2 sqrt(d)).
    `funnels.rate_limits_over_dispersed`, which editions use, squares back and uses each point's own error.
    Source: Spiegelhalter (2005), Statistics in Medicine 24, 1185; Spiegelhalter et al. (2012), JRSS A 175, 1; NHS Digital, SHMI
    methodology; DerSimonian and Laird (1986).
    """
    if not 0 < trim < 0.5:
        raise ValueError(f"trim is {trim}, expected above 0 and below 0.5")
    x, d = counted(numerators, name="numerators"), denominators(denominators_, name="denominators")
    if len(d) != len(x) or np.isnan(x + d).any():
        raise ValueError("numerators and denominators: expected a number for both in each row; leave out areas that lack one")
    member = each_row(len(x)) if group is None else groups(group, len(x))
    x, d = member.total(x), member.total(d)
    shmi = kind == "ratio" and method == "SHMI"
    ratio = x / d
    d = np.round(d, SHMI_DECIMALS) if shmi else d
    target = 1.0 if kind == "ratio" else float(x.sum() / d.sum())
    scale = _scale(x, d, target, kind, method)
    z = np.sqrt(d) * scale.y if shmi else (scale.y - scale.target_y) / scale.error
    used, shortened = trimmed(z, trim) if shmi else winsorised(z, trim)
    phi, tau2 = dispersion_of(used, scale.error)
    plain = _ratio_limits(d) if kind == "ratio" else _limits(scale, scale.drawn_error, deviates)
    wide = np.sqrt(scale.drawn_error**2 + tau2) if form == "additive" else scale.drawn_error * np.sqrt(max(phi, 1.0))
    name = f"{form}, {'trimmed' if shmi else 'winsorised'} by {trim:g} at each end"
    return OverDispersed(
        member.labels,
        x,
        d,
        ratio * multiplier,
        target * multiplier,
        scale.y,
        scale.target_y,
        scale.error,
        z,
        shortened,
        used,
        phi,
        tau2,
        _times(_limits(scale, wide, deviates), multiplier),
        _times(plain, multiplier),
        name,
    )


def _scale(x: Floats, d: Floats, target: float, kind: Kind, method: Method) -> _Scale:
    half = 1 / (2 * np.sqrt(d))
    with np.errstate(divide="ignore"):
        if kind == "ratio" and method == "SHMI":
            return _Scale(np.log(x / d), 0.0, 1 / np.sqrt(d), 1 / np.sqrt(d), np.exp)
    if kind == "ratio" and method == "CQC":
        return _Scale(np.sqrt(x / d), 1.0, half, half, lambda y: np.maximum(y, 0.0))
    if kind == "proportion":
        if (x > d).any():
            raise ValueError("numerators: some are above their denominator, expected proportions of at most 1")
        return _Scale(np.arcsin(np.sqrt(x / d)), float(np.arcsin(np.sqrt(target))), half, half, _sine_squared)
    if kind == "ratio of counts":
        error = np.sqrt(x / (x + 0.5) ** 2 + d / (d + 0.5) ** 2)
        return _Scale(np.log((x + 0.5) / (d + 0.5)), float(np.log(target)), error, half, np.exp)
    raise ValueError(f"kind {kind!r} with method {method!r} is not known: kinds are ratio, proportion, ratio of counts")


def _sine_squared(y: Floats) -> Floats:
    return np.asarray(np.sin(np.clip(y, 0.0, np.pi / 2)) ** 2, dtype=np.float64)  # beyond the ends the sine would turn back


def _limits(scale: _Scale, error: Floats, deviates: tuple[float, float]) -> FunnelLimits:
    inner, outer = deviates
    ends = [scale.back(scale.target_y + deviate * error) for deviate in (-inner, inner, -outer, outer)]
    return FunnelLimits(*ends)


def _ratio_limits(d: Floats) -> FunnelLimits:
    ends: list[Floats] = []
    for level in (0.95, 0.998):
        ends += [end / d for end in poisson_limits(d, level)]
    return FunnelLimits(*ends)


def _times(limits: FunnelLimits, multiplier: float) -> FunnelLimits:
    ends = (limits.lower_95, limits.upper_95, limits.lower_998, limits.upper_998)
    return FunnelLimits(*(end * multiplier for end in ends))


def winsorised(z: Floats, trim: float = 0.1) -> tuple[Floats, Any]:
    """Scores with the outermost `trim` at each end pulled in to that quantile; and which were on or beyond it."""
    low, high = np.quantile(z, [trim, 1 - trim])
    return np.clip(z, low, high), ~((z > low) & (z < high))


def trimmed(z: Floats, trim: float = 0.1) -> tuple[Floats, Any]:
    """Scores with the lowest and highest of 1/trim equal bands of ranks dropped (NaN); and which were dropped."""
    bands = 1 / trim
    band = np.floor(stats.rankdata(z) * bands / (len(z) + 1))
    dropped = ~((band > 0) & (band < bands - 1))
    return np.where(dropped, np.nan, z), dropped


def dispersion_of(used_z: Floats, error: Floats) -> tuple[float, float]:
    """phi, the mean squared score, and tau2, the variance between areas, over the scores that are not NaN.

    Raises ValueError where a score is infinite: a count of zero has no logarithm.
    """
    kept = ~np.isnan(used_z)
    n = int(kept.sum())
    if n == 0:
        return 0.0, 0.0
    if np.isinf(used_z[kept]).any():
        raise ValueError("a count of zero has no logarithm: use method CQC, or trim more")
    phi = float((used_z[kept] ** 2).sum() / n)
    w = 1 / error[kept] ** 2
    free = float(w.sum() - (w**2).sum() / w.sum())
    return phi, max(0.0, (n * phi - (n - 1)) / free) if n > 1 else 0.0


def worked_example() -> dict[str, Any]:
    """Ten areas, invented: observed against expected counts."""
    observed = [82, 130, 95, 61, 210, 150, 77, 118, 101, 140]
    expected = [100.0, 110.0, 90.0, 75.0, 160.0, 155.0, 80.0, 100.0, 120.0, 110.0]
    made = over_dispersed_funnel(observed, expected, method="CQC")
    return {
        "method": "Over-dispersed funnel (additive, winsorised)",
        "inputs": {"observed": observed, "expected": expected},
        "call": 'over_dispersed_funnel(observed, expected, method="CQC")',
        "result": {"phi": made.phi, "tau2": made.tau2, "outside_998": int(made.outside(99).sum())},
        "source": "Spiegelhalter (2005), Statistics in Medicine 24, 1185",
    }
