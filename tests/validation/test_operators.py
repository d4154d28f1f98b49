"""Each operator by hand, in both engines: missing, boundary and wrong-type values, and the words of docs/checks.md."""

from __future__ import annotations

import pytest

from tests.validation.deliveries import List, Lists, check, column, specification, staged, table
from vkpp.basics.periods import Period
from vkpp.engine.validation import validate
from vkpp.engine.validation.checking_plain import found_plainly
from vkpp.engine.validation.context import Context
from vkpp.engine.validation.vocabulary import NATIONAL, OPERATORS

LISTS = Lists({"forces": List({"avon": "Avon and Somerset", "met": "Metropolitan"}), "keys": List({"1|a": "", "2|b": ""})})
PERIOD = Period.parse("CY2024")

# operator, arguments, type, values that are not found, values that are found; None, "" and words for missing come by themselves
ONE_FIELD = [
    ("readable", {}, "integer", ["1", " 1 ", "-7"], ["x", "1.0", "1,000", "1e3", "9223372036854775808"]),
    ("readable", {}, "date", ["2024-02-29"], ["2023-02-29", "2024-2-9", "29/02/2024", "2024-02-29 00:00:00"]),
    ("readable", {}, "boolean", ["yes", "0"], ["maybe"]),
    ("in_list", {"list": "forces"}, "string", ["avon", "AVON & Somerset", " met "], ["x"]),
    ("not_in_list", {"list": "forces"}, "string", ["x"], ["avon", "avon &  somerset"]),
    ("one_of", {"values": ["a", "b"]}, "string", ["a", " b "], ["A", "c"]),
    ("one_of", {"values": [1, "2"]}, "integer", ["1", "02", "x"], ["3"]),
    ("matches", {"pattern": "a|bc"}, "string", ["a", "bc"], ["ac", "abc", "xa"]),
    ("matches", {"pattern": r"\d"}, "string", ["1"], ["٣", "12"]),
    ("length_between", {"min": 2, "max": 3}, "string", ["ab", " abc ", "éé"], ["a", "abcd"]),
    ("between", {"min": 0, "max": 17}, "integer", ["0", "17", "x"], ["-1", "18"]),
    ("between", {"min": "2024-01-01", "max": "2024-12-31"}, "date", ["2024-01-01", "2024-12-31", "x"], ["2023-12-31"]),
    ("at_least", {"value": "0.5"}, "number", ["0.5", ".50"], ["0.499999"]),
    ("at_most", {"value": 95}, "integer", ["95"], ["96"]),
    ("equals", {"value": "a"}, "string", ["a"], ["A", "b"]),
    ("equals", {"value": True}, "boolean", ["yes", "1"], ["no"]),
    ("not_equals", {"value": 3}, "integer", ["4", "x"], ["3", "03"]),
    ("within_period", {}, "date", ["2024-01-01", "2024-12-31", "x"], ["2023-12-31", "2025-01-01"]),
    ("within_period", {}, "yearmonth", ["2024-01", "2024-12"], ["2023-12", "2025-01"]),
    ("not_after_period", {}, "date", ["1900-01-01", "2024-12-31"], ["2025-01-01"]),
]
NOT_THERE = [None, "", "  ", "\u00a0"]
SAYS_WHY = ["not known", "Not  Recorded", "WITHHELD", "not applicable", "not asked", "refused", "unreadable"]
# operator, arguments, records that are not found, records that are found
TOGETHER = [
    ("required", {"field": "a"}, [{"a": "0"}, {"a": "not known"}], [{}, {"a": " "}, {"a": "\u00a0"}]),
    ("missing", {"field": "a"}, [{}, {"a": "Not known"}], [{"a": "x"}]),
    ("missing", {"field": "m"}, [{}, {"m": "x"}], [{"m": "0"}]),
    ("same", {"fields": ["a", "b"]}, [{"a": "x", "b": " x"}, {"a": "x"}, {}], [{"a": "x", "b": "X"}]),
    ("different", {"fields": ["a", "b"]}, [{"a": "x", "b": "X"}, {"b": "x"}], [{"a": "x", "b": "x "}]),
    ("same", {"fields": ["m", "x"]}, [{"m": "1", "x": "1.0"}], [{"m": "1", "x": "1.000001"}]),
    (
        "before",
        {"fields": ["from", "to"]},
        [{"from": "2024-01-01", "to": "2024-01-01"}, {"to": "2024-01-01"}, {"from": "x", "to": "2024-01-01"}],
        [{"from": "2024-01-02", "to": "2024-01-01"}],
    ),
    (
        "before",
        {"fields": ["from", "month"]},
        [{"from": "2024-01-31", "month": "2024-01"}],
        [{"from": "2024-02-01", "month": "2024-01"}],
    ),
    (
        "strictly_before",
        {"fields": ["from", "to"]},
        [{"from": "2024-01-01", "to": "2024-01-02"}],
        [{"from": "2024-01-01", "to": "2024-01-01"}],
    ),
    ("present_together", {"fields": ["a", "b"]}, [{}, {"a": "x", "b": "not known"}], [{"a": "x"}, {"b": "y", "a": " "}]),
    ("exactly_one_of", {"fields": ["a", "b"]}, [{"a": "x"}, {"b": "not known"}], [{}, {"a": "x", "b": "y"}]),
    ("pair_in_list", {"fields": ["m", "a"], "list": "keys"}, [{"m": "1", "a": "A"}, {"m": "1"}], [{"m": "1", "a": "b"}]),
    (
        "sums_to",
        {"field": "m", "parts": ["n", "x"]},
        [{"m": "3", "n": "1", "x": "2.0"}, {"m": "3", "n": "1"}],
        [{"m": "3", "n": "1", "x": "1"}],
    ),
    (
        "unique",
        {"fields": ["a", "m"]},
        [{"a": "x", "m": "2"}, {"a": "y"}, {"a": "y"}],
        [{"a": "x", "m": "1"}, {"a": " x", "m": "01"}],
    ),
    ("exists_in", {"field": "a", "table": "rows", "column": "b"}, [{"a": "x", "b": "y"}, {"b": "x"}, {}], [{"a": "z"}]),
    (
        "all",
        [{"equals": {"field": "a", "value": "x"}}, {"equals": {"field": "b", "value": "y"}}],
        [{"a": "x"}, {}],
        [{"a": "z"}, {"a": "x", "b": "z"}],
    ),
    (
        "any",
        [{"equals": {"field": "a", "value": "x"}}, {"equals": {"field": "b", "value": "y"}}],
        [{"a": "z"}, {"a": "x", "b": "z"}],
        [{"a": "z", "b": "z"}],
    ),
    ("not", {"equals": {"field": "a", "value": "x"}}, [{}, {"a": "not known"}, {"a": "y"}], [{"a": "x"}]),
]


