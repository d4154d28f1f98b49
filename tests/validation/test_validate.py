"""validate(): one pass, nothing capped, what could not run named, and words that are never empty."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.validation.deliveries import Lists, check, column, specification, staged, table
from vkpp.engine.validation import validate


def test_two_hundred_planted_errors_are_two_hundred_findings(tmp_path):
    of = table(column("ref"), column("age", "integer"))
    planted = set(range(5, 1005, 5))
    records = [{"ref": f"A{n}", "age": "x" if n in planted else "12"} for n in range(1, 1201)]
    spec = specification([of], [check({"readable": {"field": "age"}})])
    result = validate({"rows": (staged(records, of, tmp_path),)}, spec, Lists())
    assert [f.record for f in result.findings] == sorted(planted)
    assert {(f.value, f.message, f.row == f.record + 1, f.column) for f in result.findings} == {("x", "Found x.", True, "Age")}
    assert result.blocked
    assert result.reconciliations[0].holds


def test_more_checks_than_bits_of_one_mask(tmp_path):
    of = table(column("n", "integer"))
    checks = [check({"not_equals": {"field": "n", "value": n}}, f"not-{n}") for n in range(150)]
    records = [{"n": str(n)} for n in range(200)]
    result = validate({"rows": (staged(records, of, tmp_path),)}, specification([of], checks), Lists())
    assert {(f.check, f.value) for f in result.findings} == {(f"not-{n}", str(n)) for n in range(150)}


def test_what_cannot_run_says_so_and_the_others_still_run(tmp_path):
    of = table(column("a"), column("b"))
    checks = [
        check({"required": {"field": "a"}}, "runs"),
        check({"matches": {"field": "a", "pattern": "("}}, "broken-pattern"),
        check({"matches": {"field": "a", "pattern": "a{1001}"}}, "engine-refuses"),
        check({"in_list": {"field": "a", "list": "nowhere"}}, "unknown-list"),
        check({"required": {"field": "b"}}, "missing-column"),
        check({"conjures": {"field": "a"}}, "unknown-operator"),
        check({"required": {"field": "c"}}, "unknown-field"),
        check({"exists_in": {"field": "a", "table": "others", "column": "a"}}, "absent-table"),
        check({"required": {"field": "a"}}, "empty-words", message="{value}"),
        check({"required": {"field": "a"}}, "unknown-placeholder", message="Found {nothing}."),
        check({"required": {"field": "a"}}, "no-source", source=" "),
        check({"required": {"field": "a"}}, "no-fix", fix=""),
    ]
    delivery = {"rows": (staged([{"a": None}], of, tmp_path, missing=["b"]),)}
    result = validate(delivery, specification([of], checks), Lists())
    assert {run.check for run in result.runs if run.ran} == {"runs"}
    assert [f.check for f in result.findings] == ["runs"]
    assert all(run.why_not for run in result.could_not_run)
    assert len(result.runs) == len(checks)
    assert result.blocked


def test_a_period_that_nobody_named_is_not_applicable_and_does_not_block(tmp_path):
    of = table(column("day", "date"))
    delivery = {"rows": (staged([{"day": "2024-01-01"}], of, tmp_path),)}
    result = validate(delivery, specification([of], [check({"within_period": {"field": "day"}})]), Lists())
    assert result.runs[0].ran and "period" in result.runs[0].why_not
    assert not result.blocked


def test_personal_values_are_masked_wherever_they_would_show(tmp_path):
    of = table(column("surname", sensitivity="personal"), column("age", "integer"))
    words = {"message": "{surname} is {value}.", "fix": "Ask {surname}."}
    spec = specification([of], [check({"at_most": {"field": "age", "value": 9}}, **words), check({"missing": "surname"}, "b")])
    result = validate({"rows": (staged([{"surname": "Okonkwo-Smythe", "age": "10"}], of, tmp_path),)}, spec, Lists())
    everything = " ".join(str(f.as_dict()) for f in result.findings)
    assert len(result.findings) == 2
    assert "Okonkwo" not in everything and "Smythe" not in everything
    assert {f.value for f in result.findings} == {"10", "*** (6 to 15 characters)"}


def test_findings_come_in_the_order_in_which_analysts_fix(tmp_path):
    of = table(column("month", "yearmonth"), column("b"), column("a"))
    checks = [check({"required": {"field": n}}, f"{n}-there", message=f"No {n}.") for n in ("b", "a")]
    records = [{"month": "2024-02"}, {"month": "2024-01", "a": "1"}, {"month": "2024-01"}]
    spec = specification([of], checks, period_field="rows.month")
    result = validate({"rows": (staged(records, of, tmp_path),)}, spec, Lists())
    assert [(f.record, f.message) for f in result.findings] == [
        (1, "No a."), (1, "No b."), (2, "No b."), (3, "No a."), (3, "No b."),
    ]  # fmt: skip
    assert result.findings.table["period"].to_pylist() == ["2024-02", "2024-02", "2024-01", "2024-01", "2024-01"]


def test_duplicates_are_seen_across_the_files_of_a_table(tmp_path):
    of = table(column("ref"))
    files = tuple(staged([{"ref": "X"}, {"ref": n}], of, tmp_path, name=f"{n}.csv") for n in ("one", "two"))
    result = validate({"rows": files}, specification([of], [check({"unique": {"fields": ["ref"]}})]), Lists())
    assert [(f.file, f.record) for f in result.findings] == [("one.csv", 1), ("two.csv", 1)]


def test_partial_acceptance_rejects_records_with_errors(tmp_path):
    of = table(column("ref"), column("age", "integer"))
    checks = [check({"required": {"field": "ref"}}), check({"readable": {"field": "age"}}, "age")]
    checks.append(check({"at_most": {"field": "age", "value": 17}}, "query", severity="query"))
    records = [{"ref": None, "age": "x"}, {"ref": "A", "age": "40"}, {"ref": "B", "age": "y"}]
    delivery = {"rows": (staged(records, of, tmp_path),)}
    spec = specification([of], checks, partial_acceptance=True)
    partly, whole = (validate(delivery, s, Lists()) for s in (spec, replace(spec, partial_acceptance=False)))
    assert [(r.accepted, r.rejected) for r in (*partly.reconciliations, *whole.reconciliations)] == [(1, 2), (3, 0)]


@pytest.mark.parametrize(
    ("must", "values"),
    [
        ({"share_between": {"field": "kind", "values": ["a"], "max": 0.5}}, ["66.7% (2 of 3)"]),
        ({"share_between": {"field": "kind", "missing": True, "max": 0.2}}, ["25.0% (1 of 4)"]),
        ({"share_between": {"field": "kind", "values": ["a"], "max": 0.7}}, []),
        ({"count_between": {"min": 5}}, ["4"]),
        ({"count_between": {"max": 2, "by": ["force"]}}, ["3"]),
        ({"sums_to": {"field": "n", "parts": ["m"], "by": ["force"]}}, ["6 against 7"]),
    ],
)
def test_whole_tables(tmp_path, must, values):
    of = table(column("force"), column("kind"), column("n", "integer"), column("m", "integer"))
    rows = [("X", "a", "1", "1"), ("X", "a", "2", "3"), ("X", "b", "3", "3"), ("Y", None, "4", "4")]
    records = [dict(zip(("force", "kind", "n", "m"), row, strict=True)) for row in rows]
    result = validate({"rows": (staged(records, of, tmp_path),)}, specification([of], [check(must)]), Lists())
    assert not result.could_not_run
    assert [f.value for f in result.findings] == values


def test_change_against_earlier_returns(tmp_path):
    of = table(column("kind"))
    must = {"changed_by_at_most": {"count": True, "by": ["kind"], "ratio": 3}}
    benchmark = tmp_path / "earlier.csv"
    benchmark.write_text("Kind\n" + "a\n" * 3 + "b\n" * 7 + "gone\n")
    records = [{"kind": k} for k in "a" * 10 + "b" * 7 + "n"]
    spec = specification([of], [check(must, tier="history", column="kind")])
    result = validate({"rows": (staged(records, of, tmp_path),)}, spec, Lists(), benchmark=benchmark)
    assert [f.value for f in result.findings] == ["10 after 3", "0 after 1"]
    assert validate({"rows": (staged(records, of, tmp_path),)}, spec, Lists()).runs[0].why_not
