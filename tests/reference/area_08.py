"""Area 08: relative rates, risk and odds ratios, pooled odds, and ratios of ratios."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from vkpp.engine.statistics import disparity, odds

from .case import Case, NotReached, Row, assert_columns, number, number_columns, numbers_of, same

UNIROOT = float(np.finfo(float).eps) ** 0.25  # where the reference's search for mid-p limits stops


def check(case: Case) -> None:
    given = case.read_csv("input.csv")
    if {"group", "rr", "se"} <= set(given[0]):
        _ratio_of_ratios(case)
    elif {"group", "events", "population"} <= set(given[0]):
        _relative_rates(case)
    elif case.has("expected.json") and len(number_columns(given)) >= 2:
        _pooled_odds(case)
    elif case.has("expected.csv") and "group" in case.read_csv("expected.csv")[0]:
        _two_by_two(case)
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


def _cases_and_totals(rows: Sequence[Row]) -> list[tuple[list[float], list[float]]]:
    """Two columns of numbers: cases and their total, or cases and the rest (in either order)."""
    first, second = (numbers_of(rows, name) for name in number_columns(rows)[-2:])
    together = [a + b for a, b in zip(first, second, strict=True)]
    within = all(a <= b for a, b in zip(first, second, strict=True))
    ways = [(first, together), (second, together)]
    return [(first, second), *ways] if within else ways


def _two_by_two(case: Case) -> None:
    """Risk and odds ratios of groups against the reference; the way to read the two columns is that of the first answer."""
    given, expected = case.read_csv("input.csv"), case.read_csv("expected.csv")
    told: dict[str, Any] = {"reference": case.params.get("reference") or given[0]["group"], "denominator": "as in the case"}
    names = [row["group"] for row in given]
    failures = []
    for cases, totals in _cases_and_totals(given):
        risk = odds.relative_risks(cases, totals, names, **told)
        woolf = odds.odds_ratios(cases, totals, names, **told)
        midp = odds.odds_ratios(cases, totals, names, **told, method="midp", search_tolerance=UNIROOT)
        at = [risk.groups.index(row["group"]) for row in expected]
        found = {}
        for starts, made in ((("rr", "risk"), risk), (("or_wald", "or", "odds"), woolf), (("or_midp", "midp"), midp)):
            for name in expected[0]:
                if name.lower().startswith(starts):
                    end = "lower" if "low" in name.lower() else "upper" if "upp" in name.lower() else "ratio"
                    found[name] = getattr(made, end)[at]
        if not found:
            raise NotReached(f"{case}: expected columns {list(expected[0])}")
        try:
            assert_columns(case, found, expected, list(found))
        except AssertionError as wrong:
            failures.append(str(wrong))
        else:
            return
    raise AssertionError("; ".join(failures))


def _pooled_odds(case: Case) -> None:
    """Strata of two groups, the second row of each stratum the reference: the common odds ratio of all strata."""
    given, answer = case.read_csv("input.csv"), case.read_json("expected.json")
    texts = [name for name in given[0] if name not in number_columns(given)]
    group = next((name for name in texts if name.lower().startswith(("group", "ethnic", "sex"))), None)
    if group is None or not any(key.startswith(("or", "odds", "estimate", "common")) for key in answer):
        raise NotReached(f"{case}: input columns {list(given[0])}, expected {list(answer)}")
    reference = case.params.get("reference") or given[-1][group]
    rtol = float(case.tolerance.get("rtol", 1e-6))
    failures = []
    for cases, totals in _cases_and_totals(given):
        ours, theirs = ([at for at, row in enumerate(given) if (row[group] == reference) is same_] for same_ in (False, True))
        made = odds.mantel_haenszel(
            *([column[at] for at in part] for part in (ours, theirs) for column in (cases, totals)),
            correct=bool(case.params.get("correct", True)),
        )
        values = {"or": made.ratio, "odds": made.ratio, "estimate": made.ratio, "common": made.ratio, "low": made.lower}
        values |= {"upp": made.upper, "stat": made.chi_squared, "chi": made.chi_squared, "p": made.p_value}
        wrong = [
            f"{key}: {value}, expected {answer[key]}"
            for key in answer
            for start, value in values.items()
            if key.lower().startswith(start) and not same(value, answer[key], rtol=rtol)
        ]
        if not wrong:
            return
        failures += wrong
    raise AssertionError(f"{case}: {'; '.join(failures)}")
