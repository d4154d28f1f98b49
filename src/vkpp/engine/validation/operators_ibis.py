"""Every operator as an Ibis expression: each gives true, false or null (not known), as its plain reference does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import ibis

from vkpp.catalogue.specifications import Field, Table
from vkpp.engine.tables import casting
from vkpp.engine.tables.folding import folded, says_why_missing
from vkpp.engine.validation.context import Context
from vkpp.engine.validation.functions import FUNCTIONS
from vkpp.engine.validation.vocabulary import Compiled, Expression

# A wide decimal for sums and for whole numbers beside fractions: nothing of 64 bits overflows it.
_WIDE = "decimal(38, 6)"


def prepared(staged: Any, fields: Sequence[Field]) -> Any:
    """The staged table with what operators ask for beside each raw text, in three layers so that nothing is worked out twice.

    For a field x: `x` as received; `x~clean` trimmed, exchanged, null where missing; `x~value` typed; `x~folded` (texts);
    `x~known` the typed value of a known value; `x~text` its text. The engine drops what no check reads.
    """
    first = staged.mutate(**{f"{f.name}~clean": casting.cleaned(staged[f.name], f) for f in fields})
    second = first.mutate(**_second_layer(first, fields))
    return second.mutate(**_third_layer(second, fields))


def _second_layer(t: Any, fields: Sequence[Field]) -> dict[str, Any]:
    typed = {f"{f.name}~value": casting.cast(t[f"{f.name}~clean"], f) for f in fields}
    return typed | {f"{f.name}~folded": folded(t[f"{f.name}~clean"]) for f in fields}


def _third_layer(t: Any, fields: Sequence[Field]) -> dict[str, Any]:
    layer: dict[str, Any] = {}
    for f in fields:
        clean, value, fold = (t[f"{f.name}~{kind}"] for kind in ("clean", "value", "folded"))
        if f.type == "string":
            layer[f"{f.name}~known"] = says_why_missing(fold).ifelse(ibis.null("string"), clean)
            layer[f"{f.name}~text"] = layer[f"{f.name}~known"]
        else:
            layer[f"{f.name}~known"] = value
            layer[f"{f.name}~text"] = value.notnull().ifelse(clean, ibis.null("string"))
        layer[f"{f.name}~readable"] = clean.isnull() | value.notnull() | says_why_missing(fold).fill_null(False)
    return layer


class Row:
    """A prepared table as the operators see it."""

    def __init__(self, prepared_table: Any, table: Table) -> None:
        self.t, self.table = prepared_table, table

    def present(self, name: str) -> Any:
        return self.t[f"{name}~clean"].notnull()

    def readable(self, name: str) -> Any:
        return self.t[f"{name}~readable"]

    def known(self, name: str) -> Any:
        return self.t[f"{name}~known"]

    def text(self, name: str) -> Any:
        return self.t[f"{name}~text"]

    def folded(self, name: str) -> Any:
        """The folded text of a known value, null where it is not known."""
        return self.text(name).notnull().ifelse(self.t[f"{name}~folded"], ibis.null("string"))

    def comparable(self, names: Sequence[str]) -> list[Any]:
        return [side_by_side(self.known(n), self.table.field(n), [self.table.field(o) for o in names]) for n in names]


def side_by_side(value: Any, own: Field, others: Sequence[Field]) -> Any:
    """A value made comparable with others: dates by month where one is a month, whole numbers as decimals beside decimals."""
    types = {f.type for f in others}
    if "yearmonth" in types and own.type == "date":
        return value.truncate("M")
    return value.cast(_WIDE) if types == {"integer", "number"} else value


def found(check: Compiled, row: Row, context: Context) -> Any:
    """True where the check finds the record; never null."""
    fails = ~holds(check.must, row, context).fill_null(True)
    return applies(check, row, context) & fails if check.when else fails


def applies(check: Compiled, row: Row, context: Context) -> Any:
    """True where `when` holds or is absent; never null."""
    return holds(check.when, row, context).fill_null(False) if check.when else ibis.literal(True)


def holds(expression: Expression, row: Row, context: Context) -> Any:
    """The engine's three-valued logic is the one of docs/checks.md: false decides `all`, true decides `any`."""
    parts = [holds(part, row, context) for part in expression.parts]
    if expression.operator == "all":
        return reduce(lambda a, b: a & b, parts)
    if expression.operator == "any":
        return reduce(lambda a, b: a | b, parts)
    if expression.operator == "not":
        return ~parts[0]
    return _COMPILED[expression.operator](row, expression.arguments, context)


