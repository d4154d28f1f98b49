"""Two engines must agree: every operator on generated tables and specifications, DuckDB against plain Python."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.validation.deliveries import List, Lists, check, column, specification, staged
from vkpp.basics.periods import Period
from vkpp.catalogue.specifications import Table
from vkpp.engine.shapes.national import National
from vkpp.engine.validation import validate, whole_tables
from vkpp.engine.validation.checking_plain import found_plainly
from vkpp.engine.validation.context import Context
from vkpp.engine.validation.vocabulary import COMBINATORS, NATIONAL, OPERATORS

FIELDS = (
    column("text", missing_values=("", "NK"), read_as={"n/k": "NK"}),
    column("word", missing_values=("",), code_list="list"),
    column("whole", "integer", read_as={"-00": "0"}, constraints={"groupChar": ","}),
    column("count", "integer"),
    column("amount", "number"),
    column("day", "date"),
    column("british", "date", format="%d/%m/%Y"),
    column("month", "yearmonth"),
    column("flag", "boolean"),
)
ROWS = Table(name="rows", title="Rows", description="", fields=FIELDS)
OTHERS = Table(name="others", title="Others", description="", fields=FIELDS)
LISTS = Lists({"list": List({"a": "Alpha & Beta", "b": "Gamma – Delta", "a|1": "Pair"})})
PERIOD = Period.parse("CY2024Q1")

TEXTS = [
    "a",
    "b",
    " A ",
    "alpha  and BETA",
    "gamma - delta",
    "x",
    "not known",
    "Not  Known",
    "NK",
    "n/k",
    "é",
    "ab\u00a0",
    "Aé-1",
]
VALUES = {
    "string": TEXTS,
    "integer": ["0", "1", "2", "3", "-1", " 2 ", "-00", "1,000", "1000", "x", "1.0", "9223372036854775807", "refused", "+1"],
    "number": ["0", "1", "1.5", "2.000", ".5", "-1", "x", "1e3", "0.1234565", "999999999999.9999999", "withheld"],
    "date": ["2024-01-01", "2024-03-31", "2023-12-31", "2024-02-30", "2024-1-1", "01/01/2024", "31/03/2024", "30/02/2024"],
    "yearmonth": ["2024-01", "2024-03", "2023-12", "2024-13", "2024-01-01", "not asked"],
    "boolean": ["yes", "No", "1", "0", "TRUE", "maybe", "unreadable"],
}
LITERALS: dict[str, list[Any]] = {
    "string": ["a", "b", "x"],
    "integer": [0, 1, 2, 1000],
    "number": [0, 1, "1.5", 2],
    "date": ["2024-01-01", "2024-03-31"],
    "yearmonth": ["2024-01", "2024-03"],
    "boolean": [True, False],
}
PATTERNS = ["[a-z]+", "a|b", r"\d+", ".", "(?i)A", r"[0-9-]{10}", r"\w\W\d"]
CODED = "word"
NAMES = [f.name for f in FIELDS]
NUMBERS, DATES = ["whole", "count", "amount"], ["day", "british", "month"]
COMPARABLE = [["text", "word"], NUMBERS, DATES, ["flag", "flag"]]

cells = {f.name: st.one_of(st.none(), st.just(""), st.sampled_from(VALUES[f.type])) for f in FIELDS}
records = st.lists(st.fixed_dictionaries(cells), max_size=8)
names = st.sampled_from(NAMES)
pairs = st.sampled_from(COMPARABLE).flatmap(lambda kin: st.tuples(st.sampled_from(kin), st.sampled_from(kin))).map(list)
several = st.lists(names, min_size=1, max_size=3, unique=True)
shares = st.sampled_from([0, 0.25, 0.5, 1])


def literal_of(name: str) -> st.SearchStrategy[Any]:
    return st.sampled_from(LITERALS[ROWS.field(name).type])


def limited(operator: str, *limits: str) -> st.SearchStrategy[Any]:
    return names.flatmap(
        lambda n: st.fixed_dictionaries({"field": st.just(n), **{limit: literal_of(n) for limit in limits}})
    ).map(lambda a: {operator: a})


def of(operator: str, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(arguments).map(lambda a: {operator: a})


def with_values(operator: str, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return names.flatmap(
        lambda n: of(operator, field=st.just(n), values=st.lists(literal_of(n), min_size=1, max_size=2), **more)
    )


by = st.lists(names, max_size=2, unique=True)
some = st.lists(names, min_size=1, max_size=2, unique=True)
RECORD = {
    **{o: of(o, field=names) for o in ("required", "readable", "missing")},
    **{o: of(o, field=names, list=st.just("list")) for o in ("in_list", "not_in_list")},
    "one_of": with_values("one_of"),
    "matches": of("matches", field=names, pattern=st.sampled_from(PATTERNS)),
    "length_between": of("length_between", field=names, min=st.integers(0, 3), max=st.integers(2, 12)),
    "between": limited("between", "min", "max"),
    **{o: limited(o, "value") for o in ("at_least", "at_most", "equals", "not_equals")},
    **{o: of(o, fields=pairs) for o in ("same", "different", "before", "strictly_before")},
    **{o: of(o, field=st.sampled_from(DATES)) for o in ("within_period", "not_after_period")},
    **{o: of(o, fields=several) for o in ("present_together", "exactly_one_of")},
    "pair_in_list": of("pair_in_list", fields=st.tuples(names, names).map(list), list=st.just("list")),
    "sums_to": of("sums_to", field=st.sampled_from(NUMBERS), parts=st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=2)),
}
AMONG = {
    "unique": of("unique", fields=several),
    "exists_in": pairs.flatmap(
        lambda p: of("exists_in", field=st.just(p[0]), table=st.sampled_from(["rows", "others"]), column=st.just(p[1]))
    ),
}
WHOLE = {
    "share_between": st.one_of(
        with_values("share_between", min=shares, max=shares, by=by),
        of("share_between", field=names, missing=st.just(True), max=shares, by=by),
    ),
    "count_between": of("count_between", min=st.integers(0, 3), max=st.integers(0, 5), by=by),
    "every_of": of("every_of", field=names, list=st.just("list")),
    "changed_by_at_most": st.one_of(
        of("changed_by_at_most", count=st.just(True), by=some, ratio=st.sampled_from([1, 1.5, 3])),
        of("changed_by_at_most", field=st.sampled_from(NUMBERS), by=some, ratio=st.sampled_from([1, 1.5, 3])),
    ),
    "recorded_as_everywhere": of("recorded_as_everywhere", field=st.just(CODED)),
    "share_as_nationally": st.one_of(
        with_values("share_as_nationally", ratio=st.sampled_from([1, 1.5, 3])),
        of("share_as_nationally", field=names, missing=st.just(True), ratio=st.sampled_from([1, 2])),
    ),
    "sums_by": of(
        "sums_to",
        field=st.sampled_from(NUMBERS),
        parts=st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=2),
        by=some,
    ),
}
one_record = st.recursive(
    st.one_of(*RECORD.values()),
    lambda inner: st.one_of(
        of("all", x=st.lists(inner, min_size=1, max_size=3)).map(lambda a: {"all": a["all"]["x"]}),
        of("any", x=st.lists(inner, min_size=1, max_size=3)).map(lambda a: {"any": a["any"]["x"]}),
        inner.map(lambda e: {"not": e}),
    ),
    max_leaves=4,
)


def test_every_operator_is_generated():
    """Exhaustive: a new word of the vocabulary has to come under this test."""
    assert {*RECORD, *AMONG, *WHOLE} - {"sums_by"} == set(OPERATORS) - {"function"}
    assert COMBINATORS == ("all", "any", "not")


def agree(musts: list[Any], whens: list[Any], rows: list[Any], others: list[Any], earlier: list[Any]) -> None:
    checks = []
    for number, (must, when) in enumerate(zip(musts, whens, strict=True)):
        tier = "history" if "changed_by_at_most" in must else "record"
        checks.append(check(must, f"check-{number}", when=when, tier=tier))
    spec = specification([ROWS, OTHERS], checks)
    named = [c.id for c in checks]
    nation = National(
        "rows",
        "CY2023",
        42,
        {name: {"a": Decimal("0.3"), "b": Decimal("0.6")} for name in named},
        dict.fromkeys(named, Decimal("0.4")),
    )
    with tempfile.TemporaryDirectory() as folder, patch.object(whole_tables, "ENOUGH", 1):
        plain = found_plainly({"rows": rows, "others": others}, spec, Context(LISTS, PERIOD, nation), {"rows": earlier})
        here = Path(folder)
        benchmark = staged(earlier, ROWS, here, name="earlier").parquet
        delivery = {"rows": (staged(rows, ROWS, here),), "others": (staged(others, OTHERS, here),)}
        result = validate(delivery, spec, LISTS, period=PERIOD, benchmark=benchmark, nation=nation)
    assert not result.could_not_run
    assert not [run for run in result.runs if run.why_not]
    found = [(f.check, f.table, f.record) for f in result.findings]
    assert sorted(found, key=str) == sorted(((c, t, r) for c, t, r, _ in plain), key=str)
    assert all(f.message.strip() and f.fix.strip() and f.column for f in result.findings)


WORDS = {**RECORD, **AMONG, **WHOLE}
seldom = st.one_of(st.none(), st.none(), one_record)


def whens_of(data: Any, musts: list[Any]) -> list[Any]:
    """A condition for some; the national operators take none."""
    drawn = data.draw(st.lists(seldom, min_size=len(musts), max_size=len(musts)))
    return [None if set(must) & set(NATIONAL) else when for must, when in zip(musts, drawn, strict=True)]


def how_often(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


@how_often(4)
@given(data=st.data())
def test_every_operator_gives_the_same_findings_in_both_engines(data):
    musts = [data.draw(strategy) for strategy in WORDS.values()]
    whens = whens_of(data, musts)
    agree(musts, whens, data.draw(records), data.draw(records), data.draw(records))


@how_often(4)
@given(data=st.data())
def test_combinations_give_the_same_findings_in_both_engines(data):
    musts = data.draw(st.lists(one_record, min_size=4, max_size=10))
    whens = data.draw(st.lists(seldom, min_size=len(musts), max_size=len(musts)))
    agree(musts, whens, data.draw(records), data.draw(records), [])


@pytest.mark.slow
@pytest.mark.parametrize("operator", sorted(WORDS))
@how_often(25)
@given(data=st.data())
def test_an_operator_gives_the_same_findings_in_both_engines(operator, data):
    musts = data.draw(st.lists(WORDS[operator], min_size=3, max_size=6))
    whens = whens_of(data, musts)
    agree(musts, whens, data.draw(records), data.draw(records), data.draw(records))
