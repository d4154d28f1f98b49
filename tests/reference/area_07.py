"""Reference cases of area 07 that are reached: chain ladder with Mack errors, delay corrections and nowcasts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from vkpp.engine.statistics import delay

from .case import Case, NotReached, assert_columns, number, numbers_of, same

REFERENCES = ("lawless", "bayes_trunc", "bayes_notrunc", "unif")


def check(case: Case) -> None:
    if case.has("expected_by_origin.csv"):
        _mack(case)
    elif "cut_off" in case.params:
        _delay(case)
    elif "now" in case.params and "D" in case.params:
        _nowcast(case)
    else:
        raise NotReached(str(case))


def _triangle(case: Case) -> tuple[np.ndarray, list[str]]:
    rows = case.read_csv("input.csv")
    origins = list(dict.fromkeys(row["origin"] for row in rows))
    steps = sorted({int(row["dev"]) for row in rows})
    table = np.full((len(origins), len(steps)), np.nan)
    for row in rows:
        table[origins.index(row["origin"]), steps.index(int(row["dev"]))] = number(row["value"])
    return table, origins


def _mack(case: Case) -> None:
    table, origins = _triangle(case)
    answer = delay.chain_ladder(table)
    by_origin: dict[str, Sequence[Any]] = {
        "origin": origins,
        "Latest": answer.latest,
        "Dev.To.Date": answer.completeness,
        "Ultimate": answer.ultimate,
        "IBNR": answer.to_come,
        "Mack.S.E": answer.errors,
        "CV.IBNR.": answer.coefficients,
    }
    assert_columns(case, by_origin, case.read_csv("expected_by_origin.csv"), list(by_origin))
    assert_columns(case, {"f": answer.factors}, case.read_csv("expected_factors.csv"), ["f"])
    sigma = {"sigma": answer.sigmas, "f_se": answer.factor_errors}
    assert_columns(case, sigma, case.read_csv("expected_sigma.csv"), list(sigma))
    totals = {
        "Latest:": answer.total_latest,
        "Dev:": answer.total_latest / answer.total_ultimate,
        "Ultimate:": answer.total_ultimate,
        "IBNR:": answer.total_to_come,
        "Mack S.E.:": answer.total_error,
        "CV(IBNR):": answer.total_coefficient,
    }
    for row in case.read_csv("expected_totals.csv"):
        assert same(totals[row["item"]], row["value"], rtol=float(case.tolerance["rtol"])), f"{case}: {row}, found {totals}"


def _delay(case: Case) -> None:
    """Plain chain ladder to the digit; our correction by its grade: no worse, and its intervals neither false nor idle.

    The grade is a mean absolute error, which a median makes smallest: so the medians are judged.
    """
    rows, expected = case.read_csv("input.csv"), case.read_csv("expected.csv")
    columns = [numbers_of(rows, name) for name in ("origin", "delay", "count")]
    counts = delay.counts_by_delay(*columns, now=int(case.params["cut_off"].split("<=")[1]))
    ladder = delay.chain_ladder(delay.cumulative(counts))
    found = {"recorded_so_far": ladder.latest, "chain_ladder": ladder.ultimate}
    assert_columns(case, found, expected, list(found), rtol=float(case.tolerance["chain_ladder_rtol"]))
    final = numbers_of(expected, "final_count")[-12:]
    last = delay.correct_for_delay(counts, level=0.9).periods[-12:]
    ours = np.mean([abs(period.median - truth) for period, truth in zip(last, final, strict=True)])
    theirs = np.mean(np.abs(np.array(numbers_of(expected, "chain_ladder")[-12:]) - final))
    assert ours <= theirs, f"{case}: mean error {ours:.3f}, chain ladder {theirs:.3f}"
    covered = np.mean([period.lower <= truth <= period.upper for period, truth in zip(last, final, strict=True)])
    assert 0.80 <= covered <= 0.97, f"{case}: the 90% interval covers {covered:.0%} of the last 12 months"


def _nowcast(case: Case) -> None:
    rows = case.read_csv("input.csv")
    events, reports = ([date.fromisoformat(row[name]) for row in rows] for name in list(rows[0])[:2])
    now = date.fromisoformat(case.params["now"])
    counts, days = delay.triangle_of_dates(events, reports, now=now, max_delay=case.params["D"])
    answer = {period.label.isoformat(): period for period in delay.correct_for_delay(counts, days, level=0.95).periods}
    expected = {name: case.read_csv(f"expected_{name}.csv") for name in REFERENCES if case.has(f"expected_{name}.csv")}
    rows = next(iter(expected.values()))
    ours = [answer[row["date"]] for row in rows]
    truth = numbers_of(rows, "truth")
    best = min(_log_error(numbers_of(theirs, "nowcast_median"), truth) for theirs in expected.values())
    error = _log_error([period.median for period in ours], truth)
    assert [period.recorded for period in ours] == numbers_of(rows, "observed_so_far"), f"{case}: recorded so far"
    assert error <= 1.1 * best, f"{case}: mean log error {error:.3f}, best reference {best:.3f}"
    covered = np.mean([period.lower <= value <= period.upper for period, value in zip(ours, truth, strict=True)])
    assert covered >= 0.80, f"{case}: the 95% interval covers {covered:.0%} of days"


def _log_error(medians: Sequence[float], truth: Sequence[float]) -> float:
    return float(np.mean([abs(math.log((m + 1) / (t + 1))) for m, t in zip(medians, truth, strict=True)]))
