"""Agreement: properties that hold for any coders, published figures, and three clinicians' real codes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vkpp.basics.problems import UsageProblem
from vkpp.engine.statistics import agreement

FEW = {"resamples": 20}
codes = st.sampled_from(["a", "b", "c"])


def tables(value: st.SearchStrategy[object], coders: int = 3) -> st.SearchStrategy[list[list[object]]]:
    return st.lists(st.lists(value, min_size=coders, max_size=coders), min_size=2, max_size=15)


# --- properties --------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(tables(st.one_of(codes, st.none())), st.permutations(["x", "y", "z"]))
def test_nominal_alpha_does_not_care_what_the_codes_are_called(rows: list[list[str | None]], names: list[str]) -> None:
    other = dict(zip("abc", names, strict=True))
    renamed = [[None if v is None else other[v] for v in row] for row in rows]
    one, two = agreement.krippendorff_alpha(rows, **FEW), agreement.krippendorff_alpha(renamed, **FEW)
    assert one.value == pytest.approx(two.value, abs=1e-12) if one.value is not None else two.value is None


@settings(deadline=None)
@given(tables(st.one_of(codes, st.none())), st.permutations([0, 1, 2]), st.randoms())
def test_alpha_does_not_care_about_the_order_of_units_and_coders(
    rows: list[list[str | None]], order: list[int], random: object
) -> None:
    moved = [[row[i] for i in order] for row in rows]
    random.shuffle(moved)  # type: ignore[attr-defined]
    one, two = agreement.krippendorff_alpha(rows, **FEW), agreement.krippendorff_alpha(moved, **FEW)
    assert one.value == pytest.approx(two.value, abs=1e-12) if one.value is not None else two.value is None


@settings(deadline=None)
@given(st.lists(codes, min_size=2, max_size=20))
def test_full_agreement_is_1(given_codes: list[str]) -> None:
    assume(len(set(given_codes)) > 1)
    rows = [[code] * 3 for code in given_codes]
    pair = [row[0] for row in rows]
    found = [
        agreement.fleiss_kappa(rows, **FEW),
        agreement.conger_kappa(rows, **FEW),
        agreement.light_kappa(rows, **FEW),
        agreement.krippendorff_alpha(rows, **FEW),
        agreement.krippendorff_alpha(rows, "ordinal", **FEW),
        agreement.cohen_kappa(pair, pair),
        agreement.cohen_kappa(pair, pair, weights="quadratic"),
    ]
    assert [f.value for f in found] == pytest.approx([1.0] * len(found))


@settings(deadline=None)
@given(tables(codes))
def test_kappas_never_pass_1_and_limits_are_in_order(rows: list[list[str]]) -> None:
    for found in (agreement.fleiss_kappa(rows, **FEW), agreement.krippendorff_alpha(rows, **FEW)):
        if found.value is not None:
            assert found.value <= 1 + 1e-12
        if found.lower is not None and found.upper is not None:
            assert found.lower <= found.upper


@settings(deadline=None)
@given(st.lists(st.tuples(codes, codes), min_size=2, max_size=20))
def test_conger_and_light_of_two_coders_are_cohen(pairs: list[tuple[str, str]]) -> None:
    rows = [list(pair) for pair in pairs]
    cohen = agreement.cohen_kappa([a for a, _ in pairs], [b for _, b in pairs]).value
    for found in (agreement.conger_kappa(rows, **FEW), agreement.light_kappa(rows, **FEW)):
        assert found.value == pytest.approx(cohen) if cohen is not None else found.value is None


@settings(deadline=None)
@given(tables(st.one_of(st.sampled_from([1, 2, 3, 4]), st.none())), st.integers(-10, 10), st.sampled_from([2, 5]))
def test_interval_alpha_does_not_care_about_the_scale(rows: list[list[int | None]], shift: int, scale: int) -> None:
    moved = [[None if v is None else scale * v + shift for v in row] for row in rows]
    one, two = (agreement.krippendorff_alpha(table, "interval", **FEW).value for table in (rows, moved))
    assert one == pytest.approx(two, abs=1e-9) if one is not None else two is None


@settings(deadline=None)
@given(tables(st.one_of(st.sampled_from([1, 2, 3]), st.none())))
def test_alpha_agrees_with_the_plain_definition(rows: list[list[int | None]]) -> None:
    """Krippendorff's own words: pairs within units against pairs of all values, counted one by one."""
    units = [[v for v in row if v is not None] for row in rows]
    units = [unit for unit in units if len(unit) > 1]
    values = [v for unit in units for v in unit]
    n = len(values)
    seen = sum((a - b) ** 2 / (len(u) - 1) for u in units for i, a in enumerate(u) for j, b in enumerate(u) if i != j)
    chance = sum((a - b) ** 2 for i, a in enumerate(values) for j, b in enumerate(values) if i != j)
    found = agreement.krippendorff_alpha(rows, "interval", **FEW).value
    assert found == pytest.approx(1 - (n - 1) * seen / chance) if chance else found is None


# --- published figures -------------------------------------------------------------------------------------------------


def test_two_coders_published_table() -> None:
    found = agreement.cohen_kappa_of_table([[20, 5], [10, 15]])
    assert found.value == pytest.approx(0.4)
    assert (found.lower, found.upper) == pytest.approx((0.1511, 0.6489), abs=1e-4)
    assert (found.observed, found.chance) == pytest.approx((0.7, 0.5))


