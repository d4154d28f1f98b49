"""Every check of every shipped specification: its own examples, in both engines. An example that does not behave fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.validation.deliveries import staged
from vkpp.basics.periods import Period
from vkpp.catalogue.load import load_catalogue
from vkpp.catalogue.specifications import Check, Specification
from vkpp.engine.shapes.national import National
from vkpp.engine.validation import validate
from vkpp.engine.validation.checking_plain import found_by
from vkpp.engine.validation.context import Context
from vkpp.engine.validation.vocabulary import NATIONAL, register

Example = Mapping[str, Any]
catalogue = cache(load_catalogue)


def collections() -> list[str]:
    return list(catalogue().collections)


@pytest.mark.parametrize("name", collections())
def test_every_check_registers_and_has_both_examples(name):
    specification = catalogue().specification(name)
    for check in specification.checks:
        compiled = register(check, specification.table(check.table))
        assert compiled.column and check.source and check.fix and check.message
        assert check.passes and check.fails, f"{check.id} lacks an example"


@pytest.mark.parametrize("name", collections())
def test_at_most_a_tenth_of_the_checks_name_a_function(name):
    checks = catalogue().specification(name).checks
    named = [check.id for check in checks if "'function'" in str((check.must, check.when))]
    assert len(named) * 10 <= len(checks), named


@pytest.mark.parametrize("name", collections())
def test_examples_in_the_plain_engine(name):
    specification = catalogue().specification(name)
    wrong = [words for check in specification.checks for words in misbehaving(check, specification)]
    assert not wrong, "\n".join(wrong)


def misbehaving(check: Check, specification: Specification) -> list[str]:
    """What an example did that it should not: those of `passes` are not found, those of `fails` are."""
    wrong = []
    for examples, expected in ((check.passes, False), (check.fails, True)):
        for records in tries(check, specification, examples):
            found = plainly(check, specification, records)
            if found != expected:
                wrong.append(f"{check.id}: {records} was {'found' if found else 'not found'}")
    return wrong


def tries(check: Check, specification: Specification, examples: Sequence[Example]) -> list[list[Example]]:
    """A check on one record is tried on each example alone; others take the examples as one small table."""
    if register(check, specification.table(check.table)).level == "record" or any("_tables" in e for e in examples):
        return [[example] for example in examples]
    times = 20 if set(check.must) & set(NATIONAL) else 1  # few records tell nothing of a share
    return [list(examples) * times] if examples else []


def nation(check: Check, examples: Sequence[Example]) -> National | None:
    """The national aggregates that an example brings with it."""
    found = next((e["_nation"] for e in examples if "_nation" in e), None)
    if found is None:
        return None
    shares = {check.id: Decimal(found["share"])} if "share" in found else {}
    return National("csae", "CY2023", 42, {check.id: dict.fromkeys(found.get("codes", ()), Decimal("0.6"))}, shares)


def surroundings(examples: Sequence[Example]) -> tuple[Period, dict[str, Any], list[Example]]:
    """The period, the other tables and the earlier returns that an example brings with it."""
    period = next((Period.parse(e["_period"]) for e in examples if "_period" in e), Period.parse("CY2024"))
    others = next((dict(e["_tables"]) for e in examples if "_tables" in e), {})
    earlier = next((list(e["_benchmark"]) for e in examples if "_benchmark" in e), [])
    return period, others, earlier


def plainly(check: Check, specification: Specification, examples: Sequence[Example]) -> bool:
    period, others, earlier = surroundings(examples)
    context = Context(catalogue(), period, nation(check, examples))
    return bool(found_by(check, {**others, check.table: examples}, specification, context, {check.table: earlier}))


@pytest.mark.parametrize("name", collections())
def test_examples_in_the_engine(name, tmp_path):
    """One delivery holds the examples of every check on records; the bits of the check itself are read off it."""
    specification = catalogue().specification(name)
    wrong = []
    for table in specification.tables:
        own = [c for c in specification.checks if c.table == table.name]
        single = [c for c in own if register(c, table).level == "record" and "_period" not in str((c.passes, c.fails))]
        wrong += _all_at_once(single, specification, table.name, tmp_path)
        for check in (c for c in own if c not in single):
            wrong += _one_by_one(check, specification, tmp_path)
    assert not wrong, "\n".join(wrong)


def _all_at_once(checks: Sequence[Check], specification: Specification, table: str, folder: Path) -> list[str]:
    expected, records = {}, []
    for check in checks:
        for examples, found in ((check.passes, False), (check.fails, True)):
            for example in examples:
                records.append(example)
                expected[check.id, len(records)] = found
    if not records:
        return []
    only = replace(specification, tables=(specification.table(table),), checks=tuple(checks))
    delivery = {table: (staged(records, specification.table(table), folder),)}
    result = validate(delivery, only, catalogue())
    wrong = [f"{run.check} could not run: {run.why_not}" for run in result.could_not_run]
    found = {(f.check, f.record) for f in result.findings}
    return wrong + [f"{c}: {records[n - 1]}" for (c, n), should in expected.items() if ((c, n) in found) != should]


def _one_by_one(check: Check, specification: Specification, folder: Path) -> list[str]:
    wrong = []
    for examples, expected in ((check.passes, False), (check.fails, True)):
        for records in tries(check, specification, examples):
            result = _in_engine(check, specification, records, folder)
            if result.could_not_run or result.runs[0].why_not:
                wrong.append(f"{check.id} did not run: {result.runs[0].why_not}")
            elif bool(len(result.findings)) != expected:
                wrong.append(f"{check.id}: {records}")
    return wrong


def _in_engine(check: Check, specification: Specification, records: Sequence[Example], folder: Path) -> Any:
    period, others, earlier = surroundings(records)
    own = specification.table(check.table)
    benchmark = staged(earlier, own, folder, name="earlier").parquet if earlier else None
    given = {**others, check.table: records}
    delivery = {name: (staged(rows, specification.table(name), folder),) for name, rows in given.items()}
    only = replace(specification, checks=(check,))
    beside = nation(check, records)
    return validate(delivery, only, catalogue(), period=period, benchmark=benchmark, nation=beside)
