"""Area 08: relative rates, risk and odds ratios, pooled odds, and ratios of ratios."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from vkpp.engine.statistics import disparity

from .case import Case, NotReached, assert_columns, number, numbers_of

UNIROOT = float(np.finfo(float).eps) ** 0.25  # where the reference's search for mid-p limits stops


def check(case: Case) -> None:
    given = case.read_csv("input.csv")
    if {"group", "rr", "se"} <= set(given[0]):
        _ratio_of_ratios(case)
    elif {"group", "events", "population"} <= set(given[0]):
        _relative_rates(case)
    else:
        raise NotReached(f"{case}: input columns {list(given[0])}")


def _ratio_of_ratios(case: Case) -> None:
    """Each group has ln and se, or a ratio with limits; both ways must lead to the answer where both are given."""
    expected = case.read_json("expected.json")
    rows = case.read_csv("input.csv")
    first, second = (disparity.LogRatio(number(row["ln_rr"]), number(row["se"])) for row in rows)
    made = disparity.ratio_of_ratios(first, second)
    logs = {"ln_rrr": made.log, "variance": made.variance, "ln_lower": made.log_lower, "ln_upper": made.log_upper}
    back = {"rrr": made.ratio, "lower": made.lower, "upper": made.upper}
    for found, slack in ((logs, case.tolerance["atol_ln"]), (back, case.tolerance["atol_rr"])):
        for name, value in found.items():
            assert math.isclose(value, expected[name], rel_tol=0, abs_tol=slack), f"{case}: {name} {value}"
    for row, given in zip(rows, (first, second), strict=True):
        if row["lower"]:
            from_limits = disparity.LogRatio.from_limits(*(number(row[name]) for name in ("rr", "lower", "upper")))
            assert math.isclose(from_limits.error, given.error, abs_tol=0.001), case


def _relative_rates(case: Case) -> None:
    given, expected = case.read_csv("input.csv"), case.read_csv("expected.csv")
    events, people, names = numbers_of(given, "events"), numbers_of(given, "population"), [row["group"] for row in given]
    told: dict[str, Any] = {"reference": case.params["reference"], "denominator": "residents"}
    wald = disparity.relative_rates(events, people, names, **told)
    midp = disparity.relative_rates(events, people, names, **told, method="midp", search_tolerance=UNIROOT)
    at = [wald.groups.index(row["group"]) for row in expected]
    found = {
        "rri": wald.ratio[at],
        "wald_lower": wald.lower[at],
        "wald_upper": wald.upper[at],
        "midp_est": midp.ratio[at],
        "midp_lower": midp.lower[at],
        "midp_upper": midp.upper[at],
        "p_midp": midp.p_value[at],
        "p_wald": wald.p_value[at],
    }
    # the reference takes 1 - p, which is 0 once p is lost in rounding
    assert_columns(case, found, expected, [name for name in expected[0] if name in found], atol=1e-12)