def test_weights_need_the_codes_that_nobody_used() -> None:
    first, second = ["low", "low", "high", "high"], ["low", "high", "high", "high"]
    short = agreement.cohen_kappa(first, second, weights="linear", categories=["low", "high"])
    long = agreement.cohen_kappa(first, second, weights="linear", categories=["low", "medium", "high"])
    assert short.value == pytest.approx(long.value), "two of three levels, the same two ends"
    assert agreement.cohen_kappa(first, second, weights="linear", categories=["low", "high", "highest"]).value == pytest.approx(
        short.value
    )
    with pytest.raises(UsageProblem, match="not in the list"):
        agreement.cohen_kappa(first, second, categories=["low"])


def test_three_clinicians_on_146_reports(shared: Path) -> None:
    path = shared / "data/learning/coding_agreement/pfd_child_suicide_irr.csv"
    if not path.is_file():
        pytest.skip("the coders' data are not beside this checkout")
    with path.open(encoding="utf-8") as file:
        rows = [[row[f"rater_{i}_both"] or None for i in (1, 2, 3)] for row in csv.DictReader(file)]
    kappa, alpha = agreement.fleiss_kappa(rows), agreement.krippendorff_alpha(rows)
    assert kappa.units == 146
    assert kappa.value == pytest.approx(0.745, abs=5e-4)
    assert kappa.lower < 0.745 < kappa.upper  # type: ignore[operator]
    assert alpha.value == pytest.approx(kappa.value, abs=0.005)
    per_code = {answer.code: answer for answer in agreement.agreement_by_code(rows)}
    assert per_code["Yes"].kappa.value == pytest.approx(kappa.value), "two codes: each is the other's complement"


# --- gaps, kinds of table, bad input -----------------------------------------------------------------------------------


def test_gaps_are_left_out_and_counted() -> None:
    rows = [["a", "a", "a"], ["b", "b", None], ["b", "b", "b"], [None, None, "a"]]
    kappa, alpha = agreement.fleiss_kappa(rows), agreement.krippendorff_alpha(rows)
    assert (kappa.units, kappa.left_out) == (2, 2)
    assert (alpha.units, alpha.left_out) == (3, 1)
    assert "2 units were left out" in kappa.sentence
    assert agreement.cohen_kappa(["a", None, "b"], ["a", "b", "b"]).left_out == 1


def test_one_code_only_is_not_defined_and_says_so() -> None:
    found = agreement.fleiss_kappa([["a", "a"], ["a", "a"]])
    assert found.value is None
    assert "cannot be worked out" in found.sentence
    assert agreement.krippendorff_alpha([["a", "a"], ["a", "a"]]).value is None
    assert agreement.cohen_kappa(["a", "a"], ["a", "a"]).value is None


def test_the_sentence_says_what_it_does_not_say() -> None:
    sentence = agreement.krippendorff_alpha([["a", "a"], ["b", "b"], ["a", "b"], ["a", "a"]]).sentence
    assert "not whether they were right" in sentence


def test_codes_of_which_a_unit_can_have_several() -> None:
    codings = {
        "delay": [[True, True], [True, True], [False, False], [False, None]],
        "record": [[True, False], [False, True], [True, False], [False, False]],
    }
    delay, record = agreement.agreement_of_codes(codings, **FEW)
    assert delay.code == "delay"
    assert delay.alpha.value == pytest.approx(1.0)
    assert (delay.used, delay.units_used) == (4, 2)
    assert record.kappa.value is not None
    assert record.kappa.value < 0


def test_tables_of_every_kind_give_the_same_number() -> None:
    columns = {"one": [1, 2, 2, None], "two": [1, 2, 1, 2], "three": [1, 2, 2, 2]}
    rows = [[columns[name][i] for name in columns] for i in range(4)]
    kinds = [columns, rows, np.array(rows, dtype=float), pa.table(columns), pl.DataFrame(columns), pd.DataFrame(columns)]
    values = {round(agreement.krippendorff_alpha(kind, "ordinal", **FEW).value or 0, 12) for kind in kinds}
    assert len(values) == 1


def test_bad_input_is_told_in_words() -> None:
    with pytest.raises(UsageProblem, match="No ratings of two coders"):
        agreement.fleiss_kappa([])
    with pytest.raises(UsageProblem, match="different lengths"):
        agreement.fleiss_kappa([["a", "b"], ["a"]])
    with pytest.raises(UsageProblem, match="coded by 2 to 3 coders"):
        agreement.fleiss_kappa_of_counts([[1, 1], [2, 1]])
    with pytest.raises(UsageProblem, match="needs numbers"):
        agreement.krippendorff_alpha([["a", "b"]], "interval")
    with pytest.raises(UsageProblem, match="below zero"):
        agreement.krippendorff_alpha([[-1, 2]], "ratio")
    with pytest.raises(UsageProblem, match="as many rows as columns"):
        agreement.cohen_kappa_of_table([[1, 2]])


def test_the_same_seed_gives_the_same_limits() -> None:
    rows = [["a", "a", "b"], ["b", "b", "b"], ["a", "a", "a"], ["a", "b", "a"]]
    assert agreement.fleiss_kappa(rows) == agreement.fleiss_kappa(rows)


def test_worked_example() -> None:
    example = agreement.worked_example()
    assert {"method", "inputs", "call", "result", "source"} <= set(example)
    assert json.loads(json.dumps(example)) == example