def _on_pair(judge: Callable[[Any, Any], Any]) -> Callable[[Row, Mapping[str, Any], Context], Any]:
    return lambda row, a, _: judge(*row.comparable(a["fields"]))


def _value(row: Row, arguments: Mapping[str, Any], name: str) -> Any:
    """A literal of the specification in the type of its field."""
    return literal(arguments[name], row.table.field(arguments["field"]))


def literal(value: Any, field: Field) -> Any:
    kinds = {"number": casting.NUMBER, "integer": "int64", "date": "date", "yearmonth": "date"}
    return ibis.literal(value, type=kinds.get(field.type))


def _in_list(row: Row, arguments: Mapping[str, Any], context: Context) -> Any:
    return row.folded(arguments["field"]).isin(sorted(context.accepted(arguments["list"])))


def _one_of(row: Row, arguments: Mapping[str, Any], _: Context) -> Any:
    field = row.table.field(arguments["field"])
    return row.known(field.name).isin([literal(v, field) for v in arguments["values"]])


def _pair_in_list(row: Row, arguments: Mapping[str, Any], context: Context) -> Any:
    first, second = (row.text(name) for name in arguments["fields"])
    return folded(first + "|" + second).isin(sorted(context.folded_codes(arguments["list"])))


def _sums_to(row: Row, arguments: Mapping[str, Any], _: Context) -> Any:
    total, *parts = (row.known(name).cast(_WIDE) for name in (arguments["field"], *arguments["parts"]))
    return total == reduce(lambda a, b: a + b, parts)


def _within_period(row: Row, arguments: Mapping[str, Any], context: Context) -> Any:
    period = context.the_period()
    return row.known(arguments["field"]).between(ibis.literal(period.start), ibis.literal(period.end))


def _not_after_period(row: Row, arguments: Mapping[str, Any], context: Context) -> Any:
    return row.known(arguments["field"]) <= ibis.literal(context.the_period().end)


def _how_many_present(row: Row, arguments: Mapping[str, Any]) -> Any:
    return reduce(lambda a, b: a + b, (row.present(name).cast("int64") for name in arguments["fields"]))


def _together(row: Row, arguments: Mapping[str, Any], _: Context) -> Any:
    return _how_many_present(row, arguments).isin([0, len(arguments["fields"])])


def _function(row: Row, arguments: Mapping[str, Any], _: Context) -> Any:
    function = FUNCTIONS[arguments["name"]]
    return function.compiled({name: row.known(name) for name in function.fields})


_COMPILED: dict[str, Callable[[Row, Mapping[str, Any], Context], Any]] = {
    "required": lambda row, a, _: row.present(a["field"]),
    "readable": lambda row, a, _: row.readable(a["field"]),
    "missing": lambda row, a, _: row.known(a["field"]).isnull(),
    "in_list": _in_list,
    "not_in_list": lambda row, a, context: ~_in_list(row, a, context),
    "one_of": _one_of,
    "matches": lambda row, a, _: row.text(a["field"]).re_search(f"^(?:{a['pattern']})$"),
    "length_between": lambda row, a, _: row.text(a["field"]).length().between(a["min"], a["max"]),
    "between": lambda row, a, _: row.known(a["field"]).between(_value(row, a, "min"), _value(row, a, "max")),
    "at_least": lambda row, a, _: row.known(a["field"]) >= _value(row, a, "value"),
    "at_most": lambda row, a, _: row.known(a["field"]) <= _value(row, a, "value"),
    "equals": lambda row, a, _: row.known(a["field"]) == _value(row, a, "value"),
    "not_equals": lambda row, a, _: row.known(a["field"]) != _value(row, a, "value"),
    "same": _on_pair(lambda first, second: first == second),
    "different": _on_pair(lambda first, second: first != second),
    "before": _on_pair(lambda first, second: first <= second),
    "strictly_before": _on_pair(lambda first, second: first < second),
    "within_period": _within_period,
    "not_after_period": _not_after_period,
    "present_together": _together,
    "exactly_one_of": lambda row, a, _: _how_many_present(row, a) == 1,
    "pair_in_list": _pair_in_list,
    "sums_to": _sums_to,
    "function": _function,
}