def both(tmp_path, of, must, records):
    """The records found, and that both engines agree on them."""
    spec = specification([of], [check(must)])
    result = validate({"rows": (staged(records, of, tmp_path),)}, spec, LISTS, period=PERIOD)
    assert not result.could_not_run
    plain = found_plainly({"rows": records}, spec, Context(LISTS, PERIOD))
    assert [f.record for f in result.findings] == sorted(number for _, _, number, _ in plain)
    return [f.record for f in result.findings]


@pytest.mark.parametrize(("operator", "arguments", "kind", "good", "bad"), ONE_FIELD)
def test_one_field(tmp_path, operator, arguments, kind, good, bad):
    of = table(column("it", kind))
    records = [{"it": text} for text in (*good, *NOT_THERE, *SAYS_WHY, *bad)]
    found = both(tmp_path, of, {operator: {"field": "it", **arguments}}, records)
    assert [records[n - 1]["it"] for n in found] == bad


@pytest.mark.parametrize(("operator", "arguments", "good", "bad"), TOGETHER)
def test_records(tmp_path, operator, arguments, good, bad):
    kinds = {"m": "integer", "n": "integer", "x": "number", "from": "date", "to": "date", "month": "yearmonth"}
    of = table(column("a"), column("b"), *(column(name, kind) for name, kind in kinds.items()))
    records = [*good, *bad]
    assert both(tmp_path, of, {operator: arguments}, records) == list(range(len(good) + 1, len(records) + 1))


def test_no_operator_is_without_a_test_here_or_among_whole_tables():
    here = {row[0] for row in (*ONE_FIELD, *TOGETHER)}
    whole = {
        "share_between",
        "count_between",
        "every_of",
        "changed_by_at_most",
        *NATIONAL,
    }
    assert set(OPERATORS) - {"function"} == (here - {"all", "any", "not"}) | whole


@pytest.mark.parametrize("when", [{"equals": {"field": "a", "value": "x"}}, {"not": {"equals": {"field": "a", "value": "y"}}}])
def test_a_condition_that_is_not_known_does_not_trigger_a_check(tmp_path, when):
    of = table(column("a"), column("b"))
    records = [{"a": None}, {"a": "not known"}, {"a": "x"}, {"a": "y"}]
    spec = specification([of], [check({"required": "b"}, when=when)])
    result = validate({"rows": (staged(records, of, tmp_path),)}, spec, LISTS)
    assert [f.record for f in result.findings] == [3]


@pytest.mark.parametrize(
    ("must", "words"),
    [
        ({"before": ["a", "from"]}, "cannot be compared"),
        ({"before": ["a", "b", "a"]}, "two fields"),
        ({"at_most": {"field": "m", "value": "many"}}, "not a value of m"),
        ({"between": {"field": "from", "min": "01/02/2024", "max": "2024-01-01"}}, "not a value of from"),
        ({"matches": {"field": "a", "pattern": "(?=x)"}}, "looks around"),
        ({"within_period": {"field": "a"}}, "not a date"),
        ({"all": [{"unique": {"fields": ["a"]}}]}, "stand alone"),
        ({"required": {"field": "a", "colour": "red"}}, "does not take colour"),
        ({"in_list": {"field": "a"}}, "lacks list"),
        ({"all": []}, "nothing in it"),
        ({}, "not an expression"),
        ({"sums_to": {"field": "a", "parts": ["m"]}}, "cannot be added up"),
        ({"share_between": {"field": "a", "min": 0}}, "one of the two"),
        ({"changed_by_at_most": {"count": True, "by": ["a"], "ratio": 0.5}}, "below 1"),
        ({"function": "unheard"}, "no reviewed function"),
    ],
)
def test_what_is_written_wrongly_is_refused_in_words(tmp_path, must, words):
    of = table(column("a"), column("b"), column("m", "integer"), column("from", "date"))
    result = validate({"rows": (staged([{}], of, tmp_path),)}, specification([of], [check(must)]), LISTS)
    assert words in result.could_not_run[0].why_not
