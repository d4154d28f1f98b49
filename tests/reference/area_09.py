"""Reference cases of area 09: agreement between coders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vkpp.engine.statistics import agreement

from .case import Case, NotReached, Row, number, same

METRICS = ("nominal", "ordinal", "interval", "ratio")
WEIGHTS = {"quadratic": "quadratic", "squared": "quadratic", "linear": "linear", "equal": "linear"}


def check(case: Case) -> None:
    rows = case.read_csv("input.csv")
    answers = case.read_csv("expected.csv")
    for answer in answers:
        found = _statistic(case, answer)(rows)
        _compare(case, answer, "value", found.value)
        if "limits in z" in case.about["title"]:  # z holds the lower limit and p the upper
            _compare(case, answer, "z", found.lower)
            _compare(case, answer, "p", found.upper)
            continue
        for name, value in (("z", found.z), ("p", found.p)):
            if answer[name] != "":
                _compare(case, answer, name, value)
    if case.has("expected_detail.csv"):
        _detail(case, rows)


def _compare(case: Case, answer: Row, column: str, value: Any) -> None:
    slack = {"atol": float(case.tolerance.get("atol", 0)), "rtol": float(case.tolerance.get("rtol", 0))}
    assert same(value, answer[column], **slack), f"{case} {answer['statistic']} {column}: {value}, expected {answer[column]}"


def _statistic(case: Case, answer: Row) -> Callable[[list[Row]], agreement.Agreement]:
    name = answer["statistic"]
    if "alpha" in name:
        metric = next((m for m in METRICS if m in name), "nominal")
        return lambda rows: agreement.krippendorff_alpha(_cells(rows, metric != "nominal"), metric)
    if "conger" in name or "exact" in name:
        return lambda rows: agreement.conger_kappa(_cells(rows))
    if "light" in name:
        return lambda rows: agreement.light_kappa(_cells(rows))
    if "fleiss" in name:
        return lambda rows: (
            agreement.fleiss_kappa_of_counts(_numbers(rows)) if _is_table(rows) else agreement.fleiss_kappa(_cells(rows))
        )
    if "kappa" in name:
        weights = next((ours for word, ours in WEIGHTS.items() if word in name), "none")
        return lambda rows: _two_coders(answer, rows, weights)
    raise NotReached(f"{case}: statistic {name}")


def _two_coders(answer: Row, rows: list[Row], weights: Any) -> agreement.Agreement:
    if _is_table(rows):
        return agreement.cohen_kappa_of_table(_numbers(rows), weights=weights)
    first, second = _which_two(answer["case"], len(rows[0]))
    cells = _cells(rows)
    return agreement.cohen_kappa([row[first] for row in cells], [row[second] for row in cells], weights=weights)


def _which_two(name: str, columns: int) -> tuple[int, int]:
    """The coders that a case's own name ends with, as in diagnoses_r2_r3; the first two where it names none."""
    named = [int(word[1:]) - 1 for word in name.split("_") if word[:1] == "r" and word[1:].isdigit()]
    return (named[0], named[1]) if len(named) == 2 and max(named) < columns else (0, 1)


def _is_table(rows: list[Row]) -> bool:
    """Counts, not ratings: whole numbers whose rows have the same sum, or a square table."""
    try:
        table = _numbers(rows)
    except ValueError:
        return False
    return (len({sum(row) for row in table}) == 1 and len(table) > len(table[0])) or len(table) == len(table[0])


def _numbers(rows: list[Row]) -> list[list[float]]:
    return [[float(value) for value in row.values()] for row in rows]


def _cells(rows: list[Row], as_numbers: bool = False) -> list[list[Any]]:
    missing = ("", "NA")
    return [[None if value in missing else number(value) if as_numbers else value for value in row.values()] for row in rows]


def _detail(case: Case, rows: list[Row]) -> None:
    """Per category, as the reference prints it: rounded to three places."""
    by_code = {answer.code: answer for answer in agreement.agreement_by_code(_cells(rows), resamples=10)}
    for line in case.read_csv("expected_detail.csv"):
        answer = by_code[line["category"]]
        value = {"Kappa": answer.kappa.value, "z": answer.z, "p.value": answer.p}[line["Var2"]]
        assert value is not None and round(value, 3) == float(line["Freq"]), f"{case}: {line}, found {value}"
