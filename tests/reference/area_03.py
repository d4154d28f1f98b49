"""Area 03: over-dispersed funnels, their outliers, and exact Poisson funnel limits."""

from __future__ import annotations

from typing import Any

import numpy as np

from vkpp.engine.statistics import dispersion
from vkpp.engine.statistics.intervals import poisson_limits

from .case import Case, NotReached, assert_columns, number, numbers_of, same

KINDS: dict[str, dispersion.Kind] = {"SR": "ratio", "PR": "proportion", "RC": "ratio of counts"}
LIMITS = {"95LCL": "lower_95", "95UCL": "upper_95", "99LCL": "lower_998", "99UCL": "upper_998"}


def check(case: Case) -> None:
    if "data_type" in case.params:
        _over_dispersed(case)
    elif case.has("input.csv") and "expected" in case.read_csv("input.csv")[0]:
        _poisson_limits(case)
    elif case.has("input.csv") and "OD95UCL" in case.read_csv("input.csv")[0]:
        _outliers(case)
    else:
        raise NotReached(str(case))


def _over_dispersed(case: Case) -> None:
    given, expected = case.read_csv("input.csv"), case.read_csv("expected_points.csv")
    made = dispersion.over_dispersed_funnel(
        numbers_of(given, "num"),
        numbers_of(given, "den"),
        kind=KINDS[case.params["data_type"]],
        method=case.params.get("sr_method", "SHMI"),
        trim=float(case.params["trim_by"]),
        group=[row["grp"] for row in given],
        multiplier=float(case.params.get("multiplier", 1)),
    )
    summary, rtol = case.read_json("expected_summary.json"), float(case.tolerance["rtol"])
    for name, value in (("phi", made.phi), ("tau2", made.tau2), ("target", made.target), ("n", len(made.labels))):
        assert same(value, summary[name], rtol=rtol), f"{case}: {name} {value}, expected {summary[name]}"
    at = [made.labels.index(row["group"]) for row in expected]
    found: dict[str, Any] = {
        "numerator": made.numerator[at],
        "denominator": made.denominator[at],
        "rr": made.ratio[at],
        "Y": made.y[at],
        "Uzscore": made.z[at],
        "Wuzscore": made.used_z[at],
        "winsorised": made.shortened[at].astype(int),
        "truncated": made.shortened[at].astype(int),
        "outlier": made.outside(95 if case.params.get("limit") == 95 else 99)[at].astype(int),
        "target_transformed": np.full(len(at), made.target_y),
    }
    for theirs, ours in LIMITS.items():
        found[f"OD{theirs}"] = getattr(made.adjusted, ours)[at]
        found[f"{theirs[2:]}{theirs[:2]}"] = getattr(made.unadjusted, ours)[at]
    columns = [name for name in expected[0] if name in found]
    assert_columns(case, found, expected, columns)


def _outliers(case: Case) -> None:
    given, expected = case.read_csv("input.csv"), case.read_csv("expected.csv")
    found = {}
    for level in ("95", "99"):
        for name, start in (("unadjusted", ""), ("adjusted", "OD")):
            low, high = (f"{start}{end}{level}" if not start else f"OD{level}{end}" for end in ("LCL", "UCL"))
            beyond = dispersion.outside(numbers_of(given, "rr"), numbers_of(given, low), numbers_of(given, high))
            found[f"{name}{level}"] = beyond.astype(int)
    assert_columns(case, found, expected, list(found))


def _poisson_limits(case: Case) -> None:
    rows = case.read_csv("expected.csv")
    e = np.array([number(row["expected"]) for row in case.read_csv("input.csv")])
    found: dict[str, Any] = {}
    for level, name in ((0.95, "95"), (0.998, "998")):
        lower, upper = poisson_limits(e, level)
        found[f"ll{name}"], found[f"ul{name}"] = lower / e, upper / e
    assert_columns(case, found, rows, list(found))
